//! Text: offsets, which everything outside the platform counts in Unicode characters, half-open, and Rust in bytes; and
//! the width of characters.

use serde::{Deserialize, Serialize};

/// A half-open range of Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// The half-width form of a full-width sign, letter or digit (！ to ～); any other character stays.
#[must_use]
#[inline]
pub fn half_width(c: char) -> char {
    match c {
        // They stand at a fixed distance from ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Turns byte offsets of one text into character offsets, in order of rising offsets in O(n) altogether.
#[derive(Debug)]
pub struct CharCounter<'t> {
    text: &'t str,
    byte: usize,
    chars: usize,
}

impl<'t> CharCounter<'t> {
    /// A counter at the start of `text`.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self { text, byte: 0, chars: 0 }
    }

    /// The number of characters before byte `offset`. Going back starts again from the beginning.
    pub fn at(&mut self, offset: usize) -> usize {
        if offset < self.byte {
            self.byte = 0;
            self.chars = 0;
        }
        let part = self.text.as_bytes().get(self.byte..offset).unwrap_or_default();
        // A character starts at every byte that is not a UTF-8 continuation byte.
        self.chars += part.iter().filter(|b| (**b & 0xC0) != 0x80).count();
        self.byte = self.byte.max(offset.min(self.text.len()));
        self.chars
    }

    /// The character span of a byte range.
    pub fn span(&mut self, bytes: std::ops::Range<usize>) -> Span {
        let start = self.at(bytes.start);
        let end = self.at(bytes.end);
        Span { start, end }
    }
}

/// The characters of `text` in `span`; empty when the span lies outside.
#[must_use]
pub fn slice(text: &str, span: Span) -> &str {
    let mut starts = text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len()));
    let Some(from) = starts.nth(span.start) else { return "" };
    let to = if span.end > span.start { starts.nth(span.end - span.start - 1) } else { Some(from) };
    to.and_then(|to| text.get(from..to)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CharCounter, Span, half_width, slice};

    #[test]
    fn only_full_width_forms_change() {
        let folded: String = "Ａ１．～（民\u{3000}￥a1".chars().map(half_width).collect();
        assert_eq!(folded, "A1.~(民\u{3000}￥a1");
    }

    proptest! {
        #[test]
        fn byte_ranges_become_the_same_characters(text in "[a民法𠮷é]{0,40}", a in 0usize..40, b in 0usize..40) {
            let bounds: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (a, b) = (a.min(b).min(bounds.len() - 1), a.max(b).min(bounds.len() - 1));
            let span = CharCounter::new(&text).span(bounds[a]..bounds[b]);
            prop_assert_eq!(span, Span { start: a, end: b });
            prop_assert_eq!(Some(slice(&text, span)), text.get(bounds[a]..bounds[b]));
        }
    }
}
