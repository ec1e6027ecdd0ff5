//! Views of corrections, switches, scores and feedback.

use assistant::corrections::Correction;
use assistant::feedback::Complaint;
use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::run::RunView;

/// An article that a correction rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectedArticleView {
    /// The number of its marks.
    pub n: u32,
    /// The article.
    pub article_id: String,
    /// The version it was read from.
    pub version_id: String,
    /// The document.
    pub document_id: String,
    /// The document's title.
    pub document: String,
    /// The article's label.
    pub label: String,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectionView {
    /// Which.
    pub id: String,
    /// The question as stored.
    pub question: String,
    /// What was answered.
    pub wrong: String,
    /// What is right.
    pub right: String,
    /// The articles that say so.
    pub articles: Vec<CorrectedArticleView>,
    /// The scenario it is for.
    pub scenario: Option<String>,
    /// The highest level in it.
    pub level: String,
    /// The last day it holds.
    pub valid_until: Option<String>,
    /// Whether it never grows stale.
    pub never_stale: bool,
    /// Whether it holds today: not expired and not stale.
    pub fresh: bool,
    /// `active`, `in_review` or `retired`.
    pub state: String,
    /// Why, as a code.
    pub why: Option<String>,
    /// Where it came from, such as `review:rev_…`.
    pub origin: String,
    /// When it was made.
    pub made_at: String,
    /// When somebody last confirmed it.
    pub confirmed_at: String,
    /// How often it steered an answer.
    pub hits: i64,
    /// How often a question came close and not close enough.
    pub misses: i64,
    /// How often it was not used because it had expired or grown stale.
    pub expired: i64,
    /// When it last steered an answer.
    pub last_hit_at: Option<String>,
}

impl CorrectionView {
    /// The view of a correction at this time.
    #[must_use]
    pub fn of(found: &Correction, now: Timestamp) -> Self {
        let article = |one: &assistant::corrections::CorrectedArticle| CorrectedArticleView {
            n: one.n,
            article_id: one.article_id.to_string(),
            version_id: one.version_id.to_string(),
            document_id: one.document_id.to_string(),
            document: one.document.clone(),
            label: one.label.clone(),
        };
        Self {
            id: found.id.to_string(),
            question: found.question.clone(),
            wrong: found.wrong.clone(),
            right: found.right.clone(),
            articles: found.articles.iter().map(article).collect(),
            scenario: found.scenario.as_ref().map(ToString::to_string),
            level: found.level.to_string(),
            valid_until: found.valid_until.map(|day| day.to_string()),
            never_stale: found.never_stale,
            fresh: found.is_fresh(now),
            state: found.state.as_str().to_owned(),
            why: found.why.clone(),
            origin: found.origin.clone(),
            made_at: found.made_at.to_string(),
            confirmed_at: found.confirmed_at.to_string(),
            hits: found.hits,
            misses: found.misses,
            expired: found.expired,
            last_hit_at: found.last_hit_at.map(|at| at.to_string()),
        }
    }
}

/// A switch.
#[derive(Debug, Serialize, ToSchema)]
pub struct SwitchView {
    /// `scenario:ID`, `channel:NAME` or `model:ID`.
    pub target: String,
    /// Its Chinese title; empty for a channel.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// Whether it is off.
    pub off: bool,
    /// Why it was last switched.
    pub reason: Option<String>,
    /// What users read.
    pub notice: Option<String>,
    /// Who switched it last.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// Whether a probe did.
    pub by_probe: bool,
}

/// An answer with what the caller said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoredView {
    /// The answer, as its asker sees it.
    pub run: RunView,
    /// The score, shaped as it was given.
    #[schema(value_type = Option<Object>)]
    pub score: Option<serde_json::Value>,
}

/// What an asker said of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintView {
    /// The cursor of what follows.
    pub cursor: i64,
    /// The run.
    pub run_id: String,
    /// The scenario.
    pub scenario: String,
    /// The question as stored.
    pub question: String,
    /// What was answered.
    pub answer: String,
    /// The cited articles, by their numbers.
    pub articles: Vec<CorrectedArticleView>,
    /// `up` or `down`.
    pub rating: String,
    /// Codes of reasons.
    pub reasons: Vec<String>,
    /// In the asker's words; personal data replaced.
    pub comment: Option<String>,
    /// Whether it solved the matter, where the asker said so.
    pub solved: Option<bool>,
    /// When.
    pub at: String,
}

impl ComplaintView {
    /// The view of what an asker said.
    #[must_use]
    pub fn of(found: Complaint) -> Self {
        let article = |one: &assistant::Citation| CorrectedArticleView {
            n: one.n,
            article_id: one.article_id.to_string(),
            version_id: one.version_id.to_string(),
            document_id: one.document_id.to_string(),
            document: one.document.clone(),
            label: one.label.clone(),
        };
        Self {
            cursor: found.at.as_millis(),
            run_id: found.run.id.to_string(),
            scenario: found.run.scenario.to_string(),
            question: found.run.question.clone(),
            articles: found.run.citations.iter().map(article).collect(),
            answer: found.run.answer,
            rating: found.rating,
            reasons: found.reasons,
            comment: found.comment,
            solved: found.solved,
            at: found.at.to_string(),
        }
    }
}
