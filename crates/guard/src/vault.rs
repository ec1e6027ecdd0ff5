//! The key to placeholders: which token stands for which words, and putting the words back, also chunk by chunk.
//!
//! A token is `⟦label·number⟧`. The double brackets are outside what people type and what GB 18030 documents use as
//! punctuation, and models copy them mostly unchanged; other brackets, blanks, full width and lower case are
//! understood too. Tokens that a text already holds are never issued.

use std::collections::{HashMap, HashSet};

use crate::kind::Kind;

pub(crate) const OPEN: char = '⟦';
pub(crate) const CLOSE: char = '⟧';
/// The most characters between the brackets of a token.
const LONGEST: usize = 20;

/// Placeholder → words. Kept only as long as a conversation; leaves memory only sealed.
#[derive(Clone, Default)]
pub struct Vault {
    /// By the token's plain form: label and number without brackets.
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

/// What stands at a bracket.
enum Seen {
    /// A token in its plain form, and the bytes it takes.
    Token(String, usize),
    /// Nothing: the bracket is text.
    Nothing,
    /// The text ends before that can be said.
    Unknown,
}

/// Brackets that a model may write instead of ours.
fn opens(c: char) -> bool {
    matches!(c, OPEN | '〚' | '【' | '〖' | '[' | '［' | '{' | '｛' | '〔' | '《' | '<' | '＜' | '「' | '『')
}

fn closes(c: char) -> bool {
    matches!(c, CLOSE | '〛' | '】' | '〗' | ']' | '］' | '}' | '｝' | '〕' | '》' | '>' | '＞' | '」' | '』')
}

/// A character of a token in its plain form; `None` when it is passed over.
fn plain(c: char) -> Option<char> {
    match c {
        ' ' | '\u{3000}' | '\u{a0}' | '\u{200b}' | '_' | '-' | '*' | '`' | '\\' => None,
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => Some(kernel::text::half_width(c).to_ascii_lowercase()),
        _ => Some(c.to_ascii_lowercase()),
    }
}

/// Looks at the bracket at the head of `text`. Doubled brackets count as one.
fn token_at(text: &str) -> Seen {
    let mut chars = text.char_indices();
    let Some((_, open)) = chars.next() else { return Seen::Unknown };
    let mut rest = chars.as_str();
    let mut used = open.len_utf8();
    if open != OPEN && rest.starts_with(open) {
        used += open.len_utf8();
        rest = text.get(used..).unwrap_or_default();
    }
    let mut token = String::new();
    for (n, (at, c)) in rest.char_indices().enumerate() {
        if closes(c) {
            let mut end = used + at + c.len_utf8();
            let after = text.get(end..).unwrap_or_default();
            // Doubled brackets close doubled; one that comes in the next chunk is waited for.
            if used > open.len_utf8() {
                if after.is_empty() {
                    return Seen::Unknown;
                }
                if !after.starts_with(c) {
                    return Seen::Nothing;
                }
                end += c.len_utf8();
            }
            return if token.is_empty() { Seen::Nothing } else { Seen::Token(token, end) };
        }
        if n >= LONGEST || opens(c) || c == '\n' {
            return Seen::Nothing;
        }
        token.extend(plain(c));
    }
    Seen::Unknown
}

impl Vault {
    /// An empty vault for one text or one conversation.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the tokens that `text` already holds from being issued.
    pub(crate) fn reserve(&mut self, text: &str) {
        for (at, _) in text.match_indices(opens) {
            if let Seen::Token(token, _) = token_at(text.get(at..).unwrap_or_default()) {
                self.taken.insert(token);
            } else if let Seen::Unknown = token_at(text.get(at..).unwrap_or_default()) {
                // The end of the text may close it in another way than we write.
                let body = text.get(at..).unwrap_or_default().trim_matches(|c| opens(c) || closes(c));
                self.taken.insert(body.chars().filter_map(plain).collect());
            }
        }
    }

    /// The token for a value; the same value of the same kind always has the same token.
    pub(crate) fn token(&mut self, kind: Kind, value: &str) -> String {
        if let Some(token) = self.issued.get(&(kind, value.to_owned())) {
            return token.clone();
        }
        let (token, plain) = loop {
            let n = self.counts.entry(kind).or_insert(0);
            *n += 1;
            let body = format!("{}{n}", kind.label());
            let plain: String = body.chars().filter_map(plain).collect();
            if !self.taken.contains(&plain) && !self.tokens.contains_key(&plain) {
                break (format!("{OPEN}{body}{CLOSE}"), plain);
            }
        };
        self.issued.insert((kind, value.to_owned()), token.clone());
        self.tokens.insert(plain, value.to_owned());
        token
    }

    /// Every token with its value, sorted: for the owner of the text, who keeps it apart from the text.
    #[must_use]
    pub fn entries(&self) -> std::collections::BTreeMap<String, &str> {
        let own = |plain: &String| {
            let label = Kind::ALL.iter().map(|kind| kind.label()).find(|label| {
                let folded: String = label.chars().filter_map(self::plain).collect();
                plain.strip_prefix(&folded).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
            });
            let number = plain.trim_start_matches(|c: char| !c.is_ascii_digit());
            label.map_or_else(|| plain.clone(), |label| format!("{label}{number}"))
        };
        self.tokens.iter().map(|(token, value)| (format!("{OPEN}{}{CLOSE}", own(token)), value.as_str())).collect()
    }

