//! Measured quality: `cargo xtask evals [--binary FILE] [--shared DIR]`.
//!
//! The demo set (committed) asks which article answers a question; the statute set (in the data folder beside the
//! repository) is the larger retrieval test and is skipped, loudly, where that folder is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bench::{markdown, piped, questions, release_binary};
use crate::folds;
use crate::hotline;
use crate::launch::Scratch;
use crate::repo;
use crate::screens;
use crate::step::output;
use crate::validity;

/// Runs both sets and prints their figures.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let option = |name: &str| options.iter().position(|word| *word == name).and_then(|at| options.get(at + 1)).copied();
    ensure!(
        options.chunks(2).all(|pair| matches!(pair, ["--binary" | "--shared" | "--part", _])),
        "unknown option: cargo xtask evals [--binary FILE] [--shared DIR] [--part demo|statutes|validity|hotline|verification|folds]"
    );
    // The verification is measured by the guard's own example, without a server.
    if option("--part") == Some("verification") {
        return screens::verification(&["altered", "keywords", "pairs", "refusals"]);
    }
    let binary = &release_binary(option("--binary"))?;
    let shared = option("--shared").map_or_else(|| repo::root().join("../shared"), PathBuf::from);
    let shared = shared.as_path();
    let scratch = Scratch::new("evals")?;
    // Trains five times: only when it is named.
    if option("--part") == Some("folds") {
        return folds::run(binary, &scratch, shared);
    }
    let wanted = |part: &str| option("--part").is_none_or(|named| named == part);
    if wanted("demo") {
        demo(binary, &scratch)?;
    }
    if wanted("statutes") {
        statutes(binary, &scratch, shared)?;
    }
    if wanted("hotline") {
        hotline::measure(binary, &scratch, shared)?;
    }
    if wanted("validity") {
        validity::measure(binary, &scratch, shared)?;
    }
    Ok(())
}

/// The demo questions against the demo texts: is the answering article found, and is it cited?
fn demo(binary: &Path, scratch: &Scratch) -> Result<()> {
    let data = scratch.folder("demo")?;
    for folder in ["laws", "sichuan", "internal-rules"] {
        let files = markdown(&repo::root().join("demo").join(folder))?;
        import(binary, &data, "all", &files)?;
    }
    let questions = questions()?;
    let ask: String = questions
        .iter()
        .enumerate()
        .map(|(id, asked)| json!({ "id": id.to_string(), "question": asked.question }).to_string() + "\n")
        .collect();
    let answered = piped(binary, &["knowledge", "answer", "--collection", "all", "--data"], &data, &ask)?;
    let find = ask.replace("\"question\":", "\"query\":");
    let found = piped(binary, &["knowledge", "search", "--collection", "all", "--top", "10", "--data"], &data, &find)?;

    let (mut cited, mut ranked, mut missed) = (0, [0, 0], Vec::new());
    for ((asked, answer), hits) in questions.iter().zip(answered.lines()).zip(found.lines()) {
        let (answer, hits): (Value, Value) = (serde_json::from_str(answer)?, serde_json::from_str(hits)?);
        let is_it = |hit: &Value| {
            hit.get("document").and_then(Value::as_str) == Some(&asked.document)
                && (asked.label.is_empty() || hit.get("label").and_then(Value::as_str) == Some(&asked.label))
        };
        let rank = hits.get("hits").and_then(Value::as_array).and_then(|hits| hits.iter().position(is_it));
        ranked[0] += usize::from(rank == Some(0));
        ranked[1] += usize::from(rank.is_some());
        let in_answer = answer.get("citations").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_it));
        cited += usize::from(in_answer);
        if !in_answer {
            missed.push(format!("{} → {}{} (rank {rank:?})", asked.question, asked.document, asked.label));
        }
    }
    let n = questions.len();
    println!(
        "demo set, {n} questions: cited {cited}/{n}, found first {}/{n}, in the first ten {}/{n}",
        ranked[0], ranked[1]
    );
    missed.iter().for_each(|line| println!("  not cited: {line}"));
    Ok(())
}

#[derive(Deserialize)]
struct Query {
    query_id: Value,
    query: String,
    gold: Vec<Gold>,
}

/// An article that answers; the corpus may hold it in several versions.
#[derive(Deserialize)]
struct Gold {
    corpus_ids: Vec<Value>,
}

/// What plain BM25 gives on the statute set, and what is to be reached.
pub(crate) const STATUTE_AIMS: [(&str, &str, &str); 3] =
    [("R@10", ".457", ".62"), ("R@100", ".659", ".85"), ("nDCG@10", ".371", ".50")];

