//! The output-risk classifier: its training texts, and what it and the library reach together.

use guard::classify::{Classifier, Example, Recipe, train};
use guard::words::Library;
use guard::{ScreenVerdict, risk};

use crate::grammar::{Chance, Grammar};
use crate::lexicon;
use crate::sources::{Sources, cut, held_out};

const KINDS: &[(&str, usize)] = &[("ads", 8000), ("fraud", 2500), ("gambling", 8000), ("porn", 8000), ("abuse", 8000)];

fn examples(sources: &Sources) -> Vec<Example> {
    let mut grammar = Grammar::default();
    grammar.add(&lexicon::unpack(&std::fs::read(crate::recipes("risks.bin")).unwrap()));
    for (kind, mut terms) in lexicon::curated(sources) {
        if kind == "arms" {
            continue;
        }
        terms.retain(|t| !t.is_ascii());
        grammar.set(&format!("lexicon_{kind}"), terms);
    }
    let mut chance = Chance(11);
    let mut all: Vec<Example> = Vec::new();
    let mut add = |label: &str, text: String| all.push(Example { text, label: label.to_owned() });
    let cold = sources.cold("train");
    let calm: Vec<&String> = cold.iter().filter(|(_, offends, _)| !offends).map(|(t, _, _)| t).collect();
    for (kind, count) in KINDS {
        for n in 0..*count {
            let mut text = grammar.make(kind, &mut chance);
            // People speak before and after.
            if n % 3 == 0 {
                let words = cut(chance.pick::<&String>(&calm), 6 + chance.below(24));
                text = if n % 2 == 0 { format!("{words}，{text}") } else { format!("{text}。{words}") };
            }
            add(kind, text);
        }
    }
    for (text, offends, topic) in &cold {
        let label = if *offends { format!("group_{topic}") } else { "none".to_owned() };
        add(&label, text.clone());
    }
    sources.articles().iter().step_by(11).for_each(|t| add("none", cut(t, 300)));
    for list in [sources.questions(), sources.answers(), sources.cvalues()] {
        list.into_iter().filter(|t| !held_out(t)).for_each(|t| add("none", t));
    }
    let mut benign = Grammar::default();
    benign.add(&std::fs::read_to_string(crate::recipes("benign.txt")).unwrap());
    benign.set("benign_zh", sources.questions());
    let articles = sources.articles();
    benign.set("benign_doc_zh", articles.iter().step_by(31).map(|t| cut(t, 120)).collect());
    benign.set("fragment_zh", articles.iter().skip(3).step_by(15).map(|t| cut(t, 40)).collect());
    for _ in 0..4000 {
        add("none", benign.make("ordinary", &mut chance));
        add("none", benign.make("request_zh", &mut chance));
        add("none", benign.make("complaint_zh", &mut chance));
        add("none", benign.make("complaint_zh", &mut chance));
    }
    // What people post all day.
    for _ in 0..14_000 {
        let mut text = benign.make("post_zh", &mut chance);
        for _ in 0..chance.below(3) {
            text.push_str(&benign.make("post_zh", &mut chance));
        }
        add("none", text);
    }
    for text in articles.iter().skip(5).step_by(17).chain(calm.iter().copied().step_by(2)) {
        let from = chance.below(30);
        let part: String = text.chars().skip(from).take(3 + chance.below(25)).collect();
        if part.chars().count() > 2 {
            add("none", part);
        }
    }
    all
}

pub(crate) fn train_it(sources: &Sources) -> Classifier {
    let recipe = Recipe {
        bits: 18,
        signs: false,
        window: 200,
        epochs: 8,
        dropout: 0.4,
        note: "examples/screens risk: recipes/risks.bin, recipes/benign.txt, raw word lists (MIT), COLD (Apache-2.0), CValues (Apache-2.0), laws, lawyers' questions (MIT)".to_owned(),
        ..Recipe::default()
    };
    let done = train(&examples(sources), &recipe).unwrap();
    println!("trained on {} texts, fit {:.4}", done.examples, done.fit);
    done.model
}

/// The raw lists as they are: a text that holds any of their words is flagged.
fn raw(sources: &Sources) -> daachorse::CharwiseDoubleArrayAhoCorasick<u32> {
    let mut words: Vec<String> = Vec::new();
    let folder = sources.0.join("safety/output_risk/lexicon");
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        words.extend(text.split(['\n', ',', '、']).map(|w| w.trim().to_lowercase()).filter(|w| w.chars().count() >= 2));
    }
    words.sort();
    words.dedup();
    daachorse::CharwiseDoubleArrayAhoCorasick::with_values(
        words.iter().enumerate().map(|(n, w)| (w.as_str(), n as u32)),
    )
    .unwrap()
}

