//! Building a segment: articles in, files out. Texts are cut into terms on all threads.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::bytes::{Mixed, short_hash, term_hash};
use super::postings::Counted;
use super::records::{RecordsWriter, encode};
use super::segment::{Head, MOST, Parts, Run, Segment, records_path, words_path};
use super::vectors::{self, Vectors};
use super::{Addition, Indexed};
use crate::embedding::Embedding;
use crate::sentences::{self, Sentence};
use crate::words::{self, Terms};
use crate::{Error, Result};

/// An article cut into terms.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Each different term with how often it stands there, ascending.
    terms: Vec<(u64, u8)>,
    length: u16,
    vector: Vec<f32>,
    sentences: Vec<Sentence>,
}

/// Cuts the articles of several versions into terms and makes their vectors, in their order.
pub(super) fn cut_all(additions: &[Addition], embedding: &Embedding, threads: usize) -> Result<Vec<Cut>> {
    let titles: Vec<(Terms, bool)> =
        additions.iter().map(|addition| (words::terms(&addition.title), addition.is_embedded)).collect();
    let articles: Vec<(&(Terms, bool), &Indexed)> = titles
        .iter()
        .zip(additions)
        .flat_map(|(title, addition)| addition.articles.iter().map(move |article| (title, article)))
        .collect();
    let share = articles.len().div_ceil(threads.max(1)).max(64);
    if articles.len() <= share {
        return Ok(articles.into_iter().map(|(title, article)| cut(title, article, embedding)).collect());
    }
    std::thread::scope(|scope| {
        let work = |part: &[(&(Terms, bool), &Indexed)]| -> Vec<Cut> {
            part.iter().map(|(title, article)| cut(title, article, embedding)).collect()
        };
        let threads: Vec<_> = articles.chunks(share).map(|part| scope.spawn(move || work(part))).collect();
        let mut cuts = Vec::with_capacity(articles.len());
        for thread in threads {
            cuts.extend(thread.join().map_err(|_| Error::Stopped)?);
        }
        Ok(cuts)
    })
}

fn cut((title, is_embedded): &(Terms, bool), article: &Indexed, embedding: &Embedding) -> Cut {
    let path = words::terms(&article.path);
    let (sentences, text) = sentences::cut(&article.text, embedding);
    let mut hashes: Vec<u64> = path.iter().chain(text.iter()).map(term_hash).collect();
    hashes.sort_unstable();
    let length = u16::try_from(hashes.len()).unwrap_or(u16::MAX);
    let count = |same: &[u64]| u8::try_from(same.len()).unwrap_or(u8::MAX);
    let terms = hashes.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, count(same)))).collect();
    let vector = if *is_embedded { embedding.encode_article_terms(title, &path, &text) } else { Vec::new() };
    Cut { terms, length, vector, sentences }
}

/// A segment in the making.
#[derive(Debug)]
pub(super) struct Builder {
    folder: PathBuf,
    id: u64,
    places: HashMap<u64, u32, Mixed>,
    /// Each term's hash and how many articles have it, by its place in `places`.
    terms: Vec<(u64, u32)>,
    /// A posting: the term's place, the article, the count.
    postings: Vec<(u32, u16, u8)>,
    runs: Vec<Run>,
    lengths: Vec<u16>,
    labels: Vec<u32>,
    records: RecordsWriter,
    record: Vec<u8>,
    vectors: Vectors,
}

impl Builder {
    /// A segment whose vectors are of `embedding`, or come later.
    pub(super) fn create(folder: &Path, id: u64, embedding: Option<&Embedding>) -> Result<Self> {
        let (fingerprint, dims) = embedding.map_or(("", 0), |embedding| (embedding.fingerprint(), embedding.dims()));
        Ok(Self {
            folder: folder.to_owned(),
            id,
            places: HashMap::default(),
            terms: Vec::new(),
            postings: Vec::new(),
            runs: Vec::new(),
            lengths: Vec::new(),
            labels: Vec::new(),
            records: RecordsWriter::create(&records_path(folder, id))?,
            record: Vec::new(),
            vectors: Vectors::new(fingerprint, dims),
        })
    }

    pub(super) fn is_full(&self) -> bool {
        self.lengths.len() >= MOST
    }

    /// How many terms the articles have together, and how many articles there are.
    pub(super) fn size(&self) -> (u64, u64) {
        (self.lengths.iter().map(|length| u64::from(*length)).sum(), self.lengths.len() as u64)
    }

    pub(super) fn push(&mut self, ordinal: u64, article: &Indexed, cut: &Cut) -> Result<()> {
        let place = u16::try_from(self.lengths.len()).unwrap_or(u16::MAX);
        match self.runs.last_mut() {
            Some(run) if run.ordinal == ordinal => run.len += 1,
            _ => self.runs.push(Run { ordinal, start: u32::from(place), len: 1 }),
        }
        for (hash, count) in &cut.terms {
            let next = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
            let term = *self.places.entry(*hash).or_insert(next);
            if term == next {
                self.terms.push((*hash, 0));
            }
            if let Some(term) = self.terms.get_mut(term as usize) {
                term.1 += 1;
            }
            self.postings.push((term, place, *count));
        }
        self.lengths.push(cut.length);
        self.labels.push(short_hash(article.label.as_bytes()));
        self.vectors.push(&cut.vector);
        encode(article, &cut.sentences, &mut self.record);
        self.records.push(&self.record)
    }

    /// Ends the segment; `average` is the length of the collection's articles.
    pub(super) fn finish(self, collection: &str, average: f32) -> Result<Segment> {
        let Self { folder, id, terms, postings, runs, lengths, labels, records, vectors, .. } = self;
        let mut order: Vec<u32> = (0_u32..).take(terms.len()).collect();
        let term = |at: u32| terms.get(at as usize).copied().unwrap_or_default();
        order.sort_unstable_by_key(|at| term(*at).0);
        let mut hashes = Vec::with_capacity(terms.len());
        let mut starts = Vec::with_capacity(terms.len() + 1);
        let mut next = vec![0_u32; terms.len()];
        let mut sum = 0;
        for at in order {
            let (hash, count) = term(at);
            hashes.push(hash);
            starts.push(sum);
            if let Some(next) = next.get_mut(at as usize) {
                *next = sum;
            }
            sum += count;
        }
        starts.push(sum);
        let mut docs = vec![0_u16; postings.len()];
        let mut counts = vec![0_u8; postings.len()];
        for (term, doc, count) in postings {
            let Some(at) = next.get_mut(term as usize) else { continue };
            if let (Some(to), Some(n)) = (docs.get_mut(*at as usize), counts.get_mut(*at as usize)) {
                (*to, *n) = (doc, count);
            }
            *at += 1;
        }
        let parts = Parts {
            head: Head { collection: collection.to_owned(), average },
            runs,
            words: Counted { hashes, starts, docs, counts },
            lengths,
            labels,
            offsets: records.finish()?,
        };
        parts.save(&words_path(&folder, id))?;
        vectors.save(&vectors::path(&folder, id))?;
        Segment::new(&folder, id, parts, (vectors.dims > 0).then_some(vectors))
    }
}
