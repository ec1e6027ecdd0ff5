//! What can go wrong in the store, sorted by what the caller can do about it.

use std::path::PathBuf;

use kernel::{Fault, Kind};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database or the blob store cannot be reached now.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Source),
    /// Another writer held the database too long, or two transactions stood in each other's way.
    #[error("the store is busy")]
    Busy(#[source] Source),
    /// The disk is full.
    #[error("the disk of the store is full")]
    DiskFull(#[source] Source),
    /// Another process works with this data folder.
    #[error("the data folder `{folder}` is in use by another process{}", .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    FolderLocked {
        /// The folder.
        folder: PathBuf,
        /// The other process, when it left its number.
        pid: Option<u32>,
    },
    /// The data folder or a file in it cannot be used.
    #[error("cannot use `{path}`")]
    Folder {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The configuration of the store is wrong.
    #[error("{field}: {problem}")]
    BadOptions {
        /// The field, such as `database.url`.
        field: &'static str,
        /// What is wrong. Never holds a password.
        problem: String,
    },
    /// The database was written by a later version of the platform.
    #[error("the database has the migration `{migration}`, which this version does not know")]
    NewerSchema {
        /// The first unknown migration.
        migration: String,
    },
    /// The database file is damaged.
    #[error("the database is damaged")]
    Damaged(#[source] Source),
    /// A row with this key is already there.
    #[error("a row with this key exists")]
    Duplicate(#[source] Source),
    /// There is no such job.
    #[error("there is no job `{0}`")]
    JobNotFound(String),
    /// The job is no longer this worker's: its lease ended and it was given to another one.
    #[error("the job `{0}` is no longer held by this worker")]
    JobLost(String),
    /// There is no such blob.
    #[error("there is no blob `{0}`")]
    BlobNotFound(String),
    /// The content of a blob does not match its name.
    #[error("the blob `{0}` is damaged")]
    BlobDamaged(String),
    /// The text is not the name of a blob.
    #[error("`{0}` is not the name of a blob")]
    BadBlobRef(String),
    /// The store was opened for reading only.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// A backup cannot be used or written.
    #[error("backup `{path}`: {problem}")]
    Backup {
        /// The backup's folder, or a file in it.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A query failed for a reason that is our mistake.
    #[error("a query failed")]
    Query(#[source] Source),
}

/// The cause of an error: the database's, the file system's or the blob store's.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            // Read-only is also what a database becomes that was failed over, or whose disk was remounted.
            Self::Unavailable(_) | Self::DiskFull(_) | Self::ReadOnly => Kind::Unavailable,
            Self::Busy(_) => Kind::Overloaded,
            Self::FolderLocked { .. } | Self::NewerSchema { .. } | Self::Duplicate(_) | Self::JobLost(_) => {
                Kind::Conflict
            }
            Self::Folder { .. } | Self::BadOptions { .. } | Self::BadBlobRef(_) | Self::Backup { .. } => Kind::Invalid,
            Self::JobNotFound(_) | Self::BlobNotFound(_) => Kind::NotFound,
            Self::Damaged(_) | Self::BlobDamaged(_) | Self::Query(_) => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store.unavailable",
            Self::Busy(_) => "store.busy",
            Self::DiskFull(_) => "store.disk_full",
            Self::FolderLocked { .. } => "store.folder_locked",
            Self::Folder { .. } => "store.folder_unusable",
            Self::BadOptions { .. } => "store.bad_options",
            Self::NewerSchema { .. } => "store.newer_schema",
            Self::Damaged(_) => "store.damaged",
            Self::Duplicate(_) => "store.duplicate",
            Self::JobNotFound(_) => "store.job_not_found",
            Self::JobLost(_) => "store.job_lost",
            Self::BlobNotFound(_) => "store.blob_not_found",
            Self::BlobDamaged(_) => "store.blob_damaged",
            Self::BadBlobRef(_) => "store.bad_blob_ref",
            Self::ReadOnly => "store.read_only",
            Self::Backup { .. } => "store.backup_unusable",
            Self::Query(_) => "store.query_failed",
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::FolderLocked { folder, .. } => Some(format!(
                "stop the other process, or give this one its own folder instead of `{}` with --data",
                folder.display()
            )),
            Self::DiskFull(_) => {
                Some("free space on the disk of the data folder; the platform goes on by itself".to_owned())
            }
            Self::NewerSchema { .. } => Some("start the version of the platform that wrote this database".to_owned()),
            Self::Damaged(_) | Self::BlobDamaged(_) => Some("restore the last backup into an empty folder".to_owned()),
            _ => None,
        }
    }
}

impl Error {
    /// An input or output error on `path`, with a full disk recognised.
    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        if is_disk_full(&source) { Self::DiskFull(source.into()) } else { Self::Folder { path: path.into(), source } }
    }

    /// An error inside our own rows, such as JSON that is not one.
    pub(crate) fn bad_row(what: impl Into<String>) -> Self {
        Self::Query(what.into().into())
    }
}

/// Whether an input or output error, or a cause of it, says that the disk or the quota is full.
pub(crate) fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        next = error.source();
    }
    false
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Duplicate(error.into());
        }
        let runtime = match &error {
            DbErr::ConnectionAcquire(_) => return Self::Unavailable(error.into()),
            DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
            _ => return Self::Query(error.into()),
        };
        match runtime {
            RuntimeErr::SqlxError(cause) => match class(cause) {
                Class::Unavailable => Self::Unavailable(error.into()),
                Class::Busy => Self::Busy(error.into()),
                Class::DiskFull => Self::DiskFull(error.into()),
                Class::Damaged => Self::Damaged(error.into()),
                Class::ReadOnly => Self::ReadOnly,
                Class::Other => Self::Query(error.into()),
            },
            RuntimeErr::Internal(_) => Self::Query(error.into()),
        }
    }
}

