//! Notices: what a reader of an answer should know about the law it rests on. Codes and values here; the words are in
//! `policies/phrases.toml`.

use std::collections::BTreeMap;

use kernel::Date;
use kernel::ids::ArticleId;
use knowledge::{Conflict, ConflictRule, Knowledge, Passage, Prevails, Status};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A notice: its code, and the values that fill its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct RunNotice {
    /// The stable code.
    pub code: String,
    /// The values by the names that the words use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// Older runs kept the code alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Code(String),
    Full {
        code: String,
        #[serde(default)]
        values: BTreeMap<String, String>,
    },
}

impl From<Stored> for RunNotice {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Code(code) => Self { code, values: BTreeMap::new() },
            Stored::Full { code, values } => Self { code, values },
        }
    }
}

impl From<&str> for RunNotice {
    fn from(code: &str) -> Self {
        Self { code: code.to_owned(), values: BTreeMap::new() }
    }
}

impl RunNotice {
    pub(crate) fn of<const N: usize>(code: &str, values: [(&str, &str); N]) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { code: code.to_owned(), values }
    }
}

/// What a search says about the laws that the question names.
#[must_use]
pub fn of_search(notices: &[knowledge::Notice]) -> Vec<RunNotice> {
    let mut found = Vec::new();
    for notice in notices {
        match notice {
            knowledge::Notice::Repealed { law, by, since, suggestions, .. } => {
                let day = since.map(|day| day.to_string()).unwrap_or_default();
                found.push(match (by, since) {
                    (Some(by), Some(_)) if by == law => {
                        RunNotice::of("law_replaced_by_version", [("law", law), ("since", &day)])
                    }
                    (Some(by), Some(_)) => RunNotice::of("law_repealed", [("law", law), ("by", by), ("since", &day)]),
                    (Some(by), None) => RunNotice::of("law_repealed_undated", [("law", law), ("by", by)]),
                    (None, Some(_)) => RunNotice::of("law_expired", [("law", law), ("since", &day)]),
                    (None, None) => RunNotice::of("law_ended", [("law", law)]),
                });
                found.extend(suggestions.iter().map(|article| {
                    let values = [
                        ("law", law.as_str()),
                        ("instead_of", article.instead_of.as_str()),
                        ("document", article.document.as_str()),
                        ("label", article.label.as_str()),
                    ];
                    RunNotice::of("successor_article", values)
                }));
            }
            knowledge::Notice::ArticleRepealed { law, label, by, .. } => {
                found.push(RunNotice::of("article_repealed", [("law", law), ("label", label), ("by", by)]));
            }
            knowledge::Notice::NotYetInForce { law, from } => {
                let from = from.map(|day| day.to_string()).unwrap_or_default();
                found.push(RunNotice::of("law_not_yet_in_force", [("law", law), ("from", &from)]));
            }
            knowledge::Notice::NoSuchArticle { law, label } => {
                found.push(RunNotice::of("no_such_article", [("law", law), ("label", label)]));
            }
        }
    }
    found
}

/// What the reader of an answer should know about the passages it cites, the first `cited` of `passages`: that they
/// changed since the date asked, will change, were changed, or that another text says otherwise. `today` is not the
/// date asked.
pub(crate) async fn of_passages(
    knowledge: &Knowledge,
    passages: &[Passage],
    cited: usize,
    today: Date,
) -> Result<Vec<RunNotice>, Error> {
    let mut found: Vec<RunNotice> = Vec::new();
    let mut add = |notice: RunNotice| {
        if !found.contains(&notice) {
            found.push(notice);
        }
    };
    for passage in passages.iter().take(cited) {
        let (document, label) = (passage.document.as_str(), passage.label.as_str());
        let title = passage.validity.replaced_by.as_ref().map_or("", |by| by.title.as_str());
        if let Some(until) = passage.validity.until {
            let day = until.to_string();
            let values = [("document", document), ("label", label), ("day", &day), ("by", title)];
            let superseded = title == document;
            add(match (until <= today, superseded, title.is_empty()) {
                (true, true, _) => RunNotice::of("cited_changed_since", values),
                (true, false, false) => RunNotice::of("cited_repealed_since", values),
                (true, false, true) => RunNotice::of("cited_expired_since", values),
                (false, true, _) => RunNotice::of("cited_will_change", values),
                (false, false, false) => RunNotice::of("cited_will_be_repealed", values),
                (false, false, true) => RunNotice::of("cited_will_expire", values),
            });
        }
        if matches!(passage.validity.status, Status::InForce)
            && let Some(day) = knowledge.changed_on(&passage.article_id, &passage.version_id).await?
        {
            let day = day.to_string();
            add(RunNotice::of("cited_was_changed", [("document", document), ("label", label), ("day", &day)]));
        }
    }
    for (at, conflict) in knowledge.conflicts_among(passages) {
        let is_cited = |id: &ArticleId| passages.iter().take(cited).any(|passage| passage.article_id == *id);
        if let Some(own) = passages.get(at).filter(|own| is_cited(&own.article_id) || is_cited(&conflict.article_id)) {
            add(of_conflict(own, &conflict));
        }
    }
    Ok(found)
}

fn of_conflict(own: &Passage, conflict: &Conflict) -> RunNotice {
    let this = (own.document.as_str(), own.label.as_str());
    let other = (conflict.document.as_str(), conflict.label.as_str());
    let (winner, loser) = match conflict.prevails {
        Prevails::This => (this, other),
        Prevails::Other => (other, this),
    };
    let code = match conflict.rule {
        ConflictRule::HigherAuthority => "conflict_higher_authority",
        ConflictRule::Newer => "conflict_newer",
        ConflictRule::Special => "conflict_special",
    };
    let values = [("document", winner.0), ("label", winner.1), ("other_document", loser.0), ("other_label", loser.1)];
    RunNotice::of(code, values)
}

#[cfg(test)]
mod tests {
    use super::RunNotice;

    #[test]
    fn codes_of_older_runs_are_read() {
        let read: Vec<RunNotice> =
            serde_json::from_str(r#"["amended",{"code":"law_repealed","values":{"law":"合同法"}}]"#).unwrap();
        assert_eq!(read[0], RunNotice::from("amended"));
        assert_eq!(read[1].values["law"], "合同法");
    }
}
