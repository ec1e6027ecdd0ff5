//! Vectors: the articles of a segment, one signed byte a number, compared with a question one after the other.
//!
//! Every article is compared, with the instructions of the processor at hand (`pulp` chooses); where there are many, a
//! copy of half a byte a number goes first (`coarse`). Sketches of one bit a number were tried before and lose half
//! of the nearest hundred at these sizes (ADR 0011).

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::bytes::{Reader, Writer};
use super::coarse;
use crate::{Error, Result};

/// A question's numbers are rounded to so many steps, which leaves room for 4,096 of them in a sum of 32 bits.
const STEPS: f32 = 1023.0;

/// The vectors of a segment.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    /// The model that made them.
    pub(crate) fingerprint: String,
    pub(super) dims: usize,
    /// `dims` signed bytes for each article.
    pub(super) bytes: Vec<i8>,
    /// What each article's bytes are multiplied by; 0 for an article without a vector.
    pub(super) scales: Vec<f32>,
}

/// A question, prepared for scanning.
#[derive(Debug, Default, Clone)]
pub(crate) struct Probe {
    steps: Vec<i16>,
    scale: f32,
    pub(super) coarse: coarse::Question,
    /// What a cosine is multiplied by, and what is added: another model's cosines are brought to the spread of our own,
    /// for which the ranker's weights were learned.
    level: Option<(f32, f32)>,
}

/// The mean and the spread of the cosines of a citizen's question and the articles, with the model that ships.
const OWN_SPREAD: (f32, f32) = (0.0, 0.12);

/// The best instructions that this processor has.
static ARCH: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);

impl Probe {
    /// `None` for a vector of zeros.
    pub(crate) fn of(vector: &[f32]) -> Option<Self> {
        let highest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        if highest <= 0.0 || !highest.is_finite() {
            return None;
        }
        let scale = highest / STEPS;
        let steps = vector.iter().map(|x| (x / scale).round() as i16).collect();
        Some(Self { steps, scale, coarse: coarse::Question::new(vector, highest), level: None })
    }

    /// Brings the cosines to the spread of our own model's, by those of a sample of articles.
    pub(super) fn level_by(&mut self, sample: &[f32]) {
        let n = sample.len().max(1) as f32;
        let mean = sample.iter().sum::<f32>() / n;
        let spread = (sample.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n).sqrt();
        let gain = OWN_SPREAD.1 / spread.max(1e-3);
        self.level = Some((gain, OWN_SPREAD.0 - mean * gain));
    }

    /// A cosine as the ranker takes it.
    pub(crate) fn leveled(&self, cosine: f32) -> f32 {
        self.level.map_or(cosine, |(gain, add)| cosine * gain + add)
    }

    /// What a cosine is that the ranker takes as `leveled`.
    pub(super) fn unleveled(&self, leveled: f32) -> f32 {
        self.level.map_or(leveled, |(gain, add)| (leveled - add) / gain)
    }

    /// The cosine of a row of signed bytes times `scale`, such as a sentence's.
    pub(crate) fn cosine(&self, row: &[i8], scale: f32) -> f32 {
        if row.len() == self.steps.len() { dot(row, &self.steps) as f32 * scale * self.scale } else { 0.0 }
    }
}

/// A vector in signed bytes, and what they are multiplied by; `None` for one of zeros.
pub(crate) fn in_bytes(vector: &[f32]) -> Option<(Vec<i8>, f32)> {
    let highest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    if highest <= 0.0 || !highest.is_finite() {
        return None;
    }
    let scale = highest / 127.0;
    Some((vector.iter().map(|x| (x / scale).round() as i8).collect(), scale))
}

/// Many comparisons, compiled once for each kind of processor.
struct Scan<'s> {
    rows: &'s [i8],
    scales: &'s [f32],
    probe: &'s Probe,
    into: &'s mut [f32],
}

impl pulp::WithSimd for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match self.probe.steps.len() {
            64 => self.fixed::<64>(),
            96 => self.fixed::<96>(),
            128 => self.fixed::<128>(),
            160 => self.fixed::<160>(),
            192 => self.fixed::<192>(),
            256 => self.fixed::<256>(),
            dims => {
                let rows = self.rows.chunks_exact(dims.max(1));
                for ((row, scale), into) in rows.zip(self.scales).zip(self.into) {
                    *into = dot(row, &self.probe.steps) as f32 * scale * self.probe.scale;
                }
            }
        }
    }
}

impl Scan<'_> {
    #[inline(always)]
    fn fixed<const N: usize>(self) {
        let Some(steps) = self.probe.steps.first_chunk::<N>() else { return };
        let (rows, _) = self.rows.as_chunks::<N>();
        for ((row, scale), into) in rows.iter().zip(self.scales).zip(self.into) {
            *into = dot(row, steps) as f32 * scale * self.probe.scale;
        }
    }
}

