//! Publishing: a document that was read becomes a version, in one transaction, with the ids of unchanged articles kept.

use std::collections::{HashMap, VecDeque};

use documents::{Defect, Document};
use kernel::ids::{ArticleId, CollectionId, DocumentId, VersionId};
use kernel::{Actor, Date, Timestamp};
use serde_json::json;
use store::sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use store::{BlobRef, Tx, sm3_hex};

use crate::catalogue::Repeal;
use crate::knowledge::TOPIC;
use crate::tables::{articles, collections, documents as document_rows, versions};
use crate::validity::{read_clauses, title_key};
use crate::{Error, Result};

/// Rows of articles in one statement; SQLite takes 32,766 values.
const ROWS: usize = 1000;

/// The last so many articles may say since when and until when a document applies.
const FINAL_ARTICLES: usize = 6;

/// A document that was read, ready to become a version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incoming {
    /// The id that an upload was given; the document that has this title wins over it.
    pub(crate) document: Option<DocumentId>,
    pub(crate) title: String,
    pub(crate) file_name: String,
    pub(crate) format: String,
    pub(crate) blob: Option<BlobRef>,
    pub(crate) size_bytes: u64,
    pub(crate) authority: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) doc_number: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) publish_date: Option<Date>,
    pub(crate) effective_date: Option<Date>,
    /// The first day it no longer applies, where whoever filed it says so.
    pub(crate) repealed_date: Option<Date>,
    /// Whoever filed it says that its first day is not known (`effective_date: unknown`).
    pub(crate) undated: bool,
    pub(crate) metadata: String,
    pub(crate) defects: String,
    pub(crate) articles: Vec<IncomingArticle>,
}

/// An article of an incoming document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct IncomingArticle {
    pub(crate) source_id: Option<String>,
    pub(crate) label: String,
    /// The headings above it, a line each.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) document: DocumentId,
    pub(crate) version: VersionId,
    /// Articles whose wording is new.
    pub(crate) new_articles: usize,
    /// The last version says the same: nothing was written.
    pub(crate) unchanged: bool,
}

impl Incoming {
    /// From a document as read.
    pub(crate) fn of(document: Document, defects: &[Defect], name: &str, blob: BlobRef, size_bytes: usize) -> Self {
        let meta = |key: &str| document.metadata.text(key).map(str::to_owned);
        let date = |key: &str| document.metadata.text(key).and_then(|text| text.parse().ok());
        Self {
            document: None,
            file_name: name.to_owned(),
            format: format!("{:?}", document.format).to_lowercase(),
            blob: Some(blob),
            size_bytes: size_bytes as u64,
            authority: meta("authority"),
            issuer: meta("issuer"),
            doc_number: meta("doc_number"),
            region: meta("region"),
            publish_date: date("publish_date"),
            effective_date: date("effective_date"),
            repealed_date: date("repealed_date"),
            undated: document.metadata.text("effective_date") == Some("unknown"),
            metadata: serde_json::to_string(&document.metadata).unwrap_or_default(),
            defects: serde_json::to_string(defects).unwrap_or_default(),
            title: if document.title.trim().is_empty() {
                stem(name).to_owned()
            } else {
                document.title.trim().to_owned()
            },
            articles: document
                .articles
                .into_iter()
                .map(|article| IncomingArticle {
                    source_id: None,
                    label: article.label,
                    path: article.path.join("\n"),
                    text: article.text,
                })
                .collect(),
        }
    }

    /// Equal for equal content and equal dates.
    fn digest(&self) -> String {
        let mut bytes = Vec::with_capacity(self.articles.iter().map(|a| a.text.len() + a.path.len() + 24).sum());
        for part in [
            Some(self.title.as_str()),
            self.publish_date.map(|day| day.to_string()).as_deref(),
            self.effective_date.map(|day| day.to_string()).as_deref(),
            self.repealed_date.map(|day| day.to_string()).as_deref(),
            self.undated.then_some("undated"),
        ] {
            bytes.extend_from_slice(part.unwrap_or_default().as_bytes());
            bytes.push(0x1e);
        }
        for article in &self.articles {
            for part in [&article.label, &article.path, &article.text] {
                bytes.extend_from_slice(part.as_bytes());
                bytes.push(0x1f);
            }
            bytes.push(0x1e);
        }
        sm3_hex(&bytes)
    }
}

