//! How people write a word so that a list does not find it: traditional characters, homophones, characters split in
//! two, signs between the characters, letters replaced by digits. Each form is undone, with the way back.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use daachorse::CharwiseDoubleArrayAhoCorasick;

/// The first Han character of the tables.
const FIRST: u32 = 0x4E00;
/// Their size.
const SIZE: usize = 0x5200;

/// Traditional characters and what they are in simplified ones.
static SIMPLE: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut table = vec![0; SIZE];
    for line in include_str!("../data/traditional.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut chars = line.chars();
        while let (Some(from), Some(to)) = (chars.next(), chars.next()) {
            if let (Some(at), Ok(to)) = (place(from).and_then(|n| table.get_mut(n)), u16::try_from(u32::from(to))) {
                *at = to;
            }
        }
    }
    table
});

/// The number of each character's syllable, from 1; 0 for none.
static SYLLABLE: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut table = vec![0; SIZE];
    for (n, line) in (1..).zip(include_str!("../data/pinyin.txt").lines().filter(|l| !l.starts_with('#'))) {
        for c in line.split_once(' ').map_or("", |(_, chars)| chars).chars() {
            if let Some(at) = place(c).and_then(|n| table.get_mut(n)) {
                *at = n;
            }
        }
    }
    table
});

fn place(c: char) -> Option<usize> {
    u32::from(c).checked_sub(FIRST).map(|n| n as usize).filter(|n| *n < SIZE)
}

/// The simplified form of a character.
pub(crate) fn simple(c: char) -> char {
    let to = place(c).and_then(|n| SIMPLE.get(n)).copied().unwrap_or(0);
    if to == 0 { c } else { char::from_u32(u32::from(to)).unwrap_or(c) }
}

/// A stand-in for the character's syllable: the same for all that are read alike.
fn sound(c: char) -> Option<char> {
    let n = place(c).and_then(|n| SYLLABLE.get(n)).copied().unwrap_or(0);
    if n == 0 { None } else { char::from_u32(0xE000 + u32::from(n)) }
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// At most the first `bytes` bytes, cut between characters.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A text that was rewritten, with the way back to the text it came from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    pub text: String,
    /// (byte here, byte there) for each character.
    steps: Vec<(usize, usize)>,
    end: usize,
}

impl Rewritten {
    fn push(&mut self, c: char, at: usize) {
        self.steps.push((self.text.len(), at));
        self.text.push(c);
    }

    /// The byte of the source that byte `at` comes from.
    pub(crate) fn origin(&self, at: usize) -> usize {
        let i = self.steps.partition_point(|(here, _)| *here < at);
        self.steps.get(i).map_or(self.end, |(_, there)| *there)
    }
}

/// As `char::is_alphanumeric`, quicker for what comes most.
fn is_letter(c: char) -> bool {
    is_han(c) || if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

/// Signs that stand between characters only to part them.
fn parts(c: char) -> bool {
    !is_letter(c)
        && !matches!(
            c,
            '\n' | '。'
                | '！'
                | '？'
                | '；'
                | '，'
                | '、'
                | '：'
                | '!'
                | '?'
                | ';'
                | ','
                | ':'
                | '('
                | ')'
                | '《'
                | '》'
                | '“'
                | '”'
                | '（'
                | '）'
                | '"'
        )
}

/// The most signs in a row that are taken for a parting.
const MOST_PARTING: usize = 3;

/// The text with partings taken out: `赌 * 博` and `i g n o r e`; words of several letters keep their spaces.
/// `None` when there is nothing to take out.
pub(crate) fn joined(text: &str) -> Option<Rewritten> {
    // Most texts have no sign of this kind between two characters that it could part.
    let mut before = [' '; 2];
    let mut parted = false;
    for c in text.chars() {
        let [first, sign] = before;
        let after_sign = parts(sign) && (parts(first) || is_letter(first)) && is_letter(c);
        parted |= after_sign && (is_han(c) == is_han(first) || parts(first));
        before = [sign, c];
    }
    if !parted {
        return None;
    }
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let is_single = |at: usize| {
        let letter = |i: usize| chars.get(i).is_some_and(|(_, c)| c.is_ascii_alphanumeric());
        chars.get(at).is_some_and(|(_, c)| {
            is_han(*c) || (c.is_ascii_alphanumeric() && !letter(at + 1) && (at == 0 || !letter(at - 1)))
        })
    };
    let mut out = Rewritten { end: text.len(), ..Rewritten::default() };
    let mut taken = false;
    let mut at = 0;
    while let Some((byte, c)) = chars.get(at).copied() {
        if parts(c) && at > 0 && is_single(at - 1) {
            let run = chars.iter().skip(at).take(MOST_PARTING + 1).take_while(|(_, c)| parts(*c)).count();
            let (before, after) = (chars.get(at - 1), chars.get(at + run));
            let alike = matches!((before, after), (Some((_, a)), Some((_, b))) if is_han(*a) == is_han(*b));
            // Two spaces part the words of spaced letters.
            let word_end = run > 1 && before.is_some_and(|(_, c)| !is_han(*c)) && c == ' ';
            if run <= MOST_PARTING && is_single(at + run) && alike && !word_end {
                taken = true;
                at += run;
                continue;
            }
        }
        out.push(c, byte);
        at += 1;
    }
    taken.then_some(out)
}

/// Digits and signs that stand for letters inside a word.
fn letter(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        _ => return None,
    })
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'@' | b'$' | b'!')
}

