//! Measures import, retrieval and search: `cargo run --release -p knowledge --example retrieval -- ARTICLES.jsonl.gz
//! QUERIES.jsonl [--embedding FILE] [--articles N] [--words-only] [--answers FILE]`.
//!
//! Queries are lines `{"query", "gold": [{"corpus_ids": [..]}]}`; ids are the imported `id`s. Prints R@10, R@100, nDCG@10,
//! searches per second on one core with percentiles, what an upload costs and the memory of the
//! process. `--answers` says how often the first quotation of an answering article holds its sentence that the lawyer's
//! answer shares most with. `--articles N` recombines the articles to N of them under new titles: for speed only.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measuring tool for developers"
)]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::sync::Arc;
use std::time::Instant;

use identity::{Action, Cx, Permit, Scope};
use kernel::ids::CollectionId;
use kernel::{Clock, Entropy};
use knowledge::{Embedding, ImportFile, Knowledge, LineImport, Mode, NewCollection, Options, Retrieval};
use serde_json::Value;
use store::Store;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| words.iter().position(|w| w == name).and_then(|at| words.get(at + 1)).cloned();
    let flag = |name: &str| words.iter().any(|w| w == name);
    let (articles, queries) = (words[0].clone(), words[1].clone());
    let folder = tempfile::tempdir().unwrap();
    let mut migrations = identity::migrations();
    migrations.extend(knowledge::migrations());
    let store = Store::open(store::Options::folder(folder.path()), migrations, Clock::system(), Entropy::system())
        .await
        .unwrap();
    let mut options = Options::new(folder.path().join("index"));
    if let Some(file) = option("--embedding") {
        options.embedding = Arc::new(Embedding::read(&std::fs::read(file).unwrap()).unwrap());
    }
    let knowledge = Knowledge::open(store.clone(), options.clone()).await.unwrap();
    let cx = Cx::system(&store, "measure retrieval").await.unwrap();
    let id = CollectionId::parse("laws").unwrap();
    let new: NewCollection = serde_json::from_value(serde_json::json!({ "id": "laws", "name": "laws" })).unwrap();
    let permit = cx.permit(Action::ManageCollections, &new.scope()).unwrap();
    let scope = new.scope();
    knowledge.create_collection(&cx, &permit, new).await.unwrap();
    let permit = cx.permit(Action::ImportDocuments, &scope).unwrap();

    let started = Instant::now();
    let done = if std::path::Path::new(&articles).is_dir() {
        let files = std::fs::read_dir(&articles).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            ImportFile { name, bytes: std::fs::read(entry.path()).unwrap().into() }
        });
        let files = files.filter(|file| file.name.ends_with(".md")).collect();
        knowledge.import_files(&cx, &permit, &id, files).await.unwrap()
    } else {
        let wanted: Option<usize> = option("--articles").map(|n| n.parse().unwrap());
        let mut sum = knowledge::Imported::default();
        for part in 0.. {
            let Some(lines) = recombined(&articles, folder.path(), part, wanted) else { break };
            let file = BufReader::new(std::fs::File::open(&lines).unwrap());
            let lines = LineImport::new(lines, Box::new(file));
            let done = knowledge.import_lines(&cx, &permit, &id, lines).await.unwrap();
            sum.documents += done.documents;
            sum.articles += done.articles;
            sum.skipped += done.skipped;
            sum.failed += done.failed;
        }
        sum
    };
    println!(
        "{} documents, {} articles, {} skipped, {} failed",
        done.documents, done.articles, done.skipped, done.failed
    );
    println!("\n| what | baseline | to reach | measured |\n|---|---|---|---|");
    let is_large = done.articles > 100_000;
    let row = |what: &str, baseline: &str, reach: &str, measured: String| {
        println!("| {what} | {baseline} | {reach} | {measured} |");
    };
    let took = started.elapsed().as_secs_f64();
    row("import: stored, indexed, embedded", "–", if is_large { "–" } else { "30 s" }, format!("{took:.1} s"));
    let memory = format!("{} MB", memory_mb("VmHWM:"));
    row("memory of the import, at most", "–", if is_large { "–" } else { "600 MB" }, memory);

    let started = Instant::now();
    let text = "---\ntitle: 测量用办法\npublish_date: 2020-01-01\n---\n\n# 测量用办法\n\n第一条　本办法用于测量。\n";
    let file = ImportFile { name: "m.md".to_owned(), bytes: text.as_bytes().to_vec().into() };
    knowledge.import_files(&cx, &permit, &id, vec![file]).await.unwrap();
    let took = format!("{:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    row("one more document, until it can be found", "–", "–", took);
    let started = Instant::now();
    drop(knowledge);
    let knowledge = Knowledge::open(store.clone(), options).await.unwrap();
    let status = knowledge.index_status().await.unwrap();
    row("index opened again", "–", "–", format!("{:.0} ms", started.elapsed().as_secs_f64() * 1e3));
    let size = (status.memory_bytes / 1_000_000, status.memory_bytes / status.articles.max(1));
    row(
        "memory of the index",
        "–",
        if is_large { "4 GB" } else { "–" },
        format!("{} MB, {} bytes an article", size.0, size.1),
    );

    let permit = cx.permit(Action::Search, &Scope::Platform).unwrap();
    let lines: Vec<Value> = BufReader::new(std::fs::File::open(&queries).unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let question = |line: &Value| line["query"].as_str().unwrap().to_owned();
    let asked: Vec<String> = lines.iter().map(question).collect();
    let top = |top: usize| Retrieval { words_only: flag("--words-only"), ..Retrieval::of(vec![id.clone()], top) };
    if flag("--signs") {
        for question in &asked {
            let found = knowledge.search(&cx, &permit, question, &top(10)).unwrap();
            println!("SIGNS\t{}\t{question}", serde_json::to_string(&found.signs).unwrap());
        }
    }
    if let Some(answers) = option("--answers") {
        for words_only in [true, false] {
            let retrieval = Retrieval { words_only, ..top(10) };
            quotes(&knowledge, &cx, &permit, &lines, &answers, &retrieval);
        }
    }
    if option("--articles").is_none() {
        quality(&knowledge, &cx, &permit, &lines, &top(100));
    }
    speed(&knowledge, &cx, &permit, &asked, &top(10), is_large);
    if !flag("--words-only") {
        let words = Retrieval { words_only: true, ..top(10) };
        speed(&knowledge, &cx, &permit, &asked, &words, is_large);
    }
    let memory = format!("{} MB, at most {} MB", memory_mb("VmRSS:"), memory_mb("VmHWM:"));
    row("memory of the process", "–", if is_large { "4 GB" } else { "–" }, memory);
}

/// The articles in a file of lines: as they are, or part by part up to `wanted` with sentences and titles recombined.
fn recombined(articles: &str, folder: &std::path::Path, part: usize, wanted: Option<usize>) -> Option<String> {
    let mut text = String::new();
    let file = std::fs::File::open(articles).unwrap();
    if articles.ends_with(".gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        BufReader::new(file).read_to_string(&mut text).unwrap();
    }
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let room = wanted.map_or(if part == 0 { usize::MAX } else { 0 }, |n| n.saturating_sub(part * lines.len()));
    if room == 0 {
        return None;
    }
    if part > 0 {
        let texts: Vec<String> = lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect();
        let half = |text: &str| text.chars().count() / 2;
        for (at, line) in lines.iter_mut().enumerate() {
            // The first half of this article and the second of another: real words in new company.
            let other = &texts[(at + part * 7919) % texts.len()];
            let own = &texts[at];
            let mixed: String = own.chars().take(half(own)).chain(other.chars().skip(half(other))).collect();
            line["text"] = mixed.into();
            line["law"] = format!("{}之{part}", line["law"].as_str().unwrap()).into();
            line["id"] = format!("{part}-{at}").into();
        }
    }
    let place = folder.join("part.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&place).unwrap());
    for line in lines.iter().take(room) {
        writeln!(out, "{line}").unwrap();
    }
    out.flush().unwrap();
    Some(place.to_string_lossy().into_owned())
}

fn quality(knowledge: &Knowledge, cx: &Cx, permit: &Permit, lines: &[Value], retrieval: &Retrieval) {
    let (mut r10, mut r100, mut ndcg, mut asked) = (0.0, 0.0, 0.0, 0.0);
    for line in lines {
        let golds: Vec<HashSet<String>> = line["gold"]
            .as_array()
            .unwrap()
            .iter()
            .map(|gold| gold["corpus_ids"].as_array().unwrap().iter().map(ToString::to_string).collect())
            .collect();
        let found = knowledge.search(cx, permit, line["query"].as_str().unwrap(), retrieval).unwrap();
        let place = |gold: &HashSet<String>| {
            found.passages.iter().position(|passage| passage.source_id.as_ref().is_some_and(|id| gold.contains(id)))
        };
        let places: Vec<usize> = golds.iter().filter_map(place).collect();
        let gain = |at: usize| 1.0 / ((at + 2) as f64).log2();
        let ideal: f64 = (0..golds.len().min(10)).map(gain).sum();
        r10 += places.iter().filter(|at| **at < 10).count() as f64 / golds.len() as f64;
        r100 += places.len() as f64 / golds.len() as f64;
        ndcg += places.iter().filter(|at| **at < 10).map(|at| gain(*at)).sum::<f64>() / ideal;
        asked += 1.0;
    }
    let (r10, r100, ndcg) = (r10 / asked, r100 / asked, ndcg / asked);
    // The weights that ship have seen these questions: `cargo xtask evals --part folds` measures without.
    for (name, baseline, value) in [("R@10", ".457", r10), ("R@100", ".659", r100), ("nDCG@10", ".371", ndcg)] {
        println!("| {name}, {asked} questions that the shipped weights have seen | {baseline} | – | {value:.4} |");
    }
}

/// How often the first quotation of an answering article has the sentence that shares most with the lawyer's answer.
fn quotes(knowledge: &Knowledge, cx: &Cx, permit: &Permit, lines: &[Value], answers: &str, retrieval: &Retrieval) {
    let pairs = |text: &str| -> HashSet<[char; 2]> {
        let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        chars.windows(2).map(|pair| [pair[0], pair[1]]).collect()
    };
    let text = std::fs::read_to_string(answers).unwrap().replace(": NaN,", ": null,");
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answers: std::collections::HashMap<String, String> =
        rows.iter().map(|row| (row["query_id"].to_string(), row["answer"].to_string())).collect();
    let (mut held, mut all, mut chars) = (0, 0, 0);
    for line in lines {
        let Some(answer) = answers.get(&line["query_id"].to_string()).map(|text| pairs(text)) else { continue };
        let golds = line["gold"].as_array().unwrap().iter();
        let golds: HashSet<String> =
            golds.flat_map(|gold| gold["corpus_ids"].as_array().unwrap()).map(ToString::to_string).collect();
        let found = knowledge.search(cx, permit, line["query"].as_str().unwrap(), retrieval).unwrap();
        for passage in found.passages.iter().filter(|p| p.source_id.as_ref().is_some_and(|id| golds.contains(id))) {
            let sentences = passage.text.split_inclusive(['。', '\n']);
            let sentences: Vec<&str> = sentences.filter(|part| part.trim().chars().count() > 4).collect();
            if sentences.len() < 2 || passage.text.chars().count() <= 160 {
                continue;
            }
            let share = |sentence: &&&str| {
                let own = pairs(sentence);
                own.intersection(&answer).count() as f64 / (own.len() as f64).sqrt().max(1.0)
            };
            let best = sentences.iter().max_by(|a, b| share(a).total_cmp(&share(b))).unwrap();
            let quoted = passage.best.first().map_or("", |quote| kernel::text::slice(&passage.text, quote.span));
            all += 1;
            held += usize::from(quoted.contains(best.trim()));
            chars += quoted.chars().count();
        }
    }
    let how = if retrieval.words_only { "words" } else { "words and vector" };
    let mean = chars / all.max(1);
    println!("first quotation by {how}: {held} of {all} hold the sentence of the answer; {mean} characters each");
}

fn speed(knowledge: &Knowledge, cx: &Cx, permit: &Permit, asked: &[String], retrieval: &Retrieval, is_large: bool) {
    let (mut times, mut hybrid) = (Vec::new(), 0);
    let mut processor = 0;
    for round in 0..4 {
        if round == 1 {
            processor = processor_ns();
        }
        for question in asked {
            let started = Instant::now();
            let found = std::hint::black_box(knowledge.search(cx, permit, question, retrieval).unwrap());
            if round > 0 {
                times.push(started.elapsed().as_secs_f64());
                hybrid += usize::from(found.mode == Mode::Hybrid);
            }
        }
    }
    // On a busy machine the clock counts the others' work too; the processor's time does not.
    let seconds = (processor_ns() - processor) as f64 / 1e9;
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default() * 1e3;
    let how = if retrieval.words_only { "words only" } else { "hybrid" };
    let baseline = if is_large { "–" } else { "words only: bm25s with numba 3,506/s, tantivy from Python 1,500/s" };
    let is_aim = !retrieval.words_only;
    let reach = |small: &'static str, large: &'static str| match (is_aim, is_large) {
        (true, false) => small,
        (true, true) => large,
        (false, _) => "–",
    };
    let (clock, own) = (times.len() as f64 / times.iter().sum::<f64>(), times.len() as f64 / seconds);
    let n = times.len();
    println!(
        "| search, {how}, by the processor's time of one core | {baseline} | {} | {own:.0}/s |",
        reach("2,000/s", "–")
    );
    println!("| the same by the clock ({hybrid} of {n} hybrid) | – | – | {clock:.0}/s |");
    println!("| p50 | – | {} | {:.3} ms |", reach("0.5 ms", "–"), at(0.5));
    println!("| p99 | – | {} | {:.3} ms |", reach("5 ms", "50 ms"), at(0.99));
}

/// What this thread has had of a processor, in nanoseconds.
fn processor_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn memory_mb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb = status.lines().find_map(|line| line.strip_prefix(name)).and_then(|rest| rest.split_whitespace().next());
    kb.and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
