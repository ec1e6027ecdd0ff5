//! Whole documents through the front door: each format, and hostile files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail the test")]

mod docx;
mod hostile;
mod pages;
mod sheets;
mod zips;
