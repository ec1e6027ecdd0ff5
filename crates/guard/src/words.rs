//! The managed keyword library: entries with a category of GB/T 45654, an action, a weight and companion words.
//!
//! It ships as a deflated table (`data/words.bin`), leaves as readable lines and comes back through [`Library::import`].
//! A term is found as it stands and, by [`Library::find`], in the spellings that hide it.

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;
use std::ops::Range;
use std::sync::LazyLock;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use crate::normalise::Normalised;
use crate::risk::Category;
use crate::screen::{Action, RulesError};
use crate::variants::{Sounds, Undone, is_han};

/// One entry of the library. In its readable form, the fields of a line in this order, parted by tabs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The term: two characters at least.
    pub term: String,
    /// The leaf of GB/T 45654, such as `A1f`.
    pub category: Category,
    /// What a hit leads to.
    pub action: Action,
    /// How telling a hit is, 0 to 1.
    pub weight: f32,
    /// The entry counts only beside one of these words; empty when it stands for itself.
    #[serde(default)]
    pub needs: Vec<String>,
    /// A word on where it comes from or why.
    #[serde(default)]
    pub note: String,
}

impl Entry {
    /// The number under which findings name the entry, so that they need not repeat the term.
    #[must_use]
    pub fn id(&self) -> String {
        Sm3::digest(self.term.as_bytes()).iter().take(4).fold(String::with_capacity(8), |mut hex, b| {
            hex.extend([b >> 4, b & 15].iter().filter_map(|n| char::from_digit(u32::from(*n), 16)));
            hex
        })
    }

    fn line(&self) -> String {
        let action = match self.action {
            Action::Observe => "observe",
            Action::Review => "review",
            Action::Block => "block",
        };
        let needs = self.needs.join("|");
        format!("{}\t{}\t{action}\t{:.2}\t{needs}\t{}", self.term, self.category, self.weight, self.note)
    }

    fn parse(line: &str) -> Result<Self, (&'static str, String)> {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default().trim();
        let (term, category, action, weight, needs, note) = (next(), next(), next(), next(), next(), next());
        if term.chars().count() < 2 || term.chars().count() > 64 {
            return Err(("term", "must have 2 to 64 characters".to_owned()));
        }
        let category =
            Category::parse(category).ok_or_else(|| ("category", format!("`{category}` is none of GB/T 45654")))?;
        let action = match action {
            "observe" => Action::Observe,
            "review" => Action::Review,
            "block" => Action::Block,
            other => return Err(("action", format!("`{other}` is not observe, review or block"))),
        };
        let weight: f32 = weight
            .parse()
            .ok()
            .filter(|w| (0.0..=1.0).contains(w))
            .ok_or(("weight", "must be from 0 to 1".to_owned()))?;
        let needs = needs.split('|').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        Ok(Self { term: term.to_lowercase(), category, action, weight, needs, note: note.to_owned() })
    }
}

/// A term that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct WordHit<'l> {
    /// The entry.
    pub entry: &'l Entry,
    /// Where, in bytes of the text.
    pub place: Range<usize>,
    /// How it was written: `plain`, `respelt` (parted, split or in digits), `sound` (a homophone).
    pub form: &'static str,
}

/// The library, ready to search.
pub struct Library {
    entries: Vec<Entry>,
    matcher: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    sounds: Sounds,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

static BUILT_IN: LazyLock<Library> = LazyLock::new(|| {
    Library::unpack(include_bytes!("../data/words.bin")).unwrap_or_else(|error| {
        kernel::never!(Library::new(Vec::new()), "the shipped keyword library must be readable: {error}")
    })
});

/// The most a packed library may unpack to.
const MOST_BYTES: u64 = 64 << 20;
/// Texts longer than this are not searched for hidden spellings, only as they stand.
const RESPELT_BYTES: usize = 256 << 10;

impl Library {
    /// The library that ships.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// A library of these entries; of two with the same term, the later one.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let by_term: BTreeMap<String, Entry> = entries.into_iter().map(|e| (e.term.clone(), e)).collect();
        let entries: Vec<Entry> = by_term.into_values().collect();
        let matcher = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .build_with_values(
                entries.iter().enumerate().map(|(n, e)| (e.term.as_str(), u32::try_from(n).unwrap_or(0))),
            )
            .ok();
        // Short words have too many innocent homophones.
        let sounding =
            entries.iter().filter(|e| e.action == Action::Block && e.term.chars().count() >= 3 && e.needs.is_empty());
        let sounds = Sounds::new(sounding.map(|e| e.term.as_str()).filter(|t| t.chars().all(is_han)));
        Self { entries, matcher, sounds }
    }

