//! Reading: documents, their versions and their articles, as people look at them.
//!
//! What a run cited stays readable: an article id with its version id gives the same words for ever, also when the
//! document was changed or removed since.

use identity::{Action, Cx, Permit, Scope};
use kernel::Timestamp;
use kernel::ids::{ArticleId, CollectionId, DocumentId, VersionId};
use serde::Serialize;
use serde_json::Value;
use store::sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use store::{BlobRef, Bytes};

use crate::knowledge::Knowledge;
use crate::publish::{document_id, version_id};
use crate::tables::{articles, documents as document_rows, versions};
use crate::validity::{Status, Validity};
use crate::{Error, Result};

/// The most documents on one page.
const PAGE: u64 = 200;

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    /// Its import has not ended.
    Importing,
    /// It can be found and read.
    Ready,
    /// It could not be read.
    Failed,
    /// It was removed; what cited it still can be read.
    Removed,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentSummary {
    /// Its id.
    pub id: DocumentId,
    /// Its collection.
    pub collection_id: CollectionId,
    /// Its title; the file's name until it was read.
    pub title: String,
    /// The format of its newest version; empty until it was read.
    pub format: String,
    /// Where it stands.
    pub state: DocumentState,
    /// Whether its version in force, or else its newest one, applies today.
    pub validity: Validity,
    /// The level of authority, as the document says.
    pub authority: Option<String>,
    /// 发文字号.
    pub doc_number: Option<String>,
    /// 发文机关.
    pub issuer: Option<String>,
    /// The number of its newest version; 0 while there is none.
    pub version: i32,
    /// How many articles that version has.
    pub articles: i32,
    /// The size of the file.
    pub size_bytes: i64,
    /// When it last came in.
    pub imported_at: Timestamp,
    /// Who brought it, as the record names actors.
    pub imported_by: String,
    /// What is wrong with it: a list of `{code, message, page}`.
    pub defects: Value,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A document with its versions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentView {
    /// The document.
    #[serde(flatten)]
    pub summary: DocumentSummary,
    /// Its versions, newest import first.
    pub versions: Vec<VersionView>,
    /// What is known about the newest version besides its text.
    pub metadata: Value,
}

/// A version of a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionView {
    /// Its id.
    pub id: VersionId,
    /// Its number, from 1.
    pub number: i32,
    /// Its title.
    pub title: String,
    /// Whether it is the one in force today.
    pub current: bool,
    /// When it applies.
    pub validity: Validity,
    /// How many articles it has.
    pub articles: i32,
    /// When it came in.
    pub imported_at: Timestamp,
    /// Who brought it.
    pub imported_by: String,
}

/// An article in the outline of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArticleItem {
    /// Its id.
    pub id: ArticleId,
    /// Its label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
}

/// An article by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArticleRef {
    /// Its id.
    pub id: ArticleId,
    /// Its label.
    pub label: String,
}

/// The document of an article.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentRef {
    /// Its id.
    pub id: DocumentId,
    /// The title of the version.
    pub title: String,
    /// Its collection.
    pub collection: CollectionId,
    /// Whether the version applies today.
    pub validity: Validity,
}

/// An article as one reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArticleView {
    /// Its id.
    pub id: ArticleId,
    /// The version it is shown in.
    pub version_id: VersionId,
    /// Its document.
    pub document: DocumentRef,
    /// Its label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
    /// The article before it.
    pub previous: Option<ArticleRef>,
    /// The article after it.
    pub next: Option<ArticleRef>,
}

impl Knowledge {
    /// The scope of an article: what a permit to read it is asked for.
    pub async fn scope_of_article(&self, id: &ArticleId) -> Result<Scope> {
        let row = self.article_row(id).await?;
        self.scope_of_document(&document_id(&row.document_id)?).await
    }

    /// The scope of a document: what a permit to read or remove it is asked for.
    pub async fn scope_of_document(&self, id: &DocumentId) -> Result<Scope> {
        let row = self.document_row(id).await?;
        let collection = collection_id(&row.collection_id)?;
        self.scope_of_collection(&collection)
    }

