//! Deciding: the only maker of an [`Approval`]. Four eyes, one decision, one answer.

use guard::{CheckStatus, Checked};
use identity::{Cx, Permit};
use kernel::event::Deed;
use kernel::ids::{ReviewId, RunId, ScenarioId, UserId};
use kernel::{Actor, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::Tx;
use store::sea_orm::sea_query::{Expr, SimpleExpr};
use store::sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::item::{Item, not_passed};
use crate::queue::{Written, covers};
use crate::state::{Signatures, State, Step};
use crate::tables::items::{self, Column};
use crate::terms::Kind;
use crate::{Error, Result, Reviews};

/// The longest edited answer.
pub const ANSWER_CHARS: usize = 20_000;
/// The longest reason.
pub const REASON_CHARS: usize = 2_000;

/// What a reviewer decides.
#[derive(Debug, Clone)]
pub enum Decision<'a> {
    /// It may leave as it stands.
    Approve {
        /// Why, when there is something to say.
        reason: Option<String>,
        /// Whether a second person must sign as well, beyond what the rule asks.
        second: bool,
    },
    /// It may leave with these words. For answers only.
    Edit {
        /// The edited answer after the same checks as every draft: whoever edits does not get around them.
        checked: &'a Checked,
        /// Why, when there is something to say.
        reason: Option<String>,
        /// Whether a second person must sign as well, beyond what the rule asks.
        second: bool,
    },
    /// It may not leave.
    Reject {
        /// Why. Must be given.
        reason: String,
    },
    /// It goes back to whoever put it in.
    Return {
        /// What is missing. Must be given.
        reason: String,
    },
}

/// Proof that enough people other than the asker let exactly one content out. Made only by [`Reviews`].
#[derive(Debug, PartialEq, Eq, Serialize)]
#[must_use = "an approval that is not handed on releases nothing"]
pub struct Approval {
    // INVARIANT: written by `decide` from an open item, in the transaction that ends it, or read from such an item.
    review: ReviewId,
    kind: Kind,
    subject: String,
    scenario: Option<ScenarioId>,
    by: UserId,
    first: Option<UserId>,
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

    /// What was approved.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Which one.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The run whose answer may leave, for an answer.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        if self.kind == Kind::Answer { RunId::parse(&self.subject).ok() } else { None }
    }

    /// The scenario, where it belongs to one.
    #[must_use]
    pub fn scenario(&self) -> Option<&ScenarioId> {
        self.scenario.as_ref()
    }

    /// Who signed last.
    #[must_use]
    pub fn by(&self) -> &UserId {
        &self.by
    }

    /// Who signed first, where two had to.
    #[must_use]
    pub fn first(&self) -> Option<&UserId> {
        self.first.as_ref()
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The hash of what was put in.
    #[must_use]
    pub fn seen_hash(&self) -> &str {
        &self.seen_hash
    }

    /// The hash of what may leave: what was put in, or the edited answer after its own check.
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
        self.kind == Kind::Answer && self.admits_hash(checked.hash())
    }

    /// Whether this is the content that was approved, by its hash.
    #[must_use]
    pub fn admits_hash(&self, hash: &str) -> bool {
        !self.release_hash.is_empty() && hash == self.release_hash
    }
}

/// What a decision led to.
#[derive(Debug)]
#[must_use = "the approval in it is what release demands"]
pub struct Ruling {
    /// The item after the decision.
    pub item: Item,
    /// The approval; nothing when it may not leave, or not yet.
    pub approval: Option<Approval>,
}

