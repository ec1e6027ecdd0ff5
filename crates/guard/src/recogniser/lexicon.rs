//! Word lists as marks on characters: family names, given-name characters, divisions and places, endings of bodies.

use std::sync::LazyLock;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind};

use super::features::Seen;

/// What the lists say about a character, packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks(u32);

/// Two bits: how much it is a family name (3: one that begins no common word).
const SURNAME: u32 = 0;
/// Two bits: how often it stands in a given name.
const GIVEN: u32 = 2;
/// Two bits: how often it writes a foreign sound.
const FOREIGN: u32 = 4;
/// Three bits: begin, inside, end of a known place; of an ending of a body; of a word.
const WORD: u32 = 6;
/// Two bits: what kind of word that is.
const SORT: u32 = 10;
/// Three bits: how far the next ending of a body is.
const AHEAD: u32 = 12;
/// Two bits: Han, digit, letter, mark.
const SORT_OF_CHAR: u32 = 16;
/// One bit: begins a family name of two characters.
const DOUBLE: u32 = 18;
/// Three bits: how far the next part of an address (road, village, house number) is.
const DOOR: u32 = 20;

impl Marks {
    pub(crate) const EMPTY: Self = Self(0);

    fn bits(self, at: u32, width: u32) -> u32 {
        self.0 >> at & ((1 << width) - 1)
    }

    fn set(&mut self, at: u32, width: u32, value: u32) {
        let mask = ((1 << width) - 1) << at;
        self.0 = self.0 & !mask | (value << at & mask);
    }

    pub(crate) fn all(self) -> u32 {
        self.0
    }

    /// What bears on names of persons.
    pub(crate) fn name(self) -> u32 {
        self.0 & 0b11_1111 | self.bits(WORD, 6) << 6 | self.bits(SORT_OF_CHAR, 3) << 12
    }

    /// What bears on places and bodies.
    pub(crate) fn place(self) -> u32 {
        self.bits(WORD, 6) | self.bits(SORT_OF_CHAR, 2) << 6
    }

    pub(crate) fn ahead(self) -> u32 {
        self.bits(AHEAD, 3) | self.bits(DOOR, 3) << 3
    }
}

/// The lists, one `kind<TAB>words` per line.
const WORDS: &str = include_str!("../../data/recogniser_words.txt");

/// What a listed word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A division, a country, a city.
    Place,
    /// What an organisation's name ends with.
    Ending,
    /// What an address ends with.
    Door,
    /// A common word that holds characters of names.
    Common,
}

fn lines(kind: &str) -> impl Iterator<Item = &'static str> {
    WORDS.lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix('\t')).flat_map(str::split_whitespace)
}

/// Marks of single characters of the basic plane.
static SINGLE: LazyLock<Vec<Marks>> = LazyLock::new(|| {
    let mut table = vec![Marks(0); 0x1_0000];
    for (i, mark) in table.iter_mut().enumerate() {
        let sort = match i {
            0x4E00..=0x9FFF | 0x3400..=0x4DBF => 0,
            0x30..=0x39 | 0xFF10..=0xFF19 => 1,
            0x41..=0x5A | 0x61..=0x7A | 0xFF21..=0xFF3A | 0xFF41..=0xFF5A | 0xC0..=0x24F => 2,
            _ => 3,
        };
        mark.set(SORT_OF_CHAR, 2, sort);
    }
    for (kind, at, value) in [
        ("surname_rare", SURNAME, 1),
        ("surname_word", SURNAME, 2),
        ("surname", SURNAME, 3),
        ("given_some", GIVEN, 1),
        ("given_often", GIVEN, 2),
        ("given", GIVEN, 3),
        ("foreign_some", FOREIGN, 1),
        ("foreign_often", FOREIGN, 2),
        ("foreign", FOREIGN, 3),
    ] {
        for c in lines(kind).flat_map(str::chars) {
            if let Some(mark) = table.get_mut(c as usize) {
                mark.set(at, 2, value);
            }
        }
    }
    table
});

pub(crate) fn marks_of(c: char) -> Marks {
    SINGLE.get(c as usize).copied().unwrap_or(Marks(0))
}

