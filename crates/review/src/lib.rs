//! Review: what may not leave or take effect without a person, and the decisions people make about it.
//!
//! What it does: one queue for items of every kind, with assignment, claims, deadlines, escalation, deputies and
//! exceptions; makes an [`Approval`] when one or two people other than the asker have signed. What it does not: it
//! does not know what an item says (opaque JSON and a hash), checks no text, and releases nothing; the item's owner
//! does that, with the [`Approval`] in its hand.
//!
//! Invariants: only [`Reviews`] makes an [`Approval`]; never for the asker; never twice from one person where two
//! must sign; and it admits one content only, what was seen or the edited answer that was checked again. An item
//! keeps the terms it was put in with. Every step is recorded in the transaction that takes it.
//!
//! Start reading at [`state`], then [`decide`], [`work`] and [`tend`].

pub mod decide;
pub mod item;
pub mod queue;
pub mod roster;
pub mod state;
pub mod tend;
pub mod terms;
pub mod work;

mod error;
mod tables;

use store::Store;

pub use decide::{Approval, Decision, Ruling};
pub use error::Error;
pub use item::{Claim, Decided, Item, NewItem, PastStep, Proposal, Queued, Signature, Trouble};
pub use queue::{Counts, Page, Shelf, Standing};
pub use roster::{Profile, Reviewer};
pub use state::{Signatures, State, Step};
pub use tables::migrations;
pub use tend::Tended;
pub use terms::{Kind, Terms};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The topic of the store's change log that says which item changed.
pub const TOPIC: &str = "reviews";

/// The queue of one platform. Cheap to clone.
#[derive(Clone)]
pub struct Reviews {
    store: Store,
    identity: Option<identity::Identity>,
}

impl std::fmt::Debug for Reviews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reviews")
    }
}

impl Reviews {
    /// The queue in this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, identity: None }
    }

    /// The same, with the people there are: it then sees which items nobody can decide, and who stands in for whom.
    #[must_use]
    pub fn with_people(mut self, identity: identity::Identity) -> Self {
        self.identity = Some(identity);
        self
    }
}
