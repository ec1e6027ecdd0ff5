//! A whole dialogue at once: every message screened, personal data replaced by the same placeholder in all of them.

use crate::{CleanPrompt, Profile, Refusal, RefusalCode, Screened, Tuning, screen_input};

/// Stands between two messages while they are looked at together; taken out of them before.
const PARTING: char = '\u{2028}';

/// The messages of a dialogue that may be shown to a model. Made only by [`screen_dialogue`].
#[derive(Debug, Clone)]
pub struct CleanDialogue {
    texts: Vec<String>,
    prompt: Option<CleanPrompt>,
    tuning: Tuning,
}

impl CleanDialogue {
    /// The messages with placeholders, in the order they were given.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// How many values were replaced.
    #[must_use]
    pub fn replaced(&self) -> usize {
        self.prompt.as_ref().map_or(0, |prompt| prompt.findings().len())
    }

    /// The key to the placeholders; nothing when there was no text at all.
    #[must_use]
    pub fn prompt(&self) -> Option<&CleanPrompt> {
        self.prompt.as_ref()
    }

    /// What officers set: the answer is looked at by the same rules as the messages.
    #[must_use]
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// Puts the asker's own words back in place of placeholders.
    #[must_use]
    pub fn restore(&self, text: &str) -> String {
        self.prompt.as_ref().map_or_else(|| text.to_owned(), |prompt| prompt.restore(text))
    }
}

/// Screens the messages of a dialogue together: a command in parts over several messages is seen, and a person is the
/// same placeholder everywhere. Blank messages stay as they are.
pub fn screen_dialogue(profile: &Profile, texts: &[&str]) -> Result<CleanDialogue, Refusal> {
    let spoken: Vec<String> =
        texts.iter().filter(|text| !text.trim().is_empty()).map(|text| text.replace(PARTING, "\n")).collect();
    if spoken.is_empty() {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        return Ok(CleanDialogue { texts, prompt: None, tuning: profile.tuning.clone() });
    }
    let joined = spoken.join(&format!("\n{PARTING}\n"));
    let prompt = match screen_input(profile, &joined) {
        Screened::Clean(prompt) => prompt,
        Screened::Refused(refusal) => return Err(refusal),
    };
    let mut clean = prompt.text().split(PARTING).map(|part| {
        let part = part.strip_prefix('\n').unwrap_or(part);
        part.strip_suffix('\n').unwrap_or(part).to_owned()
    });
    let mut out = Vec::with_capacity(texts.len());
    for text in texts {
        if text.trim().is_empty() {
            out.push((*text).to_owned());
        } else {
            // A parting that was replaced itself: nothing is known of where messages end, so nothing goes on.
            out.push(clean.next().ok_or_else(|| Refusal::new(RefusalCode::Unreadable))?);
        }
    }
    if clean.next().is_some() {
        return Err(Refusal::new(RefusalCode::Unreadable));
    }
    Ok(CleanDialogue { texts: out, prompt: Some(prompt), tuning: profile.tuning.clone() })
}

#[cfg(test)]
mod tests {
    use super::screen_dialogue;
    use crate::{Profile, RefusalCode};

    #[test]
    fn a_person_is_the_same_placeholder_in_every_message_and_comes_back() {
        let texts = ["你是助手。", "我的手机是13800138000", "", "再说一遍 13800138000\n好"];
        let clean = screen_dialogue(&Profile::default(), &texts).unwrap();
        assert_eq!(clean.texts().len(), 4);
        assert!(clean.texts().iter().all(|text| !text.contains("138001")), "{clean:?}");
        assert_eq!(clean.texts()[0], texts[0]);
        assert_eq!(clean.texts()[2], "");
        for (clean_text, text) in clean.texts().iter().zip(texts) {
            assert_eq!(clean.restore(clean_text), text);
        }
        assert_eq!(screen_dialogue(&Profile::default(), &["", " "]).unwrap().texts(), ["", " "]);
    }

    #[test]
    fn one_message_with_a_secrecy_mark_stops_all() {
        let refusal = screen_dialogue(&Profile::default(), &["你好", "绝密★启用前 内部方案"]).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::SecrecyMark);
    }
}
