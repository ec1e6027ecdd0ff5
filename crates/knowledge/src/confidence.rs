//! Confidence: whether what was found answers the question at all.
//!
//! A logistic rule over three shares of the question's rarity that the best passages carry. Its weights were fitted on
//! citizens' questions against questions about other things; `docs/benchmarks.md` has the figures.

use crate::index::scoring::Weighted;
use crate::words;

/// What the rule looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Signs {
    /// The share of the words' rarity that the best passage has.
    pub(crate) words: f32,
    /// The share of the pairs' rarity that the best passage has.
    pub(crate) pairs: f32,
    /// The best passage's score against the highest that the question could reach.
    pub(crate) score: f32,
}

const BIAS: f32 = -4.0;
const WEIGHT_WORDS: f32 = 4.0;
const WEIGHT_PAIRS: f32 = 3.0;
const WEIGHT_SCORE: f32 = 4.0;

/// From here on there is a basis for an answer.
pub(crate) const LINE: f32 = 0.5;

/// Reads the signs. `rare` are the asker's own terms with their rarity as weight; terms that no article has carry the
/// rarity of the rarest.
pub(crate) fn signs(rare: &[Weighted], passage: &str, score: f32, highest: f32) -> Signs {
    let text = words::normalise(passage);
    let share = |pairs: bool| {
        let mut whole = 0.0_f32;
        let mut found = 0.0_f32;
        for term in rare {
            let pair = term.term.strip_prefix(words::PAIR);
            if pair.is_some() == pairs {
                whole += term.weight;
                if text.contains(pair.unwrap_or(&term.term)) {
                    found += term.weight;
                }
            }
        }
        if whole > 0.0 { found / whole } else { 0.0 }
    };
    Signs { words: share(false), pairs: share(true), score: if highest > 0.0 { score / highest } else { 0.0 } }
}

/// The confidence from 0 to 1.
pub(crate) fn confidence(signs: Signs) -> f32 {
    let sum = BIAS + WEIGHT_WORDS * signs.words + WEIGHT_PAIRS * signs.pairs + WEIGHT_SCORE * signs.score;
    1.0 / (1.0 + (-sum).exp())
}
