//! Megabytes on one line: bounded time, whatever is in it.

use std::time::{Duration, Instant};

use guard::{Options, deidentify, screen, verify};

/// Generous: a debug build on a busy machine. Anything quadratic takes hours.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn no_line_is_quadratic() {
    for part in [
        "1",
        "13 8",
        "1:",
        "a@",
        "1.",
        "机密",
        "⟦",
        "13800138000 ",
        "路1号",
        "张三先生",
        "有限公司",
        "user: ",
        "\u{200b}",
        "=",
        "AAAA",
        "姓名：",
        "第一条",
    ] {
        // Ten megabytes where a line is one run, half of one where every few bytes are a candidate.
        let size = if matches!(part, "1" | "机密" | "AAAA" | "⟦") { 10 << 20 } else { 1 << 19 };
        let text = part.repeat(size / part.len());
        let start = Instant::now();
        let done = deidentify(&text, &Options::default());
        assert!(done.text.len() <= text.len() * 3, "{part}");
        assert!(start.elapsed() < LIMIT, "deidentify {part} {:?}", start.elapsed());
        let start = Instant::now();
        let _ = screen(&text, None);
        assert!(start.elapsed() < LIMIT, "screen {part} {:?}", start.elapsed());
    }
}

#[test]
fn long_claims_and_passages_are_bounded() {
    let passage = "用人单位应当在十五日内办理手续，".repeat(40_000);
    let claim = "劳动者应当在三十日内办理手续，".repeat(30);
    let start = Instant::now();
    let report = verify(&format!("{claim}。{claim}"), &[&passage]);
    assert!(!report.supported);
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}
