//! The reading form of a text: what an attacker hides in width, invisible characters and look-alikes becomes plain,
//! traditional characters become simplified ones, and every place in it leads back to the original.

use unicode_normalization::UnicodeNormalization;

use crate::variants::simple;

/// A normalised text with the way back.
#[derive(Debug, Clone)]
pub(crate) struct Normalised {
    pub text: String,
    /// (byte in the normalised text, byte in the original): from here on both run in step.
    steps: Vec<(usize, usize)>,
    original: usize,
    /// Characters that nobody sees and that were dropped.
    pub invisible: usize,
    /// Text that was written in invisible tag characters, U+E0000 and up.
    pub hidden: String,
}

/// Cyrillic and Greek letters that look like Latin ones (Unicode TR 39, the basic set).
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' => 'a',
        'е' | 'ε' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' | 'ϲ' => 'c',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'і' | 'ι' => 'i',
        'ѕ' => 's',
        'ԁ' => 'd',
        'ɡ' => 'g',
        'һ' => 'h',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'в' => 'b',
        'н' => 'h',
        'ո' => 'n',
        'ʏ' => 'y',
        'ν' => 'v',
        'ѡ' | 'ω' => 'w',
        _ => return None,
    })
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Whether the character stays one of its kind: Han, kana, Hangul, and the plain ASCII that is not upper case.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\n' | '\t' | ' '..='@' | '['..='~' | '\u{3001}' | '\u{3002}' | '\u{300a}'..='\u{3011}')
}

impl Normalised {
    pub(crate) fn new(text: &str) -> Self {
        let mut out = Self {
            text: String::with_capacity(text.len()),
            steps: Vec::new(),
            original: text.len(),
            invisible: 0,
            hidden: String::new(),
        };
        for (at, c) in text.char_indices() {
            if is_plain(c) {
                out.step(at);
                out.text.push(simple(c));
            } else if c.is_ascii_uppercase() {
                out.step(at);
                out.text.push(c.to_ascii_lowercase());
            } else if is_invisible(c) {
                out.invisible += 1;
            } else if let Some(plain) =
                u32::from(c).checked_sub(0xE0000).filter(|n| (0x20..0x7f).contains(n)).and_then(char::from_u32)
            {
                out.hidden.push(plain);
            } else {
                out.step(at);
                let lower = c.to_lowercase().next().unwrap_or(c);
                match look_alike(lower) {
                    Some(plain) => out.text.push(plain),
                    None => out.text.extend([c].into_iter().nfkc().flat_map(char::to_lowercase)),
                }
            }
        }
        out
    }

    /// Notes that the next normalised byte comes from original byte `at`, when that does not follow by itself.
    fn step(&mut self, at: usize) {
        let here = self.text.len();
        let in_step = self.steps.last().is_some_and(|(n, o)| here - n + o == at);
        if !in_step {
            self.steps.push((here, at));
        }
    }

    /// The original byte that normalised byte `at` comes from.
    pub(crate) fn origin(&self, at: usize) -> usize {
        let i = self.steps.partition_point(|(n, _)| *n <= at);
        let from = i.checked_sub(1).and_then(|i| self.steps.get(i)).copied().unwrap_or((0, 0));
        let next = self.steps.get(i).map_or(self.original, |(_, o)| *o);
        (from.1 + (at - from.0)).min(next).min(self.original)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Normalised;

    #[test]
    fn width_case_look_alikes_and_invisible_characters_are_undone() {
        let n = Normalised::new("Ｉｇｎｏｒｅ\u{200b} аll ㈠①");
        assert_eq!(n.text, "ignore all (一)1");
        assert_eq!(n.invisible, 1);
        let at = n.text.find("all").unwrap();
        assert_eq!("Ｉｇｎｏｒｅ\u{200b} аll ㈠①".get(n.origin(at)..).unwrap().chars().next(), Some('а'));
    }

    proptest! {
        #[test]
        fn every_place_leads_back_to_a_place_in_order(text in "\\PC{0,40}") {
            let n = Normalised::new(&text);
            let mut last = 0;
            for (at, _) in n.text.char_indices() {
                let origin = n.origin(at);
                prop_assert!(origin >= last && origin <= text.len());
                last = origin;
            }
        }
    }
}
