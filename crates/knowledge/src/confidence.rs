//! Confidence: whether what was found answers the question at all.
//!
//! A logistic rule over what the best passage shares with the question. Its weights were fitted on 1,235 citizens'
//! questions against 155 questions about other things, on a corpus of 64,322 articles and on one of 8,907. Cross-validated
//! at the line: .960 of the citizens' questions are answered and .084 of the others; area under the curve .982.

use std::sync::LazyLock;

use serde::Serialize;

use crate::finder::Finder;
use crate::index::scoring::{HIGHEST, Weighted};
use crate::words::PAIR;

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
    /// The cosine of the best passage and the question.
    pub vector: f32,
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

/// The terms of a question as it was asked, with what is known of them.
#[derive(Debug)]
pub(crate) struct Own {
    terms: Vec<OwnTerm>,
    finder: Finder,
    /// Other countries that the question names.
    abroad: Vec<&'static str>,
}

#[derive(Debug)]
struct OwnTerm {
    rarity: f32,
    is_pair: bool,
    is_known: bool,
}

impl Own {
    /// `rarities` are those of the terms, 0 for one that no article has; `rarest` is what such a one counts.
    pub(crate) fn new(question: &str, terms: &[Weighted], rarities: &[f32], rarest: f32) -> Self {
        let term = |(term, rarity): (&Weighted, &f32)| OwnTerm {
            rarity: if *rarity > 0.0 { *rarity } else { rarest },
            is_pair: term.term.starts_with(PAIR),
            is_known: *rarity > 0.0,
        };
        Self {
            terms: terms.iter().zip(rarities).map(term).collect(),
            finder: Finder::new(terms.iter().map(|term| term.term.as_str())),
            abroad: FOREIGN.iter().copied().filter(|place| question.contains(place)).collect(),
        }
    }
}

/// Reads the signs of a passage. `text` is the passage, normalised; `score` its score in words, `vector` its cosine.
pub(crate) fn signs(own: &Own, text: &str, score: f32, vector: f32) -> Signs {
    let hits = own.finder.hits(text);
    let (mut words, mut pairs, mut unknown) = ((0.0, 0.0), (0.0, 0.0), 0.0_f32);
    for (at, term) in own.terms.iter().enumerate() {
        let sum = if term.is_pair { &mut pairs } else { &mut words };
        sum.1 += term.rarity;
        if hits.has(at) {
            sum.0 += term.rarity;
        }
        if !term.is_known {
            unknown += term.rarity;
        }
    }
    let share = |(found, whole): (f32, f32)| if whole > 0.0 { found / whole } else { 0.0 };
    let whole = words.1 + pairs.1;
    let highest = whole * HIGHEST;
    Signs {
        words: share(words),
        pairs: share(pairs),
        score: if highest > 0.0 { (score / highest).min(1.0) } else { 0.0 },
        unknown: share((unknown, whole)),
        weight: if highest > 0.0 { (score / HEAVY.min(highest * FULL)).min(1.0) } else { 0.0 },
        vector,
        elsewhere: own.abroad.iter().any(|place| !text.contains(place)),
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
