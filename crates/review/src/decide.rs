//! Deciding: the only maker of an [`Approval`]. Four eyes, one decision, one answer.

use guard::{CheckStatus, Checked};
use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use kernel::ids::{ReviewId, RunId, ScenarioId, UserId};
use kernel::{Actor, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::Tx;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::item::{Item, not_passed};
use crate::queue::covers;
use crate::state::{State, Step};
use crate::tables::reviews::{self, Column};
use crate::{Error, Result, Reviews};

/// The longest edited answer.
pub const ANSWER_CHARS: usize = 20_000;
/// The longest reason.
pub const REASON_CHARS: usize = 2_000;

/// What a reviewer decides.
#[derive(Debug, Clone)]
pub enum Decision<'a> {
    /// The answer may leave as it is.
    Approve {
        /// Why, when there is something to say.
        reason: Option<String>,
    },
    /// The answer may leave with these words.
    Edit {
        /// The edited answer after the same checks as every draft: whoever edits does not get around them.
        checked: &'a Checked,
        /// Why, when there is something to say.
        reason: Option<String>,
    },
    /// The answer may not leave.
    Reject {
        /// Why. Must be given.
        reason: String,
    },
}

/// Proof that somebody other than the asker let exactly one checked answer out. Made only by [`Reviews::decide`].
#[derive(Debug, PartialEq, Eq, Serialize)]
#[must_use = "an approval that is not handed on releases nothing"]
pub struct Approval {
    // INVARIANT: written by `decide` from a pending item, in the transaction that ends it.
    review: ReviewId,
    run: RunId,
    scenario: ScenarioId,
    by: UserId,
    at: Timestamp,
    state: State,
    seen_hash: String,
    release_hash: String,
}

impl Approval {
    /// The item.
    #[must_use]
    pub fn review(&self) -> &ReviewId {
        &self.review
    }

    /// The run whose answer may leave.
    #[must_use]
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The scenario.
    #[must_use]
    pub fn scenario(&self) -> &ScenarioId {
        &self.scenario
    }

    /// Who approved.
    #[must_use]
    pub fn by(&self) -> &UserId {
        &self.by
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The hash of what was seen: the draft that waited.
    #[must_use]
    pub fn seen_hash(&self) -> &str {
        &self.seen_hash
    }

    /// The hash of what may leave: the draft, or the edited answer after its own check.
    #[must_use]
    pub fn release_hash(&self) -> &str {
        &self.release_hash
    }

    /// Whether the words were changed.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.state == State::Edited
    }

    /// Whether this is the answer that was approved, word for word. Release asks this.
    #[must_use]
    pub fn admits(&self, checked: &Checked) -> bool {
        !self.release_hash.is_empty() && checked.hash() == self.release_hash
    }
}

/// What a decision led to.
#[derive(Debug)]
#[must_use = "the approval in it is what release demands"]
pub struct Ruling {
    /// The item after the decision.
    pub item: Item,
    /// The approval; nothing when the answer may not leave.
    pub approval: Option<Approval>,
}

