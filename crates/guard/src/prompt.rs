//! Input: from a person's words to a [`CleanPrompt`], or a refusal.

use crate::{Finding, Profile, Refusal, RefusalCode};

/// A question that may be shown to a model: limits held, no secret marks, personal data replaced by placeholders.
///
/// The key to the placeholders stays in this value and is never serialised; it goes when the request ends.
#[derive(Debug, Clone)]
pub struct CleanPrompt {
    text: String,
    findings: Vec<Finding>,
    /// Placeholder → the words it stands for.
    vault: Vec<(String, String)>,
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
        self.vault.iter().fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
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

/// Screens a question for a scenario.
#[must_use]
pub fn screen_input(profile: &Profile, question: &str) -> Screened {
    let text = question.trim();
    if text.is_empty() {
        return Screened::Refused(Refusal::new(RefusalCode::EmptyQuestion));
    }
    if text.chars().count() > profile.max_question_chars {
        return Screened::Refused(Refusal::new(RefusalCode::TooLong));
    }
    Screened::Clean(CleanPrompt { text: text.to_owned(), findings: Vec::new(), vault: Vec::new() })
}
