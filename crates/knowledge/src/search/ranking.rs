//! Ranking by words: the scores of the articles with what their law's title and its best articles lend them.

use std::cell::Cell;
use std::collections::HashMap;

use super::admission::{Admission, Verdict};
use crate::found::FilterReason;
use crate::index::View;
use crate::index::lanes::{LANES, most};
use crate::index::scoring::{Reach, Weighted, Workspace};

/// What a law's best articles together lend to each of its articles: a law that is about the matter is more likely to
/// hold the article. Measured: .3 to .5 lift R@100 by .025.
const CONTEXT: f32 = 0.4;

/// What the words of a title count against the words of a text.
const TITLE: f32 = 0.5;

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

/// The articles of one open version in one segment.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    version: u32,
    start: u32,
    end: u32,
    /// The highest score in words, times the factor of authority.
    most: f32,
    /// Another stretch of the same version.
    next: u32,
}

const NONE: u32 = u32::MAX;

/// What the law of an article lends to it, by version. What its best articles lend is worked out for the versions that
/// it may matter for only.
#[derive(Debug)]
pub(super) struct Lift<'w> {
    view: &'w View,
    scores: &'w [f32],
    stretches: Vec<Stretch>,
    /// The first stretch of each version.
    heads: Vec<u32>,
    context: Vec<Cell<f32>>,
    titles: &'w [f32],
    named: &'w HashMap<usize, f32>,
    /// The highest score in words of what takes part.
    pub(super) highest: f32,
}

impl Lift<'_> {
    pub(super) fn authority(&self, version: usize) -> f32 {
        self.view.catalogue.versions.get(version).map_or(1.0, |version| version.authority.factor())
    }

    /// The score in words of the article at a place.
    pub(super) fn words(&self, place: usize) -> f32 {
        self.scores.get(place).copied().unwrap_or_default()
    }

    /// What a version's three best articles lend.
    fn context(&self, version: usize) -> f32 {
        let Some(known) = self.context.get(version) else { return 0.0 };
        if known.get().is_nan() {
            let authority = self.authority(version);
            let mut best = [0.0; 3];
            let mut next = self.heads.get(version).copied().unwrap_or(NONE);
            while let Some(stretch) = self.stretches.get(next as usize) {
                let own = self.scores.get(stretch.start as usize..stretch.end as usize).unwrap_or_default();
                top_three(own, authority, &mut best);
                next = stretch.next;
            }
            known.set(best.iter().sum::<f32>() * CONTEXT / 3.0);
        }
        known.get()
    }

    /// The title's words and the naming of a version.
    fn named(&self, version: usize) -> (f32, f32) {
        let title = self.titles.get(version).copied().unwrap_or_default();
        (title, self.named.get(&version).copied().unwrap_or_default() * self.highest)
    }

    /// The candidate at a place of a version, from its score in words.
    pub(super) fn candidate(&self, place: usize, version: usize, score: f32) -> Candidate {
        let words = score * self.authority(version);
        let (title, reference) = self.named(version);
        let context = self.context(version);
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
) -> Lift<'w> {
    let versions = &view.catalogue.versions;
    let Workspace { scores, titles, .. } = workspace;
    titles.clear();
    titles.resize(versions.len(), 0.0);
    for term in rarity {
        for at in view.catalogue.title_terms.get(&term.hash).into_iter().flatten() {
            if let Some(title) = titles.get_mut(*at as usize) {
                *title += TITLE * term.weight;
            }
        }
    }
    let mut highest = 0.0_f32;
    let mut stretches = Vec::with_capacity(versions.len());
    let mut heads = vec![NONE; versions.len()];
    for placed in reach.segments() {
        for (run, version) in placed.runs().filter(|(_, version)| admission.is_open(*version)) {
            let range = run.places();
            let (start, end) = (placed.offset + range.start, placed.offset + range.end);
            let authority = versions.get(version).map_or(1.0, |version| version.authority.factor());
            let most = most(scores.get(start..end).unwrap_or_default()) * authority;
            highest = highest.max(most);
            let Some(head) = heads.get_mut(version) else { continue };
            let number = |value: usize| u32::try_from(value).unwrap_or(NONE);
            let next = std::mem::replace(head, number(stretches.len()));
            stretches.push(Stretch { version: number(version), start: number(start), end: number(end), most, next });
        }
    }
    let context = vec![Cell::new(f32::NAN); versions.len()];
    Lift { view, scores, stretches, heads, context, titles, named, highest }
}

/// Puts the best scores, times `factor`, among the best three.
fn top_three(scores: &[f32], factor: f32, best: &mut [f32; 3]) {
    for part in scores.chunks(8) {
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

/// So many stretches are looked at before all others.
const HOPEFUL: usize = 128;

/// The best `top` articles by words and what their laws lend, best first.
pub(super) fn best(lift: &Lift<'_>, top: usize) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::with_capacity(2 * top + LANES);
    let mut line = 0.0_f32;
    // Those that can hold the best come first, so that the line is high when the others are looked at.
    let bound = |stretch: &Stretch| {
        let (title, reference) = lift.named(stretch.version as usize);
        stretch.most * (1.0 + CONTEXT) + title + reference
    };
    let with_words = lift.stretches.iter().filter(|stretch| stretch.most > 0.0);
    let mut order_by: Vec<(f32, &Stretch)> = with_words.map(|stretch| (bound(stretch), stretch)).collect();
    if order_by.len() > HOPEFUL {
        order_by.select_nth_unstable_by(HOPEFUL, |a, b| b.0.total_cmp(&a.0));
    }
    for (bound, stretch) in order_by {
        if bound < line {
            continue;
        }
        let (start, version) = (stretch.start as usize, stretch.version as usize);
        let own = lift.scores.get(start..stretch.end as usize).unwrap_or_default();
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
                if *score > 0.0 && whole >= line {
                    best.push(Candidate { place, words, score: whole, ..base });
                }
            }
            if best.len() >= 2 * top.max(1) {
                line = best_only(&mut best, top);
            }
        }
    }
    best_only(&mut best, top);
    best.sort_unstable_by(order);
    best
}

/// Keeps the `top` best and gives the score of the last of them.
fn best_only(best: &mut Vec<Candidate>, top: usize) -> f32 {
    if best.len() > top {
        best.select_nth_unstable_by(top.saturating_sub(1), order);
        best.truncate(top);
    }
    best.iter().fold(f32::INFINITY, |least, candidate| least.min(candidate.score))
}

/// Best first; equal scores by place, so that results repeat.
fn order(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.place.cmp(&b.place))
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
pub(super) fn kept_out(reach: Reach<'_>, admission: &Admission, lift: &Lift<'_>, line: f32) -> Vec<KeptOut> {
    let mut kept: Vec<KeptOut> = Vec::new();
    let scores = lift.scores;
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
