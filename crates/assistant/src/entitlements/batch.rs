//! The batch: all kept enterprises against all published policies, as a durable job with progress and a file to take away.

use entitlement::{BatchRow, Book, Columns, Profile};
use identity::{Action, Cx, Scope};
use kernel::event::Deed;
use kernel::ids::JobId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{BlobRef, Bytes, Claimed, JobError, NewJob};

use crate::{Assistant, Error};

/// The kind of the job.
pub const BATCH_JOB: &str = "entitlement.batch";

/// Enterprises between two words on progress.
const STRIDE: usize = 20_000;

/// What a batch is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchOrder {
    /// How many policies are listed for each enterprise.
    pub top: usize,
}

impl Assistant {
    /// Puts a batch into the queue.
    pub async fn begin_batch(&self, cx: &Cx, order: &BatchOrder) -> Result<JobId, Error> {
        cx.permit(Action::ManageEnterprises, &Scope::Platform).map(drop)?;
        self.matching(cx)?;
        let payload = serde_json::to_value(order).map_err(|source| Error::BadRecord { what: "batch", source })?;
        let actor = cx.actor().clone();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let job = NewJob { kind: BATCH_JOB, key: None, payload, actor };
                    Ok(cx.store().jobs().enqueue(tx, job).await?)
                })
            })
            .await
    }

    /// Does a batch that a worker claimed. A failure of ours ends the job with its code.
    pub async fn run_batch(&self, cx: &Cx, claimed: &Claimed) -> Result<(), Error> {
        match Box::pin(self.batch(cx, claimed)).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let transient = kernel::Fault::kind(&error).is_transient();
                cx.store().jobs().fail(claimed, &JobError::of(&error), transient).await?;
                Err(error)
            }
        }
    }

    async fn batch(&self, cx: &Cx, claimed: &Claimed) -> Result<(), Error> {
        let order: BatchOrder = serde_json::from_value(claimed.job.payload.clone())
            .map_err(|source| Error::BadRecord { what: "batch", source })?;
        let jobs = cx.store().jobs();
        jobs.heartbeat(claimed, 0.01, "read").await?;
        let book = self.book(cx, cx.now().date()).await?;
        let enterprises = self.all_enterprises(cx).await?;
        let profiles: Vec<Profile> = enterprises.into_iter().map(|enterprise| enterprise.profile).collect();
        let mut lines = Vec::new();
        let (mut satisfied, mut missing, mut with_any) = (0, 0, 0);
        for (at, chunk) in profiles.chunks(STRIDE).enumerate() {
            let rows = matched(&book, chunk, order.top)?;
            for (profile, row) in chunk.iter().zip(rows) {
                satisfied += row.satisfied;
                missing += row.missing;
                with_any += usize::from(row.satisfied > 0);
                let line = batch_line(&book, profile, &row);
                serde_json::to_writer(&mut lines, &line)
                    .map_err(|source| Error::BadRecord { what: "batch", source })?;
                lines.push(b'\n');
            }
            let done = (at * STRIDE + chunk.len()) * 95 / profiles.len().max(1);
            jobs.heartbeat(claimed, u32::try_from(done).map_or(0.95, |done| f64::from(done) / 100.0), "match").await?;
        }
        let blob = cx.store().blobs().put(Bytes::from(lines)).await?;
        let result = json!({
            "enterprises": profiles.len(),
            "policies": book.policies().len(),
            "satisfied": satisfied,
            "missing": missing,
            "with_any": with_any,
            "blob": blob.as_str(),
        });
        let details = json!({ "enterprises": profiles.len(), "policies": book.policies().len() });
        let subject = claimed.job.id.to_string();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    cx.store().audit().append(tx, cx.record(Deed::MatchingDone, subject, details)).await?;
                    Ok(cx.store().jobs().succeed_in(tx, claimed, &result).await?)
                })
            })
            .await
    }

    /// The file of a batch that came to its end.
    pub async fn batch_file(&self, cx: &Cx, job: &store::Job) -> Result<Option<Bytes>, Error> {
        cx.permit(Action::ManageEnterprises, &Scope::Platform).map(drop)?;
        let blob = job.result.as_ref().and_then(|result| result.get("blob")).and_then(|blob| blob.as_str());
        let Some(blob) = blob.filter(|_| job.kind == BATCH_JOB) else { return Ok(None) };
        Ok(Some(cx.store().blobs().get(&BlobRef::parse(blob)?).await?))
    }
}

/// Matches a chunk on all cores, so that the server keeps one to answer with.
fn matched(book: &Book, profiles: &[Profile], top: usize) -> Result<Vec<BatchRow>, Error> {
    let columns = Columns::of(book, profiles).map_err(|(_, bad)| bad)?;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    Ok(book.batch(&columns, top, threads, &|_| {}))
}

/// One enterprise's line: counts and the best policies.
#[must_use]
pub fn batch_line(book: &Book, profile: &Profile, row: &BatchRow) -> serde_json::Value {
    let listed: Vec<serde_json::Value> = row
        .top
        .iter()
        .filter_map(|listed| {
            let policy = book.policies().get(listed.policy)?;
            Some(json!({
                "policy": policy.id,
                "title": policy.title,
                "standing": listed.standing,
                "closeness": listed.closeness,
                "amount": listed.amount,
                "until": policy.window.until,
            }))
        })
        .collect();
    json!({
        "id": profile.id,
        "name": profile.name,
        "credit_code": profile.credit_code,
        "satisfied": row.satisfied,
        "missing": row.missing,
        "unsatisfied": row.unsatisfied,
        "policies": listed,
    })
}
