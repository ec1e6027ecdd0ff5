//! Work orders in the store: made, listed, read by whom they concern.

use identity::{Action, Cx, Permit, Scope};
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::OrderId;
use kernel::{Region, Timestamp};
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::{Expr, ExprTrait as _};
use store::sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::Hotline;
use crate::error::{Error, Result};
use crate::order::{NewOrder, Order};
use crate::people::Caller;
use crate::state::Stand;
use crate::tables::order::{self, Column};
use crate::tables::step;

/// The largest page.
pub const PAGE: u64 = 200;

/// The columns of the desk (队列).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// 未接: received, nobody has taken it.
    Received,
    /// 处理中.
    Handling,
    /// 待审: a return, an extension or an answer waits for a decision.
    Checking,
    /// 待回访.
    Callback,
    /// 历史.
    History,
}

impl Shelf {
    /// All of them, in the order of the desk.
    pub const ALL: [Self; 5] = [Self::Received, Self::Handling, Self::Checking, Self::Callback, Self::History];

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Handling => "handling",
            Self::Checking => "checking",
            Self::Callback => "callback",
            Self::History => "history",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shelf| shelf.as_str() == name)
    }

    /// The states on it.
    #[must_use]
    pub fn stands(self) -> &'static [Stand] {
        match self {
            Self::Received => &[Stand::Received],
            Self::Handling => &[Stand::Accepted, Stand::Dispatched, Stand::Handling],
            Self::Checking => &[Stand::ReturnAsked, Stand::ExtensionAsked, Stand::Answered],
            Self::Callback => &[Stand::Callback],
            Self::History => &[Stand::Closed, Stand::Declined, Stand::Merged],
        }
    }
}

/// Which work orders.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// On this shelf.
    pub shelf: Option<Shelf>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Whose category's code begins so.
    pub category: Option<String>,
    /// In this region.
    pub region: Option<Region>,
    /// With this department, responsible or assisting.
    pub department: Option<String>,
    /// Whose clock ran out before this instant.
    pub overdue_at: Option<Timestamp>,
    /// Received at or after.
    pub from: Option<Timestamp>,
    /// Received before.
    pub to: Option<Timestamp>,
    /// With these words in number, summary or content.
    pub words: Option<String>,
}

/// A page of work orders, with how many there are in all.
#[derive(Debug)]
pub struct OrderPage {
    /// The work orders.
    pub items: Vec<(Order, Caller)>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<u64>,
    /// How many there are in all.
    pub total: u64,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMove {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// What.
    pub step: String,
    /// Where it led.
    pub stand: String,
    /// What was said to it.
    pub note: String,
}

impl Hotline {
    /// Makes a work order of what an operator adopted.
    pub async fn create(&self, cx: &Cx, new: NewOrder) -> Result<Order> {
        let permit = cx.permit(Action::TakeCalls, &Scope::Platform)?;
        let mut made = self.create_all(cx, &permit, vec![new]).await?;
        made.pop().ok_or_else(|| Error::NoOrder(String::new()))
    }

