//! Views of collections, documents, articles, searches, jobs.

use knowledge::{Collection, Example, FilterReason, Filtered, Passage};
use serde::{Deserialize, Serialize};
use store::Job;
use utoipa::ToSchema;

use crate::views::common::Named;
use crate::views::run::{NoticeView, ValidityView, word};

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `public`, `internal` or `sensitive`.
    pub level: String,
    /// The division code of where it applies.
    pub region: String,
    /// Who owns it.
    pub department: Option<Named>,
    /// The embedding endpoint that makes its vectors; our own model when null.
    pub embedding: Option<String>,
    /// How many documents it has.
    pub documents: u64,
    /// How many articles they have.
    pub articles: u64,
    /// When something in it last changed.
    pub updated_at: String,
}

impl CollectionView {
    /// The view of a collection; `department` is its owner by name.
    #[must_use]
    pub fn of(collection: Collection, department: Option<Named>) -> Self {
        Self {
            id: collection.id.to_string(),
            name: collection.name,
            description: collection.description,
            level: collection.level.to_string(),
            region: collection.region.to_string(),
            department,
            embedding: collection.embedding,
            documents: collection.documents,
            articles: collection.articles,
            updated_at: collection.updated_at.to_string(),
        }
    }
}

/// An embedding endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which model it runs.
    pub model: String,
    /// Whether it answered when it was asked last.
    pub is_up: bool,
}

impl From<knowledge::EndpointStatus> for EmbeddingView {
    fn from(status: knowledge::EndpointStatus) -> Self {
        Self { id: status.id, name: status.name, model: status.model, is_up: status.is_up }
    }
}

/// A question with an article that answers it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrainingPairView {
    /// The question.
    pub query: String,
    /// The text of the article.
    pub positive: String,
    /// The article.
    pub article_id: String,
    /// Its label.
    pub label: String,
    /// When it was marked.
    pub marked_at: String,
}

impl From<knowledge::TrainingPair> for TrainingPairView {
    fn from(pair: knowledge::TrainingPair) -> Self {
        Self {
            query: pair.query,
            positive: pair.positive,
            article_id: pair.article_id.to_string(),
            label: pair.label,
            marked_at: pair.marked_at.to_string(),
        }
    }
}

/// What is wrong with a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefectView {
    /// The stable code.
    pub code: String,
    /// What is wrong, in English.
    pub message: String,
    /// On which page.
    pub page: Option<u32>,
}

impl From<documents::Defect> for DefectView {
    fn from(defect: documents::Defect) -> Self {
        Self { code: defect.code.as_str().to_owned(), message: defect.message, page: defect.page }
    }
}

/// A document in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentRowView {
    /// Its id.
    pub id: String,
    /// Its collection.
    pub collection: String,
    /// Its title.
    pub title: String,
    /// The format of its file.
    pub format: String,
    /// `importing`, `ready`, `failed` or `removed`.
    pub state: String,
    /// Whether it is in force today.
    pub validity: ValidityView,
    /// Its level of authority, such as 法律.
    pub authority: Option<String>,
    /// 发文字号.
    pub doc_number: Option<String>,
    /// 发文机关.
    pub issuer: Option<String>,
    /// The number of its newest version.
    pub version: i32,
    /// How many articles it has.
    pub articles: i32,
    /// The size of its file.
    pub size_bytes: i64,
    /// When it last came in.
    pub imported_at: String,
    /// Who brought it.
    pub imported_by: String,
    /// What is wrong with it.
    pub defects: Vec<DefectView>,
}

