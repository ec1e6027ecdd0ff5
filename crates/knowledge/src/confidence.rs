//! Confidence: whether what was found answers the question at all.
//!
//! A logistic rule over what the best passage shares with the question. Its weights were fitted on 1,235 citizens'
//! questions against 155 questions about other things, on a corpus of 64,322 articles and on one of 8,907. Cross-validated
//! at the line: .960 of the citizens' questions are answered and .084 of the others; area under the curve .982.

use std::sync::LazyLock;

use serde::Serialize;

use crate::index::scoring::{HIGHEST, Weighted};
use crate::words;

/// What the rule looks at; shares from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Signs {
    /// The share of the words' rarity that the best passage has.
    pub words: f32,
    /// The share of the character pairs' rarity that the best passage has.
    pub pairs: f32,
    /// The best passage's score against the highest that the question could reach.
    pub score: f32,
    /// The share of the question's rarity that no article has.
    pub unknown: f32,
    /// How much the best passage carries, against what leaves no doubt.
    pub weight: f32,
    /// The question is about another country, and the best passage is not.
    pub elsewhere: bool,
}

/// Other countries and their cities: the law here does not answer what holds there.
static FOREIGN: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../data/foreign.txt").split_whitespace().collect());

/// For a short question, a score of this share of the highest is as good as a heavy one.
const FULL: f32 = 0.4;

/// What is left of the confidence for a question about another country.
const ELSEWHERE: f32 = 0.4;

const BIAS: f32 = -4.25;
const WORDS: f32 = 1.35;
const PAIRS: f32 = 0.39;
const SCORE: f32 = 1.86;
const UNKNOWN: f32 = -4.41;
const WEIGHT: f32 = 6.51;

/// From here on there is a basis for an answer.
pub(crate) const LINE: f32 = 0.5;

/// A score of words that leaves no doubt.
const HEAVY: f32 = 45.0;

/// Reads the signs. `terms` are the asker's own terms with their rarity as weight, and whether the index has them;
/// `text` is the passage, normalised.
pub(crate) fn signs(question: &str, terms: &[(Weighted, bool)], passage: &str, text: &str, score: f32) -> Signs {
    let share = |counts: &dyn Fn(&Weighted, bool) -> bool, of: &dyn Fn(&Weighted) -> bool| {
        let (mut whole, mut found) = (0.0_f32, 0.0_f32);
        for (term, known) in terms.iter().filter(|(term, _)| of(term)) {
            whole += term.weight;
            if counts(term, *known) {
                found += term.weight;
            }
        }
        if whole > 0.0 { found / whole } else { 0.0 }
    };
    let has = |term: &Weighted, _| text.contains(term.term.strip_prefix(words::PAIR).unwrap_or(&term.term));
    let is_pair = |term: &Weighted| term.term.starts_with(words::PAIR);
    let highest: f32 = terms.iter().map(|(term, _)| term.weight).sum::<f32>() * HIGHEST;
    Signs {
        words: share(&has, &|term| !is_pair(term)),
        pairs: share(&has, &is_pair),
        score: if highest > 0.0 { (score / highest).min(1.0) } else { 0.0 },
        unknown: share(&|_, known| !known, &|_| true),
        weight: if highest > 0.0 { (score / HEAVY.min(highest * FULL)).min(1.0) } else { 0.0 },
        elsewhere: FOREIGN.iter().any(|place| question.contains(place) && !passage.contains(place)),
    }
}

/// The confidence from 0 to 1.
pub(crate) fn confidence(signs: Signs) -> f32 {
    let sum = BIAS
        + WORDS * signs.words
        + PAIRS * signs.pairs
        + SCORE * signs.score
        + UNKNOWN * signs.unknown
        + WEIGHT * signs.weight;
    let sure = 1.0 / (1.0 + (-sum).exp());
    if signs.elsewhere { sure * ELSEWHERE } else { sure }
}
