//! The embedding: a small model of our own that turns questions and articles into vectors that lie near each other
//! when the article answers the question.
//!
//! A text's vector is the weighted sum of one learned row for each of its terms (the same words and character pairs
//! that the word index holds), scaled to unit length. There is no network to run: a question costs some ten
//! microseconds, an article some twenty. Rows are stored as bytes with one scale each. [`learn`] makes them.

mod chance;
mod file;
mod learn;
mod lexical;
mod recipe;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod vocabulary;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

pub use file::Broken;
pub use learn::{Figures, HeldOut, Learned, Progress, learn};
pub use recipe::Recipe;
pub use texts::{LearnArticle, LearnPair, lines_of};
use vocabulary::Vocabulary;

use crate::question;
use crate::words::{self, Terms};

/// What the title of a law counts beside the text of an article.
pub(crate) const TITLE: f32 = 0.6;

/// What the headings above an article count beside its text.
pub(crate) const PATH: f32 = 0.4;

/// What the law's words for a question's everyday words count beside the asker's own.
pub(crate) const LEGAL: f32 = 0.5;

/// A static embedding in memory.
pub struct Embedding {
    dims: usize,
    vocabulary: Vocabulary,
    /// `dims` signed bytes for each term.
    rows: std::borrow::Cow<'static, [u8]>,
    /// What each row's bytes are multiplied by.
    scales: Vec<f32>,
    /// How often questions need each law, by its title: the logarithm of a share in thousands.
    laws: HashMap<Box<str>, f32>,
    fingerprint: String,
}

/// What a law counts that the model has not learned about: as one that some questions need.
pub(crate) const UNKNOWN_LAW: f32 = 0.0;

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedding")
            .field("dims", &self.dims)
            .field("terms", &self.scales.len())
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// The weights that ship; `data/README.md` says what they were trained on.
static SHIPPED: &[u8] = include_bytes!("../data/embedding.bin");

#[expect(clippy::expect_used, reason = "the file is ours; a test reads it")]
static LOADED: LazyLock<Arc<Embedding>> =
    LazyLock::new(|| Arc::new(file::read(std::borrow::Cow::Borrowed(SHIPPED)).expect("the shipped weights are whole")));

