//! The same day on both engines; on PostgreSQL with two servers.

use identity::{Action, Identity, Roles, Settings};
use kernel::{Clock, Entropy};
use store::testing::Postgres;
use store::{BlobOptions, Options, Store};

use crate::platform::{PASSWORD, Platform, client, code, permit, roles};

/// A day: the agency is set up, people come and go, an account changes, somebody guesses.
async fn a_day(platform: &Platform, other_server: &Identity) {
    let identity = &platform.identity;
    identity.seed_demo(&platform.system().await).await.unwrap();
    let clerk = platform.login("clerk").await;
    let there = other_server.authenticate(clerk.token.reveal()).await.unwrap();
    assert_eq!(there.person(), clerk.cx.person());

    let security = platform.cx("security").await;
    let id = clerk.cx.user_id().unwrap();
    let grant = permit(&security, Action::GrantRoles);
    other_server.set_roles(&security, &grant, id, &roles(&["clerk", "reviewer"])).await.unwrap();
    let cx = identity.authenticate(clerk.token.reveal()).await.unwrap().with_zone(identity::Zone::Machine);
    assert!(cx.permit(Action::DecideReviews, &identity::Scope::Platform).is_ok());

    let guesses = (0..12).map(|n| {
        let server = if n % 2 == 0 { identity.clone() } else { other_server.clone() };
        async move { server.login("operator", "Wrong#2026", &client()).await.unwrap_err() }
    });
    let codes = futures::future::join_all(guesses).await;
    let counted = codes.iter().filter(|error| matches!(error, identity::Error::BadCredentials)).count();
    assert_eq!(counted, 4, "{codes:?}");
    assert_eq!(code(other_server.login("operator", PASSWORD, &client()).await), "identity.too_many_attempts");

    platform.hand.advance_secs(20 * 60);
    other_server.authenticate(clerk.token.reveal()).await.unwrap();
    platform.hand.advance_secs(20 * 60);
    identity.authenticate(clerk.token.reveal()).await.unwrap();
    identity.logout(&clerk.cx).await.unwrap();
    assert_eq!(code(other_server.authenticate(clerk.token.reveal()).await), "identity.session_over");
    let report = platform.store.audit().verify().await.unwrap();
    assert!(report.ok, "{report:?}");
}

#[tokio::test]
async fn a_day_on_sqlite() {
    let platform = Platform::empty().await;
    let other = Identity::new(platform.store.clone(), Roles::embedded().unwrap(), Settings::default());
    a_day(&platform, &other).await;
}

#[tokio::test]
async fn a_day_on_postgresql_with_two_servers() {
    let Some(postgres) = Postgres::start() else { return };
    let url = postgres.database("identity").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = |folder: &std::path::Path| Options {
        folder: folder.to_owned(),
        database_url: Some(url.clone()),
        blobs: BlobOptions::Folder,
    };
    let first = options(folder.path());
    let platform = Platform::open(folder, first).await;
    let folder = tempfile::tempdir().unwrap();
    // The second server has its own folder and connections, and the same clock on the wall.
    let clock: Clock = platform.store.clock().clone();
    let store = Store::open(options(folder.path()), identity::migrations(), clock, Entropy::system()).await.unwrap();
    let other = Identity::new(store, Roles::embedded().unwrap(), Settings::default());
    a_day(&platform, &other).await;
}
