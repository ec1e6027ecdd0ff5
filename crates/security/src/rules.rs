//! Rules of the guard as officers see and switch them: each with its hits, false alarms and mode.

use std::collections::BTreeMap;

use guard::{Mode, RuleCard, Settings, rule_cards};
use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::Deed;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::EntityTrait as _;
use store::sea_orm::sea_query::OnConflict;

use crate::tables::modes::{self, Column, Entity};
use crate::{Error, Result, Security, actor_of, name_of, reasoned};

/// Days over which hits are counted.
const DAYS: i64 = 30;

/// A rule with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleState {
    /// The rule.
    pub card: RuleCard,
    /// What it does now.
    pub mode: Mode,
    /// How often it was seen in the last 30 days.
    pub hits: i64,
    /// How often an officer called that a false alarm.
    pub false_alarms: i64,
    /// When it was switched.
    pub changed_at: Option<Timestamp>,
    /// By whom.
    pub changed_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Security {
    /// All rules.
    pub async fn rules(&self, cx: &Cx, permit: &Permit) -> Result<Vec<RuleState>> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        self.flush().await?;
        let hits = self.hits(cx.now().plus_secs(-DAYS * 86_400)).await?;
        let switched = Entity::find().all(self.store().db()).await?;
        let mut switched: BTreeMap<String, modes::Model> =
            switched.into_iter().map(|row| (row.rule.clone(), row)).collect();
        let state = |card: RuleCard| {
            let (count, wrong) = hits.get(&card.id).copied().unwrap_or_default();
            let row = switched.remove(&card.id);
            RuleState {
                mode: row.as_ref().and_then(|row| Mode::parse(&row.mode)).unwrap_or(Mode::Enforce),
                hits: count,
                false_alarms: wrong,
                changed_at: row.as_ref().map(|row| Timestamp::from_millis(row.at)),
                changed_by: row.as_ref().map(|row| row.name.clone()),
                reason: row.map(|row| row.reason),
                card,
            }
        };
        Ok(rule_cards().into_iter().map(state).collect())
    }

    /// Switches a rule, on every server at once.
    pub async fn switch(&self, cx: &Cx, permit: &Permit, rule: &str, mode: Mode, reason: &str) -> Result<RuleState> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        let missing = || Error::NotFound { what: "rule", id: rule.to_owned() };
        let card = rule_cards().into_iter().find(|card| card.id == rule).ok_or_else(missing)?;
        if card.fixed {
            return Err(Error::FixedRule(card.id));
        }
        let now = cx.now();
        let row = modes::ActiveModel {
            rule: Set(rule.to_owned()),
            mode: Set(mode.as_str().to_owned()),
            at: Set(now.as_millis()),
            actor: Set(actor_of(cx)?),
            name: Set(name_of(cx)),
            reason: Set(reason.clone()),
        };
        let replace = OnConflict::column(Column::Rule)
            .update_columns([Column::Mode, Column::At, Column::Actor, Column::Name, Column::Reason])
            .to_owned();
        let tx = self.store().begin().await?;
        let last = Entity::find_by_id(rule).one(&tx).await?;
        let before = last.and_then(|row| Mode::parse(&row.mode)).unwrap_or(Mode::Enforce);
        Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
        let details = json!({ "mode": mode, "before": before, "after": mode });
        self.write_down(&tx, cx, Deed::PolicyChanged, &format!("rule:{rule}"), &reason, details).await?;
        tx.commit().await?;
        self.follow().await?;
        Ok(RuleState {
            card,
            mode,
            hits: 0,
            false_alarms: 0,
            changed_at: Some(now),
            changed_by: Some(name_of(cx)),
            reason: Some(reason),
        })
    }

    /// Puts modes and words in force.
    pub(crate) async fn put_tuning_in_force(&self) -> Result<()> {
        let rows = Entity::find().all(self.store().db()).await?;
        let modes: BTreeMap<String, Mode> =
            rows.into_iter().filter_map(|row| Some((row.rule, Mode::parse(&row.mode)?))).collect();
        let library = self.library().await?;
        self.tuning().put_in_force(Settings { modes, library });
        Ok(())
    }
}
