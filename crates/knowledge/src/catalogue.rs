//! The catalogue: what the index must know about collections and versions, in memory, as of one change.
//!
//! It is small (some hundred bytes for a version), derived from the store, and replaced as a whole. When a version
//! applies is worked out here, so a new version or a repeal changes no indexed article.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::ids::{ArticleId, CollectionId, DepartmentId, DocumentId, VersionId};
use kernel::{DataLevel, Date, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::Store;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::authority::Authority;
use crate::found::Notice;
use crate::mentions::Titles;
use crate::tables::{collections, documents, versions};
use crate::validity::{Ending, Facts, Replacement, Status, Validity, Window, windows};
use crate::{Result, notes, words};

/// A title that a version repeals, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repeal {
    /// The normalised title.
    pub(crate) title: String,
    /// The article that says so.
    pub(crate) article: ArticleId,
    /// The articles it repeals; empty for the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) labels: Vec<String>,
    /// From which day, where the clause names one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Date>,
}

/// A collection as the search sees it.
#[derive(Debug, Clone)]
pub(crate) struct CollectionEntry {
    pub(crate) id: CollectionId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) department: Option<DepartmentId>,
    pub(crate) level: DataLevel,
    pub(crate) region: Region,
    pub(crate) documents: u64,
    pub(crate) articles: u64,
    pub(crate) updated_at: Timestamp,
}

/// A version as the search sees it.
#[derive(Debug, Clone)]
pub(crate) struct VersionEntry {
    pub(crate) id: VersionId,
    pub(crate) document: DocumentId,
    pub(crate) ordinal: u64,
    /// The place of its collection in the catalogue.
    pub(crate) collection: usize,
    pub(crate) title: Arc<str>,
    pub(crate) key: Arc<str>,
    pub(crate) authority: Authority,
    pub(crate) region: Region,
    pub(crate) window: Window,
    pub(crate) repeals: Vec<Repeal>,
}

/// Everything the search must know besides the articles.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// The change up to which it was read.
    pub(crate) followed: i64,
    pub(crate) collections: Vec<CollectionEntry>,
    /// Versions of documents that are not removed, by ordinal.
    pub(crate) versions: Vec<VersionEntry>,
    pub(crate) by_ordinal: HashMap<u64, usize>,
    pub(crate) titles: Titles,
    /// The versions whose title has a term.
    pub(crate) title_terms: HashMap<String, Vec<u32>>,
    /// Articles that other documents repeal by name, by the place of their version.
    pub(crate) ended_articles: HashMap<usize, Vec<EndedArticle>>,
}

/// An article that a document repeals while the rest of its law stays.
#[derive(Debug, Clone)]
pub(crate) struct EndedArticle {
    pub(crate) label: String,
    /// The first day it no longer applies.
    pub(crate) since: Date,
    /// The version that repeals it, as a place of the catalogue.
    pub(crate) by: usize,
    /// The article that says so.
    pub(crate) article: ArticleId,
}

/// The articles that the versions repeal one by one. Only versions older than the repeal lose them.
fn ended_articles(versions: &[VersionEntry]) -> HashMap<usize, Vec<EndedArticle>> {
    let mut ended: HashMap<usize, Vec<EndedArticle>> = HashMap::new();
    for (by, version) in versions.iter().enumerate() {
        for repeal in version.repeals.iter().filter(|repeal| !repeal.labels.is_empty()) {
            let since = repeal.since.unwrap_or(version.window.from);
            let losing = versions.iter().enumerate().filter(|(_, other)| {
                *other.key == *repeal.title && other.collection == version.collection && other.window.from < since
            });
            for (at, _) in losing {
                let one =
                    |label: &String| EndedArticle { label: label.clone(), since, by, article: repeal.article.clone() };
                ended.entry(at).or_default().extend(repeal.labels.iter().map(one));
            }
        }
    }
    ended
}

type VersionColumns = (
    String,
    String,
    String,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
    i32,
);

