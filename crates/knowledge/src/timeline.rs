//! Timelines and freshness: which version of a document applies when, what replaced what, and how a collection stands.

use std::collections::BTreeMap;

use identity::{Action, Cx, Permit};
use kernel::ids::{ArticleId, CollectionId, DocumentId, VersionId};
use kernel::{Date, Timestamp};
use serde::Serialize;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::catalogue::VersionEntry;
use crate::knowledge::Knowledge;
use crate::publish::document_id;
use crate::reading::{READING, collection_id, contents};
use crate::tables::{documents as document_rows, versions};
use crate::validity::{Replacement, Status};
use crate::{Error, Result};

/// A text that ends within so many days is named.
const SOON_DAYS: i32 = 180;

/// So many documents are named in a list of freshness.
const NAMED: usize = 50;

/// When each version of a document applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The document's title.
    pub title: String,
    /// The day for which `current` is said.
    pub today: Date,
    /// Its versions, by the day from which they apply.
    pub items: Vec<TimelineItem>,
    /// What took its place as a whole.
    pub replaced_by: Option<Replacement>,
    /// What it repeals as a whole.
    pub replaces: Vec<Replacement>,
}

/// A version in a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineItem {
    /// Its document.
    pub document_id: DocumentId,
    /// The version.
    pub version_id: VersionId,
    /// Its title.
    pub title: String,
    /// Its status today.
    pub status: Status,
    /// The first day it applies.
    pub from: Option<Date>,
    /// The first day it no longer applies.
    pub until: Option<Date>,
    /// What ended it or will end it: a sentence for people.
    pub why: Option<String>,
    /// Whether it is the one in force today.
    pub current: bool,
}

/// How fresh a collection is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// How many documents it has.
    pub documents: u64,
    /// Documents with a version in force.
    pub in_force: u64,
    /// Documents that only come into force.
    pub not_yet: u64,
    /// Versions whose place a newer one took.
    pub superseded: u64,
    /// Documents that another one repealed.
    pub repealed: u64,
    /// Documents past their own term.
    pub expired: u64,
    /// Documents that do not say since when they apply.
    pub unknown: u64,
    /// Documents that end soon, by the day.
    pub expiring: Vec<Ended>,
    /// When the document came in that was not renewed for longest.
    pub oldest_import: Option<Timestamp>,
    /// When one last came in.
    pub newest_import: Option<Timestamp>,
    /// Documents without a date.
    pub without_dates: Vec<Ended>,
}

/// A document of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// The document.
    pub document_id: DocumentId,
    /// Its title.
    pub title: String,
    /// The first day without it.
    pub until: Option<Date>,
}

impl Knowledge {
    /// When the versions of a document apply.
    pub async fn timeline(&self, cx: &Cx, permit: &Permit, id: &DocumentId) -> Result<Timeline> {
        let row = self.document_row(id).await?;
        Self::admit(cx, permit, READING, &collection_id(&row.collection_id)?)?;
        let id = document_id(&row.id)?;
        let (view, today) = (self.view(), cx.now().date());
        let catalogue = &view.catalogue;
        let mut versions: Vec<&VersionEntry> = catalogue.versions_of(&id).collect();
        versions.sort_by_key(|version| (version.window.from, version.ordinal));
        // A version that came in again with the same day never applied by itself.
        let items = versions.iter().map(|version| {
            let validity = catalogue.validity(version, today);
            TimelineItem {
                document_id: id.clone(),
                version_id: version.id.clone(),
                title: version.title.to_string(),
                status: validity.status,
                from: validity.from,
                until: validity.until,
                why: validity.note,
                current: version.window.contains(today),
            }
        });
        let items = items.collect();
        let last = versions.last();
        let mut replaces: BTreeMap<String, Replacement> = BTreeMap::new();
        for version in &versions {
            for repeal in version.repeals.iter().filter(|repeal| repeal.labels.is_empty()) {
                let mut known =
                    catalogue.titles.versions_of(&repeal.title).iter().filter_map(|at| catalogue.versions.get(*at));
                let gone = known.rfind(|other| other.collection == version.collection && other.document != id);
                let title = gone.map_or_else(|| repeal.title.clone(), |gone| gone.title.to_string());
                let gone = Replacement { document_id: gone.map(|gone| gone.document.clone()), title };
                replaces.insert(repeal.title.clone(), gone);
            }
        }
        Ok(Timeline {
            title: row.title,
            today,
            items,
            replaced_by: last.and_then(|version| catalogue.replacement(version)),
            replaces: replaces.into_values().collect(),
        })
    }

