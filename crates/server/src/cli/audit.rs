//! `shuzheng audit`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use kernel::{Clock, Entropy};
use store::{AuditKey, CopyRange, Store};

use crate::cli::{DataArgs, print, runtime};
use crate::config::Config;
use crate::wiring;

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify the chain from its first entry to its last. Exit status 1 when it is broken.
    Verify(DataArgs),
    /// Print a signed copy: JSON Lines, the last one with SM3 and SM2 signature.
    Export(Export),
    /// Check a signed copy by itself. Exit status 1 when it does not hold.
    CheckExport(CheckExport),
    /// Print the signed head of the chain, or append it to a file outside the machine.
    Anchor(Anchor),
}

/// Which entries.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    data: DataArgs,
    /// The first entry.
    #[arg(long)]
    from: Option<i64>,
    /// The last entry.
    #[arg(long)]
    until: Option<i64>,
}

/// Which copy.
#[derive(Debug, Args)]
pub struct CheckExport {
    /// The file.
    file: PathBuf,
}

/// Where the head goes.
#[derive(Debug, Args)]
pub struct Anchor {
    #[command(flatten)]
    data: DataArgs,
    /// A file to append to, such as one on write-once storage.
    #[arg(long)]
    file: Option<PathBuf>,
}

impl Command {
    /// Runs it. Reads only, so it may run beside the server.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Verify(args) => verify(&args),
            Self::Export(export) => {
                let range = CopyRange { from: export.from, until: export.until };
                let text = reading(&export.data, async |store, key| {
                    store.audit().signed_copy(key, range, "system:command line").await
                })?;
                print(text.trim_end())?;
                Ok(ExitCode::SUCCESS)
            }
            Self::CheckExport(check) => {
                let text = std::fs::read_to_string(&check.file)
                    .with_context(|| format!("cannot read `{}`", check.file.display()))?;
                let report = store::check_copy(&text);
                print(&serde_json::to_string(&report)?)?;
                Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Self::Anchor(anchor) => {
                let line = reading(&anchor.data, async |store, key| store.audit().anchor(key).await)?;
                match &anchor.file {
                    None => print(&line)?,
                    Some(path) => append(path, &line).with_context(|| format!("cannot write `{}`", path.display()))?,
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// Appends a line to a file and waits until the disk has it.
pub fn append(path: &std::path::Path, line: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    writeln!(file, "{line}")?;
    file.sync_all()
}

fn verify(args: &DataArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(args.config.as_deref())?;
    let report = runtime()?.block_on(async {
        let options = wiring::options(&args.data, &config);
        let store = Store::open_read_only(options, Clock::system(), Entropy::system()).await?;
        let report = store.audit().verify().await;
        store.close().await;
        report
    })?;
    print(&serde_json::to_string(&report)?)?;
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Opens the store to read, with the key that signs.
fn reading(
    args: &DataArgs,
    work: impl AsyncFnOnce(&Store, &AuditKey) -> Result<String, store::Error>,
) -> anyhow::Result<String> {
    let config = Config::load(args.config.as_deref())?;
    let key = wiring::audit_key(&args.data, &Entropy::system())?;
    let text = runtime()?.block_on(async {
        let options = wiring::options(&args.data, &config);
        let store = Store::open_read_only(options, Clock::system(), Entropy::system()).await?;
        let text = work(&store, &key).await;
        store.close().await;
        text
    })?;
    Ok(text)
}
