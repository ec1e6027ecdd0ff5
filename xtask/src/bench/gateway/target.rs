//! What is measured side by side: the bare proxy, ours and its peers.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bytes::Bytes;

use crate::caller::{Caller, body};
use crate::ours::{FAST, MANY, Ours, SLOW};
use crate::program::Program;
use crate::{Bench, peers};

/// How long a program may need until it answers: LiteLLM loads for twenty seconds on a quiet machine.
const START: Duration = Duration::from_secs(150);
/// How long one answer may take meanwhile.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who is measured, in the order of the tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Upstream,
    Proxy,
    Nginx,
    Ours,
    LiteLlm,
    Portkey,
}

impl Who {
    /// Its name for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Upstream => "upstream alone",
            Self::Proxy => "bare hyper proxy",
            Self::Nginx => "nginx",
            Self::Ours => "shuzheng, guard, metering and audit on",
            Self::LiteLlm => "LiteLLM, two workers",
            Self::Portkey => "Portkey",
        }
    }
}

/// One of them, running.
pub(crate) struct Target {
    pub(crate) who: Who,
    pub(crate) program: Program,
    pub(crate) caller: Caller,
}

impl Target {
    /// A program whose callers send these headers.
    pub(crate) fn new(who: Who, program: Program, headers: Vec<(&'static str, String)>) -> Self {
        let caller = Caller { address: program.address, headers };
        Self { who, program, caller }
    }

    /// A question that is answered at once, or in 64 chunks at once.
    pub(crate) fn fast(&self, stream: bool) -> Bytes {
        body(if self.who == Who::Ours { FAST } else { "mock" }, stream, None)
    }

    /// A question that is answered by one chunk a second.
    pub(crate) fn slow() -> Bytes {
        body(SLOW, true, None)
    }

    /// Gives it back when it has answered once.
    pub(crate) async fn ready(mut self) -> Result<Self> {
        let until = Instant::now() + START;
        let mut last = "it does not listen".to_owned();
        while Instant::now() < until {
            if let Some(status) = self.program.ended()? {
                bail!("it ended with {status}");
            }
            match tokio::time::timeout(PATIENCE, self.answer()).await {
                Ok(Ok(_)) => return Ok(self),
                Ok(Err(error)) => last = format!("{error:#}"),
                Err(_) => "no answer".clone_into(&mut last),
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        bail!("not ready within {} s: {last}", START.as_secs())
    }

    async fn answer(&self) -> Result<Bytes> {
        self.caller.ask(&mut self.caller.connect().await?, &self.fast(false)).await
    }
}

/// The mock upstream itself, without anything between.
pub(crate) fn upstream() -> Result<Target> {
    let program = Program::announced(Command::new(std::env::current_exe()?).arg("upstream"))?;
    Ok(Target::new(Who::Upstream, program, Vec::new()))
}

/// Everything that stands between a caller and the mock upstream, freshly started; ours on a folder of this name.
pub(crate) async fn between(bench: &Bench, name: &str) -> Result<Vec<Target>> {
    let mut proxy = Command::new(std::env::current_exe()?);
    let proxy = Program::announced(proxy.arg("proxy").arg(bench.upstream.to_string()))?;
    let installed = Ours::make(bench, name, MANY, None)?;
    let caller = ("authorization", format!("Bearer {}", installed.key()?));
    let mut all = vec![
        Target::new(Who::Proxy, proxy, Vec::new()),
        Target::new(Who::Ours, installed.serve()?, vec![caller]).ready().await?,
    ];
    if bench.with_peers {
        all.extend(peers::all(bench).await);
    }
    all.sort_by_key(|target| target.who);
    Ok(all)
}
