//! Fusing: the best by words and the nearest by vector become one list, ranked by all that is known of each.

use std::collections::HashMap;

use super::ranking::{Candidate, Lift};
use crate::embedding::Embedding;
use crate::index::scoring::Reach;
use crate::index::vectors::Probe;
use crate::rank::{self, Features};

/// A ranked candidate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Ranked {
    pub(super) candidate: Candidate,
    /// The whole score.
    pub(super) score: f32,
    /// The cosine with the question.
    pub(super) vector: f32,
    /// Its rank among the best by words, from 1.
    pub(super) rank_words: Option<u32>,
    /// Its rank among the nearest by vector, from 1.
    pub(super) rank_vector: Option<u32>,
}

/// Ranks by words alone.
pub(super) fn words_only(best: Vec<Candidate>) -> Vec<Ranked> {
    let ranked = |(at, candidate): (u32, Candidate)| Ranked {
        score: candidate.score,
        rank_words: Some(at),
        candidate,
        ..Ranked::default()
    };
    (1..).zip(best).map(ranked).collect()
}

/// Ranks the best by words and the nearest by vector together, best first.
pub(super) fn fuse(
    reach: Reach<'_>,
    lift: &Lift<'_>,
    scores: &[f32],
    probe: &Probe,
    embedding: &Embedding,
    best: Vec<Candidate>,
    near: &[crate::index::nearest::Near],
) -> Vec<Ranked> {
    let mut ranked = words_only(best);
    let mut known: HashMap<usize, usize> =
        ranked.iter().enumerate().map(|(at, ranked)| (ranked.candidate.place, at)).collect();
    for (rank, near) in (1..).zip(near) {
        let at = *known.entry(near.place).or_insert(ranked.len());
        if at == ranked.len() {
            let words = scores.get(near.place).copied().unwrap_or_default();
            let candidate = lift.candidate(near.place, near.version, words);
            ranked.push(Ranked { candidate, ..Ranked::default() });
        }
        if let Some(entry) = ranked.get_mut(at) {
            (entry.rank_vector, entry.vector) = (Some(rank), near.cosine);
        }
    }
    for entry in &mut ranked {
        if entry.rank_vector.is_none() {
            entry.vector = reach.cosine(probe, entry.candidate.place);
        }
        entry.score = rank::score(&features(reach, lift, embedding, entry));
    }
    ranked.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.place.cmp(&b.candidate.place)));
    ranked
}

fn features(reach: Reach<'_>, lift: &Lift<'_>, embedding: &Embedding, ranked: &Ranked) -> Features {
    let Candidate { place, version, words, title, context, reference, .. } = ranked.candidate;
    let authority = lift.authority(version);
    let highest = lift.highest.max(f32::MIN_POSITIVE);
    Features {
        words: words / authority / highest,
        cosine: ranked.vector,
        title: title / highest,
        context: context / highest,
        authority,
        named: if reference > 0.0 { 1.0 } else { 0.0 },
        rank_words: ranked.rank_words,
        rank_vector: ranked.rank_vector,
        length: u32::from(reach.length(place)),
        law: embedding.law(lift.title(version)),
    }
}
