//! Metering (计量): what each call used, and budgets that hold.
//!
//! A call is in the journal before its end is told, so an acknowledged one survives `kill -9`. Batches go into the
//! table; one audit entry anchors each batch by the hash of its lines. Budgets are counted in the same transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kernel::event::{Deed, DeedOutcome};
use kernel::ids::ModelCallId;
use kernel::{Actor, Clock, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sea_orm::sea_query::{Expr, OnConflict};
use store::sea_orm::{self, ActiveValue::Set};
use store::sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use store::{Batch, Journal, Record, Store, sm3_hex};

use crate::tables::{calls, used};
use crate::{Error, OnBehalf};

/// Rows in one statement.
const ROWS: usize = 50;
/// Lines in one batch, so that no transaction grows without bound.
const BATCH: usize = 4_000;

/// One call, as it is recorded. Counts, codes and ids; never a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    /// Which.
    pub id: String,
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// Who: `key:…`, `user:…` or `visitor:…`.
    pub actor: String,
    /// For which department.
    pub department: String,
    /// In which scenario; empty for a call by route.
    pub scenario: String,
    /// By which route.
    pub route: String,
    /// The model that answered, or was tried last.
    pub model: String,
    /// `done`, `begun`, `cancelled`, `cut_off`, or the code of a refusal or failure.
    pub outcome: String,
    /// Whether it was streamed.
    pub stream: bool,
    /// Tokens read.
    pub tokens_in: u32,
    /// Tokens written, reasoning included.
    pub tokens_out: u32,
    /// Tokens of reasoning among them.
    pub tokens_reasoning: u32,
    /// Whether the tokens are an estimate of ours, because the model gave no counts.
    pub estimated: bool,
    /// Milliseconds in the queue.
    pub wait_ms: u32,
    /// Milliseconds to the first token.
    pub first_token_ms: u32,
    /// Milliseconds altogether.
    pub total_ms: u32,
    /// Estimated energy in milliwatt-hours.
    pub energy_mwh: u32,
    /// How many values were replaced by placeholders on the way in.
    pub masked: u32,
    /// What the guard stopped the answer by. Told to who observes; not part of what is recorded.
    #[serde(skip)]
    pub stopped_by: Vec<StoppedBy>,
}

/// A rule that stopped an answer, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedBy {
    /// The rule.
    pub rule: String,
    /// The code of GB/T 45654, such as `A1a`.
    pub category: String,
}

impl StoppedBy {
    /// What counted in a report of the guard that blocks: several doubts together block too.
    #[must_use]
    pub fn of(report: &guard::RiskReport) -> Vec<Self> {
        let counted = report.findings.iter().filter(|finding| finding.action != guard::Action::Observe);
        counted
            .map(|finding| Self { rule: finding.rule.clone(), category: finding.category.as_str().to_owned() })
            .collect()
    }
}

/// Metering of one server. A clone is the same one.
#[derive(Clone)]
pub struct Meter(Arc<Inner>);

struct Inner {
    store: Option<(Store, Journal)>,
    clock: Clock,
    state: Mutex<State>,
    /// One batch at a time.
    draining: tokio::sync::Mutex<()>,
    /// Told of every end, for measures.
    observer: OnceLock<Observer>,
}

/// Is told of every call that ended.
pub type Observer = Arc<dyn Fn(&Call) + Send + Sync>;

#[derive(Default)]
struct State {
    /// What the store counts, by who and month.
    counted: HashMap<(String, String), i64>,
    /// What was used since, or is being used.
    pending: HashMap<(String, String), i64>,
}

/// A call under way. Recorded when it is ended, and as cancelled when it is dropped before.
#[must_use = "a call that is dropped is recorded as cancelled"]
pub struct Metered {
    meter: Meter,
    /// What is known so far.
    pub call: Call,
    budgets: Vec<String>,
    month: String,
    reserved: i64,
    energy_mwh_per_1k: u32,
    ended: bool,
}

impl Drop for Metered {
    fn drop(&mut self) {
        if !self.ended {
            "cancelled".clone_into(&mut self.call.outcome);
            if let Err(error) = self.write() {
                tracing::error!(code = kernel::Fault::code(&error), "a cancelled call could not be recorded");
            }
        }
    }
}

