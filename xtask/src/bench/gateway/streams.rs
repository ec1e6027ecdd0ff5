//! A thousand open streams with one chunk a second each: what a program's memory grows by for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::task::JoinSet;

use crate::Bench;
use crate::caller::Caller;
use crate::report::Report;
use crate::target::{self, Target, Who};

const STREAMS: usize = 1000;
/// Between two openings: a crowd, and no flood of a program's list of unaccepted connections.
const APART: Duration = Duration::from_millis(5);
/// Until all have said something; LiteLLM needs twenty seconds.
const OPENING: Duration = Duration::from_secs(90);
/// When no more have come for so long, no more will.
const STALL: Duration = Duration::from_secs(10);
/// How long all are held open before the memory is read.
const HOLD: Duration = Duration::from_secs(10);
/// A few streams first, so that what is loaded only once is not counted.
const FIRST: usize = 8;
const PAUSE: Duration = Duration::from_secs(3);
const MOST_KB: f64 = 60.0;

/// Streams that are read as they come. They end when this is dropped.
pub(crate) struct Streams {
    reading: JoinSet<()>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Those that said something.
    begun: AtomicUsize,
    /// Those of them that ended.
    ended: AtomicUsize,
}

impl Streams {
    /// Opens so many, one after the other.
    pub(crate) async fn open(caller: &Caller, body: &Bytes, number: usize, apart: Duration) -> Self {
        let counts = Arc::new(Counts::default());
        let mut reading = JoinSet::new();
        for _ in 0..number {
            reading.spawn(read(caller.clone(), body.clone(), Arc::clone(&counts)));
            tokio::time::sleep(apart).await;
        }
        Self { reading, counts }
    }

    /// How many have said something and go on.
    pub(crate) fn running(&self) -> usize {
        let ended = self.counts.ended.load(Ordering::Relaxed);
        self.counts.begun.load(Ordering::Relaxed).saturating_sub(ended)
    }

    /// Waits until so many run, or no more come, or the time is over, and gives how many run.
    pub(crate) async fn wait_for(&self, number: usize, time: Duration) -> usize {
        let until = Instant::now() + time;
        let (mut last, mut since) = (0, Instant::now());
        while last < number && Instant::now() < until && (last == 0 || since.elapsed() < STALL) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if self.running() != last {
                (last, since) = (self.running(), Instant::now());
            }
        }
        self.running()
    }

    /// Ends them and waits until their readers are gone.
    pub(crate) async fn close(mut self) {
        self.reading.shutdown().await;
    }
}

async fn read(caller: Caller, body: Bytes, counts: Arc<Counts>) {
    let Ok(mut sender) = caller.connect().await else { return };
    let Ok(answer) = caller.send(&mut sender, &body).await else { return };
    let mut answer = answer.into_body();
    let mut has_begun = false;
    while let Some(Ok(frame)) = answer.frame().await {
        // Comments say where a waiting request stands; only data is an answer.
        let has_data = frame.data_ref().is_some_and(|data| data.windows(5).any(|some| some == b"data:"));
        if has_data && !has_begun {
            has_begun = true;
            counts.begun.fetch_add(1, Ordering::Relaxed);
        }
    }
    if has_begun {
        counts.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Measures and prints. Every program is fresh: memory that another load has taken would be used again.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    for target in target::between(bench, "streams").await? {
        let grown = grown(&target).await;
        let what = format!("memory of an open stream, {STREAMS} of them: {}", target.who.label());
        match grown {
            Ok(grown) if target.who == Who::Ours => {
                let is_reached = grown.open == STREAMS && grown.kb_each() <= MOST_KB;
                report.held(what, grown.to_string(), &format!("{MOST_KB:.0} KB, all open"), is_reached);
            }
            Ok(grown) => report.figure(what, grown.to_string()),
            Err(error) if target.who == Who::Ours => return Err(error),
            Err(error) => report.figure(what, format!("{error:#}")),
        }
    }
    Ok(())
}

/// The memory of a program before and while streams are open, in bytes.
struct Grown {
    open: usize,
    before: u64,
    after: u64,
}

impl Grown {
    fn kb_each(&self) -> f64 {
        (self.after as f64 - self.before as f64) / 1e3 / self.open.max(1) as f64
    }
}

impl std::fmt::Display for Grown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (each, open) = (self.kb_each(), self.open);
        let (before, after) = (self.before as f64 / 1e6, self.after as f64 / 1e6);
        write!(f, "{each:.1} KB, {open} open, {before:.0} → {after:.0} MB")
    }
}

async fn grown(target: &Target) -> Result<Grown> {
    let body = Target::slow();
    let first = Streams::open(&target.caller, &body, FIRST, APART).await;
    let running = first.wait_for(FIRST, OPENING).await;
    tokio::time::sleep(PAUSE).await;
    first.close().await;
    ensure!(running > 0, "no stream began");
    tokio::time::sleep(PAUSE).await;
    let before = target.program.used().memory;
    let streams = Streams::open(&target.caller, &body, STREAMS, APART).await;
    streams.wait_for(STREAMS, OPENING).await;
    tokio::time::sleep(HOLD).await;
    let grown = Grown { open: streams.running(), before, after: target.program.used().memory };
    streams.close().await;
    Ok(grown)
}
