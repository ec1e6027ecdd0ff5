//! What the shipped embedding learns from: `cargo xtask train-embedding [--binary FILE] [--shared DIR]`.
//!
//! The statute set's articles, its questions with their articles, and the lawyers' answers and keywords as further
//! texts of those articles; and the everyday questions of `crates/knowledge/data/questions.txt`, which are ours. All of it may be redistributed (MIT; the law itself has no copyright).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bench::release_binary;
use crate::launch::Scratch;
use crate::repo;
use crate::step::run as run_step;

/// A question of the statute set.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Query {
    pub(crate) query_id: Value,
    pub(crate) query: String,
    pub(crate) gold: Vec<Gold>,
}

/// An article that answers; the corpus may hold it in several versions.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Gold {
    pub(crate) corpus_ids: Vec<Value>,
}

/// What one lawyer answered.
#[derive(Debug, Clone, Deserialize)]
struct Answer {
    query_id: Value,
    keywords: Option<String>,
    answer: Option<String>,
}

/// The statute set.
pub(crate) struct Statutes {
    pub(crate) articles: PathBuf,
    pub(crate) queries: Vec<Query>,
    answers: BTreeMap<String, Answer>,
    /// `law + label + text` by corpus id.
    texts: BTreeMap<String, String>,
    /// The everyday questions of `data/questions.txt`, each with its article.
    own: Vec<(String, String)>,
}

impl Statutes {
    /// Reads the set; `None` where the data folder is absent.
    pub(crate) fn read(shared: &Path) -> Result<Option<Self>> {
        let folder = shared.join("data/retrieval");
        if !folder.is_dir() {
            println!("SKIPPED the statute set: no `{}` (name the data folder with --shared DIR)", folder.display());
            return Ok(None);
        }
        let articles = folder.join("statute_articles.jsonl.gz");
        let mut texts = BTreeMap::new();
        let mut by_label = BTreeMap::new();
        let unpacked = Command::new("gzip").args(["-dc"]).arg(&articles).output().context("gzip")?;
        ensure!(unpacked.status.success(), "`{}` cannot be unpacked", articles.display());
        for line in String::from_utf8(unpacked.stdout)?.lines() {
            let line: Value = serde_json::from_str(line)?;
            let part = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = line.get("id").map(text_of).unwrap_or_default();
            let text = part("law") + &part("article") + &part("text");
            by_label.entry((part("law"), part("article"))).or_insert_with(|| text.clone());
            texts.insert(id, text);
        }
        let queries = rows(&folder.join("queries_train.jsonl"))?;
        let answers: Vec<Answer> = rows(&folder.join("answers_train.jsonl"))?;
        let answers = answers.into_iter().map(|answer| (text_of(&answer.query_id), answer)).collect();
        let own = own_questions(&by_label)?;
        Ok(Some(Self { articles, queries, answers, texts, own }))
    }

    /// The pairs of the questions that `keep` keeps, one JSON object a line.
    pub(crate) fn pairs(&self, keep: impl Fn(usize) -> bool) -> String {
        let mut lines = String::new();
        for (_, query) in self.queries.iter().enumerate().filter(|(at, _)| keep(*at)) {
            let answer = self.answers.get(&text_of(&query.query_id));
            let texts = answer.into_iter().flat_map(|answer| [&answer.answer, &answer.keywords]).flatten();
            for gold in query.gold.iter().flat_map(|gold| &gold.corpus_ids) {
                let Some(positive) = self.texts.get(&text_of(gold)) else { continue };
                lines += &(json!({ "query": query.query, "positive": positive }).to_string() + "\n");
                for text in texts.clone().filter(|text| !text.trim().is_empty()) {
                    let row = json!({ "query": text, "positive": positive, "kind": "text", "weight": 0.5, "group": query.query });
                    lines += &(row.to_string() + "\n");
                }
            }
        }
        for (question, positive) in &self.own {
            lines += &(json!({ "query": question, "positive": positive }).to_string() + "\n");
        }
        lines
    }
}

/// Reads `data/questions.txt`: a law, then lines `条|question|question`.
fn own_questions(articles: &BTreeMap<(String, String), String>) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(repo::root().join("crates/knowledge/data/questions.txt"))?;
    let (mut law, mut questions) = ("", Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some((label, asked)) = line.split_once('|') else {
            law = line;
            continue;
        };
        let article = articles.get(&(law.to_owned(), label.to_owned()));
        let article = article.with_context(|| format!("questions.txt: there is no {law}{label}"))?;
        questions.extend(asked.split('|').map(|question| (question.to_owned(), article.clone())));
    }
    Ok(questions)
}

/// A JSON value as a plain text: ids are numbers in some files and strings in others.
pub(crate) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The rows of a file of JSON Lines.
pub(crate) fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            // An empty cell of the table that the set was made from; JSON has no NaN.
            let line = line.replace(": NaN,", ": null,");
            serde_json::from_str(&line).with_context(|| format!("`{}`", path.display()))
        })
        .collect()
}

/// Trains the weights that ship and writes them to `crates/knowledge/data/embedding.bin`.
pub(crate) fn train(options: &[&str]) -> Result<()> {
    let option = |name: &str| options.iter().position(|word| *word == name).and_then(|at| options.get(at + 1)).copied();
    let binary = release_binary(option("--binary"))?;
    let shared = option("--shared").map_or_else(|| repo::root().join("../shared"), PathBuf::from);
    let Some(set) = Statutes::read(&shared)? else { return Ok(()) };
    let scratch = Scratch::new("training")?;
    let pairs = scratch.folder("pairs")?.join("pairs.jsonl");
    std::fs::write(&pairs, set.pairs(|_| true))?;
    let output =
        option("--output").map_or_else(|| repo::root().join("crates/knowledge/data/embedding.bin"), PathBuf::from);
    let mut command = Command::new(binary);
    command.args(["models", "train-embedding", "--articles"]).arg(&set.articles);
    command.arg("--pairs").arg(&pairs).arg("--output").arg(output);
    if options.contains(&"--report-folds") {
        command.arg("--report-folds");
    }
    run_step(&mut command)
}
