//! The guard profile of a scenario: data, read from its record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Kind, Operator, Tuning};

/// What becomes of a claim that its evidence does not bear. A contradicted claim is never shown without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsupported {
    /// The answer goes to a reviewer when fewer claims are supported than the profile asks.
    #[default]
    Review,
    /// It stays, marked as not supported, as long as another claim is.
    Mark,
    /// It is taken out, and the reader is told; so is what is contradicted. Nothing is left: no answer.
    Remove,
}

/// What a scenario asks of the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The longest question, in characters.
    pub max_question_chars: usize,
    /// The longest answer, in characters.
    pub max_answer_chars: usize,
    /// Kinds of personal data replaced by placeholders before a model sees the question. Empty means all.
    pub mask_kinds: Vec<String>,
    /// What becomes of a kind instead of a placeholder: `keep`, `mask`, `generalise`. Operators that need a key mask.
    pub operators: BTreeMap<Kind, Operator>,
    /// Whether public bodies and bare places are replaced as well; by themselves they stay.
    pub replace_public: bool,
    /// Whether every claim needs a citation that resolves.
    pub require_citations: bool,
    /// The smallest share of supported claims, in percent, at which an answer may be released without review.
    pub min_supported_percent: u8,
    /// What becomes of a claim that its evidence does not bear.
    pub unsupported: Unsupported,
    /// Whether the model's own words are looked through for the 31 risks of GB/T 45654.
    pub check_risk: bool,
    /// Words planted in the system prompt, and the prompt's own sentences: an answer that holds one leaks it.
    pub canaries: Vec<String>,
    /// What officers set at run time; the platform puts its own in.
    #[serde(skip)]
    pub tuning: Tuning,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            max_question_chars: 1_000,
            max_answer_chars: 8_000,
            mask_kinds: Vec::new(),
            operators: BTreeMap::new(),
            replace_public: false,
            require_citations: true,
            min_supported_percent: 100,
            unsupported: Unsupported::Review,
            check_risk: true,
            canaries: Vec::new(),
            tuning: Tuning::default(),
        }
    }
}