/// Wrapping: a check for each addition would keep the compiler from doing sixteen at a time. Nothing overflows before
/// 4,096 numbers.
#[inline(always)]
fn dot(row: &[i8], steps: &[i16]) -> i32 {
    let mut dot = 0_i32;
    for (a, b) in row.iter().zip(steps) {
        dot = dot.wrapping_add(i32::from(i16::from(*a)).wrapping_mul(i32::from(*b)));
    }
    dot
}

impl Vectors {
    pub(crate) fn new(fingerprint: &str, dims: usize) -> Self {
        Self { fingerprint: fingerprint.to_owned(), dims, ..Self::default() }
    }

    /// Adds an article's vector; one of another size counts as none.
    pub(crate) fn push(&mut self, vector: &[f32]) {
        match in_bytes(vector).filter(|(row, _)| row.len() == self.dims) {
            Some((row, scale)) => {
                self.bytes.extend(row);
                self.scales.push(scale);
            }
            None => {
                self.bytes.resize(self.bytes.len() + self.dims, 0);
                self.scales.push(0.0);
            }
        }
    }

    /// Takes over the vector of an article of another segment.
    pub(super) fn take(&mut self, from: &Self, at: usize) {
        match (from.row(at), from.scales.get(at)) {
            (Some(row), Some(scale)) if row.len() == self.dims => {
                self.bytes.extend_from_slice(row);
                self.scales.push(*scale);
            }
            _ => self.push(&[]),
        }
    }

    fn row(&self, at: usize) -> Option<&[i8]> {
        self.bytes.get(at * self.dims..(at + 1) * self.dims)
    }

    /// The cosines of the question and the articles from `from` on, as many as `into` has room for; 0 for an article
    /// without a vector.
    pub(super) fn cosines(&self, probe: &Probe, from: usize, into: &mut [f32]) {
        let to = from + into.len();
        let rows = self.bytes.get(from * self.dims..to * self.dims).unwrap_or_default();
        let scales = self.scales.get(from..to).unwrap_or_default();
        if probe.steps.len() == self.dims {
            ARCH.dispatch(Scan { rows, scales, probe, into });
        }
    }

    /// The cosine of one article.
    pub(super) fn cosine(&self, probe: &Probe, at: usize) -> f32 {
        let mut cosine = [0.0];
        self.cosines(probe, at, &mut cosine);
        let [cosine] = cosine;
        cosine
    }

    /// What they take in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.scales.len() * 4
    }

    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let mut file = Writer::default();
        file.bytes(self.fingerprint.as_bytes());
        file.u64(self.dims as u64);
        file.array(&self.scales, f32::to_le_bytes);
        file.array(&self.bytes, i8::to_le_bytes);
        file.save(path)
    }

    pub(super) fn load(path: &Path) -> Result<Self> {
        let mut file = Reader::open(path)?;
        let fingerprint = String::from_utf8_lossy(file.bytes()?).into_owned();
        let dims = usize::try_from(file.u64()?).map_err(|_| TORN)?;
        let scales = file.array(f32::from_le_bytes)?;
        let bytes = file.array(i8::from_le_bytes)?;
        if scales.len().checked_mul(dims) != Some(bytes.len()) {
            return Err(TORN);
        }
        Ok(Self { fingerprint, dims, bytes, scales })
    }
}

const TORN: Error = Error::IndexBroken("the vectors of a segment are not whole");

pub(super) fn path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id}.vectors"))
}

#[cfg(test)]
mod tests {
    use super::{Probe, Vectors};
    use proptest::prelude::*;

    fn unit(values: &[i8]) -> Vec<f32> {
        let length = values.iter().map(|x| f32::from(*x).powi(2)).sum::<f32>().sqrt().max(1e-6);
        values.iter().map(|x| f32::from(*x) / length).collect()
    }

    proptest! {
        #[test]
        fn cosines_are_near_the_exact_ones(
            rows in prop::collection::vec(prop::collection::vec(any::<i8>(), 70), 1..20),
            asked in prop::collection::vec(any::<i8>(), 70),
        ) {
            let (rows, asked): (Vec<Vec<f32>>, Vec<f32>) = (rows.iter().map(|row| unit(row)).collect(), unit(&asked));
            let mut vectors = Vectors::new("test", 70);
            rows.iter().for_each(|row| vectors.push(row));
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("v");
            vectors.save(&file).unwrap();
            let vectors = Vectors::load(&file).unwrap();
            let Some(probe) = Probe::of(&asked) else { return Ok(()) };
            for (at, row) in rows.iter().enumerate() {
                let exact: f32 = row.iter().zip(&asked).map(|(a, b)| a * b).sum();
                prop_assert!((vectors.cosine(&probe, at) - exact).abs() < 0.02);
            }
            let mut together = vec![0.0; rows.len()];
            vectors.cosines(&probe, 0, &mut together);
            for (at, cosine) in together.iter().enumerate() {
                prop_assert_eq!(*cosine, vectors.cosine(&probe, at));
            }
        }
    }
}
