//! A coarse copy of the vectors, half a byte a number: which articles are worth an exact comparison.
//!
//! The scan of every vector is bound by memory. Half a byte a number halves what is read and is off by about a
//! hundredth of a cosine, so three times as many articles as are wanted are compared exactly afterwards; on the statute
//! set the nearest 200 are the same (a test holds it for random vectors). Rows lie sixteen to a block, number by
//! number, so that one instruction serves sixteen articles and nothing is added up across a register.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m256i};

use super::vectors::Vectors;

/// So many articles lie in a block.
pub(super) const BLOCK: usize = 16;

/// Numbers to a group of a block: a byte for each article and pair, low half and high half.
const GROUP: usize = 4;

/// A byte for each article and each half of a group.
const BYTES: usize = 2 * BLOCK;

/// Sixteen-bit sums are widened after so many groups; 15 × 64 × 34 is the most they hold.
const WIDEN: usize = 16;

/// A question's numbers are rounded to so many steps.
const STEPS: f32 = 34.0;

/// The middle of the sixteen values of half a byte.
const MIDDLE: i32 = 8;

/// The coarse copy of a segment's vectors.
#[derive(Debug, Default)]
pub(super) struct Coarse {
    groups: usize,
    /// Block by block, group by group: `BYTES` bytes.
    bytes: Vec<[u8; BYTES]>,
    /// What each article's numbers are multiplied by, block by block; 0 for an article without a vector.
    scales: Vec<[f32; BLOCK]>,
}

/// A question, prepared for the coarse copy.
#[derive(Debug, Default, Clone)]
pub(super) struct Question {
    /// For each group, its two pairs as the bytes that stand beside those of sixteen articles.
    pairs: Vec<[[i8; BYTES]; 2]>,
    /// What a sum is too high by, because halves of bytes have no sign.
    offset: i32,
    scale: f32,
}

impl Question {
    /// A question's vector, whose highest number is `highest`.
    pub(super) fn new(vector: &[f32], highest: f32) -> Self {
        let scale = highest / STEPS;
        let step = |at: usize| vector.get(at).map_or(0, |x| (x / scale).round() as i8);
        let groups = vector.len().div_ceil(GROUP);
        let beside = |at: usize| std::array::from_fn(|byte| step(at + byte % 2));
        let pairs = (0..groups).map(|group| group * GROUP).map(|at| [beside(at), beside(at + 2)]).collect();
        let sum: i32 = (0..vector.len()).map(|at| i32::from(step(at))).sum();
        Self { pairs, offset: sum * MIDDLE, scale }
    }
}

impl Coarse {
    /// The coarse copy of some vectors; nothing on processors for which there is no fast comparison.
    pub(super) fn of(vectors: &Vectors) -> Self {
        if !is_fast() || vectors.dims == 0 {
            return Self::default();
        }
        let groups = vectors.dims.div_ceil(GROUP);
        let blocks = vectors.scales.len().div_ceil(BLOCK);
        let mut made = Self { groups, bytes: vec![[0; BYTES]; blocks * groups], scales: vec![[0.0; BLOCK]; blocks] };
        let rows = vectors.bytes.chunks_exact(vectors.dims).zip(&vectors.scales);
        for (at, (row, scale)) in rows.enumerate() {
            let (block, lane) = (at / BLOCK, at % BLOCK);
            let highest = row.iter().map(|x| x.unsigned_abs()).max().unwrap_or_default();
            let step = (f32::from(highest) / 7.0).max(1.0 / 7.0);
            let half = |at: usize| {
                let steps = row.get(at).map_or(0.0, |x| f32::from(*x) / step).round();
                (steps as i32 + MIDDLE).clamp(0, 15) as u8
            };
            for group in 0..groups {
                let Some(bytes) = made.bytes.get_mut(block * groups + group) else { continue };
                for pair in 0..2 {
                    let at = group * GROUP + pair;
                    if let Some(byte) = bytes.get_mut(2 * lane + pair) {
                        *byte = half(at) | half(at + 2) << 4;
                    }
                }
            }
            if let Some(known) = made.scales.get_mut(block).and_then(|scales| scales.get_mut(lane)) {
                *known = scale * step;
            }
        }
        made
    }

    /// Whether there is anything to compare.
    pub(super) fn is_there(&self) -> bool {
        self.groups > 0
    }