impl From<knowledge::DocumentSummary> for DocumentRowView {
    fn from(document: knowledge::DocumentSummary) -> Self {
        let text = |value: &serde_json::Value, key: &str| {
            value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
        };
        let page = |value: &serde_json::Value| value.get("page")?.as_u64().and_then(|page| u32::try_from(page).ok());
        let defects = document.defects.as_array().into_iter().flatten().map(|defect| DefectView {
            code: text(defect, "code"),
            message: text(defect, "message"),
            page: page(defect),
        });
        Self {
            defects: defects.collect(),
            id: document.id.to_string(),
            collection: document.collection_id.to_string(),
            title: document.title,
            format: document.format,
            state: word(&document.state),
            validity: (&document.validity).into(),
            authority: document.authority,
            doc_number: document.doc_number,
            issuer: document.issuer,
            version: document.version,
            articles: document.articles,
            size_bytes: document.size_bytes,
            imported_at: document.imported_at.to_string(),
            imported_by: document.imported_by,
        }
    }
}

/// A version of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// Its id.
    pub id: String,
    /// Its number, from 1.
    pub number: i32,
    /// Its title.
    pub title: String,
    /// Whether it is the one in force today.
    pub current: bool,
    /// When it applies.
    pub validity: ValidityView,
    /// How many articles it has.
    pub articles: i32,
    /// When it came in.
    pub imported_at: String,
}

/// A document with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// The document.
    #[serde(flatten)]
    pub document: DocumentRowView,
    /// Its versions, the newest first.
    pub versions: Vec<VersionView>,
    /// What is known about it besides its text.
    #[schema(value_type = Object)]
    pub metadata: serde_json::Value,
}

impl From<knowledge::DocumentView> for DocumentView {
    fn from(view: knowledge::DocumentView) -> Self {
        let versions = view.versions.into_iter().map(|version| VersionView {
            id: version.id.to_string(),
            number: version.number,
            title: version.title,
            current: version.current,
            validity: (&version.validity).into(),
            articles: version.articles,
            imported_at: version.imported_at.to_string(),
        });
        Self { versions: versions.collect(), document: view.summary.into(), metadata: view.metadata }
    }
}

/// An article in an outline.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleItemView {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
}

/// An article by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleRefView {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
}

/// The document of an article.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleDocumentView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its collection.
    pub collection: String,
    /// Whether the version shown is in force today.
    pub validity: ValidityView,
}

/// An article as one reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleView {
    /// Its id.
    pub id: String,
    /// The version it is shown in.
    pub version_id: String,
    /// Its document.
    pub document: ArticleDocumentView,
    /// Its label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
    /// The article before it.
    pub previous: Option<ArticleRefView>,
    /// The article after it.
    pub next: Option<ArticleRefView>,
}

impl From<knowledge::ArticleView> for ArticleView {
    fn from(view: knowledge::ArticleView) -> Self {
        let reference =
            |article: knowledge::ArticleRef| ArticleRefView { id: article.id.to_string(), label: article.label };
        Self {
            id: view.id.to_string(),
            version_id: view.version_id.to_string(),
            document: ArticleDocumentView {
                id: view.document.id.to_string(),
                title: view.document.title,
                collection: view.document.collection.to_string(),
                validity: (&view.document.validity).into(),
            },
            label: view.label,
            path: view.path,
            text: view.text,
            previous: view.previous.map(reference),
            next: view.next.map(reference),
        }
    }
}

/// An upload that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedView {
    /// The document.
    pub document_id: String,
    /// The job that imports it.
    pub job_id: String,
    /// Whether the collection has these very bytes already.
    pub duplicate: bool,
}

/// Why a job failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobErrorView {
    /// The stable code.
    pub code: String,
    /// What happened, in English.
    pub message: String,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    /// Its id.
    pub id: String,
    /// What kind of work.
    pub kind: String,
    /// `queued`, `running`, `succeeded` or `failed`.
    pub state: String,
    /// From 0 to 1.
    pub progress: f64,
    /// What it is at.
    pub note: String,
    /// Pages read so far, and all of them; `null` where there are no pages, or nothing is known yet.
    pub pages: Option<JobPagesView>,
    /// What was found wrong with the file so far.
    pub defects: Vec<DefectView>,
    /// Why it failed.
    pub error: Option<JobErrorView>,
    /// When it was made.
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// How many pages were read.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct JobPagesView {
    /// So many are read.
    pub done: u32,
    /// Of so many.
    pub total: u32,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        // While an import runs, its result is what came out of it so far.
        let found = |key: &str| job.result.as_ref().and_then(|result| result.get(key)).cloned().unwrap_or_default();
        let defects: Vec<documents::Defect> = serde_json::from_value(found("defects")).unwrap_or_default();
        Self {
            pages: serde_json::from_value(found("pages")).ok().flatten(),
            defects: defects.into_iter().map(Into::into).collect(),
            id: job.id.to_string(),
            kind: job.kind,
            state: job.state.as_str().to_owned(),
            progress: job.progress,
            note: job.note,
            error: job.error.map(|error| JobErrorView { code: error.code, message: error.message }),
            created_at: job.created_at.to_string(),
            finished_at: job.finished_at.map(|at| at.to_string()),
        }
    }
}

