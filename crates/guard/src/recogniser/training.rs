//! Training: a conditional random field over the same features, stochastic gradient with AdaGrad, one seed.

use super::features::{Clause, KEYS};
use super::{Class, PAIRS, Recogniser, Row, TAGS};

/// A labelled entity, in characters of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: Class,
    /// Its first character.
    pub start: usize,
    /// The character after it.
    pub end: usize,
}

/// A labelled text.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// Its entities, in order, without overlaps.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// Stretches that nothing is known about, from and to, in characters: whatever the model takes them for is right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<(usize, usize)>,
}

/// How to train.
#[derive(Debug, Clone, Copy)]
pub struct TrainOptions {
    /// Rows of the table as a power of two.
    pub rows: u32,
    /// Passes over the samples.
    pub passes: u32,
    /// How fast weights move.
    pub rate: f32,
    /// How strongly weights are drawn back to zero.
    pub decay: f32,
    /// The share of features that are left out at random, so that no single one decides.
    pub dropout: f32,
    /// What is taken from the outside tag when reading.
    pub lean: f32,
    /// The beginning of all chance.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self { rows: 18, passes: 2, rate: 0.15, decay: 5e-4, dropout: 0.4, lean: 0.5, seed: 7 }
    }
}

/// A small generator of chance (SplitMix64): the same seed, the same weights.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Weights and what AdaGrad remembers of them.
struct Table {
    weights: Vec<[f32; TAGS]>,
    squares: Vec<[f32; TAGS]>,
    mask: usize,
}

/// A clause with its features and the tag of each character.
struct Lesson {
    pairs: Vec<[u32; 2]>,
    keys: Vec<[u32; KEYS]>,
    tags: Vec<u8>,
}

/// The tag of a character that nothing is known about.
const ANY: u8 = u8::MAX;

/// Which tag each character of a sample has; entities of one character are left outside.
fn tags_of(sample: &Sample) -> Vec<u8> {
    let mut tags = vec![0_u8; sample.text.chars().count()];
    for (from, to) in &sample.unsure {
        if let Some(part) = tags.get_mut(*from..*to) {
            part.fill(ANY);
        }
    }
    for entity in &sample.entities {
        let Some(part) = tags.get_mut(entity.start..entity.end) else { continue };
        let tag = u8::try_from(entity.kind.tag()).unwrap_or(0);
        if let [first, inside @ .., last] = part {
            *first = tag;
            inside.fill(tag + 1);
            *last = tag + 2;
        }
    }
    tags
}

fn lessons(sample: &Sample, out: &mut Vec<Lesson>) {
    let tags = tags_of(sample);
    let mut clause = Clause::default();
    let mut from = 0;
    let mut at = 0;
    while from < sample.text.len() {
        from = clause.fill(&sample.text, from);
        let mut lesson = Lesson { pairs: Vec::new(), keys: Vec::new(), tags: Vec::new() };
        clause.each(|pairs, keys| {
            lesson.pairs.push(pairs);
            lesson.keys.push(keys());
        });
        lesson.tags.extend(tags.iter().skip(at).take(lesson.keys.len()));
        at += lesson.keys.len();
        // An entity across the end of a sentence is no lesson.
        let opens = |tag: u8| tag != 0 && tag != ANY && (tag - 1) % 3 != 2;
        let closes = |tag: u8| tag != 0 && tag != ANY && !(tag - 1).is_multiple_of(3);
        if lesson.tags.first().is_some_and(|tag| !closes(*tag)) && lesson.tags.last().is_some_and(|tag| !opens(*tag)) {
            out.push(lesson);
        }
    }
}

/// Log of the sum of exponentials.
fn log_sum(values: impl Iterator<Item = f32> + Clone) -> f32 {
    let top = values.clone().fold(f32::NEG_INFINITY, f32::max);
    if top == f32::NEG_INFINITY { top } else { top + values.map(|v| (v - top).exp()).sum::<f32>().ln() }
}

fn is_free(tag: usize) -> bool {
    tag.is_multiple_of(3)
}