/// Whether characters could be a person's name.
pub(crate) fn is_name_shaped(name: &str) -> bool {
    let marks = || name.chars().map(marks_of);
    let count = name.chars().count();
    let letters = marks().all(|m| m.bits(SORT_OF_CHAR, 2) != 1) && name.chars().any(|c| c.is_ascii_alphabetic());
    let surname = marks().next().is_some_and(|m| m.bits(SURNAME, 2) > 0) && count <= 4;
    let double = DOUBLES.iter().any(|double| name.starts_with(double)) && count <= 6;
    let foreign = marks().filter(|m| m.bits(FOREIGN, 2) > 0).count() * 4 >= count * 3;
    name.contains(['·', '•', '・', '-']) || letters || surname || double || foreign
}

/// Family names of two characters.
static DOUBLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| lines("double").collect());

/// Every listed word with its sort.
static LISTED: LazyLock<Option<CharwiseDoubleArrayAhoCorasick<u32>>> = LazyLock::new(|| {
    let divisions = include_str!("../../data/divisions.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|w| (w, Sort::Place));
    let listed = [
        ("word", Sort::Common),
        ("place", Sort::Place),
        ("ending", Sort::Ending),
        ("door", Sort::Door),
        ("common", Sort::Common),
        ("double", Sort::Common),
    ];
    let mut words: Vec<(&str, u32)> = listed
        .iter()
        .take(1)
        .flat_map(|(kind, sort)| lines(kind).map(|w| (w, *sort)))
        .chain(divisions)
        .chain(listed.iter().skip(1).flat_map(|(kind, sort)| lines(kind).map(|w| (w, *sort))))
        .map(|(word, sort)| (word, sort as u32))
        .collect();
    for word in lines("double") {
        words.push((word, 9));
    }
    // The later list wins.
    words.reverse();
    words.sort_by(|a, b| a.0.cmp(b.0));
    words.dedup_by(|a, b| a.0 == b.0);
    CharwiseDoubleArrayAhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build_with_values(words).ok()
});

/// Marks the listed words of a stretch. `starts` are the bytes where its characters begin; `seen` its characters.
pub(crate) fn mark_words(part: &str, from: usize, starts: &[usize], seen: &mut [Seen]) {
    let Some(listed) = LISTED.as_ref() else { return };
    let mut at = 0;
    for found in listed.leftmost_find_iter(part) {
        while starts.get(at).is_some_and(|start| *start < from + found.start()) {
            at += 1;
        }
        let first = at;
        while starts.get(at).is_some_and(|start| *start < from + found.end()) {
            at += 1;
        }
        let sort = found.value();
        let len = at - first;
        for (n, seen) in seen.iter_mut().skip(first).take(len).enumerate() {
            if sort == 9 {
                seen.marks.set(DOUBLE, 1, u32::from(n == 0));
                continue;
            }
            // Two characters say less than three.
            let part = match (n, len) {
                (0, 2) => 1,
                (1, 2) => 2,
                (0, _) => 3,
                (n, _) if n + 1 == len => 5,
                _ => 4,
            };
            seen.marks.set(WORD, 4, part);
            seen.marks.set(SORT, 2, sort);
        }
    }
    // How far the next ending is, from the right.
    let (mut ending, mut door) = (99_u32, 99_u32);
    for seen in seen.iter_mut().take(starts.len().saturating_sub(1)).rev() {
        let word = seen.marks.bits(WORD, 4);
        let sort = seen.marks.bits(SORT, 2);
        ending = if word != 0 && sort == Sort::Ending as u32 { 0 } else { ending + 1 };
        door = if word != 0 && sort == Sort::Door as u32 { 0 } else { door + 1 };
        if matches!(char::from_u32(seen.code), Some(',' | '、' | '。' | ';' | '!' | '?')) {
            (ending, door) = (99, 99);
        }
        let step = |n: u32| match n {
            0 => 1,
            1..=2 => 2,
            3..=5 => 3,
            6..=9 => 4,
            10..=15 => 5,
            _ => 0,
        };
        seen.marks.set(AHEAD, 3, step(ending));
        seen.marks.set(DOOR, 3, step(door));
    }
}
