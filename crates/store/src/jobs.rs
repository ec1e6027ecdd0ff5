//! Durable jobs: work that outlives the request that asked for it, and the process that does it.

use std::sync::atomic::Ordering;

use kernel::{Actor, Fault, Timestamp, ids::JobId};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::tables::jobs::{self, Column};
use crate::transaction::storable;
use crate::{Error, Result, Store, Tx};

/// How often a job is tried, lost leases included.
const MAX_ATTEMPTS: i32 = 6;

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What kind of work, such as `knowledge.import`.
    pub kind: &'static str,
    /// While a job of this kind and key is queued or running, no second one is made.
    pub key: Option<String>,
    /// What the worker needs to know.
    pub payload: Value,
    /// Who asked for it.
    pub actor: Actor,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker, or for its next try.
    Queued,
    /// With a worker.
    Running,
    /// Done.
    Succeeded,
    /// Given up.
    Failed,
}

impl JobState {
    /// The name in the store and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Failed].into_iter().find(|state| state.as_str() == name)
    }
}

/// Why a try failed, as the job's owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// A stable code, such as `documents.not_a_docx`.
    pub code: String,
    /// One sentence for the log and an English reader. No text of people.
    pub message: String,
}

impl JobError {
    /// What a fault says about itself.
    #[must_use]
    pub fn of(fault: &dyn Fault) -> Self {
        Self { code: fault.code().to_owned(), message: fault.to_string() }
    }
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// The key that keeps equal work from being done twice.
    pub key: Option<String>,
    /// Where it stands.
    pub state: JobState,
    /// What the worker needs to know.
    pub payload: Value,
    /// Who asked for it.
    pub actor: Actor,
    /// How often it was begun.
    pub attempts: i32,
    /// From 0 to 1.
    pub progress: f64,
    /// What it is at, in the worker's words.
    pub note: String,
    /// Why the last try failed.
    pub error: Option<JobError>,
    /// What came out of it.
    pub result: Option<Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it succeeded or was given up.
    pub finished_at: Option<Timestamp>,
}

/// A job in the hands of a worker. The lease must be renewed with [`Jobs::heartbeat`] before it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    worker: String,
    lease_secs: i64,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Of this state.
    pub state: Option<JobState>,
    /// Of this kind.
    pub kind: Option<String>,
}

/// How many jobs there are in each state that somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct JobCounts {
    /// Waiting.
    pub queued: u64,
    /// With a worker.
    pub running: u64,
    /// Given up.
    pub failed: u64,
}

/// The jobs.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'s> {
    store: &'s Store,
}

