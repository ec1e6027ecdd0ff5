//! Views of the audit log.

use serde::Serialize;
use store::{ChainReport, Entry};
use utoipa::ToSchema;

/// An entry. Without an open reading, who and what are withheld.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: String,
    /// The code of the deed.
    pub deed: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// Its hash.
    pub hash: String,
    /// The hash before it.
    pub prev: String,
    /// Whether the rest is withheld until a reading is opened with a reason.
    pub withheld: bool,
    /// Whether its details were taken away at the end of their term.
    pub shortened: bool,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The name of who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// To what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
    /// The request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

impl EntryView {
    /// The chain's side of an entry only.
    #[must_use]
    pub fn withheld(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            deed: entry.deed.clone(),
            outcome: entry.outcome.clone(),
            hash: entry.hash.clone(),
            prev: entry.prev.clone(),
            withheld: true,
            shortened: entry.is_shortened(),
            actor: None,
            actor_name: None,
            subject: None,
            reason: None,
            details: None,
            trace_id: None,
        }
    }

    /// A whole entry, with the name of its actor where there is one.
    #[must_use]
    pub fn whole(entry: &Entry, actor_name: Option<String>) -> Self {
        Self {
            withheld: false,
            actor: Some(entry.actor.clone()),
            actor_name,
            subject: Some(entry.subject.clone()),
            reason: entry.reason.clone(),
            details: (!entry.is_shortened()).then(|| entry.details.clone()),
            trace_id: Some(entry.trace_id.clone()),
            ..Self::withheld(entry)
        }
    }
}

/// An open reading.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadingView {
    /// When it ends.
    pub expires_at: String,
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainView {
    /// How many entries there are.
    pub entries: i64,
    /// How many of them have given up their details at the end of their term.
    pub shortened: i64,
    /// The hash of the last one.
    pub head: String,
    /// Whether every entry is what was recorded.
    pub ok: bool,
    /// The first entry that is not.
    pub first_bad: Option<i64>,
    /// What is wrong with it, in words for a technician.
    pub problem: Option<String>,
    /// Milliseconds it took.
    pub took_ms: u64,
}

impl ChainView {
    /// The view of a report.
    #[must_use]
    pub fn of(report: ChainReport, took_ms: u64) -> Self {
        Self {
            entries: report.entries,
            shortened: report.shortened,
            head: report.head,
            ok: report.ok,
            first_bad: report.first_bad,
            problem: report.problem,
            took_ms,
        }
    }
}