/// What every tag is expected to be at every place, over all paths that make whole entities.
fn expectations(scores: &[[f32; TAGS]]) -> Vec<[f32; TAGS]> {
    const LOW: f32 = f32::NEG_INFINITY;
    // forward: tags 0,3,6,… are free (outside and ends); 1,4,… begin; 2,5,… inside.
    let mut forward: Vec<[f32; TAGS]> = Vec::with_capacity(scores.len());
    let mut free = 0.0;
    let mut last = [LOW; TAGS];
    for score in scores {
        let mut now = [LOW; TAGS];
        for (tag, (to, s)) in now.iter_mut().zip(score).enumerate() {
            *to = s + match tag % 3 {
                0 if tag == 0 => free,
                1 => free,
                // Inside and end come from begin or inside of the class.
                rest => {
                    let begin = tag - if rest == 2 { 1 } else { 2 };
                    let of = |at: usize| last.get(at).copied().unwrap_or(LOW);
                    log_sum([of(begin), of(begin + 1)].into_iter())
                }
            };
        }
        free = log_sum(now.iter().enumerate().filter(|(tag, _)| is_free(*tag)).map(|(_, v)| *v));
        last = now;
        forward.push(now);
    }
    let total = free;
    let mut out = vec![[0.0; TAGS]; scores.len()];
    // backward: what follows a free tag, and what follows an open class.
    let mut after_free = 0.0;
    let mut after_open = [LOW; 5];
    for ((score, forward), out) in scores.iter().zip(&forward).zip(&mut out).rev() {
        for (tag, (to, f)) in out.iter_mut().zip(forward).enumerate() {
            let rest = if is_free(tag) { after_free } else { after_open.get(tag / 3).copied().unwrap_or(LOW) };
            *to = (f + rest - total).exp();
        }
        let of = |tag: usize| score.get(tag).copied().unwrap_or(LOW);
        let next_free = log_sum(
            std::iter::once(of(0) + after_free)
                .chain((0..5).map(|k| of(k * 3 + 1) + after_open.get(k).copied().unwrap_or(LOW))),
        );
        for (k, open) in after_open.iter_mut().enumerate() {
            *open = log_sum([of(k * 3 + 2) + *open, of(k * 3 + 3) + after_free].into_iter());
        }
        after_free = next_free;
    }
    out
}

/// The scores with every tag ruled out that is known to be wrong.
fn allowed(scores: &[[f32; TAGS]], tags: &[u8]) -> Vec<[f32; TAGS]> {
    scores
        .iter()
        .zip(tags)
        .map(|(score, known)| {
            let mut score = *score;
            if *known != ANY {
                for (tag, s) in score.iter_mut().enumerate().filter(|(tag, _)| *tag != usize::from(*known)) {
                    *s = if tag == usize::from(*known) { *s } else { -1e4 };
                }
            }
            score
        })
        .collect()
}

impl Table {
    fn new(rows: u32) -> Self {
        let count = 1_usize << rows.clamp(8, 22);
        Self { weights: vec![[0.0; TAGS]; count], squares: vec![[1e-4; TAGS]; count], mask: count - 1 }
    }

    fn learn(&mut self, lesson: &Lesson, options: &TrainOptions, chance: &mut Chance) -> f32 {
        let keep = 1.0 - options.dropout;
        // Which features are looked at this time.
        let masks: Vec<u32> = lesson
            .keys
            .iter()
            .map(|_| {
                let mut mask = 0_u32;
                let mut dice = chance.next();
                let mut left = 4;
                for bit in 0..KEYS {
                    if left == 0 {
                        dice = chance.next();
                        left = 4;
                    }
                    left -= 1;
                    let roll = (dice & 0xFFFF) as f32 / 65_536.0;
                    dice >>= 16;
                    mask |= u32::from(roll < keep) << bit;
                }
                mask
            })
            .collect();
        let scores: Vec<[f32; TAGS]> = lesson
            .keys
            .iter()
            .zip(&masks)
            .map(|(keys, mask)| {
                let mut sum = [0.0; TAGS];
                for (n, key) in keys.iter().enumerate() {
                    if mask >> n & 1 == 1
                        && let Some(row) = self.weights.get(*key as usize & self.mask)
                    {
                        for (s, w) in sum.iter_mut().zip(row) {
                            *s += w / keep;
                        }
                    }
                }
                sum
            })
            .collect();
        let expected = expectations(&scores);
        let known = lesson.tags.contains(&ANY).then(|| expectations(&allowed(&scores, &lesson.tags)));
        let mut loss = 0.0;
        for (at, (((keys, mask), expected), tag)) in
            lesson.keys.iter().zip(&masks).zip(&expected).zip(&lesson.tags).enumerate()
        {
            let mut slope = *expected;
            if *tag == ANY {
                for (s, k) in slope.iter_mut().zip(known.iter().flat_map(|known| known.get(at)).flatten()) {
                    *s -= k;
                }
            } else if let Some(s) = slope.get_mut(usize::from(*tag)) {
                loss += 1.0 - *s;
                *s -= 1.0;
            }
            if slope.iter().all(|s| s.abs() < 1e-3) {
                continue;
            }
            for (n, key) in keys.iter().enumerate() {
                let at = *key as usize & self.mask;
                if mask >> n & 1 == 1
                    && let (Some(row), Some(squares)) = (self.weights.get_mut(at), self.squares.get_mut(at))
                {
                    for ((w, q), s) in row.iter_mut().zip(squares).zip(&slope) {
                        let step = s + options.decay * *w;
                        *q += step * step;
                        *w -= options.rate * step / q.sqrt();
                    }
                }
            }
        }
        loss
    }
}

