//! The catalogue: what the index must know about collections and versions, in memory, as of one change.
//!
//! It is small (some hundred bytes for a version), derived from the store, and replaced as a whole. When a version
//! applies is worked out here, so a new version or a repeal changes no indexed article.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use identity::Scope;
use kernel::ids::{ArticleId, CollectionId, DepartmentId, DocumentId, VersionId};
use kernel::{DataLevel, Date, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::Store;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::authority::Authority;
use crate::found::Notice;
use crate::index::{Mixed, term_hash};
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
    /// The endpoint that makes its vectors; our own model when there is none.
    pub(crate) embedding: Option<String>,
    /// It is in no list and no search; what was cited from it can be read.
    pub(crate) is_removed: bool,
    pub(crate) documents: u64,
    pub(crate) articles: u64,
    pub(crate) updated_at: Timestamp,
}

impl CollectionEntry {
    /// The scope of what is done in it.
    pub(crate) fn scope(&self) -> Scope {
        Scope::Collection {
            id: self.id.clone(),
            level: self.level,
            region: self.region.clone(),
            department: self.department.clone(),
        }
    }
}

/// A collection from its row.
fn entry(row: collections::Model) -> Option<CollectionEntry> {
    Some(CollectionEntry {
        id: CollectionId::parse(&row.id).ok()?,
        name: row.name,
        description: row.description,
        department: row.department_id.and_then(|id| DepartmentId::parse(&id).ok()),
        level: DataLevel::from_rank(row.level),
        region: Region::parse(&row.region).unwrap_or_else(|_| Region::country()),
        embedding: row.embedding,
        is_removed: row.removed_at.is_some(),
        documents: 0,
        articles: 0,
        updated_at: Timestamp::from_millis(row.updated_at),
    })
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
    /// The versions whose title has a term, by the term's number.
    pub(crate) title_terms: HashMap<u64, Vec<u32>, Mixed>,
    /// Articles that other documents repeal by name, by the place of their version.
    pub(crate) ended_articles: HashMap<usize, Vec<EndedArticle>>,
    kept: Kept,
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

/// A version as the store has it; it never changes.
#[derive(Debug)]
struct Stored {
    id: VersionId,
    document: DocumentId,
    collection: String,
    ordinal: u64,
    title: Arc<str>,
    key: Arc<str>,
    /// The numbers of the title's terms.
    terms: Box<[u64]>,
    authority: Authority,
    from: Option<Date>,
    expires: Option<Date>,
    repeals: Vec<Repeal>,
    region: Option<Region>,
    articles: u64,
}

impl Stored {
    fn read(row: VersionColumns) -> Option<Self> {
        let (id, document, collection, ordinal, title, key, authority, from, expires, repeals, region, articles) = row;
        let date = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Date>().ok());
        let mut terms: Vec<u64> = words::terms(&key).iter().map(term_hash).collect();
        terms.sort_unstable();
        terms.dedup();
        Some(Self {
            id: VersionId::parse(&id).ok()?,
            document: DocumentId::parse(&document).ok()?,
            collection,
            ordinal: u64::try_from(ordinal).unwrap_or_default(),
            authority: Authority::of(authority.as_deref(), &title),
            title: title.into(),
            key: key.into(),
            terms: terms.into(),
            from: date(&from),
            expires: date(&expires),
            repeals: serde_json::from_str(&repeals).unwrap_or_default(),
            region: region.and_then(|code| Region::parse(&code).ok()),
            articles: u64::try_from(articles).unwrap_or_default(),
        })
    }
}

/// What is kept of the store between two catalogues: the next one reads only what changed.
#[derive(Debug, Default, Clone)]
struct Kept {
    /// By ordinal, also those of documents that were removed.
    versions: BTreeMap<u64, Arc<Stored>>,
    /// The newest version of each document that is not removed.
    live: HashMap<String, String>,
}

impl Catalogue {
    /// Reads the catalogue from the store: the versions up to change `followed`, so that no version is in force before
    /// its articles can be found.
    pub(crate) async fn load(store: &Store, followed: i64) -> Result<Self> {
        Self::read(store, Kept::default(), followed, None).await
    }