/// A found article.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitView {
    /// The article.
    pub article_id: String,
    /// The id its importer gave it.
    #[schema(value_type = Option<String>)]
    pub source_id: Option<serde_json::Value>,
    /// Its document.
    pub document_id: String,
    /// The document's title.
    pub document: String,
    /// Its label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// Its score.
    pub score: f32,
    /// Its text.
    pub text: String,
    /// Whether it is in force at the date asked.
    pub validity: ValidityView,
    /// What the score is made of.
    #[schema(value_type = Object)]
    pub parts: serde_json::Value,
    /// Its rank among the best by words, from 1.
    pub rank_words: Option<u32>,
    /// Its rank among the nearest by vector, from 1.
    pub rank_vector: Option<u32>,
}

impl From<Passage> for HitView {
    fn from(passage: Passage) -> Self {
        Self {
            article_id: passage.article_id.to_string(),
            source_id: passage.source_id.map(|id| source_id(&id)),
            document_id: passage.document_id.to_string(),
            document: passage.document,
            label: passage.label,
            path: passage.path,
            score: passage.score,
            text: passage.text,
            validity: (&passage.validity).into(),
            parts: serde_json::to_value(passage.parts).unwrap_or_default(),
            rank_words: passage.rank_words,
            rank_vector: passage.rank_vector,
        }
    }
}

/// The imported id as it was given: a number stays a number.
#[must_use]
pub fn source_id(text: &str) -> serde_json::Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => number.into(),
        _ => text.into(),
    }
}

/// What a filter kept out.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilteredView {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: usize,
    /// The best of them, when the search was asked to explain itself.
    pub examples: Vec<ExampleView>,
}

/// An article that a filter kept out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExampleView {
    /// Its document.
    pub document_id: String,
    /// The document's title.
    pub document: String,
    /// Its label.
    pub label: String,
    /// What ended it or when it begins, in words; for a region, the region where it applies.
    pub why: String,
}

impl From<Filtered> for FilteredView {
    fn from(filtered: Filtered) -> Self {
        let is_elsewhere = filtered.reason == FilterReason::Region;
        let example = |example: Example| ExampleView {
            document_id: example.document_id.to_string(),
            document: example.document,
            label: example.label,
            why: match example.validity.note {
                Some(note) if !is_elsewhere => note,
                _ => example.region.to_string(),
            },
        };
        let reason = word(&filtered.reason);
        Self { reason, count: filtered.count, examples: filtered.examples.into_iter().map(example).collect() }
    }
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundView {
    /// The articles, best first.
    pub hits: Vec<HitView>,
    /// What filters kept out before ranking.
    pub filtered: Vec<FilteredView>,
    /// What is to be known about the laws that the query names, such as that one was repealed and by which.
    pub notices: Vec<NoticeView>,
    /// How sure it is that they answer, 0 to 1.
    pub confidence: f32,
    /// Whether that is enough for an answer.
    pub has_basis: bool,
    /// `hybrid` (words and vectors) or `words_only`.
    pub mode: String,
    /// Why by words only: `asked`, `vectors_missing`, `unknown_words` or `endpoint_down`.
    pub why: Option<String>,
    /// Milliseconds it took.
    pub took_ms: f64,
}
