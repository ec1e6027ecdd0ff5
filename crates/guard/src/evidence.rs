//! Evidence: a cited text, as numbered in a prompt. The model sees `[n]` and the text, never an address.

use kernel::ids::{ArticleId, DocumentId, VersionId};
use serde::{Deserialize, Serialize};

/// One passage an answer may rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its number in the prompt and in the answer, from 1.
    pub n: u32,
    /// The article it is.
    pub article_id: ArticleId,
    /// The version of the document it was read from.
    pub version_id: VersionId,
    /// The document.
    pub document_id: DocumentId,
    /// The document's title.
    pub document: String,
    /// The article's label, such as 第三十九条.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The article's text.
    pub text: String,
    /// Whether it is in force at the date asked.
    pub in_force: bool,
}
