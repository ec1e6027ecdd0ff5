//! The verdict on one claim: laid along each passage, its figures, its force and its added words are compared.

use super::align::{self, Alignment};
use super::compare::{CLOSE, Figures, REPEATED, Words, exception, figures, force_differs, left_out, words};
use super::facts::{self, Fact};
use super::flat::Flat;
use super::polarity;
use crate::Verdict;

/// A passage made ready once for many claims.
#[derive(Debug)]
pub(crate) struct Passage {
    pub flat: Flat,
    pub facts: Vec<Fact>,
    pub words: Vec<polarity::Word>,
}

impl Passage {
    pub(crate) fn new(text: &str) -> Self {
        let flat = Flat::new(text);
        let facts = facts::read(&flat);
        let words = polarity::read(&flat);
        Self { flat, facts, words }
    }
}

/// A verdict with its grounds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judgement {
    pub verdict: Verdict,
    pub score: f32,
    pub evidence: Option<usize>,
    pub why: String,
    /// How much of the claim stands in the passage.
    pub share: f32,
}

/// The share of a claim's characters that must stand in the passage.
const ENOUGH: f32 = 0.55;

/// Judges a claim of the answer `said` against the passages.
pub(crate) fn judge(claim: &Flat, said: &Flat, passages: &[&Passage]) -> Judgement {
    // Word for word is the common case, and the cheapest.
    let mut cut = None;
    for (i, passage) in passages.iter().enumerate() {
        for at in passage.flat.places(&claim.chars) {
            if let Some(why) = cut_off(&passage.flat, claim, at) {
                cut = cut.or(Some((i, why)));
                continue;
            }
            return match exception(claim, said, passage, at + claim.len()) {
                Some(words) => unsupported(0.6, Some(i), format!("exception_left_out: {words}")),
                None => Judgement {
                    verdict: Verdict::Supported,
                    score: 1.0,
                    evidence: Some(i),
                    why: "verbatim".to_owned(),
                    share: 1.0,
                },
            };
        }
    }
    if let Some((i, why)) = cut {
        return Judgement { share: 1.0, ..contradicted(0.9, i, why) };
    }
    if claim.len() > 600 {
        return unsupported(0.0, None, "too_long: one claim of more than 600 characters".to_owned());
    }
    let mut windows: Vec<(usize, usize, usize, usize)> = passages
        .iter()
        .enumerate()
        .map(|(i, passage)| {
            let (from, to, hits) = align::window(&claim.chars, &passage.flat);
            (hits, i, from, to)
        })
        .collect();
    windows.sort_by_key(|(hits, i, ..)| (std::cmp::Reverse(*hits), *i));
    // A passage that shares far fewer pairs than the best cannot win: laying along is what costs.
    let most = windows.first().map_or(0, |(hits, ..)| *hits);
    let mut best: Option<Judgement> = None;
    for (hits, i, from, to) in windows.iter().take(3) {
        if *hits == 0 || *hits * 10 < most * 7 {
            break;
        }
        let Some(passage) = passages.get(*i) else { continue };
        let Some(aligned) = align::align(&claim.chars, &passage.flat, *from, *to) else { continue };
        let judgement = compare(claim, said, passage, *i, &aligned, passages);
        let is_sure = judgement.verdict == Verdict::Supported && judgement.share > SURE;
        if best.as_ref().is_none_or(|best| rank(&judgement) > rank(best)) {
            best = Some(judgement);
        }
        if is_sure {
            break;
        }
    }
    best.unwrap_or_else(|| unsupported(0.0, None, "no_passage: nothing in the evidence speaks of it".to_owned()))
}

/// The share from which no other passage can be closer in a way that matters.
const SURE: f32 = 0.95;

