//! Screening with its normalisation and decoding: any text, as a question and as context.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let report = guard::screen(text, Some(text));
    let chars = text.chars().count();
    assert!(report.findings.iter().all(|f| f.start <= f.end && f.end <= chars));
});
