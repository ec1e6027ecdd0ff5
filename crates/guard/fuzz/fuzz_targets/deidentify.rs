//! Any text: no panic, findings in order and apart, and what was taken out can be put back.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let done = guard::deidentify(text, &guard::Options::reversible());
    assert_eq!(done.vault.restore(&done.text), text);
    let mut last = 0;
    for finding in done.findings {
        assert!(finding.span.start >= last && finding.span.end > finding.span.start);
        last = finding.span.end;
    }
});
