//! Text classes: a small linear model over hashed pieces of text, trained and run on one core.
//!
//! A text becomes units (a Han character, a word, a number by its length, a sign), runs of one to three units become
//! buckets of a table, and each bucket holds one small weight per label. What a model saw is therefore a sum of
//! pieces: a decision can be explained by the pieces that weigh most, and nothing else is in the file.

mod file;
mod pieces;
mod train;

use std::ops::Range;

pub use file::ModelError;
use serde::Serialize;
pub use train::{Example, Recipe, Trained, train};

use self::pieces::{Pieces, Reading};

/// A trained classifier.
#[derive(Debug, Clone)]
pub struct Classifier {
    labels: Vec<String>,
    reading: Reading,
    /// The number of buckets is two to this power.
    bits: u32,
    /// Units in a window: longer texts are judged window by window.
    window: usize,
    /// What a weight of 1 in the table stands for.
    scale: f32,
    bias: Vec<f32>,
    /// Bucket by bucket, one weight per label.
    table: Vec<i8>,
    note: String,
}

/// A label with its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// The label.
    pub label: String,
    /// Its probability, 0 to 1.
    pub score: f32,
}

/// The judgement of one window of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The window, in bytes of the text.
    pub place: Range<usize>,
    /// One probability per label, in the order of [`Classifier::labels`].
    pub scores: Vec<f32>,
}

/// A quarter of a window: its place, one sum per label, how many pieces it has.
type Block = (Range<usize>, Vec<i32>, usize);

/// Windows advance by a quarter of their length.
const STEPS: usize = 4;
/// The most units that are read of one text; what follows is left to the rules.
const MOST_UNITS: usize = 1 << 17;

impl Classifier {
    /// The labels, in the order of all scores.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How it was made, in words.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The label's place among [`Self::labels`].
    #[must_use]
    pub fn label(&self, label: &str) -> Option<usize> {
        self.labels.iter().position(|l| l == label)
    }

    /// All labels of a whole text with their probabilities, the likeliest first.
    #[must_use]
    pub fn classify(&self, text: &str) -> Vec<Scored> {
        let mut sums = vec![0_i32; self.labels.len()];
        let mut count = 0_usize;
        for piece in Pieces::new(text, self.reading).take(MOST_UNITS) {
            self.add(&piece.hashes, &mut sums, &mut count);
        }
        let scores = self.probabilities(&sums, count);
        let mut all: Vec<Scored> =
            self.labels.iter().zip(scores).map(|(label, score)| Scored { label: label.clone(), score }).collect();
        all.sort_by(|a, b| b.score.total_cmp(&a.score));
        all
    }

    /// The judgement of each window of a text: one when it is short.
    #[must_use]
    pub fn windows(&self, text: &str) -> Vec<Judged> {
        let k = self.labels.len();
        let blocks = match k {
            2 => self.blocks::<2>(text),
            3 => self.blocks::<3>(text),
            7 => self.blocks::<7>(text),
            9 => self.blocks::<9>(text),
            _ => self.blocks_of_any(text),
        };
        let last = blocks.len().saturating_sub(STEPS);
        (0..=last)
            .filter_map(|from| {
                let part = blocks.get(from..(from + STEPS).min(blocks.len()))?;
                let (first, end) = (part.first()?, part.last()?);
                let mut sums = vec![0; k];
                for (_, block, _) in part {
                    sums.iter_mut().zip(block).for_each(|(sum, b)| *sum += b);
                }
                let count = part.iter().map(|(_, _, count)| count).sum();
                Some(Judged { place: first.0.start..end.0.end, scores: self.probabilities(&sums, count) })
            })
            .collect()
    }

    /// The sums of each quarter of a window, with its place and how many pieces it has.
    fn blocks_of_any(&self, text: &str) -> Vec<Block> {
        let step = (self.window / STEPS).max(1);
        let mut blocks: Vec<Block> = Vec::new();
        for (n, piece) in Pieces::new(text, self.reading).take(MOST_UNITS).enumerate() {
            if n % step == 0 {
                blocks.push((piece.place.clone(), vec![0; self.labels.len()], 0));
            }
            if let Some((place, sums, count)) = blocks.last_mut() {
                place.end = piece.place.end;
                self.add(&piece.hashes, sums, count);
            }
        }
        blocks
    }

