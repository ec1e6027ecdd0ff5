//! What can go wrong in the knowledge layer, as a caller can act on it.

use kernel::{Fault, Kind};

/// An error of the knowledge layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such collection, or not for this actor.
    #[error("there is no collection `{0}`")]
    CollectionNotFound(String),
    /// The id is taken.
    #[error("there is already a collection `{0}`")]
    CollectionExists(String),
    /// A collection needs a name of 1 to 80 characters.
    #[error("the name of a collection has 1 to 80 characters")]
    BadName,
    /// There is no such document, or not for this actor.
    #[error("there is no document `{0}`")]
    DocumentNotFound(String),
    /// There is no such article, or not for this actor.
    #[error("there is no article `{0}`")]
    ArticleNotFound(String),
    /// There is no such version of this document.
    #[error("there is no version `{0}`")]
    VersionNotFound(String),
    /// The file has nothing in it.
    #[error("the file `{0}` is empty")]
    EmptyFile(String),
    /// The file could not be read as a document.
    #[error("`{name}` cannot be read: {why}")]
    Unreadable {
        /// The file's name.
        name: String,
        /// What the reader said.
        why: String,
    },
    /// The document has a defect that leaves nothing to import.
    #[error(transparent)]
    Defective(documents::Defect),
    /// A line of a JSON Lines file is not an article.
    #[error("line {line} is not an article: {why}")]
    BadLine {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The document has no file: its articles came line by line.
    #[error("the document `{0}` has no file")]
    NoFile(String),
    /// The cursor was not made by this list.
    #[error("the cursor is not one of this list")]
    BadCursor,
    /// The configuration has no such embedding endpoint.
    #[error("there is no embedding endpoint `{0}`: name it in the configuration under [[knowledge.endpoints]]")]
    NoSuchEndpoint(String),
    /// An embedding endpoint gave no vectors.
    #[error(transparent)]
    Embedding(crate::EmbedFailed),
    /// A collection keeps only so many training pairs.
    #[error("the collection has as many training pairs as are kept")]
    TooManyPairs,
    /// The permit is for something else.
    #[error("the permit does not cover this")]
    WrongPermit,
    /// The permit is of somebody else, or for another action.
    #[error(transparent)]
    Denied(#[from] identity::Denied),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A file of the index is damaged: the index is built again from the store.
    #[error("the search index is damaged: {0}")]
    IndexBroken(&'static str),
    /// The index folder cannot be used.
    #[error("the index folder cannot be used")]
    IndexFolder(#[source] std::io::Error),
    /// A worker thread died.
    #[error("a worker of the knowledge layer stopped")]
    Stopped,
}

/// What the knowledge layer's functions give back.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::CollectionNotFound(_)
            | Self::NoFile(_)
            | Self::DocumentNotFound(_)
            | Self::ArticleNotFound(_)
            | Self::VersionNotFound(_) => Kind::NotFound,
            Self::CollectionExists(_) => Kind::Conflict,
            Self::Embedding(_) => Kind::Unavailable,
            Self::NoSuchEndpoint(_) | Self::TooManyPairs => Kind::Invalid,
            Self::BadName | Self::EmptyFile(_) | Self::Unreadable { .. } | Self::BadLine { .. } | Self::BadCursor => {
                Kind::Invalid
            }
            Self::WrongPermit => Kind::Denied,
            Self::Defective(defect) => defect.kind(),
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
            Self::IndexBroken(_) | Self::IndexFolder(_) => Kind::Unavailable,
            Self::Stopped => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CollectionNotFound(_) => "knowledge.collection_not_found",
            Self::CollectionExists(_) => "knowledge.collection_exists",
            Self::BadName => "knowledge.bad_name",
            Self::DocumentNotFound(_) => "knowledge.document_not_found",
            Self::ArticleNotFound(_) => "knowledge.article_not_found",
            Self::VersionNotFound(_) => "knowledge.version_not_found",
            Self::EmptyFile(_) => "knowledge.empty_file",
            Self::Unreadable { .. } => "knowledge.unreadable",
            Self::BadLine { .. } => "knowledge.bad_line",
            Self::NoFile(_) => "knowledge.no_file",
            Self::BadCursor => "knowledge.bad_cursor",
            Self::TooManyPairs => "knowledge.too_many_pairs",
            Self::NoSuchEndpoint(_) => "knowledge.no_such_endpoint",
            Self::Embedding(_) => "knowledge.endpoint_down",
            Self::WrongPermit => "knowledge.wrong_permit",
            Self::Defective(defect) => defect.code(),
            Self::Denied(denied) => denied.code(),
            Self::Store(error) => error.code(),
            Self::IndexBroken(_) => "knowledge.index_broken",
            Self::IndexFolder(_) => "knowledge.index_folder",
            Self::Stopped => "knowledge.stopped",
        }
    }
}
