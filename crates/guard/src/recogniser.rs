//! Our own recogniser of names, organisations, addresses and places: a linear model over characters, decoded so that
//! only whole entities come out. Weights are data; `models train-recogniser` makes them from labelled text.
//!
//! A character is judged by hashed features of its neighbours and of word lists (family names, given-name
//! characters, divisions, endings of organisations). Each feature is one row of sixteen small integers, one per tag.

mod features;
mod lexicon;
mod training;

use std::sync::LazyLock;

pub use training::{Entity, Sample, TrainOptions, train};

use self::features::Clause;

/// Tags: outside, and begin, inside, end of each class.
pub(crate) const TAGS: usize = 16;

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person.
    PersonName,
    /// A company or another private body.
    Organisation,
    /// An organ of state, a school, a hospital, an army, a party: a body that is not what is protected.
    PublicBody,
    /// An address below the county.
    Address,
    /// A place that is no address: a country, a division, a river.
    Place,
}

impl Class {
    /// Every class, in the order of the tags.
    pub const ALL: [Self; 5] = [Self::PersonName, Self::Organisation, Self::PublicBody, Self::Address, Self::Place];

    /// The first of the class's three tags.
    pub(crate) fn tag(self) -> usize {
        match self {
            Self::PersonName => 1,
            Self::Organisation => 4,
            Self::PublicBody => 7,
            Self::Address => 10,
            Self::Place => 13,
        }
    }
}

/// An entity in a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spotted {
    /// What it is.
    pub class: Class,
    /// Its first byte.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// How sure, 0 to 1.
    pub score: f32,
}

/// Why weights cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// Not a file of this form.
    #[error("these are no weights of the recogniser")]
    Form,
    /// Its digest does not hold.
    #[error("the weights are damaged: their SM3 digest does not hold")]
    Damaged,
}

/// Row of a feature: one weight per tag.
pub(crate) type Row = [i8; TAGS];

/// The model in memory.
pub struct Recogniser {
    rows: Vec<Row>,
    /// What one step of a weight is worth.
    step: f32,
    /// What is taken from the outside tag's score: recall before precision.
    lean: f32,
    /// Pairs of characters that were seen often and never in an entity: a bit each. Most text is made of them, and
    /// what stands between two of them is not looked at.
    cold: Vec<u8>,
}

/// Pairs of characters that the cold bits tell apart, as a power of two.
pub(crate) const PAIRS: u32 = 20;
/// Bytes of the cold bits.
const COLD: usize = 1 << (PAIRS - 3);

impl std::fmt::Debug for Recogniser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recogniser({} rows)", self.rows.len())
    }
}

static SHIPPED: LazyLock<Option<Recogniser>> =
    LazyLock::new(|| Recogniser::read(include_bytes!("../data/recogniser.bin")).ok());

const MAGIC: &[u8; 8] = b"SZRECOG1";
/// Magic, rows, step, lean.
const HEAD: usize = 8 + 4 + 4 + 4;
const DIGEST: usize = 32;

