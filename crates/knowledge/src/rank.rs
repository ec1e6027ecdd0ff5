//! The ranker: one score for a candidate from what a clerk would look at.
//!
//! Linear, with weights learned listwise (softmax over a question's candidates) on questions whose own pairs had not
//! trained the embedding. Trees and a hidden layer were tried and rank no better; `docs/adr` has the figures.

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
    /// The rank by words from 1, among the best by words.
    pub(crate) rank_words: Option<u32>,
    /// The rank by vector from 1, among the nearest.
    pub(crate) rank_vector: Option<u32>,
    /// How many terms the article has.
    pub(crate) length: u32,
    /// How often questions need the law: [`crate::Embedding::law`].
    pub(crate) law: f32,
    /// The share of the question's rarity whose terms the embedding knows: what its vectors can speak of.
    pub(crate) known: f32,
}

const WORDS: f32 = 2.34;
const COSINE: f32 = 11.07;
const TITLE: f32 = 1.68;
const CONTEXT: f32 = -0.85;
const RANK_WORDS: f32 = -0.143;
const RANK_VECTOR: f32 = -0.164;
const LENGTH: f32 = 0.40;
const LAW: f32 = 0.39;

/// Set by hand: questions that name a law are rare in what the weights were learned from.
const NAMED: f32 = 3.0;
const AUTHORITY: f32 = 2.0;

/// The rank of an article that is not among the best.
const NO_RANK: u32 = 1000;

/// The score: higher is better. As far as the embedding does not know the question's words, as those of a text that was
/// uploaded yesterday, its cosine says little and the words count more. It orders the candidates of one question and means nothing between questions.
#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(crate) fn score(features: &Features) -> f32 {
    let rank = |rank: Option<u32>| (rank.unwrap_or(NO_RANK).max(1) as f32).ln();
    WORDS * features.words * (2.0 - features.known)
        + COSINE * features.cosine * features.known
        + TITLE * features.title
        + CONTEXT * features.context
        + RANK_WORDS * rank(features.rank_words)
        + RANK_VECTOR * rank(features.rank_vector)
        + LENGTH * (1.0 + features.length as f32).ln()
        + LAW * features.law
        + NAMED * features.named
        + AUTHORITY * features.authority
}
