//! The queue: putting in, looking, taking back.

use guard::Checked;
use identity::{Action, Cx, Permit, Scope};
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::{ReviewId, RunId};
use kernel::{Actor, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use store::{Record, Tx};

use crate::item::{Item, NewItem, PastStep, not_passed};
use crate::state::{State, Step};
use crate::tables::history;
use crate::tables::reviews::{self, Column};
use crate::{Error, Result, Reviews, TOPIC};

/// The largest page.
const PAGE: u64 = 200;

/// Which items to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Those that wait, the most urgent first.
    Pending,
    /// Those that are decided or withdrawn, the latest first.
    Decided,
    /// Those that the one who asks has decided, the latest first.
    Mine,
}

/// One page of items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// Where the next page starts; nothing at the end.
    pub next: Option<String>,
}

/// How an item stands, for its asker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Which.
    pub id: ReviewId,
    /// Where it stands.
    pub state: State,
    /// Its place in the queue, from 1; nothing when it no longer waits.
    pub position: Option<u64>,
    /// When somebody should have decided.
    pub due_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

/// How many items there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Those that wait.
    pub pending: u64,
    /// Those among them past their deadline.
    pub overdue: u64,
    /// Those that are decided or withdrawn.
    pub decided: u64,
}

impl Reviews {
    /// Puts an answer into the queue, in the caller's transaction. The asker is the one who acts in `cx`.
    pub async fn enqueue(&self, tx: &Tx<'_>, cx: &Cx, new: NewItem<'_>) -> Result<Item> {
        let content_hash = signed(new.checked)?;
        if reviews::Entity::find().filter(Column::RunId.eq(new.run.as_str())).one(tx).await?.is_some() {
            return Err(Error::AlreadyQueued);
        }
        let now = cx.now();
        let row = reviews::ActiveModel {
            id: Set(ReviewId::generate(cx.ids()).as_str().to_owned()),
            run_id: Set(new.run.as_str().to_owned()),
            scenario_id: Set(new.scenario.as_str().to_owned()),
            asker: Set(actor_json(cx.actor())),
            asker_department: Set(cx.person().map(|person| person.department.id.as_str().to_owned())),
            level: Set(new.level.rank()),
            question_hash: Set(new.question_hash),
            draft: Set(new.draft.to_string()),
            content_hash: Set(content_hash),
            reason: Set(new.reason),
            failed_checks: Set(json!(not_passed(new.checked)).to_string()),
            state: Set(State::Pending.as_str().to_owned()),
            version: Set(1),
            asked_at: Set(now.as_millis()),
            due_at: Set(now.plus_secs(i64::from(new.due_minutes) * 60).as_millis()),
            decided_at: Set(None),
            decided_by: Set(None),
            decision_reason: Set(None),
            answer: Set(None),
            release_hash: Set(None),
        };
        let item = Item::read(row.insert(tx).await?)?;
        let details = json!({
            "run": item.run,
            "scenario": item.scenario,
            "content": item.content_hash,
            "reason": item.reason,
            "failed_checks": item.failed_checks,
            "due_at": item.due_at,
        });
        self.write_down(tx, cx, &item, "requested", None, Deed::ReviewRequested, details).await?;
        Ok(item)
    }

    /// One page of a shelf. The permit is for one scenario, or for the platform: then it shows every item up to
    /// its ceiling.
    pub async fn list(&self, cx: &Cx, permit: &Permit, shelf: Shelf, after: Option<&str>, limit: u64) -> Result<Page> {
        permit.demand(cx, &[Action::ReadReviews])?;
        let mut query = reviews::Entity::find().filter(visible(permit));
        let cursor = match after {
            None => None,
            Some(id) => Some(reviews::Entity::find_by_id(id).one(self.store.db()).await?.ok_or(Error::BadCursor)?),
        };
        query = match shelf {
            Shelf::Pending => {
                let query = query.filter(Column::State.eq(State::Pending.as_str()));
                let query = query.order_by_asc(Column::DueAt).order_by_asc(Column::Id);
                match cursor {
                    None => query,
                    Some(row) => query.filter(later(Column::DueAt, row.due_at, &row.id)),
                }
            }
            Shelf::Decided | Shelf::Mine => {
                let query = query.filter(Column::DecidedAt.is_not_null());
                let query = match (shelf, cx.user_id()) {
                    (Shelf::Mine, Some(me)) => query.filter(Column::DecidedBy.eq(me.as_str())),
                    (Shelf::Mine, None) => query.filter(Column::DecidedBy.eq("")),
                    (Shelf::Pending | Shelf::Decided, _) => query,
                };
                let query = query.order_by_desc(Column::DecidedAt).order_by_desc(Column::Id);
                match cursor.map(|row| (row.decided_at.ok_or(Error::BadCursor), row.id)) {
                    None => query,
                    Some((at, id)) => query.filter(earlier(Column::DecidedAt, at?, &id)),
                }
            }
        };
        let limit = limit.clamp(1, PAGE);
        let mut rows = query.limit(limit + 1).all(self.store.db()).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let items: Vec<Item> = rows.into_iter().map(Item::read).collect::<Result<_>>()?;
        let next = items.last().filter(|_| more).map(|item| item.id.as_str().to_owned());
        Ok(Page { items, next })
    }

