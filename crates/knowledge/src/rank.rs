//! The ranker: one score for a candidate from what a clerk would look at.

/// What is known of a candidate article for a question.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Features {
    /// The BM25 score of the article's words and pairs, over the highest of all candidates: 0 to 1.
    pub(crate) words: f32,
    /// The cosine of question and article, -1 to 1.
    pub(crate) cosine: f32,
    /// What the law's title has of the question (rarity summed), over the highest words score.
    pub(crate) title: f32,
    /// What the three best articles of the law lend, over the highest words score.
    pub(crate) context: f32,
    /// The factor for the level of authority, about 0.8 to 1.1.
    pub(crate) authority: f32,
    /// The question names this law: 1, else 0.
    pub(crate) named: f32,
}

/// The score: higher is better.
pub(crate) fn score(features: &Features) -> f32 {
    features.words * features.authority
        + features.title
        + features.context
        + 0.5 * features.named
        + 0.5 * features.cosine.max(0.0)
}
