//! The index: a derived cache of the articles in a folder. It can be lost: the store has everything.
//!
//! It is a list of segments that never change, each of one collection, named by a manifest that is replaced as a
//! whole. What may be seen and what is in force is not in it: the catalogue knows that by version.

mod building;
mod bytes;
mod coarse;
pub(crate) mod lanes;
mod merging;
pub(crate) mod nearest;
mod postings;
mod probes;
mod records;
pub(crate) mod scoring;
mod segment;
pub(crate) mod vectors;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::embedding::Embedding;
use crate::sentences::Sentence;
use crate::{Error, Result};
use building::{Builder, cut_all};
use vectors::Vectors;

pub(crate) use bytes::{Mixed, term_hash};
pub(crate) use probes::Probes;
pub(crate) use scoring::{View, Workspace};
pub(crate) use segment::Segment;

/// Changes when what is indexed changes: an index of another form is built again.
const FORM: u32 = 3;

/// An article as the index keeps it for showing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Indexed {
    pub(crate) id: String,
    pub(crate) source_id: Option<String>,
    pub(crate) label: String,
    pub(crate) path: String,
    pub(crate) text: String,
    /// How the text is cut, once it is indexed.
    pub(crate) sentences: Vec<Sentence>,
}

/// One version to be indexed.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    pub(crate) ordinal: u64,
    pub(crate) collection: String,
    pub(crate) title: String,
    /// Whether vectors of our own model are made; those of another come later.
    pub(crate) is_embedded: bool,
    pub(crate) articles: Vec<Indexed>,
}

/// A segment whose vectors are not those of its collection's model.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) collection: String,
    pub(crate) segment: Arc<Segment>,
}

/// What the folder holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Manifest {
    form: u32,
    /// The model of ours that made vectors of articles and sentences.
    embedding: String,
    /// The change up to which the index has followed.
    followed: i64,
    /// The next segment's id.
    next: u64,
    segments: Vec<u64>,
    /// Versions whose articles still lie in segments and are not to be found.
    gone: HashSet<u64>,
}

/// The index folder.
#[derive(Debug)]
pub(crate) struct Index {
    folder: PathBuf,
    embedding: Arc<Embedding>,
    state: Mutex<(Manifest, Vec<Arc<Segment>>)>,
}

impl Index {
    /// Opens the index in `folder`, or makes an empty one where there is none that can be read. Gives the number of
    /// the change it has followed to; 0 for an empty one.
    pub(crate) fn open(folder: &Path, embedding: Arc<Embedding>) -> Result<(Self, i64)> {
        std::fs::create_dir_all(folder).map_err(Error::IndexFolder)?;
        let state = match read(folder) {
            Ok(state) => state,
            Err(error) => {
                // A folder without an index is a new installation, or one whose index was taken away on purpose.
                if manifest_path(folder).exists() {
                    tracing::warn!(%error, "the search index cannot be read and is built again");
                }
                let embedding = embedding.fingerprint().to_owned();
                (Manifest { form: FORM, next: 1, embedding, ..Manifest::default() }, Vec::new())
            }
        };
        sweep(folder, &state.0)?;
        let followed = state.0.followed;
        Ok((Self { folder: folder.to_owned(), embedding, state: Mutex::new(state) }, followed))
    }

    /// One round of changes.
    pub(crate) fn round(&self, threads: usize) -> Round {
        let (manifest, segments) = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let embedding = Arc::clone(&self.embedding);
        Round { folder: self.folder.clone(), embedding, manifest, segments, open: HashMap::new(), threads }
    }

    /// Makes a round visible and remembers how far the index has followed. Files that no segment needs any more go.
    pub(crate) fn commit(&self, round: Round, followed: i64) -> Result<()> {
        let (manifest, segments) = round.finish(followed)?;
        let text = serde_json::to_vec(&manifest).unwrap_or_default();
        let (new, place) = (self.folder.join("manifest.new"), manifest_path(&self.folder));
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &place)).map_err(Error::IndexFolder)?;
        sweep(&self.folder, &manifest)?;
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = (manifest, segments);
        Ok(())
    }

    /// Whether another model of ours made the vectors of articles and sentences: then the index is to be built again.
    pub(crate) fn is_stale(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.embedding != self.embedding.fingerprint()
    }

    /// The segments that lack vectors of the model that `wanted` names for their collection.
    pub(crate) fn waiting(&self, wanted: impl Fn(&str) -> Option<String>) -> Vec<Waiting> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let lacks = |segment: &&Arc<Segment>| {
            wanted(&segment.collection).is_some_and(|fingerprint| !segment.has_vectors_of(&fingerprint))
        };
        let waiting = state.1.iter().filter(lacks);
        waiting
            .map(|segment| Waiting { collection: segment.collection.clone(), segment: Arc::clone(segment) })
            .collect()
    }

    /// Gives a segment its vectors. `false` when it is no longer there: it was merged with others.
    pub(crate) fn fill(&self, segment: &Segment, vectors: Vectors) -> Result<bool> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = state.1.iter_mut().find(|known| known.id == segment.id) else { return Ok(false) };
        *known = Arc::new(known.with_vectors(&self.folder, vectors)?);
        Ok(true)
    }

    /// What searches see: the committed articles with this catalogue.
    pub(crate) fn view(&self, catalogue: Arc<Catalogue>) -> View {
        let segments = self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
        View::new(segments, catalogue)
    }
}

fn manifest_path(folder: &Path) -> PathBuf {
    folder.join("manifest.json")
}

