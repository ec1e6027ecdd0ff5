//! The knowledge layer of one process: the store's collections with an index that follows them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use documents::{Defect, Document, Limits, Watch};
use identity::{Action, Cx, Permit, Scope};
use kernel::DataLevel;
use kernel::ids::{CollectionId, DocumentId, VersionId};
use serde::Serialize;
use store::Store;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::catalogue::{Catalogue, CollectionEntry};
use crate::embedding::Embedding;
use crate::endpoints::{Endpoint, Models};
use crate::index::{Addition, Index, Indexed, View, Waiting, Workspace};
use crate::tables::{articles, collections, documents as document_rows, versions};
use crate::{Error, Result, question, words};

/// The topic of the store's change log that the index follows.
pub(crate) const TOPIC: &str = "knowledge";

/// So many versions are read and indexed at a time.
const BATCH: usize = 128;

/// After so many of them an index that was lost is shown as far as it is.
const SEEN: usize = 4;

/// Reads a document from its name and bytes. The server gives one that reads hostile formats in a child process.
/// What it finds on the way it tells the one who watches.
pub type ReadDocument = Arc<dyn Fn(&str, &[u8], &mut dyn Watch) -> (Document, Vec<Defect>) + Send + Sync>;

/// Where the index is, and how documents are read.
#[derive(Clone)]
pub struct Options {
    /// The folder of the index, such as `data/index`.
    pub folder: PathBuf,
    /// How a document is read.
    pub read: ReadDocument,
    /// The model that makes vectors of questions and articles.
    pub embedding: Arc<Embedding>,
    /// The endpoints that collections can name to make their vectors instead.
    pub endpoints: Vec<Endpoint>,
}

impl Options {
    /// The index in `folder`; documents are read in this process.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let limits = Limits::default();
        let read: ReadDocument =
            Arc::new(move |name, bytes, watch| documents::read_watched(name, bytes, &limits, watch));
        Self { folder: folder.into(), read, embedding: Embedding::shipped(), endpoints: Vec::new() }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// How the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IndexStatus {
    /// How many articles it has, over all versions.
    pub articles: u64,
    /// Whether it has followed every change.
    pub up_to_date: bool,
    /// Whether all articles have vectors of their collection's model; else searches of some are by words until they have.
    pub has_vectors: bool,
    /// What it takes in memory, in bytes.
    pub memory_bytes: u64,
}

/// The knowledge layer of one process. A clone is the same.
#[derive(Clone)]
pub struct Knowledge(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) read: ReadDocument,
    pub(crate) models: Models,
    pub(crate) workspaces: Mutex<Vec<Workspace>>,
    pub(crate) index: Arc<Index>,
    view: RwLock<Arc<View>>,
    /// The change up to which the index has followed; held while it follows.
    followed: tokio::sync::Mutex<i64>,
    /// The index was empty when the store was not.
    was_lost: AtomicBool,
    /// Held while articles get the vectors that they wait for.
    pub(crate) embedding_now: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Knowledge").field("view", &self.view()).finish_non_exhaustive()
    }
}

impl Knowledge {
    /// Opens the index. It may lag behind the store, or be empty when it was lost: [`Knowledge::follow`] catches up.
    /// The dictionary is loaded beside the start.
    pub async fn open(store: Store, options: Options) -> Result<Self> {
        drop(tokio::task::spawn_blocking(|| {
            words::warm_up();
            question::warm_up();
        }));
        let models = Models::new(Arc::clone(&options.embedding), options.endpoints);
        let (index, followed) = tokio::task::spawn_blocking(move || Index::open(&options.folder, options.embedding))
            .await
            .map_err(|_| Error::Stopped)??;
        // An index ahead of the store belongs to another store, or to a time before a restore.
        let latest = store.changes().latest(TOPIC).await?;
        let followed = if followed > latest { 0 } else { followed };
        let catalogue = Arc::new(Catalogue::load(&store, followed).await?);
        let view = Arc::new(index.view(catalogue));
        Ok(Self(Arc::new(Inner {
            store,
            read: options.read,
            models,
            workspaces: Mutex::new(Vec::new()),
            index: Arc::new(index),
            view: RwLock::new(view),
            followed: tokio::sync::Mutex::new(followed),
            was_lost: AtomicBool::new(followed == 0 && latest > 0),
            embedding_now: tokio::sync::Mutex::new(()),
        })))
    }

    /// A question as the search sees it: a vector of unit length, for whoever compares questions with each other.
    #[must_use]
    pub fn encode_question(&self, text: &str) -> Vec<f32> {
        self.0.models.own.encode_question(text)
    }

