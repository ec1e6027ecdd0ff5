//! Postings: which articles of a segment have a term, and how much the term counts in each.
//!
//! Terms are known by their hash. A posting is an article (two bytes) and what BM25 gives the term there before its
//! rarity (one byte: the saturated count against the article's length). Three bytes for a posting, read in order.

/// How fast a term's count saturates. Flat on the statute set: k1 from 0.9 to 2 and b from 0.3 to 0.75 move R@10 by .02.
const K1: f32 = 1.2;

/// How much a long article is held back.
const B: f32 = 0.75;

/// The most that BM25 gives a term, against its rarity.
pub(crate) const HIGHEST: f32 = K1 + 1.0;

/// The postings of a segment, for reading.
#[derive(Debug, Default)]
pub(super) struct Postings {
    hashes: Vec<u64>,
    /// Where the hashes begin whose upper bits are the place here.
    buckets: Vec<u32>,
    shift: u32,
    starts: Vec<u32>,
    docs: Vec<u16>,
    impacts: Vec<u8>,
}

/// The articles that have one term.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'p> {
    pub(super) docs: &'p [u16],
    pub(super) impacts: &'p [u8],
}

/// The terms of a segment with their counts, as the file has them.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Ascending.
    pub(super) hashes: Vec<u64>,
    /// Where the postings of each term begin, and the end of the last.
    pub(super) starts: Vec<u32>,
    pub(super) docs: Vec<u16>,
    /// How often the term stands in the article, at most 255.
    pub(super) counts: Vec<u8>,
}

impl Postings {
    /// `lengths` are in terms; `average` is the collection's.
    pub(super) fn new(counted: Counted, lengths: &[u16], average: f32) -> Self {
        let Counted { hashes, starts, docs, counts } = counted;
        let held: Vec<f32> =
            lengths.iter().map(|length| K1 * (1.0 - B + B * f32::from(*length) / average.max(1.0))).collect();
        let impacts = docs
            .iter()
            .zip(&counts)
            .map(|(doc, count)| {
                let count = f32::from(*count);
                let share = count / (count + held.get(usize::from(*doc)).copied().unwrap_or(K1));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share in 255 steps")]
                let impact = (share * 255.0).round() as u8;
                impact.max(1)
            })
            .collect();
        let bits = hashes.len().max(4).ilog2().saturating_sub(2).clamp(1, 20);
        let shift = 64 - bits;
        let mut buckets = vec![0_u32; (1 << bits) + 1];
        for hash in &hashes {
            if let Some(count) = buckets.get_mut((hash >> shift) as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for bucket in &mut buckets {
            sum += *bucket;
            *bucket = sum;
        }
        Self { hashes, buckets, shift, starts, docs, impacts }
    }

    /// The articles that have a term.
    pub(super) fn find(&self, hash: u64) -> Option<List<'_>> {
        let bucket = (hash >> self.shift) as usize;
        let (from, to) = (*self.buckets.get(bucket)? as usize, *self.buckets.get(bucket + 1)? as usize);
        let at = from + self.hashes.get(from..to)?.iter().position(|known| *known == hash)?;
        let range = *self.starts.get(at)? as usize..*self.starts.get(at + 1)? as usize;
        Some(List { docs: self.docs.get(range.clone())?, impacts: self.impacts.get(range)? })
    }

    /// What the postings take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.hashes.len() * 12 + self.buckets.len() * 4 + self.docs.len() * 3
    }
}

impl List<'_> {
    /// Adds `weight` times what the term counts in each article.
    pub(super) fn add_to(self, scores: &mut [f32], weight: f32) {
        let step = weight * HIGHEST / 255.0;
        for (doc, impact) in self.docs.iter().zip(self.impacts) {
            if let Some(score) = scores.get_mut(usize::from(*doc)) {
                *score += step * f32::from(*impact);
            }
        }
    }
}
