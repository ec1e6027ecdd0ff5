//! Training: softmax regression by AdaGrad over hashed pieces, seeded, then rounded to one byte a weight.

use super::pieces::{Pieces, Reading};
use super::{Classifier, ModelError, bucket, softmax};

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Its label.
    pub label: String,
}

/// How to train. The same recipe and examples give the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The number of buckets is two to this power, 8 to 22.
    pub bits: u32,
    /// The longest run of units, 1 to 3.
    pub order: usize,
    /// Whether punctuation counts.
    pub signs: bool,
    /// Units in a window.
    pub window: usize,
    /// Passes over the examples.
    pub epochs: usize,
    /// The step size.
    pub rate: f32,
    /// Pull of every weight towards zero.
    pub decay: f32,
    /// Weights that stay smaller than this part of the largest ones become zero.
    pub cut: f32,
    /// Whether rare labels count as much as frequent ones.
    pub balanced: bool,
    /// The share of pieces left out at each sight of an example: no single piece may carry a decision.
    pub dropout: f32,
    /// The seed of the order.
    pub seed: u64,
    /// Words about where it comes from, kept in the file.
    pub note: String,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            bits: 18,
            order: 3,
            signs: false,
            window: 400,
            epochs: 12,
            rate: 0.3,
            decay: 1e-6,
            cut: 0.004,
            balanced: true,
            dropout: 0.1,
            seed: 20_260_101,
            note: String::new(),
        }
    }
}

impl Recipe {
    /// What sorts messages by their matter: pairs of units, many of them left out, so that no single word decides.
    #[must_use]
    pub fn topics() -> Self {
        Self { order: 2, rate: 0.5, epochs: 15, dropout: 0.5, ..Self::default() }
    }
}

/// A trained model with its figures.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub model: Classifier,
    /// How many examples it saw.
    pub examples: usize,
    /// The share of them that it places rightly.
    pub fit: f64,
}

/// A small generator with a seed: training must be repeatable.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % (n.max(1) as u64)) as usize
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// Trains a classifier.
///
/// # Errors
/// Fewer than two labels, an empty set, or a recipe out of bounds.
pub fn train(examples: &[Example], recipe: &Recipe) -> Result<Trained, ModelError> {
    let mut labels: Vec<String> = examples.iter().map(|e| e.label.clone()).collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.len() < 2 {
        return Err(ModelError::TooLittle("at least two labels are needed".to_owned()));
    }
    if labels.len() > 4096 || !(8..=22).contains(&recipe.bits) || !(1..=3).contains(&recipe.order) || recipe.window < 4
    {
        return Err(ModelError::TooLittle("the recipe is out of bounds".to_owned()));
    }
    let k = labels.len();
    let reading = Reading { order: recipe.order, signs: recipe.signs };
    let rows: Vec<(usize, Vec<u32>)> = examples
        .iter()
        .map(|example| {
            let label = labels.binary_search(&example.label).unwrap_or(0);
            let pieces = Pieces::new(&example.text, reading).take(recipe.window);
            let buckets = pieces.flat_map(|p| p.hashes.to_vec()).map(|hash| bucket(hash, recipe.bits) as u32);
            (label, buckets.collect())
        })
        .collect();
    let mut counts = vec![0_usize; k];
    for (label, _) in &rows {
        if let Some(count) = counts.get_mut(*label) {
            *count += 1;
        }
    }
    let weight_of: Vec<f32> = counts
        .iter()
        .map(|count| {
            if recipe.balanced {
                (rows.len() as f32 / (k as f32 * (*count).max(1) as f32)).sqrt().min(4.0)
            } else {
                1.0
            }
        })
        .collect();
    let mut learner = Learner::new(k, recipe);
    let mut chance = Chance(recipe.seed);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut kept = Vec::new();
    for _ in 0..recipe.epochs {
        for i in (1..order.len()).rev() {
            order.swap(i, chance.below(i + 1));
        }
        for at in &order {
            let Some((label, row)) = rows.get(*at) else { continue };
            kept.clear();
            kept.extend(row.iter().copied().filter(|_| recipe.dropout <= 0.0 || chance.unit() >= recipe.dropout));
            learner.see(&kept, *label, weight_of.get(*label).copied().unwrap_or(1.0));
        }
    }
    let model = learner.rounded(labels, reading, recipe);
    let right = rows
        .iter()
        .filter(|(label, row)| {
            let mut sums = vec![0_i32; k];
            for b in row {
                let at = *b as usize * k;
                let weights = model.table.get(at..at + k).unwrap_or_default();
                sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += i32::from(*w));
            }
            let scores = model.probabilities(&sums, row.len());
            let top = (0..k).max_by(|a, b| scores.get(*a).unwrap_or(&0.0).total_cmp(scores.get(*b).unwrap_or(&0.0)));
            top == Some(*label)
        })
        .count();
    Ok(Trained { model, examples: rows.len(), fit: right as f64 / rows.len().max(1) as f64 })
}

