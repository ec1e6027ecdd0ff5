//! Knowledge: collections of documents, the articles in them, when each applies, and finding the ones that answer.
//!
//! What it does: imports documents as durable jobs, keeps every version citable, computes what is in force at a
//! date, and ranks articles for a question in plain Chinese with the sentences that answer. What it does not: it
//! writes no answer and calls no model.
//!
//! Invariants: the data level of a permit, the collections, the region and the date filter before ranking; a
//! citation (article id and version id) resolves for ever to the text that was cited; a version becomes visible in
//! one transaction; the index is a cache that follows the store's change log and can be lost.
//!
//! Start reading at [`Knowledge`], then `search`, `import` and [`validity`].

mod authority;
mod catalogue;
mod citing;
mod collection;
mod confidence;
mod conflicts;
mod difference;
pub mod embedding;
mod endpoints;
mod fault;
mod finder;
mod found;
mod gaps;
mod import;
mod index;
mod knowledge;
mod mentions;
mod named;
mod notes;
mod numerals;
mod pages;
mod pairs;
mod publish;
mod question;
mod quotes;
mod rank;
mod reading;
mod references;
mod regions;
mod removal;
mod search;
mod sentences;
mod tables;
mod timeline;
pub mod validity;
mod words;

pub use authority::Authority;
pub use citing::ReferenceItem;
pub use collection::{Collection, NewCollection, Standing};
pub use confidence::Signs;
pub use conflicts::{Conflict, ConflictRule, Prevails};
pub use difference::{Change, Difference, DifferenceItem, Side, SpanKind, TextSpan, VersionRef};
pub use embedding::Embedding;
pub use endpoints::{EmbedFailed, Embedder, Endpoint, EndpointStatus};
pub use fault::{Error, Result};
pub use found::{
    Example, FilterReason, Filtered, Found, Mode, Notice, Parts, Passage, Quote, Retrieval, Suggestion, WordsOnly,
};
pub use gaps::{Gap, GapQuestion};
pub use import::{Accepted, IMPORT_JOB, ImportFile, Imported, LineImport, Problem};
pub use knowledge::{IndexStatus, Knowledge, Options, ReadDocument};
pub use pages::{PageText, Pages};
pub use pairs::TrainingPair;
pub use publish::facts_of;
pub use quotes::sentences_of;
pub use reading::{
    ArticleItem, ArticleRef, ArticleView, DocumentRef, DocumentState, DocumentSummary, DocumentView, Page, VersionView,
};
pub use references::ReferenceKind;
pub use tables::migrations;
pub use timeline::{Ended, Freshness, Timeline, TimelineItem};
pub use validity::{Replacement, Status, Validity};
