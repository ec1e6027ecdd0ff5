//! Finder: which of a question's terms stand in a text, found in one pass over the text.
//!
//! A question has some forty terms and a search looks at some forty sentences: looking for each term in each sentence
//! took longer than the search itself.

use crate::words::PAIR;

/// Terms, found by their first two characters.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    /// Term by term: its characters after the first two, and the next term with the same first two.
    terms: Vec<(Box<[char]>, u32)>,
    /// Open addressing over the first two characters; `NONE` is free. The length is a power of two.
    slots: Vec<(u64, u32)>,
    /// Whether some term is of one character.
    has_short: bool,
}

const NONE: u32 = u32::MAX;

/// The terms that were found, by their place among the finder's.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Hits(Vec<u64>);

impl Hits {
    /// Whether the term at `at` was found.
    pub(crate) fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }
}

impl Finder {
    /// A finder of normalised terms; a pair is looked for without its mark.
    pub(crate) fn new<'t>(terms: impl Iterator<Item = &'t str>) -> Self {
        let mut made = Self::default();
        let texts: Vec<&str> = terms.map(|term| term.strip_prefix(PAIR).unwrap_or(term)).collect();
        made.slots = vec![(0, NONE); (texts.len() * 2).next_power_of_two().max(4)];
        for text in texts {
            let mut chars = text.chars();
            let (Some(first), second) = (chars.next(), chars.next()) else {
                made.terms.push((Box::default(), NONE));
                continue;
            };
            made.has_short |= second.is_none();
            let place = u32::try_from(made.terms.len()).unwrap_or(NONE);
            let key = key(first, second);
            let slot = made.slot(key);
            let before = made.slots.get_mut(slot).map_or(NONE, |slot| std::mem::replace(slot, (key, place)).1);
            made.terms.push((chars.collect(), before));
        }
        made
    }

    /// The slot of a key: its own, or the free one where it would be.
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while self.slots.get(at).is_some_and(|(known, first)| *first != NONE && *known != key) {
            at = (at + 1) & mask;
        }
        at
    }

    /// The terms that stand in a normalised text.
    pub(crate) fn hits(&self, text: &str) -> Hits {
        let mut hits = Hits(vec![0; self.terms.len().div_ceil(64)]);
        let mut rest = text.chars();
        while let Some(first) = rest.next() {
            let mut after = rest.clone();
            if let Some(second) = after.next() {
                self.look(key(first, Some(second)), &after, &mut hits);
            }
            if self.has_short {
                self.look(key(first, None), &rest, &mut hits);
            }
        }
        hits
    }

    fn look(&self, key: u64, after: &std::str::Chars<'_>, hits: &mut Hits) {
        let mut next = self.slots.get(self.slot(key)).map_or(NONE, |(_, first)| *first);
        while let Some((tail, before)) = self.terms.get(next as usize) {
            if tail.iter().copied().eq(after.clone().take(tail.len())) {
                hits.set(next as usize);
            }
            next = *before;
        }
    }
}

fn key(first: char, second: Option<char>) -> u64 {
    u64::from(u32::from(first)) << 32 | second.map_or(u64::from(u32::MAX), |second| u64::from(u32::from(second)))
}

#[cfg(test)]
mod tests {
    use super::Finder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_is_what_the_text_contains(
            terms in prop::collection::vec("[甲乙丙日3]{0,4}|_[甲乙][丙日]", 0..90),
            text in "[甲乙丙日3a]{0,60}",
        ) {
            let hits = Finder::new(terms.iter().map(String::as_str)).hits(&text);
            for (at, term) in terms.iter().enumerate() {
                let bare = term.strip_prefix('_').unwrap_or(term);
                prop_assert_eq!(hits.has(at), !bare.is_empty() && text.contains(bare), "{}", term);
            }
        }
    }
}
