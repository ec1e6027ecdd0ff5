//! Views of what the guard finds in a test.

use serde::Serialize;
use utoipa::ToSchema;

use crate::views::run::word;

/// Personal data that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundValueView {
    /// What it is, such as `id_card`.
    pub kind: String,
    /// Its first character.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// Its words.
    pub text: String,
    /// How sure, 0 to 1.
    pub score: f32,
    /// The rule that saw it.
    pub rule: String,
}

/// A text with its personal data replaced.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeidentifiedView {
    /// The text as it would go on.
    pub text: String,
    /// What was found in the original.
    pub findings: Vec<FoundValueView>,
}

impl DeidentifiedView {
    /// The view of a replaced text and what was found in the original.
    #[must_use]
    pub fn of(text: String, findings: Vec<guard::FoundValue>) -> Self {
        let findings = findings.into_iter().map(|found| FoundValueView {
            kind: found.finding.kind,
            start: found.finding.span.start,
            end: found.finding.span.end,
            text: found.text,
            score: found.finding.score,
            rule: found.finding.rule,
        });
        Self { text, findings: findings.collect() }
    }
}

/// Something a screening saw.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenFindingView {
    /// What sort of thing, such as `goal_hijack`.
    pub category: String,
    /// Its first character.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// How sure, 0 to 1.
    pub score: f32,
    /// The rule that saw it.
    pub rule: String,
    /// What the rule leads to.
    pub action: String,
    /// Where it stands: in the text or in what comes with it.
    pub part: String,
}

/// What a screening saw, and what follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenedView {
    /// `pass`, `review` or `block`.
    pub verdict: String,
    /// Everything that was seen.
    pub findings: Vec<ScreenFindingView>,
}

impl From<guard::ScreenReport> for ScreenedView {
    fn from(report: guard::ScreenReport) -> Self {
        let findings = report.findings.into_iter().map(|found| ScreenFindingView {
            action: word(&found.action),
            part: word(&found.part),
            category: found.category,
            start: found.start,
            end: found.end,
            score: found.score,
            rule: found.rule,
        });
        Self { verdict: word(&report.verdict), findings: findings.collect() }
    }
}

/// A risk that was seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct RiskFindingView {
    /// The leaf of GB/T 45654, `A1a` to `A5b`.
    pub category: String,
    /// Its first character.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// How sure, 0 to 1.
    pub score: f32,
    /// The rule that saw it.
    pub rule: String,
    /// What the rule leads to.
    pub action: String,
    /// What the rule is for.
    pub why: String,
}

/// The risks of a text, and what follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct RiskView {
    /// `pass`, `review` or `block`.
    pub verdict: String,
    /// Everything that was seen.
    pub findings: Vec<RiskFindingView>,
}

impl From<guard::risk::RiskReport> for RiskView {
    fn from(report: guard::risk::RiskReport) -> Self {
        let findings = report.findings.into_iter().map(|found| RiskFindingView {
            category: found.category.to_string(),
            start: found.start,
            end: found.end,
            score: found.score,
            action: word(&found.action),
            rule: found.rule,
            why: found.why,
        });
        Self { verdict: word(&report.verdict), findings: findings.collect() }
    }
}

/// What the evidence says to one statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedClaimView {
    /// Its words.
    pub text: String,
    /// Its first character.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// `supported`, `contradicted` or `unsupported`.
    pub verdict: String,
    /// How close the evidence is, 0 to 1.
    pub score: f32,
    /// The passage that decided, from 0.
    pub evidence: Option<usize>,
    /// Why, as a code and two wordings.
    pub why: String,
}

/// An answer, statement by statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedView {
    /// Whether every statement stands in the evidence.
    pub supported: bool,
    /// The share that does.
    pub score: f32,
    /// The statements.
    pub claims: Vec<VerifiedClaimView>,
}

impl From<guard::VerifyReport> for VerifiedView {
    fn from(report: guard::VerifyReport) -> Self {
        let claims = report.claims.into_iter().map(|claim| VerifiedClaimView {
            verdict: word(&claim.verdict),
            text: claim.text,
            start: claim.start,
            end: claim.end,
            score: claim.score,
            evidence: claim.evidence,
            why: claim.why,
        });
        Self { supported: report.supported, score: report.score, claims: claims.collect() }
    }
}
