//! Many who decide at once: exactly one wins, on both engines.

use kernel::{Clock, Timestamp};
use review::{Error, Item, Reviews, Signatures, State, Step, Terms};
use store::testing::Postgres;
use store::{BlobOptions, Options, Store};
use tokio::task::JoinSet;

use crate::platform::{Platform, answer, approve, decide, edit, open, reject};

const REVIEWERS: usize = 24;
const ROUNDS: usize = 4;

/// Everybody decides on the same item at the same time, each through one of the servers.
async fn race(platform: &Platform, servers: &[Store]) {
    for _ in 0..ROUNDS {
        let item: Item = platform.enqueue(&platform.person("clerk", &["clerk"])).await;
        let mut deciding = JoinSet::new();
        for n in 0..REVIEWERS {
            let store = servers[n % servers.len()].clone();
            let cx = identity::testing::person(&store, &format!("reviewer{n}"), &["reviewer"]).unwrap();
            let id = item.id.clone();
            deciding.spawn(async move {
                let edited = answer("用人单位应当按时支付劳动报酬。");
                let decision = match n % 3 {
                    0 => approve(),
                    1 => edit(&edited),
                    _ => reject("与来文不符"),
                };
                decide(&store, &Reviews::new(store.clone()), &cx, &id, decision).await
            });
        }
        let results = deciding.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        let winner = won.into_iter().next().unwrap().unwrap();
        for error in lost.into_iter().map(Result::unwrap_err) {
            assert!(matches!(error, Error::AlreadyDecided(state) if state == winner.item.state), "{error:?}");
        }
        let standing = platform.reviews.standing(&item.run().unwrap()).await.unwrap().unwrap();
        assert_eq!(standing.state, winner.item.state);
        assert_eq!(winner.approval.is_some(), standing.state.is_release());
    }
    assert!(platform.store.audit().verify().await.unwrap().ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_wins_on_sqlite() {
    let platform = Platform::start().await;
    let servers = [platform.store.clone()];
    race(&platform, &servers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_wins_on_postgresql_with_two_servers() {
    let Some(postgres) = Postgres::start() else { return };
    let url = postgres.database("review").await.unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
    let mut servers = Vec::new();
    for folder in &folders {
        let folder = folder.path().to_owned();
        let options = Options { folder, database_url: Some(url.clone()), blobs: BlobOptions::Folder };
        servers.push(open(options, clock.clone()).await);
    }
    let [folder, _second] = folders;
    let store = servers[0].clone();
    let platform = Platform { reviews: Reviews::new(store.clone()), store, hand, _folder: folder };
    race(&platform, &servers).await;
    everybody_at_once(&platform, &servers).await;
}

/// Many people do whatever comes to mind with the same few items at once, each through one of the servers. What each
/// transaction said it did is then put in the order of the item's versions, and the table must agree with every one.
async fn everybody_at_once(platform: &Platform, servers: &[Store]) {
    const PEOPLE: usize = 12;
    const STEPS: usize = 10;
    let clerk = platform.person("clerk", &["clerk"]);
    let terms = |n: usize| Terms {
        signatures: if n.is_multiple_of(2) { Signatures::Two } else { Signatures::One },
        ..Terms::within(60)
    };
    let mut items = Vec::new();
    for n in 0..4 {
        items.push(platform.put(&clerk, platform.under(terms(n))).await.unwrap().item);
    }
    let mut working = JoinSet::new();
    for n in 0..PEOPLE {
        let store = servers[n % servers.len()].clone();
        let ids: Vec<_> = items.iter().map(|item| item.id.clone()).collect();
        working.spawn(async move {
            let reviews = Reviews::new(store.clone());
            let cx = identity::testing::person(&store, &format!("reviewer{n}"), &["reviewer"]).unwrap();
            let asker = identity::testing::person(&store, "clerk", &["clerk"]).unwrap();
            let permit = crate::platform::permit(&cx, identity::Action::DecideReviews);
            let (one, other) = (answer("用人单位应当按时支付劳动报酬。"), answer("用人单位应当足额支付劳动报酬。"));
            let mut approvals = Vec::new();
            for step in 0..STEPS {
                // Seven and thirteen have no common factor with the numbers of items and deeds.
                let id = &ids[(n * 7 + step * 13) % ids.len()];
                let tx = store.begin().await.unwrap();
                let done = match (n * 5 + step * 3) % 11 {
                    0 | 1 => reviews.claim(&tx, &cx, &permit, id).await.map(|_| None),
                    2 => reviews.release(&tx, &cx, &permit, id).await.map(|_| None),
                    3 => reviews
                        .decide(&tx, &cx, &permit, id, None, crate::platform::send_back("缺材料"))
                        .await
                        .map(|r| r.approval),
                    4 | 5 => reviews.resubmit(&tx, &asker, id, None).await.map(|_| None),
                    6 => reviews.decide(&tx, &cx, &permit, id, None, edit(&one)).await.map(|r| r.approval),
                    7 => reviews.decide(&tx, &cx, &permit, id, None, edit(&other)).await.map(|r| r.approval),
                    _ => reviews.decide(&tx, &cx, &permit, id, None, approve()).await.map(|r| r.approval),
                };
                match done {
                    Ok(approval) => {
                        tx.commit().await.unwrap();
                        approvals.extend(approval.map(|approval| (id.clone(), approval)));
                    }
                    Err(_) => tx.rollback().await,
                }
            }
            approvals
        });
    }
    let approvals: Vec<_> = working.join_all().await.into_iter().flatten().collect();
    let reader = platform.reviewer("reader");
    let read = crate::platform::permit(&reader, identity::Action::ReadReviews);
    for item in &items {
        let (after, past) = platform.reviews.get(&reader, &read, &item.id).await.unwrap();
        let given = approvals.iter().filter(|(id, _)| *id == item.id).count();
        assert_eq!(given, usize::from(after.state.is_release()), "{past:?}");
        // The past is one walk through the table, with no step lost or doubled.
        assert_eq!(after.version, i32::try_from(past.len()).unwrap());
        let (mut state, mut signed) = (State::Pending, Vec::new());
        for step in &past[1..] {
            let taken = Step::ALL.into_iter().find(|one| one.as_str() == step.action).unwrap();
            match taken {
                Step::Edit => signed = vec![step.by.clone()],
                Step::Approve => signed.push(step.by.clone()),
                Step::Return => signed.clear(),
                _ => {}
            }
            state = state.after(taken, item.needed).unwrap();
        }
        assert_eq!(state, after.state);
        if state.is_release() {
            signed.dedup();
            assert!(signed.len() >= usize::from(u8::from(item.needed)), "{past:?}");
        }
    }
    assert!(platform.store.audit().verify().await.unwrap().ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_at_once_on_sqlite() {
    let platform = Platform::start().await;
    let servers = [platform.store.clone()];
    everybody_at_once(&platform, &servers).await;
}
