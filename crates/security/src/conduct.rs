//! Conduct: callers whose inputs are harmful again and again are suspended until an officer lets them in.
//!
//! TC260-003 / GB/T 45654: service is stopped for whoever enters harmful content three times in a row or five times a
//! day. An address stands for many people, so it has a bound of its own.

use std::sync::PoisonError;

use identity::{Action, Cx, Permit};
use kernel::event::{Deed, DeedOutcome};
use kernel::{Actor, Timestamp};
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use store::{Record, Tx};

use crate::incidents::Opening;
use crate::tables::conduct::{self, Column, Entity};
use crate::{Error, Outcome, Result, Security, Sighting, Stage, TOPIC, name_of, reasoned};

/// From when on a caller is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conduct {
    /// So many harmful inputs in a row.
    pub in_a_row: i32,
    /// So many on one day.
    pub per_day: i32,
    /// So many from one address on one day.
    pub per_day_of_address: i32,
}

impl Default for Conduct {
    fn default() -> Self {
        Self { in_a_row: 3, per_day: 5, per_day_of_address: 30 }
    }
}

/// Somebody who is suspended, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// The caller, such as `user:usr_…` or `address:…`.
    pub caller: String,
    /// Harmful inputs in a row.
    pub in_a_row: i32,
    /// Harmful inputs on that day.
    pub today: i32,
    /// Since when; nothing when not suspended.
    pub since: Option<Timestamp>,
    /// When it was let in again.
    pub lifted_at: Option<Timestamp>,
    /// By whom.
    pub lifted_by: Option<String>,
    /// Why.
    pub lift_reason: Option<String>,
}

impl From<conduct::Model> for Suspension {
    fn from(row: conduct::Model) -> Self {
        Self {
            caller: row.caller,
            in_a_row: row.in_a_row,
            today: row.today,
            since: row.suspended_at.map(Timestamp::from_millis),
            lifted_at: row.lifted_at.map(Timestamp::from_millis),
            lifted_by: row.lifted_by,
            lift_reason: row.lift_reason,
        }
    }
}

impl Security {
    /// Whether one of these callers is suspended: the first that is.
    #[must_use]
    pub fn suspended(&self, callers: &[String]) -> Option<Suspension> {
        let suspended = self.inner.suspended.read().unwrap_or_else(PoisonError::into_inner);
        callers.iter().find_map(|caller| suspended.get(caller)).cloned()
    }

