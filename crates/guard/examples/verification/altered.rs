//! One changed fact in a true answer: is it caught, and does the unchanged answer pass?

use std::collections::BTreeMap;

use guard::{Verdict, verify};

use crate::alter::{KINDS, alter, rewrite};
use crate::laws::articles;
use crate::{Chance, share};

/// At most so many of one kind.
const MOST: usize = 420;

pub(crate) struct Case {
    pub kind: &'static str,
    pub style: usize,
    pub twin: String,
    pub altered: String,
    pub evidence: Vec<String>,
}

/// The set: for each kind, sentences that hold such a fact, spread over all laws.
pub(crate) fn cases() -> Vec<Case> {
    let articles = articles();
    let mut chance = Chance(20_261_125);
    let mut sentences: Vec<(usize, String)> = Vec::new();
    for (i, article) in articles.iter().enumerate() {
        let body = article.text.strip_prefix(&article.label).unwrap_or(&article.text);
        for line in body.lines() {
            // A rule with its exception stays together; other sentences stand alone.
            for sentence in line.split_inclusive('。').map(str::trim) {
                let n = sentence.chars().count();
                if (16..=220).contains(&n) && sentence.ends_with('。') {
                    sentences.push((i, sentence.trim_start_matches(['　', ' ']).to_owned()));
                }
            }
        }
    }
    let mut cases = Vec::new();
    for kind in KINDS {
        let mut order: Vec<usize> = (0..sentences.len()).collect();
        for k in (1..order.len()).rev() {
            order.swap(k, chance.below(k + 1));
        }
        let mut taken = 0;
        for index in order {
            let (i, sentence) = &sentences[index];
            let article = &articles[*i];
            let style = chance.below(6);
            let written = rewrite(style, sentence);
            let lead = |label: &str| format!("根据《{}》{label}的规定，{written}", article.law);
            let pair = if *kind == "article" {
                let number = chance.below(articles.len());
                let other = &articles[number].label;
                (!article.label.is_empty() && !other.is_empty() && *other != article.label && style != 4)
                    .then(|| (lead(&article.label), lead(other)))
            } else {
                alter(kind, &written, &mut chance).map(|altered| {
                    if style == 5 && !article.label.is_empty() {
                        let head = format!("根据《{}》{}的规定，", article.law, article.label);
                        (format!("{head}{written}"), format!("{head}{altered}"))
                    } else {
                        (written.clone(), altered)
                    }
                })
            };
            let Some((twin, altered)) = pair else { continue };
            // The article among others of the same law, not always first.
            let mut evidence: Vec<String> = (1..=4)
                .filter_map(|d| articles.get(i.checked_add(d)?))
                .chain((1..=3).filter_map(|d| articles.get(i.checked_sub(d)?)))
                .filter(|other| other.law == article.law)
                .map(|other| other.text.clone())
                .collect();
            evidence.insert(chance.below(evidence.len() + 1), article.text.clone());
            // A change that another article says as well is no change.
            cases.push(Case { kind, style, twin, altered, evidence });
            taken += 1;
            if taken == MOST {
                break;
            }
        }
    }
    cases
}

pub(crate) fn measure(show: bool) {
    let cases = cases();
    let (mut caught, mut passed) = (0, 0);
    let (mut word_caught, mut word_passed) = (0, 0);
    let mut by_kind: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut by_style: BTreeMap<usize, [usize; 3]> = BTreeMap::new();
    for case in &cases {
        let evidence: Vec<&str> = case.evidence.iter().map(String::as_str).collect();
        let altered = verify(&case.altered, &evidence);
        let twin = verify(&case.twin, &evidence);
        let (is_caught, is_passed) = (!altered.supported, twin.supported);
        caught += usize::from(is_caught);
        passed += usize::from(is_passed);
        // Baseline: nine in ten pairs of characters stand in the evidence.
        word_caught += usize::from(!overlaps(&case.altered, &evidence));
        word_passed += usize::from(overlaps(&case.twin, &evidence));
        for row in [by_kind.entry(case.kind).or_default(), by_style.entry(case.style).or_default()] {
            row[0] += 1;
            row[1] += usize::from(is_caught);
            row[2] += usize::from(is_passed);
        }
        if show && !is_caught {
            println!("MISSED {} {}\n  {}\n  {:?}", case.kind, case.style, case.altered, why(&altered));
        }
        if show && !is_passed {
            println!("BLAMED {} {}\n  {}\n  {:?}", case.kind, case.style, case.twin, why(&twin));
        }
    }
    let n = cases.len();
    println!("one fact altered in sentences of the demo laws: {n} altered, {n} twins");
    println!("  caught {}, twins passed {}", share(caught, n), share(passed, n));
    println!(
        "  baseline (90 % of character pairs in the evidence): caught {}, twins passed {}",
        share(word_caught, n),
        share(word_passed, n)
    );
    for (kind, [n, caught, passed]) in by_kind {
        println!("  {kind:<16} caught {}, twins passed {}", share(caught, n), share(passed, n));
    }
    for (style, [n, caught, passed]) in by_style {
        println!("  style {style}          caught {}, twins passed {}", share(caught, n), share(passed, n));
    }
}

fn why(report: &guard::VerifyReport) -> Vec<(Verdict, &str)> {
    report.claims.iter().map(|c| (c.verdict, c.why.as_str())).collect()
}

fn overlaps(answer: &str, evidence: &[&str]) -> bool {
    let chars: Vec<char> = answer.chars().filter(|c| c.is_alphanumeric()).collect();
    let all: String = evidence.join("\n").chars().filter(|c| c.is_alphanumeric() || *c == '\n').collect();
    let pairs: Vec<String> = chars.windows(2).map(|w| w.iter().collect()).collect();
    let held = pairs.iter().filter(|p| all.contains(p.as_str())).count();
    held * 10 >= pairs.len() * 9
}