    /// The catalogue as of change `followed`, when `changed` are the versions that were made since, and those of
    /// documents that were removed.
    pub(crate) async fn advance(&self, store: &Store, followed: i64, changed: &[String]) -> Result<Self> {
        Self::read(store, self.kept.clone(), followed, Some(changed)).await
    }

    /// Reads the versions in `changed`, or all of them, and works out what holds now.
    async fn read(store: &Store, mut kept: Kept, followed: i64, changed: Option<&[String]>) -> Result<Self> {
        let db = store.db();
        let all = collections::Entity::find().order_by_asc(collections::Column::Id).all(db);
        let collections = all.await.map_err(store::Error::from)?.into_iter().filter_map(entry).collect();
        // A statement names only so many values.
        let parts: Vec<Option<&[String]>> = match changed {
            None => vec![None],
            Some(changed) => changed.chunks(500).map(Some).collect(),
        };
        for part in parts {
            let mut query = versions::Entity::find()
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
                .filter(versions::Column::Ordinal.lte(followed));
            if let Some(part) = part {
                query = query.filter(versions::Column::Id.is_in(part));
            }
            let rows: Vec<VersionColumns> = query.into_tuple().all(db).await.map_err(store::Error::from)?;
            let known: Vec<String> = rows.iter().map(|row| row.1.clone()).collect();
            let mut query = documents::Entity::find()
                .select_only()
                .columns([documents::Column::Id, documents::Column::VersionId])
                .filter(documents::Column::State.ne("removed"))
                .filter(documents::Column::VersionId.is_not_null());
            if part.is_some() {
                query = query.filter(documents::Column::Id.is_in(known.iter().map(String::as_str)));
                known.iter().for_each(|id| drop(kept.live.remove(id)));
            }
            let live: Vec<(String, String)> = query.into_tuple().all(db).await.map_err(store::Error::from)?;
            kept.live.extend(live);
            let stored = rows.into_iter().filter_map(Stored::read);
            kept.versions.extend(stored.map(|stored| (stored.ordinal, Arc::new(stored))));
        }
        crate::knowledge::blocking(move || Ok(Self::build(kept, collections, followed))).await
    }

    fn build(kept: Kept, mut collections: Vec<CollectionEntry>, followed: i64) -> Self {
        let place: HashMap<String, usize> =
            collections.iter().enumerate().map(|(at, c)| (c.id.as_str().to_owned(), at)).collect();
        let mut versions = Vec::with_capacity(kept.versions.len());
        let mut facts: Vec<Vec<(usize, Facts)>> = vec![Vec::new(); collections.len()];
        let mut title_terms: HashMap<u64, Vec<u32>, Mixed> = HashMap::default();
        for stored in kept.versions.values() {
            let newest = kept.live.get(stored.document.as_str());
            let (Some(collection), Some(newest)) = (place.get(&stored.collection).copied(), newest) else { continue };
            let Some(home) = collections.get_mut(collection) else { continue };
            if newest == stored.id.as_str() {
                home.documents += 1;
                home.articles += stored.articles;
            }
            let at = versions.len();
            let whole = stored.repeals.iter().filter(|repeal| repeal.labels.is_empty());
            let fact = Facts {
                title: stored.key.to_string(),
                order: stored.ordinal,
                from: stored.from,
                expires: stored.expires,
                repeals: whole.map(|repeal| (repeal.title.clone(), repeal.since)).collect(),
            };
            if let Some(list) = facts.get_mut(collection) {
                list.push((at, fact));
            }
            for term in &stored.terms {
                title_terms.entry(*term).or_default().push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            versions.push(VersionEntry {
                id: stored.id.clone(),
                document: stored.document.clone(),
                ordinal: stored.ordinal,
                collection,
                authority: stored.authority,
                title: Arc::clone(&stored.title),
                key: Arc::clone(&stored.key),
                region: stored.region.clone().unwrap_or_else(|| home.region.clone()),
                window: Window { from: Date::MIN, until: Date::MAX, ending: None },
                repeals: stored.repeals.clone(),
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
        Self { followed, collections, versions, by_ordinal, titles, title_terms, ended_articles, kept }
    }

    /// The collection with this id, unless it was removed.
    pub(crate) fn collection(&self, id: &CollectionId) -> Option<(usize, &CollectionEntry)> {
        self.collections.iter().enumerate().find(|(_, entry)| entry.id == *id && !entry.is_removed)
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
