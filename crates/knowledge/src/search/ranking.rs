//! Ranking by words: the scores of the articles with what their law's title and its best articles lend them.

use std::collections::{BinaryHeap, HashMap};

use super::admission::{Admission, Verdict};
use crate::found::FilterReason;
use crate::index::View;
use crate::index::scoring::{Reach, Weighted, Workspace};

/// What a law's best articles together lend to each of its articles: a law that is about the matter is more likely to
/// hold the article. Measured: .3 to .5 lift R@100 by .025.
const CONTEXT: f32 = 0.4;

/// What the words of a title count against the words of a text.
const TITLE: f32 = 0.5;

/// So many scores are looked at together.
const LANES: usize = 16;

/// An article that takes part, with what speaks for it in words.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Candidate {
    pub(super) place: usize,
    pub(super) version: usize,
    /// The whole of what follows.
    pub(super) score: f32,
    /// Headings and text, times the factor of authority.
    pub(super) words: f32,
    pub(super) title: f32,
    pub(super) context: f32,
    pub(super) reference: f32,
}

/// What the law of an article lends to it, by version.
#[derive(Debug)]
pub(super) struct Lift<'w> {
    view: &'w View,
    context: &'w [[f32; 3]],
    titles: &'w [f32],
    named: &'w HashMap<usize, f32>,
    /// The highest score in words of what takes part.
    pub(super) highest: f32,
}

impl Lift<'_> {
    pub(super) fn authority(&self, version: usize) -> f32 {
        self.view.catalogue.versions.get(version).map_or(1.0, |version| version.authority.factor())
    }

    /// The title of a version's law.
    pub(super) fn title(&self, version: usize) -> &str {
        self.view.catalogue.versions.get(version).map_or("", |version| &version.title)
    }

    /// The candidate at a place of a version, from its score in words.
    pub(super) fn candidate(&self, place: usize, version: usize, score: f32) -> Candidate {
        let words = score * self.authority(version);
        let title = self.titles.get(version).copied().unwrap_or_default();
        let context = self.context.get(version).map_or(0.0, |best| best.iter().sum::<f32>() * CONTEXT / 3.0);
        let reference = self.named.get(&version).copied().unwrap_or_default() * self.highest;
        Candidate { place, version, score: words + title + context + reference, words, title, context, reference }
    }
}

/// Works out what each law lends to its articles. `rarity` are the question's terms, weighted.
pub(super) fn lift<'w>(
    reach: Reach<'w>,
    view: &'w View,
    admission: &Admission,
    workspace: &'w mut Workspace,
    rarity: &[Weighted],
    named: &'w HashMap<usize, f32>,
) -> (Lift<'w>, &'w [f32]) {
    let versions = &view.catalogue.versions;
    let Workspace { scores, context, titles, .. } = workspace;
    context.clear();
    context.resize(versions.len(), [0.0; 3]);
    titles.clear();
    titles.resize(versions.len(), 0.0);
    for term in rarity {
        for at in view.catalogue.title_terms.get(&term.term).into_iter().flatten() {
            if let Some(title) = titles.get_mut(*at as usize) {
                *title += TITLE * term.weight;
            }
        }
    }
    let mut highest = 0.0_f32;
    for placed in reach.segments() {
        for (run, version) in placed.runs().filter(|(_, version)| admission.is_open(*version)) {
            let range = run.places();
            let own = scores.get(placed.offset + range.start..placed.offset + range.end).unwrap_or_default();
            let Some(best) = context.get_mut(version) else { continue };
            let authority = versions.get(version).map_or(1.0, |version| version.authority.factor());
            top_three(own, authority, best);
            highest = highest.max(best.first().copied().unwrap_or_default());
        }
    }
    (Lift { view, context, titles, named, highest }, scores)
}

/// Puts the best scores, times `factor`, among the best three.
fn top_three(scores: &[f32], factor: f32, best: &mut [f32; 3]) {
    for part in scores.chunks(LANES) {
        let [.., least] = *best;
        if most(part) * factor <= least {
            continue;
        }
        for score in part {
            let mut score = score * factor;
            for slot in best.iter_mut() {
                if score > *slot {
                    std::mem::swap(slot, &mut score);
                }
            }
        }
    }
}

