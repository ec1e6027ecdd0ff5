//! Search: from a question to the passages in force that answer it.
//!
//! In order: what the actor may see and what applies at the date, then scores, then the ranking. What is hidden or
//! not in force never takes part in the ranking.

mod admission;
mod fusing;
mod ranking;

use std::time::Instant;

use identity::{Action, Cx, Permit};
use kernel::ids::ArticleId;

use crate::confidence::Signs;
use crate::embedding::Embedding;
use crate::found::{Example, Filtered, Found, Mode, Parts, Passage, Retrieval, WordsOnly};
use crate::index::scoring::{Reach, Weighted};
use crate::index::vectors::Probe;
use crate::index::{View, Workspace};
use crate::knowledge::Knowledge;
use crate::named::{self, Named};
use crate::question::{self, Question, understand};
use crate::quotes::Wants;
use crate::{Result, confidence, quotes, words};
use admission::Admission;
pub(crate) use admission::Verdict;
use fusing::Ranked;
use ranking::{Candidate, KeptOut};

/// So many of the best by words and of the nearest by vector are ranked together.
const CANDIDATES: usize = 200;

/// So many passages are looked at for a basis.
const ASSESSED: usize = 3;

/// Quotes are picked for so many passages.
const QUOTED: usize = 10;

impl Knowledge {
    /// Finds the passages that answer `text`, best first.
    pub fn search(&self, cx: &Cx, permit: &Permit, text: &str, retrieval: &Retrieval) -> Result<Found> {
        permit.demand(cx, &[Action::Ask, Action::Search])?;
        let mut found = self.look(cx, permit, text, retrieval)?;
        self.suggest(cx, permit, &mut found, retrieval);
        Ok(found)
    }

