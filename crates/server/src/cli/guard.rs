//! `shuzheng guard`: the engines alone, over JSON Lines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use guard::risk::{RiskRules, risk_by};
use guard::words::Library;
use guard::{Kind, Operator, Options, SealedVault, Vault, deidentify, with_values};
use serde::{Deserialize, Serialize};

use crate::cli::batch::{self, BatchArgs, LineError};
use crate::cli::words;

/// What the guard should do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find and replace personal data.
    Deidentify(Deidentify),
    /// Put back the words that `deidentify --reversible` replaced.
    Restore(Restore),
    /// Print a new key for reversible replacement, hashes and encryption.
    MakeKey,
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
    /// Replace by numbered placeholders that can be put back; the key to them is sealed and needs a guard key.
    #[arg(long)]
    reversible: bool,
    /// What becomes of a kind, as `kind=operator`; operators: keep, mask, placeholder, generalise, hash, encrypt.
    #[arg(long, value_parser = kind_operator)]
    operator: Vec<(Kind, Operator)>,
    /// What becomes of every other kind.
    #[arg(long, value_parser = operator, default_value = "mask")]
    default_operator: Operator,
    /// Leave public bodies and bare places out of the findings.
    #[arg(long, conflicts_with = "replace_public")]
    without_public: bool,
    /// Replace public bodies and bare places too; by themselves they are reported and stay.
    #[arg(long)]
    replace_public: bool,
    /// How long the sealed key to the placeholders can be opened, in hours.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=8_760))]
    hours: u64,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    batch: BatchArgs,
}

/// How to restore.
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    batch: BatchArgs,
}

/// Where the guard's keys are.
#[derive(Debug, Args)]
struct KeyArgs {
    /// The file with the guard's keys, the one in use first.
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// The keys themselves, one a line.
    #[arg(long, env = "SHUZHENG_GUARD_KEY", hide_env_values = true, hide = true)]
    guard_key: Option<String>,
}

impl KeyArgs {
    /// The keys, when there are any.
    fn read(&self) -> anyhow::Result<Option<guard::KeyRing>> {
        let text = match (&self.key_file, &self.guard_key) {
            (Some(path), _) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the key file `{}`", path.display()))?,
            (None, Some(text)) => text.clone(),
            (None, None) => return Ok(None),
        };
        Ok(Some(guard::KeyRing::parse(&text)?))
    }

    fn need(&self, what: &str) -> anyhow::Result<guard::KeyRing> {
        let Some(keys) = self.read()? else {
            bail!(
                "{what} needs a guard key: make one with `shuzheng guard make-key > guard.key`, keep it apart from the \
                 data, and name it with `--key-file guard.key` or in SHUZHENG_GUARD_KEY"
            );
        };
        Ok(keys)
    }
}

fn operator(name: &str) -> Result<Operator, String> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
        .map_err(|_| format!("`{name}` is no operator: keep, mask, placeholder, generalise, hash, encrypt"))
}

fn kind_operator(text: &str) -> Result<(Kind, Operator), String> {
    let (kind, name) = text.split_once('=').ok_or("write kind=operator, such as address=generalise")?;
    let known = || Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    Ok((Kind::parse(kind).ok_or_else(|| format!("`{kind}` is no kind: {}", known()))?, operator(name)?))
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
    /// The key to the placeholders, sealed for this line, with `--reversible`.
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<SealedVault>,
}

#[derive(Deserialize)]
struct SealedLine {
    id: serde_json::Value,
    text: String,
    vault: SealedVault,
}

#[derive(Serialize)]
struct RestoredLine {
    id: serde_json::Value,
    text: String,
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
            Self::Deidentify(args) => args.run(),
            Self::Restore(args) => args.run(),
            Self::MakeKey => {
                let now = kernel::Clock::system().now();
                let mut secret = [0; 32];
                kernel::Entropy::system().fill(&mut secret);
                let key = guard::Key::new(&format!("k{}", now.date().to_string().replace('-', "")), secret);
                crate::cli::print(&key.line())?;
                Ok(ExitCode::SUCCESS)
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

impl Deidentify {
    fn run(self) -> anyhow::Result<ExitCode> {
        let clock = kernel::Clock::system();
        let operator = if self.reversible { Operator::Placeholder } else { self.default_operator };
        let operators: BTreeMap<Kind, Operator> = self.operator.iter().copied().collect();
        let wants = |wanted: fn(Operator) -> bool| wanted(operator) || operators.values().any(|o| wanted(*o));
        let seals = wants(|o| o == Operator::Placeholder);
        let keys = match (seals, wants(Operator::needs_key)) {
            (true, _) => Some(self.keys.need("replacement that can be put back")?),
            (_, true) => Some(self.keys.need("hashing and encryption")?),
            _ => None,
        };
        let options = Options {
            today: Some(clock.now().date()),
            operator,
            operators,
            recogniser_score: 0.5,
            report_public: !self.without_public,
            replace_public: self.replace_public,
            key: keys.as_ref().map(|keys| keys.current().clone()),
            ..Options::default()
        };
        let expires = seconds(&clock) + self.hours * 3_600;
        batch::run(&self.batch, |line: TextLine| {
            let done = deidentify(&line.text, &options);
            let vault = keys.as_ref().filter(|_| seals).map(|keys| {
                let mut nonce = [0; 12];
                kernel::Entropy::system().fill(&mut nonce);
                done.vault.seal(keys, &line.id.to_string(), expires, nonce)
            });
            let findings = with_values(&line.text, done.findings);
            Ok(DeidentifiedLine { id: line.id, text: done.text, findings, vault })
        })
    }
}

impl Restore {
    fn run(self) -> anyhow::Result<ExitCode> {
        let keys = self.keys.need("restoring")?;
        let now = seconds(&kernel::Clock::system());
        batch::run(&self.batch, |line: SealedLine| {
            let vault = Vault::open(&line.vault, &keys, &line.id.to_string(), now)
                .map_err(|error| LineError::new("guard.vault", error.to_string()))?;
            Ok(RestoredLine { text: vault.restore(&line.text), id: line.id })
        })
    }
}

/// Seconds since 1970.
fn seconds(clock: &kernel::Clock) -> u64 {
    u64::try_from(clock.now().as_millis() / 1_000).unwrap_or(0)
}
