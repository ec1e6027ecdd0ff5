//! `shuzheng models train-embedding`: trains the retrieval embedding on one's own articles and pairs.

use std::fs::File;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use knowledge::embedding::{Embedding, Figures, LearnArticle, LearnPair, Progress, Recipe, learn};
use serde::{Deserialize, Serialize};

use crate::cli::batch::LineError;
use crate::cli::{print, say};

/// Train a retrieval embedding.
#[derive(Debug, Args)]
pub struct TrainEmbedding {
    /// Articles, one JSON object a line, as `knowledge import` takes them; `.gz` may be compressed.
    #[arg(long)]
    articles: PathBuf,
    /// Pairs `{"query","positive"}`, one a line: a question and the text of the article that answers it.
    #[arg(long)]
    pairs: Option<PathBuf>,
    /// Where the model is written.
    #[arg(long)]
    output: PathBuf,
    /// A model to go on from; without it the training begins at nothing.
    #[arg(long)]
    start: Option<PathBuf>,
    /// Where chance begins: the same seed and files give the same bytes.
    #[arg(long, default_value_t = Recipe::default().seed)]
    seed: u64,
    /// Numbers in a vector.
    #[arg(long, default_value_t = Recipe::default().dims, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(16..=512))]
    dims: usize,
    /// Measures on five folds what the model finds of questions whose pairs it did not learn.
    #[arg(long)]
    report_folds: bool,
}

#[derive(Deserialize)]
struct ArticleLine {
    law: String,
    #[serde(default)]
    article: String,
    #[serde(default)]
    chapter: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairLine {
    query: String,
    positive: String,
    #[serde(default)]
    weight: Option<f32>,
    #[serde(default)]
    group: String,
    #[serde(default)]
    kind: Kind,
}

/// What the query of a pair is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// A question.
    #[default]
    Question,
    /// Some other text that belongs to the article, such as an answer that was given.
    Text,
}

#[derive(Serialize)]
struct Report<'a> {
    output: &'a Path,
    fingerprint: &'a str,
    bytes: usize,
    seed: u64,
    failed: usize,
    #[serde(flatten)]
    figures: &'a Figures,
}

impl TrainEmbedding {
    /// Trains.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut failed = 0;
        let articles = lines(&self.articles, &mut failed, |line: ArticleLine| LearnArticle {
            law: line.law,
            label: line.article,
            path: line.chapter,
            text: line.text,
        })?;
        let pairs = match &self.pairs {
            None => Vec::new(),
            Some(path) => lines(path, &mut failed, |line: PairLine| LearnPair {
                weight: line.weight.filter(|weight| weight.is_finite()).unwrap_or(1.0).clamp(0.0, 1.0),
                query: line.query,
                positive: line.positive,
                group: line.group,
                is_question: line.kind == Kind::Question,
            })?,
        };
        anyhow::ensure!(!articles.is_empty(), "`{}` has no article", self.articles.display());
        let start = match &self.start {
            None => None,
            Some(path) => Some(open_model(path)?),
        };
        let recipe = Recipe {
            seed: self.seed,
            dims: self.dims,
            folds: if self.report_folds { 5 } else { 0 },
            ..Recipe::default()
        };
        let mut tell = |progress: Progress| {
            let loss = progress.loss.map(|loss| format!(", loss {loss:.3}")).unwrap_or_default();
            say(&format!("{} {:.0} %{loss}", progress.stage, progress.share * 100.0));
        };
        let learned = learn(&articles, &pairs, &recipe, start.as_ref(), &mut tell);
        let bytes = learned.embedding.write();
        std::fs::write(&self.output, &bytes).with_context(|| format!("cannot write `{}`", self.output.display()))?;
        let report = Report {
            output: &self.output,
            fingerprint: learned.embedding.fingerprint(),
            bytes: bytes.len(),
            seed: self.seed,
            failed,
            figures: &learned.figures,
        };
        print(&serde_json::to_string(&report)?)?;
        Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Reads a model file.
fn open_model(path: &Path) -> anyhow::Result<Embedding> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    Embedding::read(&bytes).with_context(|| format!("`{}`", path.display()))
}

/// Reads the lines of a file, compressed or not. A bad line is reported, counted and passed over.
fn lines<L: for<'a> Deserialize<'a>, T>(
    path: &Path,
    failed: &mut usize,
    take: impl Fn(L) -> T,
) -> anyhow::Result<Vec<T>> {
    let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    let mut reader = knowledge::embedding::lines_of(file).with_context(|| format!("`{}`", path.display()))?;
    let mut read = Vec::new();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).with_context(|| format!("`{}`, line {number}", path.display()))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line)) {
            Ok(line) => read.push(take(line)),
            Err(error) => {
                *failed += 1;
                let error = LineError::new("models.bad_line", error.to_string());
                print(&serde_json::to_string(&BadLine { line: number, error })?)?;
            }
        }
    }
    Ok(read)
}

#[derive(Serialize)]
struct BadLine {
    line: u64,
    error: LineError,
}
