//! What a question names: laws and articles by name, what replaced a law that is gone, and what the asker should know.

use std::collections::HashMap;

use identity::{Cx, Permit};
use kernel::Date;

use crate::catalogue::{Catalogue, VersionEntry};
use crate::difference::{dice, pairs};
use crate::endpoints::Asked;
use crate::found::{Found, Notice, Retrieval, Suggestion};
use crate::index::View;
use crate::knowledge::{Knowledge, reaches};
use crate::mentions::Mention;
use crate::search::Verdict;
use crate::validity::{Ending, Status, successor, title_key};

/// What naming a law adds to its articles, as a share of the best score.
const NAMED_LAW: f32 = 0.5;

/// What a question names, for the ranking and for the asker.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// What the asker should know.
    pub(crate) notices: Vec<Notice>,
    /// What naming them adds to the articles of a version, by its place in the catalogue: a share of the best score.
    pub(crate) bonus: HashMap<usize, f32>,
    /// The articles named, as places of the index.
    pub(crate) exact: Vec<usize>,
}

/// The laws and articles that `text` names, as far as `verdicts` lets this search see them.
pub(crate) fn named(view: &View, verdicts: &[Verdict], text: &str, day: Date) -> Named {
    let catalogue = &*view.catalogue;
    let is_open = |at: &usize| verdicts.get(*at) == Some(&Verdict::Open);
    let mut found = Named::default();
    for mention in &catalogue.titles.mentions(text) {
        let open: Vec<usize> = mention.title.versions.iter().copied().filter(is_open).collect();
        if open.is_empty()
            && let Some((notice, heirs)) = no_longer(catalogue, verdicts, mention, day)
        {
            found.notices.push(notice);
            // Who asks for a law that is gone is asking for what took its place.
            found.bonus.extend(heirs.into_iter().filter(is_open).map(|at| (at, NAMED_LAW)));
        }
        for at in &open {
            let Some(version) = catalogue.versions.get(*at) else { continue };
            found.bonus.insert(*at, NAMED_LAW);
            for label in &mention.labels {
                if let Some(ended) = catalogue.ended_article(*at, label, day) {
                    found.notices.push(ended);
                    continue;
                }
                match view.find(version.ordinal, label) {
                    Some(place) => found.exact.push(place),
                    None => found
                        .notices
                        .push(Notice::NoSuchArticle { law: version.title.to_string(), label: label.clone() }),
                }
            }
        }
    }
    found
}

/// So many articles of what took a law's place are compared with the one that was named.
const SUGGESTED: usize = 50;

/// An article that shares so many character pairs with one that is gone seems to take its place.
const TAKES_ITS_PLACE: f32 = 0.3;

impl Knowledge {
    /// Finds, for each article of a law that is gone which the question names and which is loaded, the article of the
    /// law that took its place with the most similar words.
    pub(crate) fn suggest(&self, cx: &Cx, permit: &Permit, found: &mut Found, retrieval: &Retrieval) {
        let view = self.view();
        for notice in &mut found.notices {
            let Notice::Repealed { law, labels, by_document: Some(by), suggestions, .. } = notice else { continue };
            let key = title_key(law);
            for label in labels.iter() {
                let old = view.catalogue.titles.versions_of(&key).iter().rev().find_map(|at| {
                    let version = view.catalogue.versions.get(*at)?;
                    let home = view.catalogue.collections.get(version.collection)?;
                    if !reaches(cx, permit.ceiling(), home) {
                        return None;
                    }
                    view.article(view.find(version.ordinal, label)?)
                });
                let Some(old) = old else { continue };
                let retrieval = Retrieval { top: SUGGESTED, ..retrieval.clone() };
                let query: String = old.text.chars().take(300).collect();
                let Ok(like) = self.look(cx, permit, &query, &retrieval, &Asked::default()) else { continue };
                let words = pairs(&old.text);
                let best = like
                    .passages
                    .iter()
                    .filter(|passage| passage.document_id == *by)
                    .map(|passage| (dice(&words, &pairs(&passage.text)), passage))
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((_, passage)) = best.filter(|(share, _)| *share >= TAKES_ITS_PLACE) {
                    suggestions.push(Suggestion {
                        article_id: passage.article_id.clone(),
                        document_id: passage.document_id.clone(),
                        document: passage.document.clone(),
                        label: passage.label.clone(),
                        instead_of: label.clone(),
                    });
                }
            }
        }
    }
}