pub(crate) fn measure(sources: &Sources) {
    let raw = raw(sources);
    let flagged = |t: &str| risk(t).verdict != ScreenVerdict::Pass;
    let base = |t: &str| raw.find_iter(t).next().is_some();
    let words = |t: &str| Library::built_in().find(t).iter().any(|h| h.entry.action != guard::Action::Observe);
    let share = |texts: &[String], f: &dyn Fn(&str) -> bool| {
        texts.iter().filter(|t| f(t)).count() as f64 * 100.0 / texts.len().max(1) as f64
    };
    println!(
        "| set | n | raw lists, % flagged | library alone, % | library and classifier, % |\n|---|---|---|---|---|"
    );
    let line = |name: &str, texts: &[String]| {
        println!(
            "| {name} | {} | {:.1} | {:.1} | {:.1} |",
            texts.len(),
            share(texts, &base),
            share(texts, &words),
            share(texts, &flagged)
        );
    };
    let citizens = sources.citizens();
    line("citizens' messages", &citizens);
    let weibo: Vec<String> = ["dev", "train"].iter().flat_map(|p| posts(sources, p)).collect();
    line("ordinary social posts (Weibo names)", &weibo);
    line("official replies", &sources.field("hotline/messages_with_replies.jsonl.gz", "答复意见"));
    line("articles of laws", &sources.articles().into_iter().skip(6).step_by(41).collect::<Vec<_>>());
    let cold = sources.cold("dev");
    let calm: Vec<String> = cold.iter().filter(|(_, o, _)| !o).map(|(t, _, _)| t.clone()).collect();
    line("COLD dev, harmless", &calm);
    let offending: Vec<String> = cold.iter().filter(|(_, o, _)| *o).map(|(t, _, _)| t.clone()).collect();
    line("COLD dev, offending", &offending);
    let rows = sources.lines("safety/output_risk/chineseharm_extra_zh.jsonl");
    let mut sums = Vec::new();
    let harmless_of = |f: &dyn Fn(&str) -> bool| (share(&citizens, f) + share(&weibo, f)) / 2.0;
    let (h_base, h_all) = (harmless_of(&base), harmless_of(&flagged));
    for label in ["黑产广告", "博彩", "低俗色情", "谩骂引战"] {
        let texts: Vec<String> =
            rows.iter().filter(|r| r["label"] == label).filter_map(|r| r["text"].as_str().map(str::to_owned)).collect();
        line(&format!("ChineseHarm {label}"), &texts);
        sums.push((share(&texts, &base), share(&texts, &flagged)));
    }
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| sums.iter().map(f).sum::<f64>() / sums.len() as f64;
    println!(
        "\nbalanced accuracy, spam/fraud, gambling, pornography, abuse against citizens' messages and posts: raw lists {:.3}, ours {:.3}",
        (mean(&|s| s.0) + 100.0 - h_base) / 200.0,
        (mean(&|s| s.1) + 100.0 - h_all) / 200.0
    );
    println!(
        "balanced accuracy, offensive about groups (COLD dev): raw lists {:.3}, ours {:.3}",
        (share(&offending, &base) + 100.0 - share(&calm, &base)) / 200.0,
        (share(&offending, &flagged) + 100.0 - share(&calm, &flagged)) / 200.0
    );
}

/// Social posts of the name corpus, put together from their characters.
fn posts(sources: &Sources, part: &str) -> Vec<String> {
    sources
        .lines(&format!("safety/personal_information/weibo_{part}_zh.jsonl"))
        .iter()
        .filter_map(|v| match &v["text"] {
            serde_json::Value::String(t) => Some(t.clone()),
            other => {
                let tokens = other.as_array().or(v["tokens"].as_array())?;
                Some(tokens.iter().filter_map(serde_json::Value::as_str).collect())
            }
        })
        .collect()
}

/// At which probability each label begins, when a given share of citizens' messages may meet it.
pub(crate) fn thresholds(sources: &Sources) {
    let model =
        Classifier::read(&std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/risk.bin")).unwrap()).unwrap();
    let citizens = sources.citizens();
    let rows = sources.lines("safety/output_risk/chineseharm_extra_zh.jsonl");
    let best = |t: &str, label: usize| model.windows(t).iter().map(|w| w.scores[label]).fold(0.0, f32::max);
    for (n, label) in model.labels().iter().enumerate() {
        let mut scores: Vec<f32> = citizens.iter().map(|t| best(t, n)).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let at = |permille: usize| scores[scores.len() * permille / 1000];
        print!("{label}: 1‰ {:.2}, 2‰ {:.2}, 5‰ {:.2} |", at(1), at(2), at(5));
        for class in ["黑产广告", "博彩", "低俗色情", "谩骂引战"] {
            let texts: Vec<&str> =
                rows.iter().filter(|r| r["label"] == class).filter_map(|r| r["text"].as_str()).collect();
            let share = |cut: f32| texts.iter().filter(|t| best(t, n) >= cut).count() * 100 / texts.len();
            print!(" {} / {} / {}", share(at(1)), share(at(2)), share(0.5));
        }
        println!();
    }
}
