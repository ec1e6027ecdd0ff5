//! Trains and measures what the guard ships: `cargo run -p guard --example screens -- <train|measure> …`.
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
    missing_docs
)]

mod grammar;
mod identifiers;
mod injection;
mod lexicon;
mod measure;
mod risks;
mod sources;
mod speed;

use std::path::PathBuf;

use sources::Sources;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let shared = std::env::var("SHUZHENG_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let sources = Sources(shared.join("data"));
    if !sources.has("safety") {
        println!("SKIPPED: no data folder `{}` (set SHUZHENG_SHARED)", sources.0.display());
        return;
    }
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["probe", without @ ..] => probe(&sources, without),
        ["train", "screen"] => {
            let bytes = injection::train_it(&sources, &[]).write();
            println!("screen.bin: {} bytes", bytes.len());
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/screen.bin"), bytes).unwrap();
            let bytes = injection::train_latin(&sources, &[]).write();
            println!("screen_latin.bin: {} bytes", bytes.len());
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/screen_latin.bin"), bytes).unwrap();
        }
        ["measure", "screen"] => measure::screening(&sources),
        ["measure", "unseen"] => measure::unseen(&sources),
        ["train", "risk"] => {
            let bytes = risks::train_it(&sources).write();
            println!("risk.bin: {} bytes", bytes.len());
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/risk.bin"), bytes).unwrap();
        }
        ["measure", "speed"] => speed::run(&sources),
        ["measure", "identifiers"] => identifiers::measure(&sources),
        ["measure", "thresholds"] => risks::thresholds(&sources),
        ["train", "latin"] => {
            let bytes = injection::train_latin(&sources, &[]).write();
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/screen_latin.bin"), bytes).unwrap();
            measure::latin(&sources);
        }
        ["measure", "latin"] => measure::latin(&sources),
        ["measure", "risk"] => risks::measure(&sources),
        ["build", "words"] => {
            let bytes = lexicon::build(&sources);
            println!("words.bin: {} bytes", bytes.len());
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/words.bin"), bytes).unwrap();
        }
        ["recipe", "show", name] => println!("{}", lexicon::unpack(&std::fs::read(recipes(name)).unwrap())),
        ["recipe", "pack", from, name] => {
            std::fs::write(recipes(name), lexicon::pack(&std::fs::read_to_string(from).unwrap())).unwrap();
        }
        ["measure", "hotline"] => hotline(&sources),
        _ => println!(
            "usage: screens build words | train screen|risk | measure identifiers|screen|risk|unseen|speed|thresholds|latin|hotline | recipe show|pack"
        ),
    }
}

/// A file of `crates/guard/recipes`; those that hold risky words are packed (`recipe show`, `recipe pack`).
fn recipes(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/recipes")).join(name)
}

