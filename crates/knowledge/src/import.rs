//! Import: uploads as durable jobs, files at once, and articles from JSON Lines.
//!
//! Upload: blob, document row and job, then the answer. Job: read, compare, publish in one transaction, index. Each
//! step finds out whether it was done before, so a job that was killed anywhere goes on without duplicates.

mod lines;
mod progress;

use documents::{Defect, DefectCode, Document, Watch};
use identity::{Action, Cx, Permit};
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::{CollectionId, DocumentId, JobId};
use kernel::{Actor, Fault};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use store::{BlobRef, Bytes, Claimed, JobError, NewJob, Record, Tx};

use crate::knowledge::{Knowledge, blocking};
use crate::publish::{Incoming, Published, details, document_id, merge, publish, stem};
use crate::tables::{collections, documents as document_rows, versions};
use crate::{Error, Result};

pub use lines::LineImport;

/// The kind of the import job.
pub const IMPORT_JOB: &str = "knowledge.import";

/// What an upload was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The document. When the upload turns out to be a version of another document, this id leads there.
    pub document_id: DocumentId,
    /// The job that imports it.
    pub job_id: JobId,
    /// The collection already has these very bytes; nothing is stored twice.
    pub duplicate: bool,
}

/// What an import of several files or lines did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Imported {
    /// Documents with a new version.
    pub documents: u64,
    /// Articles of those versions.
    pub articles: u64,
    /// Documents that are there already, word for word.
    pub skipped: u64,
    /// Files or lines that could not be read.
    pub failed: u64,
    /// What went wrong, by file or line.
    pub problems: Vec<Problem>,
}

/// A file or line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, or `line N`.
    pub place: String,
    /// The stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

/// A file to import.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Its name, with the ending.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

/// What the job needs to know.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    collection: CollectionId,
    document: DocumentId,
    name: String,
    blob: BlobRef,
}

impl Knowledge {
    /// Takes an upload: keeps the bytes and puts the import into the queue. What was accepted is not lost.
    pub async fn begin_import(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
        file: ImportFile,
    ) -> Result<Accepted> {
        Self::admit(cx, permit, &[Action::ImportDocuments], collection)?;
        if file.bytes.is_empty() {
            return Err(Error::EmptyFile(file.name));
        }
        self.demand_collection(collection).await?;
        let size = file.bytes.len();
        let store = &self.0.store;
        let blob = store.blobs().put(file.bytes).await?;
        let tx = store.begin().await?;
        let known = same_bytes(&tx, collection, &blob).await?;
        let duplicate = known.is_some();
        // The same bytes uploaded again while the first upload still waits have the same job, and its document.
        let key = format!("{collection}/{blob}");
        let document = match known {
            Some(known) => known,
            None => DocumentId::generate(cx.ids()),
        };
        let payload =
            Payload { collection: collection.clone(), document: document.clone(), name: file.name.clone(), blob };
        let job = NewJob {
            kind: IMPORT_JOB,
            key: Some(key),
            payload: serde_json::to_value(&payload).unwrap_or_default(),
            actor: cx.actor().clone(),
        };
        let job_id = store.jobs().enqueue(&tx, job).await?;
        let waiting = job_document(store, &job_id, &document).await?;
        if let Some(waiting) = waiting {
            return Ok(Accepted { document_id: waiting, job_id, duplicate: true });
        }
        if !duplicate {
            let row = document_rows::ActiveModel {
                id: Set(document.to_string()),
                collection_id: Set(collection.to_string()),
                state: Set("importing".to_owned()),
                merged_into: Set(None),
                title: Set(stem(&file.name).to_owned()),
                title_key: Set(String::new()),
                file_name: Set(file.name),
                format: Set(String::new()),
                size_bytes: Set(i64::try_from(size).unwrap_or(i64::MAX)),
                version_id: Set(None),
                defects: Set("[]".to_owned()),
                imported_at: Set(cx.now().as_millis()),
                imported_by: Set(cx.actor().label()),
            };
            document_rows::Entity::insert(row).exec_without_returning(&tx).await.map_err(store::Error::from)?;
        }
        tx.commit().await?;
        Ok(Accepted { document_id: document, job_id, duplicate })
    }

    /// Does an import job and ends it. `Err` only when the store itself failed; then the job is still there.
    pub async fn run_import(&self, claimed: &Claimed) -> Result<()> {
        let jobs = self.0.store.jobs();
        match self.import_claimed(claimed).await {
            Ok(result) => Ok(jobs.succeed(claimed, &result).await?),
            // Another worker has it now; what becomes of the document is that one's to write.
            Err(Error::Store(error @ store::Error::JobLost(_))) => Err(error.into()),
            Err(Error::Store(error)) if error.kind().is_transient() => {
                jobs.fail(claimed, &JobError::of(&error), true).await?;
                Ok(())
            }
            Err(error) => {
                let transient = error.kind().is_transient();
                if !transient {
                    self.note_failure(claimed, &error).await?;
                }
                jobs.fail(claimed, &JobError::of(&error), transient).await?;
                Ok(())
            }
        }
    }

