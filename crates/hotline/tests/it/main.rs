//! The hotline through its front door: drafts of the literate cases, work orders on the real store.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and reads its cases"
)]

mod cases;
mod platform;
