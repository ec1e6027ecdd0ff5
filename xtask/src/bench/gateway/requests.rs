//! Requests a second, processor time, latency and memory: the same load on one program after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use tokio::task::JoinSet;

use crate::Bench;
use crate::caller::Caller;
use crate::report::Report;
use crate::target::{self, Target, Who};

const WARM: Duration = Duration::from_secs(2);

/// A load: clients that ask one question after the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Load {
    Alone,
    Many,
    Crowd,
    Streams,
}

impl Load {
    const ALL: [Self; 4] = [Self::Alone, Self::Many, Self::Crowd, Self::Streams];

    fn clients(self) -> usize {
        match self {
            Self::Alone => 1,
            Self::Many | Self::Streams => 32,
            Self::Crowd => 256,
        }
    }

    fn label(self) -> &'static str {
        if self == Self::Streams { "64 SSE chunks" } else { "short JSON answer" }
    }
}

/// What one load gave.
struct Figures {
    per_second: f64,
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
    memory_mb: f64,
    failed: u64,
}

/// Measures and prints.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut targets = vec![target::upstream()?];
    targets.extend(target::between(bench, "requests").await?);
    println!("| what | program | a second | CPU µs each | p50 ms | p99 ms | p99/p50 | memory MB | failed |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut all = BTreeMap::new();
    for load in Load::ALL {
        for target in &targets {
            let body = target.fast(load == Load::Streams);
            run(target, &body, load.clients(), WARM).await?;
            let figures = run(target, &body, load.clients(), Duration::from_secs(bench.seconds)).await?;
            print(load, target.who, &figures);
            all.insert((load, target.who), figures);
        }
    }
    judge(&Measured(all), report);
    Ok(())
}

fn print(load: Load, who: Who, figures: &Figures) {
    println!(
        "| {}, {} clients | {} | {:.0} | {:.0} | {:.2} | {:.2} | {:.1} | {:.0} | {} |",
        load.label(),
        load.clients(),
        who.label(),
        figures.per_second,
        figures.cpu_us,
        figures.p50_ms,
        figures.p99_ms,
        figures.p99_ms / figures.p50_ms.max(0.001),
        figures.memory_mb,
        figures.failed
    );
}

async fn run(target: &Target, body: &Bytes, clients: usize, time: Duration) -> Result<Figures> {
    let stop = Arc::new(AtomicBool::new(false));
    let before = target.program.used();
    let begun = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..clients {
        asking.spawn(ask_until(target.caller.clone(), body.clone(), Arc::clone(&stop)));
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let (mut times, mut failed): (Vec<Duration>, u64) = (Vec::new(), 0);
    while let Some(asked) = asking.join_next().await {
        let (some, failures) = asked?;
        times.extend(some);
        failed += failures;
    }
    let took = begun.elapsed();
    let after = target.program.used();
    times.sort_unstable();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    Ok(Figures {
        per_second: times.len() as f64 / took.as_secs_f64(),
        cpu_us: after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1e6 / times.len().max(1) as f64,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        memory_mb: after.memory as f64 / 1e6,
        failed,
    })
}

/// One client: how long each answer took, and how many questions had none.
async fn ask_until(caller: Caller, body: Bytes, stop: Arc<AtomicBool>) -> (Vec<Duration>, u64) {
    let (mut times, mut failed) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut sender) = caller.connect().await else {
            failed += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        while !stop.load(Ordering::Relaxed) {
            let begun = Instant::now();
            if caller.ask(&mut sender, &body).await.is_err() {
                failed += 1;
                break;
            }
            times.push(begun.elapsed());
        }
    }
    (times, failed)
}

/// All figures of one run.
struct Measured(BTreeMap<(Load, Who), Figures>);

impl Measured {
    fn of(&self, load: Load, who: Who) -> Option<&Figures> {
        self.0.get(&(load, who))
    }

    /// How much longer an answer takes than from the upstream alone, in milliseconds.
    fn added(&self, load: Load, who: Who, figure: fn(&Figures) -> f64) -> Option<f64> {
        Some(figure(self.of(load, who)?) - figure(self.of(load, Who::Upstream)?))
    }
}

fn judge(all: &Measured, report: &mut Report) {
    if let (Some(ours), Some(bare)) = (all.of(Load::Many, Who::Ours), all.of(Load::Many, Who::Proxy)) {
        let times = ours.cpu_us / bare.cpu_us.max(1.0);
        let measured = format!("{:.0} µs, {times:.1} × the bare proxy's {:.0}", ours.cpu_us, bare.cpu_us);
        report.held("CPU a short answer, 32 clients", measured, "4 ×", times <= 4.0);
        for (peer, limit) in [(Who::LiteLlm, Some(80.0)), (Who::Portkey, Some(8.0)), (Who::Nginx, None)] {
            if let Some(figures) = all.of(Load::Many, peer) {
                beside(ours.per_second, figures.per_second, peer, limit, report);
            }
        }
    }
    if let Some(ours) = all.of(Load::Crowd, Who::Ours) {
        let memory = ours.memory_mb;
        report.held("memory at 256 clients", format!("{memory:.0} MB"), "60 MB", memory <= 60.0);
        let spread = ours.p99_ms / ours.p50_ms.max(0.001);
        report.held("p99/p50 at 256 clients", format!("{spread:.1}"), "10", spread <= 10.0);
    }
    latency(all, report);
    if let Some(ours) = all.of(Load::Streams, Who::Ours) {
        let speed = ours.per_second;
        report.held("streams of 64 chunks a second, 32 clients", format!("{speed:.0}"), "900", speed >= 900.0);
    }
}

fn beside(ours: f64, theirs: f64, peer: Who, limit: Option<f64>, report: &mut Report) {
    let what = format!("short answers a second, 32 clients, beside {}", peer.label());
    let times = ours / theirs;
    let measured = format!("{ours:.0} and {theirs:.0}, {times:.1} ×");
    match limit {
        Some(limit) => report.held(what, measured, &format!("{limit:.0} ×"), times >= limit),
        None => report.figure(what, measured),
    }
}

/// What is asked of one client's answers; with 32 clients on few cores the wait for the processor is in it.
fn latency(all: &Measured, report: &mut Report) {
    let median = |figures: &Figures| figures.p50_ms;
    if let Some(added) = all.added(Load::Alone, Who::Ours, median) {
        report.held("latency added, 1 client, median", format!("{added:.2} ms"), "0.3 ms", added <= 0.3);
    }
    if let Some(added) = all.added(Load::Alone, Who::Ours, |figures| figures.p99_ms) {
        report.held("latency added, 1 client, 99th percentile", format!("{added:.2} ms"), "1 ms", added <= 1.0);
    }
    for who in [Who::Proxy, Who::Nginx, Who::Ours, Who::LiteLlm, Who::Portkey] {
        if let (Some(alone), Some(many)) = (all.added(Load::Alone, who, median), all.added(Load::Many, who, median)) {
            let what = format!("latency added, 1 client and 32, median: {}", who.label());
            report.figure(what, format!("{alone:.2} and {many:.2} ms"));
        }
    }
}
