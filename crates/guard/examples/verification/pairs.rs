//! Entailment between two sentences: evaluation only, nothing of these sets trains anything.

use std::path::Path;

use guard::{Verdict, verify};
use serde::Deserialize;

use crate::share;

#[derive(Deserialize)]
struct Row {
    sentence1: String,
    sentence2: String,
    label: String,
}

fn named(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Supported => "entailment",
        Verdict::Contradicted => "contradiction",
        Verdict::Unsupported => "neutral",
    }
}

/// The verdict on a whole sentence.
fn judged(evidence: &str, claim: &str) -> &'static str {
    let report = verify(claim, &[evidence]);
    let worst = report.claims.iter().map(|c| c.verdict).max_by_key(|v| match v {
        Verdict::Supported => 0,
        Verdict::Unsupported => 1,
        Verdict::Contradicted => 2,
    });
    named(worst.unwrap_or(Verdict::Unsupported))
}

pub(crate) fn measure(folder: &Path, show: bool) {
    let mut sets: Vec<(&str, Vec<(String, String, String)>)> = Vec::new();
    if let Ok(text) = std::fs::read_to_string(folder.join("ocnli_train10k_zh.jsonl")) {
        let rows = text.lines().filter_map(|l| serde_json::from_str::<Row>(l).ok());
        sets.push(("OCNLI", rows.map(|r| (r.sentence1, r.sentence2, r.label)).collect()));
    }
    if let Ok(text) = std::fs::read_to_string(folder.join("cmnli_dev_zh.tsv")) {
        let rows = text.lines().filter_map(|l| {
            let mut parts = l.split('\t').map(str::to_owned);
            Some((parts.next()?, parts.next()?, parts.next()?))
        });
        sets.push(("CMNLI dev", rows.collect()));
    }
    if sets.is_empty() {
        println!("SKIPPED: no data folder `{}` (set SHUZHENG_SHARED)", folder.display());
    }
    for (name, rows) in sets {
        let labels = ["entailment", "neutral", "contradiction"];
        let rows: Vec<_> = rows.into_iter().filter(|(_, _, l)| labels.contains(&l.as_str())).collect();
        let mut table = [[0_usize; 3]; 3];
        let place = |l: &str| labels.iter().position(|x| *x == l).unwrap();
        for (n, (a, b, label)) in rows.iter().enumerate() {
            let said = judged(a, b);
            table[place(label)][place(said)] += 1;
            if show && said != label && n % 40 == 0 {
                println!("{label} → {said}: {a} ‖ {b}");
            }
        }
        let right: usize = (0..3).map(|i| table[i][i]).sum();
        let most = table.iter().map(|row| row.iter().sum::<usize>()).max().unwrap();
        println!(
            "{name}: {} right; always the most frequent label {}",
            share(right, rows.len()),
            share(most, rows.len())
        );
        for (label, row) in labels.iter().zip(table) {
            println!("  {label:<14} said entailment {} neutral {} contradiction {}", row[0], row[1], row[2]);
        }
    }
}
