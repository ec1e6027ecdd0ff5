//! The structured document: what every format becomes, and what an article of it is.

use kernel::text::Span;
use serde::{Deserialize, Serialize};

use crate::detect::Format;
use crate::metadata::Metadata;

/// A document as read: its text once, and the articles that point into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What the bytes are, whatever the file name says.
    pub format: Format,
    /// The title; empty when none was found.
    pub title: String,
    /// What is known about the document besides its text, in the order found.
    pub metadata: Metadata,
    /// The whole text: one paragraph per line, table rows as lines with tabs between cells.
    pub text: String,
    /// The citable parts, in order.
    pub articles: Vec<Article>,
    /// Tables as rows of cells; a merged cell's text stands in each place it covers.
    pub tables: Vec<Vec<Vec<String>>>,
    /// The number of pages, or 1 for a format without pages.
    pub pages: u32,
    /// Where the text of each page begins in `text`, in bytes, the first at 0.
    #[serde(default)]
    pub page_starts: Vec<usize>,
}

impl Document {
    /// The text of a page, from 1; empty for a page without text and for one that is not there.
    #[must_use]
    pub fn page_text(&self, page: u32) -> &str {
        let at = |page: u32| usize::try_from(page).ok().and_then(|page| self.page_starts.get(page).copied());
        let Some(start) = page.checked_sub(1).and_then(at) else { return "" };
        self.text.get(start..at(page).unwrap_or(self.text.len())).unwrap_or_default().trim_end()
    }

    /// An empty document of a format, for input that could not be read.
    #[must_use]
    pub fn empty(format: Format) -> Self {
        Self {
            format,
            title: String::new(),
            metadata: Metadata::default(),
            text: String::new(),
            articles: Vec::new(),
            tables: Vec::new(),
            pages: 0,
            page_starts: Vec::new(),
        }
    }
}

/// A citable part of a document (条, or a numbered part of a policy document).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// What a citation shows: `第三十九条`, `一、（二）完善服务网络`, `第3段`. Unique in its document.
    pub label: String,
    /// The headings above it, outermost first: `第一编 总则`, `第二章 自然人`.
    pub path: Vec<String>,
    /// The wording, its own number `第…条` left out; paragraphs (款) and items (项) on lines of their own.
    pub text: String,
    /// Where `text` stands in the document's text, in characters: `slice(document.text, span) == text`.
    pub span: Span,
    /// What kind of part it is.
    pub kind: ArticleKind,
    /// The page it starts on, from 1; 1 for formats without pages.
    pub page: u32,
}

/// What kind of part of a document an [`Article`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleKind {
    /// 条: an article of a law, regulation or set of rules.
    Article,
    /// 附件、附录: an annex without numbered parts.
    Annex,
    /// Some paragraphs of a document without numbered parts.
    Paragraphs,
    /// 序言、引言: what stands before the first numbered part.
    Preamble,
    /// 一、（一）1.: a numbered part of a policy document, or a list item of a decision.
    Section,
}
