//! A simulated day of 200 reviewers and 10,000 items on each store engine: every item is decided on by two people at
//! once, some are claimed first, some need two signatures. Prints how long decisions take and whether one was lost or
//! doubled. `cargo xtask bench review [--day-secs N] [--items N]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a measuring tool prints")]

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use guard::{Checked, Draft, DraftSegment, Evidence, Profile, Usage, check_output};
use identity::{Action, Cx, Scope};
use kernel::ids::{ArticleId, DocumentId, ReviewId, RunId, ScenarioId, VersionId};
use kernel::{Clock, DataLevel, Entropy};
use review::{Decision, Error, NewItem, Reviews, Shelf, Signatures, Terms};
use store::testing::Postgres;
use store::{BlobOptions, Options, Store};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const REVIEWERS: usize = 200;
const ASKERS: usize = 40;

struct Plan {
    items: usize,
    day: Duration,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, usual: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(usual)
    };
    let plan = Plan {
        items: usize::try_from(number("--items", 10_000))?,
        day: Duration::from_secs(number("--day-secs", 300)),
    };
    println!("| engine | items | decisions tried | lost | double | decision p50 | p99 | max | day |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let folder = tempfile::tempdir()?;
    measure("SQLite", open(Options::folder(folder.path())).await?, &plan).await?;
    match Postgres::start() {
        None => eprintln!("PostgreSQL is not installed: left out"),
        Some(postgres) => {
            let folder = tempfile::tempdir()?;
            let url = postgres.database("review").await?;
            let options =
                Options { folder: folder.path().to_owned(), database_url: Some(url), blobs: BlobOptions::Folder };
            measure("PostgreSQL", open(options).await?, &plan).await?;
        }
    }
    Ok(())
}

async fn open(options: Options) -> Result<Store> {
    let mut migrations = identity::migrations();
    migrations.extend(review::migrations());
    Ok(Store::open(options, migrations, Clock::system(), Entropy::system()).await?)
}

async fn measure(engine: &str, store: Store, plan: &Plan) -> Result<()> {
    let begun = Instant::now();
    let mut desks = Vec::new();
    let mut reviewing = JoinSet::new();
    for n in 0..REVIEWERS {
        let (desk, inbox) = mpsc::unbounded_channel();
        desks.push(desk);
        reviewing.spawn(review_all(store.clone(), n, inbox));
    }
    let desks = Arc::new(desks);
    let mut asking = JoinSet::new();
    for n in 0..ASKERS {
        let count = plan.items / ASKERS + usize::from(n < plan.items % ASKERS);
        asking.spawn(ask_all(store.clone(), n, count, plan.day, Arc::clone(&desks), begun));
    }
    while let Some(done) = asking.join_next().await {
        done??;
    }
    drop(desks);
    let (mut took, mut whole) = (Vec::new(), 0_usize);
    while let Some(done) = reviewing.join_next().await {
        let (mut times, finals) = done??;
        took.append(&mut times);
        whole += finals;
    }
    let ended = begun.elapsed();
    let reviews = Reviews::new(store.clone());
    let reader = person(&store, "reader")?;
    let permit = reader.permit(Action::ReadReviews, &Scope::Platform)?;
    let counts = reviews.counts(&reader, &permit).await?;
    ensure!(store.audit().verify().await?.ok, "the record of the day is broken");
    let decided = usize::try_from(counts.decided)?;
    let lost = plan.items.saturating_sub(decided) + decided.saturating_sub(whole);
    let double = whole.saturating_sub(decided);
    took.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank"
        )]
        let rank = ((took.len().saturating_sub(1)) as f64 * share) as usize;
        took.get(rank).copied().unwrap_or_default()
    };
    println!(
        "| {engine} | {} | {} | {lost} | {double} | {:.1} ms | {:.1} ms | {:.1} ms | {:.0} s |",
        plan.items,
        took.len(),
        millis(at(0.5)),
        millis(at(0.99)),
        millis(at(1.0)),
        ended.as_secs_f64()
    );
    ensure!(lost == 0 && double == 0, "decisions were lost or doubled");
    let left = reviews.list(&reader, &permit, Shelf::Pending, None, 1).await?;
    ensure!(left.items.is_empty(), "an item was left over");
    store.close().await;
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Puts items in over the day and lays each on two desks at once; a fifth of them needs two signatures.
async fn ask_all(
    store: Store,
    asker: usize,
    count: usize,
    day: Duration,
    desks: Arc<Vec<mpsc::UnboundedSender<(ReviewId, u8)>>>,
    begun: Instant,
) -> Result<()> {
    let reviews = Reviews::new(store.clone());
    let cx = identity::testing::person(&store, &format!("asker{asker}"), &["clerk"])?;
    let (checked, scenario) = (answer()?, ScenarioId::parse("interpretation")?);
    // People ask independently of each other: each item has its own moment of the day.
    let mut moments: Vec<Duration> = (0..count).map(|n| day.mul_f64(chance(asker, n))).collect();
    moments.sort_unstable();
    for (n, moment) in moments.into_iter().enumerate() {
        tokio::time::sleep(moment.saturating_sub(begun.elapsed())).await;
        let signatures = if n % 5 == 0 { Signatures::Two } else { Signatures::One };
        let terms = Terms { signatures, ..Terms::within(120) };
        let run = RunId::generate(store.ids());
        let tx = store.begin().await?;
        let new = NewItem::answer(&run, scenario.clone(), DataLevel::Internal, &checked, terms);
        let item = reviews.enqueue(&tx, &cx, new).await?.item;
        tx.commit().await?;
        let first = asker * 7 + n * 13;
        // Two at once, and two more who come when a second signature may be missing.
        for (turn, step) in [0, 61, 101, 151].into_iter().enumerate() {
            if turn < 2 || signatures == Signatures::Two {
                let desk = desks.get((first + step) % desks.len()).context("a desk")?;
                desk.send((item.id.clone(), u8::from(turn > 1)))?;
            }
        }
    }
    Ok(())
}

