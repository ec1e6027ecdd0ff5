//! Versions side by side (新旧比较): which two a question means, and what reads otherwise in them.

use identity::{Action, Cx};
use kernel::Date;
use kernel::ids::{DocumentId, VersionId};
use knowledge::{Change, Difference, DifferenceItem, TextSpan, TimelineItem};
use serde::Serialize;

use super::{Companion, years_of};
use crate::{Assistant, Error, Run};

/// The most changed articles that are shown.
const CHANGES: usize = 12;
/// The most documents that are compared.
const DOCUMENTS: usize = 2;

/// Two versions of a document that were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedDocument {
    /// The document.
    pub document_id: DocumentId,
    /// Its title.
    pub document: String,
    /// The older version.
    pub from_version: VersionId,
    /// The newer version.
    pub to_version: VersionId,
    /// The first day of the older version, when it is known.
    pub from: Option<Date>,
    /// The first day of the newer version, when it is known.
    pub to: Option<Date>,
    /// How many articles read otherwise, with those that are not shown.
    pub changes: usize,
}

/// An article that reads otherwise in another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedArticle {
    /// The document.
    pub document_id: DocumentId,
    /// Its title.
    pub document: String,
    /// The first day of the older version, when it is known.
    pub from: Option<Date>,
    /// The first day of the newer version, when it is known.
    pub to: Option<Date>,
    /// Whether the answer cites it.
    pub cited: bool,
    /// What became of it.
    pub kind: Change,
    /// Its label.
    pub label: String,
    /// The older words.
    pub before: String,
    /// The newer words.
    pub after: String,
    /// The words in order: those that stayed, came and went.
    pub spans: Vec<TextSpan>,
}

impl Assistant {
    /// Compares the cited documents as they were at the times asked, or with the version before.
    pub(super) async fn compare(&self, cx: &Cx, run: &Run, companion: &mut Companion) -> Result<(), Error> {
        let years = years_of(&run.question);
        let mut seen: Vec<&DocumentId> = Vec::new();
        for citation in &run.citations {
            let id = &citation.document_id;
            if seen.contains(&id) || seen.len() >= DOCUMENTS {
                continue;
            }
            seen.push(id);
            let scope = self.knowledge().scope_of_document(id).await?;
            let permit = cx.permit(Action::ReadCollections, &scope)?;
            let timeline = self.knowledge().timeline(cx, &permit, id).await?;
            let Some((old, new)) = sides(&timeline.items, &years) else {
                companion.one_version = true;
                continue;
            };
            let (from, to) = (Some(&old.version_id), Some(&new.version_id));
            let difference = self.knowledge().difference(cx, &permit, id, from, to).await?;
            let compared = ComparedDocument {
                document_id: id.clone(),
                document: timeline.title.clone(),
                from_version: old.version_id.clone(),
                to_version: new.version_id.clone(),
                from: old.from,
                to: new.from,
                changes: 0,
            };
            let changed = changes(run, &compared, &difference);
            companion.compared.push(ComparedDocument { changes: changed.len(), ..compared });
            companion.changes.extend(changed);
        }
        companion.changes.truncate(CHANGES);
        companion.one_version &= companion.changes.is_empty();
        Ok(())
    }
}

/// What reads otherwise, the cited articles first.
fn changes(run: &Run, compared: &ComparedDocument, difference: &Difference) -> Vec<ChangedArticle> {
    let cites = |item: &DifferenceItem| {
        let side = item.right.as_ref().or(item.left.as_ref());
        side.is_some_and(|side| {
            run.citations.iter().any(|c| {
                c.article_id == side.article_id || c.label == side.label && c.document_id == compared.document_id
            })
        })
    };
    let changed = difference.items.iter().filter(|item| item.kind != Change::Same);
    let mut changed: Vec<ChangedArticle> = changed
        .map(|item| ChangedArticle {
            document_id: compared.document_id.clone(),
            document: compared.document.clone(),
            from: compared.from,
            to: compared.to,
            cited: cites(item),
            kind: item.kind,
            label: item.label.clone(),
            before: item.left.as_ref().map(|side| side.text.clone()).unwrap_or_default(),
            after: item.right.as_ref().map(|side| side.text.clone()).unwrap_or_default(),
            spans: item.spans.clone(),
        })
        .collect();
    changed.sort_by_key(|item| !item.cited);
    changed
}

/// The two versions that a question means, the older first: of two years those that held at their ends, of one year
/// that one and today's, of none the one before today's. Nothing when it is one and the same.
fn sides<'t>(items: &'t [TimelineItem], years: &[i16]) -> Option<(&'t TimelineItem, &'t TimelineItem)> {
    let last = items.len().checked_sub(1)?;
    let now = items.iter().rposition(|item| item.current).unwrap_or(last);
    let held = |year: i16, month: i8, day: i8| {
        let day = Date::new(year, month, day).ok()?;
        items.iter().rposition(|item| item.from.is_none_or(|from| from <= day))
    };
    let (first, second) = (years.iter().min().copied(), years.iter().max().copied());
    let new = second.filter(|year| first != Some(*year)).and_then(|year| held(year, 12, 31)).unwrap_or(now);
    // Of a year in which the newer version came, the one is meant that held until then.
    let old = first.and_then(|year| held(year, 12, 31).filter(|at| *at != new).or_else(|| held(year, 1, 1)));
    let old = old.unwrap_or_else(|| new.saturating_sub(1));
    let (older, newer) = (items.get(old.min(new))?, items.get(old.max(new))?);
    (older.version_id != newer.version_id).then_some((older, newer))
}

#[cfg(test)]
mod tests {
    use kernel::Date;
    use kernel::ids::{DocumentId, VersionId};
    use knowledge::{Status, TimelineItem};

    use super::sides;

    /// Versions that hold from these days on; the one marked is today's.
    fn timeline(days: &[(&str, bool)]) -> Vec<TimelineItem> {
        let item = |(day, current): &(&str, bool)| TimelineItem {
            document_id: DocumentId::parse("doc_1").unwrap(),
            version_id: VersionId::parse(&format!("ver_{}", day.replace('-', ""))).unwrap(),
            title: "某法".to_owned(),
            status: Status::InForce,
            from: Some(day.parse::<Date>().unwrap()),
            until: None,
            why: None,
            current: *current,
        };
        days.iter().map(item).collect()
    }

    #[test]
    fn the_versions_of_the_years_asked_are_compared() {
        let law = timeline(&[("2013-12-28", false), ("2018-10-26", false), ("2024-07-01", true)]);
        let days = |years: &[i16]| {
            let day = |item: &TimelineItem| item.from.unwrap().to_string();
            sides(&law, years).map(|(old, new)| (day(old), day(new)))
        };
        let pair = |old: &str, new: &str| Some((old.to_owned(), new.to_owned()));
        assert_eq!(days(&[]), pair("2018-10-26", "2024-07-01"));
        assert_eq!(days(&[2020]), pair("2018-10-26", "2024-07-01"));
        assert_eq!(days(&[2024]), pair("2018-10-26", "2024-07-01"));
        assert_eq!(days(&[2014]), pair("2013-12-28", "2024-07-01"));
        assert_eq!(days(&[2018, 2014]), pair("2013-12-28", "2018-10-26"));
        assert_eq!(days(&[2024, 2018]), pair("2018-10-26", "2024-07-01"));
        assert_eq!(days(&[2025]), None, "in that year today's version held");
        assert!(sides(&timeline(&[("2024-07-01", true)]), &[]).is_none());
        assert!(sides(&[], &[2020]).is_none());
    }
}
