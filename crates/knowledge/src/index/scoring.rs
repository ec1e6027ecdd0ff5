//! Scoring: BM25 over the postings of the segments that a search may see, term by term into one array of scores.
//!
//! Every matching article gets its score, so that filters act before the ranking, the score of a whole law can lift its
//! articles, and what a filter removed can be counted. At three bytes a posting this costs a fifth of a millisecond
//! on 64,322 articles, which pruning would not better (ADR 0011).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::Indexed;
use super::bytes::term_hash;
use super::coarse::BLOCK;
use super::segment::{Run, Segment};
use crate::catalogue::Catalogue;
use crate::embedding::Embedding;

pub(crate) use super::postings::HIGHEST;

/// A run whose version the catalogue does not have.
pub(crate) const NO_VERSION: u32 = u32::MAX;

/// What searches see: committed articles and the catalogue that belongs to them.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) catalogue: Arc<Catalogue>,
    placed: Vec<Placed>,
    articles: u64,
    /// How often citizens' questions need each version's law, once a search asked for it.
    laws: OnceLock<Vec<f32>>,
    /// An article could not be read: the index must be built again.
    damaged: AtomicBool,
}

/// A segment with its place among all articles.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) segment: Arc<Segment>,
    /// The first place of this segment in the array of all articles.
    pub(crate) offset: usize,
    /// The collection, as a place of the catalogue.
    pub(crate) collection: usize,
    /// The version of each run, as a place of the catalogue.
    versions: Vec<u32>,
}

impl Placed {
    /// The runs whose version the catalogue has, with it.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Run, usize)> {
        self.segment
            .runs
            .iter()
            .zip(&self.versions)
            .filter(|(_, version)| **version != NO_VERSION)
            .map(|(run, version)| (*run, *version as usize))
    }
}

/// A term of a question with its weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighted {
    pub(crate) term: String,
    /// The number by which the index knows it.
    pub(crate) hash: u64,
    pub(crate) weight: f32,
}

impl Weighted {
    pub(crate) fn new(term: &str, weight: f32) -> Self {
        Self { term: term.to_owned(), hash: term_hash(term), weight }
    }
}

/// Memory for one search, used again by the next one.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// The score of every article, by place.
    pub(crate) scores: Vec<f32>,
    /// What each version's title has of the question.
    pub(crate) titles: Vec<f32>,
    /// The cosine of every article and the question, by place.
    pub(crate) cosines: Vec<[f32; BLOCK]>,
    /// The highest of each block of them.
    pub(crate) tops: Vec<f32>,
}

/// What a search may count: the segments of the collections that it reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'v> {
    view: &'v View,
    open: &'v [bool],
}

impl View {
    pub(super) fn new(segments: Vec<Arc<Segment>>, catalogue: Arc<Catalogue>) -> Self {
        let mut placed = Vec::with_capacity(segments.len());
        let (mut offset, mut articles) = (0, 0);
        for segment in segments {
            let own = catalogue.collections.iter().position(|collection| collection.id.as_str() == segment.collection);
            let Some(collection) = own else { continue };
            let place = |run: &Run| catalogue.by_ordinal.get(&run.ordinal).and_then(|at| u32::try_from(*at).ok());
            let versions: Vec<u32> = segment.runs.iter().map(|run| place(run).unwrap_or(NO_VERSION)).collect();
            let known = segment.runs.iter().zip(&versions).filter(|(_, version)| **version != NO_VERSION);
            articles += known.map(|(run, _)| u64::from(run.len)).sum::<u64>();
            let len = segment.len();
            placed.push(Placed { segment, offset, collection, versions });
            offset += len;
        }
        Self { catalogue, placed, articles, laws: OnceLock::new(), damaged: AtomicBool::new(false) }
    }

    /// How often citizens' questions need the law of each version, by its place in the catalogue.
    pub(crate) fn laws(&self, embedding: &Embedding) -> &[f32] {
        let versions = || self.catalogue.versions.iter();
        self.laws.get_or_init(|| versions().map(|version| embedding.law(&version.title)).collect())
    }

    /// How many articles are indexed, over all versions.
    pub(crate) fn articles(&self) -> u64 {
        self.articles
    }

