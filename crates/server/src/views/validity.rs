//! Views of what changes: timelines, differences, references between articles, conflicts, freshness and gaps.

use knowledge::validity::Replacement;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::run::word;

/// A document by name; without an id where it is not loaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplacementView {
    /// Its id.
    pub document_id: Option<String>,
    /// Its title.
    pub title: String,
}

impl From<&Replacement> for ReplacementView {
    fn from(other: &Replacement) -> Self {
        Self { document_id: other.document_id.as_ref().map(ToString::to_string), title: other.title.clone() }
    }
}

/// A version in a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineItemView {
    /// Its document.
    pub document_id: String,
    /// The version.
    pub version_id: Option<String>,
    /// Its title.
    pub title: String,
    /// `in_force`, `amended`, `repealed`, `not_yet_in_force` or `unknown`.
    pub status: String,
    /// The first day it applies, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The first day it no longer applies.
    pub until: Option<String>,
    /// What ended it or will end it.
    pub why: Option<String>,
    /// Whether it is the one in force today.
    pub current: bool,
}

/// When the versions of a document apply.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineView {
    /// Its title.
    pub title: String,
    /// Today, `YYYY-MM-DD`.
    pub today: String,
    /// Its versions, by the day from which they apply.
    pub items: Vec<TimelineItemView>,
    /// What took its place as a whole.
    pub replaced_by: Option<ReplacementView>,
    /// What it repeals as a whole.
    pub replaces: Vec<ReplacementView>,
}

impl From<knowledge::Timeline> for TimelineView {
    fn from(timeline: knowledge::Timeline) -> Self {
        let item = |item: knowledge::TimelineItem| TimelineItemView {
            document_id: item.document_id.to_string(),
            version_id: Some(item.version_id.to_string()),
            title: item.title,
            status: word(&item.status),
            from: item.from.map(|day| day.to_string()),
            until: item.until.map(|day| day.to_string()),
            why: item.why,
            current: item.current,
        };
        Self {
            title: timeline.title,
            today: timeline.today.to_string(),
            items: timeline.items.into_iter().map(item).collect(),
            replaced_by: timeline.replaced_by.as_ref().map(Into::into),
            replaces: timeline.replaces.iter().map(Into::into).collect(),
        }
    }
}

/// A version by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceVersionView {
    /// Its id.
    pub id: String,
    /// Its document.
    pub document_id: String,
    /// Its title.
    pub title: String,
    /// Its number, from 1.
    pub number: i32,
    /// When it came in.
    pub imported_at: String,
}

impl From<knowledge::VersionRef> for DifferenceVersionView {
    fn from(version: knowledge::VersionRef) -> Self {
        Self {
            id: version.id.to_string(),
            document_id: version.document_id.to_string(),
            title: version.title,
            number: version.number,
            imported_at: version.imported_at.to_string(),
        }
    }
}

/// How many articles stayed, changed, came and went.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceCountsView {
    /// With the same words.
    pub same: usize,
    /// With other words.
    pub changed: usize,
    /// New.
    pub added: usize,
    /// Gone.
    pub removed: usize,
}

/// An article on one side.
#[derive(Debug, Serialize, ToSchema)]
pub struct SideView {
    /// The article.
    pub article_id: String,
    /// Its label in this version.
    pub label: String,
    /// Its text.
    pub text: String,
}

impl From<knowledge::Side> for SideView {
    fn from(side: knowledge::Side) -> Self {
        Self { article_id: side.article_id.to_string(), label: side.label, text: side.text }
    }
}

/// Words that stayed, came or went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextSpanView {
    /// `equal`, `insert` or `delete`.
    pub op: String,
    /// The words.
    pub text: String,
}

/// An article of a difference.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceItemView {
    /// `same`, `changed`, `added` or `removed`.
    pub kind: String,
    /// Its label, the newer one where there is one.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The older text.
    pub left: Option<SideView>,
    /// The newer text.
    pub right: Option<SideView>,
    /// For a changed article, its words in order.
    pub spans: Vec<TextSpanView>,
}

/// The difference of two versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    /// The older version.
    pub from: DifferenceVersionView,
    /// The newer version.
    pub to: DifferenceVersionView,
    /// How many articles stayed, changed, came and went.
    pub counts: DifferenceCountsView,
    /// The articles, in the order of the newer version.
    pub items: Vec<DifferenceItemView>,
}

