//! A draft: what a backend wrote. Nothing of it may be shown before [`crate::check_output`].

use serde::{Deserialize, Serialize};

/// One statement of a draft with the evidence it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSegment {
    /// Words the platform itself puts before the statement, such as the title and label of a quoted article.
    /// Built from the evidence, never by a model; shown with the statement but not a claim.
    #[serde(default)]
    pub lead: String,
    /// The statement, without citation marks. One segment is one claim.
    pub text: String,
    /// Words of the platform after the statement, such as a closing quotation mark.
    #[serde(default)]
    pub tail: String,
    /// Whether the statement is meant as a verbatim quotation of the cited evidence.
    #[serde(default)]
    pub quoted: bool,
    /// The evidence numbers it names, in order.
    pub citations: Vec<u32>,
}

/// How much work a draft was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read; 0 when the backend does not count.
    pub tokens_in: u32,
    /// Tokens written, reasoning included.
    pub tokens_out: u32,
    /// Tokens of reasoning among them.
    pub tokens_reasoning: u32,
    /// Milliseconds to the first token.
    pub first_token_ms: u32,
    /// Milliseconds altogether.
    pub total_ms: u32,
}

/// What a backend wrote for one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The model that wrote it.
    pub model: String,
    /// The statements in order. Empty means that the backend found nothing to say.
    pub segments: Vec<DraftSegment>,
    /// The model's reasoning, when it gave one: kept apart, never shown to citizens.
    pub reasoning: Option<String>,
    /// What it cost.
    pub usage: Usage,
}

impl Draft {
    /// The whole answer as plain text with `[n]` marks.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push_str(&segment.lead);
            text.push_str(&segment.text);
            text.push_str(&segment.tail);
            for n in &segment.citations {
                text.push('[');
                text.push_str(&n.to_string());
                text.push(']');
            }
        }
        text
    }
}
