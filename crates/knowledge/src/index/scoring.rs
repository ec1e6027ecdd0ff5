//! Scoring: BM25 over the posting lists, term by term into one array of scores.
//!
//! The library's own scorer fixes the parameters of BM25 and finds the best ten only; here every matching article
//! gets its score, so that filters act before the ranking, the score of a whole law can lift its articles, and what
//! a filter removed can be counted.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, InvertedIndexReader, Searcher, TantivyDocument, Term};

use super::{Fields, Indexed, address, record};
use crate::catalogue::Catalogue;
use crate::{Error, Result};

/// The parameters of BM25. Flat on the statute set: k1 from 0.9 to 2 and b from 0.3 to 0.75 move R@10 by .02.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// A segment article whose version the catalogue does not have.
pub(crate) const NO_VERSION: u32 = u32::MAX;

/// What searches see: committed articles and the catalogue that belongs to them.
pub(crate) struct View {
    pub(crate) catalogue: Arc<Catalogue>,
    searcher: Searcher,
    segments: Vec<Segment>,
    fields: Fields,
    articles: f32,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("articles", &self.articles).finish_non_exhaustive()
    }
}

struct Segment {
    words: Arc<InvertedIndexReader>,
    addresses: Arc<InvertedIndexReader>,
    norms: FieldNormReader,
    /// The first place of this segment in the array of all articles.
    offset: usize,
    /// The version of each article, as a place of the catalogue.
    versions: Vec<u32>,
}

/// A term of a question with its weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighted {
    pub(crate) term: String,
    pub(crate) weight: f32,
}

/// Memory for one search, used again by the next one.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// The score of every article, by place.
    pub(crate) scores: Vec<f32>,
}

impl View {
    pub(super) fn new(searcher: Searcher, fields: Fields, catalogue: Arc<Catalogue>) -> Result<Self> {
        let mut segments = Vec::new();
        let mut offset = 0;
        for reader in searcher.segment_readers() {
            let words = reader.inverted_index(fields.words).map_err(Error::Index)?;
            let addresses = reader.inverted_index(fields.address).map_err(Error::Index)?;
            let norms = reader.get_fieldnorms_reader(fields.words).map_err(Error::Index)?;
            let ordinals = reader.fast_fields().u64("version").map_err(Error::Index)?;
            let mut versions = Vec::with_capacity(reader.max_doc() as usize);
            let mut last = (u64::MAX, NO_VERSION);
            for doc in 0..reader.max_doc() {
                let ordinal = ordinals.first(doc).unwrap_or(u64::MAX);
                if ordinal != last.0 {
                    let place = catalogue.by_ordinal.get(&ordinal).and_then(|place| u32::try_from(*place).ok());
                    last = (ordinal, place.unwrap_or(NO_VERSION));
                }
                versions.push(if reader.is_deleted(doc) { NO_VERSION } else { last.1 });
            }
            let len = versions.len();
            segments.push(Segment { words, addresses, norms, offset, versions });
            offset += len;
        }
        let articles = searcher.num_docs();
        #[expect(clippy::cast_precision_loss, reason = "a count of articles")]
        let articles = articles as f32;
        Ok(Self { catalogue, searcher, segments, fields, articles })
    }

