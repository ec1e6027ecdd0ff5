//! Search: from a question to the passages in force that answer it.
//!
//! In order: what the actor may see and what applies at the date, then scores, then the ranking. What is hidden or
//! not in force never takes part in the ranking.

use std::collections::HashMap;
use std::time::Instant;

use identity::{Action, Cx, Permit, Scope};
use kernel::Date;
use kernel::ids::ArticleId;

use crate::catalogue::{Catalogue, VersionEntry};
use crate::confidence::Signs;
use crate::found::{FilterReason, Filtered, Found, Parts, Passage, Retrieval};
use crate::index::scoring::{NO_VERSION, Weighted};
use crate::index::{View, Workspace};
use crate::knowledge::{Knowledge, reaches};
use crate::named::{self, Named};
use crate::question::{self, Question, understand};
use crate::quotes::Wants;
use crate::validity::Status;
use crate::{Error, Result, confidence, quotes, words};

/// What a law's best articles together lend to each of its articles: a law that is about the matter is more likely to
/// hold the article. Measured: .3 to .5 lift R@100 by .025.
const CONTEXT: f32 = 0.4;

/// So many of a law's articles make its context.
const CONTEXT_ARTICLES: usize = 3;

/// What the words of a title count against the words of a text.
const TITLE: f32 = 0.5;

/// So many passages are looked at for a basis.
const ASSESSED: usize = 3;

/// Quotes are picked for so many passages.
const QUOTED: usize = 10;

/// What may happen to the articles of a version in one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Open,
    /// Not for this search, and not to be mentioned.
    Hidden,
    Filtered(FilterReason),
}

/// An article that takes part.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Candidate {
    place: usize,
    version: usize,
    score: f32,
    parts: Parts,
}

impl Knowledge {
    /// Finds the passages that answer `text`, best first.
    pub fn search(&self, cx: &Cx, permit: &Permit, text: &str, retrieval: &Retrieval) -> Result<Found> {
        permit.demand(cx, &[Action::Ask, Action::Search])?;
        let started = Instant::now();
        let view = self.view();
        let mut workspace = self.workspace();
        let found = search(&view, &mut workspace, cx, permit, text, retrieval);
        self.give_back(workspace);
        let mut found = found?;
        found.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(found)
    }

    fn workspace(&self) -> Workspace {
        let mut kept = self.0.workspaces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.pop().unwrap_or_default()
    }

    fn give_back(&self, workspace: Workspace) {
        let mut kept = self.0.workspaces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() < 16 {
            kept.push(workspace);
        }
    }
}

fn search(
    view: &View,
    workspace: &mut Workspace,
    cx: &Cx,
    permit: &Permit,
    text: &str,
    retrieval: &Retrieval,
) -> Result<Found> {
    let catalogue = &*view.catalogue;
    let day = retrieval.as_of.unwrap_or_else(|| cx.now().date());
    let verdicts = verdicts(catalogue, cx, permit, retrieval, day)?;
    let Question { terms } = understand(text);
    view.score(&terms, workspace)?;
    let rarity: Vec<Weighted> =
        terms.iter().map(|t| Weighted { term: t.term.clone(), weight: t.weight * view.rarity(&t.term) }).collect();

    let wants = Wants::of(text);
    let Named { notices, bonus, exact } = named::named(view, &verdicts, text, day)?;

    let ranked = rank(view, workspace, &verdicts, &rarity, &bonus, &exact, retrieval.top);
    let filtered = count_filtered(view, workspace, &verdicts, ranked.last().map(|c| c.parts.words));
    let mut passages = Vec::with_capacity(ranked.len());
    for candidate in &ranked {
        let (Some(version), Some(article)) =
            (catalogue.versions.get(candidate.version), view.article(candidate.place)?)
        else {
            continue;
        };
        let Ok(article_id) = ArticleId::parse(&article.id) else { continue };
        let Some(collection) = catalogue.collections.get(version.collection) else { continue };
        let best = if exact.contains(&candidate.place) {
            quotes::whole(&article.text, &rarity)
        } else if passages.len() < QUOTED && exact.is_empty() {
            quotes::pick(&article.text, &rarity, wants)
        } else {
            // Beside an article that the question names, others are not quoted.
            Vec::new()
        };
        passages.push(Passage {
            article_id,
            version_id: version.id.clone(),
            document_id: version.document.clone(),
            collection_id: collection.id.clone(),
            source_id: article.source_id,
            document: version.title.to_string(),
            label: article.label,
            path: article.path.lines().map(str::to_owned).collect(),
            text: article.text,
            score: candidate.score,
            parts: candidate.parts,
            validity: catalogue.validity(version, day),
            level: collection.level,
            best,
        });
    }
    // The first passage is not always the one that answers.
    let assessed = passages.iter().take(ASSESSED).map(|passage| assess(view, text, passage));
    let assessed = assessed.map(|signs| (confidence::confidence(signs), signs));
    let (confidence, signs) = assessed.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    let confidence = if exact.is_empty() { confidence } else { 1.0 };
    Ok(Found { has_basis: confidence >= confidence::LINE, passages, filtered, notices, confidence, signs, took_us: 0 })
}