    async fn import_claimed(&self, claimed: &Claimed) -> Result<serde_json::Value> {
        let store = &self.0.store;
        let payload: Payload = serde_json::from_value(claimed.job.payload.clone())
            .map_err(|error| Error::Unreadable { name: claimed.job.id.to_string(), why: error.to_string() })?;
        let steps = store.jobs();
        steps.heartbeat(claimed, 0.05, "read").await?;
        let bytes = store.blobs().get(&payload.blob).await?;
        let (document, defects, progress) = self.read_for(claimed, &payload.name, bytes.clone()).await?;
        if let Some(fatal) = fatal(&defects) {
            // All that is wrong stays beside the job, and with it beside the document.
            steps.report(claimed, 0.5, "read", Some(&json!({ "pages": progress.pages, "defects": defects }))).await?;
            return Err(Error::Defective(fatal.clone()));
        }
        steps.heartbeat(claimed, 0.5, "publish").await?;
        let (pages, found) = (progress.pages, defects.clone());
        let mut incoming = Incoming::of(document, &defects, &payload.name, Some(payload.blob.clone()), bytes.len());
        incoming.document = Some(payload.document.clone());
        let articles = incoming.articles.len();
        let tx = store.begin().await?;
        steps.hold_in(&tx, claimed).await?;
        let known = same_bytes(&tx, &payload.collection, &payload.blob).await?;
        let published = match known {
            // The step was done before the job was killed, or by another upload of the same bytes.
            Some(document) => {
                merge(&tx, Some(&payload.document), &document).await?;
                tx.commit().await?;
                json!({
                    "document_id": document,
                    "articles": articles,
                    "unchanged": true,
                    "pages": pages,
                    "defects": found,
                })
            }
            None => {
                let published = publish(&tx, &payload.collection, incoming, &claimed.job.actor).await?;
                let result = json!({
                    "document_id": published.document,
                    "version_id": published.version,
                    "articles": articles,
                    "new_articles": published.new_articles,
                    "unchanged": published.unchanged,
                    "pages": pages,
                    "defects": found,
                });
                record(&tx, &claimed.job.actor, claimed.job.id.as_str(), &published, articles).await?;
                tx.commit().await?;
                result
            }
        };
        steps.heartbeat(claimed, 0.8, "index").await?;
        self.follow().await?;
        Ok(published)
    }

