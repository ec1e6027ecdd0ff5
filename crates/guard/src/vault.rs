//! The key to placeholders: which token stands for which words, and putting the words back, also chunk by chunk.
//!
//! A token is `⟦label·number⟧`. The double brackets are outside what people type and what GB 18030 documents use as
//! punctuation, and models copy them unchanged. Tokens that a text already holds are never issued.

use std::collections::{HashMap, HashSet};

use crate::kind::Kind;

pub(crate) const OPEN: char = '⟦';
pub(crate) const CLOSE: char = '⟧';
/// The longest token, in bytes.
const LONGEST: usize = 48;

/// Placeholder → words. Kept only as long as a request; never serialised.
#[derive(Clone, Default)]
pub struct Vault {
    tokens: HashMap<String, String>,
    issued: HashMap<(Kind, String), String>,
    counts: HashMap<Kind, u32>,
    taken: HashSet<String>,
}

impl std::fmt::Debug for Vault {
    /// How many, never which.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.tokens.len())
    }
}

/// Every `⟦…⟧` in `text`.
fn tokens_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(OPEN).filter_map(|(at, _)| token_at(text, at))
}

/// The token that begins at byte `at`.
fn token_at(text: &str, at: usize) -> Option<&str> {
    let tail = text.get(at..)?;
    let body = tail.get(OPEN.len_utf8()..)?;
    let close = body.char_indices().take(16).find(|(_, c)| matches!(*c, CLOSE | OPEN | '\n'))?;
    (close.1 == CLOSE).then(|| tail.get(..OPEN.len_utf8() + close.0 + CLOSE.len_utf8()))?
}

impl Vault {
    /// An empty vault for one text or one conversation.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the tokens that `text` already holds from being issued.
    pub(crate) fn reserve(&mut self, text: &str) {
        self.taken.extend(tokens_in(text).map(str::to_owned));
    }

    /// The token for a value; the same value of the same kind always has the same token.
    pub(crate) fn token(&mut self, kind: Kind, value: &str) -> String {
        if let Some(token) = self.issued.get(&(kind, value.to_owned())) {
            return token.clone();
        }
        let token = loop {
            let n = self.counts.entry(kind).or_insert(0);
            *n += 1;
            let token = format!("{OPEN}{}{n}{CLOSE}", kind.label());
            if !self.taken.contains(&token) {
                break token;
            }
        };
        self.issued.insert((kind, value.to_owned()), token.clone());
        self.tokens.insert(token.clone(), value.to_owned());
        token
    }

    /// Every token with its value, sorted: for the owner of the text, who keeps it apart from the text.
    #[must_use]
    pub fn entries(&self) -> std::collections::BTreeMap<&str, &str> {
        self.tokens.iter().map(|(token, value)| (token.as_str(), value.as_str())).collect()
    }

    /// A vault with these entries, to restore with.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let tokens: HashMap<String, String> = entries.into_iter().collect();
        let taken = tokens.keys().cloned().collect();
        Self { tokens, taken, ..Self::default() }
    }

    /// How many values it keeps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it keeps nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Puts the words back in place of their tokens, in one pass: a value that looks like a token stays as it is.
    #[must_use]
    pub fn restore(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (at, _) in text.match_indices(OPEN) {
            if at < from {
                continue;
            }
            let Some((token, value)) = token_at(text, at).and_then(|token| Some((token, self.tokens.get(token)?)))
            else {
                continue;
            };
            out.push_str(text.get(from..at).unwrap_or_default());
            out.push_str(value);
            from = at + token.len();
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }

    /// A restorer for text that arrives in chunks.
    #[must_use]
    pub fn restorer(&self) -> Restorer<'_> {
        Restorer { vault: self, held: String::new() }
    }
}

/// Restores chunk by chunk: what may be the beginning of a token is held until it is one or is not.
#[derive(Debug)]
pub struct Restorer<'v> {
    vault: &'v Vault,
    held: String,
}

impl Restorer<'_> {
    /// Takes a chunk, gives what can be shown.
    pub fn push(&mut self, chunk: &str) -> String {
        self.held.push_str(chunk);
        let keep = match self.held.rfind(OPEN) {
            Some(at) if token_at(&self.held, at).is_none() && self.held.len() - at < LONGEST => at,
            _ => self.held.len(),
        };
        let rest = self.held.split_off(keep);
        let ready = std::mem::replace(&mut self.held, rest);
        self.vault.restore(&ready)
    }

    /// The rest at the end of the stream.
    #[must_use]
    pub fn finish(self) -> String {
        self.vault.restore(&self.held)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Vault;
    use crate::kind::Kind;

    #[test]
    fn one_value_has_one_token_and_tokens_of_the_text_are_not_issued() {
        let mut vault = Vault::new();
        vault.reserve("请问⟦手机1⟧是什么");
        let token = vault.token(Kind::Mobile, "13800138000");
        assert_eq!(token, "⟦手机2⟧");
        assert_eq!(vault.token(Kind::Mobile, "13800138000"), token);
        assert_eq!(vault.restore("⟦手机1⟧ ⟦手机2⟧ ⟦"), "⟦手机1⟧ 13800138000 ⟦");
    }

    proptest! {
        #[test]
        fn a_stream_restores_like_the_whole_however_it_is_cut(text in "[ab⟦⟧手机12\n]{0,40}", cuts in prop::collection::vec(0usize..41, 0..6)) {
            let mut vault = Vault::new();
            vault.token(Kind::Mobile, "13800138000");
            vault.token(Kind::Mobile, "⟦手机1⟧");
            let chars: Vec<char> = text.chars().collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(chars.len())).collect();
            cuts.sort_unstable();
            let mut restorer = vault.restorer();
            let mut out = String::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([chars.len()]) {
                out.push_str(&restorer.push(&chars[from..cut].iter().collect::<String>()));
                from = cut;
            }
            out.push_str(&restorer.finish());
            prop_assert_eq!(out, vault.restore(&text));
        }
    }
}
