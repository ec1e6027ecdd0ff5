//! The recipe: how the embedding is trained, in two stages, on the CPU, in minutes.
//!
//! First on the articles alone: some clauses of an article ask for the rest of it, the headings above an article ask
//! for its text. Then on pairs of a question and its article, against the articles that words and the model itself
//! confuse with it. Given the same texts and the same seed, the result is the same to the last bit, on any number of
//! threads.

use super::chance::Chance;
use super::lexical::{Lexical, best};
use super::table::{Bags, Step, Table, dot};
use super::texts::{Question, Texts};
use super::{LEGAL, PATH, TITLE, part_weight, repeated};
use crate::words;

/// How to train. [`Recipe::default`] is what the shipped weights were made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// Chance begins here.
    pub seed: u64,
    /// How many numbers a vector has.
    pub dims: usize,
    /// How often the articles are gone through.
    pub rounds: usize,
    /// How often the pairs are gone through.
    pub pair_rounds: usize,
    /// Terms of fewer articles are left out, unless questions use them.
    pub in_articles: u32,
    /// How many folds the held-out figures are measured with; 0 measures nothing.
    pub folds: usize,
    /// How many threads work.
    pub threads: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { seed: 1, dims: 128, rounds: 8, pair_rounds: 6, in_articles: 4, folds: 0, threads: 2 }
    }
}

/// So many articles are shown in one step of the first stage.
const SHOWN: usize = 512;

/// So many neighbours of a law are shown together: they are the hardest to tell apart.
const TOGETHER: usize = 4;

/// So many questions are shown in one step of the second stage.
const ASKED: usize = 128;

/// So many wrong articles that words find, and as many that the model finds, for each question.
const WRONG: usize = 2;

/// So many articles at random in each step of the second stage.
const RANDOM: usize = 256;

/// Wrong articles are taken from so many of the best.
const CONFUSED: usize = 60;

/// Wrong articles that the model finds are looked for again after so many rounds.
const LOOK_AGAIN: usize = 3;

/// How fast rows move, in the first and in the second stage.
const RATE: f32 = 0.1;
const PAIR_RATE: f32 = 0.05;

/// One over the temperature of the softmax.
const SHARPNESS: f32 = 20.0;

/// What a term's row begins with, against its rarity.
const START: f32 = 0.2;

/// Writes a text's terms into the bags; the weights are those with which [`super::Embedding`] encodes.
pub(super) fn write(bags: &mut Bags, terms: &mut Vec<u32>, weight: f32) {
    terms.sort_unstable();
    let share = part_weight(terms.chunk_by(|a, b| a == b).count(), weight);
    bags.extend(
        terms.chunk_by(|a, b| a == b).filter_map(|same| same.first().map(|term| (*term, share * repeated(same.len())))),
    );
    terms.clear();
}

/// All articles and the answers of their own, as they are encoded.
pub(super) fn whole(texts: &Texts) -> Bags {
    let mut bags = Bags::default();
    let mut terms = Vec::new();
    for article in &texts.articles {
        terms.extend(texts.titles.get(article.law).into_iter().flat_map(|title| &title.1));
        write(&mut bags, &mut terms, TITLE);
        terms.extend(&article.path);
        write(&mut bags, &mut terms, PATH);
        terms.extend(article.clauses.iter().flatten());
        write(&mut bags, &mut terms, 1.0);
        bags.end();
    }
    for answer in &texts.answers {
        terms.extend(answer.iter().flatten());
        write(&mut bags, &mut terms, 1.0);
        bags.end();
    }
    bags
}

/// The terms of a question that are encoded.
pub(super) fn asked<'a>(texts: &'a Texts, question: &'a Question) -> impl Iterator<Item = u32> + 'a {
    let says = |term: &&u32| texts.terms.get(**term as usize).is_some_and(|term| !words::is_stop(term));
    question.clauses.iter().flatten().filter(says).copied()
}

/// Writes a question as it is encoded.
pub(super) fn write_question(bags: &mut Bags, texts: &Texts, question: &Question) {
    write(bags, &mut asked(texts, question).collect(), 1.0);
    write(bags, &mut question.legal.clone(), LEGAL);
    bags.end();
}

