//! The nearest articles by vector among those that a search may see.

use super::scoring::Reach;
use super::vectors::Probe;

/// So many articles are compared by their bytes after the sketches. Measured: see `docs/benchmarks.md`.
const RESCORED: usize = 768;

/// About so many sketches are looked at to find the line below which an article is near.
const SAMPLE: usize = 4096;

/// So many distances are looked at together.
const LANES: usize = 32;

/// An article near the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) place: usize,
    pub(crate) version: usize,
    pub(crate) cosine: f32,
}

impl<'v> Reach<'v> {
    /// Whether every segment has vectors.
    pub(crate) fn has_vectors(self) -> bool {
        self.segments().all(|placed| placed.segment.vectors.is_some())
    }

    /// The `want` articles nearest to the question whose version is open, nearest first. `distances` is memory.
    pub(crate) fn nearest(
        self,
        probe: &Probe,
        is_open: impl Fn(usize) -> bool,
        want: usize,
        distances: &mut Vec<u16>,
    ) -> Vec<Near> {
        let places = self.segments().last().map_or(0, |placed| placed.offset + placed.segment.len());
        distances.resize(places, u16::MAX);
        let mut open = 0;
        for placed in self.segments() {
            let Some(into) = distances.get_mut(placed.offset..placed.offset + placed.segment.len()) else { continue };
            match &placed.segment.vectors {
                Some(vectors) => vectors.distances(probe, into),
                None => into.fill(u16::MAX),
            }
            open +=
                placed.runs().filter(|(_, version)| is_open(*version)).map(|(run, _)| run.len as usize).sum::<usize>();
        }
        let line = self.line(&is_open, distances, open, want.max(RESCORED));
        let mut near = Vec::with_capacity(2 * RESCORED);
        for placed in self.segments() {
            let Some(vectors) = &placed.segment.vectors else { continue };
            for (run, version) in placed.runs().filter(|(_, version)| is_open(*version)) {
                let range = run.places();
                let own = distances.get(placed.offset + range.start..placed.offset + range.end).unwrap_or_default();
                for (part, at) in own.chunks(LANES).zip((range.start..).step_by(LANES)) {
                    if part.iter().fold(u16::MAX, |least, bits| least.min(*bits)) > line {
                        continue;
                    }
                    for (_, at) in part.iter().zip(at..).filter(|(bits, _)| **bits <= line) {
                        near.push(Near { place: placed.offset + at, version, cosine: vectors.cosine(probe, at) });
                    }
                }
            }
        }
        let order = |a: &Near, b: &Near| b.cosine.total_cmp(&a.cosine).then(a.place.cmp(&b.place));
        if near.len() > want {
            near.select_nth_unstable_by(want, order);
            near.truncate(want);
        }
        near.sort_unstable_by(order);
        near
    }

    /// The distance below which about `want` of the open articles lie, from a sample of them.
    fn line(self, is_open: &impl Fn(usize) -> bool, distances: &[u16], open: usize, want: usize) -> u16 {
        let step = (open / SAMPLE).max(1);
        let mut counts = vec![0_usize; 4097];
        for placed in self.segments() {
            for (run, _) in placed.runs().filter(|(_, version)| is_open(*version)) {
                let range = run.places();
                let own = distances.get(placed.offset + range.start..placed.offset + range.end).unwrap_or_default();
                // The runs are shorter than the step in large indexes: begin each at another place.
                for bits in own.iter().skip(range.start % step.min(own.len().max(1))).step_by(step) {
                    if let Some(count) = counts.get_mut(usize::from(*bits)) {
                        *count += 1;
                    }
                }
            }
        }
        let sampled: usize = counts.iter().sum();
        let wanted = (want * sampled).div_ceil(open.max(1));
        let mut sum = 0;
        for (bits, count) in counts.iter().enumerate() {
            sum += count;
            if sum >= wanted {
                return bits as u16;
            }
        }
        u16::MAX - 1
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

    fn placed(self, place: usize) -> Option<&'v super::scoring::Placed> {
        self.segments().find(|placed| (placed.offset..placed.offset + placed.segment.len()).contains(&place))
    }
}