fn probe(sources: &Sources, without: &[&str]) {
    let begun = std::time::Instant::now();
    let model = injection::train_it(sources, without);
    println!("{:.1} s, {} bytes", begun.elapsed().as_secs_f32(), model.write().len());
    let mut citizens: Vec<(f32, f32)> = sources.citizens().iter().map(|t| injection::strongest(&model, t)).collect();
    citizens.sort_by(|a, b| b.0.total_cmp(&a.0));
    let at = citizens[citizens.len() / 200].0;
    citizens.sort_by(|a, b| b.1.total_cmp(&a.1));
    let at_any = citizens[citizens.len() / 200].1;
    println!("threshold for .5 % of citizens: attack {at:.3}, any {at_any:.3}");
    let mut sets: Vec<(String, Vec<String>)> = Vec::new();
    let rows = sources.lines("safety/injection/seval_attack_zh_dev.jsonl");
    for method in
        ["goal_hijacking", "instruction_jailbreak", "positive_induction", "reverse_induction", "in_context_attack"]
    {
        sets.push((
            method.into(),
            rows.iter().filter(|r| r["method"] == method).map(|r| r["text"].as_str().unwrap().into()).collect(),
        ));
    }
    for set in ["garak", "gandalf", "aig"] {
        sets.push((
            set.into(),
            sources
                .collected()
                .into_iter()
                .filter(|(s, t)| *s == set && sources::held_out(t))
                .map(|(_, t)| t)
                .collect(),
        ));
    }
    sets.push((
        "questions held out".into(),
        sources.questions().into_iter().filter(|t| sources::held_out(t)).collect(),
    ));
    let q = sources.text("safety/injection/qualifire_5000_en.csv");
    for label in ["benign", "jailbreak"] {
        sets.push((
            format!("qualifire {label}"),
            csv(&q).into_iter().filter(|(_, l)| l == label).map(|(t, _)| t).collect(),
        ));
    }
    let mut curve: Vec<(f32, f32, bool)> = Vec::new();
    for (name, texts) in sets {
        if name.starts_with("qualifire") {
            curve.extend(texts.iter().map(|t| {
                let (a, b) = injection::strongest(&model, t);
                (a, b, name.ends_with("jailbreak"))
            }));
        }
        let hits: Vec<(f32, f32)> = texts.iter().map(|t| injection::strongest(&model, t)).collect();
        let share =
            |f: &dyn Fn(&(f32, f32)) -> bool| hits.iter().filter(|h| f(h)).count() as f32 / hits.len().max(1) as f32;
        println!(
            "{name:24} n {:5} attack {:.3} any {:.3} | at .5: {:.3} {:.3}",
            texts.len(),
            share(&|h| h.0 >= at),
            share(&|h| h.1 >= at_any),
            share(&|h| h.0 >= 0.5),
            share(&|h| h.1 >= 0.5)
        );
    }
    for cut in [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999] {
        let acc = |f: &dyn Fn(&(f32, f32, bool)) -> bool| {
            curve.iter().filter(|r| f(r) == r.2).count() as f32 / curve.len() as f32
        };
        println!("cut {cut}: qualifire accuracy attack {:.3} any {:.3}", acc(&|r| r.0 >= cut), acc(&|r| r.1 >= cut));
    }
}

/// Rows of a CSV file with two columns and quotes.
pub(crate) fn csv(text: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let (mut field, mut row, mut quoted) = (String::new(), Vec::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field).trim_end_matches('\r').to_owned());
                if row.len() == 2 {
                    rows.push((row[0].clone(), row[1].clone()));
                }
                row.clear();
            }
            _ => field.push(c),
        }
    }
    rows
}

fn hotline(sources: &Sources) {
    use guard::classify::{Example, Recipe, train};
    let rows: Vec<Example> = sources
        .lines("hotline/messages_labelled_tokenised.jsonl.gz")
        .iter()
        .map(|v| Example { text: v["tokens"].as_str().unwrap().into(), label: v["label"].as_str().unwrap().into() })
        .collect();
    let (test, learn): (Vec<Example>, Vec<Example>) = rows.into_iter().partition(|e| sources::held_out(&e.text));
    {
        let model = train(&learn, &Recipe::topics()).unwrap().model;
        let mut right = 0;
        let mut table = std::collections::BTreeMap::<String, [f64; 3]>::new();
        for e in &test {
            let got = model.classify(&e.text)[0].label.clone();
            right += usize::from(got == e.label);
            if got == e.label {
                table.entry(got).or_default()[0] += 1.0;
            } else {
                table.entry(got).or_default()[1] += 1.0;
                table.entry(e.label.clone()).or_default()[2] += 1.0;
            }
        }
        let f1 = table.values().map(|[t, p, n]| 2.0 * t / (2.0 * t + p + n)).sum::<f64>() / table.len() as f64;
        println!(
            "hotline messages, {} held out of {}: accuracy {:.4}, macro F1 {f1:.4}",
            test.len(),
            test.len() + learn.len(),
            right as f64 / test.len() as f64
        );
    }
}