/// What a document's own text says about its time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Times {
    from: Option<Date>,
    expires: Option<Date>,
    /// Titles it repeals, with the place of the article that says so.
    repeals: Vec<(String, usize)>,
}

fn times(incoming: &Incoming) -> Times {
    let mut times = Times::default();
    let mut stated = None;
    let mut on_publication = false;
    let (mut years, mut to) = (None, None);
    for (at, article) in incoming.articles.iter().enumerate() {
        let clauses = read_clauses(&incoming.title, &article.text);
        times.repeals.extend(clauses.repeals.into_iter().map(|title| (title, at)));
        if at + FINAL_ARTICLES >= incoming.articles.len() {
            stated = clauses.effective.or(stated);
            on_publication |= clauses.effective_on_publication;
            years = clauses.valid_years.or(years);
            to = clauses.valid_to.or(to);
        }
    }
    // A law that was amended still says when its first version came into force: that day is before this version was
    // published, and then the publication counts.
    let written = stated.filter(|day| incoming.publish_date.is_none_or(|published| *day >= published));
    times.from = incoming.effective_date.or(written).or(incoming.publish_date).or(stated);
    if on_publication && incoming.effective_date.is_none() && stated.is_none() {
        times.from = incoming.publish_date;
    }
    if incoming.undated {
        times.from = None;
    }
    times.expires = match (to, years, times.from) {
        _ if incoming.repealed_date.is_some() => incoming.repealed_date,
        (Some(last), _, _) => last.tomorrow().ok(),
        (None, Some(years), Some(from)) => {
            Date::new(from.year().saturating_add(i16::try_from(years).unwrap_or(0)), from.month(), from.day()).ok()
        }
        _ => None,
    };
    times
}

