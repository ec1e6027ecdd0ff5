//! Learning a model: the whole course from texts to weights, with figures on questions that it did not see.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Instant;

use serde::Serialize;

use super::chance::Chance;
use super::lexical::{Lexical, best};
use super::recipe::{self, Recipe};
use super::table::{Bags, Table, dot};
use super::texts::{LearnArticle, LearnPair, Texts};
use super::vocabulary::Vocabulary;
use super::{Embedding, file};

/// What a law counts that no question needs, in thousandths of the questions.
const RARELY: f32 = 0.1;

/// What a training made.
#[derive(Debug)]
pub struct Learned {
    /// The model.
    pub embedding: Embedding,
    /// Its figures.
    pub figures: Figures,
}

/// The figures of a training.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// Articles learned from.
    pub articles: usize,
    /// Questions and other texts that belong to articles.
    pub questions: usize,
    /// Terms with a row.
    pub terms: usize,
    /// Numbers in a vector.
    pub dims: usize,
    /// The loss at the end of the first stage.
    pub article_loss: f32,
    /// The loss at the end of the second stage.
    pub pair_loss: f32,
    /// What the vectors alone find of held-out questions; none without folds.
    pub held_out: Option<HeldOut>,
    /// How long it took.
    pub seconds: f64,
}

/// What was found of questions whose own pairs trained nothing.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct HeldOut {
    /// Held-out questions.
    pub questions: usize,
    /// The share of their articles among the first 10, by the vectors alone.
    pub recall_10: f64,
    /// The share among the first 100.
    pub recall_100: f64,
    /// The share among the first 100 of the articles that other questions trained.
    pub seen_100: f64,
    /// The share among the first 100 of the articles that no question trained.
    pub unseen_100: f64,
}

/// What a training says while it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What it does now.
    pub stage: &'static str,
    /// How much of the stage is done, 0 to 1.
    pub share: f32,
    /// The loss, where there is one.
    pub loss: Option<f32>,
}

/// Trains a model on articles and pairs; `start` is a model to go on from, and saves the first stage.
///
/// Takes two or three minutes and about 1 GB for 64,000 articles.
pub fn learn(
    articles: &[LearnArticle],
    pairs: &[LearnPair],
    recipe: &Recipe,
    start: Option<&Embedding>,
    tell: &mut dyn FnMut(Progress),
) -> Learned {
    let begun = Instant::now();
    let mut say = |stage: &'static str, share: f32, loss: Option<f32>| tell(Progress { stage, share, loss });
    say("texts", 0.0, None);
    let mut texts = Texts::new(articles, pairs);
    let counts = texts.keep(recipe.in_articles, 2);
    say("texts", 1.0, None);

    let mut figures =
        Figures { articles: texts.articles.len(), questions: texts.questions.len(), ..Figures::default() };
    let recipe = &Recipe { dims: start.map_or(recipe.dims, Embedding::dims), ..*recipe };
    let mut table = recipe::begin(&texts, &counts, recipe);
    match start {
        Some(start) => go_on(&texts, start, &mut table),
        None => recipe::from_articles(&texts, &mut table, recipe, &mut |share, loss| {
            figures.article_loss = loss;
            say("articles", share, Some(loss));
        }),
    }
    if !texts.questions.is_empty() {
        let whole = recipe::whole(&texts);
        let confused = recipe::confused(&texts, &Lexical::new(&texts));
        say("confusions", 1.0, None);
        if recipe.folds > 1 {
            figures.held_out = Some(hold_out(&texts, &whole, &confused, &table, recipe, &mut |share| {
                say("folds", share, None);
            }));
        }
        let all: Vec<usize> = (0..texts.questions.len()).collect();
        recipe::from_pairs(&texts, &whole, &confused, &all, &mut table, recipe, &mut |share, loss| {
            figures.pair_loss = loss;
            say("pairs", share, Some(loss));
        });
    }
    figures.terms = texts.terms.len();
    figures.dims = recipe.dims;
    figures.seconds = begun.elapsed().as_secs_f64();
    Learned { embedding: pack(&texts, &table), figures }
}

/// Takes the rows of the terms that a model knows.
fn go_on(texts: &Texts, start: &Embedding, table: &mut Table) {
    for (term, row) in texts.terms.iter().zip(table.rows.chunks_exact_mut(table.dims)) {
        if let Some(known) = start.vocabulary.find(term) {
            for (x, learned) in row.iter_mut().zip(start.row(known)) {
                *x = learned;
            }
        }
    }
}

