//! Documents: bytes in, a structured document out.
//!
//! What it also does: writes answers as files that carry their labels ([`paper`]) and reads labels back ([`label`]).
//! What it does: recognises the format by content, decodes and reads it, finds title and metadata, and splits the
//! text into citable articles — 编章节条款项 of laws, 一、（一）1. of policies, groups of paragraphs otherwise.
//! What it does not: no files, no programs, no sockets, no async, no judgement about validity. Text in pictures and old
//! office files are read with the help of whoever watches ([`Watch`]).
//!
//! Invariants: never panics, bounded in time and memory by [`Limits`]; a bad document gives `(Document, Vec<Defect>)`
//! and not an error; `slice(document.text, article.span) == article.text`.
//!
//! Start reading at [`read`], then `formats` (one file each) and `structure`.

mod dates;
mod defect;
mod detect;
mod document;
mod encoding;
mod extract;
mod flow;
mod formats;
mod head;
pub mod label;
mod layout;
mod limits;
mod metadata;
pub mod numerals;
mod package;
pub mod paper;
mod structure;
mod watch;
mod xml;

pub use defect::{Defect, DefectCode};
pub use detect::Format;
pub use document::{Article, ArticleKind, Document};
pub use extract::{extract_line, is_converted, is_plain, line, read, read_watched};
pub use label::{AigcLabel, LabelReport, check_label};
pub use limits::Limits;
pub use metadata::{Link, Metadata, Value};
pub use paper::{Block, BlockStyle, Paper, PaperFormat};
pub use structure::{Item, Paragraph, paragraphs};
pub use watch::{Converted, Picture, PictureEncoding, Watch, Word};
