//! Views of the review desk.

use serde::Serialize;
use utoipa::ToSchema;

use crate::views::run::{CitationView, ClaimView, RunView};

/// Who asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskerView {
    /// The person's name.
    pub name: String,
    /// The department's name.
    pub department: String,
}

/// An item in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewRowView {
    /// Which.
    pub id: String,
    /// The run whose answer waits.
    pub run_id: String,
    /// The scenario.
    pub scenario: String,
    /// Its title.
    pub scenario_title: String,
    /// The question as stored.
    pub question: String,
    /// When it was put in.
    pub asked_at: String,
    /// When somebody should have decided.
    pub due_at: String,
    /// Whether that time has passed.
    pub overdue: bool,
    /// `pending`, `approved`, `edited`, `rejected` or `withdrawn`.
    pub state: String,
    /// Who asked; nothing for a citizen.
    pub asker: Option<AskerView>,
    /// Why a person must look.
    pub reason: String,
    /// How many checks did not pass.
    pub checks_failed: usize,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// The rule.
    pub rule: String,
    /// `pass`, `warn` or `fail`.
    pub status: String,
    /// What was seen.
    pub message: String,
}

/// A source beside the draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceView {
    /// The citation.
    #[serde(flatten)]
    pub citation: CitationView,
    /// The whole article.
    pub text: String,
}

/// The draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// Its words with `[n]` marks.
    pub answer: String,
    /// Its statements.
    pub claims: Vec<ClaimView>,
    /// Its citations.
    pub citations: Vec<CitationView>,
}

/// What happened to an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastStepView {
    /// When.
    pub at: String,
    /// Who, by name.
    pub by: String,
    /// What.
    pub action: String,
    /// Why.
    pub reason: Option<String>,
}

/// An item as the reviewer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// The row of the queue.
    #[serde(flatten)]
    pub row: ReviewRowView,
    /// The draft.
    pub draft: DraftView,
    /// Its checks.
    pub checks: Vec<CheckView>,
    /// All sources that were put before the model.
    pub sources: Vec<SourceView>,
    /// What happened so far.
    pub history: Vec<PastStepView>,
    /// Whether this person may decide.
    pub may_decide: bool,
    /// The code of why not.
    pub why_not: Option<String>,
}

/// What a decision led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulingView {
    /// The item.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// The run now.
    pub run: RunView,
}
