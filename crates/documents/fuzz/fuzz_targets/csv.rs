//! Comma-separated values.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../package.rs"]
mod package;

fuzz_target!(|bytes: &[u8]| package::read("csv", bytes));
