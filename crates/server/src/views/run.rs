//! Views of questions and answers, exactly as `CONTRACT` names them.

use assistant::phrases::{Language, Phrases};
use assistant::refusals::RefusalWords;
use assistant::{Citation, Run, RunNotice, RunStatus, Step};
use knowledge::Validity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::validity::ReplacementView;

/// Whether a text is in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ValidityView {
    /// `in_force`, `amended`, `repealed`, `not_yet_in_force` or `unknown`.
    pub status: String,
    /// Since when, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Until when.
    pub until: Option<String>,
    /// Why, such as the document that took its place.
    pub note: Option<String>,
    /// What took its place, where that is known.
    pub replaced_by: Option<ReplacementView>,
}

/// Something the reader should know.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// The stable code.
    pub code: String,
    /// Its words.
    pub text: String,
}

impl From<&Validity> for ValidityView {
    fn from(validity: &Validity) -> Self {
        Self {
            status: word(&validity.status),
            from: validity.from.map(|d| d.to_string()),
            until: validity.until.map(|d| d.to_string()),
            note: validity.note.clone(),
            replaced_by: validity.replaced_by.as_ref().map(Into::into),
        }
    }
}

/// The name that a plain value has in JSON.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A statement of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimView {
    /// Its words.
    pub text: String,
    /// `supported`, `contradicted` or `unsupported`.
    pub verdict: String,
    /// Why, as a code.
    pub why: String,
    /// The citations that bear it.
    pub citations: Vec<u32>,
}

/// A citation that resolves.
#[derive(Debug, Serialize, ToSchema)]
pub struct CitationView {
    /// Its number in the answer.
    pub n: u32,
    /// The article.
    pub article_id: String,
    /// The version it was read from.
    pub version_id: String,
    /// The document.
    pub document_id: String,
    /// The document's title.
    pub document: String,
    /// The article's label, such as 第三十九条.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The words that were used.
    pub quote: String,
    /// Whether it was in force.
    pub validity: ValidityView,
}

impl From<&Citation> for CitationView {
    fn from(citation: &Citation) -> Self {
        Self {
            n: citation.n,
            article_id: citation.article_id.to_string(),
            version_id: citation.version_id.to_string(),
            document_id: citation.document_id.to_string(),
            document: citation.document.clone(),
            label: citation.label.clone(),
            path: citation.path.clone(),
            quote: citation.quote.clone(),
            validity: (&citation.validity).into(),
        }
    }
}

/// Why nothing was answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// The stable code.
    pub code: String,
    /// What it says to the asker.
    pub message: String,
    /// What to do next.
    pub next_step: String,
    /// A reviewer's reason.
    pub reason: Option<String>,
    /// What was searched, when nothing was found.
    pub searched: Vec<String>,
}

/// The implicit label of GB 45438—2025, Annex E. Values are strings without Chinese.
#[derive(Debug, Serialize, ToSchema)]
pub struct AigcView {
    /// "1": it is generated.
    #[serde(rename = "Label")]
    pub label: String,
    /// The producer's 27-character code.
    #[serde(rename = "ContentProducer")]
    pub content_producer: String,
    /// The run.
    #[serde(rename = "ProduceID")]
    pub produce_id: String,
    /// SM3 of the checked content.
    #[serde(rename = "ReservedCode1")]
    pub reserved_code_1: String,
    /// The propagator's code: the platform publishes what it generates.
    #[serde(rename = "ContentPropagator")]
    pub content_propagator: String,
    /// The run.
    #[serde(rename = "PropagateID")]
    pub propagate_id: String,
    /// Empty.
    #[serde(rename = "ReservedCode2")]
    pub reserved_code_2: String,
}

/// The label of generated content.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabelView {
    /// The words that must stay with the text.
    pub text: String,
    /// The implicit label for exports.
    pub aigc: AigcView,
}

/// How a review stands, for the asker who waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunReviewView {
    /// `pending`, `countersign`, `countersign_edited`, `returned`, `approved`, `edited`, `rejected` or `withdrawn`.
    pub state: String,
    /// Its place in the queue, from 1.
    pub position: Option<u64>,
    /// Whether somebody works on it.
    pub claimed: bool,
    /// Why it was sent back or rejected.
    pub reason: Option<String>,
    /// When a reviewer should have decided.
    pub due_at: Option<String>,
    /// When one did.
    pub decided_at: Option<String>,
}

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    /// `screen`, `retrieve`, `draft`, `check` or `release`.
    pub name: String,
    /// `running`, `pass`, `review`, `refused` or `fail`.
    pub status: String,
    /// Milliseconds.
    pub ms: u32,
}

impl From<&Step> for StepView {
    fn from(step: &Step) -> Self {
        Self { name: step.name.clone(), status: step.status.clone(), ms: step.ms }
    }
}

/// The model that drafted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunModelView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The asker's own rating.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingView {
    /// `up` or `down`.
    pub rating: String,
    /// Whether it solved the matter, where the asker said so.
    pub solved: Option<bool>,
}

/// The correction that steered an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SteeredView {
    /// Which.
    pub id: String,
    /// Whether the question was the very same.
    pub exact: bool,
    /// The question it was made for.
    pub question: String,
    /// When somebody last confirmed it.
    pub confirmed_at: String,
}

