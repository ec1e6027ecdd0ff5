//! The nearest articles by vector among those that a search may see.

use std::cmp::Ordering;

use super::scoring::Reach;
use super::vectors::Probe;

/// So many cosines are looked at together.
const LANES: usize = 16;

/// An article near the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) place: usize,
    pub(crate) version: usize,
    pub(crate) cosine: f32,
}

impl Reach<'_> {
    /// Whether every segment has vectors.
    pub(crate) fn has_vectors(self) -> bool {
        self.segments().all(|placed| placed.segment.vectors.is_some())
    }

    /// The `want` articles nearest to the question whose version is open, nearest first. `cosines` is memory.
    pub(crate) fn nearest(
        self,
        probe: &Probe,
        is_open: impl Fn(usize) -> bool,
        want: usize,
        cosines: &mut Vec<f32>,
    ) -> Vec<Near> {
        let mut near: Vec<Near> = Vec::with_capacity(2 * want);
        // What lies at or below the line is not among the nearest; an article without a vector never is.
        let mut line = 0.0_f32;
        for placed in self.segments() {
            let Some(vectors) = &placed.segment.vectors else { continue };
            for (run, version) in placed.runs().filter(|(_, version)| is_open(*version)) {
                let range = run.places();
                cosines.clear();
                cosines.resize(range.len(), 0.0);
                vectors.cosines(probe, range.start, cosines);
                let start = placed.offset + range.start;
                for (part, at) in cosines.chunks(LANES).zip((start..).step_by(LANES)) {
                    if part.iter().fold(0.0, |most, cosine| if *cosine > most { *cosine } else { most }) <= line {
                        continue;
                    }
                    let some = part.iter().zip(at..).filter(|(cosine, _)| **cosine > line);
                    near.extend(some.map(|(cosine, place)| Near { place, version, cosine: *cosine }));
                    if near.len() >= 2 * want {
                        line = nearest_only(&mut near, want);
                    }
                }
            }
        }
        nearest_only(&mut near, want);
        near.sort_unstable_by(order);
        near
    }

    /// The cosine of the article at a place; 0 where it has no vector.
    pub(crate) fn cosine(self, probe: &Probe, place: usize) -> f32 {
        let vectors = self.placed(place).and_then(|placed| Some((placed, placed.segment.vectors.as_ref()?)));
        vectors.map_or(0.0, |(placed, vectors)| vectors.cosine(probe, place - placed.offset))
    }

    /// How many terms the article at a place has.
    pub(crate) fn length(self, place: usize) -> u16 {
        self.placed(place).map_or(0, |placed| placed.segment.length(place - placed.offset))
    }
}

/// Keeps the `want` nearest and gives the cosine of the last of them.
fn nearest_only(near: &mut Vec<Near>, want: usize) -> f32 {
    if near.len() <= want {
        return 0.0;
    }
    near.select_nth_unstable_by(want.saturating_sub(1), order);
    near.truncate(want);
    near.last().map_or(0.0, |last| last.cosine)
}

/// Nearest first; equal ones by place, so that results repeat.
fn order(a: &Near, b: &Near) -> Ordering {
    b.cosine.total_cmp(&a.cosine).then(a.place.cmp(&b.place))
}