/// Makes `incoming` the newest version of its document. Visible when the transaction is committed.
pub(crate) async fn publish(
    tx: &Tx<'_>,
    collection: &CollectionId,
    incoming: Incoming,
    actor: &Actor,
) -> Result<Published> {
    let store = tx.store().clone();
    let (ids, now) = (store.ids(), store.clock().now());
    let key = title_key(&incoming.title);
    let key = if key.is_empty() { stem(&incoming.file_name).to_owned() } else { key };
    let known = document_rows::Entity::find()
        .filter(document_rows::Column::CollectionId.eq(collection.as_str()))
        .filter(document_rows::Column::TitleKey.eq(&key))
        .filter(document_rows::Column::State.eq("ready"))
        .order_by_asc(document_rows::Column::Id)
        .one(tx)
        .await
        .map_err(store::Error::from)?;
    let digest = incoming.digest();
    let last = match known.as_ref().and_then(|row| row.version_id.as_deref()) {
        Some(id) => versions::Entity::find_by_id(id).one(tx).await.map_err(store::Error::from)?,
        None => None,
    };
    if let (Some(known), Some(last)) = (&known, &last)
        && last.digest == digest
    {
        let document = document_id(&known.id)?;
        merge(tx, incoming.document.as_ref(), &document).await?;
        return Ok(Published { document, version: version_id(&last.id)?, new_articles: 0, unchanged: true });
    }

    let document = match &known {
        Some(row) => document_id(&row.id)?,
        None => incoming.document.clone().unwrap_or_else(|| DocumentId::generate(ids)),
    };
    let version = VersionId::generate(ids);
    let ordinal = store.changes().append(tx, TOPIC, version.as_str()).await?;

    let mut kept = kept_ids(tx, last.as_ref()).await?;
    let times = times(&incoming);
    let mut contents = Vec::with_capacity(incoming.articles.len());
    let mut rows = Vec::new();
    let articles_count = incoming.articles.len();
    let Incoming { title, file_name, format, blob, size_bytes, authority, issuer, doc_number, region, .. } = &incoming;
    let versions_row = |contents: &[String], repeals: String| versions::ActiveModel {
        id: Set(version.to_string()),
        document_id: Set(document.to_string()),
        collection_id: Set(collection.to_string()),
        number: Set(last.as_ref().map_or(1, |last| last.number + 1)),
        ordinal: Set(ordinal),
        title: Set(title.clone()),
        title_key: Set(key.clone()),
        file_name: Set(file_name.clone()),
        format: Set(format.clone()),
        blob: Set(blob.as_ref().map(ToString::to_string)),
        digest: Set(digest.clone()),
        size_bytes: Set(i64::try_from(*size_bytes).unwrap_or(i64::MAX)),
        authority: Set(authority.clone()),
        issuer: Set(issuer.clone()),
        doc_number: Set(doc_number.clone()),
        publish_date: Set(incoming.publish_date.map(|day| day.to_string())),
        effective_date: Set(from_date(&times, last.as_ref(), now).map(|day| day.to_string())),
        expiry_date: Set(times.expires.map(|day| day.to_string())),
        repeals: Set(repeals),
        region: Set(region.clone()),
        metadata: Set(incoming.metadata.clone()),
        defects: Set(incoming.defects.clone()),
        contents: Set(serde_json::to_string(contents).unwrap_or_default()),
        articles: Set(i32::try_from(articles_count).unwrap_or(i32::MAX)),
        imported_at: Set(now.as_millis()),
        imported_by: Set(actor.label()),
    };
    for article in &incoming.articles {
        let same = kept.get_mut(&(article.label.clone(), article.path.clone(), article.text.clone()));
        let id = match same.and_then(VecDeque::pop_front) {
            Some(id) => id,
            None => {
                let id = ArticleId::generate(ids).to_string();
                rows.push(articles::ActiveModel {
                    id: Set(id.clone()),
                    document_id: Set(document.to_string()),
                    source_id: Set(article.source_id.clone()),
                    label: Set(article.label.clone()),
                    path: Set(article.path.clone()),
                    text: Set(article.text.clone()),
                });
                id
            }
        };
        contents.push(id);
    }
    let repeals: Vec<Repeal> = times
        .repeals
        .iter()
        .filter_map(|(title, at)| {
            let article = ArticleId::parse(contents.get(*at)?).ok()?;
            Some(Repeal { title: title.clone(), article })
        })
        .collect();
    let version_row = versions_row(&contents, serde_json::to_string(&repeals).unwrap_or_default());

    let new_articles = rows.len();
    let mut rows = rows.into_iter();
    loop {
        let part: Vec<articles::ActiveModel> = rows.by_ref().take(ROWS).collect();
        if part.is_empty() {
            break;
        }
        articles::Entity::insert_many(part).exec_without_returning(tx).await.map_err(store::Error::from)?;
    }
    versions::Entity::insert(version_row).exec_without_returning(tx).await.map_err(store::Error::from)?;

    let row = document_rows::ActiveModel {
        id: Set(document.to_string()),
        collection_id: Set(collection.to_string()),
        state: Set("ready".to_owned()),
        merged_into: Set(None),
        title: Set(title.clone()),
        title_key: Set(key.clone()),
        file_name: Set(file_name.clone()),
        format: Set(format.clone()),
        size_bytes: Set(i64::try_from(*size_bytes).unwrap_or(i64::MAX)),
        version_id: Set(Some(version.to_string())),
        defects: Set(incoming.defects.clone()),
        imported_at: Set(now.as_millis()),
        imported_by: Set(actor.label()),
    };
    let has_row = known.is_some() || incoming.document.is_some();
    if !(has_row && document_rows::Entity::update(row.clone()).exec(tx).await.is_ok()) {
        document_rows::Entity::insert(row).exec_without_returning(tx).await.map_err(store::Error::from)?;
    }
    merge(tx, incoming.document.as_ref(), &document).await?;
    touch(tx, collection, now).await?;
    Ok(Published { document, version, new_articles, unchanged: false })
}

/// The first day of a version. A second version without any date applies from its import: the older one said what held
/// until then.
fn from_date(times: &Times, last: Option<&versions::Model>, now: Timestamp) -> Option<Date> {
    times.from.or_else(|| last.and_then(|last| last.effective_date.as_ref()).map(|_| now.date()))
}