    /// The entries, in the order of their terms.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many entries each category has.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Category, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            *counts.entry(entry.category).or_default() += 1;
        }
        counts
    }

    /// The library as lines that a person can read and edit.
    #[must_use]
    pub fn export(&self) -> String {
        let mut out = String::from("# term\tcategory\taction\tweight\tneeds (a|b)\tnote\n");
        for entry in &self.entries {
            out.push_str(&entry.line());
            out.push('\n');
        }
        out
    }

    /// Reads exported lines.
    ///
    /// # Errors
    /// Names the file, the line and the field of the first mistake; nothing is taken then.
    pub fn import(file: &str, text: &str) -> Result<Self, RulesError> {
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
            let error = |field: &str, problem: String| RulesError {
                file: file.to_owned(),
                line: n + 1,
                field: field.to_owned(),
                problem,
            };
            let entry = Entry::parse(line).map_err(|(field, problem)| error(field, problem))?;
            if !seen.insert(entry.term.clone()) {
                return Err(error("term", "is there twice".to_owned()));
            }
            entries.push(entry);
        }
        Ok(Self::new(entries))
    }

    /// Reads a packed library.
    ///
    /// # Errors
    /// It does not unpack, or a line is wrong.
    pub fn unpack(bytes: &[u8]) -> Result<Self, RulesError> {
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(bytes).take(MOST_BYTES).read_to_string(&mut text).map_err(|e| {
            RulesError { file: "words.bin".to_owned(), line: 0, field: "deflate".to_owned(), problem: e.to_string() }
        })?;
        Self::import("words.bin", &text)
    }

    /// The terms in a text as they stand: one pass. The text is lower case and half-width.
    pub fn scan<'l: 't, 't>(&'l self, text: &'t str) -> impl Iterator<Item = WordHit<'l>> + 't {
        self.matcher.iter().flat_map(move |matcher| matcher.leftmost_find_iter(text)).filter_map(move |m| {
            let entry = self.entries.get(m.value() as usize)?;
            let place = m.start()..m.end();
            let companion = || entry.needs.iter().any(|w| text.contains(w.as_str()));
            (stands_alone(text, &place, &entry.term) && (entry.needs.is_empty() || companion())).then_some(WordHit {
                entry,
                place,
                form: "plain",
            })
        })
    }

    /// The terms in a text, in whatever spelling: places in the order of the text, each entry once per spelling.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<WordHit<'_>> {
        let plain = Normalised::new(text);
        let mut found: Vec<WordHit<'_>> = self
            .scan(&plain.text)
            .map(|hit| WordHit { place: plain.origin(hit.place.start)..plain.origin(hit.place.end), ..hit })
            .collect();
        if plain.text.len() > RESPELT_BYTES {
            return found;
        }
        let mut seen: HashSet<&str> = found.iter().map(|h| h.entry.term.as_str()).collect();
        let undone = Undone::spelling(&plain.text);
        let (reading, lead): (&str, Box<dyn Fn(usize) -> usize>) = match &undone {
            Some(undone) => (&undone.text, Box::new(|at| plain.origin(undone.origin(at)))),
            None => (&plain.text, Box::new(|at| plain.origin(at))),
        };
        if undone.is_some() {
            for hit in self.scan(reading) {
                if seen.insert(hit.entry.term.as_str()) {
                    let place = lead(hit.place.start)..lead(hit.place.end);
                    found.push(WordHit { place, form: "respelt", ..hit });
                }
            }
        }
        for (place, term) in self.sounds.find(reading) {
            if let Ok(at) = self.entries.binary_search_by(|e| e.term.as_str().cmp(term))
                && let Some(entry) = self.entries.get(at)
                && seen.insert(entry.term.as_str())
            {
                found.push(WordHit { entry, place: lead(place.start)..lead(place.end), form: "sound" });
            }
        }
        found.sort_by_key(|hit| hit.place.start);
        found
    }

    /// The longest term, in characters.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.entries.iter().map(|e| e.term.chars().count()).max().unwrap_or(0)
    }
}

