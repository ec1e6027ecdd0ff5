//! Many who decide at once: exactly one wins, on both engines.

use kernel::{Clock, Timestamp};
use review::{Decision, Error, Item, Reviews};
use store::testing::Postgres;
use store::{BlobOptions, Options, Store};
use tokio::task::JoinSet;

use crate::platform::{Platform, answer, approve, decide, open, reject};

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
                    1 => Decision::Edit { checked: &edited, reason: None },
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
        let standing = platform.reviews.standing(&item.run).await.unwrap().unwrap();
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
}