impl Recogniser {
    /// The weights that come with this version; `None` only when the build is broken.
    #[must_use]
    pub fn shipped() -> Option<&'static Self> {
        SHIPPED.as_ref()
    }

    pub(crate) fn new(rows: Vec<Row>, step: f32, lean: f32, mut cold: Vec<u8>) -> Self {
        cold.resize(COLD, 0);
        Self { rows, step, lean, cold }
    }

    fn is_cold(&self, pair: u32) -> bool {
        self.cold.get(pair as usize >> 3).is_some_and(|byte| byte >> (pair & 7) & 1 == 1)
    }

    /// The model as a file: head, rows, SM3 digest.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + self.rows.len() * TAGS + DIGEST);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&u32::try_from(self.rows.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&self.step.to_le_bytes());
        out.extend_from_slice(&self.lean.to_le_bytes());
        for row in &self.rows {
            out.extend(row.iter().map(|w| w.to_le_bytes()[0]));
        }
        out.extend_from_slice(&self.cold);
        let digest = digest(&out);
        out.extend_from_slice(&digest);
        out
    }

    /// Reads what [`Recogniser::write`] wrote.
    ///
    /// # Errors
    /// When the bytes are something else or damaged.
    pub fn read(bytes: &[u8]) -> Result<Self, WeightsError> {
        let body = bytes.len().checked_sub(DIGEST).ok_or(WeightsError::Form)?;
        let (body, seal) = bytes.split_at_checked(body).ok_or(WeightsError::Form)?;
        let rest = body.strip_prefix(MAGIC).ok_or(WeightsError::Form)?;
        let (head, rest) = rest.split_at_checked(HEAD - MAGIC.len()).ok_or(WeightsError::Form)?;
        let word = |at: usize| head.get(at..at + 4).and_then(|b| b.try_into().ok()).ok_or(WeightsError::Form);
        let count = u32::from_le_bytes(word(0)?) as usize;
        if !count.is_power_of_two() || count > 1 << 22 || rest.len() != count * TAGS + COLD {
            return Err(WeightsError::Form);
        }
        if digest(body) != seal {
            return Err(WeightsError::Damaged);
        }
        let (rows, cold) = rest.split_at_checked(count * TAGS).ok_or(WeightsError::Form)?;
        let (chunks, _) = rows.as_chunks::<TAGS>();
        Ok(Self {
            rows: chunks.iter().map(|row| row.map(|b| i8::from_le_bytes([b]))).collect(),
            step: f32::from_le_bytes(word(4)?),
            lean: f32::from_le_bytes(word(8)?),
            cold: cold.to_vec(),
        })
    }

    /// The same weights with another leaning to recall.
    #[must_use]
    pub fn leaning(mut self, lean: f32) -> Self {
        self.lean = lean;
        self
    }

    /// Every entity of a text, in order, without overlaps.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Spotted> {
        let mut found = Vec::new();
        let mut clause = Clause::default();
        let mut scores: Vec<[i16; TAGS]> = Vec::new();
        let mut trellis = Trellis::default();
        let mut from = 0;
        while from < text.len() {
            from = clause.fill(text, from);
            if !clause.is_worth_a_look() || clause.is_a_token(text) {
                continue;
            }
            scores.clear();
            let mask = self.rows.len() - 1;
            clause.each(|pairs, keys| {
                let mut sum = [0_i16; TAGS];
                if pairs.iter().all(|pair| self.is_cold(*pair)) {
                    // Outside, whatever stands around.
                    let [outside, ..] = &mut sum;
                    *outside = 4_000;
                    scores.push(sum);
                    return;
                }
                for key in &keys() {
                    if let Some(row) = self.rows.get(*key as usize & mask) {
                        // At most 26 weights meet: nothing overflows, and without a check eight are added at once.
                        for (s, w) in sum.iter_mut().zip(row) {
                            *s = s.wrapping_add(i16::from(*w));
                        }
                    }
                }
                scores.push(sum);
            });
            trellis.decode(&scores, self.lean / self.step);
            trellis.entities(&scores, self.step, |class, a, b, score| {
                if let (Some(start), Some(end)) = (clause.byte(a), clause.byte(b)) {
                    found.push(Spotted { class, start, end, score });
                }
            });
        }
        found
    }
}

fn digest(bytes: &[u8]) -> [u8; DIGEST] {
    use sm3::Digest as _;
    let mut out = [0; DIGEST];
    for (to, from) in out.iter_mut().zip(sm3::Sm3::digest(bytes)) {
        *to = from;
    }
    out
}

