//! The record of a call: made once for each, however it ends.

use std::net::IpAddr;
use std::sync::Arc;

use kernel::{Clock, DataLevel, Timestamp};

use crate::Purpose;

/// Takes the records. It is called once for every call and refusal, also when the caller has gone away.
pub type Recorder = Arc<dyn Fn(CallRecord) + Send + Sync>;

/// What is known of a call. No path, query, header or body: those may hold texts of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// When it began.
    pub at: Timestamp,
    /// The entry of the whitelist, when one fits.
    pub entry: Option<String>,
    /// Scheme, host and port.
    pub place: String,
    /// Where the place is, as its entry says.
    pub region: Option<String>,
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// What it was for.
    pub purpose: Purpose,
    /// The level of the data.
    pub level: DataLevel,
    /// The method, when a request was made.
    pub method: Option<String>,
    /// The size of the body that was sent.
    pub sent_bytes: u64,
    /// How much of the answer's body came.
    pub received_bytes: u64,
    /// How long it took.
    pub millis: i64,
    /// How it ended.
    pub outcome: CallOutcome,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The whole answer came, with this status.
    Answered {
        /// The status of the answer.
        status: u16,
    },
    /// It was not allowed; nothing was sent.
    Refused {
        /// The code of the refusal.
        code: &'static str,
    },
    /// It failed.
    Failed {
        /// The code of the error.
        code: &'static str,
    },
    /// The caller went away before the end.
    Abandoned,
}

/// A record in the making. Handed over when it is dropped, so that no way out of a call leaves it unrecorded.
pub(crate) struct Ticket {
    pub(crate) record: CallRecord,
    recorder: Recorder,
    clock: Clock,
}

impl Ticket {
    pub(crate) fn begin(record: CallRecord, recorder: Recorder, clock: Clock) -> Self {
        Self { record, recorder, clock }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.record.millis = self.clock.now().millis_since(self.record.at);
        (self.recorder)(self.record.clone());
    }
}
