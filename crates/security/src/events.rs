//! Events: what each protective stage saw and did. Counted in memory for a moment and written together, so that a
//! flood costs a number and not a row each time.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::Deed;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sea_orm::ActiveValue::{NotSet, Set};
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{
    self, ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::tables::events::{self, Column, Entity};
use crate::{Error, Result, Security, reasoned};

/// Different sightings that wait to be written at once; what comes on top is counted without its caller.
const MOST_WAITING: usize = 4_096;
/// Events older than this are swept out.
const KEPT_DAYS: i64 = 180;

/// A protective stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Screening of what enters.
    Input,
    /// The electronic fence.
    Fence,
    /// The door out.
    Egress,
    /// Checks of what a model wrote.
    Output,
    /// Limits, floods, suspensions.
    Abuse,
    /// What waits for a person.
    Review,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 6] = [Self::Input, Self::Fence, Self::Egress, Self::Output, Self::Abuse, Self::Review];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Fence => "fence",
            Self::Egress => "egress",
            Self::Output => "output",
            Self::Abuse => "abuse",
            Self::Review => "review",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// What followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was stopped.
    Blocked,
    /// It waits for a person.
    Held,
    /// It was only counted.
    Observed,
    /// It went on, slower or after a challenge.
    Limited,
}

impl Outcome {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Held => "held",
            Self::Observed => "observed",
            Self::Limited => "limited",
        }
    }
}

/// Something a stage saw. Names and ids only; never the words of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sighting {
    /// Which stage.
    pub stage: Stage,
    /// The rule, policy, entry or limit.
    pub rule: String,
    /// What it is about, such as `goal_hijack`.
    pub category: String,
    /// What followed.
    pub outcome: Outcome,
    /// The caller, as the record names it.
    pub caller: String,
    /// What it happened to, such as a run.
    pub subject: String,
}

/// What is counted together.
pub(crate) type Key = Sighting;

/// How often, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally {
    first: Timestamp,
    last: Timestamp,
    count: i64,
}

/// An event, as an officer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub id: i64,
    /// When it was seen first.
    pub at: Timestamp,
    /// When it was seen last.
    pub last_at: Timestamp,
    /// How often in between.
    pub count: i64,
    /// What was seen.
    pub stage: String,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub category: String,
    /// What followed.
    pub outcome: String,
    /// The caller.
    pub caller: String,
    /// What it happened to.
    pub subject: String,
    /// Whether an officer called it a false alarm.
    pub false_alarm: bool,
    /// The officer's note.
    pub note: Option<String>,
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this stage.
    pub stage: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Of this caller.
    pub caller: Option<String>,
    /// Before this number.
    pub before: Option<i64>,
}

/// A page of events, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub items: Vec<Event>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// Counts of one stage since some instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageCounts {
    /// By outcome.
    pub outcomes: BTreeMap<String, i64>,
    /// The rules seen most, with how often.
    pub rules: Vec<(String, i64)>,
    /// Called false alarms.
    pub false_alarms: i64,
}

#[derive(Debug, FromQueryResult)]
struct Summed {
    stage: String,
    rule: String,
    outcome: String,
    false_alarm: bool,
    total: i64,
}

impl From<events::Model> for Event {
    fn from(row: events::Model) -> Self {
        Self {
            id: row.id,
            at: Timestamp::from_millis(row.at),
            last_at: Timestamp::from_millis(row.last_at),
            count: row.count,
            stage: row.stage,
            rule: row.rule,
            category: row.category,
            outcome: row.outcome,
            caller: row.caller,
            subject: row.subject,
            false_alarm: row.false_alarm,
            note: row.note,
        }
    }
}

impl Security {
    /// Notes something that a stage saw. It costs no write; [`Security::flush`] follows.
    pub fn saw(&self, sighting: Sighting) {
        let now = self.store().clock().now();
        let mut waiting = self.inner.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        let sighting = if waiting.len() < MOST_WAITING || waiting.contains_key(&sighting) {
            sighting
        } else {
            Sighting { caller: "others".to_owned(), subject: String::new(), ..sighting }
        };
        let tally = waiting.entry(sighting).or_insert(Tally { first: now, last: now, count: 0 });
        tally.last = now;
        tally.count += 1;
    }

