//! Whole documents through the front door: each format, and hostile files.

mod docx;
mod hostile;
mod pages;
mod zips;
