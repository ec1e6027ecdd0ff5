//! The queue: putting in, looking, counting.

use identity::{Action, Cx, Permit, Scope};
use kernel::event::Deed;
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

use crate::item::{Item, NewItem, PastStep, Queued};
use crate::state::{State, Step};
use crate::tables::history;
use crate::tables::items::{self, Column};
use crate::terms::Kind;
use crate::work::unclaimed;
use crate::{Error, Result, Reviews, TOPIC};

/// The largest page.
const PAGE: u64 = 200;

/// Which items to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Those that wait, the most urgent first.
    Pending,
    /// Those that wait and that the one who asks can decide, the most urgent first.
    Tasks,
    /// Those among them that somebody must send another way, the most urgent first.
    Exceptions,
    /// Those that the one who asks put in and that are not decided, the most urgent first.
    Submitted,
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
    /// Why it was sent back or rejected, for its asker.
    pub reason: Option<String>,
    /// Whether somebody works on it.
    pub claimed: bool,
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
    /// Those that wait and that somebody must send another way.
    pub exceptions: u64,
}

impl Reviews {
    /// Puts something into the queue, in the caller's transaction. The asker is the one who acts in `cx`.
    ///
    /// The same asker's open item about the same in the same scenario is withdrawn, and the new one takes its place;
    /// a subject that is being reviewed is not put in a second time.
    pub async fn enqueue(&self, tx: &Tx<'_>, cx: &Cx, new: NewItem) -> Result<Queued> {
        if new.content_hash.is_empty() {
            return Err(Error::Unchecked);
        }
        let mut same = items::Entity::find()
            .filter(Column::Kind.eq(new.kind.as_str()))
            .filter(Column::Subject.eq(new.subject.as_str()));
        if new.kind != Kind::Answer {
            let over = [State::Approved, State::Edited, State::Rejected, State::Withdrawn].map(State::as_str);
            same = same.filter(Column::State.is_not_in(over));
        }
        if same.one(tx).await?.is_some() {
            return Err(Error::AlreadyQueued);
        }
        let superseded = self.supersede(tx, cx, &new).await?;
        let now = cx.now();
        let due = now.plus_secs(i64::from(new.terms.minutes) * 60);
        let due = superseded.as_ref().map_or(due, |old| due.min(old.due_at));
        let row = items::ActiveModel {
            id: Set(ReviewId::generate(cx.ids()).as_str().to_owned()),
            kind: Set(new.kind.as_str().to_owned()),
            subject: Set(new.subject),
            scenario_id: Set(new.scenario.map(|id| id.as_str().to_owned())),
            title: Set(new.title),
            asker: Set(actor_json(cx.actor())),
            asker_department: Set(cx.person().map(|person| person.department.id.as_str().to_owned())),
            level: Set(new.level.rank()),
            sameness: Set(new.sameness),
            payload: Set(new.payload.to_string()),
            content_hash: Set(new.content_hash),
            reason: Set(new.reason),
            failed_checks: Set(json!(new.failed_checks).to_string()),
            terms: Set(json!(new.terms).to_string()),
            needed: Set(i16::from(u8::from(new.terms.signatures))),
            department: Set(new.terms.department.map(|id| id.as_str().to_owned())),
            competence: Set(new.terms.competence),
            state: Set(State::Pending.as_str().to_owned()),
            version: Set(1),
            asked_at: Set(now.as_millis()),
            due_at: Set(due.as_millis()),
            escalated_at: Set(None),
            claimed_by: Set(None),
            claimed_until: Set(None),
            signed_by: Set(None),
            signed_at: Set(None),
            trouble: Set(None),
            decided_at: Set(None),
            decided_by: Set(None),
            decision_reason: Set(None),
            answer: Set(None),
            release_hash: Set(None),
        };
        let item = Item::read(row.insert(tx).await?)?;
        let details = json!({
            "kind": item.kind,
            "subject": item.subject,
            "scenario": item.scenario,
            "content": item.content_hash,
            "reason": item.reason,
            "failed_checks": item.failed_checks,
            "due_at": item.due_at,
            "terms": item.terms,
        });
        let deed = Deed::ReviewRequested;
        let written = Written { action: "requested", reason: None, answer: None, deed, details };
        self.write_down(tx, cx, &item, written).await?;
        Ok(Queued { item, superseded })
    }

