//! What a search asks for and what it gives back.

use kernel::ids::{ArticleId, CollectionId, DocumentId, VersionId};
use kernel::text::Span;
use kernel::{DataLevel, Date, Region};
use serde::{Deserialize, Serialize};

use crate::confidence::Signs;
use crate::validity::Validity;

/// How to search: where, how much, as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrieval {
    /// The collections to search. Empty means every collection that the permit reaches.
    pub collections: Vec<CollectionId>,
    /// How many passages at most.
    pub top: usize,
    /// The date whose law counts; `None` means today, from `cx.now()`.
    pub as_of: Option<Date>,
    /// Only what applies in this region (its own rules and those of the regions above it); `None` means anywhere.
    pub region: Option<Region>,
    /// Whether to name examples of what the filters kept out.
    pub explain: bool,
    /// Whether to search by words only, without vectors.
    pub words_only: bool,
}

impl Retrieval {
    /// The best `top` passages of `collections` in force today.
    #[must_use]
    pub fn of(collections: Vec<CollectionId>, top: usize) -> Self {
        Self { collections, top, as_of: None, region: None, explain: false, words_only: false }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The passages, best first.
    pub passages: Vec<Passage>,
    /// How many passages a filter removed before ranking, by reason, among those that match the question's words.
    pub filtered: Vec<Filtered>,
    /// What the asker should know beside the passages, such as that a law was repealed and by which.
    pub notices: Vec<Notice>,
    /// How sure it is that the passages answer the question, from 0 to 1.
    pub confidence: f32,
    /// What `confidence` rests on.
    pub signs: Signs,
    /// Whether `confidence` reaches the calibrated line. Below it there is no basis for an answer.
    pub has_basis: bool,
    /// How it searched.
    pub mode: Mode,
    /// Why it searched by words only.
    pub why: Option<WordsOnly>,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

impl Found {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.passages.is_empty()
    }
}

/// How a search was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By words and by vectors.
    Hybrid,
    /// By words only.
    WordsOnly,
}

/// Why a search was by words only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordsOnly {
    /// It was asked for.
    Asked,
    /// The articles wait for vectors of the present model.
    VectorsMissing,
    /// The model knows none of the question's words.
    UnknownWords,
    /// The endpoint that makes the vectors of this collection does not answer.
    EndpointDown,
}

/// One found article, with all that a citation needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passage {
    /// The article.
    pub article_id: ArticleId,
    /// The version of the document that was in force.
    pub version_id: VersionId,
    /// The document.
    pub document_id: DocumentId,
    /// The collection.
    pub collection_id: CollectionId,
    /// The id that the importer gave the article, when it gave one.
    pub source_id: Option<String>,
    /// The document's title.
    pub document: String,
    /// The article's label, such as 第三十九条.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The article's text.
    pub text: String,
    /// Its whole score.
    pub score: f32,
    /// Its rank among the best by words, from 1; `None` when it is not among them.
    pub rank_words: Option<u32>,
    /// Its rank among the nearest by vector, from 1; `None` when it is not among them.
    pub rank_vector: Option<u32>,
    /// What the score is made of.
    pub parts: Parts,
    /// Whether it is in force, since when and until when.
    pub validity: Validity,
    /// Its data level.
    pub level: DataLevel,
    /// The sentences that answer, best first. Spans count characters of `text`.
    pub best: Vec<Quote>,
}

/// What a score is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Parts {
    /// Words and character pairs of the headings and the text.
    pub words: f32,
    /// The cosine of the vectors of question and article.
    pub vector: f32,
    /// Words of the document's title.
    pub title: f32,
    /// What the best articles of the same document lend.
    pub context: f32,
    /// The question names this article, or this law.
    pub reference: f32,
    /// The factor for the document's level of authority (法律 before 规范性文件).
    pub authority: f32,
}

/// A span of a passage that answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quote {
    /// The characters of the passage's text.
    pub span: Span,
    /// How well it answers, from 0 to 1.
    pub score: f32,
}

/// Why passages were kept out before ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterReason {
    /// Not yet in force at the date asked.
    NotYetInForce,
    /// A newer version of the same document was in force.
    Superseded,
    /// Repealed by another document, or expired.
    Repealed,
    /// Another region's rule.
    Region,
}

/// How many passages one filter removed.
///
/// There is no entry for the data level: that something exists above one's level is itself above one's level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filtered {
    /// Why.
    pub reason: FilterReason,
    /// How many.
    pub count: usize,
    /// The best of them, when the search was asked to explain itself.
    pub examples: Vec<Example>,
}

/// A passage that a filter kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The document.
    pub document_id: DocumentId,
    /// The document's title.
    pub document: String,
    /// The article's label.
    pub label: String,
    /// What holds for it at the date asked: its note says why it was kept out.
    pub validity: Validity,
    /// Where it applies.
    pub region: Region,
}

/// Something the asker should know beside the passages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// The question names a law that is no longer in force.
    Repealed {
        /// The law that was named.
        law: String,
        /// The articles that were named with it, such as 第五十二条.
        labels: Vec<String>,
        /// What took its place, when it is known.
        by: Option<String>,
        /// The document that took its place, where it is loaded.
        by_document: Option<DocumentId>,
        /// Since when.
        since: Option<Date>,
        /// The article that says so.
        article_id: Option<ArticleId>,
        /// Articles of what took its place that are worded most like the ones that were named.
        suggestions: Vec<Suggestion>,
    },
    /// The question names an article that another document repealed, while the rest of its law stays.
    ArticleRepealed {
        /// The law.
        law: String,
        /// The label.
        label: String,
        /// The document that says so.
        by: String,
        /// Since when.
        since: Option<Date>,
        /// The article that says so.
        article_id: ArticleId,
    },
    /// The question names a law that is not in force yet.
    NotYetInForce {
        /// The law that was named.
        law: String,
        /// From when it applies.
        from: Option<Date>,
    },
    /// The question names an article that its law does not have.
    NoSuchArticle {
        /// The law.
        law: String,
        /// The label, such as 第九百条.
        label: String,
    },
}

/// An article that seems to regulate what an article that is gone did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The article.
    pub article_id: ArticleId,
    /// Its document.
    pub document_id: DocumentId,
    /// The document's title.
    pub document: String,
    /// Its label.
    pub label: String,
    /// The label of the article that is gone.
    pub instead_of: String,
}