/// A number from 0 to 1 that is the same in every run.
fn chance(asker: usize, n: usize) -> f64 {
    let mut hasher = DefaultHasher::new();
    (asker, n).hash(&mut hasher);
    f64::from(u32::try_from(hasher.finish() >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// Decides on whatever comes to this desk. Gives the times and how many items ended here.
async fn review_all(
    store: Store,
    n: usize,
    mut inbox: mpsc::UnboundedReceiver<(ReviewId, u8)>,
) -> Result<(Vec<Duration>, usize)> {
    let reviews = Reviews::new(store.clone());
    let cx = person(&store, &format!("reviewer{n}"))?;
    let permit = cx.permit(Action::DecideReviews, &Scope::Platform)?;
    let (mut took, mut whole, mut turn) = (Vec::new(), 0, n);
    while let Some((id, late)) = inbox.recv().await {
        turn += 1;
        if late > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        if turn.is_multiple_of(10) {
            let tx = store.begin().await?;
            match reviews.claim(&tx, &cx, &permit, &id).await {
                Ok(_) => tx.commit().await?,
                Err(_) => tx.rollback().await,
            }
        }
        // Somebody who finds it claimed comes back; every item is decided in the end.
        loop {
            let decision = if turn.is_multiple_of(7) {
                Decision::Reject { reason: "与来文不符".to_owned() }
            } else {
                Decision::Approve { reason: None, second: false }
            };
            let begun = Instant::now();
            let tx = store.begin().await?;
            let ruling = reviews.decide(&tx, &cx, &permit, &id, None, decision).await;
            match ruling {
                Ok(ruling) => {
                    tx.commit().await?;
                    took.push(begun.elapsed());
                    whole += usize::from(ruling.item.state.is_final());
                    ensure!(ruling.approval.is_some() == ruling.item.state.is_release(), "an approval is missing");
                    break;
                }
                Err(Error::Claimed) => {
                    tx.rollback().await;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(Error::AlreadyDecided(_) | Error::SecondSigner) => {
                    tx.rollback().await;
                    took.push(begun.elapsed());
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok((took, whole))
}

fn person(store: &Store, name: &str) -> Result<Cx> {
    Ok(identity::testing::person(store, name, &["reviewer"])?)
}

/// One checked answer; what it says does not matter here.
fn answer() -> Result<Checked> {
    let evidence = Evidence {
        n: 1,
        article_id: ArticleId::parse("art_3")?,
        version_id: VersionId::parse("ver_1")?,
        document_id: DocumentId::parse("doc_1")?,
        document: "劳动条例".to_owned(),
        label: "第三条".to_owned(),
        path: Vec::new(),
        text: "第三条 用人单位应当按时足额支付劳动报酬。".to_owned(),
        in_force: true,
    };
    let text = "用人单位应当按时足额支付劳动报酬。".to_owned();
    let segment = DraftSegment { lead: String::new(), text, tail: String::new(), quoted: false, citations: vec![1] };
    let draft =
        Draft { model: "extractive".to_owned(), segments: vec![segment], reasoning: None, usage: Usage::default() };
    Ok(check_output(&Profile::default(), draft, &[evidence]))
}
