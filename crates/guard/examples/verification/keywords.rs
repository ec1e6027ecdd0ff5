//! Keyword verdicts of UHGEval with the rest of the article as evidence, cross-validated by article.

use guard::Verdict;
use guard::claims::{FragmentExample, Fragments, verify_by};

use crate::{Story, share, stories};

/// Which fold a story belongs to.
const FOLDS: usize = 5;

fn examples(stories: &[Story], keep: impl Fn(usize) -> bool) -> Vec<FragmentExample> {
    stories
        .iter()
        .enumerate()
        .filter(|(i, _)| keep(*i))
        .flat_map(|(_, story)| {
            annotations(story).into_iter().map(|(words, is_borne)| FragmentExample {
                words,
                evidence: evidence(story),
                is_borne,
            })
        })
        .collect()
}

fn evidence(story: &Story) -> Vec<String> {
    vec![story.head.clone(), story.beginning.clone(), story.remainder.clone()]
}

fn is_figure(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
        || ["年", "月", "日", "人", "名", "次", "个", "元", "倍", "级", "岁"].iter().any(|unit| {
            word.split(unit)
                .next()
                .and_then(|h| h.chars().next_back())
                .is_some_and(|c| "一二三四五六七八九十百千万".contains(c))
                && word.contains(unit)
        })
}

fn is_name(word: &str) -> bool {
    use guard::{Kind, Options, find_personal_data};
    let kinds = vec![Kind::PersonName, Kind::Organisation, Kind::Address];
    let options = Options { kinds, ..Options::default() };
    find_personal_data(word, &options).iter().any(|f| (f.span.end - f.span.start) * 2 > word.chars().count())
}

pub(crate) fn measure() {
    let Some(stories) = stories() else {
        println!("SKIPPED: no UHGEval (set SHUZHENG_SHARED)");
        return;
    };
    let mut rows: Vec<(&str, [usize; 2], [usize; 2])> = Vec::new();
    let mut balance = [[0_usize; 2]; 2];
    let mut count = |name: &'static str, ours: bool, verbatim: bool| {
        let at = rows.iter().position(|(n, ..)| *n == name).unwrap_or_else(|| {
            rows.push((name, [0, 0], [0, 0]));
            rows.len() - 1
        });
        rows[at].1[0] += 1;
        rows[at].1[1] += usize::from(ours);
        rows[at].2[1] += usize::from(verbatim);
    };
    for fold in 0..FOLDS {
        let weights = Fragments::train(&examples(&stories, |i| i % FOLDS != fold));
        for story in stories.iter().skip(fold).step_by(FOLDS) {
            let texts = evidence(story);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            for (word, reasonable) in annotations(story) {
                let said =
                    verify_by(&weights, &word, &texts).claims.first().map_or(Verdict::Unsupported, |c| c.verdict);
                let ours = (said == Verdict::Supported) == reasonable;
                balance[usize::from(reasonable)][0] += 1;
                balance[usize::from(reasonable)][1] += usize::from(ours);
                let plain = |t: &str| t.split_whitespace().collect::<String>();
                let verbatim = texts.iter().any(|t| plain(t).contains(&plain(&word))) == reasonable;
                count("all", ours, verbatim);
                if is_figure(&word) {
                    count("figures and dates", ours, verbatim);
                } else if is_name(&word) {
                    count("names", ours, verbatim);
                }
            }
        }
    }
    println!("UHGEval key words, the rest of the article as evidence, five folds by article:");
    for (name, [n, right], [_, verbatim]) in rows {
        println!("  {name:<18} {}; baseline, stands there word for word: {}", share(right, n), share(verbatim, n));
    }
    println!(
        "  of the reasonable {} are passed, of the unreasonable {} caught",
        share(balance[1][1], balance[1][0]),
        share(balance[0][1], balance[0][0])
    );
    println!("  always reasonable would be {}", share(balance[1][0], balance[0][0] + balance[1][0]));
}

fn annotations(story: &Story) -> Vec<(String, bool)> {
    story
        .annotations
        .iter()
        .filter_map(|a| {
            let (word, verdict) = a.split_once("<sep>")?;
            let reasonable = verdict.starts_with("合理");
            (reasonable || verdict.starts_with("不合理")).then(|| (word.to_owned(), reasonable))
        })
        .collect()
}

/// Trains on all of it, and writes what ships.
pub(crate) fn train_and_write() {
    let stories = stories().expect("UHGEval (set SHUZHENG_SHARED)");
    let bytes = Fragments::train(&examples(&stories, |_| true)).write();
    println!("fragments.bin: {} bytes", bytes.len());
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/fragments.bin"), bytes).unwrap();
}
