//! What a backend is given: a clean prompt, numbered evidence, and the spans that seem to answer.

use guard::{CleanPrompt, Evidence};
use kernel::text::Span;
use kernel::{DataLevel, Date};

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
}