    /// A search for whoever was admitted already.
    pub(crate) fn look(&self, cx: &Cx, permit: &Permit, text: &str, retrieval: &Retrieval) -> Result<Found> {
        let started = Instant::now();
        let view = self.view();
        let mut workspace = self.workspace();
        let found = search(&view, &self.0.embedding, &mut workspace, cx, permit, text, retrieval);
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
    embedding: &Embedding,
    workspace: &mut Workspace,
    cx: &Cx,
    permit: &Permit,
    text: &str,
    retrieval: &Retrieval,
) -> Result<Found> {
    let catalogue = &*view.catalogue;
    let day = retrieval.as_of.unwrap_or_else(|| cx.now().date());
    let admission = Admission::of(catalogue, cx, permit, retrieval, day)?;
    let reach = view.reach(&admission.open);
    let Question { terms } = understand(text);
    let rarities = reach.rarities(terms.iter().map(|term| term.term.as_str()));
    let weighted = terms.into_iter().zip(rarities);
    let rarity: Vec<Weighted> =
        weighted.map(|(term, rarity)| Weighted { weight: term.weight * rarity, ..term }).collect();
    reach.score(&rarity, workspace);

    let Named { notices, bonus, exact } = named::named(view, &admission.verdicts, text, day);
    let probe = probe(reach, embedding, text, retrieval);
    let near = match &probe {
        Ok(probe) => reach.nearest(probe, |version| admission.is_open(version), CANDIDATES, &mut workspace.cosines),
        Err(_) => Vec::new(),
    };
    let (lift, scores) = ranking::lift(reach, view, &admission, workspace, &rarity, &bonus);
    let wide = if probe.is_ok() { retrieval.top.max(CANDIDATES) } else { retrieval.top };
    let best = ranking::best(reach, &admission, &lift, scores, wide);
    let line = best.get(retrieval.top.saturating_sub(1)).or(best.last()).map_or(f32::MIN_POSITIVE, |last| last.words);
    let kept_out = ranking::kept_out(reach, &admission, &lift, scores, line);
    let mut ranked = match &probe {
        Ok(probe) => fusing::fuse(reach, &lift, scores, probe, embedding, best, &near),
        Err(_) => fusing::words_only(best),
    };
    put_first(view, &mut ranked, &exact, retrieval.top);

    let wants = Wants::of(text);
    let mut passages = Vec::with_capacity(ranked.len());
    for ranked in &ranked {
        let best = |text: &str| {
            if exact.contains(&ranked.candidate.place) {
                quotes::whole(text, &rarity)
            } else if passages.len() < QUOTED && exact.is_empty() {
                quotes::pick(text, &rarity, wants)
            } else {
                // Beside an article that the question names, others are not quoted.
                Vec::new()
            }
        };
        passages.extend(passage(view, ranked, day, best));
    }
    // The first passage is not always the one that answers.
    // The line was calibrated on the best by words: it is looked at too, where the vectors put it lower.
    let near_the_top = passages.iter().take(QUOTED);
    let by_words = near_the_top.max_by(|a, b| a.parts.words.total_cmp(&b.parts.words));
    let own = own_terms(reach, text);
    let looked_at = passages.iter().take(ASSESSED).chain(by_words);
    let assessed = looked_at.map(|passage| assess(reach, text, &own, passage));
    let assessed = assessed.map(|signs| (confidence::confidence(signs), signs));
    let (confidence, signs) = assessed.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    let confidence = if exact.is_empty() { confidence } else { 1.0 };
    let filtered = kept_out.into_iter().map(|kept| filtered(view, kept, retrieval.explain, day));
    Ok(Found {
        filtered: filtered.collect(),
        has_basis: confidence >= confidence::LINE,
        passages,
        notices,
        confidence,
        signs,
        mode: probe.as_ref().map_or(Mode::WordsOnly, |_| Mode::Hybrid),
        why: probe.err(),
        took_us: 0,
    })
}

/// Puts the articles that the question names before all others.
fn put_first(view: &View, ranked: &mut Vec<Ranked>, exact: &[usize], top: usize) {
    let first = ranked.first().map_or(1.0, |ranked| ranked.score);
    for (at, place) in exact.iter().enumerate() {
        let Some(version) = view.version_at(*place) else { continue };
        ranked.retain(|ranked| ranked.candidate.place != *place);
        let reference = first + (exact.len() - at) as f32;
        let candidate = Candidate { place: *place, version, reference, ..Candidate::default() };
        ranked.insert(at.min(ranked.len()), Ranked { candidate, score: reference, ..Ranked::default() });
    }
    ranked.truncate(top);
}

/// The passage of a candidate; `None` when the store or the catalogue no longer knows what it belongs to.
fn passage(
    view: &View,
    ranked: &Ranked,
    day: kernel::Date,
    best: impl FnOnce(&str) -> Vec<crate::Quote>,
) -> Option<Passage> {
    let catalogue = &*view.catalogue;
    let candidate = &ranked.candidate;
    let version = catalogue.versions.get(candidate.version)?;
    let collection = catalogue.collections.get(version.collection)?;
    let article = view.article(candidate.place)?;
    let article_id = ArticleId::parse(&article.id).ok()?;
    if catalogue.ended_article(candidate.version, &article.label, day).is_some() {
        return None;
    }
    let best = best(&article.text);
    Some(Passage {
        article_id,
        version_id: version.id.clone(),
        document_id: version.document.clone(),
        collection_id: collection.id.clone(),
        source_id: article.source_id,
        document: version.title.to_string(),
        label: article.label,
        path: article.path.lines().map(str::to_owned).collect(),
        text: article.text,
        score: ranked.score,
        rank_words: ranked.rank_words,
        rank_vector: ranked.rank_vector,
        parts: Parts {
            words: candidate.words,
            vector: ranked.vector,
            title: candidate.title,
            context: candidate.context,
            reference: candidate.reference,
            authority: version.authority.factor(),
        },
        validity: catalogue.validity(version, day),
        level: collection.level,
        best,
    })
}

/// The question's vector, or why the search is by words only.
fn probe(reach: Reach<'_>, embedding: &Embedding, text: &str, retrieval: &Retrieval) -> Result<Probe, WordsOnly> {
    if retrieval.words_only {
        return Err(WordsOnly::Asked);
    }
    if !reach.has_vectors() {
        return Err(WordsOnly::VectorsMissing);
    }
    Probe::of(&embedding.encode_question(text)).ok_or(WordsOnly::UnknownWords)
}

/// What a filter kept out, with examples when the search is to explain itself.
fn filtered(view: &View, kept: KeptOut, explain: bool, day: kernel::Date) -> Filtered {
    let catalogue = &*view.catalogue;
    let mut examples = Vec::new();
    for (place, version, _) in kept.best.into_iter().filter(|_| explain) {
        if let Some((version, article)) = catalogue.versions.get(version).zip(view.article(place)) {
            examples.push(Example {
                document_id: version.document.clone(),
                document: version.title.to_string(),
                label: article.label,
                validity: catalogue.validity(version, day),
                region: version.region.clone(),
            });
        }
    }
    Filtered { reason: kept.reason, count: kept.count, examples }
}

/// What a passage shares with the question. `own` are the question's terms as it was asked.
fn assess(reach: Reach<'_>, text: &str, own: &[(Weighted, bool)], first: &Passage) -> Signs {
    let whole = format!("{}\n{}\n{}", first.document, first.path.join("\n"), first.text);
    let normalised = words::normalise(&whole);
    // An everyday word whose legal word the passage has is no stranger to it.
    let settled = question::settled(text, &normalised);
    let other = if settled == text { None } else { Some(own_terms(reach, &settled)) };
    confidence::signs(text, other.as_deref().unwrap_or(own), &whole, &normalised, first.parts.words)
}

/// The terms of a question with their rarity, and whether any article has them.
fn own_terms(reach: Reach<'_>, text: &str) -> Vec<(Weighted, bool)> {
    let rarest = reach.rarity_of_nothing();
    let mut terms: Vec<String> = Vec::new();
    for term in words::question_terms(text) {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    let rarities = reach.rarities(terms.iter().map(String::as_str));
    let weighted = |(term, rarity)| {
        let known = rarity > 0.0;
        (Weighted { term, weight: if known { rarity } else { rarest } }, known)
    };
    terms.into_iter().zip(rarities).map(weighted).collect()
}