    /// How many articles are indexed, over all versions.
    pub(crate) fn articles(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// How many articles contain a term.
    pub(crate) fn frequency(&self, term: &str) -> u32 {
        let term = Term::from_field_text(self.fields.words, term);
        self.segments.iter().map(|segment| segment.words.doc_freq(&term).unwrap_or_default()).sum()
    }

    /// How rare a term is; 0 for one that no article has.
    pub(crate) fn rarity(&self, term: &str) -> f32 {
        match self.frequency(term) {
            0 => 0.0,
            frequency => idf(self.articles, frequency),
        }
    }

    /// How rare a term would be that no article has.
    pub(crate) fn rarity_of_nothing(&self) -> f32 {
        idf(self.articles, 0)
    }

    /// Scores every article for `terms`.
    pub(crate) fn score(&self, terms: &[Weighted], workspace: &mut Workspace) -> Result<()> {
        let places = self.segments.last().map_or(0, |segment| segment.offset + segment.versions.len());
        workspace.scores.clear();
        workspace.scores.resize(places, 0.0);
        let tokens: u64 = self.segments.iter().map(|segment| segment.words.total_num_tokens()).sum();
        #[expect(clippy::cast_precision_loss, reason = "an average")]
        let average = (tokens as f32 / self.articles.max(1.0)).max(1.0);
        let mut lengths = [0.0_f32; 256];
        for (id, length) in (0_u8..=255).zip(lengths.iter_mut()) {
            #[expect(clippy::cast_precision_loss, reason = "a length in terms")]
            let tokens = FieldNormReader::id_to_fieldnorm(id) as f32;
            *length = K1 * (1.0 - B + B * tokens / average);
        }
        for weighted in terms {
            let term = Term::from_field_text(self.fields.words, &weighted.term);
            let mut lists = Vec::with_capacity(self.segments.len());
            let mut frequency = 0;
            for segment in &self.segments {
                if let Some(found) = segment.words.get_term_info(&term).map_err(io)? {
                    frequency += found.doc_freq;
                    lists.push((segment, found));
                }
            }
            if frequency == 0 {
                continue;
            }
            let weight = weighted.weight * idf(self.articles, frequency) * (K1 + 1.0);
            for (segment, found) in lists {
                let mut block = segment
                    .words
                    .read_block_postings_from_terminfo(&found, IndexRecordOption::WithFreqs)
                    .map_err(io)?;
                let Some(scores) = workspace.scores.get_mut(segment.offset..) else { continue };
                while !block.docs().is_empty() {
                    for (doc, count) in block.docs().iter().zip(block.freqs()) {
                        #[expect(clippy::cast_precision_loss, reason = "a count within an article")]
                        let count = *count as f32;
                        let length = lengths.get(usize::from(segment.norms.fieldnorm_id(*doc))).copied().unwrap_or(K1);
                        if let Some(score) = scores.get_mut(*doc as usize) {
                            *score += weight * count / (count + length);
                        }
                    }
                    block.advance();
                }
            }
        }
        Ok(())
    }

    /// The version of every article, place by place.
    pub(crate) fn versions(&self) -> impl Iterator<Item = u32> {
        self.segments.iter().flat_map(|segment| segment.versions.iter().copied())
    }

    /// The version of the article at a place.
    pub(crate) fn version_at(&self, place: usize) -> u32 {
        let segment = self.segments.iter().rev().find(|segment| segment.offset <= place);
        segment.and_then(|segment| segment.versions.get(place - segment.offset)).copied().unwrap_or(NO_VERSION)
    }

    /// The place of the article of a version with this label.
    pub(crate) fn find(&self, ordinal: u64, label: &str) -> Result<Option<usize>> {
        let term = Term::from_field_text(self.fields.address, &address(ordinal, label));
        for segment in &self.segments {
            let Some(block) = segment.addresses.read_block_postings(&term, IndexRecordOption::Basic).map_err(io)?
            else {
                continue;
            };
            for doc in block.docs() {
                let doc = *doc as usize;
                if segment.versions.get(doc).is_some_and(|version| *version != NO_VERSION) {
                    return Ok(Some(segment.offset + doc));
                }
            }
        }
        Ok(None)
    }

    /// The article at a place.
    pub(crate) fn article(&self, place: usize) -> Result<Option<Indexed>> {
        let Some((ord, segment)) = self.segments.iter().enumerate().rev().find(|(_, segment)| segment.offset <= place)
        else {
            return Ok(None);
        };
        let (Ok(ord), Ok(doc)) = (u32::try_from(ord), u32::try_from(place - segment.offset)) else { return Ok(None) };
        let document: TantivyDocument = self.searcher.doc(DocAddress::new(ord, doc)).map_err(Error::Index)?;
        Ok(record(&document, self.fields.record))
    }
}

/// Rarity is reckoned as if the index had at least so many articles.
const FEWEST: f32 = 2_000.0;

fn idf(articles: f32, frequency: u32) -> f32 {
    // In a collection of a handful of articles every word is common; it is not common in the language.
    let articles = articles.max(FEWEST);
    #[expect(clippy::cast_precision_loss, reason = "a count of articles")]
    let frequency = frequency as f32;
    (1.0 + (articles - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln()
}

fn io(error: std::io::Error) -> Error {
    Error::Index(error.into())
}
