//! Refusals: values with a stable code. The words a person reads are data (`policies/refusals.toml`).

use serde::{Deserialize, Serialize};

use crate::Finding;

/// Why nothing is answered. One per line, sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The answer failed a check and no rule allows a person to mend it.
    AnswerUnsafe,
    /// Somebody may be in danger: the emergency numbers come first.
    Emergency,
    /// The question holds nothing to answer.
    EmptyQuestion,
    /// The question tries to command the model.
    Injection,
    /// No passage in the allowed collections answers it.
    NoBasis,
    /// The scenario does not serve this kind of question.
    OutOfScope,
    /// Only the department's own records can say.
    PersonalCase,
    /// A reviewer rejected the answer.
    RejectedByReviewer,
    /// The question carries a secrecy mark or secret content.
    SecrecyMark,
    /// The question is longer than the scenario allows.
    TooLong,
    /// The text is not readable: broken encoding, control characters.
    Unreadable,
    /// The asker took the question back while it waited for a reviewer.
    Withdrawn,
}

impl RefusalCode {
    /// All codes.
    pub const ALL: [Self; 12] = [
        Self::AnswerUnsafe,
        Self::Emergency,
        Self::EmptyQuestion,
        Self::Injection,
        Self::NoBasis,
        Self::OutOfScope,
        Self::PersonalCase,
        Self::RejectedByReviewer,
        Self::SecrecyMark,
        Self::TooLong,
        Self::Unreadable,
        Self::Withdrawn,
    ];

    /// The stable code, such as `secrecy_mark`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnswerUnsafe => "answer_unsafe",
            Self::Emergency => "emergency",
            Self::EmptyQuestion => "empty_question",
            Self::Injection => "injection",
            Self::NoBasis => "no_basis",
            Self::OutOfScope => "out_of_scope",
            Self::PersonalCase => "personal_case",
            Self::RejectedByReviewer => "rejected_by_reviewer",
            Self::SecrecyMark => "secrecy_mark",
            Self::TooLong => "too_long",
            Self::Unreadable => "unreadable",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A refusal: the code, and what the rules saw (kinds and places, never values).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// What was seen.
    pub findings: Vec<Finding>,
}

impl Refusal {
    /// A refusal without findings.
    #[must_use]
    pub fn new(code: RefusalCode) -> Self {
        Self { code, findings: Vec::new() }
    }
}