    /// Makes several work orders in one transaction: all or none.
    pub(crate) async fn create_all(&self, cx: &Cx, permit: &Permit, new: Vec<NewOrder>) -> Result<Vec<Order>> {
        permit.demand(cx, &[Action::TakeCalls])?;
        let mut begun = Vec::with_capacity(new.len());
        for new in new {
            begun.push(new.begin(self.policy(), OrderId::generate(cx.ids()), cx.now())?);
        }
        let store = cx.store();
        store
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let mut made = Vec::with_capacity(begun.len());
                    for (mut order, caller) in begun {
                        order.number = next_number(tx, order.received_at).await?;
                        insert(tx, &order, &caller, cx.now()).await?;
                        write_step(tx, &order, cx, "receive", "").await?;
                        record(tx, cx, &order, Deed::HotlineOrder, None, json!({ "step": "receive" })).await?;
                        made.push(order);
                    }
                    Ok(made)
                })
            })
            .await
    }

    /// Work orders that the actor may see, the most pressing first; in the history the latest first.
    pub async fn orders(&self, cx: &Cx, filter: &OrderFilter, after: u64, limit: u64) -> Result<OrderPage> {
        cx.permit(Action::ReadHotline, &Scope::Platform).map(drop)?;
        let wanted = order::Entity::find().filter(self.visible(cx)).filter(condition(filter));
        let db = cx.store().db();
        let total = wanted.clone().count(db).await?;
        let ordered = if filter.shelf.is_none_or(|shelf| shelf == Shelf::History) {
            wanted.order_by_desc(Column::ReceivedAt)
        } else {
            wanted.order_by_desc(Column::Urgency).order_by_asc(Column::DueAt)
        };
        let limit = limit.clamp(1, PAGE);
        let rows = ordered.order_by_desc(Column::Id).offset(after).limit(limit).all(db).await?;
        let items: Vec<_> = rows.iter().map(read).collect::<Result<_>>()?;
        let end = after + items.len() as u64;
        Ok(OrderPage { next: (end < total).then_some(end), items, total })
    }

    /// How many work orders that the actor may see lie on each shelf, and how many of them are overdue.
    pub async fn counts(&self, cx: &Cx) -> Result<Vec<(Shelf, u64, u64)>> {
        cx.permit(Action::ReadHotline, &Scope::Platform).map(drop)?;
        let mut counts = Vec::new();
        for shelf in Shelf::ALL {
            let of = |overdue_at| OrderFilter { shelf: Some(shelf), overdue_at, ..OrderFilter::default() };
            let mut both = [0, 0];
            for (count, filter) in both.iter_mut().zip([of(None), of(Some(cx.now()))]) {
                let found = order::Entity::find().filter(self.visible(cx)).filter(condition(&filter));
                *count = found.count(cx.store().db()).await?;
            }
            let [all, overdue] = both;
            counts.push((shelf, all, overdue));
        }
        Ok(counts)
    }

    /// Whether any work order is still on its way.
    pub async fn has_open_orders(&self) -> Result<bool> {
        let ended = [Stand::Closed, Stand::Declined, Stand::Merged].map(Stand::as_str);
        let open = order::Entity::find().filter(Column::Stand.is_not_in(ended)).limit(1);
        Ok(open.one(self.store().db()).await?.is_some())
    }

    /// One work order with its masked caller and what happened to it.
    pub async fn order(&self, cx: &Cx, id: &OrderId) -> Result<(Order, Caller, Vec<PastMove>)> {
        cx.permit(Action::ReadHotline, &Scope::Platform).map(drop)?;
        let (order, caller) = self.own(cx, cx.store().db(), id).await?;
        let rows = step::Entity::find()
            .filter(step::Column::OrderId.eq(id.as_str()))
            .order_by_asc(step::Column::Version)
            .all(cx.store().db())
            .await?;
        let past = rows.into_iter().map(|row| PastMove {
            at: Timestamp::from_millis(row.at),
            actor: row.actor,
            step: row.step,
            stand: row.stand,
            note: row.note,
        });
        let shown = self.shown(cx, &order, &caller);
        Ok((order, shown, past.collect()))
    }

    /// The caller in full, for a reason that is recorded. Nobody but the hotline opens a caller whose identity is kept.
    pub async fn reveal(&self, cx: &Cx, id: &OrderId, reason: &str) -> Result<Caller> {
        cx.permit(Action::RevealCallers, &Scope::Platform).map(drop)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > crate::order::NOTE_CHARS {
            return Err(Error::BadField { field: "reason", problem: "1 to 500 characters".to_owned() });
        }
        let (order, caller) = self.own(cx, cx.store().db(), id).await?;
        if order.secrecy && !self.is_hotline(cx) {
            return Err(Error::BadField { field: "secrecy", problem: "the caller's identity is kept".to_owned() });
        }
        let owned = reason.to_owned();
        let store = cx.store();
        store
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    record(tx, cx, &order, Deed::HotlineRevealed, Some(owned), json!({})).await?;
                    Ok(caller)
                })
            })
            .await
    }

    /// The caller as this person may see it in a list: masked, and nothing at all of a kept one outside the hotline.
    #[must_use]
    pub fn shown(&self, cx: &Cx, order: &Order, caller: &Caller) -> Caller {
        if order.secrecy && !self.is_hotline(cx) {
            return Caller { anonymous: true, ..Caller::default() };
        }
        caller.masked()
    }

    /// Whether the actor works for the hotline itself.
    pub(crate) fn is_hotline(&self, cx: &Cx) -> bool {
        cx.may(Action::TakeCalls, &Scope::Platform)
    }

    /// The departments of the city's file whose orders the actor's own department handles.
    #[must_use]
    pub fn own_departments(&self, cx: &Cx) -> Vec<String> {
        let Some(person) = cx.person() else { return Vec::new() };
        let own = |account: &kernel::ids::DepartmentId| person.department.path.contains(account);
        let all = self.policy().departments().iter();
        all.filter(|department| department.account.as_ref().is_some_and(own)).map(|d| d.id.clone()).collect()
    }

    /// What the actor may see: everything for the hotline and who supervises it, else what is with the own department.
    fn visible(&self, cx: &Cx) -> Condition {
        if self.is_hotline(cx) || cx.may(Action::SuperviseOrders, &Scope::Platform) {
            return Condition::all();
        }
        let mut any = Condition::any().add(Expr::value(false));
        for own in self.own_departments(cx) {
            any = any.add(Column::Responsible.eq(&own)).add(Column::Assisting.contains(format!(",{own},")));
        }
        any
    }

    /// A work order that the actor may see, with its caller in full.
    pub(crate) async fn own(&self, cx: &Cx, db: &impl ConnectionTrait, id: &OrderId) -> Result<(Order, Caller)> {
        let found = order::Entity::find_by_id(id.as_str()).filter(self.visible(cx)).one(db).await?;
        // Not "denied": whether a work order exists is nobody else's business.
        read(&found.ok_or_else(|| Error::NoOrder(id.to_string()))?)
    }

    /// The appeals of the last `days` days that the actor may see, the oldest first.
    pub(crate) async fn recent(&self, cx: &Cx, days: u32, most: u64) -> Result<Vec<Order>> {
        let from = cx.now().plus_secs(-i64::from(days) * 86_400);
        let filter = OrderFilter { from: Some(from), ..OrderFilter::default() };
        let mut rows = order::Entity::find()
            .filter(self.visible(cx))
            .filter(condition(&filter))
            .filter(Column::Stand.is_not_in([Stand::Merged.as_str(), Stand::Declined.as_str()]))
            .order_by_desc(Column::ReceivedAt)
            .limit(most)
            .all(cx.store().db())
            .await?;
        rows.reverse();
        rows.iter().map(|row| read(row).map(|(order, _)| order)).collect()
    }
}