    /// Withdraws the same asker's open item about the same.
    async fn supersede(&self, tx: &Tx<'_>, cx: &Cx, new: &NewItem) -> Result<Option<Item>> {
        let Some(scenario) = new.scenario.as_ref().filter(|_| !new.sameness.is_empty()) else { return Ok(None) };
        let mut waits = State::OPEN.map(State::as_str).to_vec();
        waits.push(State::Returned.as_str());
        let old = items::Entity::find()
            .filter(Column::Asker.eq(actor_json(cx.actor())))
            .filter(Column::Sameness.eq(new.sameness.as_str()))
            .filter(Column::Kind.eq(new.kind.as_str()))
            .filter(Column::ScenarioId.eq(scenario.as_str()))
            .filter(Column::State.is_in(waits))
            .one(tx)
            .await?;
        let Some(old) = old.map(Item::read).transpose()? else { return Ok(None) };
        let mut set = unclaimed();
        set.push((Column::State, Expr::value(State::Withdrawn.as_str())));
        set.push((Column::DecidedAt, Expr::value(cx.now().as_millis())));
        Ok(Some(self.step(tx, cx, &old, Step::Withdraw, None, set).await?))
    }

    /// One page of a shelf. The permit is for one scenario, or for the platform: then it shows every item up to
    /// its ceiling.
    pub async fn list(&self, cx: &Cx, permit: &Permit, shelf: Shelf, after: Option<&str>, limit: u64) -> Result<Page> {
        permit.demand(cx, &READ)?;
        let mut query = items::Entity::find().filter(visible(permit));
        let cursor = match after {
            None => None,
            Some(id) => Some(items::Entity::find_by_id(id).one(self.store.db()).await?.ok_or(Error::BadCursor)?),
        };
        query = match shelf {
            Shelf::Pending | Shelf::Tasks | Shelf::Exceptions | Shelf::Submitted => {
                let query = match shelf {
                    Shelf::Tasks => query.filter(is_open()).filter(self.can_take(cx).await?),
                    Shelf::Exceptions => query.filter(is_open()).filter(Column::Trouble.is_not_null()),
                    Shelf::Submitted => {
                        let mine = Column::Asker.eq(actor_json(cx.actor()));
                        query.filter(mine).filter(Column::DecidedAt.is_null())
                    }
                    Shelf::Pending | Shelf::Decided | Shelf::Mine => query.filter(is_open()),
                };
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
                    _ => query,
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
        permit.demand(cx, &READ)?;
        let item = self.item_in(self.store.db(), id).await?.filter(|item| covers(permit, item));
        let item = item.ok_or_else(|| Error::NotFound(id.clone()))?;
        let past = history::Entity::find()
            .filter(history::Column::ReviewId.eq(id.as_str()))
            .order_by_asc(history::Column::Version)
            .all(self.store.db())
            .await?;
        Ok((item, past.into_iter().map(PastStep::read).collect::<Result<_>>()?))
    }

    /// One item for whoever put it in; the caller has no permit to read the queue.
    pub async fn own_item(&self, cx: &Cx, id: &ReviewId) -> Result<Item> {
        let item = self.item_in(self.store.db(), id).await?.filter(|item| item.asker == *cx.actor());
        item.ok_or_else(|| Error::NotFound(id.clone()))
    }

    /// How the item of a run stands. The caller has seen that the run is the asker's.
    pub async fn standing(&self, run: &RunId) -> Result<Option<Standing>> {
        self.standing_of(Kind::Answer, run.as_str()).await
    }

    /// Everything of a kind that was ever put in, the latest first; about one subject when given. For whoever keeps
    /// such things and has asked for the permission to show them.
    pub async fn all_of(&self, kind: Kind, subject: Option<&str>) -> Result<Vec<Item>> {
        let mut query = items::Entity::find().filter(Column::Kind.eq(kind.as_str()));
        if let Some(subject) = subject {
            query = query.filter(Column::Subject.eq(subject));
        }
        let latest = query.order_by_desc(Column::AskedAt).order_by_desc(Column::Id);
        latest.all(self.store.db()).await?.into_iter().map(Item::read).collect()
    }

    /// How the latest item about something stands.
    pub async fn standing_of(&self, kind: Kind, subject: &str) -> Result<Option<Standing>> {
        let row = items::Entity::find()
            .filter(Column::Kind.eq(kind.as_str()))
            .filter(Column::Subject.eq(subject))
            .order_by_desc(Column::Id)
            .one(self.store.db())
            .await?;
        let Some(item) = row.map(Item::read).transpose()? else { return Ok(None) };
        let position = self.place_of(&item).await?;
        let reason = match item.state {
            State::Returned => self.last_reason(&item).await?,
            _ => item.decided.as_ref().and_then(|decided| decided.reason.clone()),
        };
        Ok(Some(Standing {
            position,
            reason,
            claimed: item.claim.is_some(),
            decided_at: item.decided.map(|decided| decided.at),
            id: item.id,
            state: item.state,
            due_at: item.due_at,
        }))
    }

    /// What the last step said.
    async fn last_reason(&self, item: &Item) -> Result<Option<String>> {
        let key = (item.id.as_str().to_owned(), item.version);
        Ok(history::Entity::find_by_id(key).one(self.store.db()).await?.and_then(|row| row.reason))
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
        permit.demand(cx, &READ)?;
        let db = self.store.db();
        let all = |condition: Condition| -> Select<items::Entity> {
            items::Entity::find().filter(visible(permit)).filter(condition)
        };
        Ok(Counts {
            pending: all(is_open()).count(db).await?,
            overdue: all(is_open().add(Column::DueAt.lt(cx.now().as_millis()))).count(db).await?,
            decided: all(Condition::all().add(Column::DecidedAt.is_not_null())).count(db).await?,
            exceptions: all(is_open().add(Column::Trouble.is_not_null())).count(db).await?,
        })
    }

    /// What this person can decide: not asked and not signed by themselves, not held by somebody else, and for their
    /// departments and competences or those they stand in for.
    async fn can_take(&self, cx: &Cx) -> Result<Condition> {
        let Some(me) = cx.user_id() else { return Ok(Condition::all().add(Column::Id.eq(""))) };
        let reach = self.reach(cx).await?;
        let mut fits = Condition::any();
        for (departments, competences) in reach {
            let departments: Vec<String> = departments.iter().map(|id| id.as_str().to_owned()).collect();
            let here = Condition::any().add(Column::Department.is_null()).add(Column::Department.is_in(departments));
            let able = Condition::any().add(Column::Competence.is_null()).add(Column::Competence.is_in(competences));
            fits = fits.add(Condition::all().add(here).add(able));
        }
        // Where an escalated item goes stands in its terms; the few of them are shown, and `why_not` says the rest.
        fits = fits.add(Column::EscalatedAt.is_not_null());
        let free = Condition::any()
            .add(Column::ClaimedBy.is_null())
            .add(Column::ClaimedBy.eq(me.as_str()))
            .add(Column::ClaimedUntil.lte(cx.now().as_millis()));
        let unsigned = Condition::any().add(Column::SignedBy.is_null()).add(Column::SignedBy.ne(me.as_str()));
        let others = Condition::all().add(Column::Asker.ne(actor_json(cx.actor())));
        Ok(others.add(unsigned).add(free).add(fits))
    }

    pub(crate) async fn item_in(&self, db: &impl ConnectionTrait, id: &ReviewId) -> Result<Option<Item>> {
        items::Entity::find_by_id(id.as_str()).one(db).await?.map(Item::read).transpose()
    }

    async fn place_of(&self, item: &Item) -> Result<Option<u64>> {
        if !item.state.is_open() {
            return Ok(None);
        }
        let before = items::Entity::find()
            .filter(is_open())
            .filter(earlier(Column::DueAt, item.due_at.as_millis(), item.id.as_str()))
            .count(self.store.db())
            .await?;
        Ok(Some(before + 1))
    }

    /// The step into the item's past, the record and the change log, in the transaction that takes it.
    pub(crate) async fn write_down(&self, tx: &Tx<'_>, cx: &Cx, item: &Item, written: Written<'_>) -> Result<()> {
        let past = history::ActiveModel {
            review_id: Set(item.id.as_str().to_owned()),
            version: Set(item.version),
            at: Set(cx.now().as_millis()),
            actor: Set(actor_json(cx.actor())),
            action: Set(written.action.to_owned()),
            reason: Set(written.reason.clone()),
            answer: Set(written.answer),
        };
        history::Entity::insert(past).exec_without_returning(tx).await?;
        let record = Record {
            reason: written.reason,
            ..cx.record(written.deed, format!("review:{}", item.id), written.details)
        };
        self.store.audit().append(tx, record).await?;
        self.store.changes().append(tx, TOPIC, item.id.as_str()).await?;
        Ok(())
    }
}

/// Permits that show the queue.
const READ: [Action; 3] = [Action::ReadReviews, Action::DecideReviews, Action::AssignReviews];

/// What is written about one step.
pub(crate) struct Written<'a> {
    pub(crate) action: &'a str,
    pub(crate) reason: Option<String>,
    pub(crate) answer: Option<String>,
    pub(crate) deed: Deed,
    pub(crate) details: Value,
}

fn is_open() -> Condition {
    Condition::all().add(Column::State.is_in(State::OPEN.map(State::as_str)))
}

/// Whether a permit reaches this item: its scenario, or the platform up to the ceiling.
pub(crate) fn covers(permit: &Permit, item: &Item) -> bool {
    let there = match permit.scope() {
        Scope::Platform => true,
        Scope::Scenario { id, .. } => item.scenario.as_ref() == Some(id),
        Scope::Collection { .. } => false,
    };
    there && item.level <= permit.ceiling() && item.kind.is_for(permit.action())
}

/// The same as [`covers`], for a query.
fn visible(permit: &Permit) -> Condition {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_for(permit.action())).map(Kind::as_str);
    let level = Condition::all().add(Column::Level.lte(permit.ceiling().rank())).add(Column::Kind.is_in(kinds));
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

fn actor_json(actor: &Actor) -> String {
    json!(actor).to_string()
}