impl Metered {
    /// The first token has come.
    pub fn first_token(&mut self) {
        if self.call.first_token_ms == 0 {
            self.call.first_token_ms = self.meter.since(self.call.at).max(1);
        }
    }

    /// About so many tokens are read, until the model's own count says how many they were.
    pub fn reads(&mut self, tokens: u32) {
        self.call.tokens_in = tokens;
        self.call.estimated = tokens > 0;
    }

    /// The model that answers, and what its tokens cost in energy.
    pub fn model(&mut self, model: &crate::ModelRecord) {
        model.id.clone_into(&mut self.call.model);
        self.energy_mwh_per_1k = model.energy_mwh_per_1k_tokens;
    }

    /// Records the end. When this fails there is no record, and so no answer.
    pub fn end(mut self, outcome: &str) -> Result<Call, Error> {
        self.ended = true;
        outcome.clone_into(&mut self.call.outcome);
        self.write()?;
        Ok(self.call.clone())
    }

    fn write(&mut self) -> Result<(), Error> {
        self.call.total_ms = self.meter.since(self.call.at);
        let energy = u64::from(self.call.tokens_out) * u64::from(self.energy_mwh_per_1k) / 1000;
        self.call.energy_mwh = u32::try_from(energy).unwrap_or(u32::MAX);
        let tokens = i64::from(self.call.tokens_in) + i64::from(self.call.tokens_out);
        {
            let mut state = self.meter.state();
            for who in &self.budgets {
                let pending = state.pending.entry((who.clone(), self.month.clone())).or_default();
                *pending += tokens - self.reserved;
            }
        }
        if let Some(observer) = self.meter.0.observer.get() {
            observer(&self.call);
        }
        let Some((_, journal)) = &self.meter.0.store else { return Ok(()) };
        let line = serde_json::to_string(&self.call).unwrap_or_default();
        Ok(journal.end(&self.call.id, &line)?)
    }
}

impl Meter {
    /// Metering into this store; calls that a killed process left in its journal are recorded first.
    pub async fn open(store: &Store) -> Result<Self, Error> {
        let (journal, left) = Journal::open(store.folder(), "calls")?;
        let inner = Inner {
            store: Some((store.clone(), journal)),
            clock: store.clock().clone(),
            state: Mutex::default(),
            draining: tokio::sync::Mutex::default(),
            observer: OnceLock::new(),
        };
        let meter = Self(Arc::new(inner));
        meter.keep(left, true).await?;
        Ok(meter)
    }

    /// Metering that keeps nothing, for tests of other things.
    #[must_use]
    pub fn nowhere(clock: Clock) -> Self {
        Self(Arc::new(Inner {
            store: None,
            clock,
            state: Mutex::default(),
            draining: tokio::sync::Mutex::default(),
            observer: OnceLock::new(),
        }))
    }