/// A table whose rows point anywhere, rare terms further.
#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(super) fn begin(texts: &Texts, counts: &[u32], recipe: &Recipe) -> Table {
    let mut chance = Chance::new(recipe.seed);
    let articles = texts.articles.len() as f32;
    let mut rows = Vec::with_capacity(counts.len() * recipe.dims);
    for count in counts {
        let rarity = ((articles + 1.0) / (*count as f32 + 1.0)).ln().min(9.0);
        let size = rarity * START / (recipe.dims as f32).sqrt();
        rows.extend((0..recipe.dims).map(|_| chance.around() * size));
    }
    Table::new(recipe.dims, rows)
}

/// The first stage: articles ask for themselves. `tell` hears the share that is done and the loss.
#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(super) fn from_articles(texts: &Texts, table: &mut Table, recipe: &Recipe, tell: &mut dyn FnMut(f32, f32)) {
    let mut chance = Chance::new(recipe.seed ^ 0xa11);
    let mut runs: Vec<usize> = (0..texts.articles.len().div_ceil(TOGETHER)).collect();
    let mut step = Step::default();
    for round in 0..recipe.rounds {
        let rate = RATE * (1.0 - 0.8 * round as f32 / recipe.rounds.max(1) as f32);
        chance.shuffle(&mut runs);
        let mut loss = 0.0;
        for runs in runs.chunks(SHOWN / TOGETHER) {
            step.clear();
            for place in runs.iter().flat_map(|run| run * TOGETHER..(run + 1) * TOGETHER) {
                ask_of_itself(texts, place, &mut chance, &mut step);
            }
            loss += table.learn(&step, rate, SHARPNESS, recipe.threads);
        }
        let steps = runs.len().div_ceil(SHOWN / TOGETHER).max(1);
        tell((round + 1) as f32 / recipe.rounds as f32, loss / steps as f32);
    }
}

/// A question made of an article, and the rest of the article.
fn ask_of_itself(texts: &Texts, place: usize, chance: &mut Chance, step: &mut Step) {
    let Some(article) = texts.articles.get(place) else { return };
    let title = texts.titles.get(article.law).map(|title| title.1.as_slice()).unwrap_or_default();
    let (mut question, mut rest): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    let (mut with_title, mut with_path) = (true, true);
    let clauses = article.clauses.len();
    if chance.share() < 0.12 {
        question.extend(title.iter().chain(&article.path));
        rest.extend(article.clauses.iter().flatten());
        (with_title, with_path) = (false, false);
    } else if clauses >= 2 {
        let take = 1 + chance.below(2.min(clauses - 1));
        let from = chance.below(clauses - take + 1);
        for (at, clause) in article.clauses.iter().enumerate() {
            let is_asked = (from..from + take).contains(&at);
            if is_asked {
                question.extend(clause);
            }
            // A little of what is asked stays: an article does repeat the words of a question.
            let stays = if is_asked { 0.15 } else { 0.8 };
            rest.extend(clause.iter().filter(|_| chance.share() < stays));
        }
        with_title = chance.share() >= 0.3;
    } else {
        for term in article.clauses.iter().flatten() {
            if chance.share() < 0.4 { question.push(*term) } else { rest.push(*term) }
        }
    }
    if question.is_empty() || rest.is_empty() {
        return;
    }
    write(&mut step.questions, &mut question, 1.0);
    step.questions.end();
    let mut part = Vec::new();
    if with_title {
        part.extend(title);
        write(&mut step.articles, &mut part, TITLE);
    }
    if with_path {
        part.extend(&article.path);
        write(&mut step.articles, &mut part, PATH);
    }
    write(&mut step.articles, &mut rest, 1.0);
    step.articles.end();
    let key = u32::try_from(place).unwrap_or(u32::MAX);
    step.keys.push(key);
    step.golds.push(vec![key]);
    step.weights.push(1.0);
}