/// Trains a recogniser. `report` hears after each pass: its number and the mean error per character.
pub fn train(samples: &[Sample], options: &TrainOptions, report: &mut dyn FnMut(u32, f32)) -> Recogniser {
    let mut chance = Chance(options.seed);
    let mut table = Table::new(options.rows);
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut plain = *options;
    for pass in 1..=options.passes {
        for i in (1..order.len()).rev() {
            let j = usize::try_from(chance.next() % (i as u64 + 1)).unwrap_or(0);
            order.swap(i, j);
        }
        let (mut loss, mut places) = (0.0_f64, 0_usize);
        let mut batch = Vec::new();
        for (seen, index) in order.iter().enumerate() {
            // The rate falls to a tenth over all passes.
            let done =
                (f64::from(pass - 1) + seen as f64 / order.len().max(1) as f64) / f64::from(options.passes.max(1));
            plain.rate = options.rate * (1.0 - 0.9 * done as f32);
            let Some(sample) = samples.get(*index) else { continue };
            batch.clear();
            lessons(sample, &mut batch);
            for lesson in &batch {
                loss += f64::from(table.learn(lesson, &plain, &mut chance));
                places += lesson.tags.len();
            }
        }
        report(pass, (loss / places.max(1) as f64) as f32);
    }
    quantised(&table, options.lean, cold(samples))
}

/// A pair is cold when it was seen this often, and in fewer than one entity in a hundred times.
const OFTEN: u32 = 6;

/// The bits of the cold pairs.
fn cold(samples: &[Sample]) -> Vec<u8> {
    let mut seen = vec![(0_u32, 0_u32); 1 << PAIRS];
    let mut batch = Vec::new();
    for sample in samples {
        batch.clear();
        lessons(sample, &mut batch);
        for lesson in &batch {
            for (pairs, tag) in lesson.pairs.iter().zip(&lesson.tags) {
                for (n, pair) in pairs.iter().enumerate() {
                    if let Some((all, inside)) = seen.get_mut(*pair as usize) {
                        // Each pair counts once, at its second character; inside counts at both.
                        *all += u32::from(n == 0);
                        *inside += u32::from(*tag != 0);
                    }
                }
            }
        }
    }
    let mut bits = vec![0_u8; 1 << (PAIRS - 3)];
    for (n, (all, inside)) in seen.iter().enumerate() {
        if *all >= OFTEN
            && inside * 100 < *all
            && let Some(byte) = bits.get_mut(n >> 3)
        {
            *byte |= 1 << (n & 7);
        }
    }
    bits
}

/// Weights as small integers: the largest of all but the last ten-thousandth is 127.
fn quantised(table: &Table, lean: f32, cold: Vec<u8>) -> Recogniser {
    let mut sizes: Vec<f32> = table.weights.iter().flatten().map(|w| w.abs()).filter(|w| *w > 1e-3).collect();
    sizes.sort_unstable_by(f32::total_cmp);
    let top = sizes.get(sizes.len().saturating_sub(1 + sizes.len() / 20_000)).copied().unwrap_or(1.0).max(1e-3);
    let step = top / 127.0;
    let rows: Vec<Row> =
        table.weights.iter().map(|row| row.map(|w| (w / step).round().clamp(-127.0, 127.0) as i8)).collect();
    Recogniser::new(rows, step, lean, cold)
}