    pub(crate) async fn read_suspensions(&self) -> Result<()> {
        let rows = Entity::find().filter(Column::SuspendedAt.is_not_null()).all(self.store().db()).await?;
        let all = rows.into_iter().map(|row| (row.caller.clone(), row.into())).collect();
        *self.inner.suspended.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    /// Notes how an input was: a harmful one counts, a harmless one ends the row. Gives the callers that are
    /// suspended from now on.
    pub async fn behaved(&self, callers: &[String], harmful: bool, bounds: Conduct) -> Result<Vec<String>> {
        let now = self.store().clock().now();
        let day = now.date().to_string();
        let known = Entity::find()
            .filter(Column::Caller.is_in(callers.iter().map(String::as_str)))
            .all(self.store().db())
            .await?;
        if !harmful && known.iter().all(|row| row.in_a_row == 0) {
            return Ok(Vec::new());
        }
        let mut suspended = Vec::new();
        let tx = self.store().begin().await?;
        for caller in callers {
            let row = Entity::find_by_id(caller).one(&tx).await?;
            if !harmful && row.is_none() {
                continue;
            }
            let mut row = row.unwrap_or_else(|| conduct::Model {
                caller: caller.clone(),
                in_a_row: 0,
                day: day.clone(),
                today: 0,
                suspended_at: None,
                lifted_at: None,
                lifted_by: None,
                lift_reason: None,
            });
            if row.day != day {
                (row.day, row.today) = (day.clone(), 0);
            }
            row.in_a_row = if harmful { row.in_a_row + 1 } else { 0 };
            row.today += i32::from(harmful);
            let is_address = caller.starts_with("address:");
            let too_much = if is_address {
                row.today >= bounds.per_day_of_address
            } else {
                row.in_a_row >= bounds.in_a_row || row.today >= bounds.per_day
            };
            if harmful && too_much && row.suspended_at.is_none() {
                row.suspended_at = Some(now.as_millis());
                self.note_suspension(&tx, &row).await?;
                suspended.push(caller.clone());
            }
            keep(&tx, row).await?;
        }
        tx.commit().await?;
        for caller in &suspended {
            self.saw(Sighting {
                stage: Stage::Abuse,
                rule: "conduct.suspended".to_owned(),
                category: "suspension".to_owned(),
                outcome: Outcome::Blocked,
                caller: caller.clone(),
                subject: String::new(),
            });
            self.open_incident(Opening::new("suspension", caller)).await?;
        }
        if !suspended.is_empty() {
            self.follow().await?;
        }
        Ok(suspended)
    }

    async fn note_suspension(&self, tx: &Tx<'_>, row: &conduct::Model) -> Result<()> {
        let actor = Actor::System { reason: "harmful inputs".to_owned() };
        let record = Record {
            deed: Deed::CallerSuspended,
            actor: &actor,
            subject: row.caller.clone(),
            outcome: DeedOutcome::Done,
            reason: None,
            details: json!({ "in_a_row": row.in_a_row, "today": row.today }),
            trace_id: String::new(),
        };
        self.store().audit().append(tx, record).await?;
        self.store().changes().append(tx, TOPIC, &row.caller).await?;
        Ok(())
    }

    /// Those who are suspended, the latest first; and those who were let in again.
    pub async fn suspensions(&self, cx: &Cx, permit: &Permit) -> Result<Vec<Suspension>> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        let rows = Entity::find()
            .filter(Condition::any().add(Column::SuspendedAt.is_not_null()).add(Column::LiftedAt.is_not_null()))
            .order_by_desc(Column::SuspendedAt)
            .all(self.store().db())
            .await?;
        Ok(rows.into_iter().map(Suspension::from).collect())
    }

    /// Lets a caller in again.
    pub async fn lift(&self, cx: &Cx, permit: &Permit, caller: &str, reason: &str) -> Result<Suspension> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        let missing = || Error::NotFound { what: "suspension of", id: caller.to_owned() };
        let tx = self.store().begin().await?;
        let row = Entity::find_by_id(caller).one(&tx).await?.filter(|row| row.suspended_at.is_some());
        let mut row = row.ok_or_else(missing)?;
        row.suspended_at = None;
        (row.in_a_row, row.today) = (0, 0);
        row.lifted_at = Some(cx.now().as_millis());
        row.lifted_by = Some(name_of(cx));
        row.lift_reason = Some(reason.clone());
        keep(&tx, row.clone()).await?;
        self.write_down(&tx, cx, Deed::CallerSuspended, caller, &reason, json!({ "lifted": true })).await?;
        tx.commit().await?;
        self.follow().await?;
        Ok(row.into())
    }
}

async fn keep(tx: &Tx<'_>, row: conduct::Model) -> Result<()> {
    let row = conduct::ActiveModel {
        caller: Set(row.caller),
        in_a_row: Set(row.in_a_row),
        day: Set(row.day),
        today: Set(row.today),
        suspended_at: Set(row.suspended_at),
        lifted_at: Set(row.lifted_at),
        lifted_by: Set(row.lifted_by),
        lift_reason: Set(row.lift_reason),
    };
    let replace = OnConflict::column(Column::Caller)
        .update_columns([
            Column::InARow,
            Column::Day,
            Column::Today,
            Column::SuspendedAt,
            Column::LiftedAt,
            Column::LiftedBy,
            Column::LiftReason,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}