fn condition(filter: &OrderFilter) -> Condition {
    let mut all = Condition::all();
    if let Some(shelf) = filter.shelf {
        all = all.add(Column::Stand.is_in(shelf.stands().iter().map(|stand| stand.as_str())));
    }
    if let Some(kind) = &filter.kind {
        all = all.add(Column::Kind.eq(kind));
    }
    if let Some(category) = &filter.category {
        all = all.add(Column::Category.starts_with(category));
    }
    if let Some(region) = &filter.region {
        let stem = region.as_str().trim_end_matches("00");
        all = all.add(Column::Region.starts_with(stem));
    }
    if let Some(department) = &filter.department {
        let assists = Column::Assisting.contains(format!(",{department},"));
        all = all.add(Condition::any().add(Column::Responsible.eq(department)).add(assists));
    }
    if let Some(now) = filter.overdue_at {
        all = all.add(Column::DueAt.lt(now.as_millis()));
    }
    if let Some(from) = filter.from {
        all = all.add(Column::ReceivedAt.gte(from.as_millis()));
    }
    if let Some(to) = filter.to {
        all = all.add(Column::ReceivedAt.lt(to.as_millis()));
    }
    if let Some(words) = filter.words.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        // The record holds no personal data; its JSON keeps Han characters as they are.
        let mut any = Condition::any().add(Column::Number.starts_with(words));
        any = any.add(
            Expr::col((order::Entity, Column::Record)).like(format!("%{}%", words.replace(['%', '_', '"', '\\'], ""))),
        );
        all = all.add(any);
    }
    all
}

