//! Cross-validated retrieval: `cargo xtask evals --part folds [--binary FILE] [--shared DIR]`.
//!
//! Each fold's questions are searched through the built program, with a model that learned from the other folds only.
//! The first stage, on the articles alone, is trained once. The ranker's eight weights are those that ship.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bench::piped;
use crate::evals::{import_with, ndcg, recall};
use crate::launch::Scratch;
use crate::learning::{Statutes, rows, text_of};
use crate::step::output;

const FOLDS: usize = 5;

/// A question of a set: its words, and the ids of each answering article.
struct Asked {
    query: String,
    gold: Vec<BTreeSet<String>>,
}

/// What was found, summed over questions or over gold articles.
#[derive(Default)]
struct Sums {
    questions: f64,
    recall_10: f64,
    recall_100: f64,
    ndcg: f64,
    /// Found among the first hundred, and all: of articles that other questions trained, and of the others.
    seen: (f64, f64),
    unseen: (f64, f64),
}

impl Sums {
    fn add(&mut self, hits: &[String], gold: &[BTreeSet<String>], trained: &BTreeSet<String>) {
        self.questions += 1.0;
        self.recall_10 += recall(hits, gold, 10);
        self.recall_100 += recall(hits, gold, 100);
        self.ndcg += ndcg(hits, gold, 10);
        for one in gold {
            let counts = if one.is_disjoint(trained) { &mut self.unseen } else { &mut self.seen };
            counts.0 += recall(hits, std::slice::from_ref(one), 100);
            counts.1 += 1.0;
        }
    }

    fn row(&self, name: &str) -> String {
        let n = self.questions.max(1.0);
        let share = |(found, all): (f64, f64)| if all > 0.0 { format!("{:.3}", found / all) } else { "–".to_owned() };
        format!(
            "| {name} | {:.3} | {:.3} | {:.3} | {} | {} |",
            self.recall_10 / n,
            self.recall_100 / n,
            self.ndcg / n,
            share(self.seen),
            share(self.unseen)
        )
    }
}

/// Both sets, where the data folder is.
pub(crate) fn run(binary: &Path, scratch: &Scratch, shared: &Path) -> Result<()> {
    notices(binary, scratch, shared)?;
    let Some(set) = Statutes::read(shared)? else { return Ok(()) };
    let asked: Vec<Asked> = set
        .queries
        .iter()
        .map(|query| Asked {
            query: query.query.clone(),
            gold: query.gold.iter().map(|gold| gold.corpus_ids.iter().map(text_of).collect()).collect(),
        })
        .collect();
    println!("statute set, {} questions, {FOLDS} folds:", asked.len());
    let articles = set.articles.clone();
    let baseline = "| plain BM25 | .457 | .659 | .371 | – | – |\n| to reach | .62 | .85 | .50 | – | – |";
    let folder = scratch.folder("statutes-folds")?;
    measure(binary, &folder, &articles, &asked, baseline, |fold| set.pairs(|at| at % FOLDS != fold))
}

#[derive(Deserialize)]
struct NoticeRow {
    question: String,
    answer: String,
}

