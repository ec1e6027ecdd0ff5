//! What the recogniser sees of a character: itself and its neighbours, and what the word lists say, hashed.

use super::lexicon::{self, Marks};

/// Characters on either side.
const REACH: usize = 3;
/// Features of one character.
pub(crate) const KEYS: usize = 26;
/// The longest stretch that is decoded at once, in characters.
const LONGEST: usize = 400;

/// Beyond the clause.
const EDGE: Seen = Seen { code: 3, marks: Marks::EMPTY };

/// A character as the features see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// The folded character.
    pub code: u32,
    /// What the word lists say.
    pub marks: Marks,
}

/// A stretch of text up to the end of a sentence.
#[derive(Debug, Default)]
pub(crate) struct Clause {
    /// The characters with [`REACH`] edges on both sides.
    seen: Vec<Seen>,
    /// Where each begins, and the end.
    starts: Vec<usize>,
}

/// Digits and letters are all the same; full width is plain.
fn fold(c: char) -> u32 {
    match c {
        '0'..='9' | '０'..='９' => u32::from('0'),
        'a'..='z' | 'ａ'..='ｚ' => u32::from('a'),
        'A'..='Z' | 'Ａ'..='Ｚ' => u32::from('A'),
        '\u{3000}' | '\t' => u32::from(' '),
        '•' | '・' | '‧' | '∙' => u32::from('·'),
        _ => u32::from(kernel::text::half_width(c)),
    }
}

fn ends(c: char) -> bool {
    matches!(c, '\n' | '。' | '！' | '？' | '；' | '\u{1}' | '⟦' | '⟧')
}

impl Clause {
    /// Takes the next stretch from byte `from` on; gives where it ends.
    pub(crate) fn fill(&mut self, text: &str, from: usize) -> usize {
        self.seen.clear();
        self.starts.clear();
        self.seen.resize(REACH, EDGE);
        let mut end = text.len();
        for (i, c) in text.get(from..).unwrap_or_default().char_indices() {
            let at = from + i;
            if self.starts.len() >= LONGEST {
                end = at;
                break;
            }
            self.starts.push(at);
            self.seen.push(Seen { code: fold(c), marks: lexicon::marks_of(c) });
            if ends(c) {
                end = at + c.len_utf8();
                break;
            }
        }
        self.starts.push(end);
        self.seen.extend([EDGE; REACH]);
        if let Some(inner) = self.seen.get_mut(REACH..)
            && let Some(part) = text.get(from..end)
        {
            lexicon::mark_words(part, from, &self.starts, inner);
        }
        end
    }

    /// The byte where character `n` begins.
    pub(crate) fn byte(&self, n: usize) -> Option<usize> {
        self.starts.get(n).copied()
    }

    /// Whether anything in it could begin an entity.
    pub(crate) fn is_worth_a_look(&self) -> bool {
        self.starts.len() > 2
    }

    /// Whether it is what stands in a placeholder.
    pub(crate) fn is_a_token(&self, text: &str) -> bool {
        let (Some(first), Some(last)) = (self.starts.first(), self.starts.last()) else { return true };
        text.get(..*first).is_some_and(|head| head.ends_with(crate::vault::OPEN))
            && text.get(..*last).is_some_and(|head| head.ends_with(crate::vault::CLOSE))
    }

    /// Hands over, for each character in turn, the pairs it makes with its neighbours, and a way to get its features.
    pub(crate) fn each(&self, mut take: impl FnMut([u32; 2], &dyn Fn() -> [u32; KEYS])) {
        let mut before = 0;
        for (n, window) in self.seen.windows(2 * REACH + 1).enumerate() {
            if let [c3, c2, c1, here, n1, n2, n3] = window {
                if n == 0 {
                    before = pair(c1.code, here.code);
                }
                let after = pair(here.code, n1.code);
                take([before, after], &|| keys([c3, c2, c1, here, n1, n2, n3]));
                before = after;
            }
        }
    }
}

/// The number of a pair of characters.
fn pair(a: u32, b: u32) -> u32 {
    (a.wrapping_mul(0x9E37_79B1) ^ b.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35) >> (32 - super::PAIRS)
}

/// One number from a template's number and its parts.
fn hash(template: u32, parts: &[u32]) -> u32 {
    let mut h = template.wrapping_mul(0x9E37_79B1) ^ 0x85EB_CA6B;
    for part in parts {
        h = (h ^ *part).wrapping_mul(0x01C6_4E6D);
        h ^= h >> 15;
    }
    h.wrapping_mul(0x2C1B_3C6D) >> 9
}

fn keys([c3, c2, c1, here, n1, n2, n3]: [&Seen; 7]) -> [u32; KEYS] {
    let (a, b, c, d, e, f, g) = (c3.code, c2.code, c1.code, here.code, n1.code, n2.code, n3.code);
    let (mb, mc, m, me, mf) = (c2.marks, c1.marks, here.marks, n1.marks, n2.marks);
    [
        hash(0, &[d]),
        hash(1, &[c]),
        hash(2, &[e]),
        hash(3, &[b]),
        hash(4, &[f]),
        hash(5, &[c, d]),
        hash(6, &[d, e]),
        hash(7, &[b, c]),
        hash(8, &[e, f]),
        hash(9, &[c, e]),
        hash(10, &[b, c, d]),
        hash(11, &[c, d, e]),
        hash(12, &[d, e, f]),
        hash(13, &[a, b, c]),
        hash(14, &[e, f, g]),
        hash(15, &[m.all()]),
        hash(16, &[mc.all(), m.all()]),
        hash(17, &[m.all(), me.all()]),
        hash(18, &[mc.name(), m.name(), me.name(), mf.name()]),
        hash(19, &[mb.name(), mc.name(), m.name(), me.name(), d]),
        hash(20, &[mc.place(), m.place(), me.place(), mf.place()]),
        hash(21, &[mc.name(), m.name(), me.name(), b]),
        hash(22, &[m.name(), me.name(), mf.name(), c]),
        hash(23, &[mc.name(), m.name(), me.name(), e]),
        hash(24, &[mb.name(), mc.name(), m.name(), e]),
        hash(25, &[m.ahead(), mc.place(), m.place(), c]),
    ]
}
