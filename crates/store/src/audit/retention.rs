//! Retention: entries past the term of their class give up their details. The entries themselves stay for good.
//!
//! The hash of an entry covers the digest of its details, so the chain holds without them. Each time some go, an entry
//! `audit.shortened` says of which deeds and from before when; details that are missing without such an entry count as
//! altered.

use std::collections::BTreeMap;

use kernel::event::{Deed, DeedOutcome};
use kernel::{Actor, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use serde::Deserialize;
use serde_json::json;

use super::record::SHORTENED;
use super::{Audit, Record};
use crate::tables::audit::{self, Column};
use crate::{Error, Result};

/// The shortest term. Cybersecurity Law article 21 (3): network logs are kept for at least six months.
const LEAST_MONTHS: u32 = 6;
/// A month of a term, in seconds: the longest month, so that no term ends too early.
const MONTH_SECS: i64 = 31 * 86_400;
/// Deeds whose details stay: shortenings prove what is missing, and batches of model calls prove their journal.
const KEPT: [Deed; 2] = [Deed::AuditShortened, Deed::ModelsCalled];
/// So many entries are shortened in one transaction.
const STRIDE: u64 = 1_000;

/// Entries of some deeds, and how long they keep their details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionClass {
    name: String,
    months: u32,
    deeds: Vec<Deed>,
}

impl RetentionClass {
    /// A class; the error says in words what is wrong with it.
    pub fn new(name: &str, months: u32, deeds: Vec<Deed>) -> std::result::Result<Self, String> {
        if months < LEAST_MONTHS {
            return Err(format!("class `{name}`: `months` is {months}, and the law asks for at least {LEAST_MONTHS}"));
        }
        if deeds.is_empty() {
            return Err(format!("class `{name}`: `deeds` names no deed"));
        }
        if let Some(deed) = deeds.iter().find(|deed| KEPT.contains(deed)) {
            return Err(format!(
                "class `{name}`: details of `{}` prove other records and are always kept",
                deed.code()
            ));
        }
        Ok(Self { name: name.to_owned(), months, deeds })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The deeds that belong to it.
    #[must_use]
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }

    /// Entries from before this instant have come to their term.
    fn before(&self, now: Timestamp) -> Timestamp {
        now.plus_secs(-i64::from(self.months).saturating_mul(MONTH_SECS))
    }
}

/// What an entry `audit.shortened` says.
#[derive(Debug, Deserialize)]
struct Shortening {
    before: Timestamp,
    deeds: Vec<String>,
}

impl Audit<'_> {
    /// Takes the details of entries past the term of `class` away, and records that it did. Gives how many went.
    pub async fn shorten(&self, class: &RetentionClass) -> Result<u64> {
        let before = class.before(self.store.clock().now());
        let (mut done, mut after) = (0, 0);
        loop {
            let (count, last) = self.shorten_some(class, before, after).await?;
            if count == 0 {
                return Ok(done);
            }
            (done, after) = (done + count, last);
        }
    }

    /// The next entries after number `after`, in one transaction: how many, and the last one's number.
    async fn shorten_some(&self, class: &RetentionClass, before: Timestamp, after: i64) -> Result<(u64, i64)> {
        let codes: Vec<String> = class.deeds.iter().map(|deed| deed.code().to_owned()).collect();
        let tx = self.store.begin().await?;
        let due: Vec<i64> = audit::Entity::find()
            .select_only()
            .column(Column::Seq)
            .filter(Column::Seq.gt(after))
            .filter(Column::Deed.is_in(codes.clone()))
            .filter(Column::At.lt(before.as_millis()))
            .filter(Column::DetailsSm3.is_not_null())
            .filter(Column::Details.ne(SHORTENED))
            .order_by_asc(Column::Seq)
            .limit(STRIDE)
            .into_tuple::<i64>()
            .all(&tx)
            .await?;
        let Some(last) = due.last().copied() else {
            tx.rollback().await;
            return Ok((0, after));
        };
        let count = u64::try_from(due.len()).unwrap_or_default();
        audit::Entity::update_many()
            .col_expr(Column::Details, Expr::value(SHORTENED))
            .filter(Column::Seq.is_in(due))
            .exec(&tx)
            .await?;
        let actor = Actor::System { reason: "retention".to_owned() };
        let record = Record {
            deed: Deed::AuditShortened,
            actor: &actor,
            subject: format!("retention:{}", class.name),
            outcome: DeedOutcome::Done,
            reason: None,
            details: json!({ "before": before, "deeds": codes, "months": class.months, "entries": count }),
            trace_id: String::new(),
        };
        self.append(&tx, record).await?;
        tx.commit().await?;
        Ok((count, last))
    }
}

/// Up to when the record says that entries may have lost their details, by deed. A shortening that reaches into the
/// last six months before itself is none.
pub(super) async fn terms(snapshot: &DatabaseTransaction) -> Result<BTreeMap<String, i64>> {
    let select = Statement::from_sql_and_values(
        snapshot.get_database_backend(),
        "SELECT at, details FROM audit WHERE deed = $1 AND seq > 0",
        [Deed::AuditShortened.code().into()],
    );
    let rows = match snapshot.query_all_raw(select).await.map_err(Error::from) {
        Ok(rows) => rows,
        // The walk comes to the damage and names it.
        Err(Error::Damaged(_)) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut terms = BTreeMap::new();
    for row in rows {
        let (Ok(at), Ok(details)) = (row.try_get::<i64>("", "at"), row.try_get::<String>("", "details")) else {
            continue;
        };
        let Ok(said) = serde_json::from_str::<Shortening>(&details) else { continue };
        let latest = Timestamp::from_millis(at).plus_secs(-i64::from(LEAST_MONTHS) * MONTH_SECS);
        if said.before > latest {
            continue;
        }
        for deed in said.deeds {
            let term = terms.entry(deed).or_insert(i64::MIN);
            *term = said.before.as_millis().max(*term);
        }
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use kernel::event::Deed;

    use super::RetentionClass;

    #[test]
    fn a_class_keeps_six_months_and_what_proves_other_records() {
        assert!(RetentionClass::new("calls", 6, vec![Deed::EgressCalled]).is_ok());
        let said = |months, deeds| RetentionClass::new("calls", months, deeds).unwrap_err();
        assert!(said(5, vec![Deed::EgressCalled]).contains("at least 6"));
        assert!(said(6, vec![]).contains("names no deed"));
        assert!(said(6, vec![Deed::AuditShortened]).contains("always kept"));
    }
}
