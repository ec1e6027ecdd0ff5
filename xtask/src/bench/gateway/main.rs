//! The model gateway beside a bare proxy and its peers: one mock upstream, the same load, requests a second, processor
//! time, latency, memory; a thousand open streams; and what a killed server leaves behind.
//!
//! Started by `cargo xtask bench gateway`. Every program that is measured is a process of its own, so that its
//! processor time is its own.

mod asking;
mod caller;
mod kill;
mod mock;
mod ours;
mod peers;
mod program;
mod report;
mod requests;
mod rows;
mod streams;
mod target;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use program::Program;
use report::Report;

const USAGE: &str = "gateway-bench run BINARY [--seconds N] [--peers] [--only requests|streams|kill]";
/// A thousand streams are two thousand connections of each program; what it starts inherits the bound.
const OPEN_FILES: u64 = 16_384;

/// What is measured, and with what.
pub(crate) struct Bench {
    /// Our server.
    pub(crate) binary: PathBuf,
    /// How long each load lasts.
    pub(crate) seconds: u64,
    /// Whether LiteLLM, Portkey and nginx run beside it.
    pub(crate) with_peers: bool,
    /// One part alone.
    only: Option<String>,
    /// For the folders of everything that is started.
    pub(crate) scratch: PathBuf,
    /// The mock upstream.
    pub(crate) upstream: SocketAddr,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match words.as_slice() {
        ["upstream"] => runtime.block_on(mock::upstream()),
        ["proxy", to] => runtime.block_on(mock::proxy(to.parse()?)),
        ["run", binary, options @ ..] => runtime.block_on(bench(binary, options)),
        _ => bail!("{USAGE}"),
    }
}

async fn bench(binary: &str, options: &[&str]) -> Result<()> {
    let files = rlimit::increase_nofile_limit(OPEN_FILES)?;
    if files < OPEN_FILES {
        println!("only {files} files may be open here: a thousand streams may not fit");
    }
    let scratch = tempfile::Builder::new().prefix("shuzheng-gateway-").tempdir()?;
    let upstream = Program::announced(Command::new(std::env::current_exe()?).arg("upstream"))?;
    let bench = Bench::read(binary, options, scratch.path(), upstream.address)?;
    let mut report = Report::default();
    let outcome = measure(&bench, &mut report).await;
    // What was measured before something failed is worth seeing.
    report.print();
    outcome
}

async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    if bench.wants("requests") {
        requests::measure(bench, report).await?;
    }
    if bench.wants("streams") {
        streams::measure(bench, report).await?;
    }
    if bench.wants("kill") {
        kill::measure(bench, report).await?;
    }
    Ok(())
}

impl Bench {
    fn read(binary: &str, options: &[&str], scratch: &Path, upstream: SocketAddr) -> Result<Self> {
        let (binary, scratch) = (PathBuf::from(binary), scratch.to_owned());
        let mut bench = Self { binary, seconds: 8, with_peers: false, only: None, scratch, upstream };
        let mut left = options;
        while !left.is_empty() {
            left = match left {
                ["--peers", rest @ ..] => {
                    bench.with_peers = true;
                    rest
                }
                ["--seconds", seconds, rest @ ..] => {
                    bench.seconds = seconds.parse().context("--seconds takes a whole number")?;
                    rest
                }
                ["--only", part @ ("requests" | "streams" | "kill"), rest @ ..] => {
                    bench.only = Some((*part).to_owned());
                    rest
                }
                _ => bail!("{USAGE}"),
            };
        }
        Ok(bench)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}
