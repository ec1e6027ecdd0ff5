//! The head of a document: title, 发文机关, 发文字号 and dates, found where Chinese documents put them.

mod authority;
mod letter;
mod region;

pub(crate) use letter::{is_complete_title, page_pairs, read};