/// Whether a word mixes letters and their stand-ins: `1gn0re`, not `covid19` or `a4`.
fn is_leet(word: &[u8]) -> bool {
    let letters = word.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let stand_ins = word.iter().filter(|b| letter(char::from(**b)).is_some()).count();
    let tail = word.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b'!').count();
    letters >= 2
        && stand_ins >= 1
        && word.len() >= 4
        && letters + stand_ins == word.len()
        && word.iter().take(word.len() - tail).any(|b| !b.is_ascii_alphabetic())
}

/// The text with `1gn0re` read as letters; `None` when no word mixes letters and digits like that.
pub(crate) fn unleeted(text: &str) -> Option<Rewritten> {
    if !text.as_bytes().split(|b| !is_word(*b)).any(is_leet) {
        return None;
    }
    let mut out = Rewritten { end: text.len(), ..Rewritten::default() };
    let is_word = |c: char| u8::try_from(c).is_ok_and(is_word);
    let mut rest = text;
    let mut at = 0;
    while let Some(first) = rest.chars().next() {
        let len = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, next) = rest.split_at(len);
        let leet = is_leet(word.as_bytes());
        for (n, c) in word.char_indices() {
            let plain = if leet { letter(c).unwrap_or(c) } else { c };
            out.push(plain, at + n);
        }
        at += len;
        rest = next;
    }
    Some(out)
}

/// Words found by their sound.
pub(crate) struct Sounds {
    words: Vec<String>,
    matcher: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
}

impl std::fmt::Debug for Sounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sounds").field("words", &self.words.len()).finish_non_exhaustive()
    }
}

impl Sounds {
    /// Words of Han characters, at least two each.
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut by_sound: HashMap<String, String> = HashMap::new();
        for word in words {
            let sounds: Option<String> = word.chars().map(sound).collect();
            if let Some(sounds) = sounds.filter(|s| s.chars().count() >= 2) {
                by_sound.entry(sounds).or_insert_with(|| word.to_owned());
            }
        }
        let mut all: Vec<(String, String)> = by_sound.into_iter().collect();
        all.sort_unstable();
        let matcher = CharwiseDoubleArrayAhoCorasick::with_values(
            all.iter().enumerate().map(|(n, (sounds, _))| (sounds.as_str(), u32::try_from(n).unwrap_or(0))),
        )
        .ok();
        Self { words: all.into_iter().map(|(_, word)| word).collect(), matcher }
    }

    /// Places (bytes) of words that sound like a listed one and are not written like it. At least half of the
    /// characters are the word's own, or the whole run of characters is none that people write together.
    pub(crate) fn find<'s>(&'s self, text: &str) -> Vec<(Range<usize>, &'s str)> {
        let Some(matcher) = &self.matcher else { return Vec::new() };
        let mut sounds = String::with_capacity(text.len());
        for c in text.chars() {
            // Every character keeps its three bytes where it has a sound: places agree.
            match sound(c) {
                Some(s) => sounds.push(s),
                None => sounds.push(c),
            }
        }
        if sounds.len() != text.len() {
            return Vec::new();
        }
        matcher
            .find_overlapping_iter(&sounds)
            .filter_map(|m| {
                let word = self.words.get(m.value() as usize)?;
                let written = text.get(m.start()..m.end())?;
                let same = written.chars().zip(word.chars()).filter(|(a, b)| a == b).count();
                let all = word.chars().count();
                (same < all && same * 2 >= all).then_some((m.start()..m.end(), word.as_str()))
            })
            .collect()
    }

    /// The text with such words written as they are listed; `None` when there is none. Places stay.
    pub(crate) fn corrected(&self, text: &str) -> Option<String> {
        let found = self.find(text);
        if found.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (place, word) in found {
            if place.start >= at {
                out.push_str(text.get(at..place.start).unwrap_or_default());
                out.push_str(word);
                at = place.end;
            }
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Some(out)
    }
}