/// The best path through a clause, class by class.
#[derive(Default)]
struct Trellis {
    /// For each place: the tag that the best way out of the place before had, and for each class where its inside came from.
    back: Vec<Back>,
    path: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
struct Back {
    /// The best tag among outside and ends, at this place.
    best: u8,
    /// For each class: whether inside here came from inside (else from begin).
    inside: [bool; 5],
    /// For each class: whether end here came from inside (else from begin).
    end: [bool; 5],
}

impl Trellis {
    fn decode(&mut self, scores: &[[i16; TAGS]], lean: f32) {
        const LOW: f32 = -1e9;
        self.back.clear();
        self.path.clear();
        // The best score of a path that is outside or at an end; begin and inside per class.
        let mut free = 0.0_f32;
        let mut begun = [LOW; 5];
        let mut within = [LOW; 5];
        for score in scores {
            let [outside, classes @ ..] = score;
            let (classes, _) = classes.as_chunks::<3>();
            let mut back = Back::default();
            let mut next_free = free + f32::from(*outside) - lean;
            let state = begun.iter_mut().zip(&mut within).zip(back.inside.iter_mut().zip(&mut back.end));
            for (k, (([b, i, e], ((begun, within), (inside, end))), tag)) in
                classes.iter().zip(state).zip(1_u8..).enumerate()
            {
                let _ = tag;
                let from_within = *within > *begun;
                let open = within.max(*begun);
                (*inside, *end) = (from_within, from_within);
                let closed = open + f32::from(*e);
                if closed > next_free {
                    next_free = closed;
                    back.best = u8::try_from(k * 3 + 3).unwrap_or(0);
                }
                *within = open + f32::from(*i);
                *begun = free + f32::from(*b);
            }
            self.back.push(back);
            free = next_free;
        }
        // Back from the end: the last place is outside or an end.
        self.path.resize(scores.len(), 0);
        let mut want = None;
        for (back, tag) in self.back.iter().zip(&mut self.path).rev() {
            let now = match want {
                None => back.best,
                Some(tag) => tag,
            };
            *tag = now;
            let class = usize::from(now.saturating_sub(1)) / 3;
            let from_within = back.inside.get(class).copied().unwrap_or(false);
            want = match (now, now.saturating_sub(1) % 3) {
                (0, _) | (_, 0) => None,
                (_, _) if from_within => u8::try_from(class * 3 + 2).ok(),
                _ => u8::try_from(class * 3 + 1).ok(),
            };
        }
    }

    /// Every entity on the path: class, first and last character, score.
    fn entities(&self, scores: &[[i16; TAGS]], step: f32, mut each: impl FnMut(Class, usize, usize, f32)) {
        let mut start = 0;
        let mut margin = 0.0_f32;
        for (at, (tag, score)) in self.path.iter().zip(scores).enumerate() {
            if *tag == 0 {
                continue;
            }
            let part = (*tag - 1) % 3;
            if part == 0 {
                start = at;
                margin = 0.0;
            }
            let [outside, ..] = score;
            margin += f32::from(score.get(usize::from(*tag)).copied().unwrap_or(0) - *outside) * step;
            if part == 2
                && let Some(class) = Class::ALL.get(usize::from(*tag - 1) / 3)
            {
                each(*class, start, at + 1, 1.0 / (1.0 + (-margin * 0.5).exp()));
            }
        }
    }
}

/// Whether characters could be a person's name at all: a family name and up to three more, sounds of a foreign name,
/// or letters.
pub(crate) fn could_name_a_person(name: &str) -> bool {
    lexicon::is_name_shaped(name)
}

#[cfg(test)]
mod tests {
    use super::{Recogniser, WeightsError};

    #[test]
    fn weights_are_checked_before_they_are_used() {
        let model = Recogniser::new(vec![[1; 16]; 4], 0.1, 0.0, Vec::new());
        let bytes = model.write();
        assert!(Recogniser::read(&bytes).is_ok());
        let mut bad = bytes.clone();
        bad[30] ^= 1;
        assert_eq!(Recogniser::read(&bad).err(), Some(WeightsError::Damaged));
        assert_eq!(Recogniser::read(&bytes[..40]).err(), Some(WeightsError::Form));
        assert_eq!(Recogniser::read(b"").err(), Some(WeightsError::Form));
    }
}
