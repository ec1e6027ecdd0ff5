//! `shuzheng audit`.

use std::process::ExitCode;

use clap::Subcommand;
use kernel::{Clock, Entropy};
use store::Store;

use crate::cli::{DataArgs, print, runtime};
use crate::config::Config;
use crate::wiring;

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify the chain from its first entry to its last. Exit status 1 when it is broken.
    Verify(DataArgs),
}

impl Command {
    /// Runs it. Reads only, so it may run beside the server.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Verify(args) = self;
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
}