    /// Tells `observer` of every call that ends from now on.
    pub fn observe(&self, observer: Observer) {
        drop(self.0.observer.set(observer));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since(&self, at: i64) -> u32 {
        u32::try_from(self.0.clock.now().as_millis() - at).unwrap_or(0)
    }

    /// Begins a call whose budgets allow about `estimate` more tokens.
    pub fn begin(&self, id: String, on: &OnBehalf, route: &str, stream: bool, estimate: u32) -> Result<Metered, Error> {
        let now = self.0.clock.now();
        let month: String = now.date().to_string().chars().take(7).collect();
        let reserved = i64::from(estimate);
        let budgets: Vec<String> = on.budgets.iter().map(|(who, _)| who.clone()).collect();
        {
            let mut state = self.state();
            for (who, budget) in &on.budgets {
                let key = (who.clone(), month.clone());
                let used =
                    state.counted.get(&key).copied().unwrap_or(0) + state.pending.get(&key).copied().unwrap_or(0);
                if used.saturating_add(reserved) > i64::try_from(*budget).unwrap_or(i64::MAX) {
                    return Err(Error::BudgetSpent { who: who.clone(), budget: *budget });
                }
            }
            for who in &budgets {
                *state.pending.entry((who.clone(), month.clone())).or_default() += reserved;
            }
        }
        let call = Call {
            id,
            at: now.as_millis(),
            actor: on.actor.clone(),
            department: on.department.clone(),
            scenario: on.scenario.clone(),
            route: route.to_owned(),
            outcome: "begun".to_owned(),
            stream,
            ..Call::default()
        };
        let metered =
            Metered { meter: self.clone(), call, budgets, month, reserved, energy_mwh_per_1k: 0, ended: false };
        // The text of a stream leaves before its end is recorded: its beginning is, so that a kill hides nothing.
        if let (true, Some((_, journal))) = (stream, &self.0.store) {
            let line = serde_json::to_string(&metered.call).unwrap_or_default();
            journal.begin(&metered.call.id, &line)?;
        }
        Ok(metered)
    }

    /// Brings what the journal holds into the store. Called again and again.
    pub async fn drain(&self) -> Result<usize, Error> {
        let _one = self.0.draining.lock().await;
        let Some((_, journal)) = &self.0.store else { return Ok(0) };
        let batch = journal.take()?;
        self.keep(batch, false).await
    }

    async fn keep(&self, batch: Batch, after_kill: bool) -> Result<usize, Error> {
        let Some((store, journal)) = &self.0.store else { return Ok(0) };
        let read = |line: &String| serde_json::from_str::<Call>(line).ok();
        let mut ended: BTreeMap<String, Call> = BTreeMap::new();
        let mut begun: BTreeMap<String, Call> = BTreeMap::new();
        for call in batch.lines.iter().filter_map(read) {
            if call.outcome == "begun" {
                begun.insert(call.id.clone(), call);
            } else {
                ended.insert(call.id.clone(), call);
            }
        }
        if after_kill {
            for (id, mut call) in begun {
                "cut_off".clone_into(&mut call.outcome);
                ended.entry(id).or_insert(call);
            }
        }
        let all: Vec<Call> = ended.into_values().collect();
        for some in all.chunks(BATCH) {
            let counted = Box::pin(write(store, some, after_kill)).await?;
            let mut state = self.state();
            for (who, month, tokens) in counted {
                let key = (who, month);
                let drained: i64 =
                    if after_kill { 0 } else { some.iter().filter(|c| names(c, &key.0)).map(tokens_of).sum() };
                if let Some(pending) = state.pending.get_mut(&key) {
                    *pending -= drained;
                }
                state.counted.insert(key, tokens);
            }
        }
        let n = all.len();
        journal.settle(batch)?;
        Ok(n)
    }

    /// Reads what has been used this month, so that budgets hold from the first call on.
    pub async fn recount(&self) -> Result<(), Error> {
        let Some((store, _)) = &self.0.store else { return Ok(()) };
        let month: String = self.0.clock.now().date().to_string().chars().take(7).collect();
        let rows = used::Entity::find().filter(used::Column::Month.eq(month)).all(store.db()).await?;
        let mut state = self.state();
        for row in rows {
            state.counted.insert((row.who, row.month), row.tokens);
        }
        Ok(())
    }

    /// What `who` has used this month, the calls under way included.
    #[must_use]
    pub fn used_this_month(&self, who: &str) -> i64 {
        let month: String = self.0.clock.now().date().to_string().chars().take(7).collect();
        let key = (who.to_owned(), month);
        let state = self.state();
        state.counted.get(&key).copied().unwrap_or(0) + state.pending.get(&key).copied().unwrap_or(0)
    }

    /// Usage from day to day, both included, summed by what is asked for.
    pub async fn usage(&self, from: &str, to: &str, by: By) -> Result<Vec<UsageLine>, Error> {
        let Some((store, _)) = &self.0.store else { return Ok(Vec::new()) };
        let column = by.column();
        let sum = |column: calls::Column| sea_orm::sea_query::ExprTrait::sum(Expr::col(column));
        let found = calls::Entity::find()
            .select_only()
            .column_as(calls::Column::Day, "day")
            .column_as(column, "name")
            .column_as(sea_orm::sea_query::ExprTrait::count(Expr::col(calls::Column::Id)), "calls")
            .column_as(cast(sum(calls::Column::TokensIn)), "tokens_in")
            .column_as(cast(sum(calls::Column::TokensOut)), "tokens_out")
            .column_as(cast(sum(calls::Column::TokensReasoning)), "tokens_reasoning")
            .column_as(cast(sum(calls::Column::WaitMs)), "wait_ms")
            .column_as(cast(sum(calls::Column::FirstTokenMs)), "first_token_ms")
            .column_as(cast(sum(calls::Column::TotalMs)), "total_ms")
            .column_as(cast(sum(calls::Column::EnergyMwh)), "energy_mwh")
            .filter(calls::Column::Day.gte(from))
            .filter(calls::Column::Day.lte(to))
            .group_by(calls::Column::Day)
            .group_by(column)
            .order_by_asc(calls::Column::Day)
            .order_by_asc(column)
            .limit(10_000)
            .into_model::<UsageLine>()
            .all(store.db())
            .await?;
        Ok(found)
    }

    /// The newest calls first, from day to day.
    pub async fn calls(&self, from: &str, to: &str, limit: u64) -> Result<Vec<Call>, Error> {
        let Some((store, _)) = &self.0.store else { return Ok(Vec::new()) };
        let rows = calls::Entity::find()
            .filter(calls::Column::Day.gte(from))
            .filter(calls::Column::Day.lte(to))
            .order_by_desc(calls::Column::At)
            .limit(limit)
            .all(store.db())
            .await?;
        Ok(rows.iter().filter_map(|row| serde_json::from_str(&row.line).ok()).collect())
    }

    /// Compares the table with the hashes in the audit log. Gives the number of the first batch that does not fit.
    pub async fn verify(&self) -> Result<Option<i64>, Error> {
        let Some((store, _)) = &self.0.store else { return Ok(None) };
        let filter = store::AuditFilter { deed: Some(Deed::ModelsCalled), ..store::AuditFilter::default() };
        let mut before = None;
        let mut bad = None;
        loop {
            let page = store.audit().page(before, 500, &filter).await?;
            let Some(last) = page.last() else { return Ok(bad) };
            before = Some(last.seq);
            for entry in page {
                let rows = calls::Entity::find()
                    .filter(calls::Column::Batch.eq(entry.seq))
                    .order_by_asc(calls::Column::Place)
                    .all(store.db())
                    .await?;
                let lines: Vec<&str> = rows.iter().map(|row| row.line.as_str()).collect();
                if entry.details.get("sm3").and_then(|v| v.as_str()) != Some(&anchor(&lines)) {
                    bad = Some(entry.seq);
                }
            }
        }
    }
}

/// PostgreSQL gives sums of big integers as decimals.
fn cast(sum: Expr) -> Expr {
    sea_orm::sea_query::ExprTrait::cast_as(sum, "bigint")
}

fn anchor(lines: &[&str]) -> String {
    sm3_hex(lines.join("\n").as_bytes())
}

fn tokens_of(call: &Call) -> i64 {
    i64::from(call.tokens_in) + i64::from(call.tokens_out)
}

fn names(call: &Call, who: &str) -> bool {
    call.actor == who || who.strip_prefix("department:").is_some_and(|department| department == call.department)
}

/// Writes calls, their anchor and what they used in one transaction. Gives what the store now counts.
async fn write(store: &Store, some: &[Call], after_kill: bool) -> Result<Vec<(String, String, i64)>, Error> {
    let tx = store.begin().await?;
    let mut new: Vec<&Call> = some.iter().collect();
    if after_kill {
        // A batch may have been committed just before its process was killed.
        let ids = some.iter().map(|call| call.id.as_str());
        let known = calls::Entity::find().filter(calls::Column::Id.is_in(ids)).all(&tx).await?;
        new.retain(|call| !known.iter().any(|row| row.id == call.id));
    }
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<String> = new.iter().map(|call| serde_json::to_string(call).unwrap_or_default()).collect();
    let hashed: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for call in &new {
        *outcomes.entry(&call.outcome).or_default() += 1;
    }
    let record = Record {
        deed: Deed::ModelsCalled,
        actor: &Actor::System { reason: "metering".to_owned() },
        subject: "calls".to_owned(),
        outcome: DeedOutcome::Done,
        reason: None,
        details: json!({
            "calls": new.len(),
            "outcomes": outcomes,
            "tokens": new.iter().map(|call| tokens_of(call)).sum::<i64>(),
            "sm3": anchor(&hashed),
        }),
        trace_id: String::new(),
    };
    let batch = store.audit().append(&tx, record).await?.seq;
    let rows: Vec<calls::ActiveModel> =
        new.iter().zip(lines).zip(0..).map(|((call, line), place)| row(call, line, batch, place)).collect();
    for rows in rows.chunks(ROWS) {
        calls::Entity::insert_many(rows.iter().cloned()).exec_without_returning(&tx).await?;
    }
    let mut sums: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for call in &new {
        let month: String = Timestamp::from_millis(call.at).date().to_string().chars().take(7).collect();
        for who in [call.actor.clone(), format!("department:{}", call.department)] {
            let (tokens, requests) = sums.entry((who, month.clone())).or_default();
            *tokens += tokens_of(call);
            *requests += 1;
        }
    }
    let mut counted = Vec::new();
    for ((who, month), (tokens, requests)) in sums {
        let row = used::ActiveModel {
            who: Set(who.clone()),
            month: Set(month.clone()),
            tokens: Set(tokens),
            requests: Set(requests),
        };
        let add = |column: &str, more: i64| {
            sea_orm::sea_query::ExprTrait::add(Expr::col(("model_used", column.to_owned())), more)
        };
        let adds = OnConflict::columns([used::Column::Who, used::Column::Month])
            .value(used::Column::Tokens, add("tokens", tokens))
            .value(used::Column::Requests, add("requests", requests))
            .to_owned();
        used::Entity::insert(row).on_conflict(adds).exec_without_returning(&tx).await?;
        let now = used::Entity::find_by_id((who.clone(), month.clone())).one(&tx).await?;
        counted.push((who, month, now.map_or(tokens, |row| row.tokens)));
    }
    tx.commit().await?;
    Ok(counted)
}

fn row(call: &Call, line: String, batch: i64, place: i32) -> calls::ActiveModel {
    calls::ActiveModel {
        id: Set(call.id.clone()),
        batch: Set(batch),
        place: Set(place),
        at: Set(call.at),
        day: Set(Timestamp::from_millis(call.at).date().to_string()),
        actor: Set(call.actor.clone()),
        department: Set(call.department.clone()),
        scenario: Set(call.scenario.clone()),
        route: Set(call.route.clone()),
        model: Set(call.model.clone()),
        outcome: Set(call.outcome.clone()),
        tokens_in: Set(i64::from(call.tokens_in)),
        tokens_out: Set(i64::from(call.tokens_out)),
        tokens_reasoning: Set(i64::from(call.tokens_reasoning)),
        wait_ms: Set(i64::from(call.wait_ms)),
        first_token_ms: Set(i64::from(call.first_token_ms)),
        total_ms: Set(i64::from(call.total_ms)),
        energy_mwh: Set(i64::from(call.energy_mwh)),
        line: Set(line),
    }
}

/// By what usage is summed. One per line, sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// By who called.
    Actor,
    /// By department.
    Department,
    /// By model.
    Model,
    /// By how calls ended.
    Outcome,
    /// By route.
    Route,
    /// By scenario.
    Scenario,
}

impl By {
    fn column(self) -> calls::Column {
        match self {
            Self::Actor => calls::Column::Actor,
            Self::Department => calls::Column::Department,
            Self::Model => calls::Column::Model,
            Self::Outcome => calls::Column::Outcome,
            Self::Route => calls::Column::Route,
            Self::Scenario => calls::Column::Scenario,
        }
    }
}

/// What was used on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromQueryResult)]
pub struct UsageLine {
    /// The day.
    pub day: String,
    /// Of what: a department, a scenario, …
    pub name: String,
    /// How many calls.
    pub calls: i64,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// Tokens of reasoning among them.
    pub tokens_reasoning: i64,
    /// Milliseconds in the queue, summed.
    pub wait_ms: i64,
    /// Milliseconds to the first token, summed.
    pub first_token_ms: i64,
    /// Milliseconds altogether, summed.
    pub total_ms: i64,
    /// Estimated energy in milliwatt-hours.
    pub energy_mwh: i64,
}

/// A new id for a call.
pub(crate) fn call_id(store: &Store) -> String {
    ModelCallId::generate(store.ids()).to_string()
}
