//! An item of the queue: what waits, for whom, why, and what happened to it.

use guard::{CheckStatus, Checked};
use kernel::ids::{DepartmentId, ReviewId, RunId, ScenarioId, UserId};
use kernel::{Actor, DataLevel, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::state::{Signatures, State};
use crate::tables::{history, items};
use crate::terms::{Kind, Terms};
use crate::{Error, Result};

/// What is to be put before reviewers.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// What it is.
    pub kind: Kind,
    /// Which one, in its owner's words: for an answer the run.
    pub subject: String,
    /// The scenario, where it belongs to one.
    pub scenario: Option<ScenarioId>,
    /// The highest data level in it; a reviewer must be cleared for it.
    pub level: DataLevel,
    /// One line for the list; empty for an answer, whose question stays with its run.
    pub title: String,
    /// What makes two requests of one asker the same, such as SM3 of the question; empty when nothing does.
    pub sameness: String,
    /// The hash of what a reviewer signs.
    pub content_hash: String,
    /// What the reviewer's view needs; review does not look into it.
    pub payload: Value,
    /// The checks that did not pass.
    pub failed_checks: Vec<String>,
    /// Why a person must look, as a code such as `scenario.sensitive`.
    pub reason: String,
    /// The rule it is decided under.
    pub terms: Terms,
}

impl NewItem {
    /// An answer that waits. Its hash is the one of the checked draft.
    #[must_use]
    pub fn answer(run: &RunId, scenario: ScenarioId, level: DataLevel, checked: &Checked, terms: Terms) -> Self {
        Self {
            kind: Kind::Answer,
            subject: run.as_str().to_owned(),
            scenario: Some(scenario),
            level,
            title: String::new(),
            sameness: String::new(),
            content_hash: checked.hash().to_owned(),
            payload: Value::Null,
            failed_checks: not_passed(checked),
            reason: String::new(),
            terms,
        }
    }

    /// Anything else: what it is, which one, and the hash of what would take effect.
    #[must_use]
    pub fn matter(kind: Kind, subject: &str, content_hash: String, title: String, terms: Terms) -> Self {
        Self {
            kind,
            subject: subject.to_owned(),
            scenario: None,
            level: DataLevel::Internal,
            title,
            sameness: String::new(),
            content_hash,
            payload: Value::Null,
            failed_checks: Vec::new(),
            reason: String::new(),
            terms,
        }
    }
}

/// An item that was put in, and the earlier one that it took the place of.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// The new item.
    pub item: Item,
    /// The same asker's earlier item about the same, now withdrawn. Its place in the queue is the new one's.
    pub superseded: Option<Item>,
}

/// Why an item stands among the exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Nobody who could decide is there: none has the department, the competence, the clearance, or all asked.
    NoReviewer,
    /// The rule that it was put in for is gone.
    PolicyMissing,
    /// Its deadline passed twice.
    LongOverdue,
}

impl Trouble {
    const ALL: [Self; 3] = [Self::NoReviewer, Self::PolicyMissing, Self::LongOverdue];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoReviewer => "no_reviewer",
            Self::PolicyMissing => "policy_missing",
            Self::LongOverdue => "long_overdue",
        }
    }
}

/// An item of the queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Which.
    pub id: ReviewId,
    /// What it is.
    pub kind: Kind,
    /// Which one, in its owner's words.
    pub subject: String,
    /// The scenario, where it belongs to one.
    pub scenario: Option<ScenarioId>,
    /// One line for the list.
    pub title: String,
    /// Who asked.
    pub asker: Actor,
    /// The department of the asker, when it has one.
    pub asker_department: Option<DepartmentId>,
    /// The highest data level in it.
    pub level: DataLevel,
    /// What makes two requests of one asker the same.
    pub sameness: String,
    /// What the reviewer's view needs, as it was put in.
    pub payload: Value,
    /// The hash of what was put in.
    pub content_hash: String,
    /// Why a person must look.
    pub reason: String,
    /// The checks that did not pass.
    pub failed_checks: Vec<String>,
    /// The rule it is decided under.
    pub terms: Terms,
    /// How many people must sign: what the terms say, or more when a reviewer asked for a second signature.
    pub needed: Signatures,
    /// The department that decides now.
    pub department: Option<DepartmentId>,
    /// The competence it takes now.
    pub competence: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Counts the steps; a step is taken from exactly one.
    pub version: i32,
    /// When it was put in.
    pub asked_at: Timestamp,
    /// When somebody should have decided.
    pub due_at: Timestamp,
    /// When it went to more people because the deadline had passed.
    pub escalated_at: Option<Timestamp>,
    /// Who works on it, and until when that keeps others from it.
    pub claim: Option<Claim>,
    /// The first of two signatures, while the second is missing; afterwards for the record.
    pub signed: Option<Signature>,
    /// What was changed and not yet signed by everybody.
    pub proposal: Option<Proposal>,
    /// Why it stands among the exceptions.
    pub trouble: Option<Trouble>,
    /// How it ended.
    pub decided: Option<Decided>,
}

/// Somebody works on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Who.
    pub by: UserId,
    /// Until when others keep off.
    pub until: Timestamp,
}