impl Embedding {
    /// The model that ships with the program.
    #[must_use]
    pub fn shipped() -> Arc<Self> {
        Arc::clone(&LOADED)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Broken`] says what is wrong with a file that is not whole, not of this version or not a model.
    pub fn read(bytes: &[u8]) -> Result<Self, Broken> {
        file::read(std::borrow::Cow::Owned(bytes.to_vec()))
    }

    /// The model file: the same model always gives the same bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        file::write(self)
    }

    /// How many numbers a vector has.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// How many terms the model knows.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.scales.len()
    }

    /// A name for exactly these weights: vectors of another name are not comparable and are made anew.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How often citizens' questions need this law, as the logarithm of a share in thousands; 0 for a law that the
    /// model has not learned about.
    #[must_use]
    pub fn law(&self, title: &str) -> f32 {
        self.laws.get(title).copied().unwrap_or(UNKNOWN_LAW)
    }

    /// The vector of a question, of unit length; all zeros when the model knows none of its terms. The law's words for
    /// its everyday words are a part of their own.
    #[must_use]
    pub fn encode_question(&self, text: &str) -> Vec<f32> {
        self.encode_question_terms(text, &words::terms(text))
    }

    /// The vector of a question that was cut already.
    pub(crate) fn encode_question_terms(&self, text: &str, terms: &Terms) -> Vec<f32> {
        let mut sum = vec![0.0; self.dims];
        let own = |term: &&str| !words::is_stop(term);
        self.add(terms.iter().filter(own), 1.0, &mut sum);
        let known: HashSet<&str> = terms.iter().collect();
        let legal: BTreeSet<&str> = question::legal_terms(text).map(String::as_str).collect();
        self.add(legal.into_iter().filter(|term| !known.contains(term)), LEGAL, &mut sum);
        unit(sum)
    }

    /// Whether the model has a row for a term.
    pub(crate) fn knows(&self, term: &str) -> bool {
        self.vocabulary.find(term).is_some()
    }

    /// The vector of a text on its own, such as a sentence.
    pub(crate) fn encode_terms(&self, terms: &Terms) -> Vec<f32> {
        let mut sum = vec![0.0; self.dims];
        self.add(terms.iter(), 1.0, &mut sum);
        unit(sum)
    }

    /// The vector of an article under its law's title and the headings above it (`path`, one a line).
    #[must_use]
    pub fn encode_article(&self, title: &str, path: &str, text: &str) -> Vec<f32> {
        self.encode_article_terms(&words::terms(title), &words::terms(path), &words::terms(text))
    }

    /// The vector of an article from the terms of its parts.
    #[must_use]
    pub(crate) fn encode_article_terms(&self, title: &Terms, path: &Terms, text: &Terms) -> Vec<f32> {
        let mut sum = vec![0.0; self.dims];
        self.add(title.iter(), TITLE, &mut sum);
        self.add(path.iter(), PATH, &mut sum);
        self.add(text.iter(), 1.0, &mut sum);
        unit(sum)
    }

    /// The numbers of a term's row.
    fn row(&self, id: u32) -> impl Iterator<Item = f32> {
        let from = id as usize * self.dims;
        let row = self.rows.get(from..from + self.dims).unwrap_or_default();
        let scale = self.scales.get(id as usize).copied().unwrap_or_default();
        row.iter().map(move |byte| scale * f32::from(byte.cast_signed()))
    }

    /// Adds the rows of the terms of one part. A term counts once and a little more for each repetition.
    fn add<'a>(&self, terms: impl Iterator<Item = &'a str>, weight: f32, sum: &mut [f32]) {
        let mut ids: Vec<u32> = terms.filter_map(|term| self.vocabulary.find(term)).collect();
        ids.sort_unstable();
        let share = part_weight(ids.chunk_by(|a, b| a == b).count(), weight);
        for same in ids.chunk_by(|a, b| a == b) {
            let Some(id) = same.first().map(|id| *id as usize) else { continue };
            let (Some(row), Some(scale)) = (self.rows.get(id * self.dims..(id + 1) * self.dims), self.scales.get(id))
            else {
                continue;
            };
            let weight = share * repeated(same.len()) * scale;
            for (sum, byte) in sum.iter_mut().zip(row) {
                *sum += weight * f32::from(byte.cast_signed());
            }
        }
    }
}

/// What each of `terms` different terms of a part counts, so that a long part does not drown a short one.
#[expect(clippy::cast_precision_loss, reason = "a count of terms")]
pub(crate) fn part_weight(terms: usize, weight: f32) -> f32 {
    weight / (terms.max(1) as f32).sqrt()
}

/// What a term counts that stands `times` times in a part.
#[expect(clippy::cast_precision_loss, reason = "a count within a text")]
pub(crate) fn repeated(times: usize) -> f32 {
    1.0 + (times.max(1) as f32).ln() * 0.5
}

/// Scales a vector to unit length; zeros stay zeros.
pub(crate) fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}

#[cfg(test)]
mod shipped {
    use super::Embedding;

    #[test]
    fn the_shipped_weights_are_whole_and_write_as_they_read() {
        let shipped = Embedding::shipped();
        let bytes = shipped.write();
        assert!(bytes.len() <= 24 << 20, "at most 24 MiB ship: {}", bytes.len());
        let again = Embedding::read(&bytes).unwrap();
        assert_eq!(again.fingerprint(), shipped.fingerprint());
        assert_eq!(again.encode_question("房东不退押金怎么办"), shipped.encode_question("房东不退押金怎么办"));
    }

    #[test]
    fn nothing_known_is_a_vector_of_zeros() {
        let zeros = Embedding::shipped().encode_question("");
        assert!(zeros.iter().all(|x| *x == 0.0));
    }
}
