//! Speed on one core, in processor time, so that other programs on the machine do not count.

use guard::words::Library;
use guard::{Options, Profile, Rules, deidentify, risk, screen_by, screen_input};

use crate::sources::{Sources, cut};

/// Nanoseconds this thread has run.
fn ran() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn rate(name: &str, texts: &[String], mut work: impl FnMut(&str)) {
    texts.iter().take(20).for_each(|t| work(t));
    let bytes: usize = texts.iter().map(String::len).sum();
    let begun = ran();
    texts.iter().for_each(|t| work(t));
    println!("| {name} | {:.1} MB/s |", bytes as f64 * 1e3 / (ran() - begun).max(1) as f64);
}

pub(crate) fn run(sources: &Sources) {
    let citizens = sources.citizens();
    let file = include_str!("../../../../policies/guard_rules.toml");
    let (head, rules) = file.split_once("\n[[rule]]").unwrap();
    let no_rules = Rules::parse("rules", head).unwrap();
    let learned_at = head.find("\n[[learned]]").unwrap();
    let no_model = Rules::parse("rules", &format!("{}\n[[rule]]{rules}", &head[..learned_at])).unwrap();
    let neither = Rules::parse("rules", &head[..learned_at]).unwrap();
    println!("| what | one core |\n|---|---|");
    rate("screen", &citizens, |t| drop(std::hint::black_box(screen_by(Rules::built_in(), t, None))));
    rate("screen without expressions", &citizens, |t| drop(std::hint::black_box(screen_by(&no_rules, t, None))));
    rate("screen without classifier", &citizens, |t| drop(std::hint::black_box(screen_by(&no_model, t, None))));
    rate("screen without both", &citizens, |t| drop(std::hint::black_box(screen_by(&neither, t, None))));
    let lower: Vec<String> = citizens.iter().map(|t| t.to_lowercase()).collect();
    rate("keyword pass", &lower, |t| {
        std::hint::black_box(Library::built_in().scan(t).count());
    });
    rate("library in every spelling", &citizens, |t| drop(std::hint::black_box(Library::built_in().find(t))));
    rate("risk", &citizens, |t| drop(std::hint::black_box(risk(t))));
    rate("deidentify", &citizens, |t| drop(std::hint::black_box(deidentify(t, &Options::default()))));
    let questions: Vec<String> = citizens.iter().filter(|t| t.chars().count() >= 500).map(|t| cut(t, 500)).collect();
    // The quickest of some runs: what another program takes in between is not the guard's time.
    let mut times: Vec<u128> = questions
        .iter()
        .map(|t| {
            let once = || {
                let begun = std::time::Instant::now();
                std::hint::black_box(screen_input(&Profile::default(), t));
                std::hint::black_box(risk(t));
                begun.elapsed().as_nanos()
            };
            (0..7).map(|_| once()).min().unwrap_or(0)
        })
        .collect();
    times.sort_unstable();
    println!(
        "| whole guard, 500 characters, {} questions: p50 | {:.3} ms |",
        times.len(),
        times[times.len() / 2] as f64 / 1e6
    );
    println!("| p99 | {:.3} ms |", times[times.len() * 99 / 100] as f64 / 1e6);
}
