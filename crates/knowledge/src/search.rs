//! Search: from a question to the passages in force that answer it.
//!
//! In order: what the actor may see and what applies at the date, then scores, then the ranking. What is hidden or
//! not in force never takes part in the ranking.

mod admission;
mod fusing;
mod ranking;

use std::collections::BTreeMap;
use std::time::Instant;

use identity::{Action, Cx, Permit};
use kernel::DataLevel;
use kernel::ids::ArticleId;

use crate::confidence::{Own, Signs};
use crate::endpoints::{Asked, Models};
use crate::finder::Finder;
use crate::found::{Example, Filtered, Found, Mode, Parts, Passage, Retrieval, WordsOnly};
use crate::index::scoring::{Reach, Weighted};
use crate::index::vectors::Probe;
use crate::index::{Indexed, Probes, View, Workspace};
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
    /// Finds the passages that answer `text`, best first. Where an endpoint makes a collection's vectors it is asked for
    /// the question's; when it does not answer, the search is by words and says so.
    pub async fn find(&self, cx: &Cx, permit: &Permit, text: &str, retrieval: &Retrieval) -> Result<Found> {
        permit.demand(cx, &[Action::Ask, Action::Search])?;
        let asked = self.ask_endpoints(cx, permit, text, retrieval).await?;
        let mut found = self.look(cx, permit, text, retrieval, &asked)?;
        self.suggest(cx, permit, &mut found, retrieval);
        Ok(found)
    }

    /// As [`Self::find`] without asking any endpoint: collections whose vectors one makes are searched by words.
    pub fn search(&self, cx: &Cx, permit: &Permit, text: &str, retrieval: &Retrieval) -> Result<Found> {
        permit.demand(cx, &[Action::Ask, Action::Search])?;
        let mut found = self.look(cx, permit, text, retrieval, &Asked::default())?;
        self.suggest(cx, permit, &mut found, retrieval);
        Ok(found)
    }

    /// A search for whoever was admitted already.
    pub(crate) fn look(
        &self,
        cx: &Cx,
        permit: &Permit,
        text: &str,
        retrieval: &Retrieval,
        asked: &Asked,
    ) -> Result<Found> {
        let started = Instant::now();
        let view = self.view();
        let mut workspace = self.workspace();
        let day = retrieval.as_of.unwrap_or_else(|| cx.now().date());
        let found = Admission::of(&view.catalogue, cx, permit, retrieval, day).map(|admission| {
            let search = Search { view: &view, models: &self.0.models, admission, text, retrieval, asked, day };
            search.run(&mut workspace)
        });
        self.give_back(workspace);
        let mut found = found?;
        found.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(found)
    }

    /// The vectors of a question that endpoints make for the collections of a search.
    async fn ask_endpoints(&self, cx: &Cx, permit: &Permit, text: &str, retrieval: &Retrieval) -> Result<Asked> {
        let view = self.view();
        let catalogue = &*view.catalogue;
        if retrieval.words_only || catalogue.collections.iter().all(|collection| collection.embedding.is_none()) {
            return Ok(Asked::default());
        }
        let admission = Admission::of(catalogue, cx, permit, retrieval, cx.now().date())?;
        let open = catalogue.collections.iter().zip(&admission.open).filter(|(_, open)| **open);
        let mut wanted: BTreeMap<&str, DataLevel> = BTreeMap::new();
        for (collection, _) in open {
            if let Some(id) = &collection.embedding {
                // A question is of the level of what it is compared with.
                let level = wanted.entry(id).or_insert(collection.level);
                *level = collection.level.max(*level);
            }
        }
        Ok(self.0.models.ask(&wanted, text).await)
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

/// One search.
struct Search<'s> {
    view: &'s View,
    models: &'s Models,
    admission: Admission,
    text: &'s str,
    retrieval: &'s Retrieval,
    asked: &'s Asked,
    day: kernel::Date,
}