    /// Stops an import that waits or runs; its document leaves the list. One that has ended stays as it ended.
    pub async fn stop_import(&self, cx: &Cx, job: &JobId) -> Result<bool> {
        use store::sea_orm::sea_query::Expr;
        let store = &self.0.store;
        let why =
            JobError { code: "knowledge.import_stopped".to_owned(), message: "the import was stopped".to_owned() };
        let tx = store.begin().await?;
        let Some(stopped) = store.jobs().stop_in(&tx, job, &why).await? else { return Ok(false) };
        if let Ok(payload) = serde_json::from_value::<Payload>(stopped.payload) {
            document_rows::Entity::update_many()
                .col_expr(document_rows::Column::State, Expr::value("removed"))
                .filter(document_rows::Column::Id.eq(payload.document.as_str()))
                .filter(document_rows::Column::State.eq("importing"))
                .exec(&tx)
                .await
                .map_err(store::Error::from)?;
            let record = Record {
                reason: Some("the import was stopped".to_owned()),
                ..cx.record(
                    Deed::DocumentRemoved,
                    payload.document.to_string(),
                    json!({ "collection": payload.collection, "job": job }),
                )
            };
            store.audit().append(&tx, record).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// A document that cannot be read stays in the list, with what is wrong with it.
    async fn note_failure(&self, claimed: &Claimed, error: &Error) -> Result<()> {
        use store::sea_orm::sea_query::Expr;
        let Ok(payload) = serde_json::from_value::<Payload>(claimed.job.payload.clone()) else { return Ok(()) };
        let found =
            self.0.store.jobs().get(&claimed.job.id).await.ok().and_then(|job| job.result?.get("defects").cloned());
        let defects = match error {
            Error::Defective(defect) => found.unwrap_or_else(|| json!([defect])),
            other => json!([{ "code": other.code(), "message": other.to_string(), "page": null }]),
        };
        let tx = self.0.store.begin().await?;
        document_rows::Entity::update_many()
            .col_expr(document_rows::Column::State, Expr::value("failed"))
            .col_expr(document_rows::Column::Defects, Expr::value(defects.to_string()))
            .filter(document_rows::Column::Id.eq(payload.document.as_str()))
            .filter(document_rows::Column::State.eq("importing"))
            .exec(&tx)
            .await
            .map_err(store::Error::from)?;
        Ok(tx.commit().await?)
    }

    /// Imports files at once, without jobs: for the command line and the first load of a demo. Each file is read on a
    /// thread of its own; all become visible together.
    pub async fn import_files(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
        files: Vec<ImportFile>,
    ) -> Result<Imported> {
        Self::admit(cx, permit, &[Action::ImportDocuments], collection)?;
        self.demand_collection(collection).await?;
        let store = &self.0.store;
        let mut done = Imported::default();
        let reading = files.into_iter().map(|file| async move {
            let blob = store.blobs().put(file.bytes.clone()).await?;
            let size = file.bytes.len();
            let (document, defects) = self.read(&file.name, file.bytes).await?;
            Ok::<_, Error>((file.name, blob, size, document, defects))
        });
        // One reader for each core, and one that waits for the disk.
        let width = std::thread::available_parallelism().map_or(1, usize::from) + 1;
        let read = in_order(reading, width).await;
        let tx = store.begin().await?;
        for outcome in read {
            let (name, blob, size, document, defects) = outcome?;
            if let Some(fatal) = fatal(&defects) {
                done.failed += 1;
                done.problems.push(Problem { place: name, code: fatal.code().to_owned(), message: fatal.to_string() });
                continue;
            }
            if same_bytes(&tx, collection, &blob).await?.is_some() {
                done.skipped += 1;
                continue;
            }
            let incoming = Incoming::of(document, &defects, &name, Some(blob), size);
            let articles = incoming.articles.len();
            let published = publish(&tx, collection, incoming, cx.actor()).await?;
            record(&tx, cx.actor(), cx.trace(), &published, articles).await?;
            if published.unchanged {
                done.skipped += 1;
            } else {
                done.documents += 1;
                done.articles += articles as u64;
            }
        }
        tx.commit().await?;
        self.follow().await?;
        Ok(done)
    }

    /// Reads a document beside the async workers.
    pub(crate) async fn read(&self, name: &str, bytes: Bytes) -> Result<(Document, Vec<Defect>)> {
        let read = std::sync::Arc::clone(&self.0.read);
        let name = name.to_owned();
        blocking(move || Ok(read(&name, &bytes, &mut Nobody))).await
    }

    /// Fails when there is no such collection.
    pub(crate) async fn demand_collection(&self, id: &CollectionId) -> Result<()> {
        let found =
            collections::Entity::find_by_id(id.as_str()).one(self.0.store.db()).await.map_err(store::Error::from)?;
        found.filter(|row| row.removed_at.is_none()).map(drop).ok_or_else(|| Error::CollectionNotFound(id.to_string()))
    }
}

/// Why nothing of a document can be imported. A document of scanned pages has no text because nobody recognised it.
fn fatal(defects: &[Defect]) -> Option<&Defect> {
    let fatal = defects.iter().find(|defect| defect.is_fatal())?;
    let scanned = defects.iter().find(|defect| defect.code == DefectCode::NeedsOcr);
    Some(scanned.filter(|_| fatal.code == DefectCode::NoText).unwrap_or(fatal))
}

/// Nobody watches: files that are imported at once are all told of together.
struct Nobody;

impl Watch for Nobody {}

/// The document of a collection whose present version has these very bytes.
async fn same_bytes(tx: &Tx<'_>, collection: &CollectionId, blob: &BlobRef) -> Result<Option<DocumentId>> {
    let rows = versions::Entity::find()
        .filter(versions::Column::CollectionId.eq(collection.as_str()))
        .filter(versions::Column::Blob.eq(blob.to_string()))
        .all(tx)
        .await
        .map_err(store::Error::from)?;
    for row in rows {
        let document = document_rows::Entity::find_by_id(&row.document_id).one(tx).await.map_err(store::Error::from)?;
        // An older version is no duplicate: giving it again takes the document back to it.
        if document.is_some_and(|d| d.state == "ready" && d.version_id.as_deref() == Some(row.id.as_str())) {
            return Ok(Some(document_id(&row.document_id)?));
        }
    }
    Ok(None)
}

/// The document of a job that was already waiting, when it is not `document`. A job made in the open transaction is
/// seen by nobody else yet.
async fn job_document(store: &store::Store, job: &JobId, document: &DocumentId) -> Result<Option<DocumentId>> {
    let job = match store.jobs().get(job).await {
        Ok(job) => job,
        Err(store::Error::JobNotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let payload: Option<Payload> = serde_json::from_value(job.payload).ok();
    Ok(payload.map(|payload| payload.document).filter(|other| other != document))
}

async fn record(tx: &Tx<'_>, actor: &Actor, trace: &str, published: &Published, articles: usize) -> Result<()> {
    let record = Record {
        deed: Deed::DocumentImported,
        actor,
        subject: published.document.to_string(),
        outcome: DeedOutcome::Done,
        reason: None,
        details: details(published, articles),
        trace_id: trace.to_owned(),
    };
    tx.store().audit().append(tx, record).await?;
    Ok(())
}

/// Runs futures at most `width` at a time, results in order.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>, width: usize) -> Vec<F::Output> {
    use futures::StreamExt as _;
    futures::stream::iter(futures).buffered(width).collect().await
}
