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

/// Somebody who works on an item, or has signed it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandView {
    /// The person's name.
    pub name: String,
    /// Whether that is the reader.
    pub me: bool,
    /// Until when others keep off; when it was signed.
    pub at: String,
}

/// An item in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewRowView {
    /// Which.
    pub id: String,
    /// `answer`, `correction`, `dataset`, `egress`, `policy`, `refusal` or `stage`.
    pub kind: String,
    /// Which one, in its owner's words: for an answer the run.
    pub subject: String,
    /// The run whose answer waits; empty when it is no answer.
    pub run_id: String,
    /// The scenario; empty where it belongs to none.
    pub scenario: String,
    /// Its title.
    pub scenario_title: String,
    /// The question as stored; for anything else its title.
    pub question: String,
    /// When it was put in.
    pub asked_at: String,
    /// When somebody should have decided.
    pub due_at: String,
    /// Whether that time has passed.
    pub overdue: bool,
    /// `pending`, `countersign`, `countersign_edited`, `returned`, `approved`, `edited`, `rejected` or `withdrawn`.
    pub state: String,
    /// How many different people must sign.
    pub signatures: u8,
    /// Who has signed, while a second signature is missing.
    pub signed: Option<HandView>,
    /// Who works on it.
    pub claim: Option<HandView>,
    /// The department it is for.
    pub department: Option<String>,
    /// The competence it takes.
    pub competence: Option<String>,
    /// Whether its deadline passed and more people may decide.
    pub escalated: bool,
    /// Why it stands among the exceptions: `no_reviewer`, `policy_missing` or `long_overdue`.
    pub trouble: Option<String>,
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
#[derive(Debug, Default, Serialize, ToSchema)]
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
    /// The words after an edit.
    pub answer: Option<String>,
}

/// An item as the reviewer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// The row of the queue.
    #[serde(flatten)]
    pub row: ReviewRowView,
    /// The hash of what stands to be signed now; a decision may name it as `seen`.
    pub content_hash: String,
    /// The draft.
    pub draft: DraftView,
    /// Other words that one person has signed and another must.
    pub proposal: Option<DraftView>,
    /// What its owner shows for anything that is not an answer.
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
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
    /// Whether this person may send it another way.
    pub may_assign: bool,
}

/// What a decision led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulingView {
    /// The item.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// The run now; nothing when it is no answer.
    pub run: Option<RunView>,
}

/// What came of one item of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchLineView {
    /// The item.
    pub id: String,
    /// Whether it was decided.
    pub done: bool,
    /// Its state now, when it was decided.
    pub state: Option<String>,
    /// Why not: the code of an error, `review.batch_unseen`, `review.batch_four_eyes` or `review.batch_mixed`.
    pub code: Option<String>,
    /// What exactly, in English.
    pub detail: Option<String>,
}

/// What a step on an item led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingView {
    /// The item.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// Until when others keep off.
    pub claimed_until: Option<String>,
}

impl StandingView {
    /// The view of an item.
    #[must_use]
    pub fn of(item: &review::Item) -> Self {
        Self {
            id: item.id.to_string(),
            state: item.state.as_str().to_owned(),
            claimed_until: item.claim.as_ref().map(|claim| claim.until.to_string()),
        }
    }
}

/// What a reviewer is competent for, and who stands in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewerView {
    /// The account.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The department's name.
    pub department: String,
    /// Competences, such as `labour`.
    pub competences: Vec<String>,
    /// The deputy's account.
    pub deputy: Option<String>,
    /// Since when the reviewer is away.
    pub away_from: Option<String>,
    /// Until when.
    pub away_until: Option<String>,
    /// Whether the reviewer is away now.
    pub away: bool,
}