impl Search<'_> {
    fn run(&self, workspace: &mut Workspace) -> Found {
        let Self { view, admission, text, retrieval, day, .. } = self;
        let (day, catalogue) = (*day, &*view.catalogue);
        let reach = view.reach(&admission.open);
        let Question { cut, terms, own } = understand(text);
        let rarities = reach.rarities(&terms);
        let weigh = |(mut term, rarity): (Weighted, &f32)| {
            term.weight *= rarity;
            term
        };
        let rarity: Vec<Weighted> = terms.into_iter().zip(&rarities).map(weigh).collect();
        reach.score(&rarity, workspace);

        let Named { notices, bonus, exact } = named::named(view, &admission.verdicts, text, day);
        let own_probe =
            if retrieval.words_only { None } else { Probe::of(&self.models.own.encode_question_terms(text, &cut)) };
        let probes = self.probes(reach, own_probe.as_ref());
        let near = match &probes {
            Ok(probes) => {
                let memory = (&mut workspace.cosines, &mut workspace.tops);
                reach.nearest(probes, |version| admission.is_open(version), CANDIDATES, memory)
            }
            Err(_) => Vec::new(),
        };
        let lift = ranking::lift(reach, view, admission, workspace, &rarity, &bonus);
        let wide = if probes.is_ok() { retrieval.top.max(CANDIDATES) } else { retrieval.top };
        let best = ranking::best(&lift, wide);
        let line =
            best.get(retrieval.top.saturating_sub(1)).or(best.last()).map_or(f32::MIN_POSITIVE, |last| last.words);
        let kept_out = ranking::kept_out(reach, admission, &lift, line);
        let mut ranked = match &probes {
            Ok(probes) => {
                let known = if self.asked.is_empty() { known(&rarity, &self.models.own) } else { 1.0 };
                fusing::fuse(reach, &lift, probes, view.laws(&self.models.own), best, &near, known)
            }
            Err(_) => fusing::words_only(best),
        };
        put_first(view, &mut ranked, &exact);
        let by_words = best_by_words(&ranked, &exact);
        ranked.truncate(retrieval.top);
        ranked.extend(by_words.filter(|best| ranked.iter().all(|known| known.candidate.place != best.candidate.place)));

        let finder = Finder::new(rarity.iter().map(|term| term.term.as_str()));
        let weights: Vec<f32> = rarity.iter().map(|term| term.weight).collect();
        let quoting =
            quotes::Asked { finder: &finder, weights: &weights, wants: Wants::of(text), probe: own_probe.as_ref() };
        let is_best_by_words =
            |ranked: &Ranked| by_words.is_some_and(|best| best.candidate.place == ranked.candidate.place);
        let mut found: Vec<(Passage, Indexed)> = Vec::with_capacity(ranked.len());
        let mut lead = None;
        for ranked in &ranked {
            let best = |article: &Indexed| {
                if exact.contains(&ranked.candidate.place) {
                    quotes::whole(article, &quoting)
                } else if exact.is_empty() && (found.len() < QUOTED || is_best_by_words(ranked)) {
                    quotes::pick(article, &quoting)
                } else {
                    // Beside an article that the question names, others are not quoted.
                    Vec::new()
                }
            };
            let passage = passage(view, ranked, day, best);
            if passage.is_some() && is_best_by_words(ranked) {
                lead = Some(found.len());
            }
            found.extend(passage);
        }
        let (confidence, signs) = self.assess(reach, &rarity, &rarities, own, &mut found, lead);
        found.truncate(retrieval.top);
        let confidence = if exact.is_empty() { confidence } else { 1.0 };
        let filtered = kept_out.into_iter().map(|kept| filtered(view, kept, retrieval.explain, day));
        debug_assert_eq!(catalogue.versions.len(), admission.verdicts.len(), "a verdict for each version");
        Found {
            filtered: filtered.collect(),
            has_basis: confidence >= confidence::LINE,
            passages: found.into_iter().map(|(passage, _)| passage).collect(),
            notices,
            confidence,
            signs,
            mode: probes.as_ref().map_or(Mode::WordsOnly, |_| Mode::Hybrid),
            why: probes.err(),
            took_us: 0,
        }
    }

    /// The question's vectors, for each collection of its own model, or why the search is by words only. When one
    /// collection lacks vectors all are searched by words: else its articles would seem to be far from the question.
    fn probes(&self, reach: Reach<'_>, own: Option<&Probe>) -> Result<Probes, WordsOnly> {
        if self.retrieval.words_only {
            return Err(WordsOnly::Asked);
        }
        let mut by_model: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for placed in reach.segments() {
            let collection = self.view.catalogue.collections.get(placed.collection);
            let model = collection.and_then(|collection| collection.embedding.as_deref());
            self.models.demand(model, &placed.segment)?;
            let places = by_model.entry(model).or_default();
            if !places.contains(&placed.collection) {
                places.push(placed.collection);
            }
        }
        let mut probes = Probes::default();
        for (model, collections) in by_model {
            match model {
                None => probes.add(own.cloned().ok_or(WordsOnly::UnknownWords)?, &collections, None),
                Some(id) => {
                    let vector = self.asked.vector(id).ok_or(WordsOnly::EndpointDown)?;
                    let probe = Probe::of(vector).ok_or(WordsOnly::EndpointDown)?;
                    probes.add(probe, &collections, Some(reach));
                }
            }
        }
        Ok(probes)
    }

    /// How sure it is that what was found answers the question. The first passages are not always those that do: words
    /// that our vectors do not know put the one that has them below. Where only the best by words, at `lead`, is a basis,
    /// it becomes the first.
    fn assess(
        &self,
        reach: Reach<'_>,
        terms: &[Weighted],
        rarities: &[f32],
        own: usize,
        found: &mut Vec<(Passage, Indexed)>,
        lead: Option<usize>,
    ) -> (f32, Signs) {
        let rarest = reach.rarity_of_nothing();
        let asked = (terms.get(..own).unwrap_or_default(), rarities.get(..own).unwrap_or_default());
        let asked = Own::new(self.text, asked.0, asked.1, rarest);
        let mut settled: Vec<(String, Own)> = Vec::new();
        let mut assessed = |(passage, article): &(Passage, Indexed)| {
            let mut text = words::normalise(&passage.document);
            for part in passage.path.iter().map(|part| words::normalise(part)) {
                text.push('\n');
                text.push_str(&part);
            }
            for sentence in &article.sentences {
                text.push('\n');
                text.push_str(sentence.words(&article.text));
            }
            // An everyday word whose legal word the passage has is no stranger to it.
            let words = question::settled(self.text, &text);
            let (score, vector) = (passage.parts.words, passage.parts.vector);
            if words == self.text {
                return confidence::signs(&asked, &text, score, vector);
            }
            if !settled.iter().any(|(known, _)| *known == words) {
                let Question { terms, own, .. } = understand(&words);
                let terms = terms.get(..own).unwrap_or_default();
                let own = Own::new(self.text, terms, &reach.rarities(terms), rarest);
                settled.push((words.clone(), own));
            }
            let own = settled.iter().find(|(known, _)| *known == words).map_or(&asked, |(_, own)| own);
            confidence::signs(own, &text, score, vector)
        };
        let mut sure = |found: &(Passage, Indexed)| {
            let signs = assessed(found);
            (confidence::confidence(signs), signs)
        };
        let first = found.iter().take(ASSESSED).map(&mut sure).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        let Some(lead) = lead.filter(|at| *at >= ASSESSED) else { return first };
        let by_words = found.get(lead).map(&mut sure).unwrap_or_default();
        if first.0 < confidence::LINE && by_words.0 >= confidence::LINE {
            let mut best = found.remove(lead);
            best.0.score = found.first().map_or(best.0.score, |(passage, _)| passage.score);
            found.insert(0, best);
        }
        if by_words.0 > first.0 { by_words } else { first }
    }
}

