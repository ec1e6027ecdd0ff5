//! One transaction: everything written in it is kept, or nothing.

use std::marker::PhantomData;
use std::sync::atomic::AtomicBool;

use futures::future::BoxFuture;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};

use crate::{Engine, Error, Result, Store};

/// The key of the lock that makes writers wait for each other on PostgreSQL.
const WRITER_KEY: i64 = 0x5348_555A_4845_4E47;

/// An open transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
///
/// Entities are written with it as the connection: `row.insert(tx).await?`. The lifetime is the one of what the
/// closure of [`Store::write`] borrows.
pub struct Tx<'env> {
    inner: DatabaseTransaction,
    store: Store,
    pub(crate) jobs_changed: AtomicBool,
    pub(crate) changes_made: AtomicBool,
    env: PhantomData<&'env ()>,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Store {
    /// Runs `body` in one transaction: kept when it returns `Ok`, undone when it returns `Err` or is dropped.
    ///
    /// Writers are served one after the other on both engines. Do not wait for anything slow inside, and do not
    /// open a second transaction there: it would wait for the first one.
    pub async fn write<'env, T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t Tx<'env>) -> BoxFuture<'t, Result<T, E>> + Send,
        E: From<Error>,
    {
        let tx = self.begin().await?;
        match body(&tx).await {
            Ok(value) => {
                tx.commit().await?;
                Ok(value)
            }
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Opens a transaction and waits for its turn to write.
    pub async fn begin(&self) -> Result<Tx<'static>> {
        let tx = self.begin_unordered().await?;
        if self.engine() == Engine::Postgres {
            // INVARIANT: one writer at a time, as on SQLite. What a transaction has read stays true until it
            // commits, sequence numbers become visible in their order, and two writers cannot deadlock.
            let turn = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_advisory_xact_lock($1)",
                [WRITER_KEY.into()],
            );
            tx.inner.execute_raw(turn).await?;
        }
        Ok(tx)
    }

    /// Opens a transaction that does not wait for other writers on PostgreSQL: for single rows that are locked
    /// or compared in the same statement.
    pub(crate) async fn begin_unordered(&self) -> Result<Tx<'static>> {
        if self.is_read_only() {
            return Err(Error::ReadOnly);
        }
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = match self.writes().begin_with_options(options).await {
            Ok(inner) => inner,
            // On SQLite there is one connection that writes: waiting for it in vain is waiting for other writers.
            Err(error @ DbErr::ConnectionAcquire(_)) if self.engine() == Engine::Sqlite => {
                return Err(Error::Busy(error.into()));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Tx {
            inner,
            store: self.clone(),
            jobs_changed: AtomicBool::new(false),
            changes_made: AtomicBool::new(false),
            env: PhantomData,
        })
    }
}

impl Store {
    /// A transaction that only reads, and sees the rows of one moment however long it takes.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let options = match self.engine() {
            Engine::Sqlite => TransactionOptions::default(),
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        Ok(self.db().begin_with_options(options).await?)
    }
}

impl Tx<'_> {
    /// Keeps what was written. When this returns `Ok`, it is on the disk. When the connection breaks in this very
    /// moment, the error leaves open whether it was kept: look before doing it again.
    pub async fn commit(self) -> Result<()> {
        let Self { inner, store, jobs_changed, changes_made, env: _ } = self;
        // Also when the caller goes away while the commit runs: it may well succeed, and a look too many is harmless.
        let _wake = Wake { store, jobs: jobs_changed.into_inner(), changes: changes_made.into_inner() };
        Ok(inner.commit().await?)
    }

    /// Undoes what was written. Dropping the transaction does the same a little later.
    pub async fn rollback(self) {
        if let Err(error) = self.inner.rollback().await {
            // The database undoes an unfinished transaction by itself when the connection goes.
            tracing::debug!(%error, "rollback was not acknowledged");
        }
    }

    /// The store this transaction writes to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

/// Wakes those who wait for jobs and changes.
struct Wake {
    store: Store,
    jobs: bool,
    changes: bool,
}

impl Drop for Wake {
    fn drop(&mut self) {
        for (wanted, signal) in [(self.jobs, self.store.jobs_signal()), (self.changes, self.store.changes_signal())] {
            if wanted {
                signal.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}

/// PostgreSQL keeps no zero byte in a text.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