    /// Writes what was seen since the last time. Whoever comes while that is written waits for it; what could not be
    /// written waits for the next time.
    pub async fn flush(&self) -> Result<()> {
        let _turn = self.inner.flushing.lock().await;
        let waiting: Vec<(Key, Tally)> = {
            let waiting = self.inner.sightings.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.iter().map(|(key, tally)| (key.clone(), *tally)).collect()
        };
        if waiting.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(Key, Tally)> = waiting;
        rows.sort_by_key(|(key, tally)| (tally.first, key.stage));
        let tx = self.store().begin().await?;
        for chunk in rows.chunks(100) {
            let models = chunk.iter().map(|(key, tally)| events::ActiveModel {
                id: NotSet,
                at: Set(tally.first.as_millis()),
                last_at: Set(tally.last.as_millis()),
                count: Set(tally.count),
                stage: Set(key.stage.as_str().to_owned()),
                rule: Set(key.rule.clone()),
                category: Set(key.category.clone()),
                outcome: Set(key.outcome.as_str().to_owned()),
                caller: Set(key.caller.clone()),
                subject: Set(key.subject.clone()),
                false_alarm: Set(false),
                note: Set(None),
            });
            Entity::insert_many(models).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        let mut waiting = self.inner.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, written) in rows {
            let Some(tally) = waiting.get_mut(&key) else { continue };
            tally.count -= written.count;
            tally.first = written.last;
            if tally.count == 0 {
                waiting.remove(&key);
            }
        }
        Ok(())
    }

    /// Sweeps out what is older than half a year.
    pub async fn sweep(&self) -> Result<()> {
        let since = self.store().clock().now().plus_secs(-KEPT_DAYS * 86_400);
        let tx = self.store().begin().await?;
        Entity::delete_many().filter(Column::LastAt.lt(since.as_millis())).exec(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Events, the newest first.
    pub async fn events(&self, cx: &Cx, permit: &Permit, filter: &EventFilter, limit: u64) -> Result<EventPage> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        self.flush().await?;
        let mut query = Entity::find().order_by_desc(Column::Id).limit(limit.saturating_add(1));
        for (column, value) in [
            (Column::Stage, &filter.stage),
            (Column::Rule, &filter.rule),
            (Column::Outcome, &filter.outcome),
            (Column::Caller, &filter.caller),
        ] {
            if let Some(value) = value {
                query = query.filter(column.eq(value.as_str()));
            }
        }
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before));
        }
        let mut items: Vec<Event> = query.all(self.store().db()).await?.into_iter().map(Event::from).collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|event| event.id);
        Ok(EventPage { items, next })
    }

    /// Counts of each stage since an instant.
    pub async fn counts(&self, cx: &Cx, permit: &Permit, since: Timestamp) -> Result<BTreeMap<Stage, StageCounts>> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        self.flush().await?;
        let mut all: BTreeMap<Stage, StageCounts> =
            Stage::ALL.into_iter().map(|stage| (stage, StageCounts::default())).collect();
        for row in self.summed(since).await? {
            let Some(counts) = Stage::parse(&row.stage).and_then(|stage| all.get_mut(&stage)) else { continue };
            *counts.outcomes.entry(row.outcome).or_default() += row.total;
            if row.false_alarm {
                counts.false_alarms += row.total;
            }
            match counts.rules.iter_mut().find(|(rule, _)| *rule == row.rule) {
                Some((_, total)) => *total += row.total,
                None => counts.rules.push((row.rule, row.total)),
            }
        }
        for counts in all.values_mut() {
            counts.rules.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            counts.rules.truncate(5);
        }
        Ok(all)
    }

    /// How often each rule was seen since an instant, and how often it was called a false alarm.
    pub(crate) async fn hits(&self, since: Timestamp) -> Result<BTreeMap<String, (i64, i64)>> {
        let mut hits: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for row in self.summed(since).await? {
            let (all, wrong) = hits.entry(row.rule).or_default();
            *all += row.total;
            *wrong += if row.false_alarm { row.total } else { 0 };
        }
        Ok(hits)
    }

    async fn summed(&self, since: Timestamp) -> Result<Vec<Summed>> {
        Ok(Entity::find()
            .select_only()
            .columns([Column::Stage, Column::Rule, Column::Outcome, Column::FalseAlarm])
            .column_as(Expr::cust("CAST(SUM(count) AS BIGINT)"), "total")
            .filter(Column::LastAt.gte(since.as_millis()))
            .group_by(Column::Stage)
            .group_by(Column::Rule)
            .group_by(Column::Outcome)
            .group_by(Column::FalseAlarm)
            .into_model::<Summed>()
            .all(self.store().db())
            .await?)
    }

    /// Calls an event a false alarm, or takes that back.
    pub async fn mark(&self, cx: &Cx, permit: &Permit, id: i64, false_alarm: bool, note: &str) -> Result<Event> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let note = reasoned(note)?;
        let missing = || Error::NotFound { what: "event", id: id.to_string() };
        let tx = self.store().begin().await?;
        let row = Entity::find_by_id(id).one(&tx).await?.ok_or_else(missing)?;
        Entity::update_many()
            .col_expr(Column::FalseAlarm, Expr::value(false_alarm))
            .col_expr(Column::Note, Expr::value(Some(note.clone())))
            .filter(Column::Id.eq(id))
            .exec(&tx)
            .await?;
        let details = json!({ "false_alarm": false_alarm, "rule": row.rule });
        self.write_down(&tx, cx, Deed::PolicyChanged, &format!("event:{id}"), &note, details).await?;
        tx.commit().await?;
        Ok(Event { false_alarm, note: Some(note), ..row.into() })
    }
}