impl From<knowledge::Difference> for DifferenceView {
    fn from(difference: knowledge::Difference) -> Self {
        use knowledge::Change::{Added, Changed, Removed, Same};
        let item = |item: knowledge::DifferenceItem| DifferenceItemView {
            kind: word(&item.kind),
            label: item.label,
            path: item.path,
            left: item.left.map(Into::into),
            right: item.right.map(Into::into),
            spans: item.spans.into_iter().map(|span| TextSpanView { op: word(&span.op), text: span.text }).collect(),
        };
        Self {
            counts: DifferenceCountsView {
                same: difference.count(Same),
                changed: difference.count(Changed),
                added: difference.count(Added),
                removed: difference.count(Removed),
            },
            from: difference.from.into(),
            to: difference.to.into(),
            items: difference.items.into_iter().map(item).collect(),
        }
    }
}

/// An article that cites another, or that is cited.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReferenceView {
    /// The article; `null` where a document as a whole is meant or where it is not loaded.
    pub article_id: Option<String>,
    /// Its document; `null` where it is not loaded.
    pub document_id: Option<String>,
    /// The document's title.
    pub document: String,
    /// The article's label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The sentence with the reference.
    pub excerpt: String,
    /// `cites`, `repeals`, `amends` or `based_on`.
    pub kind: String,
}

impl From<knowledge::ReferenceItem> for ReferenceView {
    fn from(item: knowledge::ReferenceItem) -> Self {
        Self {
            article_id: item.article_id.map(|id| id.to_string()),
            document_id: item.document_id.map(|id| id.to_string()),
            document: item.document,
            label: item.label,
            path: item.path,
            excerpt: item.excerpt,
            kind: word(&item.kind),
        }
    }
}

/// An article that says something else on the same matter.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictView {
    /// The other article.
    pub article_id: String,
    /// Its document.
    pub document_id: String,
    /// The document's title.
    pub document: String,
    /// Its label.
    pub label: String,
    /// The sentence that differs.
    pub text: String,
    /// The sentence of this article.
    pub own_text: String,
    /// `higher_authority`, `newer` or `special`.
    pub rule: String,
    /// `this` or `other`.
    pub prevails: String,
    /// The rule in words.
    pub why: String,
}

impl From<knowledge::Conflict> for ConflictView {
    fn from(conflict: knowledge::Conflict) -> Self {
        Self {
            article_id: conflict.article_id.to_string(),
            document_id: conflict.document_id.to_string(),
            document: conflict.document,
            label: conflict.label,
            text: conflict.text,
            own_text: conflict.own_text,
            rule: word(&conflict.rule),
            prevails: word(&conflict.prevails),
            why: conflict.why,
        }
    }
}

/// A document that ends, or that has no date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreshnessDocumentView {
    /// The document.
    pub document_id: String,
    /// Its title.
    pub title: String,
    /// The first day without it, `YYYY-MM-DD`.
    pub until: Option<String>,
}

impl From<knowledge::Ended> for FreshnessDocumentView {
    fn from(ended: knowledge::Ended) -> Self {
        Self {
            document_id: ended.document_id.to_string(),
            title: ended.title,
            until: ended.until.map(|day| day.to_string()),
        }
    }
}

/// How fresh a collection is today.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreshnessView {
    /// How many documents it has.
    pub documents: u64,
    /// With a version in force.
    pub in_force: u64,
    /// Only coming into force.
    pub not_yet: u64,
    /// Versions whose place a newer one took.
    pub superseded: u64,
    /// Repealed by another document.
    pub repealed: u64,
    /// Past their own term.
    pub expired: u64,
    /// Without a known date.
    pub unknown: u64,
    /// Ending within half a year.
    pub expiring: Vec<FreshnessDocumentView>,
    /// When the document came in that was not renewed for longest.
    pub oldest_import: Option<String>,
    /// When one last came in.
    pub newest_import: Option<String>,
    /// Documents without a date.
    pub without_dates: Vec<FreshnessDocumentView>,
}

impl From<knowledge::Freshness> for FreshnessView {
    fn from(found: knowledge::Freshness) -> Self {
        Self {
            documents: found.documents,
            in_force: found.in_force,
            not_yet: found.not_yet,
            superseded: found.superseded,
            repealed: found.repealed,
            expired: found.expired,
            unknown: found.unknown,
            expiring: found.expiring.into_iter().map(Into::into).collect(),
            oldest_import: found.oldest_import.map(|at| at.to_string()),
            newest_import: found.newest_import.map(|at| at.to_string()),
            without_dates: found.without_dates.into_iter().map(Into::into).collect(),
        }
    }
}

/// A question that found nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapView {
    /// Its words; persons are placeholders.
    pub question: String,
    /// How often it was asked.
    pub count: i64,
    /// When it was asked last.
    pub last_at: String,
}

impl From<knowledge::GapQuestion> for GapView {
    fn from(gap: knowledge::GapQuestion) -> Self {
        Self { question: gap.question, count: gap.count, last_at: gap.last_at.to_string() }
    }
}
