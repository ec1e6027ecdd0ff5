//! Fusing: the best by words and the nearest by vector become one list, ranked by all that is known of each.

use std::collections::HashMap;

use super::ranking::{Candidate, Lift};
use crate::embedding::UNKNOWN_LAW;
use crate::index::scoring::Reach;
use crate::index::{Mixed, Probes};
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

/// Ranks the best by words and the nearest by vector together, best first. `laws` is by version.
pub(super) fn fuse(
    reach: Reach<'_>,
    lift: &Lift<'_>,
    probes: &Probes,
    laws: &[f32],
    best: Vec<Candidate>,
    near: &[crate::index::nearest::Near],
    known_share: f32,
) -> Vec<Ranked> {
    let mut ranked = words_only(best);
    let mut known: HashMap<u64, usize, Mixed> =
        ranked.iter().enumerate().map(|(at, ranked)| (spread(ranked.candidate.place), at)).collect();
    for (rank, near) in (1..).zip(near) {
        let at = *known.entry(spread(near.place)).or_insert(ranked.len());
        if at == ranked.len() {
            let candidate = lift.candidate(near.place, near.version, lift.words(near.place));
            ranked.push(Ranked { candidate, ..Ranked::default() });
        }
        if let Some(entry) = ranked.get_mut(at) {
            (entry.rank_vector, entry.vector) = (Some(rank), near.cosine);
        }
    }
    for entry in &mut ranked {
        if entry.rank_vector.is_none() {
            entry.vector = reach.cosine(probes, entry.candidate.place);
        }
        entry.score = rank::score(&features(reach, lift, laws, entry, known_share));
    }
    ranked.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.place.cmp(&b.candidate.place)));
    ranked
}

/// A place as a number whose bits are mixed.
fn spread(place: usize) -> u64 {
    (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn features(reach: Reach<'_>, lift: &Lift<'_>, laws: &[f32], ranked: &Ranked, known: f32) -> Features {
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
        law: laws.get(version).copied().unwrap_or(UNKNOWN_LAW),
        known,
    }
}