/// Trains once for each fold without its questions, and asks them.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn hold_out(
    texts: &Texts,
    whole: &Bags,
    confused: &[Vec<u32>],
    table: &Table,
    recipe: &Recipe,
    tell: &mut dyn FnMut(f32),
) -> HeldOut {
    let folds = folds(texts, recipe);
    let mut sums = HeldOut::default();
    let (mut seen, mut unseen) = ((0.0, 0.0), (0.0, 0.0));
    for fold in 0..recipe.folds {
        let others: Vec<usize> = (0..folds.len()).filter(|at| folds.get(*at) != Some(&fold)).collect();
        let mut trained = vec![false; whole.len()];
        for question in others.iter().filter_map(|at| texts.questions.get(*at)) {
            for gold in &question.golds {
                trained.get_mut(*gold as usize).into_iter().for_each(|trained| *trained = true);
            }
        }
        let mut table = table.clone();
        recipe::from_pairs(texts, whole, confused, &others, &mut table, recipe, &mut |_, _| {});
        let vectors = table.encode_all(whole, recipe.threads).0;
        let mut bags = Bags::default();
        for (at, question) in texts.questions.iter().enumerate() {
            if folds.get(at) != Some(&fold) || !question.is_question {
                continue;
            }
            bags.clear();
            recipe::write_question(&mut bags, texts, question);
            let vector = table.encode(bags.get(0));
            let scores: Vec<f32> = vectors.chunks_exact(table.dims).map(|article| dot(&vector, article)).collect();
            let found = best(&scores, 100);
            let among = |count: usize| {
                let found = found.get(..count).unwrap_or(&found);
                question.golds.iter().filter(|gold| found.contains(gold)).count() as f64
            };
            let golds = question.golds.len().max(1) as f64;
            sums.questions += 1;
            sums.recall_10 += among(10) / golds;
            sums.recall_100 += among(100) / golds;
            for gold in &question.golds {
                let was = trained.get(*gold as usize).copied().unwrap_or_default();
                let counts = if was { &mut seen } else { &mut unseen };
                counts.0 += f64::from(u8::from(found.contains(gold)));
                counts.1 += 1.0;
            }
        }
        tell((fold + 1) as f32 / recipe.folds as f32);
    }
    let questions = sums.questions.max(1) as f64;
    sums.recall_10 /= questions;
    sums.recall_100 /= questions;
    sums.seen_100 = seen.0 / f64::max(seen.1, 1.0);
    sums.unseen_100 = unseen.0 / f64::max(unseen.1, 1.0);
    sums
}

/// The fold of each question: one for all of its group, by chance.
fn folds(texts: &Texts, recipe: &Recipe) -> Vec<usize> {
    let mut groups: Vec<&str> = Vec::new();
    let mut places = HashMap::new();
    for question in &texts.questions {
        places.entry(question.group.as_str()).or_insert_with(|| groups.push(&question.group));
    }
    let mut chance = Chance::new(recipe.seed ^ 0xc33);
    chance.shuffle(&mut groups);
    let folds: HashMap<&str, usize> =
        groups.into_iter().enumerate().map(|(at, group)| (group, at % recipe.folds.max(1))).collect();
    let of = |question: &super::texts::Question| folds.get(question.group.as_str()).copied().unwrap_or_default();
    texts.questions.iter().map(of).collect()
}

/// How often questions need each law: the logarithm of its share of the questions, in thousands.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn needed(texts: &Texts) -> HashMap<Box<str>, f32> {
    let mut counts = vec![0.0_f32; texts.titles.len()];
    let mut questions = 0.0_f32;
    for question in texts.questions.iter().filter(|question| question.is_question) {
        questions += 1.0;
        let share = 1.0 / question.golds.len().max(1) as f32;
        for law in question.golds.iter().filter_map(|gold| texts.articles.get(*gold as usize)) {
            counts.get_mut(law.law).into_iter().for_each(|count| *count += share);
        }
    }
    let thousands = |count: f32| (RARELY + count * 1000.0 / f32::max(questions, 1.0)).ln();
    texts.titles.iter().zip(counts).map(|(title, count)| (title.0.as_str().into(), thousands(count))).collect()
}

/// Packs each row into bytes with one scale.
#[expect(clippy::cast_possible_truncation, reason = "clamped to a byte")]
fn pack(texts: &Texts, table: &Table) -> Embedding {
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut scales = Vec::with_capacity(texts.terms.len());
    for row in table.rows.chunks_exact(table.dims) {
        let highest = row.iter().fold(0.0_f32, |highest, x| highest.max(x.abs()));
        let scale = highest / 127.0;
        scales.push(scale);
        let part = |x: &f32| if scale > 0.0 { (x / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 };
        rows.extend(row.iter().map(|x| part(x).cast_unsigned()));
    }
    let vocabulary = Vocabulary::new(texts.terms.iter().map(String::as_str)).unwrap_or_default();
    let mut made = Embedding {
        dims: table.dims,
        vocabulary,
        rows: Cow::Owned(rows),
        scales,
        laws: needed(texts),
        fingerprint: String::new(),
    };
    made.fingerprint = file::fingerprint(&file::write(&made));
    made
}