/// The ids of the articles of the last version, by what they say.
async fn kept_ids(
    tx: &Tx<'_>,
    last: Option<&versions::Model>,
) -> Result<HashMap<(String, String, String), VecDeque<String>>> {
    let mut kept: HashMap<(String, String, String), VecDeque<String>> = HashMap::new();
    let Some(last) = last else { return Ok(kept) };
    let contents: Vec<String> = serde_json::from_str(&last.contents).unwrap_or_default();
    let rows = articles::Entity::find()
        .filter(articles::Column::DocumentId.eq(&last.document_id))
        .all(tx)
        .await
        .map_err(store::Error::from)?;
    let mut rows: HashMap<String, articles::Model> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    for id in contents {
        if let Some(row) = rows.remove(&id) {
            kept.entry((row.label, row.path, row.text)).or_default().push_back(id);
        }
    }
    Ok(kept)
}

/// An upload turned out to be a version of another document: its own id leads there from now on.
pub(crate) async fn merge(tx: &Tx<'_>, upload: Option<&DocumentId>, into: &DocumentId) -> Result<()> {
    let Some(upload) = upload.filter(|upload| *upload != into) else { return Ok(()) };
    use store::sea_orm::sea_query::Expr;
    document_rows::Entity::update_many()
        .col_expr(document_rows::Column::State, Expr::value("merged"))
        .col_expr(document_rows::Column::MergedInto, Expr::value(into.as_str()))
        .filter(document_rows::Column::Id.eq(upload.as_str()))
        .exec(tx)
        .await
        .map_err(store::Error::from)?;
    Ok(())
}

/// Something in the collection changed now.
pub(crate) async fn touch(tx: &Tx<'_>, collection: &CollectionId, now: Timestamp) -> Result<()> {
    use store::sea_orm::sea_query::Expr;
    let done = collections::Entity::update_many()
        .col_expr(collections::Column::UpdatedAt, Expr::value(now.as_millis()))
        .filter(collections::Column::Id.eq(collection.as_str()))
        .exec(tx)
        .await
        .map_err(store::Error::from)?;
    if done.rows_affected == 0 {
        return Err(Error::CollectionNotFound(collection.to_string()));
    }
    Ok(())
}

/// A file's name without folders and without its ending.
pub(crate) fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

pub(crate) fn document_id(text: &str) -> Result<DocumentId> {
    DocumentId::parse(text).map_err(|_| Error::DocumentNotFound(text.to_owned()))
}

pub(crate) fn version_id(text: &str) -> Result<VersionId> {
    VersionId::parse(text).map_err(|_| Error::VersionNotFound(text.to_owned()))
}

/// What the record says about an import. Counts and ids only.
pub(crate) fn details(published: &Published, articles: usize) -> serde_json::Value {
    json!({
        "version": published.version.as_str(),
        "articles": articles,
        "new_articles": published.new_articles,
        "unchanged": published.unchanged,
    })
}

#[cfg(test)]
mod tests {
    use super::{Incoming, IncomingArticle, times};

    fn incoming(text: &str) -> Incoming {
        let article = IncomingArticle { label: "第一条".into(), text: text.into(), ..IncomingArticle::default() };
        Incoming {
            title: "某办法".into(),
            publish_date: "2004-06-26".parse().ok(),
            articles: vec![article],
            ..Incoming::default()
        }
    }

    #[test]
    fn what_the_front_matter_says_of_its_end_wins() {
        let mut filed = incoming("本办法自2004年7月1日起施行，有效期5年。");
        assert_eq!(times(&filed).expires, "2009-07-01".parse().ok());
        filed.repealed_date = "2008-03-01".parse().ok();
        assert_eq!(times(&filed).expires, "2008-03-01".parse().ok());
    }

    #[test]
    fn a_first_day_that_is_said_to_be_unknown_is_not_guessed() {
        let mut filed = incoming("请认真贯彻执行。");
        assert_eq!(times(&filed).from, "2004-06-26".parse().ok());
        filed.undated = true;
        assert_eq!(times(&filed).from, None);
    }
}
