//! Measures and trains the verification of claims: `cargo run -p guard --example verification -- <what>`.
//!
//! Tools print and stop at the first mistake.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::allow_attributes_without_reason,
    clippy::cast_precision_loss,
    clippy::type_complexity,
    missing_docs
)]

mod alter;
mod altered;
mod keywords;
mod laws;
mod pairs;
mod refusals;
mod speed;

use std::path::PathBuf;

use serde::Deserialize;

/// A row of the UHGEval set: an article of news, a continuation that a model wrote, and verdicts on its words.
#[derive(Deserialize)]
pub(crate) struct Story {
    #[serde(rename = "newsBeginning")]
    pub beginning: String,
    #[serde(rename = "newsRemainder")]
    pub remainder: String,
    #[serde(rename = "headLine")]
    pub head: String,
    pub annotations: Vec<String>,
}

/// Chance that comes out the same every time.
pub(crate) struct Chance(pub u64);

impl Chance {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % n.max(1)
    }
}

pub(crate) fn share(part: usize, all: usize) -> String {
    format!("{:.4} ({part}/{all})", part as f64 / all.max(1) as f64)
}

pub(crate) fn shared() -> PathBuf {
    std::env::var("SHUZHENG_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from)
        .join("data")
}

pub(crate) fn stories() -> Option<Vec<Story>> {
    let text = std::fs::read_to_string(shared().join("safety/faithfulness/uhgeval_zh.jsonl")).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let faithfulness = shared().join("safety/faithfulness");
    match words.as_slice() {
        ["altered", rest @ ..] => altered::measure(rest.first().is_some_and(|w| *w == "--show")),
        ["keywords"] => keywords::measure(),
        ["train"] => keywords::train_and_write(),
        ["pairs", rest @ ..] => pairs::measure(&faithfulness, rest.first().is_some_and(|w| *w == "--show")),
        ["speed"] => speed::measure(),
        ["refusals"] => refusals::measure(),
        _ => println!("altered [--show] | keywords | train | pairs [--show] | speed | refusals"),
    }
}
