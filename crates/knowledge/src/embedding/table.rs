//! The table of rows while it is trained, and one step of contrastive learning on it.
//!
//! A step shows questions and articles side by side; each question's vector is drawn to its own articles and away from
//! all others of the step. The work is shared by threads so that the result does not depend on how many there are.

use super::unit;

/// Texts as terms with weights, one after another.
#[derive(Debug, Default, Clone)]
pub(super) struct Bags {
    ends: Vec<usize>,
    terms: Vec<(u32, f32)>,
}

impl Bags {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn clear(&mut self) {
        self.ends.clear();
        self.terms.clear();
    }

    pub(super) fn get(&self, at: usize) -> &[(u32, f32)] {
        let from = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or_default() };
        self.ends.get(at).and_then(|to| self.terms.get(from..*to)).unwrap_or_default()
    }

    /// Adds terms to the text that is being written.
    pub(super) fn extend(&mut self, terms: impl Iterator<Item = (u32, f32)>) {
        self.terms.extend(terms);
    }

    /// Ends the text that is being written.
    pub(super) fn end(&mut self) {
        self.ends.push(self.terms.len());
    }
}

/// One step's questions and articles.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) questions: Bags,
    pub(super) articles: Bags,
    /// Which article each of `articles` is.
    pub(super) keys: Vec<u32>,
    /// The articles that answer each question, as keys.
    pub(super) golds: Vec<Vec<u32>>,
    /// What each question counts.
    pub(super) weights: Vec<f32>,
}

impl Step {
    pub(super) fn clear(&mut self) {
        self.questions.clear();
        self.articles.clear();
        self.keys.clear();
        self.golds.clear();
        self.weights.clear();
    }
}

/// What a row begins with as the squares of its slopes.
const FRESH: f32 = 1e-3;

/// Rows of numbers, one for each term.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) dims: usize,
    pub(super) rows: Vec<f32>,
    /// The sum of the squares of each row's slopes: rows that have moved much move less.
    moved: Vec<f32>,
}

impl Table {
    pub(super) fn new(dims: usize, rows: Vec<f32>) -> Self {
        let terms = rows.len() / dims.max(1);
        Self { dims, rows, moved: vec![FRESH; terms] }
    }

    /// Forgets how much rows have moved.
    pub(super) fn refresh(&mut self) {
        self.moved.fill(FRESH);
    }

    fn row(&self, term: u32) -> &[f32] {
        let from = term as usize * self.dims;
        self.rows.get(from..from + self.dims).unwrap_or_default()
    }

    /// The sum of a text's rows.
    fn sum(&self, terms: &[(u32, f32)], out: &mut [f32]) {
        out.fill(0.0);
        for (term, weight) in terms {
            for (sum, x) in out.iter_mut().zip(self.row(*term)) {
                *sum += weight * x;
            }
        }
    }

    /// The vector of a text, of unit length.
    pub(super) fn encode(&self, terms: &[(u32, f32)]) -> Vec<f32> {
        let mut sum = vec![0.0; self.dims];
        self.sum(terms, &mut sum);
        unit(sum)
    }

