//! Measures import and retrieval: `cargo run --release -p knowledge --example retrieval -- ARTICLES.jsonl.gz QUERIES.jsonl`.
//!
//! Queries are lines `{"query", "gold": [{"corpus_ids": [..]}]}`; ids are the imported `id`s. Prints R@10, R@100, nDCG@10,
//! queries per second and the memory of the process.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool for developers")]

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::time::Instant;

use identity::{Action, Cx, Scope};
use kernel::ids::CollectionId;
use kernel::{Clock, Entropy};
use knowledge::{ImportFile, Knowledge, LineImport, NewCollection, Options, Retrieval};
use serde_json::Value;
use store::Store;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (articles, queries) = (args.next().unwrap(), args.next().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut migrations = identity::migrations();
    migrations.extend(knowledge::migrations());
    let store = Store::open(store::Options::folder(folder.path()), migrations, Clock::system(), Entropy::system())
        .await
        .unwrap();
    let knowledge = Knowledge::open(store.clone(), Options::new(folder.path().join("index"))).await.unwrap();
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
        let file = BufReader::new(std::fs::File::open(&articles).unwrap());
        knowledge.import_lines(&cx, &permit, &id, LineImport::new(articles, Box::new(file))).await.unwrap()
    };
    println!(
        "import: {} documents, {} articles, {} skipped, {} failed in {:.1} s; {} MB",
        done.documents,
        done.articles,
        done.skipped,
        done.failed,
        started.elapsed().as_secs_f64(),
        resident_mb()
    );

    let permit = cx.permit(Action::Search, &Scope::Platform).unwrap();
    let top100 = Retrieval::of(vec![id.clone()], 100);
    let top10 = Retrieval::of(vec![id], 10);
    let dump = args.next().is_some_and(|word| {
        for question in std::fs::read_to_string(&word).unwrap().lines() {
            let found = knowledge.search(&cx, &permit, question, &top10).unwrap();
            println!("SIGNS\t0\t{}\t{question}", serde_json::to_string(&found.signs).unwrap());
        }
        true
    });
    let (mut r10, mut r100, mut ndcg, mut asked) = (0.0, 0.0, 0.0, 0.0);
    let lines: Vec<Value> = BufReader::new(std::fs::File::open(&queries).unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let mut times = Vec::new();
    for line in &lines {
        let question = line["query"].as_str().unwrap();
        let gold: HashSet<String> = line["gold"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|gold| gold["corpus_ids"].as_array().unwrap())
            .map(ToString::to_string)
            .collect();
        let found = knowledge.search(&cx, &permit, question, &top100).unwrap();
        if dump {
            println!("SIGNS\t1\t{}\t{question}", serde_json::to_string(&found.signs).unwrap());
        }
        let hits: Vec<bool> = found
            .passages
            .iter()
            .map(|passage| passage.source_id.as_ref().is_some_and(|id| gold.contains(id)))
            .collect();
        let count = |k: usize| hits.iter().take(k).filter(|hit| **hit).count() as f64;
        let golds = gold.len() as f64;
        let gain = |at: usize| 1.0 / ((at + 2) as f64).log2();
        let dcg: f64 = hits.iter().take(10).enumerate().filter(|(_, hit)| **hit).map(|(at, _)| gain(at)).sum();
        let ideal: f64 = (0..gold.len().min(10)).map(gain).sum();
        r10 += count(10) / golds;
        r100 += count(100) / golds;
        ndcg += dcg / ideal;
        asked += 1.0;
        let started = Instant::now();
        let found = knowledge.search(&cx, &permit, question, &top10).unwrap();
        times.push(started.elapsed().as_secs_f64());
        std::hint::black_box(found);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "retrieval: R@10 {:.3}  R@100 {:.3}  nDCG@10 {:.3}  ({asked} questions)",
        r10 / asked,
        r100 / asked,
        ndcg / asked
    );
    println!(
        "search top 10: {:.0}/s on one core, p50 {:.2} ms, p99 {:.2} ms; {} MB",
        asked / times.iter().sum::<f64>(),
        at(0.5) * 1e3,
        at(0.99) * 1e3,
        resident_mb()
    );
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).and_then(|rest| rest.split_whitespace().next());
    kb.and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