/// Somebody signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// Other words than those put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The words.
    pub answer: String,
    /// The hash after their check.
    pub hash: String,
}

/// How an item ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// Who decided; nobody when the asker withdrew.
    pub by: Option<UserId>,
    /// Why, in the reviewer's words.
    pub reason: Option<String>,
    /// The edited answer.
    pub answer: Option<String>,
    /// The hash of what may leave.
    pub release_hash: Option<String>,
}

/// One step in the past of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastStep {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What: `requested`, or the name of a step.
    pub action: String,
    /// Why, when a reason was given.
    pub reason: Option<String>,
    /// The words after an edit; with the draft they make the difference.
    pub answer: Option<String>,
}

impl Item {
    /// Whether somebody should have decided by `now`.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state.is_open() && now > self.due_at
    }

    /// The run whose answer waits, for an answer.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        match self.kind {
            Kind::Answer => RunId::parse(&self.subject).ok(),
            Kind::Correction | Kind::Dataset | Kind::Egress | Kind::Policy | Kind::Refusal | Kind::Stage => None,
        }
    }

    /// The hash of what stands to be signed now: the words that were put in, or those proposed since.
    #[must_use]
    pub fn standing_hash(&self) -> &str {
        match (&self.proposal, self.state) {
            (Some(proposal), State::CountersignEdited) => &proposal.hash,
            _ => &self.content_hash,
        }
    }

    /// Who keeps others from it now.
    #[must_use]
    pub fn holder(&self, now: Timestamp) -> Option<&UserId> {
        self.claim.as_ref().filter(|claim| claim.until > now).map(|claim| &claim.by)
    }

    pub(crate) fn read(row: items::Model) -> Result<Self> {
        let damaged = |_| Error::Damaged;
        let user = |id: Option<&str>| id.map(UserId::parse).transpose().map_err(damaged);
        let department = |id: Option<&str>| id.map(DepartmentId::parse).transpose().map_err(damaged);
        let state = State::parse(&row.state).ok_or(Error::Damaged)?;
        let decided = row.decided_at.map(|at| -> Result<Decided> {
            Ok(Decided {
                at: Timestamp::from_millis(at),
                by: user(row.decided_by.as_deref())?,
                reason: row.decision_reason.clone(),
                answer: row.answer.clone().filter(|_| state == State::Edited),
                release_hash: row.release_hash.clone().filter(|_| state.is_release()),
            })
        });
        let claim = user(row.claimed_by.as_deref())?.zip(row.claimed_until);
        let signed = user(row.signed_by.as_deref())?.zip(row.signed_at);
        let trouble = row
            .trouble
            .as_deref()
            .map(|name| Trouble::ALL.into_iter().find(|trouble| trouble.as_str() == name).ok_or(Error::Damaged));
        let needed = u8::try_from(row.needed).ok().and_then(|count| Signatures::try_from(count).ok());
        Ok(Self {
            id: ReviewId::parse(&row.id).map_err(damaged)?,
            kind: Kind::parse(&row.kind).ok_or(Error::Damaged)?,
            subject: row.subject,
            scenario: row.scenario_id.as_deref().map(ScenarioId::parse).transpose().map_err(damaged)?,
            title: row.title,
            asker: serde_json::from_str(&row.asker).map_err(|_| Error::Damaged)?,
            asker_department: department(row.asker_department.as_deref())?,
            level: DataLevel::from_rank(row.level),
            sameness: row.sameness,
            payload: serde_json::from_str(&row.payload).map_err(|_| Error::Damaged)?,
            content_hash: row.content_hash,
            reason: row.reason,
            failed_checks: serde_json::from_str(&row.failed_checks).map_err(|_| Error::Damaged)?,
            terms: serde_json::from_str(&row.terms).map_err(|_| Error::Damaged)?,
            needed: needed.ok_or(Error::Damaged)?,
            department: department(row.department.as_deref())?,
            competence: row.competence,
            state,
            version: row.version,
            asked_at: Timestamp::from_millis(row.asked_at),
            due_at: Timestamp::from_millis(row.due_at),
            escalated_at: row.escalated_at.map(Timestamp::from_millis),
            claim: claim.map(|(by, until)| Claim { by, until: Timestamp::from_millis(until) }),
            signed: signed.map(|(by, at)| Signature { by, at: Timestamp::from_millis(at) }),
            proposal: row
                .answer
                .zip(row.release_hash)
                .filter(|_| !state.is_final())
                .map(|(answer, hash)| Proposal { answer, hash }),
            trouble: trouble.transpose()?,
            decided: decided.transpose()?,
        })
    }
}

impl PastStep {
    pub(crate) fn read(row: history::Model) -> Result<Self> {
        Ok(Self {
            at: Timestamp::from_millis(row.at),
            by: serde_json::from_str(&row.actor).map_err(|_| Error::Damaged)?,
            action: row.action,
            reason: row.reason,
            answer: row.answer,
        })
    }
}

/// The rules of the checks that did not pass.
pub(crate) fn not_passed(checked: &Checked) -> Vec<String> {
    checked.checks().iter().filter(|check| check.status != CheckStatus::Pass).map(|check| check.rule.clone()).collect()
}