    /// What it takes in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() * BYTES + self.scales.len() * BLOCK * 4
    }

    /// The rough cosines of the first blocks, as many as `into` has room for, and the highest of each block.
    pub(super) fn cosines(&self, question: &Question, into: &mut [[f32; BLOCK]], tops: &mut [f32]) {
        if question.pairs.len() == self.groups {
            scan(question, self, into, tops);
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn is_fast() -> bool {
    pulp::x86::V3::try_new().is_some()
}

#[cfg(not(target_arch = "x86_64"))]
fn is_fast() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
fn scan(question: &Question, coarse: &Coarse, into: &mut [[f32; BLOCK]], tops: &mut [f32]) {
    if let Some(simd) = pulp::x86::V3::try_new() {
        simd.vectorize(Scan { simd, question, coarse, into, tops });
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn scan(_: &Question, _: &Coarse, _: &mut [[f32; BLOCK]], _: &mut [f32]) {}

#[cfg(target_arch = "x86_64")]
struct Scan<'s> {
    simd: pulp::x86::V3,
    question: &'s Question,
    coarse: &'s Coarse,
    into: &'s mut [[f32; BLOCK]],
    tops: &'s mut [f32],
}

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { simd, question, coarse, into, tops } = self;
        let (avx, wide) = (simd.avx, simd.avx2);
        let low: __m256i = pulp::cast([0x0f_u8; BYTES]);
        let offset: __m256i = pulp::cast([question.offset; BLOCK / 2]);
        let scale: __m256 = pulp::cast([question.scale; BLOCK / 2]);
        let groups = question.pairs.len();
        let blocks = coarse.bytes.chunks_exact(groups.max(1)).zip(&coarse.scales);
        for ((bytes, scales), (into, top)) in blocks.zip(into.iter_mut().zip(tops)) {
            let (mut front, mut back): (__m256i, __m256i) = (pulp::cast([0_u8; BYTES]), pulp::cast([0_u8; BYTES]));
            for (bytes, pairs) in bytes.chunks(WIDEN).zip(question.pairs.chunks(WIDEN)) {
                let mut short: __m256i = pulp::cast([0_u8; BYTES]);
                for (bytes, [first, second]) in bytes.iter().zip(pairs) {
                    let bytes: __m256i = pulp::cast(*bytes);
                    let ahead = wide._mm256_and_si256(bytes, low);
                    let behind = wide._mm256_and_si256(wide._mm256_srli_epi16::<4>(bytes), low);
                    let first = wide._mm256_maddubs_epi16(ahead, pulp::cast(*first));
                    let second = wide._mm256_maddubs_epi16(behind, pulp::cast(*second));
                    short = wide._mm256_add_epi16(short, wide._mm256_add_epi16(first, second));
                }
                let half = wide._mm256_cvtepi16_epi32(avx._mm256_castsi256_si128(short));
                front = wide._mm256_add_epi32(front, half);
                let half = wide._mm256_cvtepi16_epi32(wide._mm256_extracti128_si256::<1>(short));
                back = wide._mm256_add_epi32(back, half);
            }
            let [own_front, own_back]: [__m256; 2] = pulp::cast(*scales);
            let real = |sum: __m256i, own: __m256| {
                let sum = avx._mm256_cvtepi32_ps(wide._mm256_sub_epi32(sum, offset));
                avx._mm256_mul_ps(avx._mm256_mul_ps(sum, scale), own)
            };
            let (front, back) = (real(front, own_front), real(back, own_back));
            *into = pulp::cast([front, back]);
            let both: [f32; BLOCK / 2] = pulp::cast(avx._mm256_max_ps(front, back));
            *top = both.into_iter().fold(0.0, f32::max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Coarse, Question};
    use crate::index::vectors::Vectors;

    /// Numbers that look random and are the same in every run.
    fn numbers(seed: u64) -> impl Iterator<Item = f32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        })
    }

    #[test]
    fn rough_cosines_are_near_the_exact_ones() {
        for dims in [64, 128, 130] {
            let unit = |seed: u64| crate::embedding::unit(numbers(seed).take(dims).collect());
            let mut vectors = Vectors::new("test", dims);
            (0..100).for_each(|seed| vectors.push(&unit(seed)));
            vectors.push(&[]);
            let coarse = Coarse::of(&vectors);
            if !coarse.is_there() {
                return;
            }
            let asked = unit(7_000);
            let highest = asked.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            let (mut rough, mut tops) = (vec![[0.0; BLOCK]; 7], vec![0.0; 7]);
            coarse.cosines(&Question::new(&asked, highest), &mut rough, &mut tops);
            let highest = |block: &[f32; BLOCK]| block.iter().copied().fold(0.0, f32::max);
            assert_eq!(tops, rough.iter().map(highest).collect::<Vec<f32>>());
            for (seed, rough) in (0..100).zip(rough.as_flattened()) {
                let exact: f32 = unit(seed).iter().zip(&asked).map(|(a, b)| a * b).sum();
                assert!((rough - exact).abs() < 0.04, "{dims} numbers: {rough} for {exact}");
            }
            assert_eq!(rough.as_flattened()[100], 0.0);
        }
    }
}