/// Latin letters and digits are words: `ass` is not found in `class`.
fn stands_alone(text: &str, place: &Range<usize>, term: &str) -> bool {
    let word = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let (first, last) = (term.as_bytes().first(), term.as_bytes().last());
    let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
    let runs_on = (word(first) && word(before)) || (word(last) && word(bytes.get(place.end)));
    !runs_on
}

#[cfg(test)]
mod tests {
    use super::Library;

    const LINES: &str = "# comment\n违禁品甲乙\tA1h\tblock\t0.90\t\ttest\n优惠\tA3b\treview\t0.50\t红包|彩金\ttest\nspam\tA1h\tobserve\t0.2\t\t\n";

    #[test]
    fn terms_are_found_in_every_spelling() {
        let library = Library::import("words", LINES).unwrap();
        let forms = |text: &str| {
            library
                .find(text)
                .iter()
                .map(|h| (h.entry.term.clone(), h.form, text.get(h.place.clone()).unwrap().to_owned()))
                .collect::<Vec<_>>()
        };
        let hit = |form, text: &str| vec![("违禁品甲乙".to_owned(), form, text.to_owned())];
        assert_eq!(forms("出售违禁品甲乙。"), hit("plain", "违禁品甲乙"));
        assert_eq!(forms("出售違禁品甲乙"), hit("plain", "違禁品甲乙"));
        assert_eq!(forms("出售违*禁 品.甲_乙呢"), hit("respelt", "违*禁 品.甲_乙"));
        assert_eq!(forms("出售违进品甲乙"), hit("sound", "违进品甲乙"));
        assert!(forms("优惠活动").is_empty(), "needs a companion");
        assert_eq!(forms("优惠送红包").len(), 1);
        assert!(forms("spammer").is_empty());
    }

    #[test]
    fn lines_come_back_as_they_left_and_mistakes_are_named() {
        let library = Library::import("words", LINES).unwrap();
        let again = Library::import("words", &library.export()).unwrap();
        assert_eq!(again.entries(), library.entries());
        let error = |text: &str| Library::import("words.txt", text).unwrap_err().to_string();
        assert_eq!(error("甲乙\tA9z\tblock\t1\t\t\n"), "words.txt:1: category: `A9z` is none of GB/T 45654");
        assert_eq!(error("\n甲乙\tA1a\tburn\t1\t\t\n"), "words.txt:2: action: `burn` is not observe, review or block");
        assert_eq!(error("甲乙\tA1a\tblock\t2\t\t\n"), "words.txt:1: weight: must be from 0 to 1");
        assert_eq!(error("甲乙\tA1a\tblock\t1\n甲乙\tA1a\tblock\t1\n"), "words.txt:2: term: is there twice");
        assert!(Library::unpack(b"broken").is_err());
    }

    #[test]
    fn the_shipped_library_meets_the_minimums_of_the_standard() {
        use crate::risk::Category;
        let counts = Library::built_in().counts();
        assert!(Library::built_in().entries().len() >= 10_000);
        for category in Category::ALL {
            let count = counts.get(&category).copied().unwrap_or(0);
            let least = match category.as_str().get(..2) {
                Some("A1") => 200,
                Some("A2") => 100,
                _ => 1,
            };
            assert!(count >= least, "{category}: {count} of {least}");
        }
    }
}
