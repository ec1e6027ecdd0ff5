//! Policy files, keyword lines and classifier files: refused or taken, never a crash.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let _ = guard::Rules::parse("rules", &text);
    let _ = guard::risk::RiskRules::parse("risk", &text);
    let _ = guard::words::Library::import("words", &text);
    let _ = guard::classify::Classifier::read(bytes);
});