struct Learner {
    k: usize,
    weights: Vec<f32>,
    /// The sum of squared steps of each weight: what has moved much moves less.
    moved: Vec<f32>,
    bias: Vec<f32>,
    bias_moved: Vec<f32>,
    rate: f32,
    decay: f32,
    scores: Vec<f32>,
}

impl Learner {
    fn new(k: usize, recipe: &Recipe) -> Self {
        let size = k << recipe.bits;
        Self {
            k,
            weights: vec![0.0; size],
            moved: vec![1e-3; size],
            bias: vec![0.0; k],
            bias_moved: vec![1.0; k],
            rate: recipe.rate,
            decay: recipe.decay,
            scores: vec![0.0; k],
        }
    }

    fn see(&mut self, row: &[u32], label: usize, weight: f32) {
        let k = self.k;
        let by = 1.0 / (row.len().max(1) as f32).sqrt();
        self.scores.copy_from_slice(&self.bias);
        for b in row {
            let at = *b as usize * k;
            let weights = self.weights.get(at..at + k).unwrap_or_default();
            self.scores.iter_mut().zip(weights).for_each(|(score, w)| *score += w * by);
        }
        softmax(&mut self.scores);
        if let Some(own) = self.scores.get_mut(label) {
            *own -= 1.0;
        }
        // What is right already teaches nothing.
        if self.scores.iter().all(|error| error.abs() < 0.02) {
            return;
        }
        for ((bias, moved), error) in self.bias.iter_mut().zip(&mut self.bias_moved).zip(&self.scores) {
            let step = error * weight;
            *moved += step * step;
            *bias -= self.rate * 0.3 * step / moved.sqrt();
        }
        for b in row {
            let at = *b as usize * k;
            let (Some(weights), Some(moved)) = (self.weights.get_mut(at..at + k), self.moved.get_mut(at..at + k))
            else {
                continue;
            };
            for ((w, m), error) in weights.iter_mut().zip(moved).zip(&self.scores) {
                let step = error * weight * by + self.decay * *w;
                *m += step * step;
                *w -= self.rate * step / m.sqrt();
            }
        }
    }

    /// One byte a weight: the largest of a million weights sets the scale, and larger ones are clipped.
    fn rounded(self, labels: Vec<String>, reading: Reading, recipe: &Recipe) -> Classifier {
        let mut sizes: Vec<f32> = self.weights.iter().map(|w| w.abs()).filter(|w| *w > 0.0).collect();
        sizes.sort_by(f32::total_cmp);
        let top = sizes.get(sizes.len().saturating_sub(1 + sizes.len() / 2000)).copied().unwrap_or(1.0).max(1e-6);
        let scale = top / 127.0;
        let round =
            |w: f32| if w.abs() < recipe.cut * top { 0 } else { (w / scale).round().clamp(-127.0, 127.0) as i8 };
        Classifier {
            labels,
            reading,
            bits: recipe.bits,
            window: recipe.window,
            scale,
            bias: self.bias,
            table: self.weights.into_iter().map(round).collect(),
            note: recipe.note.clone(),
        }
    }
}
