//! Publishing: a document that was read becomes a version, in one transaction, with the ids of unchanged articles kept.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use documents::{Defect, Document};
use kernel::ids::{ArticleId, CollectionId, DocumentId, VersionId};
use kernel::{Actor, Date, Timestamp};
use regex::Regex;
use serde_json::json;
use store::sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use store::{BlobRef, Tx, sm3_hex};

use crate::catalogue::Repeal;
use crate::knowledge::TOPIC;
use crate::references::read_references;
use crate::regions::region_of;
use crate::tables::{articles, collections, documents as document_rows, references, versions};
use crate::validity::{Facts, RepealClause, read_clauses, title_key};
use crate::{Error, Result};

/// Rows of articles in one statement; SQLite takes 32,766 values.
const ROWS: usize = 1000;

/// The last so many articles may say since when and until when a document applies.
const FINAL_ARTICLES: usize = 6;

/// Between the day on which a text is passed and the day on which it is made public lie not more than so many days.
const PASSED_TO_PUBLISHED: i32 = 120;

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
    /// The day on which this version was passed or made public.
    pub(crate) publish_date: Option<Date>,
    /// The same for the first version, where this one is known to amend it.
    pub(crate) first_date: Option<Date>,
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
    pub(crate) fn of(
        document: Document,
        defects: &[Defect],
        name: &str,
        blob: Option<BlobRef>,
        size_bytes: usize,
    ) -> Self {
        let meta = |key: &str| document.metadata.text(key).map(str::to_owned);
        let date = |key: &str| document.metadata.text(key).and_then(|text| text.parse::<Date>().ok());
        // Sources give the day of the first version and put that of this one into the file's name or the history of
        // the law under its title: the last of them is the version's.
        let days = [date("publish_date"), date("passed_date"), date("first_passed_date"), day_in_name(name)];
        Self {
            document: None,
            file_name: name.to_owned(),
            format: format!("{:?}", document.format).to_lowercase(),
            blob,
            size_bytes: size_bytes as u64,
            authority: meta("authority"),
            issuer: meta("issuer"),
            doc_number: meta("doc_number"),
            region: meta("region").or_else(|| {
                let local = region_of(&document.title).or_else(|| region_of(&meta("issuer")?));
                local.map(|region| region.to_string())
            }),
            publish_date: days.iter().flatten().max().copied(),
            first_date: days.iter().flatten().min().copied(),
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

    /// Whether this version changes an earlier one, by the days it is known from.
    fn is_amended(&self) -> bool {
        let since = |first: Date, last: Date| first.until(last).map_or(0, |span| span.get_days());
        self.first_date.zip(self.publish_date).is_some_and(|(first, last)| since(first, last) > PASSED_TO_PUBLISHED)
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
    /// What it repeals, with the place of the article that says so.
    repeals: Vec<(RepealClause, usize)>,
}

fn times(incoming: &Incoming) -> Times {
    let mut times = Times::default();
    let mut stated = None;
    let mut on_publication = false;
    let (mut months, mut to) = (None, None);
    for (at, article) in incoming.articles.iter().enumerate() {
        let clauses = read_clauses(&incoming.title, &article.path, &article.text);
        // A clause that says since when the law applies says since when the others do not, also in later versions.
        let first = incoming.first_date.filter(|_| clauses.effective_on_publication);
        let since = clauses.effective.or(first);
        times.repeals.extend(clauses.repeals.into_iter().map(|mut repeal| {
            repeal.since = repeal.since.or(since);
            (repeal, at)
        }));
        if at + FINAL_ARTICLES >= incoming.articles.len() {
            stated = clauses.effective.or(stated);
            on_publication |= clauses.effective_on_publication;
            months = clauses.valid_months.or(months);
            to = clauses.valid_to.or(to);
        }
    }
    // A law that was amended still says when its first version came into force: of that day and the day on which this
    // version was published the later one counts. A new document may well apply from a day before its publication.
    // A reader that finds 自公布之日起施行 takes the first day it knows, which may be that of the passing.
    let filed = incoming.effective_date.filter(|day| !(on_publication && Some(*day) < incoming.publish_date));
    let stated = filed.or(stated);
    times.from = match (stated, incoming.publish_date) {
        (Some(stated), Some(published)) if incoming.is_amended() => Some(stated.max(published)),
        (stated, published) => stated.or(published),
    };
    if on_publication && stated.is_none() {
        times.from = incoming.publish_date;
    }
    if incoming.undated {
        times.from = None;
    }
    times.expires = match (to, months, times.from) {
        _ if incoming.repealed_date.is_some() => incoming.repealed_date,
        (Some(last), _, _) => last.tomorrow().ok(),
        (None, Some(months), Some(from)) => after_months(from, months),
        _ => None,
    };
    times
}

/// What a document that was read from the file `name` says about its own time, before it is compared with others.
#[must_use]
pub fn facts_of(document: Document, name: &str) -> Facts {
    let incoming = Incoming::of(document, &[], name, None, 0);
    let times = times(&incoming);
    let whole = times.repeals.into_iter().map(|(repeal, _)| repeal).filter(|repeal| repeal.labels.is_empty());
    Facts {
        title: title_key(&incoming.title),
        order: 0,
        from: times.from,
        expires: times.expires,
        repeals: whole.map(|repeal| (repeal.title, repeal.since)).collect(),
    }
}

/// The same day so many months later, or the last one of a month that is shorter.
fn after_months(day: Date, months: u16) -> Option<Date> {
    let months = i32::from(day.year()) * 12 + i32::from(day.month()) - 1 + i32::from(months);
    let (year, month) = (i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12) + 1).ok()?);
    let first = Date::new(year, month, 1).ok()?;
    Date::new(year, month, day.day().min(first.days_in_month())).ok()
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
    let times = times(&incoming);
    let same = match &known {
        // A dated version is the same whenever it comes in; one without a date takes the document back to its text.
        Some(known) if times.from.is_some() => versions::Entity::find()
            .filter(versions::Column::DocumentId.eq(&known.id))
            .filter(versions::Column::Digest.eq(&digest))
            .one(tx)
            .await
            .map_err(store::Error::from)?,
        _ => last.clone().filter(|last| last.digest == digest),
    };
    if let Some(same) = same {
        let document = document_id(&same.document_id)?;
        merge(tx, incoming.document.as_ref(), &document).await?;
        return Ok(Published { document, version: version_id(&same.id)?, new_articles: 0, unchanged: true });
    }

    let document = match &known {
        Some(row) => document_id(&row.id)?,
        None => incoming.document.clone().unwrap_or_else(|| DocumentId::generate(ids)),
    };
    let version = VersionId::generate(ids);
    let ordinal = store.changes().append(tx, TOPIC, version.as_str()).await?;

    let mut kept = kept_ids(tx, last.as_ref()).await?;
    let mut references = Vec::new();
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
    for (place, article) in incoming.articles.iter().enumerate() {
        let same = kept.get_mut(&(article.label.clone(), article.path.clone(), article.text.clone()));
        let id = match same.and_then(VecDeque::pop_front) {
            Some(id) => id,
            None => {
                let id = ArticleId::generate(ids).to_string();
                let here: Vec<RepealClause> = repealed_at(&times, place).cloned().collect();
                let found = read_references(&key, &article.text, &here);
                references.extend((0_i32..).zip(found).map(|(place, one)| references::ActiveModel {
                    article_id: Set(id.clone()),
                    place: Set(place),
                    document_id: Set(document.to_string()),
                    title_key: Set(one.title),
                    label: Set(one.label),
                    kind: Set(one.kind.as_str().to_owned()),
                }));
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
        .filter_map(|(repeal, at)| {
            let article = ArticleId::parse(contents.get(*at)?).ok()?;
            let RepealClause { title, labels, since } = repeal.clone();
            Some(Repeal { title, article, labels, since })
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
    let mut references = references.into_iter();
    loop {
        let part: Vec<references::ActiveModel> = references.by_ref().take(ROWS).collect();
        if part.is_empty() {
            break;
        }
        references::Entity::insert_many(part).exec_without_returning(tx).await.map_err(store::Error::from)?;
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

/// What the article at `place` repeals.
fn repealed_at(times: &Times, place: usize) -> impl Iterator<Item = &RepealClause> {
    times.repeals.iter().filter(move |(_, at)| *at == place).map(|(repeal, _)| repeal)
}

/// The first day of a version. A second version without any date applies from its import: the older one said what held
/// until then.
fn from_date(times: &Times, last: Option<&versions::Model>, now: Timestamp) -> Option<Date> {
    times.from.or_else(|| last.and_then(|last| last.effective_date.as_ref()).map(|_| now.date()))
}

/// The ids of the articles that the document has or had, by what they say: those of the last version first, so that an
/// older text that comes in again is cited as before.
async fn kept_ids(
    tx: &Tx<'_>,
    last: Option<&versions::Model>,
) -> Result<HashMap<(String, String, String), VecDeque<String>>> {
    let mut kept: HashMap<(String, String, String), VecDeque<String>> = HashMap::new();
    let Some(last) = last else { return Ok(kept) };
    let contents: Vec<String> = serde_json::from_str(&last.contents).unwrap_or_default();
    let rows = articles::Entity::find()
        .filter(articles::Column::DocumentId.eq(&last.document_id))
        .order_by_asc(articles::Column::Id)
        .all(tx)
        .await
        .map_err(store::Error::from)?;
    let mut earlier: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut rows: HashMap<String, articles::Model> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    for id in contents.into_iter().chain(earlier.drain(..)) {
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

/// A day in a file's name, as the national database of laws names its versions: `公司法(2018-10-26).md`.
#[expect(clippy::unwrap_used, reason = "the pattern is a constant, tried by the tests of the import of lines")]
static DAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[（(]([0-9]{4}-[0-9]{2}-[0-9]{2})[)）]").unwrap());

/// The day of a version in a file's name.
pub(crate) fn day_in_name(name: &str) -> Option<Date> {
    DAY.captures(name)?.get(1)?.as_str().parse().ok()
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
