//! How like two texts are: pairs of characters, weighed by how rare they are. No model; the same texts give the same
//! figures, and a figure can be explained by the pairs that both have.

use std::collections::HashMap;

/// The rarest pairs of a text by which others are looked for.
const KEYS: usize = 40;

/// As if so many other texts had been seen: a handful of texts says little about which pairs are rare.
const PRIOR: f32 = 200.0;

/// Texts that can be compared.
#[derive(Debug, Default)]
pub struct Corpus {
    vectors: Vec<Vec<(u64, f32)>>,
    holders: HashMap<u64, Vec<u32>>,
    frequency: HashMap<u64, u32>,
    stop: Vec<String>,
}

impl Corpus {
    /// A corpus of these texts; words of `stop` do not count.
    #[must_use]
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>, stop: &[String]) -> Self {
        let counted: Vec<HashMap<u64, u32>> = texts.into_iter().map(|text| pairs(text, stop)).collect();
        let mut corpus = Self { stop: stop.to_vec(), ..Self::default() };
        for pair in counted.iter().flat_map(HashMap::keys) {
            *corpus.frequency.entry(*pair).or_default() += 1;
        }
        for (n, counts) in (0..).zip(&counted) {
            let vector = corpus.weighed(counts, counted.len());
            for pair in keys(&vector) {
                corpus.holders.entry(pair).or_default().push(n);
            }
            corpus.vectors.push(vector);
        }
        corpus
    }

    /// The texts that are at least so like this one, the most like first.
    #[must_use]
    pub fn like(&self, text: &str, least: f32) -> Vec<(usize, f32)> {
        let vector = self.weighed(&pairs(text, &self.stop), self.vectors.len());
        self.near(&vector, least)
    }

    /// The texts that are at least so like the one of this number, itself left out.
    #[must_use]
    pub fn like_own(&self, number: usize, least: f32) -> Vec<(usize, f32)> {
        let Some(vector) = self.vectors.get(number) else { return Vec::new() };
        self.near(vector, least).into_iter().filter(|(other, _)| *other != number).collect()
    }

    fn near(&self, vector: &[(u64, f32)], least: f32) -> Vec<(usize, f32)> {
        // Pairs that no text has lead nowhere, however rare they are.
        let known: Vec<(u64, f32)> =
            vector.iter().filter(|(pair, _)| self.frequency.contains_key(pair)).copied().collect();
        let mut candidates: Vec<u32> =
            keys(&known).into_iter().filter_map(|pair| self.holders.get(&pair)).flatten().copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut found: Vec<(usize, f32)> = candidates
            .into_iter()
            .filter_map(|n| usize::try_from(n).ok())
            .filter_map(|n| Some((n, product(vector, self.vectors.get(n)?))))
            .filter(|(_, score)| *score >= least)
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found
    }

    /// The pairs in their order, with weights whose squares add up to one.
    #[expect(clippy::cast_precision_loss, reason = "counts of pairs are small")]
    fn weighed(&self, counts: &HashMap<u64, u32>, texts: usize) -> Vec<(u64, f32)> {
        let mut vector: Vec<(u64, f32)> = counts
            .iter()
            .map(|(pair, count)| {
                let holders = self.frequency.get(pair).copied().unwrap_or(0) as f32;
                (*pair, (1.0 + (*count as f32).ln()) * ((texts as f32 + PRIOR) / (holders + 0.5)).ln())
            })
            .collect();
        vector.sort_unstable_by_key(|(pair, _)| *pair);
        let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        vector
    }
}

/// The share of the shorter text's pairs that the other has too, 0 to 1.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a text has few pairs")]
pub fn shared(a: &str, b: &str, stop: &[String]) -> f32 {
    let (a, b) = (pairs(a, stop), pairs(b, stop));
    let common = a.keys().filter(|pair| b.contains_key(pair)).count();
    common as f32 / a.len().min(b.len()).max(1) as f32
}

/// The heaviest pairs.
fn keys(vector: &[(u64, f32)]) -> Vec<u64> {
    let mut heavy: Vec<&(u64, f32)> = vector.iter().collect();
    heavy.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    heavy.into_iter().take(KEYS).map(|(pair, _)| *pair).collect()
}

fn product(a: &[(u64, f32)], b: &[(u64, f32)]) -> f32 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut sum = 0.0;
    while let (Some((x, v)), Some((y, w))) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                sum += v * w;
                a.next();
                b.next();
            }
        }
    }
    sum
}

/// Pairs of neighbouring letters, digits and Han characters, counted.
fn pairs(text: &str, stop: &[String]) -> HashMap<u64, u32> {
    let mut text = text.to_lowercase();
    for word in stop {
        if text.contains(word.as_str()) {
            text = text.replace(word.as_str(), " ");
        }
    }
    let mut counts = HashMap::new();
    let mut last: Option<char> = None;
    for c in text.chars() {
        let counts_here = c.is_alphanumeric();
        if let (Some(before), true) = (last, counts_here) {
            *counts.entry((u64::from(u32::from(before)) << 32) | u64::from(u32::from(c))).or_default() += 1;
        }
        last = counts_here.then_some(c);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::Corpus;

    #[test]
    fn rewordings_are_like_and_other_matters_are_not() {
        let texts = [
            "阳光花园小区3栋电梯坏了三天，物业一直不修",
            "阳光花园3栋的电梯已经坏了三天了，物业还是不修",
            "滨江路夜间施工噪音太大，凌晨两点还在打桩",
            "请问灵活就业人员怎么参加养老保险",
        ];
        let corpus = Corpus::new(texts, &[]);
        assert_eq!(corpus.like_own(0, 0.4).first().map(|(n, _)| *n), Some(1));
        assert!(corpus.like_own(2, 0.2).is_empty());
        let same = corpus.like(texts[3], 0.9);
        assert_eq!(same.first().map(|(n, _)| *n), Some(3));
        assert!(corpus.like("", 0.0).is_empty());
    }
}
