//! The two engines: how each is opened for reading and for writing.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Which database keeps the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// SQLite, in the data folder.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How long a caller waits for a connection or for the writers before it before it is told "busy".
const WAIT: Duration = Duration::from_secs(10);

/// The connections: many that only read, and those that write.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) engine: Engine,
    pub(crate) reads: DatabaseConnection,
    pub(crate) writes: DatabaseConnection,
}

/// Opens SQLite at `file`: one writing connection, several reading ones.
pub(crate) async fn open_sqlite(file: &Path, may_create: bool) -> Result<Connections> {
    let plain = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(may_create)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL, not NORMAL: in WAL mode only FULL keeps an acknowledged commit through a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WAIT)
        .foreign_keys(true)
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .pragma("trusted_schema", "off")
        .disable_statement_logging();

    let written = plain.clone();
    let mut options = pool("sqlite::memory:", 1);
    options.map_sqlx_sqlite_opts(move |_| written.clone()).map_sqlx_sqlite_pool_opts(|pool| {
        // A commit that failed on a full disk may leave the connection's count of transactions behind the truth.
        // Such a connection is closed and the next writer gets a fresh one.
        pool.after_release(|connection, _| {
            Box::pin(async move {
                if !connection.is_in_transaction() {
                    return Ok(true);
                }
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
    });
    let writes = Database::connect(options).await?;

    let read = plain.create_if_missing(false).pragma("query_only", "on");
    let mut options = pool("sqlite::memory:", 4);
    options.map_sqlx_sqlite_opts(move |_| read.clone());
    let reads = Database::connect(options).await?;
    Ok(Connections { engine: Engine::Sqlite, reads, writes })
}

/// Opens PostgreSQL at `url`.
pub(crate) async fn open_postgres(url: &str) -> Result<Connections> {
    let plain = PgConnectOptions::from_str(url)
        // The cause may quote the address with its password: only its kind is told.
        .map_err(|_| Error::BadOptions {
            field: "database.url",
            problem: "not a PostgreSQL address of the form postgres://user:password@host:port/database".to_owned(),
        })?
        .application_name("shuzheng")
        .disable_statement_logging();

    let written = plain.clone().options([
        ("lock_timeout", "10s"),
        // A server that stops in the middle of a transaction must not hold up the others for long.
        ("idle_in_transaction_session_timeout", "60s"),
        ("default_transaction_isolation", "read committed"),
    ]);
    let mut options = pool("postgres://localhost", 16);
    options.map_sqlx_postgres_opts(move |_| written.clone());
    let writes = Database::connect(options).await?;

    let read = plain.options([("default_transaction_read_only", "on")]);
    let mut options = pool("postgres://localhost", 16);
    options.map_sqlx_postgres_opts(move |_| read.clone()).connect_lazy(true);
    let reads = Database::connect(options).await?;
    Ok(Connections { engine: Engine::Postgres, reads, writes })
}

fn pool(url: &str, size: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(size)
        .min_connections(1)
        .acquire_timeout(WAIT)
        .max_lifetime(None::<Duration>)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    if url.starts_with("sqlite") {
        options.idle_timeout(None::<Duration>).test_before_acquire(false);
    }
    options
}
