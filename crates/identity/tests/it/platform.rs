//! One platform with the sample agency, a clock moved by hand, and people who log in.

use std::collections::BTreeSet;

use identity::{Action, Client, Cx, Identity, Opened, Permit, RoleId, Roles, Scope, Settings};
use kernel::ids::UserId;
use kernel::time::ManualClock;
use kernel::{Clock, Entropy, Fault, Timestamp};
use store::{AuditFilter, Entry, Options, Store};

pub(crate) const PASSWORD: &str = identity::DEMO_PASSWORD;

pub(crate) struct Platform {
    pub(crate) identity: Identity,
    pub(crate) store: Store,
    pub(crate) hand: ManualClock,
    pub(crate) folder: tempfile::TempDir,
}

impl Platform {
    /// An empty platform on SQLite.
    pub(crate) async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::folder(folder.path());
        Self::open(folder, options).await
    }

    /// The sample agency on SQLite.
    pub(crate) async fn start() -> Self {
        let platform = Self::empty().await;
        platform.identity.seed_demo(&platform.system().await).await.unwrap();
        platform
    }

    pub(crate) async fn open(folder: tempfile::TempDir, options: Options) -> Self {
        let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
        let store = Store::open(options, identity::migrations(), clock, Entropy::system()).await.unwrap();
        let identity = Identity::new(store.clone(), Roles::embedded().unwrap(), Settings::default());
        Self { identity, store, hand, folder }
    }

    pub(crate) async fn system(&self) -> Cx {
        Cx::system(&self.store, "test").await.unwrap()
    }

    pub(crate) async fn login(&self, username: &str) -> Opened {
        self.identity.login(username, PASSWORD, &client()).await.unwrap()
    }

    pub(crate) async fn cx(&self, username: &str) -> Cx {
        self.login(username).await.cx.with_zone(identity::Zone::Machine)
    }

    pub(crate) async fn id(&self, username: &str) -> UserId {
        let system = self.system().await;
        let permit = permit(&system, Action::ReadAccounts);
        let all = self.identity.accounts(&system, &permit, None, 1000).await.unwrap();
        all.into_iter().find(|account| account.username == username).unwrap().id
    }

    /// The record from the beginning, without what the platform did for itself.
    pub(crate) async fn record(&self) -> Vec<Entry> {
        let page = self.store.audit().page(None, 1000, &AuditFilter::default()).await.unwrap();
        page.into_iter().rev().filter(|entry| entry.deed != "system.acted").collect()
    }
}

pub(crate) fn permit(cx: &Cx, action: Action) -> Permit {
    cx.permit(action, &Scope::Platform).unwrap()
}

pub(crate) fn client() -> Client {
    Client { address: "203.0.113.7".to_owned(), agent: "test".to_owned() }
}

pub(crate) fn roles(names: &[&str]) -> BTreeSet<RoleId> {
    names.iter().map(|name| RoleId::parse(name).unwrap()).collect()
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, impl Fault>) -> &'static str {
    result.unwrap_err().code()
}
