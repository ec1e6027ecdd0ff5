//! A finding: what a rule saw, where, how sure it is, and why. Never the value itself.

use kernel::text::Span;
use serde::{Deserialize, Serialize};

/// One finding in a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is: a kind of personal data such as `id_card`, or a category such as `secrecy_mark`.
    pub kind: String,
    /// Where, in characters of the text that was checked.
    #[serde(flatten)]
    pub span: Span,
    /// How sure the rule is, 0 to 1.
    pub score: f32,
    /// The rule that saw it, such as `id_card.check_digit`.
    pub rule: String,
}
