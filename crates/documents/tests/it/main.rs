//! Whole documents through the front door: each format, and hostile files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail the test")]

mod docx;
mod hostile;
mod mutations;
mod ofd;
mod pages;
mod pdf;
mod sheets;
mod zips;
