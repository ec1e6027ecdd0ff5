//! Identity: who is asking, and what they may do.
//!
//! What it does: accounts, passwords, sessions, departments, roles; gives a [`Cx`] to every request and a
//! [`Permit`] to whoever may do something. What it does not: no HTTP, no cookie, no rule about what an answer may
//! say. Roles are data (`policies/roles.toml`); that the three administrators (三员分立) are separated is not: the
//! reader of that file and every change of an account enforce it.
//!
//! Invariants: only [`Cx::permit`] makes a [`Permit`], and only where a role and the [`fence`] both allow; no account holds two of the three administrators' roles, or
//! one of them and any other role; nobody changes the own rights; tokens and passwords are kept as hashes; every
//! login, failure and change of an account is recorded in the transaction that does it.
//!
//! Start reading at [`permit`], then [`Identity`].

mod accounts;
pub mod action;
pub mod cx;
mod demo;
mod departments;
mod error;
pub mod fence;
pub mod keys;
mod login;
mod password;
pub mod permit;
pub mod person;
pub mod roles;
pub mod scope;
mod session;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;

use std::sync::Arc;

use kernel::ids::VisitorId;
use store::Store;

pub use accounts::{Account, AccountChange, NewAccount};
pub use action::{Action, Duty};
pub use cx::{Cx, Zone};
pub use demo::DEMO_PASSWORD;
pub use departments::NewDepartment;
pub use error::{Error, PasswordRule};
pub use fence::{BadFence, Fence};
pub use keys::{ApiKey, Caller, KeyScope, NewKey};
pub use login::{Client, Opened, Token};
pub use password::OneTimePassword;
pub use permit::{Denied, Missing, Permit};
pub use person::{Department, Person};
pub use roles::{BadPolicy, Role, RoleId, Roles};
pub use scope::{Audience, Scope};
pub use session::Session;
pub use tables::migrations;

use password::Hasher;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How long things last and how often they may fail. The defaults are those of GB/T 22239-2019 practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// A session without a request ends after this.
    pub idle_secs: i64,
    /// A session ends after this in any case.
    pub session_secs: i64,
    /// So many failures lock a name.
    pub max_failures: i32,
    /// For so long.
    pub lock_secs: i64,
    /// A password must be changed after so many days.
    pub password_days: i64,
    /// So many passwords before the present one may not come back, the present one included.
    pub remembered_passwords: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            idle_secs: 30 * 60,
            session_secs: 12 * 3600,
            max_failures: 5,
            lock_secs: 15 * 60,
            password_days: 90,
            remembered_passwords: 5,
        }
    }
}

/// Accounts, sessions and departments of one platform. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    store: Store,
    roles: Arc<Roles>,
    settings: Settings,
    hasher: Hasher,
    fence: Fence,
    callers: Arc<keys::Callers>,
}

impl Identity {
    /// Identity over this store, with these roles and the fence that ships.
    #[must_use]
    pub fn new(store: Store, roles: Roles, settings: Settings) -> Self {
        let hasher = Hasher::new(store.entropy().clone());
        let fence = Fence::shipped()
            .unwrap_or_else(|error| kernel::never!(Fence::closed(), "the shipped fence must parse: {error}"));
        Self { store, roles: Arc::new(roles), settings, hasher, fence, callers: Arc::default() }
    }

    /// The electronic fence.
    #[must_use]
    pub fn fence(&self) -> &Fence {
        &self.fence
    }

    /// All roles.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// How long things last.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Somebody without an account: may do what the role `citizen` allows.
    #[must_use]
    pub fn visitor(&self, id: VisitorId) -> Cx {
        Cx::visitor(&self.store, Arc::clone(&self.roles), &self.fence, id)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("settings", &self.settings).finish_non_exhaustive()
    }
}
