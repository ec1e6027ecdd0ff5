//! A run (一次问答): one question, what was done for it, and what came of it.

use guard::{RefusalCode, Verdict};
use kernel::ids::{ArticleId, ConversationId, DocumentId, ReviewId, RunId, ScenarioId, VersionId};
use kernel::{Date, Timestamp};
use knowledge::Validity;
use serde::{Deserialize, Serialize};

use crate::notices::RunNotice;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It was begun and not finished: being answered, or cut off by a stop of the server.
    Running,
    /// The answer was released.
    Released,
    /// A reviewer must decide.
    InReview,
    /// Nothing was answered.
    Refused,
    /// A reviewer decided against it.
    Rejected,
    /// We could not do our work.
    Failed,
}

impl RunStatus {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Released => "released",
            Self::InReview => "in_review",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// One step that was taken, as the asker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `understand`, `screen`, `retrieve`, `draft`, `check` or `release`.
    pub name: String,
    /// `running`, `pass`, `review`, `refused` or `fail`.
    pub status: String,
    /// How long it took, in milliseconds.
    pub ms: u32,
}

/// A statement of the answer as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerClaim {
    /// Its words.
    pub text: String,
    /// What the evidence says to it.
    pub verdict: Verdict,
    /// Why, as a code of the guard.
    #[serde(default)]
    pub why: String,
    /// The citations that bear it.
    pub citations: Vec<u32>,
}

/// A citation that resolves: to an article of a version of a document, and the words that were used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// Its number in the answer.
    pub n: u32,
    /// The article.
    pub article_id: ArticleId,
    /// The version it was read from; it stays readable when the document changes.
    pub version_id: VersionId,
    /// The document.
    pub document_id: DocumentId,
    /// The document's title.
    pub document: String,
    /// The article's label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The words that were used.
    pub quote: String,
    /// Whether it was in force at the date asked.
    pub validity: Validity,
}

/// Why nothing was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRefusal {
    /// The stable code; its words are in the bank of refusals.
    pub code: RefusalCode,
    /// The answer of the bank that is read instead of the code's own, such as the one its risk is met with.
    #[serde(default)]
    pub answer: Option<String>,
    /// A reviewer's reason, when there is one.
    #[serde(default)]
    pub reason: Option<String>,
    /// Titles of what was searched, when nothing was found.
    #[serde(default)]
    pub searched: Vec<String>,
}

impl RunRefusal {
    /// With the words of its code.
    #[must_use]
    pub(crate) fn of(code: RefusalCode) -> Self {
        Self { code, answer: None, reason: None, searched: Vec::new() }
    }
}

/// The model that drafted, as shown to the asker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunModel {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// The scenario.
    pub scenario: ScenarioId,
    /// The question as stored: personal data replaced, nothing at all when it was refused as secret.
    pub question: String,
    /// The date whose law was asked for.
    pub as_of: Date,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// How it stands.
    pub status: RunStatus,
    /// The answer, when released.
    #[serde(default)]
    pub answer: String,
    /// Its statements, when released.
    #[serde(default)]
    pub claims: Vec<AnswerClaim>,
    /// Its citations, when released.
    #[serde(default)]
    pub citations: Vec<Citation>,
    /// Why not, when refused or rejected.
    #[serde(default)]
    pub refusal: Option<RunRefusal>,
    /// The review item, when there is one.
    #[serde(default)]
    pub review_id: Option<ReviewId>,
    /// Where the question belongs: `emergency`, `complaint`, `personal_case`, `out_of_scope` or `secrecy`; absent for
    /// an ordinary one.
    #[serde(default)]
    pub routing: Option<String>,
    /// Supported statements as a share of all, when released.
    #[serde(default)]
    pub score: Option<f32>,
    /// Notices; their words are in `policies/phrases.toml`.
    #[serde(default)]
    pub notices: Vec<RunNotice>,
    /// What was done.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The model that drafted.
    #[serde(default)]
    pub model: Option<RunModel>,
    /// The correction that steered it, when one did.
    #[serde(default)]
    pub correction: Option<crate::corrections::Steered>,
    /// SM3 of the checked answer, when released.
    #[serde(default)]
    pub content_hash: Option<String>,
    /// How much personal data was replaced, by kind, rule and operator: for the audit, not part of the run's record.
    #[serde(skip)]
    pub personal_data: Vec<guard::FindingCount>,
    /// What the guard saw on the way, by rule: for the security page, not part of the run's record.
    #[serde(skip)]
    pub seen: Vec<Seen>,
}

/// Something the guard saw on a run's way. Names of rules only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whether it was seen in what the model wrote, and not in the question.
    pub in_answer: bool,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub category: String,
    /// Whether it stopped the run, or only asks for a person, or was only counted.
    pub action: guard::Action,
}

impl Seen {
    /// What screening saw in a question that it let pass.
    pub(crate) fn passed(noticed: &[guard::ScreenFinding]) -> Vec<Self> {
        let seen = |f: &guard::ScreenFinding| Self {
            in_answer: false,
            rule: f.rule.clone(),
            category: f.category.clone(),
            action: guard::Action::Observe,
        };
        noticed.iter().map(seen).collect()
    }

    /// What screening stopped.
    pub(crate) fn stopped(refusal: &guard::Refusal) -> Vec<Self> {
        let seen = |f: &guard::Finding| Self {
            in_answer: false,
            rule: f.rule.clone(),
            category: f.kind.clone(),
            action: guard::Action::Block,
        };
        refusal.findings.iter().map(seen).collect()
    }

    /// What the checks of an answer did not let pass. A risk names its own rules: `A1h words.1a2b3c4d`.
    pub(crate) fn checks(checked: &guard::Checked) -> Vec<Self> {
        let mut all = Vec::new();
        for check in checked.checks() {
            let action = match check.status {
                guard::CheckStatus::Pass => continue,
                guard::CheckStatus::Warn => guard::Action::Review,
                guard::CheckStatus::Fail => guard::Action::Block,
            };
            let risks: Vec<(&str, &str)> = match check.rule.as_str() {
                "output.risk" => check.detail.split(", ").filter_map(|one| one.split_once(' ')).collect(),
                _ => Vec::new(),
            };
            let one = |category: &str, rule: &str| Self {
                in_answer: true,
                rule: rule.to_owned(),
                category: category.to_owned(),
                action,
            };
            if risks.is_empty() {
                all.push(one("check", &check.rule));
            } else {
                all.extend(risks.into_iter().map(|(category, rule)| one(category, rule)));
            }
        }
        all
    }
}

impl Run {
    /// A run at its beginning. Nothing of the question's words is in it before they are screened.
    #[must_use]
    pub(crate) fn begun(
        id: RunId,
        conversation_id: ConversationId,
        scenario: ScenarioId,
        as_of: Date,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            conversation_id,
            scenario,
            question: String::new(),
            as_of,
            asked_at: now,
            status: RunStatus::Running,
            answer: String::new(),
            claims: Vec::new(),
            citations: Vec::new(),
            refusal: None,
            review_id: None,
            routing: None,
            score: None,
            notices: Vec::new(),
            steps: Vec::new(),
            model: None,
            correction: None,
            content_hash: None,
            personal_data: Vec::new(),
            seen: Vec::new(),
        }
    }
}