    /// The day on which the words of an article became what they are in `version`: when the version of the document
    /// before it does not have the article. `None` when it has, or when there is none before it.
    pub async fn changed_on(&self, article: &ArticleId, version: &VersionId) -> Result<Option<Date>> {
        let view = self.view();
        let Some(shown) = view.catalogue.version(version) else { return Ok(None) };
        let before = view
            .catalogue
            .versions_of(&shown.document)
            .filter(|other| other.window.from < shown.window.from)
            .max_by_key(|other| (other.window.from, other.ordinal));
        let Some(before) = before else { return Ok(None) };
        let row = versions::Entity::find_by_id(before.id.as_str())
            .one(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        let had = row.is_some_and(|row| contents(&row).iter().any(|id| id == article.as_str()));
        Ok((!had).then_some(shown.window.from))
    }

    /// How fresh a collection is today.
    pub async fn freshness(&self, cx: &Cx, permit: &Permit, collection: &CollectionId) -> Result<Freshness> {
        Self::admit(cx, permit, &[Action::ReadCollections, Action::ManageCollections], collection)?;
        let (view, today) = (self.view(), cx.now().date());
        let catalogue = &view.catalogue;
        let (place, _) =
            catalogue.collection(collection).ok_or_else(|| Error::CollectionNotFound(collection.to_string()))?;
        let mut of: BTreeMap<&str, Vec<&VersionEntry>> = BTreeMap::new();
        for version in catalogue.versions.iter().filter(|version| version.collection == place) {
            of.entry(version.document.as_str()).or_default().push(version);
        }
        let mut found = Freshness { documents: of.len() as u64, ..Freshness::default() };
        for versions in of.values() {
            let status = |version: &&&VersionEntry| version.window.status(today);
            found.superseded += versions.iter().filter(|v| status(v) == Status::Amended).count() as u64;
            let applies = versions.iter().find(|version| version.window.contains(today));
            let last = versions.iter().max_by_key(|version| (version.window.from, version.ordinal));
            let Some(shown) = applies.or(last) else { continue };
            match status(&shown) {
                Status::InForce => found.in_force += 1,
                Status::NotYetInForce => found.not_yet += 1,
                Status::Unknown => found.unknown += 1,
                Status::Amended | Status::Repealed => {
                    let expired = matches!(shown.window.ending, Some(crate::validity::Ending::Expired));
                    *(if expired { &mut found.expired } else { &mut found.repealed }) += 1;
                }
            }
            let named = |until: Option<Date>| Ended {
                document_id: shown.document.clone(),
                title: shown.title.to_string(),
                until,
            };
            let ends_soon = shown.window.until != Date::MAX
                && applies.is_some()
                && today.until(shown.window.until).is_ok_and(|span| span.get_days() <= SOON_DAYS);
            if ends_soon {
                found.expiring.push(named(Some(shown.window.until)));
            }
            if status(&shown) == Status::Unknown {
                found.without_dates.push(named(None));
            }
        }
        found.expiring.sort_by(|a, b| (a.until, &a.title).cmp(&(b.until, &b.title)));
        found.expiring.truncate(NAMED);
        found.without_dates.sort_by(|a, b| a.title.cmp(&b.title));
        found.without_dates.truncate(NAMED);
        let times: Vec<i64> = document_rows::Entity::find()
            .select_only()
            .column(document_rows::Column::ImportedAt)
            .filter(document_rows::Column::CollectionId.eq(collection.as_str()))
            .filter(document_rows::Column::State.eq("ready"))
            .into_tuple()
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        found.oldest_import = times.iter().min().copied().map(Timestamp::from_millis);
        found.newest_import = times.iter().max().copied().map(Timestamp::from_millis);
        Ok(found)
    }
}
