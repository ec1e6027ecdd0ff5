//! How fast a model in this process writes: `make FOLDER` writes a model of 100 MB with random weights and an adapter,
//! `run FOLDER THREADS` prints tokens a second, and a second of processor time, for one and for eight answers at once,
//! and what a change of the adapter costs.
//! `cargo xtask bench llama` runs it beside llama.cpp's own server.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a measuring tool prints")]

#[path = "../tests/it/llama/tiny.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod tiny;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egress::{Egress, Whitelist};
use futures::future::join_all;
use kernel::{Clock, DataLevel};
use models::{Answer, ChatRequest, GatewayCall, Models, OnBehalf, Registry};
use serde_json::{Value, json};
use tiny::Shape;

const SHAPE: Shape = Shape { width: 512, heads: 8, kv_heads: 4, inner: 1536, layers: 8, context: 2_048 };
const TOKENS: u32 = 256;
const TRIES: usize = 2;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", folder] => make(Path::new(folder)),
        ["run", folder, threads] => println!("{}", run(Path::new(folder), threads).await),
        _ => println!("llama_speed make FOLDER, llama_speed run FOLDER THREADS"),
    }
}

fn make(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    tiny::write_model(&folder.join("speed.gguf"), &SHAPE, &tiny::weights(&SHAPE, 1), tiny::CHATML);
    tiny::write_adapter(&folder.join("tax.gguf"), "llama", &tiny::adapter(&SHAPE, 2));
}

fn open(folder: &Path, threads: &str) -> Models {
    let at = |name: &str| folder.join(name).display().to_string();
    let rest = format!(
        "backend='llama'\nlevel='internal'\nreasons=false\nmax_tokens=1024\nconcurrency=8\nthreads={threads}\ncontext_tokens=1024\ntotal_secs=600\n"
    );
    let text = format!(
        "[[model]]\nid='speed'\nname='x'\nmodel='speed'\nfile='{}'\n{rest}\
         [[model]]\nid='tax'\nname='x'\nmodel='speed:tax'\nkind='adapter'\nbase='speed'\nfile='{}'\n{rest}\
         [[route]]\nid='base'\nmodels=['speed']\n[[route]]\nid='tax'\nmodels=['tax']\n",
        at("speed.gguf"),
        at("tax.gguf"),
    );
    let registry = Registry::parse("models.toml", &text).unwrap();
    let egress = Egress::new(Whitelist::parse("egress.toml", "").unwrap(), Arc::new(|_| {}), Clock::system());
    Models::open(registry, &egress, &Clock::system(), Arc::new(|_: &str| None)).unwrap()
}

/// Tokens that one answer wrote.
async fn ask(models: &Models, route: &str, said: &str, most: u32) -> u64 {
    let on = OnBehalf { actor: "key:bench".to_owned(), ..OnBehalf::default() };
    let call = GatewayCall { on, level: DataLevel::Internal, closed: BTreeSet::new(), conversation: None };
    let body = json!({ "model": route, "temperature": 0, "max_tokens": most,
        "messages": [{ "role": "user", "content": said }] });
    let request = ChatRequest::parse(body.to_string().as_bytes()).unwrap();
    let Answer::Whole(body) = models.chat(&call, request, &|_| {}).await.unwrap() else { return 0 };
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["usage"]["completion_tokens"].as_u64().unwrap()
}

/// The best of some tries: tokens a second, and a second of this process's time on a processor.
async fn speed(models: &Models, at_once: usize) -> (f64, f64) {
    let mut best = (0f64, 0f64);
    for attempt in 0..TRIES {
        let questions: Vec<String> = (0..at_once).map(|n| format!("{attempt} {n} where is the station")).collect();
        let (begun, used) = (Instant::now(), processor_secs());
        let written = join_all(questions.iter().map(|question| ask(models, "base", question, TOKENS))).await;
        let written = written.iter().sum::<u64>() as f64;
        best.0 = best.0.max(written / begun.elapsed().as_secs_f64());
        best.1 = best.1.max(written / (processor_secs() - used));
    }
    best
}

/// Seconds that this process has been on a processor. The kernel counts in hundredths.
fn processor_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields = after.split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

async fn one(models: &Models, route: &str) -> Duration {
    let begun = Instant::now();
    ask(models, route, "where is the station", 1).await;
    begun.elapsed()
}

/// The median time of one token after a change of the adapter, and without one; the first change, which loads it.
async fn switches(models: &Models) -> (Duration, Duration, Duration) {
    let first = one(models, "tax").await;
    let (mut changed, mut same) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        changed.push(one(models, "base").await);
        changed.push(one(models, "tax").await);
        same.push(one(models, "tax").await);
    }
    changed.sort();
    same.sort();
    (changed[changed.len() / 2], same[same.len() / 2], first)
}

async fn run(folder: &Path, threads: &str) -> Value {
    let begun = Instant::now();
    let models = open(folder, threads);
    ask(&models, "base", "warm", 8).await;
    let load = begun.elapsed();
    let (single, eight) = (speed(&models, 1).await, speed(&models, 8).await);
    let (changed, same, first) = switches(&models).await;
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    json!({ "load_ms": millis(load), "one": single.0, "one_cpu": single.1, "eight": eight.0, "eight_cpu": eight.1, "changed_ms": millis(changed),
        "same_ms": millis(same), "first_change_ms": millis(first) })
}