    /// The vectors of many texts, one after another, and their lengths before they were made unit.
    pub(super) fn encode_all(&self, bags: &Bags, threads: usize) -> (Vec<f32>, Vec<f32>) {
        let mut vectors = vec![0.0; bags.len() * self.dims];
        let mut lengths = vec![0.0; bags.len()];
        let share = bags.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts = vectors.chunks_mut(share * self.dims).zip(lengths.chunks_mut(share));
            for (part, (vectors, lengths)) in parts.enumerate() {
                scope.spawn(move || {
                    let texts = vectors.chunks_exact_mut(self.dims).zip(lengths).enumerate();
                    for (at, (vector, length)) in texts {
                        self.sum(bags.get(part * share + at), vector);
                        *length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
                        vector.iter_mut().for_each(|x| *x /= *length);
                    }
                });
            }
        });
        (vectors, lengths)
    }

    /// Learns one step; gives the mean loss. `sharpness` is one over the temperature.
    pub(super) fn learn(&mut self, step: &Step, rate: f32, sharpness: f32, threads: usize) -> f32 {
        let dims = self.dims;
        let (questions, question_lengths) = self.encode_all(&step.questions, threads);
        let (articles, article_lengths) = self.encode_all(&step.articles, threads);
        let count = step.articles.len();
        // What each question would change of each score, question by question.
        let mut slopes = vec![0.0_f32; step.questions.len() * count];
        let mut question_slopes = vec![0.0_f32; questions.len()];
        let mut losses = vec![0.0_f32; step.questions.len()];
        let share = step.questions.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts = slopes
                .chunks_mut(share * count)
                .zip(question_slopes.chunks_mut(share * dims))
                .zip(losses.chunks_mut(share));
            for (part, ((slopes, own), losses)) in parts.enumerate() {
                let (questions, articles) = (&questions, &articles);
                scope.spawn(move || {
                    let rows = slopes.chunks_exact_mut(count).zip(own.chunks_exact_mut(dims)).zip(losses);
                    for (at, ((slopes, own), loss)) in rows.enumerate() {
                        let at = part * share + at;
                        let question = questions.get(at * dims..(at + 1) * dims).unwrap_or_default();
                        for (slope, article) in slopes.iter_mut().zip(articles.chunks_exact(dims)) {
                            *slope = dot(question, article) * sharpness;
                        }
                        let golds = step.golds.get(at).map(Vec::as_slice).unwrap_or_default();
                        let weight = step.weights.get(at).copied().unwrap_or(1.0);
                        *loss = soften(slopes, &step.keys, golds, weight);
                        for (slope, article) in slopes.iter_mut().zip(articles.chunks_exact(dims)) {
                            *slope *= sharpness;
                            if slope.abs() > 1e-5 {
                                for (own, x) in own.iter_mut().zip(article) {
                                    *own += *slope * x;
                                }
                            }
                        }
                    }
                });
            }
        });
        let mut article_slopes = vec![0.0_f32; articles.len()];
        let share = count.div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            for (part, own) in article_slopes.chunks_mut(share * dims).enumerate() {
                let (slopes, questions) = (&slopes, &questions);
                scope.spawn(move || {
                    let first = part * share;
                    for (slopes, question) in slopes.chunks_exact(count).zip(questions.chunks_exact(dims)) {
                        for (slope, own) in slopes.iter().skip(first).zip(own.chunks_exact_mut(dims)) {
                            if slope.abs() > 1e-5 {
                                for (own, x) in own.iter_mut().zip(question) {
                                    *own += *slope * x;
                                }
                            }
                        }
                    }
                });
            }
        });
        through_length(&mut question_slopes, &questions, &question_lengths, dims);
        through_length(&mut article_slopes, &articles, &article_lengths, dims);
        self.descend([(&step.questions, &question_slopes), (&step.articles, &article_slopes)], rate, threads);
        losses.iter().sum::<f32>() / step.questions.len().max(1) as f32
    }

    /// Moves every row against its slope. Each thread owns a run of rows and goes through all texts in order.
    fn descend(&mut self, sides: [(&Bags, &Vec<f32>); 2], rate: f32, threads: usize) {
        let dims = self.dims;
        let terms = self.moved.len();
        let share = terms.div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts = self.rows.chunks_mut(share * dims).zip(self.moved.chunks_mut(share));
            for (part, (rows, moved)) in parts.enumerate() {
                scope.spawn(move || {
                    let first = part * share;
                    for (bags, slopes) in sides {
                        for (at, slope) in slopes.chunks_exact(dims).enumerate() {
                            let square = slope.iter().map(|x| x * x).sum::<f32>() / dims as f32;
                            if square <= 0.0 {
                                continue;
                            }
                            for (term, weight) in bags.get(at) {
                                let Some(term) = (*term as usize).checked_sub(first) else { continue };
                                let (Some(moved), Some(row)) =
                                    (moved.get_mut(term), rows.get_mut(term * dims..(term + 1) * dims))
                                else {
                                    continue;
                                };
                                *moved += square * weight * weight;
                                let pace = rate * weight / moved.sqrt();
                                for (x, slope) in row.iter_mut().zip(slope) {
                                    *x -= pace * slope;
                                }
                            }
                        }
                    }
                });
            }
        });
    }
}

/// Turns scores into the slopes of the loss by them; gives the loss.
fn soften(scores: &mut [f32], keys: &[u32], golds: &[u32], weight: f32) -> f32 {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut whole = 0.0;
    let mut right = 0.0;
    let mut rights = 0.0_f32;
    for (score, key) in scores.iter_mut().zip(keys) {
        let is_gold = golds.contains(key);
        if is_gold {
            right += *score - highest;
            rights += 1.0;
        }
        *score = (*score - highest).exp();
        whole += *score;
    }
    if rights == 0.0 {
        scores.fill(0.0);
        return 0.0;
    }
    for (score, key) in scores.iter_mut().zip(keys) {
        *score = weight * (*score / whole - if golds.contains(key) { 1.0 / rights } else { 0.0 });
    }
    weight * (whole.ln() - right / rights)
}

/// From the slopes by unit vectors to the slopes by the sums before they were made unit.
fn through_length(slopes: &mut [f32], vectors: &[f32], lengths: &[f32], dims: usize) {
    for ((slope, vector), length) in slopes.chunks_exact_mut(dims).zip(vectors.chunks_exact(dims)).zip(lengths) {
        let along = dot(slope, vector);
        for (slope, x) in slope.iter_mut().zip(vector) {
            *slope = (*slope - along * x) / length;
        }
    }
}

/// The dot product, in sixteen lanes.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, rest_a) = a.as_chunks::<16>();
    let (b, rest_b) = b.as_chunks::<16>();
    let mut lanes = [0.0_f32; 16];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f32>()
}