/// Questions about government notices against all their answers.
fn notices(binary: &Path, scratch: &Scratch, shared: &Path) -> Result<()> {
    let file = shared.join("data/retrieval/government_notice_qa_train.jsonl");
    if !file.is_file() {
        println!("SKIPPED the notices: no `{}` (name the data folder with --shared DIR)", file.display());
        return Ok(());
    }
    let all: Vec<NoticeRow> = rows(&file)?;
    let mut answers: Vec<&str> = all.iter().map(|row| row.answer.trim()).collect();
    answers.sort_unstable();
    answers.dedup();
    let id = |answer: &str| answers.binary_search(&answer.trim()).unwrap_or_default().to_string();
    let lines: String = answers
        .iter()
        .enumerate()
        .map(|(at, text)| {
            json!({ "id": at, "law": "政务问答", "article": format!("第{}条", at + 1), "text": text }).to_string()
                + "\n"
        })
        .collect();
    let folder = scratch.folder("notices-folds")?;
    let articles = folder.join("articles.jsonl");
    std::fs::write(&articles, lines)?;
    let asked: Vec<Asked> = all
        .iter()
        .map(|row| Asked { query: row.question.clone(), gold: vec![BTreeSet::from([id(&row.answer)])] })
        .collect();
    println!("government notices, {} questions, {} answers, {FOLDS} folds:", all.len(), answers.len());
    let baseline = "| plain BM25 | .30 | – | – | – | – |\n| to reach | .60 | – | – | – | – |";
    measure(binary, &folder, &articles, &asked, baseline, |fold| {
        let others = all.iter().enumerate().filter(|(at, _)| at % FOLDS != fold);
        others
            .map(|(_, row)| json!({ "query": row.question, "positive": row.answer.trim() }).to_string() + "\n")
            .collect()
    })
}

/// Trains, imports and asks, fold by fold.
fn measure(
    binary: &Path,
    folder: &Path,
    articles: &Path,
    asked: &[Asked],
    baseline: &str,
    pairs: impl Fn(usize) -> String,
) -> Result<()> {
    let base = folder.join("base.bin");
    train(binary, articles, &base, &[])?;
    let mut sums = Sums::default();
    for fold in 0..FOLDS {
        let (file, model) = (folder.join(format!("pairs-{fold}.jsonl")), folder.join(format!("model-{fold}.bin")));
        std::fs::write(&file, pairs(fold))?;
        let (start, learn) = (base.display().to_string(), file.display().to_string());
        train(binary, articles, &model, &["--start", &start, "--pairs", &learn])?;
        let config = folder.join(format!("config-{fold}.toml"));
        std::fs::write(&config, format!("[knowledge]\nembedding = {:?}\n", model.display().to_string()))?;
        let config = config.display().to_string();
        let data = folder.join(format!("data-{fold}"));
        import_with(binary, &data, "set", &[PathBuf::from(articles)], &["--config", &config])?;
        let trained: BTreeSet<String> = asked
            .iter()
            .enumerate()
            .filter(|(at, _)| at % FOLDS != fold)
            .flat_map(|(_, asked)| asked.gold.iter().flatten().cloned())
            .collect();
        let held: Vec<&Asked> =
            asked.iter().enumerate().filter(|(at, _)| at % FOLDS == fold).map(|(_, asked)| asked).collect();
        let lines: String = held
            .iter()
            .enumerate()
            .map(|(at, asked)| json!({ "id": at, "query": asked.query }).to_string() + "\n")
            .collect();
        let search = ["knowledge", "search", "--collection", "set", "--top", "100", "--config", &config, "--data"];
        let found = piped(binary, &search, &data, &lines)?;
        for (asked, line) in held.iter().zip(found.lines()) {
            let line: Value = serde_json::from_str(line)?;
            let hits =
                line.get("hits").and_then(Value::as_array).with_context(|| format!("search answered `{line}`"))?;
            let hits: Vec<String> = hits.iter().filter_map(|hit| hit.get("source_id")).map(text_of).collect();
            sums.add(&hits, &asked.gold, &trained);
        }
        println!("{}", sums.row(&format!("folds 1 to {}", fold + 1)));
    }
    println!("| | R@10 | R@100 | nDCG@10 | R@100 of trained articles | of others |\n|---|---|---|---|---|---|");
    println!("{baseline}\n{}", sums.row("hybrid, cross-validated"));
    Ok(())
}

fn train(binary: &Path, articles: &Path, model: &Path, more: &[&str]) -> Result<()> {
    let mut command = Command::new(binary);
    command.args(["models", "train-embedding", "--articles"]).arg(articles).arg("--output").arg(model).args(more);
    output(&mut command)?;
    Ok(())
}
