//! Verifying the chain: every entry is read as the table has it, and the first one that does not fit is named.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, QueryResult, Statement};
use serde::Serialize;

use super::record::Kept;
use super::retention::terms;
use crate::digest::{Digest, chain, hex};
use crate::tables::audit;
use crate::{Error, Result, Store};

/// How many entries are read at a time.
const STRIDE: i64 = 2_000;

/// What verifying the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// How many entries fit, from the first.
    pub entries: i64,
    /// How many of them have given up their details, as the record says they may.
    pub shortened: i64,
    /// The hash of the last entry that fits, in hexadecimal.
    pub head: String,
    /// Whether all entries fit, and the log ends where its head says.
    pub ok: bool,
    /// The number of the first entry that is altered, missing or too many.
    pub first_bad: Option<i64>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// How far the chain holds.
#[derive(Default)]
struct Walk {
    seq: i64,
    link: Digest,
    /// Entries of these deeds from before these instants may have lost their details.
    terms: BTreeMap<String, i64>,
    shortened: i64,
}

impl Walk {
    fn report(&self, bad: Option<(i64, String)>) -> ChainReport {
        let (first_bad, problem) = bad.unzip();
        ChainReport {
            entries: self.seq,
            shortened: self.shortened,
            head: hex(&self.link),
            ok: first_bad.is_none(),
            first_bad,
            problem,
        }
    }

    /// Whether the details are the recorded ones, or went as a shortening on record says.
    fn details(&mut self, row: &audit::Model) -> Result<(), String> {
        match super::record::kept(&row.details, row.details_sm3.as_deref()) {
            Kept::Whole => Ok(()),
            Kept::Altered => Err(format!("entry {} has details that do not match their digest", row.seq)),
            Kept::Shortened if self.terms.get(&row.deed).is_some_and(|before| row.at < *before) => {
                self.shortened += 1;
                Ok(())
            }
            Kept::Shortened => Err(format!("entry {} has lost its details before their term", row.seq)),
        }
    }
}

/// Walks the chain of one snapshot, so that entries appended meanwhile do not look like a wrong head.
pub(super) async fn verify(store: &Store) -> Result<ChainReport> {
    let snapshot = store.snapshot().await?;
    let report = walk(&snapshot).await;
    let _ = snapshot.rollback().await;
    report
}

pub(crate) async fn walk(snapshot: &DatabaseTransaction) -> Result<ChainReport> {
    let mut walk = Walk { terms: terms(snapshot).await?, ..Walk::default() };
    let mut after = 0;
    let mut stride = STRIDE;
    loop {
        let rows = match read(snapshot, after, stride).await {
            Ok(rows) => rows,
            // A damaged page: go on one by one up to the entry that cannot be read.
            Err(Error::Damaged(_)) if stride > 1 => {
                stride = 1;
                continue;
            }
            Err(Error::Damaged(cause)) => return Ok(walk.report(Some((walk.seq + 1, cause.to_string())))),
            Err(error) => return Err(error),
        };
        let read_all = rows.is_empty();
        for row in rows {
            if let Err(problem) = step(&mut walk, &row) {
                return Ok(walk.report(Some((walk.seq + 1, problem))));
            }
        }
        if read_all {
            let mut bad = compare_head(snapshot, &walk).await?;
            if bad.is_none() {
                bad = below_the_first(snapshot).await?;
            }
            if bad.is_none() && snapshot.get_database_backend() == DbBackend::Sqlite {
                bad = compare_indexes(snapshot, &walk).await?;
            }
            return Ok(walk.report(bad));
        }
        after = walk.seq;
    }
}

async fn read(snapshot: &DatabaseTransaction, after: i64, limit: i64) -> Result<Vec<QueryResult>> {
    // All columns: a backup from before `details_sm3` is verified before its table gets that column.
    let select = Statement::from_sql_and_values(
        snapshot.get_database_backend(),
        "SELECT * FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
        [after.into(), limit.into()],
    );
    Ok(snapshot.query_all_raw(select).await?)
}