    /// The same where the number of labels is known: several times as fast.
    fn blocks<const K: usize>(&self, text: &str) -> Vec<Block> {
        let step = (self.window / STEPS).max(1);
        let (rows, _) = self.table.as_chunks::<K>();
        let mut blocks: Vec<Block> = Vec::new();
        let mut pieces = Pieces::new(text, self.reading).take(MOST_UNITS).peekable();
        while let Some(first) = pieces.peek() {
            let start = first.place.start;
            let (mut end, mut count) = (start, 0_usize);
            let mut sums = [0_i32; K];
            for piece in pieces.by_ref().take(step) {
                end = piece.place.end;
                count = count.wrapping_add(piece.hashes.len());
                for row in piece.hashes.iter().filter_map(|hash| rows.get(bucket(*hash, self.bits))) {
                    for (sum, w) in sums.iter_mut().zip(row) {
                        *sum = sum.wrapping_add(i32::from(*w));
                    }
                }
            }
            blocks.push((start..end, sums.to_vec(), count));
        }
        blocks
    }

    fn add(&self, hashes: &[u32], sums: &mut [i32], count: &mut usize) {
        *count += hashes.len();
        let k = sums.len();
        for hash in hashes {
            let at = bucket(*hash, self.bits) * k;
            let row = self.table.get(at..at + k).unwrap_or_default();
            sums.iter_mut().zip(row).for_each(|(sum, w)| *sum += i32::from(*w));
        }
    }

    fn probabilities(&self, sums: &[i32], count: usize) -> Vec<f32> {
        let by = self.scale / (count.max(1) as f32).sqrt();
        let mut scores: Vec<f32> = sums.iter().zip(&self.bias).map(|(sum, bias)| *sum as f32 * by + bias).collect();
        softmax(&mut scores);
        scores
    }
}

/// The bucket of a hash.
fn bucket(hash: u32, bits: u32) -> usize {
    (hash.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

/// Scores become probabilities.
fn softmax(scores: &mut [f32]) {
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut all = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        all += *score;
    }
    scores.iter_mut().for_each(|score| *score /= all);
}

#[cfg(test)]
mod tests {
    use super::{Classifier, Example, Recipe, train};

    fn small() -> Classifier {
        let examples: Vec<Example> = (0..60)
            .flat_map(|n| {
                [("供暖温度不足", "heating"), ("公交线路太少", "transport"), ("学校收费太高", "school")]
                    .map(|(text, label)| Example { text: format!("第{n}号来信：{text}"), label: label.to_owned() })
            })
            .collect();
        train(&examples, &Recipe { bits: 12, ..Recipe::default() }).unwrap().model
    }

    #[test]
    fn a_trained_model_classifies_and_survives_its_file() {
        let model = small();
        assert_eq!(model.classify("我们小区供暖温度不足")[0].label, "heating");
        let again = Classifier::read(&model.write()).unwrap();
        assert_eq!(again.classify("公交线路"), model.classify("公交线路"));
        assert_eq!(small().write(), model.write(), "the same recipe gives the same bytes");
    }

    #[test]
    fn spaces_between_words_change_nothing() {
        let model = small();
        assert_eq!(model.classify("学校 收费 太高"), model.classify("学校收费太高"));
    }

    #[test]
    fn a_long_text_is_judged_in_windows_that_cover_it() {
        let model = small();
        let text = "学校收费太高。".repeat(500);
        let windows = model.windows(&text);
        assert!(windows.len() > 3);
        assert_eq!(windows.first().unwrap().place.start, 0);
        assert!(windows.last().unwrap().place.end >= text.len() - 3);
        assert!(model.windows("").iter().all(|w| w.place.is_empty()));
    }

    #[test]
    fn broken_files_are_refused() {
        let good = small().write();
        assert!(Classifier::read(b"").is_err());
        assert!(Classifier::read(&good[..good.len() / 2]).is_err());
        for at in (0..good.len()).step_by(good.len() / 97) {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            assert!(Classifier::read(&bad).is_err(), "byte {at}");
        }
    }
}
