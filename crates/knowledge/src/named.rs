//! What a question names: laws and articles by name, what replaced a law that is gone, and what the asker should know.

use std::collections::HashMap;

use kernel::Date;

use crate::catalogue::Catalogue;
use crate::found::Notice;
use crate::index::View;
use crate::search::Verdict;
use crate::validity::{Ending, Status};

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
    let mut found = Named::default();
    for mention in &catalogue.titles.mentions(text) {
        let open: Vec<usize> =
            mention.title.versions.iter().copied().filter(|at| verdicts.get(*at) == Some(&Verdict::Open)).collect();
        if open.is_empty() {
            found.notices.extend(no_longer(catalogue, verdicts, mention.title, day));
        }
        for at in &open {
            let Some(version) = catalogue.versions.get(*at) else { continue };
            found.bonus.insert(*at, NAMED_LAW);
            for label in &mention.labels {
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

/// Why a law that was named has nothing in force, when this search may say so.
fn no_longer(catalogue: &Catalogue, verdicts: &[Verdict], title: &crate::mentions::Title, day: Date) -> Option<Notice> {
    let seen = |at: &usize| verdicts.get(*at).is_some_and(|verdict| *verdict != Verdict::Hidden);
    let newest = title.versions.iter().filter(|at| seen(at)).filter_map(|at| catalogue.versions.get(*at)).next_back();
    let by = title
        .repealed_by
        .iter()
        .filter(|at| seen(at))
        .filter_map(|at| catalogue.versions.get(*at))
        .find(|version| version.window.from <= day);
    let article = by.and_then(|version| version.repeals.iter().find(|repeal| repeal.title == title.key));
    match (newest, by) {
        (Some(version), _) if version.window.status(day) == Status::NotYetInForce => Some(Notice::NotYetInForce {
            law: version.title.to_string(),
            from: Some(version.window.from).filter(|from| *from != Date::MIN),
        }),
        (newest, Some(by)) => Some(Notice::Repealed {
            law: newest.map_or_else(|| title.key.clone(), |version| version.title.to_string()),
            by: Some(by.title.to_string()),
            since: Some(by.window.from).filter(|from| *from != Date::MIN),
            article_id: article.map(|repeal| repeal.article.clone()),
        }),
        (Some(version), None) => {
            let by = match version.window.ending {
                Some(Ending::Repealed(at) | Ending::Superseded(at)) => catalogue.versions.get(at),
                Some(Ending::Expired) | None => None,
            };
            Some(Notice::Repealed {
                law: version.title.to_string(),
                by: by.map(|by| by.title.to_string()),
                since: Some(version.window.until).filter(|until| *until != Date::MIN && *until != Date::MAX),
                article_id: None,
            })
        }
        (None, None) => None,
    }
}