    /// Follows the store's change log until the index is equal to the store. A reconciler: call it at the start, after
    /// [`store::Changes::watch`] wakes, and once in a while for the changes of other servers.
    pub async fn follow(&self) -> Result<()> {
        let mut followed = self.0.followed.lock().await;
        let store = &self.0.store;
        let latest = store.changes().latest(TOPIC).await?;
        let damaged = self.view().is_damaged() || self.0.index.is_stale();
        if latest <= *followed && !damaged {
            return Ok(());
        }
        if damaged {
            *followed = 0;
        }
        let changed = self.changed(*followed, latest).await?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut round = self.0.index.round(threads);
        // What is built again has its words first: searches are by words, and say so, while the vectors follow.
        let is_lost = *followed == 0 && self.0.was_lost.swap(false, Ordering::Relaxed);
        let is_again = is_lost || damaged;
        if *followed == 0 {
            round.clear();
        }
        for (at, part) in changed.chunks(BATCH).enumerate() {
            let (mut additions, gone) = self.additions(part).await?;
            if is_again {
                additions.iter_mut().for_each(|addition| addition.is_embedded = false);
            }
            // An index that was lost is seen while it grows; one that is damaged is seen as it was until it is whole.
            let first = additions.first().and_then(|first| i64::try_from(first.ordinal).ok());
            if let Some(so_far) = first.map(|first| first - 1).filter(|_| is_lost && at > 0 && at % SEEN == 0) {
                let index = Arc::clone(&self.0.index);
                blocking(move || index.commit(round, so_far)).await?;
                self.see(Arc::new(Catalogue::load(store, so_far).await?)).await?;
                round = self.0.index.round(threads);
            }
            round = blocking(move || {
                gone.into_iter().for_each(|ordinal| round.remove(ordinal));
                round.put(additions)?;
                Ok(round)
            })
            .await?;
        }
        let index = Arc::clone(&self.0.index);
        blocking(move || index.commit(round, latest)).await?;
        let before = Arc::clone(&self.view().catalogue);
        let catalogue = match *followed {
            0 => Catalogue::load(store, latest).await?,
            _ => before.advance(store, latest, &changed).await?,
        };
        self.see(Arc::new(catalogue)).await?;
        *followed = latest;
        Ok(())
    }

    /// Lets searches see what the index has now.
    pub(crate) async fn show(&self) -> Result<()> {
        let _following = self.0.followed.lock().await;
        self.see(Arc::clone(&self.view().catalogue)).await
    }

    async fn see(&self, catalogue: Arc<Catalogue>) -> Result<()> {
        let index = Arc::clone(&self.0.index);
        let view = blocking(move || Ok(index.view(catalogue))).await?;
        *self.0.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
        Ok(())
    }

    /// How the index is.
    pub async fn index_status(&self) -> Result<IndexStatus> {
        let latest = self.0.store.changes().latest(TOPIC).await?;
        let view = self.view();
        let up_to_date = view.catalogue.followed >= latest && !view.is_damaged();
        let memory_bytes = view.bytes() as u64;
        let has_vectors = !self.0.index.is_stale() && self.waiting(&view.catalogue).is_empty();
        Ok(IndexStatus { articles: view.articles(), up_to_date, has_vectors, memory_bytes })
    }

    /// The segments that lack vectors of their collection's model.
    pub(crate) fn waiting(&self, catalogue: &Catalogue) -> Vec<Waiting> {
        self.0.index.waiting(|id| {
            let own = catalogue.collections.iter().find(|collection| collection.id.as_str() == id)?;
            self.0.models.fingerprint(own.embedding.as_deref()).map(str::to_owned)
        })
    }

    /// What searches see now.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.0.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The versions that changed after `followed`: those made, and those of documents that were removed.
    async fn changed(&self, followed: i64, latest: i64) -> Result<Vec<String>> {
        let db = self.0.store.db();
        if followed == 0 {
            let all: Vec<String> = versions::Entity::find()
                .select_only()
                .column(versions::Column::Id)
                .filter(versions::Column::Ordinal.lte(latest))
                .order_by_asc(versions::Column::Ordinal)
                .into_tuple()
                .all(db)
                .await
                .map_err(store::Error::from)?;
            return Ok(all);
        }
        let mut changed = Vec::new();
        let mut after = followed;
        loop {
            let page = self.0.store.changes().after(TOPIC, after, 1000).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for change in page {
                if VersionId::parse(&change.key).is_ok() && change.key.starts_with("ver_") {
                    changed.push(change.key);
                } else if change.key.starts_with("doc_") && DocumentId::parse(&change.key).is_ok() {
                    let ids: Vec<String> = versions::Entity::find()
                        .select_only()
                        .column(versions::Column::Id)
                        .filter(versions::Column::DocumentId.eq(change.key))
                        .into_tuple()
                        .all(db)
                        .await
                        .map_err(store::Error::from)?;
                    changed.extend(ids);
                }
            }
        }
        changed.sort();
        changed.dedup();
        Ok(changed)
    }