fn step(walk: &mut Walk, row: &QueryResult) -> Result<(), String> {
    let wanted = walk.seq + 1;
    // A value of the wrong type or with broken UTF-8 is an altered entry, not a failure of ours.
    let row = columns(row).map_err(|error| format!("entry {wanted} cannot be read: {error}"))?;
    if row.seq != wanted {
        return Err(format!("entry {wanted} is missing; the next one found is {}", row.seq));
    }
    if row.prev != hex(&walk.link) {
        return Err(format!("entry {wanted} is not linked to the entry before"));
    }
    // The record is spliced from its columns; only with one whole JSON value in `details` is that unambiguous.
    if serde_json::from_str::<serde::de::IgnoredAny>(&row.details).is_err() {
        return Err(format!("entry {wanted} has details that are not JSON"));
    }
    let link = chain(&walk.link, super::record::bytes(&row).as_bytes());
    if row.hash != hex(&link) {
        return Err(format!("entry {wanted} does not match its hash"));
    }
    walk.details(&row)?;
    walk.seq = wanted;
    walk.link = link;
    Ok(())
}

fn columns(row: &QueryResult) -> Result<audit::Model, sea_orm::DbErr> {
    Ok(audit::Model {
        seq: row.try_get("", "seq")?,
        at: row.try_get("", "at")?,
        deed: row.try_get("", "deed")?,
        actor: row.try_get("", "actor")?,
        subject: row.try_get("", "subject")?,
        outcome: row.try_get("", "outcome")?,
        reason: row.try_get("", "reason")?,
        details: row.try_get("", "details")?,
        trace_id: row.try_get("", "trace_id")?,
        prev: row.try_get("", "prev")?,
        hash: row.try_get("", "hash")?,
        // One that is missing or cannot be read leaves a record that does not match its hash.
        details_sm3: row.try_get::<Option<String>>("", "details_sm3").ok().flatten(),
    })
}

/// The head knows how many entries there were, so a cut-off tail is found.
async fn compare_head(snapshot: &DatabaseTransaction, walk: &Walk) -> Result<Option<(i64, String)>> {
    let select =
        Statement::from_string(snapshot.get_database_backend(), "SELECT seq, hash FROM audit_head WHERE id = 1");
    let head = match snapshot.query_one_raw(select).await.map_err(Error::from) {
        Ok(Some(row)) => row.try_get::<i64>("", "seq").and_then(|seq| Ok((seq, row.try_get::<String>("", "hash")?))),
        Ok(None) => return Ok(Some((walk.seq + 1, "the head of the log is missing".to_owned()))),
        Err(Error::Damaged(cause)) => return Ok(Some((walk.seq + 1, cause.to_string()))),
        Err(error) => return Err(error),
    };
    Ok(match head {
        Err(error) => Some((walk.seq + 1, format!("the head of the log cannot be read: {error}"))),
        Ok((seq, _)) if seq > walk.seq => Some((walk.seq + 1, format!("the log ends here but had {seq} entries"))),
        Ok((seq, _)) if seq < walk.seq => Some((seq + 1, format!("the log has entries after its head {seq}"))),
        Ok((seq, hash)) if hash != hex(&walk.link) => Some((seq, "the head of the log is altered".to_owned())),
        Ok(_) => None,
    })
}

/// Entries are numbered from 1; whatever is numbered lower was never appended.
async fn below_the_first(snapshot: &DatabaseTransaction) -> Result<Option<(i64, String)>> {
    let select = Statement::from_string(snapshot.get_database_backend(), "SELECT seq FROM audit WHERE seq < 1 LIMIT 1");
    let found = snapshot.query_one_raw(select).await?.map(|row| row.try_get::<i64>("", "seq")).transpose()?;
    Ok(found.map(|seq| (seq, format!("entry {seq} was never appended"))))
}

/// The chain covers the rows of the table. A file of SQLite can also be altered where an index repeats them, and a
/// search would then show other entries than there are.
async fn compare_indexes(snapshot: &DatabaseTransaction, walk: &Walk) -> Result<Option<(i64, String)>> {
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check('audit')");
    let said = match snapshot.query_one_raw(check).await.map_err(Error::from) {
        Ok(Some(row)) => row.try_get_by_index::<String>(0)?,
        Ok(None) => return Ok(None),
        Err(Error::Damaged(cause)) => cause.to_string(),
        Err(error) => return Err(error),
    };
    if said == "ok" {
        return Ok(None);
    }
    // "row 5 missing from index audit_subject" names the entry, or one beside it when the order is disturbed; other
    // findings concern the table as a whole.
    let named = said.split_once("row ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    Ok(Some((named.unwrap_or(walk.seq), said)))
}