    /// One item with its past.
    pub async fn get(&self, cx: &Cx, permit: &Permit, id: &ReviewId) -> Result<(Item, Vec<PastStep>)> {
        permit.demand(cx, &[Action::ReadReviews, Action::DecideReviews])?;
        let item = self.item_in(self.store.db(), id).await?.filter(|item| covers(permit, item));
        let item = item.ok_or_else(|| Error::NotFound(id.clone()))?;
        let past = history::Entity::find()
            .filter(history::Column::ReviewId.eq(id.as_str()))
            .order_by_asc(history::Column::Version)
            .all(self.store.db())
            .await?;
        Ok((item, past.into_iter().map(PastStep::read).collect::<Result<_>>()?))
    }

    /// The scenario of an item, to ask a permit for; no content.
    pub async fn scenario_of(&self, id: &ReviewId) -> Result<kernel::ids::ScenarioId> {
        let item = self.item_in(self.store.db(), id).await?;
        item.map(|item| item.scenario).ok_or_else(|| Error::NotFound(id.clone()))
    }

    /// How the item of a run stands. The caller has seen that the run is the asker's.
    pub async fn standing(&self, run: &RunId) -> Result<Option<Standing>> {
        let row = reviews::Entity::find().filter(Column::RunId.eq(run.as_str())).one(self.store.db()).await?;
        let Some(item) = row.map(Item::read).transpose()? else { return Ok(None) };
        let position = self.place_of(&item).await?;
        let decided_at = item.decided.map(|decided| decided.at);
        Ok(Some(Standing { id: item.id, state: item.state, position, due_at: item.due_at, decided_at }))
    }

    /// The place of an item in the queue, from 1; nothing when it no longer waits.
    pub async fn position(&self, id: &ReviewId) -> Result<Option<u64>> {
        match self.item_in(self.store.db(), id).await? {
            Some(item) => self.place_of(&item).await,
            None => Err(Error::NotFound(id.clone())),
        }
    }

    /// How many items there are that the permit shows.
    pub async fn counts(&self, cx: &Cx, permit: &Permit) -> Result<Counts> {
        permit.demand(cx, &[Action::ReadReviews])?;
        let db = self.store.db();
        let all = |condition: Condition| -> Select<reviews::Entity> {
            reviews::Entity::find().filter(visible(permit)).filter(condition)
        };
        let waits = || Condition::all().add(Column::State.eq(State::Pending.as_str()));
        Ok(Counts {
            pending: all(waits()).count(db).await?,
            overdue: all(waits().add(Column::DueAt.lt(cx.now().as_millis()))).count(db).await?,
            decided: all(Condition::all().add(Column::DecidedAt.is_not_null())).count(db).await?,
        })
    }

