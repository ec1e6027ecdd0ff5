//! The 12345 hotline: from what a caller says to a work order that is handled in time.
//!
//! What it does: drafts a work order from a transcript with a reason for each field, keeps calls and work orders,
//! runs them through their closed table of states under a city's clocks, finds repeats and hot issues, and checks
//! replies. What it does not: it asks no model and answers no question; the answer flow of the assistant does.
//!
//! Invariants: the same text gives the same draft; a step that the table does not know is refused; a department
//! never sees who reported; who opens a caller's number leaves a record. Start reading at [`draft::draft`], then
//! [`state::step`].

pub mod calendar;
pub mod calls;
pub mod clocks;
pub mod draft;
mod error;
pub mod hot;
pub mod import;
pub mod likeness;
pub mod order;
pub mod orders;
mod people;
mod places;
pub mod policy;
pub mod repeats;
pub mod reply;
pub mod state;
pub mod steps;
mod tables;
mod taxonomy;
mod urgency;

use std::sync::Arc;

use store::Store;
use tokio::sync::broadcast;

pub use calendar::Calendar;
pub use calls::{Call, CallEvent, CallState};
pub use clocks::{Clocks, Limit, Running};
pub use draft::{
    AppealKind, Assignee, Draft, Flag, FollowUp, Proposed, Reason, Speaker, Urgency, Utterance, draft, hidden,
    utterances,
};
pub use error::{Error, Result};
pub use hot::HotIssue;
pub use order::{Callback, Channel, NewOrder, Order, Reply};
pub use orders::{OrderFilter, PastMove, Shelf};
pub use people::Caller;
pub use places::{Gazetteer, Locality};
pub use policy::{BadPolicy, Department, Policy, PolicyFiles};
pub use repeats::Similar;
pub use reply::ReplyCheck;
pub use state::{Bounds, Move, Refused, Stand, Tally};
pub use steps::Taken;
pub use tables::migrations;
pub use taxonomy::{Category, Leaf, Taxonomy};

/// The hotline of one city over a store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hotline {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    policy: Policy,
    /// What happens in calls, for those on this server who watch.
    calls: broadcast::Sender<CallEvent>,
}

impl Hotline {
    /// A hotline over this store, under these rules.
    #[must_use]
    pub fn new(store: Store, policy: Policy) -> Self {
        let (calls, _) = broadcast::channel(256);
        Self { inner: Arc::new(Inner { store, policy, calls }) }
    }

    /// What happens in calls on this server.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<CallEvent> {
        self.inner.calls.subscribe()
    }

    fn tell(&self, event: CallEvent) {
        // Nobody may be listening; that is fine.
        drop(self.inner.calls.send(event));
    }

    /// What the city sets.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
}
