//! Anchoring: the signed head of the audit chain, kept where nobody who can write the store can write.
//!
//! It goes to a file, to an address on the whitelist (purpose `anchor`), or to both. Each turn goes on record with how
//! it ended; one that failed is made good by the next, which carries a later head of the same chain.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egress::header::{CONTENT_TYPE, HeaderValue};
use egress::{Egress, Purpose, Request, Timeouts, Url};
use kernel::event::{Deed, DeedOutcome};
use kernel::{Actor, DataLevel, Fault as _, Kind, Timestamp};
use serde_json::json;
use store::AuditKey;

use crate::config::AuditConfig;
use crate::wiring::Platform;

/// How long an address may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// So much of its answer is read; nothing in it is used.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// A place outside the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// A file to which a line is appended.
    File(PathBuf),
    /// An address to which a line is posted.
    Webhook(Url),
}

/// Why a place did not take the head.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the file cannot be written")]
    File(#[source] std::io::Error),
    #[error(transparent)]
    Refused(#[from] egress::Refused),
    #[error(transparent)]
    Call(#[from] egress::Error),
    #[error("the address answered with the status {0}")]
    Status(u16),
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "audit.anchor_file",
            Self::Refused(refused) => refused.code(),
            Self::Call(error) => error.code(),
            Self::Status(_) => "audit.anchor_status",
        }
    }

    fn outcome(&self) -> DeedOutcome {
        let kind = match self {
            Self::Refused(refused) => refused.kind(),
            Self::Call(error) => error.kind(),
            Self::File(_) | Self::Status(_) => return DeedOutcome::Failed,
        };
        if kind == Kind::Denied { DeedOutcome::Refused } else { DeedOutcome::Failed }
    }
}

impl Outside {
    /// The places that the configuration names.
    #[must_use]
    pub fn of(config: &AuditConfig) -> Vec<Self> {
        let file = config.anchor_file.clone().map(Self::File);
        file.into_iter().chain(config.anchor_url.clone().map(Self::Webhook)).collect()
    }

    /// `file` or `webhook`. The place itself is not told: an address may hold a secret.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Webhook(_) => "webhook",
        }
    }

    async fn take(&self, egress: &Egress, line: &str) -> Result<(), Failure> {
        match self {
            Self::File(path) => crate::cli::audit::append(path, line).map_err(Failure::File),
            Self::Webhook(url) => post(egress, url, line).await,
        }
    }
}

async fn post(egress: &Egress, url: &Url, line: &str) -> Result<(), Failure> {
    // A number, a hash, a time and a signature: they tell nobody anything.
    let allowed = egress.allow(url, Purpose::Anchor, DataLevel::Public).await?;
    let mut request = Request::post(line.as_bytes().to_vec());
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.timeouts = Timeouts { first_byte: PATIENCE, between: PATIENCE, total: PATIENCE, ..Timeouts::default() };
    request.max_answer_bytes = MAX_ANSWER_BYTES;
    let answer = egress.send(&allowed, request).await?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(Failure::Status(answer.status)) }
}

/// How it stands with one place, since this server started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnchorState {
    /// When it last took the head.
    pub done_at: Option<Timestamp>,
    /// When it last did not.
    pub failed_at: Option<Timestamp>,
    /// The code of what stood in the way; nothing once it takes the head again.
    pub problem: Option<&'static str>,
}

/// How it stands with all places.
#[derive(Debug, Default)]
pub struct Anchors(Mutex<BTreeMap<&'static str, AnchorState>>);

impl Anchors {
    /// The places by their kind, `file` or `webhook`, that had a turn.
    #[must_use]
    pub fn states(&self) -> Vec<(&'static str, AnchorState)> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.iter().map(|(to, state)| (*to, *state)).collect()
    }

    fn note(&self, to: &'static str, at: Timestamp, problem: Option<&'static str>) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.entry(to).or_default();
        match problem {
            None => state.done_at = Some(at),
            Some(_) => state.failed_at = Some(at),
        }
        state.problem = problem;
    }
}

/// Anchors the head now and every so often.
pub async fn keep(platform: Arc<Platform>, places: Vec<Outside>, every: Duration) {
    let key = match crate::wiring::audit_key(platform.store.folder(), platform.store.entropy()) {
        Ok(key) => key,
        Err(error) => {
            tracing::error!(%error, "the key of the audit log cannot be read: its head is not anchored");
            return;
        }
    };
    loop {
        if let Err(error) = Box::pin(turn(&platform, &key, &places)).await {
            tracing::error!(code = error.code(), "the head of the audit log could not be anchored");
        }
        tokio::time::sleep(every).await;
    }
}

/// One turn: the head goes to every place, and how each took it goes on record.
pub async fn turn(platform: &Platform, key: &AuditKey, places: &[Outside]) -> Result<(), store::Error> {
    let line = platform.store.audit().anchor(key).await?;
    for place in places {
        let failure = place.take(&platform.egress, &line).await.err();
        let (to, code) = (place.as_str(), failure.as_ref().map(Failure::code));
        if let Some(failure) = &failure {
            tracing::error!(to, code, %failure, "the head of the audit log did not arrive");
        }
        platform.anchors.note(to, platform.store.clock().now(), code);
        let outcome = failure.as_ref().map_or(DeedOutcome::Done, Failure::outcome);
        record(platform, outcome, json!({ "public_key": key.public(), "to": to, "code": code })).await?;
    }
    Ok(())
}

async fn record(platform: &Platform, outcome: DeedOutcome, details: serde_json::Value) -> Result<(), store::Error> {
    let actor = Actor::System { reason: "anchoring the record".to_owned() };
    let record = store::Record {
        deed: Deed::AuditAnchored,
        actor: &actor,
        subject: "audit".to_owned(),
        outcome,
        reason: None,
        details,
        trace_id: String::new(),
    };
    let tx = platform.store.begin().await?;
    platform.store.audit().append(&tx, record).await?;
    tx.commit().await
}
