//! `shuzheng backup` and `shuzheng restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kernel::{Clock, Entropy};
use store::Store;

use crate::cli::{DataArgs, print, runtime};
use crate::config::Config;
use crate::wiring;

/// Write a backup.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    data: DataArgs,
    /// The folder to write; it must not exist yet.
    #[arg(long)]
    to: PathBuf,
}

impl Backup {
    /// Runs it. Reads only, so it may run beside the server.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let config = Config::load(self.data.config.as_deref())?;
        let report = runtime()?.block_on(async {
            let options = wiring::options(&self.data.data, &config);
            let store = Store::open_read_only(options, Clock::system(), Entropy::system()).await?;
            let report = store.backup(&self.to).await;
            store.close().await;
            report
        })?;
        print(&serde_json::to_string(&report)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Restore a backup.
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    data: DataArgs,
    /// The backup.
    #[arg(long)]
    from: PathBuf,
}

impl Restore {
    /// Runs it; the audit chain and every blob are verified on the way.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let config = Config::load(self.data.config.as_deref())?;
        let report = runtime()?.block_on(async {
            let options = wiring::options(&self.data.data, &config);
            Store::restore(&self.from, options, wiring::migrations(), Clock::system(), Entropy::system()).await
        })?;
        print(&serde_json::to_string(&report)?)?;
        Ok(ExitCode::SUCCESS)
    }
}