/// What may happen to the articles of each version.
fn verdicts(catalogue: &Catalogue, cx: &Cx, permit: &Permit, retrieval: &Retrieval, day: Date) -> Result<Vec<Verdict>> {
    if let Some(missing) = retrieval.collections.iter().find(|id| catalogue.collection(id).is_none()) {
        return Err(Error::CollectionNotFound(missing.to_string()));
    }
    let open: Vec<bool> = catalogue
        .collections
        .iter()
        .map(|collection| {
            let wanted = retrieval.collections.is_empty() || retrieval.collections.contains(&collection.id);
            let covered = match permit.scope() {
                Scope::Collection { id, .. } => *id == collection.id,
                Scope::Platform | Scope::Scenario { .. } => true,
            };
            wanted && covered && reaches(cx, permit.ceiling(), collection)
        })
        .collect();
    let verdict = |version: &VersionEntry| {
        if !open.get(version.collection).copied().unwrap_or(false) {
            return Verdict::Hidden;
        }
        if retrieval.region.as_ref().is_some_and(|region| !version.region.contains(region)) {
            return Verdict::Filtered(FilterReason::Region);
        }
        match version.window.status(day) {
            Status::InForce | Status::Unknown => Verdict::Open,
            Status::NotYetInForce => Verdict::Filtered(FilterReason::NotYetInForce),
            Status::Amended => Verdict::Filtered(FilterReason::Superseded),
            Status::Repealed => Verdict::Filtered(FilterReason::Repealed),
        }
    };
    Ok(catalogue.versions.iter().map(verdict).collect())
}