/// The highest of some scores; the compiler makes a few instructions of it.
fn most(scores: &[f32]) -> f32 {
    scores.iter().fold(0.0, |most, score| if *score > most { *score } else { most })
}

/// The best `top` articles by words and what their laws lend, best first.
pub(super) fn best(
    reach: Reach<'_>,
    admission: &Admission,
    lift: &Lift<'_>,
    scores: &[f32],
    top: usize,
) -> Vec<Candidate> {
    let mut best: BinaryHeap<Ranked> = BinaryHeap::with_capacity(top + 1);
    let mut line = 0.0_f32;
    for placed in reach.segments() {
        for (run, version) in placed.runs().filter(|(_, version)| admission.is_open(*version)) {
            let range = run.places();
            let start = placed.offset + range.start;
            let own = scores.get(start..placed.offset + range.end).unwrap_or_default();
            let base = lift.candidate(start, version, 0.0);
            let authority = lift.authority(version);
            for (part, at) in own.chunks(LANES).zip((start..).step_by(LANES)) {
                let most = most(part);
                if most <= 0.0 || most * authority + base.score < line {
                    continue;
                }
                for (score, place) in part.iter().zip(at..) {
                    let words = score * authority;
                    let whole = words + base.score;
                    if *score <= 0.0 || whole < line {
                        continue;
                    }
                    let candidate = Ranked(Candidate { place, words, score: whole, ..base });
                    if best.len() < top {
                        best.push(candidate);
                    } else if best.peek().is_some_and(|worst| candidate < *worst) {
                        best.pop();
                        best.push(candidate);
                    }
                    if best.len() == top {
                        line = best.peek().map_or(0.0, |worst| worst.0.score);
                    }
                }
            }
        }
    }
    best.into_sorted_vec().into_iter().map(|ranked| ranked.0).collect()
}

/// Orders the worst candidate last, so that the heap gives it up; equal scores by place, so that results repeat.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ranked(Candidate);

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.score.total_cmp(&self.0.score).then(self.0.place.cmp(&other.0.place))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What a filter kept out that would have been among the results.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeptOut {
    pub(super) reason: FilterReason,
    pub(super) count: usize,
    /// The best of them: place, version and score in words.
    pub(super) best: Vec<(usize, usize, f32)>,
}

/// So many of what a filter kept out are named.
const NAMED: usize = 3;

/// How many articles each filter kept out whose words reach `line`, and the best of them.
pub(super) fn kept_out(
    reach: Reach<'_>,
    admission: &Admission,
    lift: &Lift<'_>,
    scores: &[f32],
    line: f32,
) -> Vec<KeptOut> {
    let mut kept: Vec<KeptOut> = Vec::new();
    for placed in reach.segments() {
        for (run, version) in placed.runs() {
            let Some(Verdict::Filtered(reason)) = admission.verdicts.get(version).copied() else { continue };
            let range = run.places();
            let start = placed.offset + range.start;
            let own = scores.get(start..placed.offset + range.end).unwrap_or_default();
            let authority = lift.authority(version);
            for (part, at) in own.chunks(LANES).zip((start..).step_by(LANES)) {
                if most(part) * authority < line {
                    continue;
                }
                for (score, place) in part.iter().zip(at..) {
                    let words = score * authority;
                    if *score <= 0.0 || words < line {
                        continue;
                    }
                    let entry = match kept.iter_mut().position(|entry| entry.reason == reason) {
                        Some(at) => kept.get_mut(at),
                        None => {
                            kept.push(KeptOut { reason, count: 0, best: Vec::new() });
                            kept.last_mut()
                        }
                    };
                    let Some(entry) = entry else { continue };
                    entry.count += 1;
                    let at = entry.best.partition_point(|(_, _, known)| *known >= words);
                    if at < NAMED {
                        entry.best.insert(at, (place, version, words));
                        entry.best.truncate(NAMED);
                    }
                }
            }
        }
    }
    kept.sort_by_key(|entry| entry.reason);
    kept
}