/// Why a law that was named has nothing in force, when this search may say so, and the versions that took its place.
fn no_longer(
    catalogue: &Catalogue,
    verdicts: &[Verdict],
    mention: &Mention<'_>,
    day: Date,
) -> Option<(Notice, Vec<usize>)> {
    let title = mention.title;
    let seen = |at: &usize| verdicts.get(*at).is_some_and(|verdict| *verdict != Verdict::Hidden);
    let version = |at: usize| catalogue.versions.get(at);
    let begun = |version: &&VersionEntry| version.window.from <= day;
    let own = || title.versions.iter().filter(|at| seen(at)).filter_map(|at| version(*at));
    let newest = own().filter(begun).max_by_key(|version| (version.window.from, version.ordinal));
    let Some(newest) = newest else {
        let first = own().min_by_key(|version| version.window.from);
        if let Some(first) = first {
            let from = Some(first.window.from).filter(|from| *from != Date::MIN);
            return Some((Notice::NotYetInForce { law: first.title.to_string(), from }, Vec::new()));
        }
        // The collection does not have it; some document may say what became of it.
        let by = title.repealed_by.iter().copied().filter(seen).find(|at| version(*at).as_ref().is_some_and(begun));
        let notice = |by: String, since: Option<Date>| Notice::Repealed {
            law: title.key.clone(),
            labels: mention.labels.clone(),
            by: Some(by),
            by_document: None,
            since,
            article_id: None,
            suggestions: Vec::new(),
        };
        if let Some(by) = by {
            return Some((ended_by(catalogue, notice(String::new(), None), &title.key, by), vec![by]));
        }
        let listed = successor(&title.key, Date::MIN).filter(|listed| listed.since <= day)?;
        let heirs = catalogue.titles.versions_of(&title_key(&listed.by)).to_vec();
        return Some((notice(listed.by.clone(), Some(listed.since)), heirs));
    };
    if matches!(newest.window.status(day), Status::InForce | Status::Unknown) {
        // Another filter keeps it out.
        return None;
    }
    let since = Some(newest.window.until).filter(|until| *until != Date::MIN && *until != Date::MAX);
    let replacement = catalogue.replacement(newest);
    let notice = Notice::Repealed {
        law: newest.title.to_string(),
        labels: mention.labels.clone(),
        by: replacement.as_ref().map(|by| by.title.clone()),
        by_document: replacement.and_then(|by| by.document_id),
        since,
        article_id: None,
        suggestions: Vec::new(),
    };
    Some(match newest.window.ending {
        Some(Ending::Repealed(at)) => (ended_by(catalogue, notice, &title.key, at), vec![at]),
        Some(Ending::Superseded(at)) => (notice, vec![at]),
        Some(Ending::Listed(listed)) => (notice, catalogue.titles.versions_of(&title_key(&listed.by)).to_vec()),
        Some(Ending::Expired) | None => (notice, Vec::new()),
    })
}

/// Fills in what the repealing version says: its title, since when, and where.
fn ended_by(catalogue: &Catalogue, notice: Notice, key: &str, by: usize) -> Notice {
    let (Notice::Repealed { law, labels, since, suggestions, .. }, Some(by)) =
        (notice.clone(), catalogue.versions.get(by))
    else {
        return notice;
    };
    let repeal = by.repeals.iter().find(|repeal| repeal.title == key && repeal.labels.is_empty());
    let from = repeal.and_then(|repeal| repeal.since).unwrap_or(by.window.from);
    Notice::Repealed {
        law,
        labels,
        by: Some(by.title.to_string()),
        by_document: Some(by.document.clone()),
        since: since.or(Some(from).filter(|from| *from != Date::MIN)),
        article_id: repeal.map(|repeal| repeal.article.clone()),
        suggestions,
    }
}