/// A question and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    /// The run.
    pub run_id: String,
    /// The conversation.
    pub conversation_id: String,
    /// The scenario.
    pub scenario: String,
    /// The question as stored: personal data replaced.
    pub question: String,
    /// The date whose law was asked for, `YYYY-MM-DD`.
    pub as_of: String,
    /// When it was asked.
    pub asked_at: String,
    /// `released`, `in_review`, `refused`, `rejected`, `running` or `failed`.
    pub status: String,
    /// The released answer; empty otherwise.
    pub answer: String,
    /// Its statements.
    pub claims: Vec<ClaimView>,
    /// Its citations.
    pub citations: Vec<CitationView>,
    /// Why nothing was answered.
    pub refusal: Option<RefusalView>,
    /// The label of generated content, when there is content.
    pub label: LabelView,
    /// The review item.
    pub review_id: Option<String>,
    /// How the review stands.
    pub review: Option<RunReviewView>,
    /// Where the question belongs: `emergency`, `complaint`, `personal_case`, `out_of_scope` or `secrecy`.
    pub routing: Option<String>,
    /// Supported statements as a share of all, when released.
    pub score: Option<f32>,
    /// What the reader should know.
    pub notices: Vec<NoticeView>,
    /// What was done.
    pub steps: Vec<StepView>,
    /// The asker's own rating.
    pub feedback: Option<RatingView>,
    /// The model that drafted.
    pub model: Option<RunModelView>,
    /// The correction of the library that steered the answer.
    pub correction: Option<SteeredView>,
}

/// What a view of a run needs beside the run.
#[derive(Debug, Clone, Copy)]
pub struct RunReader<'p> {
    /// The words.
    pub phrases: &'p Phrases,
    /// What the bank says to the run's refusal, where there is one.
    pub refusal: Option<&'p RefusalWords>,
    /// The reader's language.
    pub language: Language,
    /// The producer's code.
    pub provider_code: &'p str,
}

impl RunReader<'_> {
    /// The view of a run. Only a released run has text in it.
    #[must_use]
    pub fn view(&self, run: &Run, review: Option<RunReviewView>, rating: Option<RatingView>) -> RunView {
        let released = run.status == RunStatus::Released;
        let refusal = run.refusal.as_ref().map(|refusal| {
            let code = refusal.code.as_str();
            let (message, next_step) = self.refusal.map_or((code, ""), |words| words.in_language(self.language));
            RefusalView {
                code: code.to_owned(),
                message: message.to_owned(),
                next_step: next_step.to_owned(),
                reason: refusal.reason.clone(),
                searched: refusal.searched.clone(),
            }
        });
        let claims = run.claims.iter().map(|claim| ClaimView {
            text: claim.text.clone(),
            verdict: word(&claim.verdict),
            why: claim.why.clone(),
            citations: claim.citations.clone(),
        });
        RunView {
            run_id: run.id.to_string(),
            conversation_id: run.conversation_id.to_string(),
            scenario: run.scenario.to_string(),
            question: run.question.clone(),
            as_of: run.as_of.to_string(),
            asked_at: run.asked_at.to_string(),
            status: run.status.as_str().to_owned(),
            answer: if released { run.answer.clone() } else { String::new() },
            claims: claims.filter(|_| released).collect(),
            citations: run.citations.iter().filter(|_| released).map(Into::into).collect(),
            refusal,
            label: self.label(run),
            review_id: run.review_id.as_ref().map(ToString::to_string),
            review,
            routing: run.routing.clone(),
            score: run.score.filter(|_| released),
            notices: run.notices.iter().map(|notice| self.notice(notice)).collect(),
            steps: run.steps.iter().map(Into::into).collect(),
            feedback: rating,
            model: run.model.as_ref().map(|m| RunModelView { id: m.id.clone(), name: m.name.clone() }),
            correction: run.correction.as_ref().filter(|_| released).map(|steered| SteeredView {
                id: steered.id.to_string(),
                exact: steered.exact,
                question: steered.question.clone(),
                confirmed_at: steered.confirmed_at.to_string(),
            }),
        }
    }

    /// A notice with its words.
    #[must_use]
    pub fn notice(&self, notice: &RunNotice) -> NoticeView {
        NoticeView { code: notice.code.clone(), text: self.phrases.notice(notice, self.language) }
    }

    /// The label of a run.
    #[must_use]
    pub fn label(&self, run: &Run) -> LabelView {
        LabelView {
            text: self.phrases.label(self.language).to_owned(),
            aigc: AigcView {
                label: "1".to_owned(),
                content_producer: self.provider_code.to_owned(),
                produce_id: run.id.to_string(),
                reserved_code_1: run.content_hash.clone().unwrap_or_default(),
                content_propagator: self.provider_code.to_owned(),
                propagate_id: run.id.to_string(),
                reserved_code_2: String::new(),
            },
        }
    }
}

/// A conversation in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationView {
    /// Its id.
    pub id: String,
    /// Its scenario.
    pub scenario: String,
    /// The first question, cut.
    pub title: String,
    /// When it last changed.
    pub updated_at: String,
    /// How many questions it holds.
    pub runs: u64,
}

impl From<&assistant::conversations::Conversation> for ConversationView {
    fn from(conversation: &assistant::conversations::Conversation) -> Self {
        Self {
            id: conversation.id.to_string(),
            scenario: conversation.scenario.to_string(),
            title: conversation.title.clone(),
            updated_at: conversation.updated_at.to_string(),
            runs: conversation.runs,
        }
    }
}

/// A conversation with its runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationRunsView {
    /// Its id.
    pub id: String,
    /// Its scenario.
    pub scenario: String,
    /// The first question, cut.
    pub title: String,
    /// Its runs, the oldest first.
    pub runs: Vec<RunView>,
}
