//! From text to hashed pieces: one unit per Han character, word or number, and the runs of up to three units.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What a model reads of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// The longest run of units, 1 to 3.
    pub order: usize,
    /// Whether punctuation counts as a unit.
    pub signs: bool,
}

/// One unit, with the hashes of the runs that end in it.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub place: Range<usize>,
    pub hashes: Hashes,
}

/// Up to three hashes.
#[derive(Debug, Clone)]
pub(crate) struct Hashes {
    values: [u32; 3],
    len: usize,
}

impl std::ops::Deref for Hashes {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        self.values.get(..self.len).unwrap_or_default()
    }
}

/// The pieces of a text, in order.
pub(crate) struct Pieces<'t> {
    text: &'t str,
    at: usize,
    reading: Reading,
    before: [u32; 2],
    seen: usize,
}

/// Half-width and lower case; other letters stay.
fn fold(c: char) -> char {
    kernel::text::half_width(c).to_ascii_lowercase()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && c < '\u{2e80}' && c.is_alphabetic())
}

fn mix(a: u32, b: u32) -> u32 {
    let h = (a ^ b.rotate_left(15)).wrapping_mul(0x85EB_CA6B);
    (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35) ^ (h >> 16)
}

impl<'t> Pieces<'t> {
    pub(crate) fn new(text: &'t str, reading: Reading) -> Self {
        Self { text, at: 0, reading, before: [0; 2], seen: 0 }
    }

    /// The next unit: its place and its hash.
    fn unit(&mut self) -> Option<(Range<usize>, u32)> {
        loop {
            let start = self.at;
            let rest = self.text.get(start..)?;
            let first = rest.chars().next()?;
            self.at += first.len_utf8();
            // Most of what comes is Han: no table is asked for it.
            if matches!(first, '\u{4e00}'..='\u{9fff}') {
                return Some((start..self.at, mix(u32::from(first), 2)));
            }
            let c = fold(first);
            if is_word(c) {
                let (mut hash, mut digits, mut len) = (0x811C_9DC5_u32, 0_u32, 0_u32);
                let mut end = start;
                for (at, raw) in rest.char_indices() {
                    let c = fold(raw);
                    if !is_word(c) {
                        break;
                    }
                    hash = (hash ^ u32::from(c)).wrapping_mul(0x0100_0193);
                    digits += u32::from(c.is_ascii_digit());
                    len += 1;
                    end = start + at + raw.len_utf8();
                }
                self.at = end;
                // A number counts by its length: its value says nothing.
                let hash = if digits == len { mix(0x6E75_6D00, len.min(12)) } else { mix(hash, 1) };
                return Some((start..end, hash));
            }
            // No table is asked for the punctuation that comes most.
            let is_mark = c.is_ascii()
                || matches!(c, '\u{2010}'..='\u{203a}' | '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}');
            if !is_mark && (c.is_alphabetic() || matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')) {
                return Some((start..self.at, mix(u32::from(c), 2)));
            }
            let blank = c.is_whitespace() || c.is_control();
            if self.reading.signs && !blank {
                return Some((start..self.at, mix(u32::from(c), 3)));
            }
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (place, one) = self.unit()?;
        let [second, first] = self.before;
        let two = mix(first.wrapping_mul(31).wrapping_add(7), one);
        let three = mix(mix(second.wrapping_mul(37).wrapping_add(11), first), one ^ 0x5bd1);
        let len = self.seen.wrapping_add(1).min(self.reading.order).min(3);
        self.before = [first, one];
        self.seen = self.seen.wrapping_add(1);
        Some(Piece { place, hashes: Hashes { values: [one, two, three], len } })
    }
}

#[cfg(test)]
mod tests {
    use super::{Pieces, Reading};

    #[test]
    fn units_are_characters_words_and_numbers() {
        let text = "Ab１2 办理，go!138";
        let places = |signs| {
            Pieces::new(text, Reading { order: 3, signs }).map(|p| text.get(p.place).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(places(false), ["Ab１2", "办", "理", "go", "138"]);
        assert_eq!(places(true), ["Ab１2", "办", "理", "，", "go", "!", "138"]);
        let runs: Vec<usize> =
            Pieces::new("一二三四", Reading { order: 3, signs: false }).map(|p| p.hashes.len()).collect();
        assert_eq!(runs, [1, 2, 3, 3]);
    }
}