/// Characters written as two: the table of `data/splits.txt`, found in one pass.
static SPLITS: LazyLock<(Vec<char>, Option<CharwiseDoubleArrayAhoCorasick<u32>>)> = LazyLock::new(|| {
    let rows: Vec<(&str, char)> = include_str!("../data/splits.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once(' '))
        .filter_map(|(parts, whole)| Some((parts, whole.chars().next()?)))
        .collect();
    let matcher = CharwiseDoubleArrayAhoCorasick::with_values(
        rows.iter().enumerate().map(|(n, (parts, _))| (*parts, u32::try_from(n).unwrap_or(0))),
    )
    .ok();
    (rows.into_iter().map(|(_, whole)| whole).collect(), matcher)
});

/// The text with split characters and emoji that stand for characters put together; `None` when there is none.
pub(crate) fn merged(text: &str) -> Option<Rewritten> {
    let (wholes, matcher) = &*SPLITS;
    let mut out = Rewritten { end: text.len(), ..Rewritten::default() };
    let mut at = 0;
    for m in matcher.as_ref()?.find_iter(text) {
        for (n, c) in text.get(at..m.start())?.char_indices() {
            out.push(c, at + n);
        }
        out.push(*wholes.get(m.value() as usize)?, m.start());
        at = m.end();
    }
    if at == 0 {
        return None;
    }
    for (n, c) in text.get(at..)?.char_indices() {
        out.push(c, at + n);
    }
    Some(out)
}

/// A text with every hidden spelling undone.
pub(crate) struct Undone {
    pub text: String,
    steps: Vec<Rewritten>,
}

impl Undone {
    /// `None` when nothing in the text was spelt in a hidden way.
    pub(crate) fn new(text: &str, sounds: &Sounds) -> Option<Self> {
        let spelling = Self::spelling(text);
        let corrected = sounds.corrected(spelling.as_ref().map_or(text, |s| &s.text));
        match (spelling, corrected) {
            (spelling, None) => spelling,
            (spelling, Some(text)) => Some(Self { text, steps: spelling.map(|s| s.steps).unwrap_or_default() }),
        }
    }

    /// The same without homophones.
    pub(crate) fn spelling(text: &str) -> Option<Self> {
        let mut steps: Vec<Rewritten> = Vec::new();
        for undo in [joined, merged, unleeted] {
            let step = undo(steps.last().map_or(text, |step| &step.text));
            steps.extend(step);
        }
        let text = steps.last()?.text.clone();
        Some(Self { text, steps })
    }

    /// The byte of the source that byte `at` comes from.
    pub(crate) fn origin(&self, at: usize) -> usize {
        self.steps.iter().rev().fold(at, |at, step| step.origin(at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Sounds, joined, merged, simple, unleeted};

    #[test]
    fn each_form_is_undone() {
        assert_eq!("請幫忙辦理".chars().map(simple).collect::<String>(), "请帮忙办理");
        assert_eq!(joined("办*理 居_住 证").unwrap().text, "办理居住证");
        assert_eq!(joined("s p e l l  i t").unwrap().text, "spell  it");
        assert!(joined("how do I apply. 先提交，再领取").is_none());
        assert_eq!(unleeted("a n1ce w0rd, 2024 covid19 a4").unwrap().text, "a nice word, 2024 covid19 a4");
        assert!(unleeted("covid19 in 2024").is_none());
        assert_eq!(merged("木仓支").unwrap().text, "枪支");
        let sounds = Sounds::new(["居住证明"]);
        assert_eq!(sounds.corrected("办理居注正明需要什么").as_deref(), Some("办理居住证明需要什么"));
        assert!(sounds.corrected("办理居住证明").is_none());
    }

    proptest! {
        #[test]
        fn places_lead_back_in_order(text in "[赌博 *a1s!木仓，。é🎲]{0,40}") {
            for rewritten in [joined(&text), unleeted(&text), merged(&text)].into_iter().flatten() {
                let mut last = 0;
                for (at, _) in rewritten.text.char_indices() {
                    let origin = rewritten.origin(at);
                    prop_assert!(origin >= last && text.is_char_boundary(origin));
                    last = origin;
                }
                prop_assert_eq!(rewritten.origin(rewritten.text.len()), text.len());
            }
        }
    }
}
