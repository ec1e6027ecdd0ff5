//! Taking a step with a work order: who may, whether the table allows it, and what it changes. One way for people and
//! for the clock.

use identity::{Action, Cx, Scope};
use kernel::event::Deed;
use kernel::ids::OrderId;
use kernel::{Actor, Timestamp};
use serde_json::json;
use store::Tx;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::clocks::{Running, running};
use crate::error::{Error, Result};
use crate::order::{CONTENT_CHARS, Callback, NOTE_CHARS, Order, Reply};
use crate::policy::Policy;
use crate::state::{Move, Stand, step};
use crate::tables::order;
use crate::{Hotline, orders, reply};

/// The most work orders that one look at the clocks takes.
const SWEEP: u64 = 500;

/// A step that somebody takes.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What.
    pub by: Move,
    /// The version that was seen.
    pub version: i32,
    /// Why, or what was said.
    pub note: String,
    /// 主办单位, for a dispatch.
    pub responsible: Option<String>,
    /// 协办单位, for a dispatch.
    pub assisting: Vec<String>,
    /// The reply, for an answer.
    pub reply: Option<String>,
    /// The earlier work order, for a merge.
    pub into: Option<OrderId>,
    /// 回访评价: contacted, solved, satisfaction 1 to 5.
    pub callback: Option<(bool, bool, u8)>,
    /// Quality tags.
    pub tags: Vec<String>,
}

impl Taken {
    /// A step with nothing but its name.
    #[must_use]
    pub fn plain(by: Move, version: i32) -> Self {
        Self {
            by,
            version,
            note: String::new(),
            responsible: None,
            assisting: Vec::new(),
            reply: None,
            into: None,
            callback: None,
            tags: Vec::new(),
        }
    }
}

