//! Understanding a question: its terms, the law's words for the asker's words, and the laws it names.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::index::Mixed;
use crate::index::scoring::Weighted;
use crate::words;

/// What a word of the law weighs when the asker used another word for it.
const SYNONYM_WEIGHT: f32 = 0.4;

/// Everyday words and the law's words for them, one entry per line: `房东 = 出租人`.
struct Synonyms {
    everyday: AhoCorasick,
    /// The terms of the law's words, by pattern.
    legal: Vec<Vec<String>>,
    /// The law's words themselves, by pattern.
    words: Vec<Vec<&'static str>>,
}

#[expect(clippy::expect_used, reason = "the patterns are a file of ours, tried by the tests below")]
static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(|| {
    let mut by_word: HashMap<&str, (Vec<String>, Vec<&'static str>)> = HashMap::new();
    for line in include_str!("../data/synonyms.txt").lines() {
        let Some((everyday, legal)) = line.split_once('=') else { continue };
        let terms: Vec<String> = legal.split('、').flat_map(|word| words::question_terms(word.trim())).collect();
        for word in everyday.split('、').map(str::trim).filter(|word| !word.is_empty()) {
            let entry = by_word.entry(word).or_default();
            entry.0.extend(terms.iter().cloned());
            entry.1.extend(legal.split('、').map(str::trim));
        }
    }
    let (everyday, (legal, words)): (Vec<&str>, (Vec<_>, Vec<_>)) = by_word.into_iter().unzip();
    let everyday = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(&everyday)
        .expect("the everyday words make a matcher");
    Synonyms { everyday, legal, words }
});

/// Loads the synonyms.
pub(crate) fn warm_up() {
    LazyLock::force(&SYNONYMS);
}

/// A question as the search understands it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    /// All its terms, as the embedding takes them.
    pub(crate) cut: words::Terms,
    /// The asker's own terms that say something, and after them the law's words for them, each once.
    pub(crate) terms: Vec<Weighted>,
    /// How many of them are the asker's own.
    pub(crate) own: usize,
}

/// Understands a question.
pub(crate) fn understand(text: &str) -> Question {
    let mut terms: Vec<Weighted> = Vec::new();
    let cut = words::terms(text);
    let mut place: HashMap<u64, usize, Mixed> = HashMap::default();
    for term in cut.iter().filter(|term| !words::is_stop(term)) {
        let term = Weighted::new(term, 1.0);
        match place.get(&term.hash).and_then(|at| terms.get_mut(*at)) {
            Some(known) => known.weight += 1.0,
            None => {
                place.insert(term.hash, terms.len());
                terms.push(term);
            }
        }
    }
    let own = terms.len();
    for term in legal_terms(text) {
        let term = Weighted::new(term, SYNONYM_WEIGHT);
        if let std::collections::hash_map::Entry::Vacant(free) = place.entry(term.hash) {
            free.insert(terms.len());
            terms.push(term);
        }
    }
    Question { cut, terms, own }
}

/// The terms of the law's words for the everyday words of a text.
pub(crate) fn legal_terms(text: &str) -> impl Iterator<Item = &String> {
    SYNONYMS.everyday.find_iter(text).filter_map(|found| SYNONYMS.legal.get(found.pattern().as_usize())).flatten()
}

/// The question with each everyday word replaced by the law's word for it that `passage` (normalised) has. Stops
/// around it keep its neighbours from making pairs with it that nobody wrote.
pub(crate) fn settled(text: &str, passage: &str) -> String {
    let mut settled = String::with_capacity(text.len());
    let mut done = 0;
    for found in SYNONYMS.everyday.find_iter(text) {
        let known = SYNONYMS.words.get(found.pattern().as_usize()).into_iter().flatten();
        let Some(word) = known.copied().find(|word| passage.contains(words::normalise(word).as_str())) else {
            continue;
        };
        settled.push_str(text.get(done..found.start()).unwrap_or_default());
        settled.push('，');
        settled.push_str(word);
        settled.push('，');
        done = found.end();
    }
    settled.push_str(text.get(done..).unwrap_or_default());
    settled
}

#[cfg(test)]
mod tests {
    use super::understand;

    #[test]
    fn everyday_words_bring_the_words_of_the_law() {
        let question = understand("房东不退押金怎么办");
        let weight = |term: &str| question.terms.iter().find(|t| t.term == term).map(|t| t.weight);
        assert_eq!(weight("押金"), Some(1.0));
        assert!(weight("出租人").is_some_and(|w| w < 1.0));
        assert_eq!(weight("怎么办"), None);
    }
}
