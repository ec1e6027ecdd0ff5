//! The audit log: append-only, written with what it records, each entry linked to the one before by SM3.

mod record;
mod retention;
mod signed;
mod verify;

use kernel::event::{Deed, DeedOutcome};
use kernel::{Actor, Timestamp};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::{chain, hex, sm3_hex, unhex};
use crate::tables::audit::{self, Column};
use crate::tables::audit_head;
use crate::transaction::storable;
use crate::{Error, Result, Store, Tx};

pub use retention::RetentionClass;
pub use signed::{AuditKey, CopyRange, CopyReport, check_copy};
pub use verify::ChainReport;
pub(crate) use verify::walk;

/// The one row of `audit_head`.
const HEAD: i32 = 1;

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// What was done.
    pub deed: Deed,
    /// By whom.
    pub actor: &'a Actor,
    /// To what: ids only, never a text of people.
    pub subject: String,
    /// How it ended.
    pub outcome: DeedOutcome,
    /// Why, when a person gave a reason.
    pub reason: Option<String>,
    /// Counts, codes, hashes and ids that belong to it.
    pub details: Value,
    /// The request it happened in.
    pub trace_id: String,
}

/// An entry of the log, word for word as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The code of the deed, such as `ask.started`.
    pub deed: String,
    /// The label of the actor, such as `user:usr_…`.
    pub actor: String,
    /// To what it was done.
    pub subject: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
    /// What belongs to it; `null` once it was taken away.
    pub details: Value,
    /// The SM3 of the details as canonical JSON; absent in entries from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_sm3: Option<String>,
    /// The request.
    pub trace_id: String,
    /// The hash of the entry before, in hexadecimal.
    pub prev: String,
    /// The hash of this entry: SM3 of `prev` and the canonical record.
    pub hash: String,
}

impl Entry {
    /// Whether its details were taken away at the end of their term.
    #[must_use]
    pub fn is_shortened(&self) -> bool {
        record::kept(&record::canonical(&self.details), self.details_sm3.as_deref()) == record::Kept::Shortened
    }
}

/// Which entries to show.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this actor, by label.
    pub actor: Option<String>,
    /// Of this deed.
    pub deed: Option<Deed>,
    /// About this subject.
    pub subject: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// The audit log.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'s> {
    store: &'s Store,
}

impl<'s> Audit<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self { store }
    }

    /// Records a deed, in the transaction that does it.
    pub async fn append(&self, tx: &Tx<'_>, record: Record<'_>) -> Result<Entry> {
        let entries = self.append_all(tx, vec![record]).await?;
        entries.into_iter().next().ok_or_else(|| Error::bad_row("the audit log took no entry"))
    }

    /// Records deeds in their order, in one transaction.
    pub async fn append_all(&self, tx: &Tx<'_>, records: Vec<Record<'_>>) -> Result<Vec<Entry>> {
        /// Rows in one statement: twelve columns each, far below what either engine takes.
        const ROWS: usize = 200;
        let head = audit_head::Entity::find_by_id(HEAD).lock(LockType::Update).one(tx).await?;
        let head = head.ok_or_else(|| Error::bad_row("the audit log has no head"))?;
        let (mut seq, mut last) = (head.seq, head.hash);
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let prev = unhex(&last).ok_or_else(|| Error::bad_row("the head of the audit log is not a hash"))?;
            let details = record::canonical(&record.details);
            let mut row = audit::Model {
                seq: seq + 1,
                at: self.store.clock().now().as_millis(),
                deed: record.deed.code().to_owned(),
                actor: storable(&record.actor.label()),
                subject: storable(&record.subject),
                outcome: record.outcome.as_str().to_owned(),
                reason: record.reason.as_deref().map(storable),
                details_sm3: Some(sm3_hex(details.as_bytes())),
                details,
                trace_id: storable(&record.trace_id),
                prev: last,
                hash: String::new(),
            };
            row.hash = hex(&chain(&prev, record::bytes(&row).as_bytes()));
            (seq, last) = (row.seq, row.hash.clone());
            rows.push(row);
        }
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let entries = rows.iter().cloned().map(entry).collect();
        for some in rows.chunks(ROWS) {
            let some = some.iter().cloned().map(audit::ActiveModel::from);
            audit::Entity::insert_many(some).exec_without_returning(tx).await?;
        }
        audit_head::Entity::update_many()
            .col_expr(audit_head::Column::Seq, Expr::value(seq))
            .col_expr(audit_head::Column::Hash, Expr::value(last))
            .filter(audit_head::Column::Id.eq(HEAD))
            .exec(tx)
            .await?;
        Ok(entries)
    }

    /// Follows the chain from its first entry and compares each hash and, at the end, the head.
    pub async fn verify(&self) -> Result<ChainReport> {
        verify::verify(self.store).await
    }

    /// The newest entries first; those before number `after` when it is given.
    pub async fn page(&self, after: Option<i64>, limit: u64, filter: &AuditFilter) -> Result<Vec<Entry>> {
        let mut wanted = Condition::all();
        if let Some(after) = after {
            wanted = wanted.add(Column::Seq.lt(after));
        }
        if let Some(actor) = &filter.actor {
            wanted = wanted.add(Column::Actor.eq(actor));
        }
        if let Some(deed) = filter.deed {
            wanted = wanted.add(Column::Deed.eq(deed.code()));
        }
        if let Some(subject) = &filter.subject {
            wanted = wanted.add(Column::Subject.eq(subject));
        }
        if let Some(from) = filter.from {
            wanted = wanted.add(Column::At.gte(from.as_millis()));
        }
        if let Some(until) = filter.until {
            wanted = wanted.add(Column::At.lt(until.as_millis()));
        }
        let rows =
            audit::Entity::find().filter(wanted).order_by_desc(Column::Seq).limit(limit).all(self.store.db()).await?;
        Ok(rows.into_iter().map(entry).collect())
    }

    /// The number and the hash of the last entry.
    pub async fn head(&self) -> Result<(i64, String)> {
        let head = audit_head::Entity::find_by_id(HEAD).one(self.store.db()).await?;
        head.map(|head| (head.seq, head.hash)).ok_or_else(|| Error::bad_row("the audit log has no head"))
    }
}

fn entry(row: audit::Model) -> Entry {
    Entry {
        seq: row.seq,
        at: Timestamp::from_millis(row.at),
        deed: row.deed,
        actor: row.actor,
        subject: row.subject,
        outcome: row.outcome,
        reason: row.reason,
        // An altered entry may hold anything; it is shown as it is, and `verify` names it.
        details: serde_json::from_str(&row.details).unwrap_or(Value::String(row.details)),
        details_sm3: row.details_sm3,
        trace_id: row.trace_id,
        prev: row.prev,
        hash: row.hash,
    }
}