impl Reviews {
    /// Decides on an item, in the caller's transaction: the release of the answer belongs into the same one. An
    /// approval of a transaction that is not committed is worth nothing, so do not let it out of there.
    ///
    /// `seen` is the hash of the content that the reviewer looked at ([`Item::standing_hash`]), where the caller
    /// knows it.
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
        permit.demand(cx, &Kind::ALL.map(Kind::decide_action))?;
        let item = self.item_in(tx, id).await?.filter(|item| covers(permit, item));
        let item = item.ok_or_else(|| Error::NotFound(id.clone()))?;
        let by = self.eligible(tx, cx, permit, &item).await?;
        let plan = Plan::of(item.kind, decision)?;
        let needed = if plan.second { Signatures::Two } else { item.needed };
        let Some(next) = item.state.after(plan.step, needed) else { return Err(over(&item)) };
        if seen.is_some_and(|seen| seen != item.standing_hash()) {
            return Err(Error::OtherDraft);
        }
        let proposed = match (&plan.edited, &item.proposal) {
            (Some((answer, hash)), _) => Some((answer.clone(), hash.clone())),
            (None, Some(proposal)) => Some((proposal.answer.clone(), proposal.hash.clone())),
            (None, None) => None,
        };
        let release_hash = match next {
            State::Approved => Some(item.content_hash.clone()),
            State::Edited | State::CountersignEdited => proposed.as_ref().map(|(_, hash)| hash.clone()),
            State::Pending | State::Countersign | State::Returned | State::Rejected | State::Withdrawn => None,
        };
        let answer = release_hash.as_ref().and_then(|_| match next {
            State::Edited | State::CountersignEdited => proposed.as_ref().map(|(answer, _)| answer.clone()),
            _ => None,
        });
        let signs = next.is_release() || next == State::CountersignEdited;
        if signs && release_hash.as_deref().is_none_or(str::is_empty) {
            return Err(Error::Unchecked);
        }
        let at = cx.now();
        let mut set = vec![
            (Column::State, Expr::value(next.as_str())),
            (Column::Needed, Expr::value(i16::from(u8::from(needed)))),
            (Column::Answer, Expr::value(answer)),
            (Column::ReleaseHash, Expr::value(release_hash.clone())),
            (Column::ClaimedBy, Expr::value(None::<String>)),
            (Column::ClaimedUntil, Expr::value(None::<i64>)),
            (Column::Trouble, Expr::value(None::<String>)),
        ];
        if next.is_final() {
            set.push((Column::DecidedAt, Expr::value(at.as_millis())));
            set.push((Column::DecidedBy, Expr::value(by.as_str())));
            set.push((Column::DecisionReason, Expr::value(plan.reason.clone())));
        }
        if next.is_half_signed() {
            set.push((Column::SignedBy, Expr::value(by.as_str())));
            set.push((Column::SignedAt, Expr::value(at.as_millis())));
        } else if next == State::Returned {
            set.push((Column::SignedBy, Expr::value(None::<String>)));
            set.push((Column::SignedAt, Expr::value(None::<i64>)));
        }
        let after = self.advance(tx, &item, set).await?;
        let details = json!({
            "decision": plan.step,
            "kind": item.kind,
            "subject": item.subject,
            "scenario": item.scenario,
            "seen": item.standing_hash(),
            "release": release_hash,
            "signatures": u8::from(needed),
        });
        let written = Written {
            action: plan.step.as_str(),
            reason: plan.reason,
            answer: plan.edited.map(|(answer, _)| answer),
            deed: if next.is_final() { Deed::ReviewDecided } else { Deed::ReviewMoved },
            details,
        };
        self.write_down(tx, cx, &after, written).await?;
        let approval = approval_of(&after);
        Ok(Ruling { item: after, approval })
    }

    /// The approval of the latest item about this subject, where it ended with one. For matters whose owner lets them
    /// take effect later than in the transaction of the decision; the hash says whether it is still the same content.
    pub async fn approval(&self, db: &impl ConnectionTrait, kind: Kind, subject: &str) -> Result<Option<Approval>> {
        let rows = items::Entity::find()
            .filter(Column::Kind.eq(kind.as_str()))
            .filter(Column::Subject.eq(subject))
            .order_by_desc(Column::Id)
            .all(db)
            .await?;
        let found = rows.into_iter().map(Item::read).collect::<std::result::Result<Vec<Item>, _>>()?;
        // Identifiers of one millisecond have no order among them: whatever still waits takes the approval back.
        if found.iter().any(|item| item.state.is_open()) {
            return Ok(None);
        }
        Ok(found.first().and_then(approval_of))
    }

    /// Why this person may not decide on this item; `None` when it may. For the view: [`Reviews::decide`] asks again.
    pub async fn why_not(&self, cx: &Cx, permit: &Permit, item: &Item) -> Option<Error> {
        if let Err(denied) = permit.demand(cx, &Kind::ALL.map(Kind::decide_action)) {
            return Some(denied.into());
        }
        if !covers(permit, item) {
            return Some(Error::NotFound(item.id.clone()));
        }
        match self.eligible(self.store.db(), cx, permit, item).await {
            Err(error) => Some(error),
            Ok(_) if item.state.is_open() => None,
            Ok(_) => Some(over(item)),
        }
    }

    /// Four eyes: a person, not the one who asked, not the one who signed first; somebody the item is for; and nobody
    /// else is at it.
    pub(crate) async fn eligible(
        &self,
        db: &impl ConnectionTrait,
        cx: &Cx,
        permit: &Permit,
        item: &Item,
    ) -> Result<UserId> {
        if *cx.actor() == item.asker {
            return Err(Error::OwnQuestion);
        }
        let by = cx.user_id().ok_or(Error::PersonRequired)?;
        if matches!(&item.asker, Actor::User { id } if id == by) {
            return Err(Error::OwnQuestion);
        }
        if !item.state.is_open() {
            return Ok(by.clone());
        }
        if item.state.is_half_signed() && item.signed.as_ref().is_some_and(|first| first.by == *by) {
            return Err(Error::SecondSigner);
        }
        if !self.is_for(db, cx, permit, item).await? {
            return Err(Error::NotAssigned);
        }
        if item.holder(cx.now()).is_some_and(|holder| holder != by) {
            return Err(Error::Claimed);
        }
        Ok(by.clone())
    }

    /// Takes one step from exactly the version that was read. Of several who step at once, one finds it.
    pub(crate) async fn advance(&self, tx: &Tx<'_>, item: &Item, set: Vec<(Column, SimpleExpr)>) -> Result<Item> {
        let mut update = items::Entity::update_many();
        for (column, value) in set {
            update = update.col_expr(column, value);
        }
        let changed = update
            .col_expr(Column::Version, Expr::value(item.version.saturating_add(1)))
            .filter(Column::Id.eq(item.id.as_str()))
            .filter(Column::State.eq(item.state.as_str()))
            .filter(Column::Version.eq(item.version))
            .exec(tx)
            .await?;
        let after = self.item_in(tx, &item.id).await?.ok_or_else(|| Error::NotFound(item.id.clone()))?;
        if changed.rows_affected == 1 { Ok(after) } else { Err(over(&after)) }
    }
}