impl Catalogue {
    /// Reads the catalogue from the store: the versions up to change `followed`, so that no version is in force before
    /// its articles can be found.
    pub(crate) async fn load(store: &Store, followed: i64) -> Result<Self> {
        let db = store.db();
        let rows = collections::Entity::find()
            .order_by_asc(collections::Column::Id)
            .all(db)
            .await
            .map_err(store::Error::from)?;
        let mut collections: Vec<CollectionEntry> = rows
            .into_iter()
            .filter_map(|row| {
                Some(CollectionEntry {
                    id: CollectionId::parse(&row.id).ok()?,
                    name: row.name,
                    description: row.description,
                    department: row.department_id.and_then(|id| DepartmentId::parse(&id).ok()),
                    level: DataLevel::from_rank(row.level),
                    region: Region::parse(&row.region).unwrap_or_else(|_| Region::country()),
                    documents: 0,
                    articles: 0,
                    updated_at: Timestamp::from_millis(row.updated_at),
                })
            })
            .collect();
        let place: HashMap<String, usize> =
            collections.iter().enumerate().map(|(at, c)| (c.id.as_str().to_owned(), at)).collect();

        let live: HashMap<String, Option<String>> = documents::Entity::find()
            .select_only()
            .columns([documents::Column::Id, documents::Column::VersionId])
            .filter(documents::Column::State.ne("removed"))
            .filter(documents::Column::VersionId.is_not_null())
            .into_tuple()
            .all(db)
            .await
            .map_err(store::Error::from)?
            .into_iter()
            .collect();
        let rows: Vec<VersionColumns> = versions::Entity::find()
            .select_only()
            .columns([
                versions::Column::Id,
                versions::Column::DocumentId,
                versions::Column::CollectionId,
                versions::Column::Ordinal,
                versions::Column::Title,
                versions::Column::TitleKey,
                versions::Column::Authority,
                versions::Column::EffectiveDate,
                versions::Column::ExpiryDate,
                versions::Column::Repeals,
                versions::Column::Region,
                versions::Column::Articles,
            ])
            .filter(versions::Column::Ordinal.lte(followed))
            .order_by_asc(versions::Column::Ordinal)
            .into_tuple()
            .all(db)
            .await
            .map_err(store::Error::from)?;

        let mut versions = Vec::with_capacity(rows.len());
        let mut facts: Vec<Vec<(usize, Facts)>> = vec![Vec::new(); collections.len()];
        for (id, document, collection, ordinal, title, key, authority, from, expires, repeals, region, articles) in rows
        {
            let (Some(collection), Some(newest)) = (place.get(&collection).copied(), live.get(&document)) else {
                continue;
            };
            let (Ok(version), Ok(document)) = (VersionId::parse(&id), DocumentId::parse(&document)) else { continue };
            let Some(home) = collections.get_mut(collection) else { continue };
            if newest.as_deref() == Some(version.as_str()) {
                home.documents += 1;
                home.articles += u64::try_from(articles).unwrap_or_default();
            }
            let repeals: Vec<Repeal> = serde_json::from_str(&repeals).unwrap_or_default();
            let ordinal = u64::try_from(ordinal).unwrap_or_default();
            let date = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Date>().ok());
            let fact = Facts {
                title: key.clone(),
                order: ordinal,
                from: date(&from),
                expires: date(&expires),
                repeals: repeals
                    .iter()
                    .filter(|repeal| repeal.labels.is_empty())
                    .map(|repeal| (repeal.title.clone(), repeal.since))
                    .collect(),
            };
            if let Some(list) = facts.get_mut(collection) {
                list.push((versions.len(), fact));
            }
            let region = region.and_then(|code| Region::parse(&code).ok()).unwrap_or_else(|| home.region.clone());
            versions.push(VersionEntry {
                id: version,
                document,
                ordinal,
                collection,
                authority: Authority::of(authority.as_deref(), &title),
                title: title.into(),
                key: key.into(),
                region,
                window: Window { from: Date::MIN, until: Date::MAX, ending: None },
                repeals,
            });
        }
        for list in facts {
            let (places, facts): (Vec<usize>, Vec<Facts>) = list.into_iter().unzip();
            for (place, mut window) in places.iter().zip(windows(&facts)) {
                let whole = |local: usize| places.get(local).copied().unwrap_or(local);
                window.ending = window.ending.map(|ending| match ending {
                    Ending::Superseded(local) => Ending::Superseded(whole(local)),
                    Ending::Repealed(local) => Ending::Repealed(whole(local)),
                    Ending::Expired | Ending::Listed(_) => ending,
                });
                if let Some(version) = versions.get_mut(*place) {
                    version.window = window;
                }
            }
        }
        let by_ordinal = versions.iter().enumerate().map(|(at, version)| (version.ordinal, at)).collect();
        let titles = Titles::build(&versions);
        let ended_articles = ended_articles(&versions);
        let mut title_terms: HashMap<String, Vec<u32>> = HashMap::new();
        for (at, version) in (0_u32..).zip(&versions) {
            for term in words::terms(&version.key).iter() {
                let list = title_terms.entry(term.to_owned()).or_default();
                if list.last() != Some(&at) {
                    list.push(at);
                }
            }
        }
        Ok(Self { followed, collections, versions, by_ordinal, titles, title_terms, ended_articles })
    }

    /// The collection with this id.
    pub(crate) fn collection(&self, id: &CollectionId) -> Option<(usize, &CollectionEntry)> {
        self.collections.iter().enumerate().find(|(_, entry)| entry.id == *id)
    }

    /// The version with this id.
    pub(crate) fn version(&self, id: &VersionId) -> Option<&VersionEntry> {
        self.versions.iter().find(|entry| entry.id == *id)
    }

    /// The versions of a document, oldest import first.
    pub(crate) fn versions_of<'c>(&'c self, id: &'c DocumentId) -> impl Iterator<Item = &'c VersionEntry> {
        self.versions.iter().filter(move |entry| entry.document == *id)
    }

    /// Whether a version applies at `day`, with the words for people.
    pub(crate) fn validity(&self, version: &VersionEntry, day: Date) -> Validity {
        let window = version.window;
        let title = |at: usize| self.versions.get(at).map(|other| other.title.to_string()).unwrap_or_default();
        let status = window.status(day);
        let note = match (status, window.ending) {
            (Status::NotYetInForce, _) => Some(notes::not_yet(window.from)),
            (_, Some(Ending::Superseded(_))) => Some(notes::superseded(window.until)),
            (_, Some(Ending::Repealed(by))) => Some(notes::repealed(&title(by), window.until)),
            (_, Some(Ending::Expired)) => Some(notes::expired(window.until)),
            (_, Some(Ending::Listed(successor))) => Some(notes::repealed(&successor.by, window.until)),
            (_, None) => None,
        };
        Validity {
            status,
            from: (window.from != Date::MIN).then_some(window.from),
            until: (window.until != Date::MAX).then_some(window.until),
            note,
            replaced_by: self.replacement(version),
        }
    }

    /// The notice that an article of a version no longer applies at `day` though the version does: another document
    /// repealed this article by name.
    pub(crate) fn ended_article(&self, version: usize, label: &str, day: Date) -> Option<Notice> {
        let ended =
            self.ended_articles.get(&version)?.iter().find(|ended| ended.label == label && ended.since <= day)?;
        let by = self.versions.get(ended.by)?;
        Some(Notice::ArticleRepealed {
            law: self.versions.get(version)?.title.to_string(),
            label: label.to_owned(),
            by: by.title.to_string(),
            since: Some(ended.since).filter(|since| *since != Date::MIN),
            article_id: ended.article.clone(),
        })
    }

    /// What takes or took the place of a version, where that is known: the document with the newer text, or the one
    /// that repeals it.
    pub(crate) fn replacement(&self, version: &VersionEntry) -> Option<Replacement> {
        let of = |other: &VersionEntry| Replacement {
            document_id: Some(other.document.clone()),
            title: other.title.to_string(),
        };
        match version.window.ending? {
            Ending::Superseded(at) | Ending::Repealed(at) => self.versions.get(at).map(of),
            Ending::Listed(successor) => Some(Replacement { document_id: None, title: successor.by.clone() }),
            Ending::Expired => None,
        }
    }
}