    /// An article in `version`; without one in the version in force today, or else in the newest that has it.
    pub async fn article(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &ArticleId,
        version: Option<&VersionId>,
    ) -> Result<ArticleView> {
        let row = self.article_row(id).await?;
        let document = document_id(&row.document_id)?;
        let mut holding = self.versions_rows(&document).await?;
        holding.retain(|version| contents(version).iter().any(|article| article == id.as_str()));
        let today = cx.now().date();
        let shown = match version {
            Some(version) => holding.iter().find(|row| row.id == version.as_str()),
            None => {
                let in_force = |row: &&versions::Model| {
                    let view = self.view();
                    let entry = version_id(&row.id).ok().and_then(|id| view.catalogue.version(&id).cloned());
                    entry.is_some_and(|entry| entry.window.contains(today))
                };
                holding.iter().find(in_force).or(holding.first())
            }
        };
        let shown = shown.ok_or_else(|| match version {
            Some(version) => Error::VersionNotFound(version.to_string()),
            None => Error::ArticleNotFound(id.to_string()),
        })?;
        let collection = collection_id(&shown.collection_id)?;
        Self::admit(cx, permit, READING, &collection)?;
        let order = contents(shown);
        let at = order.iter().position(|article| article == id.as_str()).unwrap_or_default();
        let neighbour = |at: Option<usize>| at.and_then(|at| order.get(at)).cloned();
        Ok(ArticleView {
            id: id.clone(),
            version_id: version_id(&shown.id)?,
            document: DocumentRef {
                id: document,
                title: shown.title.clone(),
                collection,
                validity: self.validity(shown, cx),
            },
            label: row.label,
            path: row.path.lines().map(str::to_owned).collect(),
            text: row.text,
            previous: self.article_ref(neighbour(at.checked_sub(1))).await?,
            next: self.article_ref(neighbour(Some(at + 1))).await?,
        })
    }

    /// A document with its versions.
    pub async fn document(&self, cx: &Cx, permit: &Permit, id: &DocumentId) -> Result<DocumentView> {
        let row = self.document_row(id).await?;
        Self::admit(cx, permit, READING, &collection_id(&row.collection_id)?)?;
        let rows = self.versions_rows(&document_id(&row.id)?).await?;
        let newest = rows.first();
        let metadata = newest.and_then(|row| serde_json::from_str(&row.metadata).ok()).unwrap_or(Value::Null);
        let mut versions = Vec::with_capacity(rows.len());
        for row in &rows {
            let validity = self.validity(row, cx);
            versions.push(VersionView {
                id: version_id(&row.id)?,
                number: row.number,
                title: row.title.clone(),
                current: matches!(validity.status, Status::InForce | Status::Unknown),
                validity,
                articles: row.articles,
                imported_at: Timestamp::from_millis(row.imported_at),
                imported_by: row.imported_by.clone(),
            });
        }
        let mut summary = summary(row, newest)?;
        let shown = versions.iter().find(|version| version.current).or(versions.first());
        if let Some(shown) = shown {
            summary.validity = shown.validity.clone();
        }
        Ok(DocumentView { summary, versions, metadata })
    }

