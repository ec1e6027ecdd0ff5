//! The nearest articles by vector among those that a search may see.

use std::cmp::Ordering;

use super::coarse::BLOCK;
use super::lanes::most;
use super::probes::Probes;
use super::scoring::{Placed, Reach};
use super::vectors::Probe;

/// So many times as many articles as are wanted are compared exactly after the rough comparison. With four and with three
/// the results on the statute set are those of comparing all exactly.
const CLOSER: usize = 3;

/// An article near the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) place: usize,
    pub(crate) version: usize,
    pub(crate) cosine: f32,
}

impl Reach<'_> {
    /// The `want` articles nearest to the question whose version is open, nearest first. `rough` and `tops` are memory.
    pub(crate) fn nearest(
        self,
        probes: &Probes,
        is_open: impl Fn(usize) -> bool,
        want: usize,
        (rough, tops): (&mut Vec<[f32; BLOCK]>, &mut Vec<f32>),
    ) -> Vec<Near> {
        let articles: usize = self.segments().map(|placed| placed.segment.len()).sum();
        let is_worth_it = articles > 2 * CLOSER * want;
        let mut near = Nearest::new(if is_worth_it { CLOSER * want } else { want });
        for placed in self.segments() {
            let Some((vectors, probe)) = placed.segment.vectors.as_ref().zip(probes.of(placed.collection)) else {
                continue;
            };
            let blocks = placed.segment.len().div_ceil(BLOCK);
            rough.clear();
            rough.resize(blocks, [0.0; BLOCK]);
            tops.clear();
            tops.resize(blocks, 0.0);
            if is_worth_it && placed.segment.coarse.is_there() {
                placed.segment.coarse.cosines(&probe.coarse, rough, tops);
            } else if let Some(exact) = rough.as_flattened_mut().get_mut(..placed.segment.len()) {
                vectors.cosines(probe, 0, exact);
                tops.iter_mut().zip(rough.iter()).for_each(|(top, block)| *top = most(block));
            }
            near.take(placed, rough.iter().zip(tops.iter()), &is_open, probe);
        }
        let mut near = near.keep();
        if is_worth_it {
            near.iter_mut().for_each(|one| one.cosine = self.cosine(probes, one.place));
            cut(&mut near, want);
        }
        near.sort_unstable_by(order);
        near
    }

    /// The cosine of the article at a place as the ranker takes it; 0 where it has no vector.
    pub(crate) fn cosine(self, probes: &Probes, place: usize) -> f32 {
        let cosine = self.placed(place).and_then(|placed| {
            let (vectors, probe) = placed.segment.vectors.as_ref().zip(probes.of(placed.collection))?;
            Some(probe.leveled(vectors.cosine(probe, place - placed.offset)))
        });
        cosine.unwrap_or_default()
    }

    /// How many terms the article at a place has.
    pub(crate) fn length(self, place: usize) -> u16 {
        self.placed(place).map_or(0, |placed| placed.segment.length(place - placed.offset))
    }
}

/// The nearest so far.
struct Nearest {
    want: usize,
    found: Vec<Near>,
    /// What lies at or below the line is not among the nearest; an article without a vector never is.
    line: f32,
}

impl Nearest {
    fn new(want: usize) -> Self {
        Self { want, found: Vec::with_capacity(2 * want + BLOCK), line: 0.0 }
    }

    /// Looks at the cosines of a segment: block by block, each with its highest.
    fn take<'b>(
        &mut self,
        placed: &Placed,
        blocks: impl Iterator<Item = (&'b [f32; BLOCK], &'b f32)>,
        is_open: impl Fn(usize) -> bool,
        probe: &Probe,
    ) {
        let mut line = probe.unleveled(self.line).max(0.0);
        let mut runs = placed.runs();
        let mut run = runs.next();
        for ((block, top), start) in blocks.zip((0..).step_by(BLOCK)) {
            if *top <= line {
                continue;
            }
            for (cosine, at) in block.iter().zip(start..).filter(|(cosine, _)| **cosine > line) {
                while run.is_some_and(|(run, _)| run.places().end <= at) {
                    run = runs.next();
                }
                let version = run.filter(|(run, version)| run.places().contains(&at) && is_open(*version));
                let Some((_, version)) = version else { continue };
                self.found.push(Near { place: placed.offset + at, version, cosine: probe.leveled(*cosine) });
            }
            if self.found.len() >= 2 * self.want {
                self.line = cut(&mut self.found, self.want);
                line = probe.unleveled(self.line).max(0.0);
            }
        }
    }

    fn keep(mut self) -> Vec<Near> {
        cut(&mut self.found, self.want);
        self.found
    }
}

/// Keeps the `want` nearest and gives the cosine of the last of them.
fn cut(near: &mut Vec<Near>, want: usize) -> f32 {
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
