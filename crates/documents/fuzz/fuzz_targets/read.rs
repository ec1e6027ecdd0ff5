//! Any bytes under any name: no panic, nothing past the limits. The first byte chooses the name.
#![no_main]

use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = ["a.docx", "a.pdf", "a.ofd", "a.xlsx", "a.html", "a.md", "a.txt", "a.csv"];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let limits =
        documents::Limits { unpacked_bytes: 16 << 20, text_chars: 1 << 20, pages: 500, ..documents::Limits::default() };
    let (document, _) = documents::read(NAMES[usize::from(*first) % NAMES.len()], rest, &limits);
    assert!(document.text.chars().count() <= limits.text_chars + document.text.lines().count());
});
