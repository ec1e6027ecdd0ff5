//! BM25 over the texts that are learned from: it finds the wrong articles that look right, which teach the most.

use super::texts::Texts;

const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Posting lists with what each occurrence counts.
#[derive(Debug)]
pub(super) struct Lexical {
    lists: Vec<Vec<(u32, f32)>>,
    rarity: Vec<f32>,
    articles: usize,
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
impl Lexical {
    pub(super) fn new(texts: &Texts) -> Self {
        let length = |clauses: &[Vec<u32>], path: &[u32]| clauses.iter().map(Vec::len).sum::<usize>() + path.len();
        let all: usize = texts.articles.iter().map(|article| length(&article.clauses, &article.path)).sum();
        let average = (all as f32 / texts.articles.len().max(1) as f32).max(1.0);
        let mut lists = vec![Vec::new(); texts.terms.len()];
        for (place, article) in (0_u32..).zip(&texts.articles) {
            let mut terms: Vec<u32> = article.clauses.iter().flatten().chain(&article.path).copied().collect();
            let normal = K1 * (1.0 - B + B * terms.len() as f32 / average);
            terms.sort_unstable();
            for same in terms.chunk_by(|a, b| a == b) {
                let count = same.len() as f32;
                let list = same.first().and_then(|term| lists.get_mut(*term as usize));
                list.into_iter().for_each(|list| list.push((place, (K1 + 1.0) * count / (count + normal))));
            }
        }
        let articles = texts.articles.len();
        let rarity = lists
            .iter()
            .map(|list| {
                let frequency = list.len() as f32;
                (1.0 + (articles as f32 - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln()
            })
            .collect();
        Self { lists, rarity, articles }
    }

    /// The score of every article.
    pub(super) fn score(&self, terms: impl Iterator<Item = u32>) -> Vec<f32> {
        let mut scores = vec![0.0; self.articles];
        for term in terms {
            let (Some(list), Some(rarity)) = (self.lists.get(term as usize), self.rarity.get(term as usize)) else {
                continue;
            };
            for (place, counts) in list {
                scores.get_mut(*place as usize).into_iter().for_each(|score| *score += rarity * counts);
            }
        }
        scores
    }
}

/// The places of the `count` highest scores, best first; equal scores in the order of their places.
pub(super) fn best(scores: &[f32], count: usize) -> Vec<u32> {
    let mut places: Vec<u32> = (0..u32::try_from(scores.len()).unwrap_or(u32::MAX)).collect();
    let score = |place: &u32| scores.get(*place as usize).copied().unwrap_or(f32::MIN);
    let order = |a: &u32, b: &u32| score(b).total_cmp(&score(a)).then(a.cmp(b));
    if count < places.len() {
        places.select_nth_unstable_by(count, order);
        places.truncate(count);
    }
    places.sort_unstable_by(order);
    places
}
