//! Output risk over any text, whole and in two pieces of a stream.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let report = guard::risk(text);
    let chars = text.chars().count();
    assert!(report.findings.iter().all(|f| f.start <= f.end && f.end <= chars));
});
