//! Endpoints: models outside the process that make a collection's vectors in place of our own.
//!
//! A collection names its endpoint; the seam is one function, [`Embedder::embed`]. Words are indexed at once and
//! vectors follow when the endpoint has made them, so a slow or silent endpoint delays no import and no search: searches
//! are by words meanwhile and say so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use kernel::DataLevel;
use serde::Serialize;

use crate::embedding::Embedding;
use crate::found::WordsOnly;
use crate::index::Segment;
use crate::index::vectors::Vectors;
use crate::knowledge::{Knowledge, blocking};
use crate::{Error, Result};

/// So many texts are sent at a time.
const TOGETHER: usize = 32;

/// At most so many characters of an article are sent.
const LONGEST: usize = 2_000;

/// Makes vectors of texts.
pub trait Embedder: Send + Sync {
    /// A vector for each text, all of one size; `level` is that of the texts.
    fn embed<'t>(&'t self, texts: &'t [String], level: DataLevel) -> BoxFuture<'t, Result<Vec<Vec<f32>>, EmbedFailed>>;
}

/// Why an endpoint gave no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint gave no vectors: {0}")]
pub struct EmbedFailed(pub String);

/// An endpoint that collections can name.
#[derive(Clone)]
pub struct Endpoint {
    /// Its id, as collections name it.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Which model it runs: vectors of another model are not comparable and are made anew.
    pub model: String,
    /// How it is asked.
    pub embedder: Arc<dyn Embedder>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).field("model", &self.model).finish_non_exhaustive()
    }
}

/// How an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndpointStatus {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Which model it runs.
    pub model: String,
    /// Whether it answered when it was asked last; true before it was asked.
    pub is_up: bool,
}

/// What makes vectors: our own model, and the endpoints.
#[derive(Debug)]
pub(crate) struct Models {
    pub(crate) own: Arc<Embedding>,
    endpoints: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    endpoint: Endpoint,
    fingerprint: String,
    is_down: AtomicBool,
}

/// A question's vectors by endpoint; an endpoint that did not answer has none.
#[derive(Debug, Default)]
pub(crate) struct Asked(BTreeMap<String, Vec<f32>>);

impl Asked {
    /// Whether no endpoint made a vector for the question.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn vector(&self, endpoint: &str) -> Option<&[f32]> {
        self.0.get(endpoint).map(Vec::as_slice)
    }
}

impl Models {
    pub(crate) fn new(own: Arc<Embedding>, endpoints: Vec<Endpoint>) -> Self {
        let known = |endpoint: Endpoint| {
            let fingerprint = format!("endpoint {} {}", endpoint.id, endpoint.model);
            (endpoint.id.clone(), Known { endpoint, fingerprint, is_down: AtomicBool::new(false) })
        };
        Self { own, endpoints: endpoints.into_iter().map(known).collect() }
    }

    /// Whether collections can name this endpoint.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.endpoints.contains_key(id)
    }

    pub(crate) fn statuses(&self) -> Vec<EndpointStatus> {
        let status = |known: &Known| EndpointStatus {
            id: known.endpoint.id.clone(),
            name: known.endpoint.name.clone(),
            model: known.endpoint.model.clone(),
            is_up: !known.is_down.load(Ordering::Relaxed),
        };
        self.endpoints.values().map(status).collect()
    }

    /// The fingerprint of the vectors that a collection should have; `None` for an endpoint that is not configured.
    pub(crate) fn fingerprint(&self, endpoint: Option<&str>) -> Option<&str> {
        match endpoint {
            None => Some(self.own.fingerprint()),
            Some(id) => self.endpoints.get(id).map(|known| known.fingerprint.as_str()),
        }
    }

    /// Demands that a segment has the vectors that its collection should have.
    pub(crate) fn demand(&self, endpoint: Option<&str>, segment: &Segment) -> Result<(), WordsOnly> {
        let has = self.fingerprint(endpoint).map(|fingerprint| segment.has_vectors_of(fingerprint));
        match (has, endpoint.map(|id| self.endpoints.get(id))) {
            (Some(true), _) => Ok(()),
            (None, _) => Err(WordsOnly::EndpointDown),
            (_, Some(Some(known))) if known.is_down.load(Ordering::Relaxed) => Err(WordsOnly::EndpointDown),
            (Some(false), _) => Err(WordsOnly::VectorsMissing),
        }
    }

    /// A question's vectors by these endpoints, each with the level of what the question is compared with.
    pub(crate) async fn ask(&self, wanted: &BTreeMap<&str, DataLevel>, text: &str) -> Asked {
        let texts = [text.to_owned()];
        let asking = wanted.iter().map(async |(id, level)| {
            let known = self.endpoints.get(*id)?;
            let vectors = known.embed(&texts, *level).await.ok()?;
            Some(((*id).to_owned(), vectors.into_iter().next()?))
        });
        Asked(futures::future::join_all(asking).await.into_iter().flatten().collect())
    }
}

