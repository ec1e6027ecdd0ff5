//! Review: answers that may not leave without a person, and the decisions people make about them.
//!
//! What it does: keeps the queue with its deadlines, and makes an [`Approval`] when somebody other than the asker
//! approves or edits. What it does not: it does not know what a draft says (opaque JSON), checks no text, and
//! releases nothing; `assistant` does that, with the [`Approval`] in its hand.
//!
//! Invariants: only [`Reviews::decide`] makes an [`Approval`]; never for the asker; at most one for each item; and
//! it admits one checked answer only, the one that was seen or the edited one that was checked again. Every step
//! is recorded in the transaction that takes it.
//!
//! Start reading at [`state`], then [`decide`].

pub mod decide;
pub mod item;
pub mod queue;
pub mod state;

mod error;
mod tables;

use store::Store;

pub use decide::{Approval, Decision, Ruling};
pub use error::Error;
pub use item::{Decided, Item, NewItem, PastStep};
pub use queue::{Counts, Page, Shelf, Standing};
pub use state::{State, Step};
pub use tables::migrations;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The topic of the store's change log that says which item changed.
pub const TOPIC: &str = "reviews";

/// The queue of one platform. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reviews {
    store: Store,
}

impl Reviews {
    /// The queue in this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}