    /// The articles of a version; without one, of the version in force today, or else of the newest.
    pub async fn document_articles(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &DocumentId,
        version: Option<&VersionId>,
    ) -> Result<Vec<ArticleItem>> {
        let view = self.document(cx, permit, id).await?;
        let wanted = match version {
            Some(version) => view.versions.iter().find(|known| known.id == *version),
            None => view.versions.iter().find(|known| known.current).or(view.versions.first()),
        };
        let wanted = match (wanted, version) {
            (Some(wanted), _) => wanted.id.clone(),
            (None, Some(version)) => return Err(Error::VersionNotFound(version.to_string())),
            (None, None) => return Ok(Vec::new()),
        };
        let db = self.0.store.db();
        let row = versions::Entity::find_by_id(wanted.as_str()).one(db).await.map_err(store::Error::from)?;
        let order = row.as_ref().map(contents).unwrap_or_default();
        let rows = articles::Entity::find()
            .filter(articles::Column::DocumentId.eq(view.summary.id.as_str()))
            .all(db)
            .await
            .map_err(store::Error::from)?;
        let rows: std::collections::HashMap<&str, &articles::Model> =
            rows.iter().map(|row| (row.id.as_str(), row)).collect();
        let item = |row: &articles::Model| {
            Some(ArticleItem {
                id: ArticleId::parse(&row.id).ok()?,
                label: row.label.clone(),
                path: row.path.lines().map(str::to_owned).collect(),
                text: row.text.clone(),
            })
        };
        Ok(order.iter().filter_map(|id| rows.get(id.as_str()).copied()).filter_map(item).collect())
    }

    /// The documents of a collection, newest import first. `query` is a part of the title; `after` is the `next` of the
    /// page before.
    pub async fn documents(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
        query: Option<&str>,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Page<DocumentSummary>> {
        Self::admit(cx, permit, READING, collection)?;
        let limit = limit.clamp(1, PAGE);
        let mut wanted = Condition::all()
            .add(document_rows::Column::CollectionId.eq(collection.as_str()))
            .add(document_rows::Column::State.is_not_in(["removed", "merged"]));
        if let Some(query) = query.map(str::trim).filter(|query| !query.is_empty()) {
            wanted = wanted.add(document_rows::Column::Title.contains(query));
        }
        if let Some(after) = after {
            let (at, id) = after.split_once('.').ok_or(Error::BadCursor)?;
            let at: i64 = at.parse().map_err(|_| Error::BadCursor)?;
            let same =
                Condition::all().add(document_rows::Column::ImportedAt.eq(at)).add(document_rows::Column::Id.lt(id));
            wanted = wanted.add(Condition::any().add(document_rows::Column::ImportedAt.lt(at)).add(same));
        }
        let db = self.0.store.db();
        let mut rows = document_rows::Entity::find()
            .filter(wanted)
            .order_by_desc(document_rows::Column::ImportedAt)
            .order_by_desc(document_rows::Column::Id)
            .limit(limit + 1)
            .all(db)
            .await
            .map_err(store::Error::from)?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.imported_at, row.id));
        let newest: Vec<String> = rows.iter().filter_map(|row| row.version_id.clone()).collect();
        let newest: std::collections::HashMap<String, versions::Model> = versions::Entity::find()
            .filter(versions::Column::Id.is_in(newest))
            .all(db)
            .await
            .map_err(store::Error::from)?
            .into_iter()
            .map(|row| (row.id.clone(), row))
            .collect();
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let version = row.version_id.as_ref().and_then(|id| newest.get(id));
            let mut summary = summary(row, version)?;
            if let Some(version) = version {
                summary.validity = self.best_validity(version, cx);
            }
            items.push(summary);
        }
        Ok(Page { items, next })
    }

    /// The file that the newest version was read from, with its name.
    pub async fn document_file(&self, cx: &Cx, permit: &Permit, id: &DocumentId) -> Result<(String, Bytes)> {
        let row = self.document_row(id).await?;
        Self::admit(cx, permit, READING, &collection_id(&row.collection_id)?)?;
        let rows = self.versions_rows(&document_id(&row.id)?).await?;
        let blob = rows.iter().find_map(|row| row.blob.as_deref());
        let blob = blob.and_then(|blob| BlobRef::parse(blob).ok()).ok_or_else(|| Error::NoFile(id.to_string()))?;
        Ok((row.file_name, self.0.store.blobs().get(&blob).await?))
    }

    /// The row of a document; an upload that became a version of another document leads there.
    pub(crate) async fn document_row(&self, id: &DocumentId) -> Result<document_rows::Model> {
        let db = self.0.store.db();
        let missing = || Error::DocumentNotFound(id.to_string());
        let row = document_rows::Entity::find_by_id(id.as_str()).one(db).await.map_err(store::Error::from)?;
        let row = row.ok_or_else(missing)?;
        match &row.merged_into {
            Some(into) => {
                let row = document_rows::Entity::find_by_id(into).one(db).await.map_err(store::Error::from)?;
                row.ok_or_else(missing)
            }
            None => Ok(row),
        }
    }

    pub(crate) async fn article_row(&self, id: &ArticleId) -> Result<articles::Model> {
        let row = articles::Entity::find_by_id(id.as_str()).one(self.0.store.db()).await.map_err(store::Error::from)?;
        row.ok_or_else(|| Error::ArticleNotFound(id.to_string()))
    }

    async fn article_ref(&self, id: Option<String>) -> Result<Option<ArticleRef>> {
        let Some(id) = id.and_then(|id| ArticleId::parse(&id).ok()) else { return Ok(None) };
        let row = self.article_row(&id).await?;
        Ok(Some(ArticleRef { id, label: row.label }))
    }

    /// The versions of a document, newest import first.
    pub(crate) async fn versions_rows(&self, id: &DocumentId) -> Result<Vec<versions::Model>> {
        Ok(versions::Entity::find()
            .filter(versions::Column::DocumentId.eq(id.as_str()))
            .order_by_desc(versions::Column::Number)
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?)
    }

    /// Whether a version applies today. A version that the catalogue does not have was removed.
    pub(crate) fn validity(&self, row: &versions::Model, cx: &Cx) -> Validity {
        let view = self.view();
        let entry = version_id(&row.id).ok().and_then(|id| view.catalogue.version(&id).cloned());
        match entry {
            Some(entry) => view.catalogue.validity(&entry, cx.now().date()),
            None => unknown(),
        }
    }

    /// The validity of the version of the same document that is in force today, or else of this one.
    fn best_validity(&self, row: &versions::Model, cx: &Cx) -> Validity {
        let view = self.view();
        let today = cx.now().date();
        let Ok(document) = document_id(&row.document_id) else { return unknown() };
        let in_force = view.catalogue.versions_of(&document).find(|entry| entry.window.contains(today));
        match in_force {
            Some(entry) => view.catalogue.validity(entry, today),
            None => self.validity(row, cx),
        }
    }
}

