//! Vectors: the articles of a segment as bytes, and as sketches of one bit a number that are compared first.
//!
//! A scan counts the bits in which each sketch differs from the question's, takes the nearest few hundred, and
//! reckons their cosine from the bytes. Sketches are not kept in the file: they follow from the bytes.

use std::path::{Path, PathBuf};

use super::bytes::{Reader, Writer};
use crate::{Error, Result};

/// A question's numbers are rounded to so many steps, which leaves room for 4,096 of them in a sum of 32 bits.
const STEPS: f32 = 1023.0;

/// The vectors of a segment.
#[derive(Debug, Default)]
pub(super) struct Vectors {
    /// The model that made them.
    pub(super) fingerprint: String,
    pub(super) dims: usize,
    /// `dims` signed bytes for each article.
    pub(super) bytes: Vec<i8>,
    /// What each article's bytes are multiplied by; 0 for an article without a vector.
    pub(super) scales: Vec<f32>,
    /// What is subtracted before the sign makes a bit: the mean of all articles, in bytes of scale one.
    means: Vec<f32>,
    /// `dims` bits for each article, in words of 64.
    sketches: Vec<u64>,
}

/// A question, prepared for scanning.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    steps: Vec<i16>,
    scale: f32,
    sketch: Vec<u64>,
}

impl Probe {
    /// `None` for a vector of zeros.
    pub(crate) fn of(vector: &[f32]) -> Option<Self> {
        let highest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        if highest <= 0.0 || !highest.is_finite() {
            return None;
        }
        let scale = highest / STEPS;
        let steps = vector.iter().map(|x| (x / scale).round() as i16).collect();
        Some(Self { steps, scale, sketch: sketch(vector.iter().map(|x| *x > 0.0)) })
    }
}

fn sketch(bits: impl Iterator<Item = bool>) -> Vec<u64> {
    let mut words = Vec::new();
    for (at, bit) in bits.enumerate() {
        if at % 64 == 0 {
            words.push(0);
        }
        if let (Some(word), true) = (words.last_mut(), bit) {
            *word |= 1 << (at % 64);
        }
    }
    words
}

impl Vectors {
    pub(super) fn new(fingerprint: &str, dims: usize) -> Self {
        Self { fingerprint: fingerprint.to_owned(), dims, ..Self::default() }
    }

    /// Adds an article's vector; one of another size counts as none.
    pub(super) fn push(&mut self, vector: &[f32]) {
        let highest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        if vector.len() != self.dims || highest <= 0.0 || !highest.is_finite() {
            self.bytes.resize(self.bytes.len() + self.dims, 0);
            self.scales.push(0.0);
            return;
        }
        let scale = highest / 127.0;
        self.bytes.extend(vector.iter().map(|x| (x / scale).round() as i8));
        self.scales.push(scale);
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

    /// Works out the sketches, once all articles are there.
    pub(super) fn seal(mut self) -> Self {
        if self.dims == 0 {
            return self;
        }
        let mut means = vec![0.0_f32; self.dims];
        for (row, scale) in self.bytes.chunks_exact(self.dims).zip(&self.scales) {
            for (mean, byte) in means.iter_mut().zip(row) {
                *mean += scale * f32::from(*byte);
            }
        }
        let count = self.scales.len().max(1) as f32;
        means.iter_mut().for_each(|mean| *mean /= count);
        let mut sketches = Vec::with_capacity(self.scales.len() * self.dims.div_ceil(64));
        for (row, scale) in self.bytes.chunks_exact(self.dims).zip(&self.scales) {
            sketches.extend(sketch(row.iter().zip(&means).map(|(byte, mean)| scale * f32::from(*byte) > *mean)));
        }
        (self.means, self.sketches) = (means, sketches);
        self
    }

    /// In how many bits each article differs from the question; none for one without a vector.
    pub(super) fn distances(&self, probe: &Probe, into: &mut [u16]) {
        match self.dims.div_ceil(64) {
            2 => self.fixed::<2>(probe, into),
            3 => self.fixed::<3>(probe, into),
            4 => self.fixed::<4>(probe, into),
            words => {
                for (sketch, into) in self.sketches.chunks_exact(words.max(1)).zip(into.iter_mut()) {
                    let bits = sketch.iter().zip(&probe.sketch).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
                    *into = bits as u16;
                }
            }
        }
        for (scale, into) in self.scales.iter().zip(into) {
            if *scale == 0.0 {
                *into = u16::MAX;
            }
        }
    }

    fn fixed<const N: usize>(&self, probe: &Probe, into: &mut [u16]) {
        let Some(asked) = probe.sketch.first_chunk::<N>() else { return };
        let (sketches, _) = self.sketches.as_chunks::<N>();
        for (sketch, into) in sketches.iter().zip(into) {
            let mut bits = 0;
            for (a, b) in sketch.iter().zip(asked) {
                bits += (a ^ b).count_ones();
            }
            *into = bits as u16;
        }
    }

    /// The cosine of an article and the question; 0 for an article without a vector.
    pub(super) fn cosine(&self, probe: &Probe, at: usize) -> f32 {
        let (Some(row), Some(scale)) = (self.row(at), self.scales.get(at)) else { return 0.0 };
        let dot: i32 = row.iter().zip(&probe.steps).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        dot as f32 * scale * probe.scale
    }

    /// What they take in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.scales.len() * 4 + self.sketches.len() * 8
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
        Ok(Self { fingerprint, dims, bytes, scales, ..Self::default() }.seal())
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
            let mut distances = vec![0; rows.len()];
            vectors.distances(&probe, &mut distances);
            prop_assert!(distances.iter().all(|bits| *bits <= 70 || *bits == u16::MAX));
        }
    }
}
