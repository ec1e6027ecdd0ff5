//! The words people read that are not in an answer: refusals, notices, the label. Data, in two languages.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Error;
use crate::notices::RunNotice;
use crate::refusals::RefusalWords;

/// The language of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文.
    #[default]
    Chinese,
    /// English.
    English,
}

#[derive(Debug, Clone, Deserialize)]
struct Label {
    text: String,
    text_en: String,
}

#[derive(Debug, Clone, Deserialize)]
struct PhraseFile {
    label: Label,
    notices: BTreeMap<String, String>,
}

/// All phrases.
#[derive(Debug, Clone)]
pub struct Phrases {
    /// By name: a refusal code, or an answer that a risk is met with.
    refusals: BTreeMap<String, RefusalWords>,
    label: Label,
    notices: BTreeMap<String, String>,
}

impl Phrases {
    /// Reads `policies/refusals.toml` and `policies/phrases.toml`.
    pub fn parse(refusals: &str, phrases: &str) -> Result<Self, Error> {
        let bad = |file: &str, error: toml::de::Error| Error::BadScenario {
            file: file.to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        };
        let refusals = toml::from_str(refusals).map_err(|e| bad("policies/refusals.toml", e))?;
        let file: PhraseFile = toml::from_str(phrases).map_err(|e| bad("policies/phrases.toml", e))?;
        Ok(Self { refusals, label: file.label, notices: file.notices })
    }

    /// The words of a refusal as they ship; those in force are told by [`crate::Assistant::refusal_words`].
    #[must_use]
    pub fn shipped_refusal(&self, name: &str) -> Option<&RefusalWords> {
        self.refusals.get(name)
    }

    /// All refusals as they ship, by name.
    pub fn shipped_refusals(&self) -> impl Iterator<Item = (&str, &RefusalWords)> {
        self.refusals.iter().map(|(name, words)| (name.as_str(), words))
    }

    /// The label of generated content, GB 45438—2025 5.1.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.label.text,
            Language::English => &self.label.text_en,
        }
    }

    /// The words of a notice with its values in them; its code when it has no words.
    #[must_use]
    pub fn notice(&self, notice: &RunNotice, language: Language) -> String {
        let key = match language {
            Language::Chinese => notice.code.clone(),
            Language::English => format!("{}_en", notice.code),
        };
        let words = self.notices.get(&key).cloned().unwrap_or_else(|| notice.code.clone());
        notice.values.iter().fold(words, |words, (name, value)| words.replace(&format!("{{{name}}}"), value))
    }
}

#[cfg(test)]
mod tests {
    use guard::RefusalCode;
    use guard::risk::{Category, RiskRules};

    use super::{Language, Phrases};

    #[test]
    fn every_refusal_and_every_risk_has_words_in_both_languages_and_the_label_names_both_elements() {
        let phrases = Phrases::parse(
            include_str!("../../../policies/refusals.toml"),
            include_str!("../../../policies/phrases.toml"),
        )
        .unwrap();
        let answers = RiskRules::built_in().answers();
        assert!(Category::ALL.iter().all(|risk| answers.contains_key(risk)));
        let names = RefusalCode::ALL.map(RefusalCode::as_str).into_iter().chain(answers.values().map(String::as_str));
        for name in names {
            let words = phrases.shipped_refusal(name).unwrap_or_else(|| panic!("{name} has no words"));
            for language in [Language::Chinese, Language::English] {
                let (message, next_step) = words.in_language(language);
                assert!(message.len() > 8 && next_step.len() > 8, "{name} {language:?}");
            }
        }
        for language in [Language::Chinese, Language::English] {
            let label = phrases.label(language);
            assert!(label.contains("人工智能") && label.contains("生成"), "{label}");
        }
    }
}
