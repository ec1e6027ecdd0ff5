//! A segment: up to 65,536 articles of one collection that never change. Words and vectors lie in memory, texts in a
//! file.
//!
//! A segment belongs to one collection, so no statistic of a collection shows in the results of another, and a
//! collection's vectors can be those of its own model. Its articles lie version by version, so what a filter removes
//! are ranges.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Indexed;
use super::bytes::{Reader, Writer, short_hash};
use super::coarse::Coarse;
use super::postings::{Counted, List, Postings};
use super::records::Records;
use super::vectors::{self, Vectors};
use crate::{Error, Result};

/// The most articles of a segment: a place in it takes two bytes.
pub(crate) const MOST: usize = 1 << 16;

/// The articles of one version in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) ordinal: u64,
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Run {
    /// The places of its articles.
    pub(crate) fn places(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// What the file of a segment holds.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) head: Head,
    pub(super) runs: Vec<Run>,
    pub(super) words: Counted,
    /// How many terms each article has.
    pub(super) lengths: Vec<u16>,
    /// The short hash of each article's label.
    pub(super) labels: Vec<u32>,
    /// Where each article begins among the records, and the end of the last.
    pub(super) offsets: Vec<u64>,
}

/// What a segment is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) collection: String,
    /// How long the collection's articles were on average when the segment was made, in terms.
    pub(super) average: f32,
}

impl Parts {
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let mut file = Writer::default();
        file.bytes(&serde_json::to_vec(&self.head).unwrap_or_default());
        file.array(&self.runs.iter().map(|run| run.ordinal).collect::<Vec<_>>(), u64::to_le_bytes);
        file.array(&self.runs.iter().map(|run| run.len).collect::<Vec<_>>(), u32::to_le_bytes);
        file.array(&self.words.hashes, u64::to_le_bytes);
        file.array(&self.words.starts, u32::to_le_bytes);
        file.array(&self.words.docs, u16::to_le_bytes);
        file.bytes(&self.words.counts);
        file.array(&self.lengths, u16::to_le_bytes);
        file.array(&self.labels, u32::to_le_bytes);
        file.array(&self.offsets, u64::to_le_bytes);
        file.save(path)
    }

    pub(super) fn load(path: &Path) -> Result<Self> {
        let mut file = Reader::open(path)?;
        let head = serde_json::from_slice(file.bytes()?).map_err(|_| Error::IndexBroken("a segment has no head"))?;
        let ordinals = file.array(u64::from_le_bytes)?;
        let lens = file.array(u32::from_le_bytes)?;
        let mut start = 0;
        let runs = ordinals.into_iter().zip(lens).map(|(ordinal, len)| {
            let run = Run { ordinal, start, len };
            start += len;
            run
        });
        let runs: Vec<Run> = runs.collect();
        let words = Counted {
            hashes: file.array(u64::from_le_bytes)?,
            starts: file.array(u32::from_le_bytes)?,
            docs: file.array(u16::from_le_bytes)?,
            counts: file.bytes()?.to_vec(),
        };
        Ok(Self {
            head,
            runs,
            words,
            lengths: file.array(u16::from_le_bytes)?,
            labels: file.array(u32::from_le_bytes)?,
            offsets: file.array(u64::from_le_bytes)?,
        })
    }
}

/// A segment that can be searched.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(super) id: u64,
    pub(crate) collection: String,
    pub(crate) runs: Vec<Run>,
    words: Arc<Postings>,
    lengths: Arc<[u16]>,
    labels: Arc<[u32]>,
    pub(super) records: Arc<Records>,
    /// `None` while there are none at all; whether they are of the collection's present model is for the search to see.
    pub(crate) vectors: Option<Arc<Vectors>>,
    pub(super) coarse: Arc<Coarse>,
}

impl Segment {
    /// Opens the segment `id` of a folder.
    pub(super) fn open(folder: &Path, id: u64) -> Result<Self> {
        let parts = Parts::load(&words_path(folder, id))?;
        let vectors = Vectors::load(&vectors::path(folder, id))?;
        let whole = vectors.dims > 0 && vectors.scales.len() == parts.lengths.len();
        Self::new(folder, id, parts, whole.then_some(vectors))
    }

    /// The segment of these parts, whose files are written.
    pub(super) fn new(folder: &Path, id: u64, parts: Parts, vectors: Option<Vectors>) -> Result<Self> {
        let Parts { head, runs, words, lengths, labels, offsets } = parts;
        let records = Records::open(&records_path(folder, id), offsets)?;
        Ok(Self {
            id,
            collection: head.collection,
            runs,
            words: Arc::new(Postings::new(words, &lengths, head.average)),
            lengths: lengths.into(),
            labels: labels.into(),
            records: Arc::new(records),
            coarse: Arc::new(vectors.as_ref().map(Coarse::of).unwrap_or_default()),
            vectors: vectors.map(Arc::new),
        })
    }

    /// Whether its vectors are those of a model.
    pub(crate) fn has_vectors_of(&self, fingerprint: &str) -> bool {
        self.vectors.as_ref().is_some_and(|vectors| vectors.fingerprint == fingerprint)
    }

    /// The same segment with these vectors, which are written to the folder.
    pub(super) fn with_vectors(&self, folder: &Path, vectors: Vectors) -> Result<Self> {
        let place = vectors::path(folder, self.id);
        let new = place.with_extension("new");
        vectors.save(&new)?;
        std::fs::rename(&new, &place).map_err(Error::IndexFolder)?;
        let coarse = Arc::new(Coarse::of(&vectors));
        Ok(Self { vectors: Some(Arc::new(vectors)), coarse, ..self.clone() })
    }

    /// How many articles it has, also those of versions that are gone.
    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// How many terms the article at a place has.
    pub(super) fn length(&self, place: usize) -> u16 {
        self.lengths.get(place).copied().unwrap_or_default()
    }

    /// How many terms its articles have together.
    pub(super) fn tokens(&self) -> u64 {
        self.lengths.iter().map(|length| u64::from(*length)).sum()
    }

    /// The articles that have a term.
    pub(super) fn list(&self, hash: u64) -> Option<List<'_>> {
        self.words.find(hash)
    }

    /// The place of the article of a run with this label.
    pub(super) fn find(&self, run: Run, label: &str) -> Option<usize> {
        let hash = short_hash(label.as_bytes());
        let named = |place: &usize| self.records.get(*place).is_ok_and(|article| article.label == label);
        run.places().filter(|place| self.labels.get(*place) == Some(&hash)).find(named)
    }

    /// The article at a place.
    pub(crate) fn article(&self, at: usize) -> Result<Indexed> {
        self.records.get(at)
    }

    /// What it takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let vectors = self.vectors.as_ref().map_or(0, |vectors| vectors.size()) + self.coarse.size();
        vectors + self.words.bytes() + self.len() * (2 + 4 + 8) + self.runs.len() * size_of::<Run>()
    }
}

pub(super) fn words_path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id}.words"))
}

pub(super) fn records_path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id}.records"))
}
