//! `kill -9` of one of two servers on one PostgreSQL, under load: how long its live ids count, when all places serve
//! again, and whether every acknowledged answer has its row.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::Bench;
use crate::asking::Asking;
use crate::caller::Caller;
use crate::ours::{FAST, Ours, SLOW};
use crate::report::Report;
use crate::rows::Rows;
use crate::streams::Streams;
use crate::target::Target;

/// Slow streams that run on each server, and as many that wait on the one that lives.
const STREAMS: usize = 8;
/// Places of the slow model on both servers together: all are taken.
const PLACES: usize = 2 * STREAMS;
/// How long both are under load before the kill: a heartbeat of ten seconds lies in it.
const LOAD: Duration = Duration::from_secs(12);
/// An id lives for 30 s after its last heartbeat, and the next turn, at most 0.2 s later, takes it out of the table.
const LIMIT: Duration = Duration::from_millis(30_500);
/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Until a server has brought its journal into the table, which it does twice a second.
const RECORDED: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);

/// Measures and prints, where there is PostgreSQL.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let Some(postgres) = store::testing::Postgres::start() else {
        println!("SKIPPED kill -9 of one of two servers: PostgreSQL is not installed");
        return Ok(());
    };
    let url = postgres.database("shuzheng").await?;
    let places = u32::try_from(PLACES)?;
    let folders = (Ours::make(bench, "one", places, Some(&url))?, Ours::make(bench, "two", places, Some(&url))?);
    let key = folders.0.key()?;
    let (mut one, two) = (folders.0.serve()?, folders.1.serve()?);
    let (first, second) = (Caller::with_key(one.address, &key), Caller::with_key(two.address, &key));
    let rows = Rows::open(&url).await?;

    let dying = running(&first).await?;
    // Places that it held ready and nobody took go back, so that the other server gets its half.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let servers = rows.servers().await?;
    let [server] = servers.as_slice() else { bail!("{} servers have live ids, not one", servers.len()) };
    let living = running(&second).await?;
    let waiting = Streams::open(&second, &Target::slow(), STREAMS, LOOK).await;
    let asking = Asking::begin(&[first, second]);
    tokio::time::sleep(LOAD).await;
    let waits = rows.waiting().await?;
    ensure!(waits >= i64::try_from(STREAMS)?, "{waits} requests wait for a place, not {STREAMS}");

    one.kill()?;
    let killed = Instant::now();
    let (live, left) = (rows.live(server).await?, rows.left_ms(server).await?);
    ensure!(live > 0, "the killed server had no live id");
    let what = format!("kill -9 of one of two servers under load: its {live} live ids expire after");
    report.held(what, format!("{:.1} s", left as f64 / 1e3), "30 s", left <= 30_000);
    freed(&rows, server, killed, || living.running() + waiting.running(), report).await?;

    let told = asking.end().await?;
    recorded(&rows, &folders.0, &told, report).await?;
    for streams in [dying, living, waiting] {
        streams.close().await;
    }
    drop(two);
    rows.close().await
}

/// Slow streams that all have a place.
async fn running(caller: &Caller) -> Result<Streams> {
    let streams = Streams::open(caller, &Target::slow(), STREAMS, LOOK).await;
    let begun = streams.wait_for(STREAMS, PATIENCE).await;
    ensure!(begun == STREAMS, "{begun} of {STREAMS} streams began");
    Ok(streams)
}

/// Waits until the dead server has no id in the table, and until streams on the other one have all places.
async fn freed(
    rows: &Rows,
    server: &str,
    killed: Instant,
    running: impl Fn() -> usize,
    report: &mut Report,
) -> Result<()> {
    let (mut gone, mut whole) = (None, None);
    while killed.elapsed() < PATIENCE && (gone.is_none() || whole.is_none()) {
        if gone.is_none() && rows.live(server).await? == 0 {
            gone = Some(killed.elapsed());
        }
        if whole.is_none() && running() >= PLACES {
            whole = Some(killed.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
    let all_serve = format!("all {PLACES} places of the model serve on the other server after");
    for (what, after) in [("they are gone from the admission table after", gone), (all_serve.as_str(), whole)] {
        let measured = after.map_or("not within 60 s".to_owned(), |after| format!("{:.1} s", after.as_secs_f64()));
        report.held(what, measured, "30 s and a turn", after.is_some_and(|after| after <= LIMIT));
    }
    Ok(())
}

/// Compares what callers were told with the table, before and after the killed server runs again on its folder.
async fn recorded(rows: &Rows, killed: &Ours<'_>, told: &[Vec<u32>], report: &mut Report) -> Result<()> {
    ensure!(told.iter().all(|numbers| !numbers.is_empty()), "a server acknowledged nothing");
    let all: Vec<u32> = told.concat();
    let unrecorded = async || -> Result<usize> {
        let (found, _) = rows.answered(FAST).await?;
        Ok(all.iter().filter(|number| !found.contains(*number)).count())
    };
    tokio::time::sleep(Duration::from_secs(2)).await;
    let in_journal = unrecorded().await?;
    let again = killed.serve()?;
    let begun = Instant::now();
    while unrecorded().await? > 0 && begun.elapsed() < RECORDED {
        tokio::time::sleep(LOOK).await;
    }
    let lost = unrecorded().await?;
    let counts: Vec<String> = told.iter().map(|numbers| numbers.len().to_string()).collect();
    let measured = format!(
        "{lost} of {}; {in_journal} came from the killed server's journal when it ran again",
        counts.join(" and ")
    );
    report.held("acknowledged answers without a row in `model_calls`", measured, "0", lost == 0);
    let (known, lines) = rows.answered(FAST).await?;
    let twice = lines - known.len();
    report.held("answers with a second row", twice.to_string(), "0", twice == 0);
    let cut = rows.ended(SLOW, "cut_off").await?;
    let is_whole = cut == i64::try_from(STREAMS)?;
    report.held("streams that the kill cut off and that are recorded", format!("{cut} of {STREAMS}"), "all", is_whole);
    drop(again);
    Ok(())
}