/// Why nothing can be done: it has ended, or it stands somewhere else now.
pub(crate) fn over(item: &Item) -> Error {
    if item.state.is_final() { Error::AlreadyDecided(item.state) } else { Error::NotNow(item.state) }
}

/// The approval in an item that ended with one.
fn approval_of(item: &Item) -> Option<Approval> {
    let decided = item.decided.as_ref().filter(|_| item.state.is_release())?;
    Some(Approval {
        review: item.id.clone(),
        kind: item.kind,
        subject: item.subject.clone(),
        scenario: item.scenario.clone(),
        by: decided.by.clone()?,
        first: item.signed.as_ref().map(|first| first.by.clone()),
        at: decided.at,
        state: item.state,
        seen_hash: item.content_hash.clone(),
        release_hash: decided.release_hash.clone()?,
    })
}

/// A decision whose fields were looked at.
struct Plan {
    step: Step,
    reason: Option<String>,
    edited: Option<(String, String)>,
    second: bool,
}

impl Plan {
    fn of(kind: Kind, decision: Decision<'_>) -> Result<Self> {
        match decision {
            Decision::Approve { reason, second } => {
                Ok(Self { step: Step::Approve, reason: bounded(reason)?, edited: None, second })
            }
            Decision::Edit { checked, reason, second } => {
                if kind != Kind::Answer {
                    return Err(Error::NotEditable);
                }
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
                let edited = Some((answer, checked.hash().to_owned()));
                Ok(Self { step: Step::Edit, reason: bounded(reason)?, edited, second })
            }
            Decision::Reject { reason } => Ok(Self { step: Step::Reject, ..Self::with_reason(reason)? }),
            Decision::Return { reason } => Self::with_reason(reason),
        }
    }

    fn with_reason(reason: String) -> Result<Self> {
        let reason = bounded(Some(reason))?.ok_or(Error::ReasonRequired)?;
        Ok(Self { step: Step::Return, reason: Some(reason), edited: None, second: false })
    }
}

/// A reason without the spaces around it; nothing when nothing is left.
pub(crate) fn bounded(reason: Option<String>) -> Result<Option<String>> {
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    match &reason {
        Some(text) if text.chars().count() > REASON_CHARS => {
            Err(Error::TooLong { field: "reason", limit: REASON_CHARS })
        }
        _ => Ok(reason),
    }
}
