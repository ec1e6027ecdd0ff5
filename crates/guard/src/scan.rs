//! The one pass over a text: runs of letters and digits, full-width ones included.
//!
//! Everything with a check digit is found from here. The pass looks at each byte once and keeps no copy.

use std::collections::VecDeque;

/// How many runs after a run a recogniser may look at: a card written in groups of two digits.
const AHEAD: usize = 10;

/// A maximal run of letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Atom {
    pub start: usize,
    pub end: usize,
    /// Its length in characters.
    pub chars: usize,
    /// How many of them are digits.
    pub digits: usize,
}

/// What kind of byte starts here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Letter,
    Digit,
    /// The lead byte of U+F000–U+FFFF, where the full-width forms are.
    Wide,
}

const fn classes() -> [Class; 256] {
    let mut table = [Class::Other; 256];
    let mut b = 0;
    while b < 256 {
        #[expect(clippy::indexing_slicing, reason = "evaluated at compile time, in bounds by the loop")]
        {
            table[b] = match b as u8 {
                b'0'..=b'9' => Class::Digit,
                b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
                0xEF => Class::Wide,
                _ => Class::Other,
            };
        }
        b += 1;
    }
    table
}

static CLASSES: [Class; 256] = classes();

fn class(b: u8) -> Class {
    CLASSES.get(usize::from(b)).copied().unwrap_or(Class::Other)
}

/// The ASCII letter, digit or mark that a full-width form stands for, when `bytes` starts with one.
fn narrow(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [0xEF, 0xBC, low @ 0x81..=0xBF, ..] => Some(low - 0x60),
        [0xEF, 0xBD, low @ 0x80..=0x9E, ..] => Some(low - 0x20),
        _ => None,
    }
}

/// The letter or digit at the head of `bytes` in ASCII, and how many bytes it takes.
pub(crate) fn alnum(bytes: &[u8]) -> Option<(u8, usize)> {
    let first = *bytes.first()?;
    match class(first) {
        Class::Letter | Class::Digit => Some((first, 1)),
        Class::Wide => narrow(bytes).filter(u8::is_ascii_alphanumeric).map(|b| (b, 3)),
        _ => None,
    }
}

/// The pass itself.
pub(crate) struct Pass<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Pass<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    fn atom(&mut self) -> Atom {
        let start = self.at;
        let mut atom = Atom { start, end: start, chars: 0, digits: 0 };
        while let Some((b, len)) = alnum(self.bytes.get(self.at..).unwrap_or_default()) {
            atom.chars += 1;
            atom.digits += usize::from(b.is_ascii_digit());
            self.at += len;
        }
        atom.end = self.at;
        atom
    }
}

impl Iterator for Pass<'_> {
    type Item = Atom;

    fn next(&mut self) -> Option<Atom> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let skip = rest.iter().position(|b| class(*b) != Class::Other)?;
            self.at += skip;
            let rest = rest.get(skip..)?;
            match class(*rest.first()?) {
                Class::Letter | Class::Digit => return Some(self.atom()),
                Class::Wide if alnum(rest).is_some() => return Some(self.atom()),
                Class::Wide => self.at += 3,
                Class::Other => self.at += 1,
            }
        }
    }
}

/// Runs with the runs that follow them.
pub(crate) struct Window<'t> {
    pass: Pass<'t>,
    ahead: VecDeque<Atom>,
}

impl<'t> Window<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { pass: Pass::new(text), ahead: VecDeque::with_capacity(AHEAD + 1) }
    }

    /// The next runs, the first in front; empty at the end of the text.
    pub(crate) fn fill(&mut self) -> &[Atom] {
        while self.ahead.len() <= AHEAD {
            match self.pass.next() {
                Some(atom) => self.ahead.push_back(atom),
                None => break,
            }
        }
        self.ahead.make_contiguous()
    }

    /// Leaves everything before byte `to` behind.
    pub(crate) fn pass_to(&mut self, to: usize) {
        self.ahead.pop_front();
        while self.ahead.front().is_some_and(|atom| atom.start < to) {
            self.ahead.pop_front();
        }
    }
}

/// A short run in ASCII, upper case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folded {
    bytes: [u8; 32],
    len: usize,
}

impl Folded {
    pub(crate) const fn empty() -> Self {
        Self { bytes: [0; 32], len: 0 }
    }

    /// Adds the letters and digits of `text`; `None` when it grows over 32.
    pub(crate) fn push(&mut self, text: &str) -> Option<()> {
        let mut rest = text.as_bytes();
        while let Some((b, len)) = alnum(rest) {
            *self.bytes.get_mut(self.len)? = b.to_ascii_uppercase();
            self.len += 1;
            rest = rest.get(len..)?;
        }
        Some(())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Pass;

    #[test]
    fn full_width_forms_are_letters_and_digits() {
        let runs =
            |text: &'static str| Pass::new(text).filter_map(|atom| text.get(atom.start..atom.end)).collect::<Vec<_>>();
        assert_eq!(runs("电话１３８００１３８０００，ab1：x＠y.cn"), ["１３８００１３８０００", "ab1", "x", "y", "cn"]);
        assert_eq!(runs("《民法典》（2020）"), ["2020"]);
    }
}
