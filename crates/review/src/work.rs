//! Work on items between putting in and deciding: taking one, putting it back, sending it on, taking it back.

use identity::{Action, Cx, Permit};
use kernel::Actor;
use kernel::event::Deed;
use kernel::ids::{DepartmentId, ReviewId};
use serde_json::json;
use store::Tx;
use store::sea_orm::sea_query::{Expr, SimpleExpr};

use crate::decide::{bounded, over};
use crate::item::Item;
use crate::queue::{Written, covers};
use crate::state::{State, Step};
use crate::tables::items::Column;
use crate::terms::Kind;
use crate::{Error, Result, Reviews};

impl Reviews {
    /// Takes an item to work on it: others keep off until it is decided, released, or the time is over. Taking it
    /// again prolongs.
    pub async fn claim(&self, tx: &Tx<'_>, cx: &Cx, permit: &Permit, id: &ReviewId) -> Result<Item> {
        let item = self.seen(tx, cx, permit, id).await?;
        let by = self.eligible(tx, cx, permit, &item).await?;
        let until = cx.now().plus_secs(i64::from(item.terms.claim_minutes) * 60);
        let set =
            vec![(Column::ClaimedBy, Expr::value(by.as_str())), (Column::ClaimedUntil, Expr::value(until.as_millis()))];
        self.step(tx, cx, &item, Step::Claim, None, set).await
    }

    /// Puts an item back. Who holds it may, and who assigns.
    pub async fn release(&self, tx: &Tx<'_>, cx: &Cx, permit: &Permit, id: &ReviewId) -> Result<Item> {
        let item = self.seen(tx, cx, permit, id).await?;
        let holder = item.claim.as_ref().map(|claim| &claim.by);
        if permit.action() != Action::AssignReviews && holder != cx.user_id() {
            return Err(Error::Claimed);
        }
        self.step(tx, cx, &item, Step::Release, None, unclaimed()).await
    }

    /// Sends an item to another department or competence: how an exception is resolved. The terms it was put in
    /// with stay in the record.
    pub async fn assign(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        permit: &Permit,
        id: &ReviewId,
        department: Option<DepartmentId>,
        competence: Option<String>,
    ) -> Result<Item> {
        permit.demand(cx, &[Action::AssignReviews])?;
        let item = self.item_in(tx, id).await?.filter(|item| covers(permit, item));
        let item = item.ok_or_else(|| Error::NotFound(id.clone()))?;
        let mut set = unclaimed();
        set.push((Column::Department, Expr::value(department.as_ref().map(DepartmentId::as_str))));
        set.push((Column::Competence, Expr::value(competence)));
        set.push((Column::Trouble, Expr::value(None::<String>)));
        self.step(tx, cx, &item, Step::Assign, None, set).await
    }

    /// Takes an item back, in the caller's transaction. Only its asker may, or the platform itself.
    pub async fn withdraw(&self, tx: &Tx<'_>, cx: &Cx, id: &ReviewId) -> Result<Item> {
        let item = self.own(tx, cx, id).await?;
        let mut set = unclaimed();
        set.push((Column::State, Expr::value(State::Withdrawn.as_str())));
        set.push((Column::DecidedAt, Expr::value(cx.now().as_millis())));
        self.step(tx, cx, &item, Step::Withdraw, None, set).await
    }

    /// Puts what was sent back before the reviewers again, with a word of the asker. Its time begins anew.
    pub async fn resubmit(&self, tx: &Tx<'_>, cx: &Cx, id: &ReviewId, note: Option<String>) -> Result<Item> {
        let item = self.own(tx, cx, id).await?;
        let due = cx.now().plus_secs(i64::from(item.terms.minutes) * 60);
        let set = vec![
            (Column::State, Expr::value(State::Pending.as_str())),
            (Column::DueAt, Expr::value(due.as_millis())),
            (Column::EscalatedAt, Expr::value(None::<i64>)),
        ];
        self.step(tx, cx, &item, Step::Resubmit, bounded(note)?, set).await
    }

    /// Withdraws an item for its owner, because what it was about has changed; whoever asked for it.
    pub async fn withdraw_for(&self, tx: &Tx<'_>, cx: &Cx, id: &ReviewId) -> Result<Item> {
        let item = self.item_in(tx, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        let mut set = unclaimed();
        set.push((Column::State, Expr::value(State::Withdrawn.as_str())));
        set.push((Column::DecidedAt, Expr::value(cx.now().as_millis())));
        self.step(tx, cx, &item, Step::Withdraw, None, set).await
    }

    async fn seen(&self, tx: &Tx<'_>, cx: &Cx, permit: &Permit, id: &ReviewId) -> Result<Item> {
        let mut actions = Kind::ALL.map(Kind::decide_action).to_vec();
        actions.push(Action::AssignReviews);
        permit.demand(cx, &actions)?;
        let item = self.item_in(tx, id).await?.filter(|item| covers(permit, item));
        item.ok_or_else(|| Error::NotFound(id.clone()))
    }

    async fn own(&self, tx: &Tx<'_>, cx: &Cx, id: &ReviewId) -> Result<Item> {
        let item = self.item_in(tx, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        let platform = matches!(cx.actor(), Actor::System { .. });
        if platform || *cx.actor() == item.asker { Ok(item) } else { Err(Error::NotTheAsker) }
    }

    /// One step of the table with what it changes beside the state, and its record.
    pub(crate) async fn step(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        item: &Item,
        step: Step,
        reason: Option<String>,
        set: Vec<(Column, SimpleExpr)>,
    ) -> Result<Item> {
        let Some(next) = item.state.after(step, item.needed) else { return Err(over(item)) };
        let after = self.advance(tx, item, set).await?;
        if after.state != next {
            return kernel::never!(Err(Error::Damaged), "a step led somewhere else than its table says");
        }
        let details = json!({
            "decision": step,
            "kind": after.kind,
            "subject": after.subject,
            "scenario": after.scenario,
            "department": after.department,
            "competence": after.competence,
        });
        let deed = if next.is_final() { Deed::ReviewDecided } else { Deed::ReviewMoved };
        let written = Written { action: step.as_str(), reason, answer: None, deed, details };
        self.write_down(tx, cx, &after, written).await?;
        Ok(after)
    }
}

/// Nobody is at it.
pub(crate) fn unclaimed() -> Vec<(Column, SimpleExpr)> {
    vec![(Column::ClaimedBy, Expr::value(None::<String>)), (Column::ClaimedUntil, Expr::value(None::<i64>))]
}