/// Citizens' legal questions against 64,322 articles.
fn statutes(binary: &Path, scratch: &Scratch, shared: &Path) -> Result<()> {
    let folder = shared.join("data/retrieval");
    if !folder.is_dir() {
        println!("SKIPPED the statute set: no `{}` (name the data folder with --shared DIR)", folder.display());
        return Ok(());
    }
    let data = scratch.folder("statutes")?;
    let begun = Instant::now();
    import(binary, &data, "statutes", &[folder.join("statute_articles.jsonl.gz")])?;
    println!("statute set: imported in {:.1} s", begun.elapsed().as_secs_f64());

    let text = std::fs::read_to_string(folder.join("queries_train.jsonl"))?;
    let queries: Vec<Query> =
        text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("queries_train.jsonl")?;
    let lines: String = queries
        .iter()
        .map(|asked| json!({ "id": text_of(&asked.query_id), "query": asked.query }).to_string() + "\n")
        .collect();
    let begun = Instant::now();
    let found =
        piped(binary, &["knowledge", "search", "--collection", "statutes", "--top", "100", "--data"], &data, &lines)?;
    let took = begun.elapsed().as_secs_f64();

    let mut sums = BTreeMap::from([("R@10", 0.0), ("R@100", 0.0), ("nDCG@10", 0.0)]);
    for (asked, line) in queries.iter().zip(found.lines()) {
        let line: Value = serde_json::from_str(line)?;
        let hits: Vec<String> = line
            .get("hits")
            .and_then(Value::as_array)
            .map(|hits| hits.iter().filter_map(|hit| hit.get("source_id")).map(text_of).collect())
            .with_context(|| format!("search answered `{line}`"))?;
        let gold: Vec<BTreeSet<String>> =
            asked.gold.iter().map(|gold| gold.corpus_ids.iter().map(text_of).collect()).collect();
        *sums.entry("R@10").or_default() += recall(&hits, &gold, 10);
        *sums.entry("R@100").or_default() += recall(&hits, &gold, 100);
        *sums.entry("nDCG@10").or_default() += ndcg(&hits, &gold, 10);
    }
    let n = queries.len() as f64;
    println!(
        "statute set, {} questions in {took:.1} s; the shipped weights have seen these questions, `--part folds` measures without:",
        queries.len()
    );
    println!("| measure | plain BM25 | to reach, cross-validated | measured |\n|---|---|---|---|");
    for (name, baseline, reach) in STATUTE_AIMS {
        println!("| {name} | {baseline} | {reach} | {:.4} |", sums.get(name).copied().unwrap_or_default() / n);
    }
    Ok(())
}

fn import(binary: &Path, data: &Path, collection: &str, files: &[PathBuf]) -> Result<()> {
    import_with(binary, data, collection, files, &[])
}

pub(crate) fn import_with(
    binary: &Path,
    data: &Path,
    collection: &str,
    files: &[PathBuf],
    options: &[&str],
) -> Result<()> {
    let mut command = Command::new(binary);
    command.args(["knowledge", "import", "--collection", collection, "--data"]).arg(data).args(options).args(files);
    output(&mut command)?;
    Ok(())
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The place of each gold article among the hits: that of its first version there.
fn places(hits: &[String], gold: &[BTreeSet<String>], k: usize) -> Vec<usize> {
    let hits = hits.get(..k).unwrap_or(hits);
    gold.iter().filter_map(|versions| hits.iter().position(|hit| versions.contains(hit))).collect()
}

/// The share of the gold articles among the first `k`.
pub(crate) fn recall(hits: &[String], gold: &[BTreeSet<String>], k: usize) -> f64 {
    places(hits, gold, k).len() as f64 / gold.len().max(1) as f64
}

/// Normalised discounted cumulative gain with binary relevance.
pub(crate) fn ndcg(hits: &[String], gold: &[BTreeSet<String>], k: usize) -> f64 {
    let discount = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let gain: f64 = places(hits, gold, k).into_iter().map(discount).sum();
    let ideal: f64 = (0..gold.len().min(k)).map(discount).sum();
    if ideal > 0.0 { gain / ideal } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_follow_their_definitions() {
        let hits: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        let gold: Vec<BTreeSet<String>> =
            [["b", "b2"], ["z", "z2"]].map(|versions| versions.map(str::to_owned).into()).into();
        assert!((recall(&hits, &gold, 10) - 0.5).abs() < 1e-9);
        assert!((recall(&hits, &gold, 1)).abs() < 1e-9);
        let ideal = 1.0 + 1.0 / 3f64.log2();
        assert!((ndcg(&hits, &gold, 10) - (1.0 / 3f64.log2()) / ideal).abs() < 1e-9);
    }
}