impl<'s> Jobs<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self { store }
    }

    /// Puts a job into the queue, in the transaction that makes it necessary. Gives the job that is already there
    /// when one of this kind and key is queued or running.
    pub async fn enqueue(&self, tx: &Tx<'_>, job: NewJob) -> Result<JobId> {
        let active_key = job.key.as_ref().map(|key| format!("{}:{key}", job.kind));
        if let Some(active_key) = &active_key
            && let Some(row) = jobs::Entity::find().filter(Column::ActiveKey.eq(active_key)).one(tx).await?
        {
            return parse_id(&row.id);
        }
        let id = JobId::generate(self.store.ids());
        let now = self.store.clock().now().as_millis();
        let row = jobs::ActiveModel {
            id: Set(id.to_string()),
            kind: Set(job.kind.to_owned()),
            active_key: Set(active_key),
            key: Set(job.key),
            state: Set(JobState::Queued.as_str().to_owned()),
            payload: Set(job.payload.to_string()),
            actor: Set(serde_json::to_string(&job.actor).map_err(|error| Error::Query(error.into()))?),
            attempts: Set(0),
            run_at: Set(now),
            worker: Set(None),
            lease_until: Set(None),
            progress: Set(0.0),
            note: Set(String::new()),
            error_code: Set(None),
            error_message: Set(None),
            result: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            finished_at: Set(None),
        };
        jobs::Entity::insert(row).exec_without_returning(tx).await?;
        tx.jobs_changed.store(true, Ordering::Relaxed);
        Ok(id)
    }

    /// Takes the next job of one of `kinds` for `worker`, for `lease_secs` seconds. A job whose lease ended is
    /// taken from the worker that held it; one that was begun too often is given up.
    ///
    /// Servers compare leases by their own clocks: give leases of at least 30 seconds where there are several.
    pub async fn claim(&self, kinds: &[&str], worker: &str, lease_secs: i64) -> Result<Option<Claimed>> {
        loop {
            let now = self.store.clock().now();
            // A look without a lock first: an idle worker must not stand in the writers' way.
            if jobs::Entity::find().filter(is_due(kinds, now)).limit(1).one(self.store.db()).await?.is_none() {
                return Ok(None);
            }
            let tx = self.store.begin_unordered().await?;
            // SKIP LOCKED: on PostgreSQL a row in another worker's hands is passed over. SQLite has one writer.
            let due = jobs::Entity::find()
                .filter(is_due(kinds, now))
                .order_by_asc(Column::RunAt)
                .order_by_asc(Column::Id)
                .limit(1)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .one(&tx)
                .await?;
            let Some(row) = due else { return Ok(None) };
            if row.attempts >= MAX_ATTEMPTS {
                let error = JobError {
                    code: "store.job_abandoned".to_owned(),
                    message: format!("begun {} times without an end", row.attempts),
                };
                finish(&tx, jobs::Entity::update_many().filter(Column::Id.eq(&row.id)), now, Err(&error)).await?;
                tx.commit().await?;
                continue;
            }
            let attempts = row.attempts + 1;
            jobs::Entity::update_many()
                .col_expr(Column::State, Expr::value(JobState::Running.as_str()))
                .col_expr(Column::Attempts, Expr::value(attempts))
                .col_expr(Column::Worker, Expr::value(worker))
                .col_expr(Column::LeaseUntil, Expr::value(now.plus_secs(lease_secs).as_millis()))
                .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
                .filter(Column::Id.eq(&row.id))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            let mut job = job(row)?;
            job.state = JobState::Running;
            job.attempts = attempts;
            job.updated_at = now;
            return Ok(Some(Claimed { job, worker: worker.to_owned(), lease_secs }));
        }
    }

    /// Renews the lease and says how far the work is. Fails with [`Error::JobLost`] when the job was given to
    /// another worker: stop then, and leave its results alone.
    pub async fn heartbeat(&self, claimed: &Claimed, progress: f64, note: &str) -> Result<()> {
        self.report(claimed, progress, note, None).await
    }

    /// As [`Self::heartbeat`], with what came out of the work so far as the job's result; `None` leaves it as it is.
    pub async fn report(&self, claimed: &Claimed, progress: f64, note: &str, so_far: Option<&Value>) -> Result<()> {
        let now = self.store.clock().now();
        let tx = self.store.begin_unordered().await?;
        let mut update = held(claimed);
        if let Some(so_far) = so_far {
            update = update.col_expr(Column::Result, Expr::value(storable(&so_far.to_string())));
        }
        let done = update
            .col_expr(Column::LeaseUntil, Expr::value(now.plus_secs(claimed.lease_secs).as_millis()))
            .col_expr(Column::Progress, Expr::value(if progress.is_finite() { progress.clamp(0.0, 1.0) } else { 0.0 }))
            .col_expr(Column::Note, Expr::value(storable(note)))
            .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
            .exec(&tx)
            .await?;
        was_held(claimed, done.rows_affected)?;
        tx.commit().await
    }

    /// Demands in a transaction that the job is still in these hands: what the transaction writes is not written for a
    /// job that was stopped or given to another.
    pub async fn hold_in(&self, tx: &Tx<'_>, claimed: &Claimed) -> Result<()> {
        let now = self.store.clock().now();
        let done = held(claimed)
            .col_expr(Column::LeaseUntil, Expr::value(now.plus_secs(claimed.lease_secs).as_millis()))
            .exec(tx)
            .await?;
        was_held(claimed, done.rows_affected)
    }

    /// Stops a job that waits or runs, for `why`. Who does it finds out at the next heartbeat. Gives the job as it was;
    /// `None` when it has ended already.
    pub async fn stop_in(&self, tx: &Tx<'_>, id: &JobId, why: &JobError) -> Result<Option<Job>> {
        let Some(row) = jobs::Entity::find_by_id(id.as_str()).one(tx).await? else {
            return Err(Error::JobNotFound(id.to_string()));
        };
        let active = [JobState::Queued.as_str(), JobState::Running.as_str()];
        let which = jobs::Entity::update_many().filter(Column::Id.eq(id.as_str())).filter(Column::State.is_in(active));
        let done = finish(tx, which, self.store.clock().now(), Err(why)).await?;
        tx.jobs_changed.store(true, Ordering::Relaxed);
        Ok(if done == 1 { Some(job(row)?) } else { None })
    }

    /// Ends the job with its result.
    pub async fn succeed(&self, claimed: &Claimed, result: &Value) -> Result<()> {
        let tx = self.store.begin_unordered().await?;
        self.succeed_in(&tx, claimed, result).await?;
        tx.commit().await
    }

    /// Ends the job with its result, in the transaction that writes what the job was for: both or neither.
    pub async fn succeed_in(&self, tx: &Tx<'_>, claimed: &Claimed, result: &Value) -> Result<()> {
        let done = finish(tx, held(claimed), self.store.clock().now(), Ok(result)).await?;
        was_held(claimed, done)?;
        tx.jobs_changed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends a try. A `transient` failure is tried again after a while that doubles each time; any other failure,
    /// and the last try, ends the job.
    pub async fn fail(&self, claimed: &Claimed, error: &JobError, transient: bool) -> Result<()> {
        let now = self.store.clock().now();
        let tx = self.store.begin_unordered().await?;
        let done = if transient && claimed.job.attempts < MAX_ATTEMPTS {
            let run_at = now.as_millis().saturating_add(self.backoff_millis(claimed.job.attempts));
            held(claimed)
                .col_expr(Column::State, Expr::value(JobState::Queued.as_str()))
                .col_expr(Column::RunAt, Expr::value(run_at))
                .col_expr(Column::Worker, Expr::value(None::<String>))
                .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
                .col_expr(Column::ErrorCode, Expr::value(error.code.as_str()))
                .col_expr(Column::ErrorMessage, Expr::value(storable(&error.message)))
                .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
                .exec(&tx)
                .await?
                .rows_affected
        } else {
            finish(&tx, held(claimed), now, Err(error)).await?
        };
        was_held(claimed, done)?;
        tx.jobs_changed.store(true, Ordering::Relaxed);
        tx.commit().await
    }

    /// A job by its id.
    pub async fn get(&self, id: &JobId) -> Result<Job> {
        match jobs::Entity::find_by_id(id.as_str()).one(self.store.db()).await? {
            Some(row) => job(row),
            None => Err(Error::JobNotFound(id.to_string())),
        }
    }

    /// The newest jobs first; those older than `after` when it is given.
    pub async fn list(&self, filter: &JobFilter, after: Option<&JobId>, limit: u64) -> Result<Vec<Job>> {
        let mut wanted = Condition::all();
        if let Some(state) = filter.state {
            wanted = wanted.add(Column::State.eq(state.as_str()));
        }
        if let Some(kind) = &filter.kind {
            wanted = wanted.add(Column::Kind.eq(kind));
        }
        if let Some(after) = after {
            wanted = wanted.add(Column::Id.lt(after.as_str()));
        }
        let rows =
            jobs::Entity::find().filter(wanted).order_by_desc(Column::Id).limit(limit).all(self.store.db()).await?;
        rows.into_iter().map(job).collect()
    }

    /// How many jobs wait, run and failed.
    pub async fn counts(&self) -> Result<JobCounts> {
        let rows: Vec<(String, i64)> = jobs::Entity::find()
            .select_only()
            .column(Column::State)
            .column_as(Column::Id.count(), "jobs")
            .filter(Column::State.ne(JobState::Succeeded.as_str()))
            .group_by(Column::State)
            .into_tuple()
            .all(self.store.db())
            .await?;
        let of = |state: JobState| {
            let found = rows.iter().find(|(name, _)| name == state.as_str());
            found.and_then(|(_, count)| u64::try_from(*count).ok()).unwrap_or_default()
        };
        Ok(JobCounts { queued: of(JobState::Queued), running: of(JobState::Running), failed: of(JobState::Failed) })
    }

    /// Wakes when this process has put a job into the queue or ended one. Other servers' jobs are seen only by asking.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.store.jobs_signal().subscribe()
    }

    /// On SQLite the holder of the data folder is the only one with workers, so whatever runs at its start was
    /// left behind by a process that is gone. On PostgreSQL the leases decide.
    pub(crate) async fn take_back_after_restart(&self) -> Result<()> {
        if self.store.engine() != crate::Engine::Sqlite {
            return Ok(());
        }
        let tx = self.store.begin_unordered().await?;
        let done = jobs::Entity::update_many()
            .col_expr(Column::State, Expr::value(JobState::Queued.as_str()))
            .col_expr(Column::Worker, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
            .filter(Column::State.eq(JobState::Running.as_str()))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        if done.rows_affected > 0 {
            tracing::info!(jobs = done.rows_affected, "jobs of the process before go on");
        }
        Ok(())
    }

    /// 2, 4, 8 … seconds, at most 5 minutes, and up to a quarter more so that equal jobs do not return together.
    fn backoff_millis(&self, attempts: i32) -> i64 {
        let exponent = u32::try_from(attempts.clamp(1, 9)).unwrap_or(1);
        let millis = std::cmp::min(1000_i64 << exponent, 300_000);
        let spread = i64::from(u16::from_le_bytes(self.store.entropy().bytes()));
        millis + millis / 4 * spread / i64::from(u16::MAX)
    }
}

