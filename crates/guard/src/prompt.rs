//! Input: from a person's words to a [`CleanPrompt`], or a refusal.

use kernel::text::Span;

use crate::deidentify::{Operator, Options, deidentify};
use crate::screen::{Action, ScreenFinding, ScreenReport, ScreenVerdict, unreadable};
use crate::{Finding, Kind, Profile, Refusal, RefusalCode, Restorer, Vault};

/// A question that may be shown to a model: limits held, no secret marks, personal data replaced by placeholders.
///
/// The key to the placeholders stays in this value and is never serialised; it goes when the request ends.
#[derive(Debug, Clone)]
pub struct CleanPrompt {
    text: String,
    findings: Vec<Finding>,
    noticed: Vec<ScreenFinding>,
    vault: Box<Vault>,
}

impl CleanPrompt {
    /// The question with placeholders.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was replaced (kinds and places in the original, never values).
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What screening saw and let pass: for counting, not for deciding.
    #[must_use]
    pub fn noticed(&self) -> &[ScreenFinding] {
        &self.noticed
    }

    /// Puts the asker's own words back in place of placeholders.
    #[must_use]
    pub fn restore(&self, text: &str) -> String {
        self.vault.restore(text)
    }

    /// The same for text that arrives in chunks, without ever showing half a placeholder.
    #[must_use]
    pub fn restorer(&self) -> Restorer<'_> {
        self.vault.restorer()
    }
}

/// The result of screening.
#[derive(Debug, Clone)]
pub enum Screened {
    /// It may go on.
    Clean(CleanPrompt),
    /// It may not.
    Refused(Refusal),
}

/// Screens a question for a scenario: readable, within its length, no secret, no command to the model; then
/// personal data becomes placeholders.
#[must_use]
pub fn screen_input(profile: &Profile, question: &str) -> Screened {
    let text =
        question.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'));
    if text.is_empty() {
        return Screened::Refused(Refusal::new(RefusalCode::EmptyQuestion));
    }
    if text.chars().nth(profile.max_question_chars).is_some() {
        return Screened::Refused(Refusal::new(RefusalCode::TooLong));
    }
    if unreadable(text).is_some() {
        return Screened::Refused(Refusal::new(RefusalCode::Unreadable));
    }
    let report = profile.tuning.screen(text, None);
    if report.verdict == ScreenVerdict::Block
        && let Some(refusal) = refusal(&report)
    {
        return Screened::Refused(refusal);
    }
    let options = Options {
        kinds: profile.mask_kinds.iter().filter_map(|kind| Kind::parse(kind)).collect(),
        operator: Operator::Placeholder,
        operators: profile.operators.clone(),
        replace_public: profile.replace_public,
        ..Options::default()
    };
    let clean = deidentify(text, &options);
    Screened::Clean(CleanPrompt {
        text: clean.text,
        findings: clean.findings,
        noticed: report.findings,
        vault: Box::new(clean.vault),
    })
}

/// What a report that blocks means to the asker. A table of people alone does not refuse: placeholders take it out.
fn refusal(report: &ScreenReport) -> Option<Refusal> {
    let seen: Vec<&ScreenFinding> =
        report.findings.iter().filter(|f| f.action != Action::Observe && f.category != "aggregation").collect();
    let secret = |f: &&ScreenFinding| f.category == "secrecy_mark";
    let code = if seen.iter().any(|f| secret(f) && f.action == Action::Block) {
        RefusalCode::SecrecyMark
    } else if seen.iter().any(|f| !secret(f) && f.category != "secrecy_hint") {
        RefusalCode::Injection
    } else {
        return None;
    };
    let findings = seen
        .iter()
        .map(|f| Finding {
            kind: f.category.clone(),
            span: Span { start: f.start, end: f.end },
            score: f.score,
            rule: f.rule.clone(),
            operator: None,
        })
        .collect();
    Some(Refusal { code, findings })
}