    /// Takes a question back, in the caller's transaction. Only its asker may, or the platform itself.
    pub async fn withdraw(&self, tx: &Tx<'_>, cx: &Cx, id: &ReviewId) -> Result<Item> {
        let item = self.item_in(tx, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        let platform = matches!(cx.actor(), Actor::System { .. });
        if !platform && *cx.actor() != item.asker {
            return Err(Error::NotTheAsker);
        }
        let step = Step::Withdraw;
        let Some(next) = item.state.after(step) else { return Err(Error::AlreadyDecided(item.state)) };
        let changed = reviews::Entity::update_many()
            .col_expr(Column::State, Expr::value(next.as_str()))
            .col_expr(Column::Version, Expr::value(item.version.saturating_add(1)))
            .col_expr(Column::DecidedAt, Expr::value(cx.now().as_millis()))
            .filter(Column::Id.eq(id.as_str()))
            .filter(Column::State.eq(item.state.as_str()))
            .filter(Column::Version.eq(item.version))
            .exec(tx)
            .await?;
        let after = self.item_in(tx, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        if changed.rows_affected != 1 {
            return Err(Error::AlreadyDecided(after.state));
        }
        let details = json!({ "decision": step, "run": after.run, "scenario": after.scenario });
        self.write_down(tx, cx, &after, step.as_str(), None, Deed::ReviewDecided, details).await?;
        Ok(after)
    }

    pub(crate) async fn item_in(&self, db: &impl ConnectionTrait, id: &ReviewId) -> Result<Option<Item>> {
        reviews::Entity::find_by_id(id.as_str()).one(db).await?.map(Item::read).transpose()
    }

    async fn place_of(&self, item: &Item) -> Result<Option<u64>> {
        if item.state != State::Pending {
            return Ok(None);
        }
        let before = reviews::Entity::find()
            .filter(Column::State.eq(State::Pending.as_str()))
            .filter(earlier(Column::DueAt, item.due_at.as_millis(), item.id.as_str()))
            .count(self.store.db())
            .await?;
        Ok(Some(before + 1))
    }

    /// The step into the item's past, the record and the change log, in the transaction that takes it.
    #[expect(clippy::too_many_arguments, reason = "one record has these parts, and only two callers write it")]
    pub(crate) async fn write_down(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        item: &Item,
        action: &str,
        reason: Option<String>,
        deed: Deed,
        details: Value,
    ) -> Result<()> {
        let past = history::ActiveModel {
            review_id: Set(item.id.as_str().to_owned()),
            version: Set(item.version),
            at: Set(cx.now().as_millis()),
            actor: Set(actor_json(cx.actor())),
            action: Set(action.to_owned()),
            reason: Set(reason.clone()),
        };
        history::Entity::insert(past).exec_without_returning(tx).await?;
        let record = Record {
            deed,
            actor: cx.actor(),
            subject: format!("review:{}", item.id),
            outcome: DeedOutcome::Done,
            reason,
            details,
            trace_id: cx.trace().to_owned(),
        };
        self.store.audit().append(tx, record).await?;
        self.store.changes().append(tx, TOPIC, item.id.as_str()).await?;
        Ok(())
    }
}

/// Whether a permit reaches this item: its scenario, or the platform up to the ceiling.
pub(crate) fn covers(permit: &Permit, item: &Item) -> bool {
    let there = match permit.scope() {
        Scope::Platform => true,
        Scope::Scenario { id, .. } => *id == item.scenario,
        Scope::Collection { .. } => false,
    };
    there && item.level <= permit.ceiling()
}

/// The same as [`covers`], for a query.
fn visible(permit: &Permit) -> Condition {
    let level = Condition::all().add(Column::Level.lte(permit.ceiling().rank()));
    match permit.scope() {
        Scope::Platform => level,
        Scope::Scenario { id, .. } => level.add(Column::ScenarioId.eq(id.as_str())),
        Scope::Collection { .. } => level.add(Column::Id.eq("")),
    }
}

/// After this place in rising order.
fn later(column: Column, value: i64, id: &str) -> Condition {
    Condition::any().add(column.gt(value)).add(Condition::all().add(column.eq(value)).add(Column::Id.gt(id)))
}

/// Before this place in rising order, so after it in falling order.
fn earlier(column: Column, value: i64, id: &str) -> Condition {
    Condition::any().add(column.lt(value)).add(Condition::all().add(column.eq(value)).add(Column::Id.lt(id)))
}

/// What a reviewer signs; a draft without a hash was not checked.
fn signed(checked: &Checked) -> Result<String> {
    if checked.hash().is_empty() { Err(Error::Unchecked) } else { Ok(checked.hash().to_owned()) }
}

fn actor_json(actor: &Actor) -> String {
    json!(actor).to_string()
}
