//! What cites an article, and what an article cites: the references read at import, resolved to what is loaded now.

use std::collections::HashMap;

use identity::{Action, Cx, Permit};
use kernel::ids::{ArticleId, DocumentId};
use serde::Serialize;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::catalogue::VersionEntry;
use crate::collection::collection;
use crate::index::View;
use crate::knowledge::Knowledge;
use crate::publish::document_id;
use crate::reading::{Page, READING, collection_id, contents};
use crate::references::{ReferenceKind, excerpt, read_references};
use crate::tables::{articles, references, versions};
use crate::validity::title_key;
use crate::{Error, Result};

/// The most references on one page.
const PAGE: u64 = 100;

/// An article that cites another, or that is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferenceItem {
    /// The article; `None` where a document as a whole is meant, or where it is not loaded.
    pub article_id: Option<ArticleId>,
    /// Its document; `None` where it is not loaded.
    pub document_id: Option<DocumentId>,
    /// The document's title.
    pub document: String,
    /// The article's label; empty for the document as a whole.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The sentence with the reference.
    pub excerpt: String,
    /// What the one says of the other.
    pub kind: ReferenceKind,
}

impl Knowledge {
    /// The articles in collections that the actor may read which cite, repeal or amend this one, by the time they came
    /// in. Only versions that are in force today or that are the newest of their document count.
    pub async fn cited_by(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &ArticleId,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Page<ReferenceItem>> {
        let row = self.article_row(id).await?;
        let key = self.admitted_key(cx, permit, &row).await?;
        let limit = limit.clamp(1, PAGE);
        let mut wanted = references::Entity::find()
            .filter(references::Column::TitleKey.eq(&key))
            .filter(references::Column::Label.eq(&row.label));
        if let Some(after) = after {
            let after = ArticleId::parse(after).map_err(|_| Error::BadCursor)?;
            wanted = wanted.filter(references::Column::ArticleId.gt(after.as_str()));
        }
        let db = self.0.store.db();
        let mut rows = wanted
            .order_by_asc(references::Column::ArticleId)
            .limit(limit + 1)
            .all(db)
            .await
            .map_err(store::Error::from)?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| more).map(|row| row.article_id.clone());
        let ids: Vec<&str> = rows.iter().map(|row| row.article_id.as_str()).collect();
        let texts = self.articles_by_id(&ids).await?;
        let shown = self.shown_versions(cx, rows.iter().map(|row| row.document_id.as_str())).await?;
        let mut items = Vec::with_capacity(rows.len());
        for reference in &rows {
            let (Some(article), Some((title, held))) =
                (texts.get(&reference.article_id), shown.get(&reference.document_id))
            else {
                continue;
            };
            if !held.contains(&reference.article_id) {
                continue;
            }
            let read = read_references(&title_key(title), &article.text, &[]);
            let place = read.iter().find(|one| one.title == reference.title_key && one.label == reference.label);
            items.push(ReferenceItem {
                article_id: ArticleId::parse(&article.id).ok(),
                document_id: document_id(&article.document_id).ok(),
                document: title.clone(),
                label: article.label.clone(),
                path: article.path.lines().map(str::to_owned).collect(),
                excerpt: excerpt(&article.text, place.map_or(0, |place| place.at)),
                kind: ReferenceKind::parse(&reference.kind),
            });
        }
        Ok(Page { items, next })
    }

    /// What an article cites, in the order of its words. What is not loaded is named without ids.
    pub async fn cites(&self, cx: &Cx, permit: &Permit, id: &ArticleId) -> Result<Vec<ReferenceItem>> {
        let row = self.article_row(id).await?;
        let own = self.admitted_key(cx, permit, &row).await?;
        let rows = references::Entity::find()
            .filter(references::Column::ArticleId.eq(id.as_str()))
            .order_by_asc(references::Column::Place)
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        let read = read_references(&own, &row.text, &[]);
        let (view, today) = (self.view(), cx.now().date());
        let mut items = Vec::with_capacity(rows.len());
        for reference in rows {
            let visible = |at: &&usize| {
                view.catalogue.versions.get(**at).is_some_and(|version| self.may_read(cx, &view, version))
            };
            let versions: Vec<&VersionEntry> = view
                .catalogue
                .titles
                .versions_of(&reference.title_key)
                .iter()
                .filter(visible)
                .filter_map(|at| view.catalogue.versions.get(*at))
                .collect();
            let target = versions.iter().find(|version| version.window.contains(today)).or(versions.last());
            let place = match target {
                Some(target) if !reference.label.is_empty() => view.find(target.ordinal, &reference.label),
                _ => None,
            };
            let article = place.and_then(|place| view.article(place));
            let at = read.iter().find(|one| one.title == reference.title_key && one.label == reference.label);
            items.push(ReferenceItem {
                article_id: article.as_ref().and_then(|article| ArticleId::parse(&article.id).ok()),
                document_id: target.map(|target| target.document.clone()),
                document: target.map_or_else(|| reference.title_key.clone(), |target| target.title.to_string()),
                label: reference.label.clone(),
                path: article.map(|article| article.path.lines().map(str::to_owned).collect()).unwrap_or_default(),
                excerpt: excerpt(&row.text, at.map_or(0, |at| at.at)),
                kind: ReferenceKind::parse(&reference.kind),
            });
        }
        Ok(items)
    }

    /// The normalised title of an article's document, when `permit` covers it.
    async fn admitted_key(&self, cx: &Cx, permit: &Permit, row: &articles::Model) -> Result<String> {
        let document = self.document_row(&document_id(&row.document_id)?).await?;
        Self::admit(cx, permit, READING, &collection_id(&document.collection_id)?)?;
        Ok(document.title_key)
    }

    /// Whether the actor may read the collection of a version.
    pub(crate) fn may_read(&self, cx: &Cx, view: &View, version: &VersionEntry) -> bool {
        let home = view.catalogue.collections.get(version.collection);
        home.is_some_and(|home| cx.may(Action::ReadCollections, &collection(home).scope()))
    }

    /// Articles by id.
    pub(crate) async fn articles_by_id(&self, ids: &[&str]) -> Result<HashMap<String, articles::Model>> {
        let rows = articles::Entity::find()
            .filter(articles::Column::Id.is_in(ids.iter().copied()))
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }

    /// Of each document that the actor may read: its title, and the articles of the version in force today, or else of
    /// its newest one.
    async fn shown_versions<'d>(
        &self,
        cx: &Cx,
        documents: impl Iterator<Item = &'d str>,
    ) -> Result<HashMap<String, (String, Vec<String>)>> {
        let (view, today) = (self.view(), cx.now().date());
        let mut wanted: HashMap<String, String> = HashMap::new();
        for id in documents {
            if wanted.contains_key(id) {
                continue;
            }
            let Ok(document) = document_id(id) else { continue };
            let mut versions: Vec<&VersionEntry> =
                view.catalogue.versions_of(&document).filter(|version| self.may_read(cx, &view, version)).collect();
            versions.sort_by_key(|version| (version.window.contains(today), version.ordinal));
            if let Some(version) = versions.last() {
                wanted.insert(id.to_owned(), version.id.to_string());
            }
        }
        let rows = versions::Entity::find()
            .filter(versions::Column::Id.is_in(wanted.values().cloned()))
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        Ok(rows.into_iter().map(|row| (row.document_id.clone(), (row.title.clone(), contents(&row)))).collect())
    }
}
