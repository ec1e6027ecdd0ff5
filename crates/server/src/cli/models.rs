//! `shuzheng models`: small models of the agency's own, trained on its own texts on one core.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use guard::classify::{Classifier, Example, Recipe, train};
use serde::{Deserialize, Serialize};

use crate::cli::batch::{self, BatchArgs};
use crate::cli::print;
use crate::cli::recogniser::TrainRecogniser;
use crate::cli::train::TrainEmbedding;

/// What to do with small models.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a retrieval embedding.
    TrainEmbedding(TrainEmbedding),
    /// Train the guard's recogniser of names, organisations and addresses.
    TrainRecogniser(TrainRecogniser),
    /// Train a text classifier from lines `{"text","label"}`.
    TrainClassifier(TrainClassifier),
    /// Classify lines `{"id","text"}`.
    Classify(Classify),
    /// Look at a model file that was brought in by hand: compare it with its hash and check its signature.
    Inspect(Inspect),
    /// Compare the recorded calls of models with the audit log.
    VerifyCalls(crate::cli::DataArgs),
}

/// Which file.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The file: GGUF, safetensors or another.
    #[arg(long)]
    file: PathBuf,
    /// The hash that came with it, `sha256:…` or `sm3:…`.
    #[arg(long)]
    hash: Option<String>,
    /// A file with its detached SM2 signature over its SM3 digest: 128 hexadecimal digits, r and then s.
    #[arg(long)]
    signature: Option<PathBuf>,
    /// A file with the public key that must have made the signature: 130 hexadecimal digits.
    #[arg(long, conflicts_with = "model")]
    signer: Option<PathBuf>,
    /// The model of `policies/models.toml` that it is to be: its record gives hash, signature and signer.
    #[arg(long)]
    model: Option<String>,
    /// The data folder whose `policies/models.toml` counts; the one that ships when absent.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// What a file is, and who signed it.
#[derive(Serialize)]
struct InspectedLine {
    #[serde(flatten)]
    file: models::files::ModelFile,
    /// The public key that signed it; absent when no signature was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
}

/// What to train on.
#[derive(Debug, Args)]
pub struct TrainClassifier {
    /// The labelled lines.
    #[arg(long)]
    input: PathBuf,
    /// Where the model goes.
    #[arg(long)]
    output: PathBuf,
    /// The seed of the order in which lines are seen.
    #[arg(long, default_value_t = 20_260_101)]
    seed: u64,
    /// Measure on a held-out fifth first; the written model is trained on all lines.
    #[arg(long)]
    measure: bool,
}

/// What to classify with.
#[derive(Debug, Args)]
pub struct Classify {
    /// The model.
    #[arg(long)]
    model: PathBuf,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextLine {
    id: serde_json::Value,
    text: String,
}

#[derive(Serialize)]
struct ClassifiedLine {
    id: serde_json::Value,
    label: String,
    score: f32,
    alternatives: Vec<guard::classify::Scored>,
}

/// The final line of a training.
#[derive(Serialize)]
struct TrainedLine {
    examples: usize,
    labels: usize,
    /// The share of its own lines that the model places rightly.
    fit: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<HeldOut>,
    bytes: usize,
    seconds: f64,
}

/// Figures on lines that the measured model never saw.
#[derive(Serialize)]
struct HeldOut {
    examples: usize,
    accuracy: f64,
    macro_f1: f64,
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::TrainEmbedding(args) => args.run(),
            Self::TrainRecogniser(args) => args.run(),
            Self::TrainClassifier(args) => args.run(),
            Self::Classify(args) => args.run(),
            Self::Inspect(args) => args.run(),
            Self::VerifyCalls(data) => {
                crate::cli::keys::at_the_machine(&data, "models verify-calls", async |platform, _| {
                    let bad = platform.assistant.models().meter().verify().await?;
                    print(&serde_json::json!({ "ok": bad.is_none(), "first_bad_batch": bad }).to_string())?;
                    ensure!(bad.is_none(), "the calls of a batch do not fit the audit log");
                    Ok(())
                })
            }
        }
    }
}