/// The next number of the day: `20261125-0001`. Writers take turns, so nobody sees the same count.
async fn next_number(tx: &Tx<'_>, received_at: Timestamp) -> Result<String> {
    let day = received_at.date().strftime("%Y%m%d").to_string();
    let last = order::Entity::find()
        .filter(Column::Number.starts_with(format!("{day}-")))
        .order_by_desc(Column::Number)
        .one(tx)
        .await?;
    let last: u32 = last.and_then(|row| row.number.rsplit('-').next()?.parse().ok()).unwrap_or(0);
    Ok(format!("{day}-{:05}", last + 1))
}

async fn insert(tx: &Tx<'_>, new: &Order, caller: &Caller, now: Timestamp) -> Result<()> {
    let mut row = columns(new, now)?;
    row.id = Set(new.id.to_string());
    row.number = Set(new.number.clone());
    row.received_at = Set(new.received_at.as_millis());
    row.caller = Set(to_json(caller)?);
    order::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes the present state of a work order.
pub(crate) async fn save(tx: &Tx<'_>, changed: &Order, now: Timestamp) -> Result<()> {
    let mut row = columns(changed, now)?;
    row.id = store::sea_orm::ActiveValue::Unchanged(changed.id.to_string());
    order::Entity::update(row).exec(tx).await?;
    Ok(())
}

fn columns(order: &Order, now: Timestamp) -> Result<order::ActiveModel> {
    let assisting: String = order.assisting.iter().map(|id| format!("{id},")).collect();
    Ok(order::ActiveModel {
        stand: Set(order.stand.as_str().to_owned()),
        kind: Set(order.kind.as_str().to_owned()),
        category: Set(order.category.as_ref().map(|category| category.code.clone())),
        region: Set(order.place.region.as_ref().map(ToString::to_string)),
        responsible: Set(order.responsible.clone()),
        assisting: Set(format!(",{assisting}")),
        urgency: Set(order.urgency.rank()),
        updated_at: Set(now.as_millis()),
        due_at: Set(order.clock.map(|clock| clock.due.as_millis())),
        version: Set(order.version),
        record: Set(to_json(order)?),
        ..Default::default()
    })
}

/// Writes a step into the history.
pub(crate) async fn write_step(tx: &Tx<'_>, order: &Order, cx: &Cx, step: &str, note: &str) -> Result<()> {
    let row = step::ActiveModel {
        order_id: Set(order.id.to_string()),
        version: Set(order.version),
        at: Set(cx.now().as_millis()),
        actor: Set(cx.actor().label()),
        step: Set(step.to_owned()),
        stand: Set(order.stand.as_str().to_owned()),
        note: Set(note.to_owned()),
    };
    step::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes a deed into the audit log. Numbers and codes only; never what somebody said.
pub(crate) async fn record(
    tx: &Tx<'_>,
    cx: &Cx,
    order: &Order,
    deed: Deed,
    reason: Option<String>,
    mut details: serde_json::Value,
) -> Result<()> {
    if let Some(details) = details.as_object_mut() {
        details.insert("number".to_owned(), json!(order.number));
        details.insert("stand".to_owned(), json!(order.stand));
    }
    let record = store::Record {
        deed,
        actor: cx.actor(),
        subject: order.id.to_string(),
        outcome: DeedOutcome::Done,
        reason,
        details,
        trace_id: cx.trace().to_owned(),
    };
    cx.store().audit().append(tx, record).await?;
    Ok(())
}

pub(crate) fn read(row: &order::Model) -> Result<(Order, Caller)> {
    let order = serde_json::from_str(&row.record).map_err(|source| Error::BadRecord { what: "work order", source })?;
    let caller = serde_json::from_str(&row.caller).map_err(|source| Error::BadRecord { what: "caller", source })?;
    Ok((order, caller))
}

pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::BadRecord { what: "work order", source })
}