impl Hotline {
    /// Takes a step with a work order and gives it back as it stands then.
    pub async fn take(&self, cx: &Cx, id: &OrderId, taken: Taken) -> Result<Order> {
        // Permission before the version: a refusal must not tell which version there is.
        let (order, _) = self.own(cx, cx.store().db(), id).await?;
        self.may_take(cx, &order, taken.by)?;
        let (hotline, id) = (self.clone(), id.clone());
        let store = cx.store();
        store
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let (mut order, _) = hotline.own(cx, tx, &id).await?;
                    if order.version != taken.version {
                        return Err(Error::Changed { seen: taken.version, now: order.version });
                    }
                    hotline.apply(tx, cx, &mut order, &taken).await?;
                    Ok(order)
                })
            })
            .await
    }

    /// The steps that this person may take with it now.
    #[must_use]
    pub fn open_moves(&self, cx: &Cx, order: &Order) -> Vec<Move> {
        let allowed = |by: &Move| {
            self.may_take(cx, order, *by).is_ok() && step(order.stand, *by, order.tally, self.policy().bounds()).is_ok()
        };
        order.stand.moves().into_iter().filter(allowed).collect()
    }

    /// Who takes which step: the hotline receives, dispatches and calls back; the department signs and answers;
    /// whoever supervises decides about time, returns and answers.
    fn may_take(&self, cx: &Cx, order: &Order, by: Move) -> Result<()> {
        let action = match by {
            Move::Accept
            | Move::Decline
            | Move::AnswerDirectly
            | Move::Dispatch
            | Move::Content
            | Move::Redo
            | Move::CloseAnyway
            | Move::Merge => Action::TakeCalls,
            Move::GrantReturn
            | Move::RefuseReturn
            | Move::GrantExtension
            | Move::RefuseExtension
            | Move::PassAnswer
            | Move::SendBack
            | Move::Remind => Action::SuperviseOrders,
            Move::Sign | Move::AskReturn | Move::AskExtension | Move::Answer => {
                let staffed = order
                    .responsible
                    .as_ref()
                    .and_then(|id| self.policy().department(id))
                    .is_some_and(|department| department.account.is_some());
                // A department without accounts here answers by telephone or letter, and the hotline writes it down.
                if !staffed && self.is_hotline(cx) { Action::TakeCalls } else { Action::HandleOrders }
            }
        };
        cx.permit(action, &Scope::Platform).map(drop)?;
        // A department acts on its own orders; one that only assists reads.
        if action == Action::HandleOrders
            && !order.responsible.as_ref().is_some_and(|id| self.own_departments(cx).contains(id))
        {
            return Err(Error::NoOrder(order.id.to_string()));
        }
        Ok(())
    }

    async fn apply(&self, tx: &Tx<'_>, cx: &Cx, order: &mut Order, taken: &Taken) -> Result<()> {
        let policy = self.policy();
        let now = cx.now();
        let (stand, tally) = step(order.stand, taken.by, order.tally, policy.bounds())?;
        if taken.note.chars().count() > NOTE_CHARS {
            return Err(Error::BadField { field: "note", problem: format!("more than {NOTE_CHARS} characters") });
        }
        change(policy, order, taken, now)?;
        if taken.by == Move::Merge {
            self.merge(tx, cx, order, taken).await?;
        }
        let entered = if stand == order.stand { order.clock.map_or(now, |clock| clock.since) } else { now };
        order.stand = stand;
        order.tally = tally;
        order.version += 1;
        order.clock = running(policy, stand, entered, order.handling);
        let note = crate::hidden(taken.note.trim());
        orders::save(tx, order, now).await?;
        orders::write_step(tx, order, cx, taken.by.as_str(), &note).await?;
        let details = json!({ "step": taken.by, "responsible": order.responsible });
        orders::record(tx, cx, order, Deed::HotlineOrder, None, details).await
    }

    /// Counts a repeat on the earlier work order, which goes on alone.
    async fn merge(&self, tx: &Tx<'_>, cx: &Cx, order: &mut Order, taken: &Taken) -> Result<()> {
        let bad = |problem: &str| Error::BadField { field: "into", problem: problem.to_owned() };
        let into = taken.into.as_ref().ok_or_else(|| bad("names no work order"))?;
        let (mut earlier, _) = self.own(cx, tx, into).await?;
        if earlier.id == order.id {
            return Err(bad("a work order is not merged into itself"));
        }
        if matches!(earlier.stand, Stand::Merged | Stand::Declined) {
            return Err(bad("that work order was itself merged or declined"));
        }
        earlier.repeats += 1;
        // What is said again and more urgently is urgent.
        earlier.urgency = earlier.urgency.max(order.urgency);
        earlier.version += 1;
        orders::save(tx, &earlier, cx.now()).await?;
        orders::write_step(tx, &earlier, cx, "repeat", &order.number).await?;
        order.merged_into = Some(earlier.id);
        Ok(())
    }

    /// Looks at all clocks: marks what ran out, and reminds departments whose time runs out. Gives how many it marked
    /// and how many it reminded.
    pub async fn watch_clocks(&self, cx: &Cx) -> Result<(usize, usize)> {
        if !matches!(cx.actor(), Actor::System { .. }) {
            cx.permit(Action::SuperviseOrders, &Scope::Platform).map(drop)?;
        }
        let now = cx.now();
        let running: Vec<&str> =
            Stand::ALL.iter().filter(|stand| !stand.is_final()).map(|stand| stand.as_str()).collect();
        let rows = order::Entity::find()
            .filter(order::Column::Stand.is_in(running))
            .order_by_desc(order::Column::Urgency)
            .order_by_asc(order::Column::DueAt)
            .limit(SWEEP)
            .all(cx.store().db())
            .await?;
        let (mut marked, mut reminded) = (0, 0);
        let percent = self.policy().settings.limits.remind_percent;
        for row in rows {
            let (order, _) = orders::read(&row)?;
            let over = !order.late && order.clock.is_some_and(|clock| clock.is_over(now));
            let near = !order.reminded
                && order.stand.is_handling()
                && order.handling.is_some_and(|clock| now >= clock.at_percent(percent));
            if !over && !near {
                continue;
            }
            let hotline = self.clone();
            let store = cx.store();
            store
                .write::<_, Error, _>(|tx| {
                    Box::pin(async move {
                        let (mut order, _) = match order::Entity::find_by_id(order.id.as_str()).one(tx).await? {
                            // Somebody took a step meanwhile: the next look sees it.
                            Some(row) if row.version == order.version => orders::read(&row)?,
                            _ => return Ok(()),
                        };
                        order.late |= over;
                        order.reminded |= near;
                        let note = if over { "overdue" } else { "due_soon" };
                        let by = if order.stand.after(Move::Remind).is_some() { Move::Remind } else { Move::Accept };
                        if by == Move::Remind {
                            let taken = Taken { note: note.to_owned(), ..Taken::plain(Move::Remind, order.version) };
                            return hotline.apply(tx, cx, &mut order, &taken).await;
                        }
                        // Nobody has taken it yet, so there is nobody to remind; it is marked.
                        order.version += 1;
                        orders::save(tx, &order, cx.now()).await?;
                        orders::write_step(tx, &order, cx, "overdue", note).await
                    })
                })
                .await?;
            marked += usize::from(over);
            reminded += usize::from(near);
        }
        Ok((marked, reminded))
    }
}