/// What the claim cut off right before or after words that stand in the passage: a negation, a part of a figure.
pub(super) fn cut_off(passage: &Flat, claim: &Flat, at: usize) -> Option<String> {
    let joined = |i: usize| !passage.breaks.get(i).copied().unwrap_or(true);
    if let Some(before) = at.checked_sub(1).filter(|i| joined(*i)) {
        let c = passage.get(before)?;
        if matches!(c, '未' | '不' | '非' | '无') && !polarity::is_idiom(passage, before) {
            return Some(format!("negation_left_out: {c}"));
        }
        let (first, digits) = (claim.get(0)?, |c: char| c.is_ascii_digit());
        if digits(c) && digits(first) {
            return Some(format!("figure_differs: {first} / {}", passage.string(before, at + 1)));
        }
    }
    let (last, next) = (claim.chars.last().copied()?, at + claim.len());
    let after = passage.get(next).filter(|c| c.is_ascii_digit() && last.is_ascii_digit() && joined(next - 1))?;
    Some(format!("figure_differs: {last} / {last}{after}"))
}

/// The closest passage decides; of passages about as close, the one that supports.
fn rank(judgement: &Judgement) -> f32 {
    judgement.share + if judgement.verdict == Verdict::Supported { 0.12 } else { 0.0 }
}

fn unsupported(score: f32, evidence: Option<usize>, why: String) -> Judgement {
    Judgement { verdict: Verdict::Unsupported, score, evidence, why, share: 0.0 }
}

fn contradicted(score: f32, evidence: usize, why: String) -> Judgement {
    Judgement { verdict: Verdict::Contradicted, score, evidence: Some(evidence), why, share: 0.0 }
}

fn compare(
    claim: &Flat,
    said: &Flat,
    passage: &Passage,
    index: usize,
    aligned: &Alignment,
    all: &[&Passage],
) -> Judgement {
    #[expect(clippy::cast_precision_loss, reason = "a claim has at most 600 characters")]
    let share = aligned.matched as f32 / claim.len().max(1) as f32;
    Judgement { share, ..decide(claim, said, passage, index, aligned, all, share) }
}

fn decide(
    claim: &Flat,
    said: &Flat,
    passage: &Passage,
    index: usize,
    aligned: &Alignment,
    all: &[&Passage],
    share: f32,
) -> Judgement {
    if share < 0.35 {
        return unsupported(
            share * 0.5,
            Some(index),
            "no_passage: the closest passage speaks of something else".to_owned(),
        );
    }
    let close = share >= CLOSE;
    let repeated = share >= REPEATED;
    if let Some(why) = force_differs(claim, passage, aligned).filter(|_| share >= ENOUGH) {
        return contradicted(share, index, why);
    }
    match figures(claim, passage, aligned, all) {
        Figures::Differ(why) if share >= ENOUGH => return contradicted(share, index, why),
        Figures::Differ(why) | Figures::Missing(why) => return unsupported(share * 0.6, Some(index), why),
        Figures::Agree => {}
    }
    match words(claim, passage, aligned, all, share) {
        Words::Opposite(why) | Words::Replaced(why) if close => return contradicted(share, index, why),
        Words::Opposite(why) | Words::Replaced(why) | Words::Added(why) => {
            return unsupported(share * 0.7, Some(index), why);
        }
        Words::Agree => {}
    }
    if repeated && let Some((words, negates)) = left_out(passage, aligned) {
        return if negates {
            contradicted(share, index, format!("negation_left_out: {words}"))
        } else {
            unsupported(share * 0.7, Some(index), format!("condition_left_out: {words}"))
        };
    }
    if let Some(words) = exception(claim, said, passage, aligned.to) {
        return unsupported(share * 0.7, Some(index), format!("exception_left_out: {words}"));
    }
    // A few words must stand there nearly whole.
    if share >= if claim.len() < 12 { 0.8 } else { ENOUGH } {
        Judgement { verdict: Verdict::Supported, score: share, evidence: Some(index), why: "aligned".to_owned(), share }
    } else {
        unsupported(share * 0.7, Some(index), "not_said: too little of it stands in the evidence".to_owned())
    }
}