/// The best articles. Articles that the question names come first.
fn rank(
    view: &View,
    workspace: &Workspace,
    verdicts: &[Verdict],
    rarity: &[Weighted],
    bonus: &HashMap<usize, f32>,
    exact: &[usize],
    top: usize,
) -> Vec<Candidate> {
    let versions = &view.catalogue.versions;
    let open = |version: u32| version != NO_VERSION && verdicts.get(version as usize) == Some(&Verdict::Open);
    let authority = |version: u32| versions.get(version as usize).map_or(1.0, |v| v.authority.factor());

    let mut context = vec![[0.0_f32; CONTEXT_ARTICLES]; versions.len()];
    let mut highest = 0.0_f32;
    for (score, version) in workspace.scores.iter().zip(view.versions()) {
        if *score <= 0.0 || !open(version) {
            continue;
        }
        let score = score * authority(version);
        highest = highest.max(score);
        if let Some(best) = context.get_mut(version as usize) {
            let mut score = score;
            for slot in best {
                if score > *slot {
                    std::mem::swap(slot, &mut score);
                }
            }
        }
    }
    let titles = title_scores(view, rarity);
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let share = CONTEXT / CONTEXT_ARTICLES as f32;
    let mut best: std::collections::BinaryHeap<Ranked> = std::collections::BinaryHeap::with_capacity(top + 1);
    for (place, (score, version)) in workspace.scores.iter().zip(view.versions()).enumerate() {
        if *score <= 0.0 || !open(version) {
            continue;
        }
        let at = version as usize;
        let words = score * authority(version);
        let context = context.get(at).map_or(0.0, |best| best.iter().sum::<f32>() * share);
        let title = titles.get(&at).copied().unwrap_or_default();
        let reference = bonus.get(&at).copied().unwrap_or_default() * highest;
        let parts = Parts { words, title, context, reference, authority: authority(version) };
        let score = words + title + context + reference;
        let candidate = Candidate { place, version: at, score, parts };
        if best.len() < top {
            best.push(Ranked(candidate));
        } else if best.peek().is_some_and(|worst| Ranked(candidate) < *worst) {
            best.pop();
            best.push(Ranked(candidate));
        }
    }
    let mut ranked: Vec<Candidate> = best.into_sorted_vec().into_iter().map(|ranked| ranked.0).collect();
    let first = ranked.first().map_or(1.0, |candidate| candidate.score);
    for (at, place) in exact.iter().enumerate() {
        let version = view.version_at(*place) as usize;
        ranked.retain(|candidate| candidate.place != *place);
        #[expect(clippy::cast_precision_loss, reason = "a handful of references")]
        let reference = first + (exact.len() - at) as f32;
        let parts = Parts { reference, ..Parts::default() };
        ranked.insert(at.min(ranked.len()), Candidate { place: *place, version, score: reference, parts });
    }
    ranked.truncate(top);
    ranked
}

/// Orders the worst candidate first, so that the heap gives it up; equal scores by place, so that results repeat.
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

/// What each version's title has of the question.
fn title_scores(view: &View, rarity: &[Weighted]) -> HashMap<usize, f32> {
    let mut scores: HashMap<usize, f32> = HashMap::new();
    for term in rarity {
        for at in view.catalogue.title_terms.get(&term.term).into_iter().flatten() {
            *scores.entry(*at as usize).or_default() += TITLE * term.weight;
        }
    }
    scores
}

/// How many articles a filter kept out that would have been among the results.
fn count_filtered(view: &View, workspace: &Workspace, verdicts: &[Verdict], line: Option<f32>) -> Vec<Filtered> {
    let line = line.unwrap_or(f32::MIN_POSITIVE);
    let mut counts: HashMap<FilterReason, usize> = HashMap::new();
    for (score, version) in workspace.scores.iter().zip(view.versions()) {
        if *score > 0.0
            && version != NO_VERSION
            && let Some(Verdict::Filtered(reason)) = verdicts.get(version as usize)
            && score * view.catalogue.versions.get(version as usize).map_or(1.0, |v| v.authority.factor()) >= line
        {
            *counts.entry(*reason).or_default() += 1;
        }
    }
    let mut filtered: Vec<Filtered> = counts.into_iter().map(|(reason, count)| Filtered { reason, count }).collect();
    filtered.sort_by_key(|filtered| filtered.reason);
    filtered
}

/// What a passage shares with the question.
fn assess(view: &View, text: &str, first: &Passage) -> Signs {
    let rarest = view.rarity_of_nothing();
    let mut own: Vec<(Weighted, bool)> = Vec::new();
    let whole = format!("{}\n{}\n{}", first.document, first.path.join("\n"), first.text);
    // An everyday word whose legal word the passage has is no stranger to it.
    let settled = question::settled(text, &words::normalise(&whole));
    for term in words::question_terms(&settled) {
        if !own.iter().any(|(known, _)| known.term == term) {
            let rarity = view.rarity(&term);
            let known = rarity > 0.0;
            own.push((Weighted { term, weight: if known { rarity } else { rarest } }, known));
        }
    }
    confidence::signs(text, &own, &whole, first.parts.words)
}
