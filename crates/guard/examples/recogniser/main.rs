//! Makes the recogniser's training text, trains it and measures it: `cargo run -p guard --example recogniser -- train|measure|errors|write`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::needless_pass_by_value,
    clippy::disallowed_methods,
    reason = "a tool of ours"
)]

mod carriers;
mod chance;
mod dev;
mod measure;
mod templates;
mod world;

use std::path::PathBuf;

use guard::recogniser::{Recogniser, Sample, TrainOptions, train};

use crate::chance::Chance;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let what = args.first().map_or("help", String::as_str);
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let number = |name: &str, or: usize| value(name).and_then(|v| v.parse().ok()).unwrap_or(or);
    let shared = PathBuf::from(value("--shared").unwrap_or_else(|| "../shared".to_owned()));
    let weights = value("--weights").unwrap_or_else(|| "crates/guard/data/recogniser.bin".to_owned());
    let read = || -> anyhow::Result<Recogniser> {
        let model = Recogniser::read(&std::fs::read(&weights)?)?;
        Ok(match value("--lean").and_then(|v| v.parse().ok()) {
            Some(lean) => model.leaning(lean),
            None => model,
        })
    };
    match what {
        "train" => {
            let samples = samples(&shared, number("--templates", 38_000))?;
            let options = TrainOptions {
                passes: number("--passes", 2) as u32,
                rows: number("--rows", 18) as u32,
                ..TrainOptions::default()
            };
            let mut report = |pass, loss| eprintln!("pass {pass}: {loss:.5}");
            let mut model = train(&samples, &TrainOptions { passes: 1, ..options }, &mut report);
            for stage in 0..number("--stages", 1) {
                let mut world = world::World::read(&shared)?;
                world.clauses = carriers::clauses(&shared)?;
                let mut chance = Chance(77 + stage as u64);
                let mut all = samples.clone();
                let real = carriers::real(&shared, &world, &model, &mut chance, number("--copies", 3))?;
                eprintln!("{} of templates, {} of real text", all.len(), real.len());
                all.extend(real);
                model = train(&all, &options, &mut report);
            }
            std::fs::write(&weights, model.write())?;
            measure::all(Some(&model), &shared, false, None)?;
        }
        "write" => {
            for sample in samples(&shared, number("--templates", 120_000))? {
                println!("{}", serde_json::to_string(&sample)?);
            }
        }
        "show" => {
            let mut c = Chance(number("--seed", 1) as u64);
            let all = samples(&shared, 2_000)?;
            for _ in 0..number("--count", 40) {
                let s = c.pick(&all);
                let chars: Vec<char> = s.text.chars().collect();
                let marked: Vec<String> = s
                    .entities
                    .iter()
                    .map(|e| format!("{:?}={}", e.kind, chars[e.start..e.end].iter().collect::<String>()))
                    .collect();
                println!("{} || {}", s.text.replace('\n', "⏎"), marked.join(" "));
            }
        }
        "measure" => measure::all(Some(&read()?), &shared, args.iter().any(|a| a == "--second"), None)?,
        "guard" => measure::all(None, &shared, args.iter().any(|a| a == "--second"), None)?,
        "errors" => measure::all(Some(&read()?), &shared, false, Some(number("--count", 30)))?,
        "tag" => {
            let model = read()?;
            for line in std::io::stdin().lines() {
                let line = line?;
                let mut out = String::new();
                let mut from = 0;
                for s in model.find(&line) {
                    out.push_str(&line[from..s.start]);
                    out.push_str(&format!("[{}|{:?} {:.2}]", &line[s.start..s.end], s.class, s.score));
                    from = s.end;
                }
                println!("{out}{}", &line[from..]);
            }
        }
        "alarms" => {
            for score in [0.5, 0.7, 0.8, 0.9, 0.93] {
                let options = guard::Options { recogniser_score: score, ..guard::Options::default() };
                let (mut lines, mut alarmed) = (0, 0);
                for line in std::fs::read_to_string(shared.join("data/retrieval/queries_train.jsonl"))?.lines() {
                    let row: serde_json::Value = serde_json::from_str(line)?;
                    let text = row["query"].as_str().unwrap_or("");
                    let found = guard::find_personal_data(text, &options);
                    lines += 1;
                    alarmed += usize::from(!found.is_empty());
                    if score >= 0.9 && !found.is_empty() {
                        println!(
                            "{text} {:?}",
                            guard::with_values(text, found).iter().map(|f| f.text.clone()).collect::<Vec<_>>()
                        );
                    }
                }
                println!("score {score}: {alarmed} of {lines} questions");
            }
        }
        "speed" => measure::speed(&read()?, &shared)?,
        _ => println!(
            "train | write | show | measure [--second] | guard [--second] | errors | tag | speed   [--shared DIR] [--weights FILE]"
        ),
    }
    Ok(())
}

/// Every training text, in one order.
fn samples(shared: &std::path::Path, count: usize) -> anyhow::Result<Vec<Sample>> {
    let mut world = world::World::read(shared)?;
    world.clauses = carriers::clauses(shared)?;
    let templates = templates::Templates::read();
    let mut chance = Chance(20_261_123);
    let mut samples: Vec<Sample> = (0..count).map(|_| templates.one(&world, &mut chance)).collect();
    samples.extend(carriers::carried(&world, &mut chance, count));
    samples.extend(carriers::dropped(&world, &mut chance, count * 2 / 3));
    samples.extend(carriers::rows_of_words(&world, &mut chance, count));
    Ok(samples)
}