/// The share of the question's rarity whose terms a model knows. `rarity` are its terms, weighted; 1 where none counts.
fn known(rarity: &[Weighted], model: &crate::Embedding) -> f32 {
    let whole: f32 = rarity.iter().map(|term| term.weight).sum();
    let own: f32 = rarity.iter().filter(|term| model.knows(&term.term)).map(|term| term.weight).sum();
    if whole > 0.0 { own / whole } else { 1.0 }
}

/// The candidate whose own words have most of the question.
fn best_by_words(ranked: &[Ranked], exact: &[usize]) -> Option<Ranked> {
    let best = ranked.iter().max_by(|a, b| a.candidate.words.total_cmp(&b.candidate.words));
    best.copied().filter(|best| exact.is_empty() && best.candidate.words > 0.0)
}

/// Puts the articles that the question names before all others.
fn put_first(view: &View, ranked: &mut Vec<Ranked>, exact: &[usize]) {
    let first = ranked.first().map_or(1.0, |ranked| ranked.score);
    for (at, place) in exact.iter().enumerate() {
        let Some(version) = view.version_at(*place) else { continue };
        ranked.retain(|ranked| ranked.candidate.place != *place);
        let reference = first + (exact.len() - at) as f32;
        let candidate = Candidate { place: *place, version, reference, ..Candidate::default() };
        ranked.insert(at.min(ranked.len()), Ranked { candidate, score: reference, ..Ranked::default() });
    }
}

/// The passage of a candidate, with its article; `None` when the store or the catalogue no longer knows what it
/// belongs to.
fn passage(
    view: &View,
    ranked: &Ranked,
    day: kernel::Date,
    best: impl FnOnce(&Indexed) -> Vec<crate::Quote>,
) -> Option<(Passage, Indexed)> {
    let catalogue = &*view.catalogue;
    let candidate = &ranked.candidate;
    let version = catalogue.versions.get(candidate.version)?;
    let collection = catalogue.collections.get(version.collection)?;
    let article = view.article(candidate.place)?;
    let article_id = ArticleId::parse(&article.id).ok()?;
    if catalogue.ended_article(candidate.version, &article.label, day).is_some() {
        return None;
    }
    let passage = Passage {
        article_id,
        version_id: version.id.clone(),
        document_id: version.document.clone(),
        collection_id: collection.id.clone(),
        source_id: article.source_id.clone(),
        document: version.title.to_string(),
        label: article.label.clone(),
        path: article.path.lines().map(str::to_owned).collect(),
        text: article.text.clone(),
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
        best: best(&article),
    };
    Some((passage, article))
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