impl Reviews {
    /// Decides on an item, in the caller's transaction: the release of the answer belongs into the same one. An
    /// approval of a transaction that is not committed is worth nothing, so do not let it out of there.
    ///
    /// `seen` is the content hash of the draft that the reviewer looked at, where the caller knows it.
    pub async fn decide(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        permit: &Permit,
        id: &ReviewId,
        seen: Option<&str>,
        decision: Decision<'_>,
    ) -> Result<Ruling> {
        // Permission first: a version or a state must not be found out by somebody who may not decide.
        permit.demand(cx, &[Action::DecideReviews])?;
        let item = self.item_in(tx, id).await?.filter(|item| covers(permit, item));
        let item = item.ok_or_else(|| Error::NotFound(id.clone()))?;
        let by = eligible(cx, &item)?.clone();
        let plan = Plan::of(decision)?;
        let Some(next) = item.state.after(plan.step) else { return Err(Error::AlreadyDecided(item.state)) };
        if seen.is_some_and(|seen| seen != item.content_hash) {
            return Err(Error::OtherDraft);
        }
        let release_hash = match next {
            State::Approved => Some(item.content_hash.clone()),
            State::Edited => plan.edited_hash.clone(),
            State::Pending | State::Rejected | State::Withdrawn => None,
        };
        if next.is_release() && release_hash.as_deref().is_none_or(str::is_empty) {
            return Err(Error::Unchecked);
        }
        let at = cx.now();
        // The lock: of several who decide at once, one finds the item pending in the version it has read.
        let changed = reviews::Entity::update_many()
            .col_expr(Column::State, Expr::value(next.as_str()))
            .col_expr(Column::Version, Expr::value(item.version.saturating_add(1)))
            .col_expr(Column::DecidedAt, Expr::value(at.as_millis()))
            .col_expr(Column::DecidedBy, Expr::value(by.as_str()))
            .col_expr(Column::DecisionReason, Expr::value(plan.reason.clone()))
            .col_expr(Column::Answer, Expr::value(plan.answer.clone()))
            .col_expr(Column::ReleaseHash, Expr::value(release_hash.clone()))
            .filter(Column::Id.eq(id.as_str()))
            .filter(Column::State.eq(item.state.as_str()))
            .filter(Column::Version.eq(item.version))
            .exec(tx)
            .await?;
        let after = self.item_in(tx, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
        if changed.rows_affected != 1 {
            return Err(Error::AlreadyDecided(after.state));
        }
        let details = json!({
            "decision": plan.step,
            "run": item.run,
            "scenario": item.scenario,
            "seen": item.content_hash,
            "release": release_hash,
        });
        self.write_down(tx, cx, &after, plan.step.as_str(), plan.reason, Deed::ReviewDecided, details).await?;
        let approval = release_hash.map(|release_hash| Approval {
            review: item.id,
            run: item.run,
            scenario: item.scenario,
            by,
            at,
            state: next,
            seen_hash: item.content_hash,
            release_hash,
        });
        Ok(Ruling { item: after, approval })
    }

    /// Why this person may not decide on this item; `None` when it may. For the view: [`Reviews::decide`] asks again.
    #[must_use]
    pub fn why_not(cx: &Cx, permit: &Permit, item: &Item) -> Option<Error> {
        if let Err(denied) = permit.demand(cx, &[Action::DecideReviews]) {
            return Some(denied.into());
        }
        if !covers(permit, item) {
            return Some(Error::NotFound(item.id.clone()));
        }
        match (eligible(cx, item), item.state) {
            (Err(error), _) => Some(error),
            (Ok(_), State::Pending) => None,
            (Ok(_), state) => Some(Error::AlreadyDecided(state)),
        }
    }
}

/// Four eyes: a person, and not the one who asked.
fn eligible<'c>(cx: &'c Cx, item: &Item) -> Result<&'c UserId> {
    if *cx.actor() == item.asker {
        return Err(Error::OwnQuestion);
    }
    let by = cx.user_id().ok_or(Error::PersonRequired)?;
    match &item.asker {
        Actor::User { id } if id == by => Err(Error::OwnQuestion),
        Actor::User { .. } | Actor::Visitor { .. } | Actor::System { .. } => Ok(by),
    }
}

/// A decision whose fields were looked at.
struct Plan {
    step: Step,
    reason: Option<String>,
    answer: Option<String>,
    edited_hash: Option<String>,
}

impl Plan {
    fn of(decision: Decision<'_>) -> Result<Self> {
        match decision {
            Decision::Approve { reason } => {
                Ok(Self { step: Step::Approve, reason: bounded(reason)?, answer: None, edited_hash: None })
            }
            Decision::Edit { checked, reason } => {
                let answer = checked.draft().text();
                if answer.trim().is_empty() {
                    return Err(Error::AnswerRequired);
                }
                if answer.chars().count() > ANSWER_CHARS {
                    return Err(Error::TooLong { field: "answer", limit: ANSWER_CHARS });
                }
                if checked.worst() == CheckStatus::Fail {
                    return Err(Error::EditFails(not_passed(checked)));
                }
                let edited_hash = Some(checked.hash().to_owned());
                Ok(Self { step: Step::Edit, reason: bounded(reason)?, answer: Some(answer), edited_hash })
            }
            Decision::Reject { reason } => {
                let reason = bounded(Some(reason))?.ok_or(Error::ReasonRequired)?;
                Ok(Self { step: Step::Reject, reason: Some(reason), answer: None, edited_hash: None })
            }
        }
    }
}

/// A reason without the spaces around it; nothing when nothing is left.
fn bounded(reason: Option<String>) -> Result<Option<String>> {
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    match &reason {
        Some(text) if text.chars().count() > REASON_CHARS => {
            Err(Error::TooLong { field: "reason", limit: REASON_CHARS })
        }
        _ => Ok(reason),
    }
}