fn read(folder: &Path) -> Result<(Manifest, Vec<Arc<Segment>>)> {
    let text = std::fs::read(manifest_path(folder)).map_err(Error::IndexFolder)?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| Error::IndexBroken("the manifest cannot be read"))?;
    if manifest.form != FORM {
        return Err(Error::IndexBroken("it has another form"));
    }
    let segments = manifest.segments.iter().map(|id| Segment::open(folder, *id).map(Arc::new));
    let segments = segments.collect::<Result<_>>()?;
    Ok((manifest, segments))
}

/// Removes what no manifest names: of rounds that were cut off, of merged segments, of other forms.
fn sweep(folder: &Path, manifest: &Manifest) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(Error::IndexFolder)? {
        let path = entry.map_err(Error::IndexFolder)?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let known = stem.parse().is_ok_and(|id: u64| manifest.segments.contains(&id)) || path == manifest_path(folder);
        let done = match (known, path.is_dir()) {
            (true, _) => Ok(()),
            (false, true) => std::fs::remove_dir_all(&path),
            (false, false) => std::fs::remove_file(&path),
        };
        done.map_err(Error::IndexFolder)?;
    }
    Ok(())
}

/// One round of changes to the index: visible all at once.
#[derive(Debug)]
pub(crate) struct Round {
    folder: PathBuf,
    embedding: Arc<Embedding>,
    manifest: Manifest,
    segments: Vec<Arc<Segment>>,
    /// The segments in the making, by collection.
    open: HashMap<String, Builder>,
    threads: usize,
}

impl Round {
    /// Adds versions. One that the index has already stays as it is: a version never changes.
    pub(crate) fn put(&mut self, mut additions: Vec<Addition>) -> Result<()> {
        let known: HashSet<u64> = self.segments.iter().flat_map(|s| s.runs.iter().map(|run| run.ordinal)).collect();
        additions.retain(|addition| !known.contains(&addition.ordinal));
        let cuts = cut_all(&additions, &self.embedding, self.threads)?;
        let articles = additions.iter().flat_map(|addition| addition.articles.iter().map(move |a| (addition, a)));
        for ((addition, article), cut) in articles.zip(&cuts) {
            if self.open.get(&addition.collection).is_some_and(Builder::is_full) {
                self.seal(&addition.collection)?;
            }
            if !self.open.contains_key(&addition.collection) {
                let id = self.next();
                let builder = Builder::create(&self.folder, id, addition.is_embedded.then_some(&*self.embedding))?;
                self.open.insert(addition.collection.clone(), builder);
            }
            if let Some(builder) = self.open.get_mut(&addition.collection) {
                builder.push(addition.ordinal, article, cut)?;
            }
        }
        Ok(())
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.manifest.gone.clear();
        self.manifest.embedding = self.embedding.fingerprint().to_owned();
    }

    /// Takes a version out. Its articles lie there until their segment is merged; the catalogue hides them.
    pub(crate) fn remove(&mut self, ordinal: u64) {
        self.manifest.gone.insert(ordinal);
    }

    fn next(&mut self) -> u64 {
        self.manifest.next += 1;
        self.manifest.next - 1
    }

    fn seal(&mut self, collection: &str) -> Result<()> {
        let Some(builder) = self.open.remove(collection) else { return Ok(()) };
        let average = self.average(collection, builder.size());
        self.segments.push(Arc::new(builder.finish(collection, average)?));
        Ok(())
    }

    /// How long a collection's articles are on average, in terms, with `(terms, articles)` more.
    fn average(&self, collection: &str, (tokens, articles): (u64, u64)) -> f32 {
        let own = self.segments.iter().filter(|segment| segment.collection == collection);
        let (tokens, articles) =
            own.fold((tokens, articles), |sum, segment| (sum.0 + segment.tokens(), sum.1 + segment.len() as u64));
        tokens as f32 / articles.max(1) as f32
    }

    /// Segments of a collection that should become one: all with vectors of the same model, or all without.
    fn mergeable(&self, collection: &str) -> Option<Vec<Arc<Segment>>> {
        let mut by_model: HashMap<&str, Vec<Arc<Segment>>> = HashMap::new();
        for segment in self.segments.iter().filter(|segment| segment.collection == collection) {
            let model = segment.vectors.as_ref().map_or("", |vectors| &vectors.fingerprint);
            by_model.entry(model).or_default().push(Arc::clone(segment));
        }
        by_model.values().find_map(|segments| merging::wanted(segments))
    }

    fn finish(mut self, followed: i64) -> Result<(Manifest, Vec<Arc<Segment>>)> {
        let mut open: Vec<String> = self.open.keys().cloned().collect();
        open.sort();
        for collection in open {
            self.seal(&collection)?;
            while let Some(chosen) = self.mergeable(&collection) {
                let average = self.average(&collection, (0, 0));
                let id = self.next();
                let merged = merging::merge(&self.folder, id, &chosen, &self.manifest.gone, average)?;
                self.segments.retain(|segment| !chosen.iter().any(|old| old.id == segment.id));
                self.segments.extend(merged.map(Arc::new));
            }
        }
        let left: HashSet<u64> = self.segments.iter().flat_map(|s| s.runs.iter().map(|run| run.ordinal)).collect();
        self.manifest.gone.retain(|ordinal| left.contains(ordinal));
        self.manifest.followed = followed;
        self.manifest.segments = self.segments.iter().map(|segment| segment.id).collect();
        Ok((self.manifest, self.segments))
    }
}