/// Queued and its time has come, or running and its lease has ended.
fn is_due(kinds: &[&str], now: Timestamp) -> Condition {
    let now = now.as_millis();
    let queued = Column::State.eq(JobState::Queued.as_str()).and(Column::RunAt.lte(now));
    let lost = Column::State.eq(JobState::Running.as_str()).and(Column::LeaseUntil.lt(now));
    Condition::all().add(Column::Kind.is_in(kinds.iter().copied())).add(Condition::any().add(queued).add(lost))
}

/// The job, if it is still in the hands that claimed it. The number of attempts tells two claims of one worker apart.
fn held(claimed: &Claimed) -> sea_orm::UpdateMany<jobs::Entity> {
    jobs::Entity::update_many()
        .filter(Column::Id.eq(claimed.job.id.as_str()))
        .filter(Column::State.eq(JobState::Running.as_str()))
        .filter(Column::Worker.eq(claimed.worker.as_str()))
        .filter(Column::Attempts.eq(claimed.job.attempts))
}

fn was_held(claimed: &Claimed, rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::JobLost(claimed.job.id.to_string())) }
}

async fn finish(
    tx: &impl ConnectionTrait,
    which: sea_orm::UpdateMany<jobs::Entity>,
    now: Timestamp,
    end: Result<&Value, &JobError>,
) -> Result<u64> {
    let which = which
        .col_expr(Column::ActiveKey, Expr::value(None::<String>))
        .col_expr(Column::Worker, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .col_expr(Column::FinishedAt, Expr::value(now.as_millis()));
    let which = match end {
        Ok(result) => which
            .col_expr(Column::State, Expr::value(JobState::Succeeded.as_str()))
            .col_expr(Column::Progress, Expr::value(1.0))
            .col_expr(Column::ErrorCode, Expr::value(None::<String>))
            .col_expr(Column::ErrorMessage, Expr::value(None::<String>))
            .col_expr(Column::Result, Expr::value(result.to_string())),
        Err(error) => which
            .col_expr(Column::State, Expr::value(JobState::Failed.as_str()))
            .col_expr(Column::ErrorCode, Expr::value(error.code.as_str()))
            .col_expr(Column::ErrorMessage, Expr::value(storable(&error.message))),
    };
    Ok(which.exec(tx).await?.rows_affected)
}

fn parse_id(id: &str) -> Result<JobId> {
    JobId::parse(id).map_err(|error| Error::Query(error.into()))
}

fn job(row: jobs::Model) -> Result<Job> {
    let json = |text: &str| serde_json::from_str(text).map_err(|error| Error::Query(error.into()));
    let error = row.error_code.map(|code| JobError { code, message: row.error_message.unwrap_or_default() });
    Ok(Job {
        id: parse_id(&row.id)?,
        state: JobState::parse(&row.state).ok_or_else(|| Error::bad_row(format!("job state `{}`", row.state)))?,
        payload: json(&row.payload)?,
        actor: serde_json::from_str(&row.actor).map_err(|error| Error::Query(error.into()))?,
        result: row.result.as_deref().map(json).transpose()?,
        kind: row.kind,
        key: row.key,
        attempts: row.attempts,
        progress: row.progress,
        note: row.note,
        error,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        finished_at: row.finished_at.map(Timestamp::from_millis),
    })
}