    /// A vault with these entries, to restore with and to go on with.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut vault = Self::default();
        for (token, value) in entries {
            let plain: String = token.chars().filter(|c| !opens(*c) && !closes(*c)).filter_map(plain).collect();
            let kind = Kind::ALL.iter().find(|kind| {
                let folded: String = kind.label().chars().filter_map(self::plain).collect();
                plain.strip_prefix(&folded).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            });
            if let Some(kind) = kind {
                vault.issued.insert((*kind, value.clone()), token);
            }
            vault.tokens.insert(plain, value);
        }
        vault
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
        let mut restorer = self.restorer();
        let mut out = restorer.push(text);
        out.push_str(&restorer.finish());
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
        let (ready, rest) = self.split(false);
        self.held = rest;
        ready
    }

    /// The rest at the end of the stream.
    #[must_use]
    pub fn finish(self) -> String {
        self.split(true).0
    }

    /// What can be shown of what is held, and what must wait.
    fn split(&self, last: bool) -> (String, String) {
        let text = self.held.as_str();
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        while let Some(step) = text.get(from..).and_then(|rest| rest.find(opens)) {
            let at = from + step;
            out.push_str(text.get(from..at).unwrap_or_default());
            let tail = text.get(at..).unwrap_or_default();
            let mut seen = token_at(tail);
            if last && matches!(seen, Seen::Unknown) {
                // Nothing comes any more: a doubled bracket may have been closed once.
                seen = token_at(&format!("{tail} "));
            }
            match seen {
                Seen::Token(token, bytes) if let Some(value) = self.vault.tokens.get(&token) => {
                    out.push_str(value);
                    from = at + bytes.min(tail.len());
                }
                Seen::Unknown if !last => return (out, tail.to_owned()),
                _ => {
                    let open = tail.chars().next().map_or(0, char::len_utf8);
                    out.push_str(tail.get(..open).unwrap_or_default());
                    from = at + open;
                }
            }
        }
        out.push_str(text.get(from..).unwrap_or_default());
        (out, String::new())
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
        vault.reserve("请问⟦手机1⟧和【手机 ２】是什么");
        let token = vault.token(Kind::Mobile, "13800138000");
        assert_eq!(token, "⟦手机3⟧");
        assert_eq!(vault.token(Kind::Mobile, "13800138000"), token);
        assert_eq!(vault.restore("⟦手机1⟧ ⟦手机3⟧ ⟦"), "⟦手机1⟧ 13800138000 ⟦");
        let again = Vault::from_entries(vault.entries().into_iter().map(|(k, v)| (k, v.to_owned())));
        assert_eq!(again.restore("⟦手机3⟧"), "13800138000");
    }

    #[test]
    fn what_models_make_of_tokens_is_understood() {
        let mut vault = Vault::new();
        vault.token(Kind::Qq, "12345678");
        vault.token(Kind::PersonName, "王小明");
        for (written, shown) in [
            ("⟦QQ1⟧", "12345678"),
            ("⟦qq１⟧", "12345678"),
            ("⟦ QQ 1 ⟧", "12345678"),
            ("【姓名1】您好", "王小明您好"),
            ("[[姓名1]]您好", "王小明您好"),
            ("[姓名1]您好", "王小明您好"),
            ("⟦姓名1】", "王小明"),
            ("⟦姓名2⟧", "⟦姓名2⟧"),
            ("[1]和【重要】", "[1]和【重要】"),
        ] {
            assert_eq!(vault.restore(written), shown);
        }
    }

    /// Every way to cut a text in two, and character by character: the same result, and never a character of a token.
    fn no_cut_leaks(vault: &Vault, text: &str) {
        let whole = vault.restore(text);
        let cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        for cut in &cuts {
            let mut restorer = vault.restorer();
            let (head, tail) = text.split_at(*cut);
            let mut shown = restorer.push(head);
            assert!(whole.starts_with(&shown), "{text:?} cut at {cut}: {shown:?} is not the head of {whole:?}");
            shown.push_str(&restorer.push(tail));
            assert!(whole.starts_with(&shown));
            shown.push_str(&restorer.finish());
            assert_eq!(shown, whole);
        }
        let mut restorer = vault.restorer();
        let mut shown = String::new();
        for c in text.chars() {
            shown.push_str(&restorer.push(c.encode_utf8(&mut [0; 4])));
            assert!(whole.starts_with(&shown), "{text:?}: {shown:?} is not the head of {whole:?}");
        }
        shown.push_str(&restorer.finish());
        assert_eq!(shown, whole);
    }

    #[test]
    fn no_cut_of_a_stream_leaks() {
        let mut vault = Vault::new();
        vault.token(Kind::Mobile, "13800138000");
        vault.token(Kind::PersonName, "欧阳小明");
        for text in [
            "您好⟦姓名1⟧，您的手机⟦手机1⟧已登记。⟦手机9⟧",
            "[[姓名1]]，[姓名1]，【 手机 １ 】⟦",
            "⟦姓名1⟧⟦手机1⟧",
            "⟦⟦姓名1⟧⟧[1][2]",
        ] {
            no_cut_leaks(&vault, text);
        }
    }

    proptest! {
        #[test]
        fn a_stream_restores_like_the_whole_however_it_is_cut(text in "[ab⟦⟧手机12 \\[\\]【】１\n]{0,24}") {
            let mut vault = Vault::new();
            vault.token(Kind::Mobile, "13800138000");
            vault.token(Kind::Mobile, "⟦手机1⟧");
            no_cut_leaks(&vault, &text);
        }
    }
}