impl Known {
    /// Vectors of these texts; remembers whether the endpoint answered.
    async fn embed(&self, texts: &[String], level: DataLevel) -> Result<Vec<Vec<f32>>, EmbedFailed> {
        let made = self.endpoint.embedder.embed(texts, level).await.and_then(|vectors| {
            let dims = vectors.first().map_or(0, Vec::len);
            let fits = |vector: &Vec<f32>| vector.len() == dims && vector.iter().all(|x| x.is_finite());
            if vectors.len() == texts.len() && (1..=4096).contains(&dims) && vectors.iter().all(fits) {
                Ok(vectors.into_iter().map(crate::embedding::unit).collect())
            } else {
                Err(EmbedFailed("vectors of other number or size than asked for".to_owned()))
            }
        });
        if let Err(error) = &made
            && !self.is_down.load(Ordering::Relaxed)
        {
            tracing::warn!(endpoint = %self.endpoint.id, %error, "searches are by words while an embedding endpoint is down");
        }
        self.is_down.store(made.is_err(), Ordering::Relaxed);
        made
    }
}

impl Knowledge {
    /// The endpoints that collections can name.
    #[must_use]
    pub fn endpoints(&self) -> Vec<EndpointStatus> {
        self.0.models.statuses()
    }

    /// Makes the vectors that articles wait for. A reconciler: call it after [`Knowledge::follow`], and again after a
    /// while when it fails. Gives how many articles got theirs.
    pub async fn embed_waiting(&self) -> Result<usize> {
        let _one = self.0.embedding_now.lock().await;
        let mut made = 0;
        loop {
            let catalogue = Arc::clone(&self.view().catalogue);
            let endpoint = |id: &str| {
                let own = catalogue.collections.iter().find(|collection| collection.id.as_str() == id);
                own.map(|collection| collection.embedding.clone())
            };
            let Some(next) = self.waiting(&catalogue).into_iter().next() else { return Ok(made) };
            let level = catalogue.collections.iter().find(|c| c.id.as_str() == next.collection).map(|c| c.level);
            let texts = self.texts_of(&next.segment).await?;
            let vectors = match endpoint(&next.collection).flatten() {
                None => {
                    let own = Arc::clone(&self.0.models.own);
                    blocking(move || {
                        let mut vectors = Vectors::new(own.fingerprint(), own.dims());
                        texts.iter().for_each(|t| vectors.push(&own.encode_article(&t.title, &t.path, &t.text)));
                        Ok(vectors)
                    })
                    .await?
                }
                Some(id) => {
                    let known = self.0.models.endpoints.get(&id).ok_or(Error::NoSuchEndpoint(id))?;
                    let mut all: Option<Vectors> = None;
                    for part in texts.chunks(TOGETHER) {
                        let sent: Vec<String> = part.iter().map(Text::whole).collect();
                        let level = level.unwrap_or(DataLevel::Sensitive);
                        let got = known.embed(&sent, level).await.map_err(Error::Embedding)?;
                        let dims = got.first().map_or(0, Vec::len);
                        let all = all.get_or_insert_with(|| Vectors::new(&known.fingerprint, dims));
                        got.iter().for_each(|vector| all.push(vector));
                    }
                    all.unwrap_or_default()
                }
            };
            made += next.segment.len();
            let (index, segment) = (Arc::clone(&self.0.index), Arc::clone(&next.segment));
            blocking(move || index.fill(&segment, vectors)).await?;
            self.show().await?;
        }
    }

    /// The texts of a segment's articles, in order.
    async fn texts_of(&self, segment: &Arc<Segment>) -> Result<Vec<Text>> {
        let (segment, catalogue) = (Arc::clone(segment), Arc::clone(&self.view().catalogue));
        blocking(move || {
            let mut texts = Vec::with_capacity(segment.len());
            for run in &segment.runs {
                let version = catalogue.by_ordinal.get(&run.ordinal).and_then(|at| catalogue.versions.get(*at));
                let title = version.map(|version| Arc::clone(&version.title)).unwrap_or_default();
                for at in run.places() {
                    let article = segment.article(at)?;
                    texts.push(Text { title: Arc::clone(&title), path: article.path, text: article.text });
                }
            }
            Ok(texts)
        })
        .await
    }
}

/// An article as a model reads it.
struct Text {
    title: Arc<str>,
    path: String,
    text: String,
}

impl Text {
    fn whole(&self) -> String {
        format!("{}\n{}\n{}", self.title, self.path, self.text).chars().take(LONGEST).collect()
    }
}