/// The second stage: the questions at `which` learn their articles.
#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(super) fn from_pairs(
    texts: &Texts,
    articles: &Bags,
    confused: &[Vec<u32>],
    which: &[usize],
    table: &mut Table,
    recipe: &Recipe,
    tell: &mut dyn FnMut(f32, f32),
) {
    let mut chance = Chance::new(recipe.seed ^ 0xb22);
    table.refresh();
    let mut lessons: Vec<usize> = Vec::new();
    for at in which {
        let Some(question) = texts.questions.get(*at) else { continue };
        lessons.extend(std::iter::repeat_n(*at, if question.is_question { 2 } else { 1 }));
    }
    let mut found: Vec<Vec<u32>> = Vec::new();
    let mut step = Step::default();
    for round in 0..recipe.pair_rounds {
        if round % LOOK_AGAIN == 0 {
            found = nearest(texts, articles, table, which, recipe.threads);
        }
        let rate = PAIR_RATE * (1.0 - 0.9 * round as f32 / recipe.pair_rounds.max(1) as f32);
        chance.shuffle(&mut lessons);
        let mut loss = 0.0;
        for lessons in lessons.chunks(ASKED) {
            step.clear();
            let mut shown: Vec<u32> = Vec::new();
            for at in lessons {
                let Some(question) = texts.questions.get(*at) else { continue };
                if !ask(texts, question, &mut chance, &mut step.questions) {
                    continue;
                }
                step.golds.push(question.golds.clone());
                step.weights.push(question.weight);
                shown.extend((0..question.golds.len().min(2)).filter_map(|_| chance.pick(&question.golds)));
                for wrong in [confused.get(*at), found.get(*at)].into_iter().flatten() {
                    shown.extend((0..WRONG).filter_map(|_| chance.pick(wrong)));
                }
            }
            shown.extend((0..RANDOM).filter_map(|_| u32::try_from(chance.below(articles.len())).ok()));
            shown.sort_unstable();
            shown.dedup();
            for place in &shown {
                let terms = articles.get(*place as usize);
                let thin = chance.share() < 0.5;
                step.articles.extend(terms.iter().copied().filter(|_| !thin || chance.share() < 0.8));
                step.articles.end();
            }
            step.keys.extend(&shown);
            loss += table.learn(&step, rate, SHARPNESS, recipe.threads);
        }
        let steps = lessons.len().div_ceil(ASKED).max(1);
        tell((round + 1) as f32 / recipe.pair_rounds as f32, loss / steps as f32);
    }
}

/// Writes a question, or some clauses of a long text; false when it has no terms.
fn ask(texts: &Texts, question: &Question, chance: &mut Chance, bags: &mut Bags) -> bool {
    let mut terms: Vec<u32> = if question.is_question {
        let thin = chance.share() < 0.5;
        asked(texts, question).filter(|_| !thin || chance.share() < 0.85).collect()
    } else {
        let take = 1 + chance.below(3);
        let from = chance.below(question.clauses.len());
        question.clauses.iter().skip(from).take(take).flatten().copied().collect()
    };
    if terms.is_empty() {
        return false;
    }
    write(bags, &mut terms, 1.0);
    if question.is_question && chance.share() < 0.8 {
        write(bags, &mut question.legal.clone(), LEGAL);
    }
    bags.end();
    true
}

/// The articles that words find for each question.
pub(super) fn confused(texts: &Texts, lexical: &Lexical) -> Vec<Vec<u32>> {
    let of = |question: &Question| {
        best(&lexical.score(asked(texts, question).chain(question.legal.iter().copied())), CONFUSED)
    };
    texts.questions.iter().map(|question| if question.is_question { of(question) } else { Vec::new() }).collect()
}

/// The articles that the model finds for the questions at `which`.
fn nearest(texts: &Texts, articles: &Bags, table: &Table, which: &[usize], threads: usize) -> Vec<Vec<u32>> {
    let vectors = table.encode_all(articles, threads).0;
    let mut found = vec![Vec::new(); texts.questions.len()];
    let mut bags = Bags::default();
    for at in which {
        let Some(question) = texts.questions.get(*at).filter(|question| question.is_question) else { continue };
        bags.clear();
        write_question(&mut bags, texts, question);
        let vector = table.encode(bags.get(0));
        let scores: Vec<f32> = vectors.chunks_exact(table.dims).map(|article| dot(&vector, article)).collect();
        found.get_mut(*at).into_iter().for_each(|found| *found = best(&scores, CONFUSED));
    }
    found
}
