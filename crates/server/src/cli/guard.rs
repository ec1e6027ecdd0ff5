//! `shuzheng guard`: the engines alone, over JSON Lines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use guard::risk::{RiskRules, risk_by};
use guard::words::Library;
use guard::{Options, deidentify, with_values};
use serde::{Deserialize, Serialize};

use crate::cli::batch::{self, BatchArgs};
use crate::cli::words;

/// What the guard should do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find and replace personal data.
    Deidentify(Deidentify),
    /// Screen a text that somebody wants to enter.
    Screen {
        /// The lines.
        #[command(flatten)]
        batch: BatchArgs,
    },
    /// Sort a model's output into the 31 risks of GB/T 45654.
    Risk {
        /// Search by this keyword library instead of the one that ships: lines as `words export` writes them.
        #[arg(long)]
        words: Option<PathBuf>,
        /// The lines.
        #[command(flatten)]
        batch: BatchArgs,
    },
    /// The keyword library.
    #[command(subcommand)]
    Words(words::Command),
    /// Verify every claim of an answer against its evidence.
    Verify {
        /// The lines.
        #[command(flatten)]
        batch: BatchArgs,
    },
}

/// How to de-identify.
#[derive(Debug, Args)]
pub struct Deidentify {
    /// Replace by numbered placeholders that can be put back.
    #[arg(long)]
    reversible: bool,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextLine {
    id: serde_json::Value,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScreenLine {
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    context: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyLine {
    id: serde_json::Value,
    answer: String,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct DeidentifiedLine {
    id: serde_json::Value,
    text: String,
    /// Each with the words that were found, as the owner of the text asked.
    findings: Vec<guard::FoundValue>,
    /// The key to the placeholders, with `--reversible`.
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<BTreeMap<String, String>>,
}

/// An output line: the id of the input and what was found.
#[derive(Serialize)]
struct Line<T> {
    id: serde_json::Value,
    #[serde(flatten)]
    found: T,
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Deidentify(args) => {
                let today = Some(kernel::Clock::system().now().date());
                let options = if args.reversible { Options::reversible() } else { Options::default() };
                let options = Options { today, ..options };
                batch::run(&args.batch, |line: TextLine| {
                    let done = deidentify(&line.text, &options);
                    let vault = args
                        .reversible
                        .then(|| done.vault.entries().into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
                    let findings = with_values(&line.text, done.findings);
                    Ok(DeidentifiedLine { id: line.id, text: done.text, findings, vault })
                })
            }
            Self::Screen { batch } => batch::run(&batch, |line: ScreenLine| {
                Ok(Line { id: line.id, found: guard::screen(&line.text, line.context.as_deref()) })
            }),
            Self::Verify { batch } => batch::run(&batch, |line: VerifyLine| {
                let evidence: Vec<&str> = line.evidence.iter().map(String::as_str).collect();
                Ok(Line { id: line.id, found: guard::verify(&line.answer, &evidence) })
            }),
            Self::Risk { words, batch } => {
                let own = words.as_deref().map(words::read).transpose()?;
                let library = own.as_ref().unwrap_or_else(|| Library::built_in());
                batch::run(&batch, |line: TextLine| {
                    Ok(Line { id: line.id, found: risk_by(RiskRules::built_in(), library, &line.text) })
                })
            }
            Self::Words(command) => command.run(),
        }
    }
}
