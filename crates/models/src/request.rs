//! What a backend is given: a clean prompt, numbered evidence, and the spans that seem to answer; and for whom.

use guard::{CleanPrompt, Evidence};
use kernel::text::Span;
use kernel::{DataLevel, Date};

/// On whose behalf a model is called: what admission, budgets and metering go by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnBehalf {
    /// Who: `key:…`, `user:…`, `visitor:…`.
    pub actor: String,
    /// The department that is charged; `citizens` for visitors.
    pub department: String,
    /// The scenario; empty for a call by route.
    pub scenario: String,
    /// The scenario's priority, 0 to 100.
    pub priority: u8,
    /// The most tokens this month, for each of `key:…`, `department:…` that has a budget.
    pub budgets: Vec<(String, u64)>,
}

/// A span of one evidence that seems to answer the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quotation {
    /// The evidence number.
    pub n: u32,
    /// Where in the evidence's text, in characters.
    pub span: Span,
    /// How well it answers, larger is better; comparable within one question.
    pub score: f32,
}

/// One draft to write.
#[derive(Debug, Clone, Copy)]
pub struct DraftRequest<'r> {
    /// The scenario, for messages.
    pub scenario: &'r str,
    /// The scenario's prompt template (minijinja): a `# system` and a `# user` part.
    pub template: &'r str,
    /// The screened question.
    pub prompt: &'r CleanPrompt,
    /// The evidence, numbered from 1.
    pub evidence: &'r [Evidence],
    /// The spans that seem to answer, best first.
    pub quotations: &'r [Quotation],
    /// The date whose law is asked for.
    pub as_of: Date,
    /// The highest level among the question and the evidence.
    pub level: DataLevel,
    /// For whom; nothing for a rehearsal, which is neither queued nor metered.
    pub on: Option<&'r OnBehalf>,
}