/// The actions that reading belongs to: looking at a collection, and following a citation of an answer or a search.
pub(crate) const READING: &[Action] =
    &[Action::ReadCollections, Action::Search, Action::Ask, Action::DecideReviews, Action::ReadReviews];

fn unknown() -> Validity {
    Validity { status: Status::Unknown, from: None, until: None, note: None, replaced_by: None }
}

pub(crate) fn contents(row: &versions::Model) -> Vec<String> {
    serde_json::from_str(&row.contents).unwrap_or_default()
}

pub(crate) fn collection_id(text: &str) -> Result<CollectionId> {
    CollectionId::parse(text).map_err(|_| Error::CollectionNotFound(text.to_owned()))
}

fn summary(row: document_rows::Model, version: Option<&versions::Model>) -> Result<DocumentSummary> {
    let state = match row.state.as_str() {
        "importing" => DocumentState::Importing,
        "ready" => DocumentState::Ready,
        "removed" => DocumentState::Removed,
        _ => DocumentState::Failed,
    };
    Ok(DocumentSummary {
        id: document_id(&row.id)?,
        collection_id: collection_id(&row.collection_id)?,
        title: row.title,
        format: row.format,
        state,
        validity: unknown(),
        authority: version.and_then(|version| version.authority.clone()),
        doc_number: version.and_then(|version| version.doc_number.clone()),
        issuer: version.and_then(|version| version.issuer.clone()),
        version: version.map_or(0, |version| version.number),
        articles: version.map_or(0, |version| version.articles),
        size_bytes: row.size_bytes,
        imported_at: Timestamp::from_millis(row.imported_at),
        imported_by: row.imported_by,
        defects: serde_json::from_str(&row.defects).unwrap_or(Value::Array(Vec::new())),
    })
}