/// What a step changes beside the state.
fn change(policy: &Policy, order: &mut Order, taken: &Taken, now: Timestamp) -> Result<()> {
    let bad = |field: &'static str, problem: &str| Error::BadField { field, problem: problem.to_owned() };
    let needs_note = matches!(
        taken.by,
        Move::Decline
            | Move::AskReturn
            | Move::RefuseReturn
            | Move::AskExtension
            | Move::RefuseExtension
            | Move::SendBack
            | Move::Redo
            | Move::CloseAnyway
    );
    if needs_note && taken.note.trim().is_empty() {
        return Err(bad("note", "this step needs a reason"));
    }
    match taken.by {
        Move::Dispatch => {
            let responsible = taken.responsible.as_deref().ok_or_else(|| bad("responsible", "names no department"))?;
            for id in taken.assisting.iter().map(String::as_str).chain([responsible]) {
                if policy.department(id).is_none() {
                    return Err(bad("responsible", "is not a department of policies/hotline.toml"));
                }
            }
            order.responsible = Some(responsible.to_owned());
            order.assisting = taken.assisting.iter().filter(|id| *id != responsible).cloned().collect();
            order.assisting.dedup();
            if order.handling.is_none() {
                order.handling = Some(handling(policy, order, order.received_at));
            }
        }
        Move::AskReturn => {
            let limit = policy.clocks().return_within;
            if order.signed_at.is_some_and(|at| limit.ends(at, policy.calendar(), policy.day_ends()) < now) {
                return Err(Error::TooLate("ask_return"));
            }
        }
        Move::Sign => order.signed_at = Some(now),
        Move::GrantReturn => {
            order.signed_at = None;
            order.responsible = None;
            order.assisting.clear();
        }
        Move::GrantExtension => {
            if let Some(clock) = order.handling.as_mut() {
                let limit = policy
                    .clocks()
                    .handling(order.kind, order.urgency)
                    .percent(policy.settings.limits.extension_percent);
                clock.due = limit.ends(clock.due, policy.calendar(), policy.day_ends());
                order.reminded = false;
            }
        }
        Move::Answer | Move::AnswerDirectly => {
            let text = taken.reply.as_deref().map(str::trim).unwrap_or_default();
            if text.is_empty() || text.chars().count() > CONTENT_CHARS {
                return Err(bad("reply", "1 to 4000 characters"));
            }
            let due = order.handling.map(|clock| clock.due);
            let checks = reply::check(policy, &format!("{}\n{}", order.summary, order.content), text, due, now);
            order.reply = Some(Reply { text: crate::hidden(text), at: now, checks });
        }
        Move::Redo => {
            order.signed_at = None;
            order.handling = Some(handling(policy, order, now));
            order.reminded = false;
        }
        _ => {}
    }
    if let (Move::Content | Move::Redo | Move::CloseAnyway, Some((contacted, solved, satisfaction))) =
        (taken.by, taken.callback)
    {
        if !(1..=5).contains(&satisfaction) {
            return Err(bad("satisfaction", "must lie between 1 and 5"));
        }
        order.callback = Some(Callback { at: now, contacted, solved, satisfaction });
    }
    if taken.tags.len() > 10 || taken.tags.iter().any(|tag| tag.chars().count() > 20) {
        return Err(bad("tags", "at most 10 of 20 characters each"));
    }
    if !taken.tags.is_empty() {
        order.tags.clone_from(&taken.tags);
    }
    Ok(())
}

fn handling(policy: &Policy, order: &Order, since: Timestamp) -> Running {
    let limit = policy.clocks().handling(order.kind, order.urgency);
    Running { since, due: limit.ends(since, policy.calendar(), policy.day_ends()) }
}
