//! The store itself: opened once per process, cloned freely.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Clock, Entropy, ids::IdSource};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use sea_orm_migration::MigrationTrait;
use serde::Serialize;
use tokio::sync::watch;

use crate::audit::Audit;
use crate::blobs::{BlobOptions, Blobs};
use crate::changes::Changes;
use crate::database::{self, Connections, Engine};
use crate::jobs::Jobs;
use crate::lock::FolderLock;
use crate::settings::Settings;
use crate::{Error, Result, migrations};

/// Where a store keeps its things.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder of this process.
    pub folder: PathBuf,
    /// `postgres://…`, or nothing for SQLite in the data folder.
    pub database_url: Option<String>,
    /// Where the blobs are.
    pub blobs: BlobOptions,
}

impl Options {
    /// SQLite and blobs in `folder`.
    #[must_use]
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), database_url: None, blobs: BlobOptions::Folder }
    }

    /// The file of the SQLite database.
    pub(crate) fn sqlite_file(&self) -> PathBuf {
        self.folder.join("shuzheng.db")
    }
}

/// The store of one process. A clone is the same store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    connections: Connections,
    blobs: Blobs,
    clock: Clock,
    entropy: Entropy,
    ids: IdSource,
    jobs_signal: watch::Sender<u64>,
    changes_signal: watch::Sender<u64>,
    /// Absent in a store that only reads: it may stand beside the process that writes.
    lock: Option<FolderLock>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.0.folder).field("engine", &self.engine()).finish_non_exhaustive()
    }
}

/// How the store is.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Which database keeps the rows.
    pub engine: Engine,
    /// The size of the database.
    pub size_bytes: u64,
    /// The free space on the disk of the data folder.
    pub disk_free_bytes: u64,
    /// Whether the database answers.
    pub ok: bool,
    /// What is wrong, when something is.
    pub problem: Option<String>,
}

impl Store {
    /// Opens the store: takes the data folder for this process, applies the missing migrations, and gives jobs
    /// back that a killed process left behind.
    pub async fn open(
        options: Options,
        migrations: Vec<Box<dyn MigrationTrait>>,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self> {
        let mut list = migrations::migrations();
        list.extend(migrations);
        let store = Self::open_empty(options, clock, entropy).await?;
        let tx = store.begin().await?;
        migrations::apply(tx.inner(), &list, store.clock()).await?;
        tx.commit().await?;
        store.jobs().take_back_after_restart().await?;
        Ok(store)
    }

    /// Opens the store beside the process that works with it, for reading only: to verify, to look, to back up.
    pub async fn open_read_only(options: Options, clock: Clock, entropy: Entropy) -> Result<Self> {
        let connections = match &options.database_url {
            Some(url) => database::open_postgres(url).await?,
            None => {
                let file = options.sqlite_file();
                std::fs::metadata(&file).map_err(|error| Error::io(&file, error))?;
                database::open_sqlite(&file, false).await?
            }
        };
        Self::assemble(options, connections, None, clock, entropy)
    }

    /// Opens the store without migrations: no tables in a new one.
    pub(crate) async fn open_empty(options: Options, clock: Clock, entropy: Entropy) -> Result<Self> {
        std::fs::create_dir_all(&options.folder).map_err(|error| Error::io(&options.folder, error))?;
        let lock = FolderLock::take(&options.folder)?;
        let connections = match &options.database_url {
            Some(url) => database::open_postgres(url).await?,
            None => database::open_sqlite(&options.sqlite_file(), true).await?,
        };
        Self::assemble(options, connections, Some(lock), clock, entropy)
    }

    fn assemble(
        options: Options,
        connections: Connections,
        lock: Option<FolderLock>,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self> {
        let blobs = Blobs::open(&options.folder, &options.blobs)?;
        Ok(Self(Arc::new(Inner {
            folder: options.folder,
            connections,
            blobs,
            ids: IdSource::new(clock.clone(), entropy.clone()),
            clock,
            entropy,
            jobs_signal: watch::Sender::new(0),
            changes_signal: watch::Sender::new(0),
            lock,
        })))
    }

    /// Lets go of the connections in order. A process that is killed instead loses nothing that was acknowledged.
    pub async fn close(&self) {
        for connection in [&self.0.connections.reads, &self.0.connections.writes] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::debug!(%error, "closing the database was not acknowledged");
            }
        }
    }

    /// The connection for reading outside a transaction. Writing through it is refused by the database.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        &self.0.connections.reads
    }

    /// The data folder of this process.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Which database keeps the rows.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.connections.engine
    }

    /// Where "now" comes from.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Where chance comes from.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Where new ids come from.
    #[must_use]
    pub fn ids(&self) -> &IdSource {
        &self.0.ids
    }

    /// The blobs.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// The durable jobs.
    #[must_use]
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs::new(self)
    }

    /// The audit chain.
    #[must_use]
    pub fn audit(&self) -> Audit<'_> {
        Audit::new(self)
    }

    /// The change log.
    #[must_use]
    pub fn changes(&self) -> Changes<'_> {
        Changes::new(self)
    }

    /// The settings of the installation.
    #[must_use]
    pub fn settings(&self) -> Settings<'_> {
        Settings::new(self)
    }

    /// How the store is, at a glance: cheap enough to be asked every few seconds.
    pub async fn status(&self) -> Status {
        let disk_free_bytes = fs4::available_space(&self.0.folder).unwrap_or_default();
        let (size_bytes, problem) = match self.size_bytes().await {
            Ok(size) => (size, None),
            Err(error) => (0, Some(error.to_string())),
        };
        Status { engine: self.engine(), size_bytes, disk_free_bytes, ok: problem.is_none(), problem }
    }

    async fn size_bytes(&self) -> Result<u64> {
        let size = match self.engine() {
            Engine::Sqlite => "SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()",
            Engine::Postgres => "SELECT pg_database_size(current_database()) AS size",
        };
        let select = Statement::from_string(self.db().get_database_backend(), size);
        let row = self.db().query_one_raw(select).await?;
        let size: i64 = row.map(|row| row.try_get("", "size")).transpose()?.unwrap_or_default();
        Ok(u64::try_from(size).unwrap_or_default())
    }

    /// Reads the whole database and says what is damaged in it. PostgreSQL looks after its own pages.
    pub async fn check(&self) -> Result<Vec<String>> {
        if self.engine() == Engine::Postgres {
            self.size_bytes().await?;
            return Ok(Vec::new());
        }
        let mut problems = Vec::new();
        for check in ["PRAGMA quick_check", "PRAGMA foreign_key_check"] {
            let check = Statement::from_string(self.db().get_database_backend(), check);
            match self.db().query_all_raw(check).await.map_err(Error::from) {
                Ok(rows) => {
                    for row in rows {
                        let said: String = row.try_get_by_index(0)?;
                        if said != "ok" {
                            problems.push(said);
                        }
                    }
                }
                Err(Error::Damaged(cause)) => problems.push(cause.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(problems)
    }

    pub(crate) fn writes(&self) -> &DatabaseConnection {
        &self.0.connections.writes
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.0.lock.is_none()
    }

    pub(crate) fn jobs_signal(&self) -> &watch::Sender<u64> {
        &self.0.jobs_signal
    }

    pub(crate) fn changes_signal(&self) -> &watch::Sender<u64> {
        &self.0.changes_signal
    }
}