enum Class {
    Unavailable,
    Busy,
    DiskFull,
    Damaged,
    ReadOnly,
    Other,
}

fn class(error: &sea_orm::sqlx::Error) -> Class {
    use sea_orm::sqlx::Error as Sqlx;
    match error {
        Sqlx::Io(io) if is_disk_full(io) => Class::DiskFull,
        Sqlx::Io(_)
        | Sqlx::Tls(_)
        | Sqlx::PoolTimedOut
        | Sqlx::PoolClosed
        | Sqlx::WorkerCrashed
        | Sqlx::Protocol(_) => Class::Unavailable,
        Sqlx::Database(database) => {
            let code = database.code().unwrap_or_default();
            if database.try_downcast_ref::<sea_orm::sqlx::sqlite::SqliteError>().is_some() {
                sqlite_class(&code)
            } else {
                postgres_class(&code)
            }
        }
        _ => Class::Other,
    }
}

/// The low byte is the primary result code. <https://www.sqlite.org/rescode.html>
fn sqlite_class(code: &str) -> Class {
    let code = code.parse::<u32>().unwrap_or_default();
    match code & 0xff {
        // IOERR_SHMSIZE: the shared memory of the log is a file too, and found no room to grow.
        10 if code == 4874 => Class::DiskFull,
        5 | 6 => Class::Busy,          // BUSY, LOCKED
        8 => Class::ReadOnly,          // READONLY
        10 | 14 => Class::Unavailable, // IOERR, CANTOPEN
        11 | 26 => Class::Damaged,     // CORRUPT, NOTADB
        13 => Class::DiskFull,         // FULL
        _ => Class::Other,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn postgres_class(code: &str) -> Class {
    match code {
        "25006" => Class::ReadOnly,
        "40001" | "40P01" | "55P03" | "57014" => Class::Busy,
        "53100" => Class::DiskFull,
        "XX001" | "XX002" => Class::Damaged,
        // 25P03: the server ended a transaction that stood idle; 28 is a login that fails while it restarts.
        "25P03" => Class::Unavailable,
        _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") || code.starts_with("58") => {
            Class::Unavailable
        }
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Fault, Kind};

    use super::Error;

    #[test]
    fn a_full_disk_is_recognised_behind_other_errors() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Error::io("/data", full).code(), "store.disk_full");
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = Error::io("/data", denied);
        assert_eq!((error.code(), error.kind()), ("store.folder_unusable", Kind::Invalid));
    }
}