impl Inspect {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let text =
            |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot open `{}`", path.display()));
        let record = self.model.as_deref().map(|id| self.record(id)).transpose()?;
        let own = self.signature.as_ref().map(text).transpose()?;
        let signature = own.or_else(|| record.as_ref().and_then(|record| record.signature.clone()));
        let signer = match &self.signer {
            Some(path) => Some(text(path)?.trim().to_owned()),
            None => record.as_ref().and_then(|record| record.signer.clone()),
        };
        ensure!(self.signature.is_none() || signer.is_some(), "a signature is checked against a key: give `--signer`");
        let hash = self.hash.as_deref().or_else(|| record.as_ref().and_then(|record| record.hash.as_deref()));

        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot open `{}`", self.file.display()))?;
        let file = models::files::inspect(&bytes, hash)?;
        if let Some(signer) = &signer {
            models::files::check_signature(&file.sm3, signature.as_deref(), signer)?;
        }
        print(&serde_json::to_string(&InspectedLine { file, signed_by: signer })?)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The record of a model in `policies/models.toml`.
    fn record(&self, id: &str) -> anyhow::Result<models::ModelRecord> {
        let text = crate::assets::policy(self.data.as_deref(), "models.toml").context("cannot read models.toml")?;
        let registry = models::Registry::parse("policies/models.toml", &text)?;
        registry.model(id).cloned().with_context(|| format!("policies/models.toml has no model `{id}`"))
    }
}

impl TrainClassifier {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let begun = Instant::now();
        let examples = read(&self.input)?;
        let recipe = Recipe { seed: self.seed, ..Recipe::topics() };
        let held_out = if self.measure { Some(measure(&examples, &recipe)?) } else { None };
        let trained = train(&examples, &recipe)?;
        let bytes = trained.model.write();
        std::fs::write(&self.output, &bytes).with_context(|| format!("cannot write `{}`", self.output.display()))?;
        print(&serde_json::to_string(&TrainedLine {
            examples: trained.examples,
            labels: trained.model.labels().len(),
            fit: trained.fit,
            held_out,
            bytes: bytes.len(),
            seconds: begun.elapsed().as_secs_f64(),
        })?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Every fifth line is left out, and asked.
fn measure(examples: &[Example], recipe: &Recipe) -> anyhow::Result<HeldOut> {
    let part = |out: bool| -> Vec<Example> {
        examples.iter().enumerate().filter(|(n, _)| (n % 5 == 4) == out).map(|(_, e)| e.clone()).collect()
    };
    let model = train(&part(false), recipe)?.model;
    let asked = part(true);
    let given: Vec<(String, String)> = asked
        .into_iter()
        .map(|e| {
            let got = model.classify(&e.text).into_iter().next().map(|s| s.label).unwrap_or_default();
            (e.label, got)
        })
        .collect();
    let right = given.iter().filter(|(is, got)| is == got).count();
    let f1 = |label: &String| {
        let hit = given.iter().filter(|(is, got)| is == label && got == label).count() as f64;
        let of = given.iter().filter(|(is, got)| is == label || got == label).count() as f64;
        let all = of + hit;
        if all == 0.0 { 0.0 } else { 2.0 * hit / all }
    };
    let labels = model.labels();
    Ok(HeldOut {
        examples: given.len(),
        accuracy: right as f64 / given.len().max(1) as f64,
        macro_f1: labels.iter().map(f1).sum::<f64>() / labels.len().max(1) as f64,
    })
}

fn read(path: &PathBuf) -> anyhow::Result<Vec<Example>> {
    let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    let mut examples = Vec::new();
    for (n, line) in BufReader::new(file).lines().enumerate() {
        let line = line.with_context(|| format!("line {} is not UTF-8", n + 1))?;
        if !line.trim().is_empty() {
            examples.push(serde_json::from_str(&line).with_context(|| format!("line {}", n + 1))?);
        }
    }
    ensure!(!examples.is_empty(), "`{}` holds no lines", path.display());
    Ok(examples)
}

impl Classify {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let bytes = std::fs::read(&self.model).with_context(|| format!("cannot open `{}`", self.model.display()))?;
        let model = Classifier::read(&bytes).with_context(|| format!("`{}`", self.model.display()))?;
        batch::run(&self.batch, |line: TextLine| {
            let mut all = model.classify(&line.text).into_iter();
            let best = all.next().unwrap_or(guard::classify::Scored { label: String::new(), score: 0.0 });
            Ok(ClassifiedLine {
                id: line.id,
                label: best.label,
                score: best.score,
                alternatives: all.take(4).collect(),
            })
        })
    }
}