    /// What the index takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.placed.iter().map(|placed| placed.segment.bytes()).sum()
    }

    /// The segments of the open collections. `open` is by place of the catalogue.
    pub(crate) fn reach<'v>(&'v self, open: &'v [bool]) -> Reach<'v> {
        Reach { view: self, open }
    }

    fn locate(&self, place: usize) -> Option<(&Placed, usize)> {
        let after = self.placed.partition_point(|placed| placed.offset <= place);
        let placed = self.placed.get(after.checked_sub(1)?)?;
        Some((placed, place - placed.offset))
    }

    /// The version of the article at a place.
    pub(crate) fn version_at(&self, place: usize) -> Option<usize> {
        let (placed, at) = self.locate(place)?;
        let after = placed.segment.runs.partition_point(|run| run.start as usize <= at);
        let version = *placed.versions.get(after.checked_sub(1)?)?;
        (version != NO_VERSION).then_some(version as usize)
    }

    /// The place of the article of a version with this label.
    pub(crate) fn find(&self, ordinal: u64, label: &str) -> Option<usize> {
        for placed in &self.placed {
            for run in placed.segment.runs.iter().filter(|run| run.ordinal == ordinal) {
                if let Some(at) = placed.segment.find(*run, label) {
                    return Some(placed.offset + at);
                }
            }
        }
        None
    }

    /// The article at a place; `None` for one whose bytes are damaged, which is remembered.
    pub(crate) fn article(&self, place: usize) -> Option<Indexed> {
        let (placed, at) = self.locate(place)?;
        match placed.segment.article(at) {
            Ok(article) => Some(article),
            Err(error) => {
                if !self.damaged.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "an article of the search index cannot be read: the index is built again");
                }
                None
            }
        }
    }

    /// Whether the index must be built again.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }
}

impl<'v> Reach<'v> {
    /// The segments, in order of their places.
    pub(crate) fn segments(self) -> impl Iterator<Item = &'v Placed> {
        self.view.placed.iter().filter(move |placed| self.open.get(placed.collection).copied().unwrap_or(false))
    }

    /// The segment in which a place lies.
    pub(super) fn placed(self, place: usize) -> Option<&'v Placed> {
        self.view.locate(place).map(|(placed, _)| placed)
    }

    fn articles(self) -> f32 {
        self.segments().map(|placed| placed.segment.len()).sum::<usize>() as f32
    }

    /// How rare each term is: 0 for one that no article has.
    pub(crate) fn rarities(self, terms: &[Weighted]) -> Vec<f32> {
        let articles = self.articles();
        let rarity = |term: &Weighted| match self.frequency(term.hash) {
            0 => 0.0,
            frequency => idf(articles, frequency),
        };
        terms.iter().map(rarity).collect()
    }

    fn frequency(self, hash: u64) -> usize {
        self.segments().filter_map(|placed| placed.segment.list(hash)).map(|list| list.docs.len()).sum()
    }

    /// How rare a term would be that no article has.
    pub(crate) fn rarity_of_nothing(self) -> f32 {
        idf(self.articles(), 0)
    }

    /// Scores every article for terms whose weight has their rarity in it.
    pub(crate) fn score(self, terms: &[Weighted], workspace: &mut Workspace) {
        let places = self.view.placed.last().map_or(0, |placed| placed.offset + placed.segment.len());
        workspace.scores.clear();
        workspace.scores.resize(places, 0.0);
        for placed in self.segments() {
            let range = placed.offset..placed.offset + placed.segment.len();
            let Some(scores) = workspace.scores.get_mut(range) else { continue };
            for term in terms.iter().filter(|term| term.weight > 0.0) {
                if let Some(list) = placed.segment.list(term.hash) {
                    list.add_to(scores, term.weight);
                }
            }
        }
    }
}

/// Rarity is reckoned as if the collections had at least so many articles.
const FEWEST: f32 = 2_000.0;

fn idf(articles: f32, frequency: usize) -> f32 {
    // In a collection of a handful of articles every word is common; it is not common in the language.
    let articles = articles.max(FEWEST);
    let frequency = frequency as f32;
    (1.0 + (articles - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln()
}
