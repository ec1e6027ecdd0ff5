//! Tending the queue: what happens to items when time passes and nobody acts. Run by a worker, on every server; it
//! makes actual equal intended, so that running it twice changes nothing more.

use identity::Cx;
use kernel::ids::ScenarioId;
use kernel::{Fault as _, Kind as FaultKind};
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::item::{Item, Trouble};
use crate::roster::Roster;
use crate::state::{State, Step};
use crate::tables::items::{self, Column};
use crate::work::unclaimed;
use crate::{Result, Reviews};

/// So many open items are looked at in one round, the most urgent first.
const ROUND: u64 = 2_000;

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tended {
    /// Claims that had run out.
    pub released: u32,
    /// Items past their deadline that went to more people.
    pub escalated: u32,
    /// Items that came to the exceptions or left them.
    pub troubled: u32,
}

impl Reviews {
    /// One round over the open items: claims that ran out are released, deadlines that passed escalate, and what
    /// nobody can decide is put among the exceptions. `is_known` says whether a scenario is still there.
    pub async fn tend(&self, cx: &Cx, is_known: &(dyn Fn(&ScenarioId) -> bool + Sync)) -> Result<Tended> {
        let open = items::Entity::find()
            .filter(Column::State.is_in(State::OPEN.map(State::as_str)))
            .order_by_asc(Column::DueAt)
            .limit(ROUND)
            .all(self.store.db())
            .await?;
        let mut done = Tended::default();
        if open.is_empty() {
            return Ok(done);
        }
        let now = cx.now();
        let roster = match self.identity {
            Some(_) => Some(self.roster(identity::Action::DecideReviews).await?),
            None => None,
        };
        for row in open {
            let mut item = Item::read(row)?;
            if item.claim.as_ref().is_some_and(|claim| claim.until <= now)
                && let Some(after) = self.tended(cx, &item, Step::Release).await?
            {
                item = after;
                done.released += 1;
            }
            if item.is_overdue(now)
                && item.escalated_at.is_none()
                && let Some(after) = self.tended(cx, &item, Step::Escalate).await?
            {
                item = after;
                done.escalated += 1;
            }
            let trouble = trouble(&item, now, roster.as_ref(), is_known);
            if trouble != item.trouble && self.mark(&item, trouble).await? {
                done.troubled += 1;
            }
        }
        Ok(done)
    }

    /// Takes a step for the platform; nothing when somebody else was faster.
    async fn tended(&self, cx: &Cx, item: &Item, step: Step) -> Result<Option<Item>> {
        let mut set = unclaimed();
        if step == Step::Escalate {
            set.push((Column::EscalatedAt, Expr::value(cx.now().as_millis())));
        }
        let tx = self.store.begin().await?;
        match self.step(&tx, cx, item, step, None, set).await {
            Ok(after) => {
                tx.commit().await?;
                Ok(Some(after))
            }
            Err(error) if error.kind() == FaultKind::Conflict => {
                tx.rollback().await;
                Ok(None)
            }
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Notes that an item is among the exceptions, or no longer. Not a step: nothing about it changes.
    async fn mark(&self, item: &Item, trouble: Option<Trouble>) -> Result<bool> {
        let tx = self.store.begin().await?;
        let changed = items::Entity::update_many()
            .col_expr(Column::Trouble, Expr::value(trouble.map(Trouble::as_str)))
            .filter(Column::Id.eq(item.id.as_str()))
            .filter(Column::Version.eq(item.version))
            .exec(&tx)
            .await?;
        self.store.changes().append(&tx, crate::TOPIC, item.id.as_str()).await?;
        tx.commit().await?;
        Ok(changed.rows_affected == 1)
    }
}

/// Why an item needs somebody to look at its way. Pure.
fn trouble(
    item: &Item,
    now: kernel::Timestamp,
    roster: Option<&Roster>,
    is_known: &(dyn Fn(&ScenarioId) -> bool + Sync),
) -> Option<Trouble> {
    if item.scenario.as_ref().is_some_and(|scenario| !is_known(scenario)) {
        return Some(Trouble::PolicyMissing);
    }
    if roster.is_some_and(|roster| !roster.has_somebody_for(item, now)) {
        return Some(Trouble::NoReviewer);
    }
    // As long again as the rule gave.
    let twice = item.due_at.plus_secs(i64::from(item.terms.minutes) * 60);
    (item.escalated_at.is_some() && now > twice).then_some(Trouble::LongOverdue)
}
