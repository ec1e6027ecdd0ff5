//! Urgent words (紧急词): what jumps the queue, and where a caller is put through to at once.

use crate::draft::Urgency;
use crate::policy::Policy;

/// A denial counts this many characters before or after a word.
const NEAR: usize = 4;

/// How urgent a text is, and which words say so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) level: Urgency,
    /// The group of the words that decided, such as `fire`.
    pub(crate) code: String,
    pub(crate) words: Vec<String>,
    pub(crate) hand_over: Option<String>,
}

pub(crate) fn urgency(policy: &Policy, text: &str) -> Found {
    let terms = &policy.settings.urgent;
    let mut found = Found { code: "none".to_owned(), ..Found::default() };
    for group in &terms.words {
        let words: Vec<String> = group
            .words
            .iter()
            .filter(|word| {
                text.match_indices(word.as_str())
                    .any(|(at, _)| !denied(text, at, at + word.len(), &terms.denied_before, &terms.denied_after))
            })
            .cloned()
            .collect();
        if words.is_empty() {
            continue;
        }
        if group.level > found.level {
            found.level = group.level;
            found.code.clone_from(&group.code);
            found.hand_over.clone_from(&group.hand_over);
        }
        found.words.extend(words);
    }
    found
}

/// Whether what stands close to a word in its own clause takes it back.
fn denied(text: &str, start: usize, end: usize, before: &[String], after: &[String]) -> bool {
    let stop = |c: char| matches!(c, '，' | '。' | '！' | '？' | '；' | ',' | '.' | '!' | '?' | ';' | '\n');
    let head = text.get(..start).unwrap_or_default();
    let near: String = head.chars().rev().take(NEAR).take_while(|c| !stop(*c)).collect();
    let near: String = near.chars().rev().collect();
    let tail: String = text.get(end..).unwrap_or_default().chars().take(NEAR).take_while(|c| !stop(*c)).collect();
    before.iter().any(|word| near.contains(word.as_str())) || after.iter().any(|word| tail.contains(word.as_str()))
}
