//! An item of the queue: what waits, for whom, why, and what happened to it.

use guard::{CheckStatus, Checked};
use kernel::ids::{DepartmentId, ReviewId, RunId, ScenarioId, UserId};
use kernel::{Actor, DataLevel, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::state::State;
use crate::tables::{history, reviews};
use crate::{Error, Result};

/// What is to be put before a reviewer.
#[derive(Debug, Clone)]
pub struct NewItem<'a> {
    /// The run whose answer waits.
    pub run: RunId,
    /// The scenario.
    pub scenario: ScenarioId,
    /// The highest data level in the draft and its evidence; a reviewer must be cleared for it.
    pub level: DataLevel,
    /// SM3 of the question; its words stay with the run.
    pub question_hash: String,
    /// The answer that waits, checked. Its hash is what the reviewer signs.
    pub checked: &'a Checked,
    /// The draft as the reviewer's view needs it; review does not look into it.
    pub draft: Value,
    /// Why a person must look, as a code such as `scenario.sensitive`.
    pub reason: String,
    /// In how many minutes somebody should have decided.
    pub due_minutes: u32,
}

/// An item of the queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Which.
    pub id: ReviewId,
    /// The run whose answer waits.
    pub run: RunId,
    /// The scenario.
    pub scenario: ScenarioId,
    /// Who asked.
    pub asker: Actor,
    /// The department of the asker, when it has one.
    pub asker_department: Option<DepartmentId>,
    /// The highest data level in the draft and its evidence.
    pub level: DataLevel,
    /// SM3 of the question.
    pub question_hash: String,
    /// The draft, as it was put in.
    pub draft: Value,
    /// The hash of the checked draft: what a reviewer signs.
    pub content_hash: String,
    /// Why a person must look.
    pub reason: String,
    /// The checks that did not pass.
    pub failed_checks: Vec<String>,
    /// Where it stands.
    pub state: State,
    /// Counts the steps; a decision is made on exactly one.
    pub version: i32,
    /// When it was put in.
    pub asked_at: Timestamp,
    /// When somebody should have decided.
    pub due_at: Timestamp,
    /// How it ended.
    pub decided: Option<Decided>,
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
    /// The hash of the answer that may leave.
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
}

impl Item {
    /// Whether somebody should have decided by `now`.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::Pending && now > self.due_at
    }

    pub(crate) fn read(row: reviews::Model) -> Result<Self> {
        let state = State::parse(&row.state).ok_or(Error::Damaged)?;
        let decided = row.decided_at.map(|at| -> Result<Decided> {
            Ok(Decided {
                at: Timestamp::from_millis(at),
                by: row.decided_by.as_deref().map(UserId::parse).transpose().map_err(|_| Error::Damaged)?,
                reason: row.decision_reason,
                answer: row.answer,
                release_hash: row.release_hash,
            })
        });
        Ok(Self {
            id: ReviewId::parse(&row.id).map_err(|_| Error::Damaged)?,
            run: RunId::parse(&row.run_id).map_err(|_| Error::Damaged)?,
            scenario: ScenarioId::parse(&row.scenario_id).map_err(|_| Error::Damaged)?,
            asker: serde_json::from_str(&row.asker).map_err(|_| Error::Damaged)?,
            asker_department: row
                .asker_department
                .as_deref()
                .map(DepartmentId::parse)
                .transpose()
                .map_err(|_| Error::Damaged)?,
            level: DataLevel::from_rank(row.level),
            question_hash: row.question_hash,
            draft: serde_json::from_str(&row.draft).map_err(|_| Error::Damaged)?,
            content_hash: row.content_hash,
            reason: row.reason,
            failed_checks: serde_json::from_str(&row.failed_checks).map_err(|_| Error::Damaged)?,
            state,
            version: row.version,
            asked_at: Timestamp::from_millis(row.asked_at),
            due_at: Timestamp::from_millis(row.due_at),
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
        })
    }
}

/// The rules of the checks that did not pass.
pub(crate) fn not_passed(checked: &Checked) -> Vec<String> {
    checked.checks().iter().filter(|check| check.status != CheckStatus::Pass).map(|check| check.rule.clone()).collect()
}
