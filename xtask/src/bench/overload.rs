//! What is served at ten times the capacity: `cargo xtask bench overload [--binary FILE]`. A share of the questions is in
//! the most important scenario; it must hardly notice, and turning the others away must not cost the work that is done.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Table, megabytes, release_binary, unlimited};
use crate::http::Client;
use crate::launch::{DemoServer, Scratch};

const PASSWORD: &str = "Shuzheng#2026";
/// Connections while the capacity is found.
const CALM: usize = 16;
/// Connections at overload: more than run and wait together.
const MANY: usize = 480;
/// How long each half lasts.
const SECS: u64 = 20;
/// How much more is asked than can be answered.
const TIMES: f64 = 10.0;
/// The share of the capacity that the important scenario is asked for.
const IMPORTANT: f64 = 0.5;
const TOP: &str = "citizen_questions";
const OTHER: &str = "policy_consultation";

/// What was asked and answered in one scenario.
#[derive(Default)]
struct Tally {
    offered: AtomicU64,
    served: AtomicU64,
    turned_away: AtomicU64,
    failed: AtomicU64,
    slowest: Mutex<Vec<Duration>>,
}

impl Tally {
    fn note(&self, status: Result<u16>, took: Duration) {
        self.offered.fetch_add(1, Ordering::Relaxed);
        let count = match status {
            Ok(200) => {
                if let Ok(mut all) = self.slowest.lock() {
                    all.push(took);
                }
                &self.served
            }
            Ok(429 | 503) => &self.turned_away,
            Ok(_) | Err(_) => &self.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn of(count: &AtomicU64) -> f64 {
        count.load(Ordering::Relaxed) as f64
    }

    fn p99(&self) -> Duration {
        let mut all = self.slowest.lock().map(|all| all.clone()).unwrap_or_default();
        all.sort_unstable();
        all.get(all.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default()
    }
}

/// Measures and prints.
pub(crate) fn overload(given: Option<&str>) -> Result<()> {
    let binary = release_binary(given)?;
    let scratch = Scratch::new("overload")?;
    let data = scratch.folder("data")?;
    let config = unlimited(&scratch, &data)?;
    let server = DemoServer::start_with(&binary, &data, &["--config", &config])?;
    let questions: Vec<String> = super::questions()?.into_iter().map(|asked| asked.question).collect();
    let mut first = Client::connect(&server.address)?;
    first.login("clerk", PASSWORD)?;
    let token = first.token().context("no token")?;

    // Warm, then the capacity: as many as a few connections get, one after the other.
    closed(&server.address, &token, &questions, 3)?;
    let peak = closed(&server.address, &token, &questions, SECS)?;
    let before = server.resident_bytes()?;

    let (top, other) = (Tally::default(), Tally::default());
    let most = AtomicU64::new(before);
    let rate = peak * TIMES;
    let begun = Instant::now();
    let until = begun + Duration::from_secs(SECS);
    std::thread::scope(|scope| -> Result<()> {
        for n in 0..MANY {
            let (address, token, questions) = (&server.address, &token, &questions);
            let (top, other) = (&top, &other);
            scope.spawn(move || {
                let Ok(mut client) = Client::connect(address) else { return };
                client.use_token(token);
                let mut turn = n;
                loop {
                    // Each turn has its time; who is late asks at once, so that the rate is kept.
                    let due = begun + Duration::from_secs_f64(turn as f64 / rate);
                    if due >= until || Instant::now() >= until {
                        return;
                    }
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    // Spread evenly: so many of each hundred are important.
                    let important = (turn * 37 % 1000) as f64 / 1000.0 < IMPORTANT / TIMES;
                    let (scenario, tally) = if important { (TOP, top) } else { (OTHER, other) };
                    let question = questions.get(turn % questions.len()).map_or("", String::as_str);
                    let asked = Instant::now();
                    let status = client.status("/api/v1/ask", &json!({ "scenario": scenario, "question": question }));
                    if status.is_err() {
                        let Ok(again) = Client::connect(address) else { return };
                        client = again;
                        client.use_token(token);
                    }
                    tally.note(status, asked.elapsed());
                    turn += MANY;
                }
            });
        }
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(250));
            most.fetch_max(server.resident_bytes()?, Ordering::Relaxed);
        }
        Ok(())
    })?;
    let took = begun.elapsed().as_secs_f64();
    let offered = Tally::of(&top.offered) + Tally::of(&other.offered);
    let served = Tally::of(&top.served) + Tally::of(&other.served);
    ensure!(Tally::of(&top.offered) > 0.0, "no important question was asked");

    let mut table = Table::default();
    table.row("capacity, questions answered a second", &format!("{peak:.0}"));
    table.row("offered a second at overload", &format!("{:.0} ({:.1} times)", offered / took, offered / took / peak));
    let share = 100.0 * Tally::of(&top.served) / Tally::of(&top.offered);
    table.row("important scenario, served of offered", &format!("{share:.1} %"));
    table.row("important scenario, 99th percentile", &format!("{:.0} ms", top.p99().as_secs_f64() * 1000.0));
    let share = 100.0 * Tally::of(&other.served) / Tally::of(&other.offered);
    table.row("other scenario, served of offered", &format!("{share:.1} %"));
    let useful = 100.0 * served / took / peak;
    table.row("questions answered a second at overload", &format!("{:.0} ({useful:.0} % of capacity)", served / took));
    let failed = Tally::of(&top.failed) + Tally::of(&other.failed);
    table.row("neither served nor turned away in order", &format!("{failed:.0}"));
    let peak_bytes = most.load(Ordering::Relaxed);
    table.row("memory, before and at most", &format!("{} and {}", megabytes(before), megabytes(peak_bytes)));
    server.stop()?;
    table.print(Path::new(&binary))
}

/// Questions a second that a few connections get answered, one after the other each.
fn closed(address: &str, token: &str, questions: &[String], secs: u64) -> Result<f64> {
    let served = AtomicU64::new(0);
    let begun = Instant::now();
    let until = begun + Duration::from_secs(secs);
    std::thread::scope(|scope| {
        for n in 0..CALM {
            let served = &served;
            scope.spawn(move || {
                let Ok(mut client) = Client::connect(address) else { return };
                client.use_token(token);
                let mut turn = n;
                while Instant::now() < until {
                    let scenario = if turn % 20 == 0 { TOP } else { OTHER };
                    let question = questions.get(turn % questions.len()).map_or("", String::as_str);
                    let body = json!({ "scenario": scenario, "question": question });
                    match client.status("/api/v1/ask", &body) {
                        Ok(200) => drop(served.fetch_add(1, Ordering::Relaxed)),
                        Ok(_) => {}
                        Err(_) => return,
                    }
                    turn += CALM;
                }
            });
        }
    });
    let rate = served.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    ensure!(rate > 0.0, "no question was answered");
    Ok(rate)
}