    /// What the index must add for these versions, and the ordinals of those it must lose.
    async fn additions(&self, ids: &[String]) -> Result<(Vec<Addition>, Vec<u64>)> {
        let db = self.0.store.db();
        let rows: Vec<(String, String, i64, String, String, String)> = versions::Entity::find()
            .select_only()
            .columns([
                versions::Column::Id,
                versions::Column::DocumentId,
                versions::Column::Ordinal,
                versions::Column::Contents,
                versions::Column::CollectionId,
                versions::Column::Title,
            ])
            .filter(versions::Column::Id.is_in(ids))
            .order_by_asc(versions::Column::Ordinal)
            .into_tuple()
            .all(db)
            .await
            .map_err(store::Error::from)?;
        let of: Vec<&str> = rows.iter().map(|row| row.1.as_str()).collect();
        let removed: std::collections::HashSet<String> = document_rows::Entity::find()
            .select_only()
            .column(document_rows::Column::Id)
            .filter(document_rows::Column::Id.is_in(of.iter().copied()))
            .filter(document_rows::Column::State.eq("removed"))
            .into_tuple()
            .all(db)
            .await
            .map_err(store::Error::from)?
            .into_iter()
            .collect();
        let mut texts: std::collections::HashMap<String, articles::Model> = articles::Entity::find()
            .filter(articles::Column::DocumentId.is_in(of.iter().copied()))
            .all(db)
            .await
            .map_err(store::Error::from)?
            .into_iter()
            .map(|row| (row.id.clone(), row))
            .collect();
        let elsewhere: std::collections::HashSet<String> = collections::Entity::find()
            .select_only()
            .column(collections::Column::Id)
            .filter(collections::Column::Embedding.is_not_null())
            .into_tuple()
            .all(db)
            .await
            .map_err(store::Error::from)?
            .into_iter()
            .collect();
        let mut last_use = std::collections::HashMap::<String, usize>::new();
        let contents: Vec<Vec<String>> =
            rows.iter().map(|row| serde_json::from_str(&row.3).unwrap_or_default()).collect();
        for (at, list) in contents.iter().enumerate() {
            for id in list {
                last_use.insert(id.clone(), at);
            }
        }
        let (mut additions, mut gone) = (Vec::new(), Vec::new());
        for (at, ((_, document, ordinal, _, collection, title), list)) in rows.iter().zip(contents).enumerate() {
            let ordinal = u64::try_from(*ordinal).unwrap_or_default();
            if removed.contains(document) {
                gone.push(ordinal);
                continue;
            }
            let articles = list
                .iter()
                .filter_map(|id| if last_use.get(id) == Some(&at) { texts.remove(id) } else { texts.get(id).cloned() })
                .map(|row| Indexed {
                    id: row.id,
                    source_id: row.source_id,
                    label: row.label,
                    path: row.path,
                    text: row.text,
                    sentences: Vec::new(),
                })
                .collect();
            let is_embedded = !elsewhere.contains(collection);
            additions.push(Addition {
                ordinal,
                collection: collection.clone(),
                title: title.clone(),
                is_embedded,
                articles,
            });
        }
        Ok((additions, gone))
    }

    /// Demands that `permit` is of `cx`, for one of `actions`, and covers `collection`.
    pub(crate) fn admit(cx: &Cx, permit: &Permit, actions: &[Action], collection: &CollectionId) -> Result<()> {
        permit.demand(cx, actions)?;
        match permit.scope() {
            Scope::Collection { id, .. } if id == collection => Ok(()),
            Scope::Platform => Ok(()),
            Scope::Collection { .. } | Scope::Scenario { .. } => Err(Error::WrongPermit),
        }
    }
}

/// Whether the actor of `cx` may see what is in a collection, up to `ceiling`: level, and for what is not public also
/// place and department. The same rule by which identity gives permits, for permits on scenarios and the platform.
pub(crate) fn reaches(cx: &Cx, ceiling: DataLevel, collection: &CollectionEntry) -> bool {
    cx.reaches(ceiling, &collection.scope())
}

/// Runs work that takes the processor or the disk for long beside the async workers.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}
