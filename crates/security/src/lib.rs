//! Security: what was stopped, and what officers change at run time.
//!
//! What it does: keeps events of every protective stage, suspends callers after harmful inputs, opens incidents and
//! leads them to their end, keeps the modes of the guard's rules, the changes of its words and the requests for new
//! places outside. What it does not: it judges no text and opens no connection; `guard`, `identity` and `egress` do,
//! by what it puts in force. Whether a caller may act is asked by whoever serves the caller.
//!
//! Invariants: an event names rules, kinds and ids, never the words of a person; a change has a reason, an author and
//! a record in the same transaction; nobody decides on the own request; what secrets need is never switched off.
//!
//! Start reading at [`Security`].

pub mod conduct;
mod error;
pub mod events;
pub mod incidents;
pub mod places;
pub mod rules;
mod tables;
pub mod words;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use egress::{Egress, Whitelist};
use guard::Tuning;
use identity::Cx;
use kernel::event::{Deed, DeedOutcome};
use serde_json::Value;
use store::{Record, Store, Tx};

pub use conduct::{Conduct, Suspension};
pub use error::Error;
pub use events::{Event, EventFilter, EventPage, Outcome, Sighting, Stage, StageCounts};
pub use incidents::{Incident, IncidentState, IncidentStep, Opening};
pub use places::{NewPlace, PlaceRequest, RequestState};
pub use rules::RuleState;
pub use tables::migrations;
pub use words::{WordChange, WordFilter, WordPage, WordRow};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The topic of the store's change log that says that officers changed something.
pub const TOPIC: &str = "security";

/// The longest reason or note, in characters.
const REASON_CHARS: usize = 500;

/// What officers see and change. Cheap to clone.
#[derive(Clone)]
pub struct Security {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    tuning: Tuning,
    egress: Egress,
    /// The whitelist of the file; requests that were approved come on top.
    listed: Whitelist,
    sightings: Mutex<HashMap<events::Key, events::Tally>>,
    /// Held by whoever writes sightings.
    flushing: tokio::sync::Mutex<()>,
    suspended: RwLock<BTreeMap<String, Suspension>>,
    seen: Mutex<i64>,
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Security")
    }
}

impl Security {
    /// Over these parts; what was set before is put in force.
    pub async fn open(store: Store, tuning: Tuning, egress: Egress, listed: Whitelist) -> Result<Self> {
        let inner = Inner {
            store,
            tuning,
            egress,
            listed,
            sightings: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            suspended: RwLock::default(),
            seen: Mutex::new(-1),
        };
        let security = Self { inner: Arc::new(inner) };
        security.follow().await?;
        Ok(security)
    }

    /// The settings of the guard that this keeps.
    #[must_use]
    pub fn tuning(&self) -> &Tuning {
        &self.inner.tuning
    }

    /// Puts in force what the store says, when it changed since the last look, on whatever server.
    pub async fn follow(&self) -> Result<()> {
        let latest = self.store().changes().latest(TOPIC).await?;
        if *self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner) == latest {
            return Ok(());
        }
        self.put_tuning_in_force().await?;
        self.put_places_in_force().await?;
        self.read_suspensions().await?;
        *self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner) = latest;
        Ok(())
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Writes the record of a change and tells the other servers, in the transaction that makes it.
    async fn write_down(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        deed: Deed,
        subject: &str,
        why: &str,
        details: Value,
    ) -> Result<()> {
        let record = Record {
            deed,
            actor: cx.actor(),
            subject: subject.to_owned(),
            outcome: DeedOutcome::Done,
            reason: Some(why.to_owned()),
            details,
            trace_id: cx.trace().to_owned(),
        };
        self.store().audit().append(tx, record).await?;
        self.store().changes().append(tx, TOPIC, subject).await?;
        Ok(())
    }
}

/// A reason without the spaces around it. It must be there.
fn reasoned(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS {
        return Err(Error::BadField { field: "reason", why: "must be 1 to 500 characters" });
    }
    Ok(reason.to_owned())
}

/// The name of whoever acts, for people.
fn name_of(cx: &Cx) -> String {
    cx.person().map_or_else(|| cx.actor().label(), |person| person.name.clone())
}

/// The actor as the store keeps it.
fn actor_of(cx: &Cx) -> Result<String> {
    serde_json::to_string(cx.actor()).map_err(|_| Error::Damaged)
}
