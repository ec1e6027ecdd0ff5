//! Input: from a person's words to a [`CleanPrompt`], or a refusal.

use crate::deidentify::{Operator, Options, deidentify};
use crate::{Finding, Kind, Profile, Refusal, RefusalCode, Restorer, Vault};

/// A question that may be shown to a model: limits held, no secret marks, personal data replaced by placeholders.
///
/// The key to the placeholders stays in this value and is never serialised; it goes when the request ends.
#[derive(Debug, Clone)]
pub struct CleanPrompt {
    text: String,
    findings: Vec<Finding>,
    vault: Vault,
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
    if is_unreadable(text) {
        return Screened::Refused(Refusal::new(RefusalCode::Unreadable));
    }
    let options = Options {
        kinds: profile.mask_kinds.iter().filter_map(|kind| Kind::parse(kind)).collect(),
        operator: Operator::Placeholder,
        ..Options::default()
    };
    let clean = deidentify(text, &options);
    Screened::Clean(CleanPrompt { text: clean.text, findings: clean.findings, vault: clean.vault })
}

/// Whether control characters or replacement characters are more than a slip: a binary file, a wrong encoding.
fn is_unreadable(text: &str) -> bool {
    let (mut bad, mut all) = (0_usize, 0_usize);
    for c in text.chars() {
        all += 1;
        let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
        if c == '\u{fffd}' || private || (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            bad += 1;
        }
    }
    bad > 0 && bad * 20 >= all
}
