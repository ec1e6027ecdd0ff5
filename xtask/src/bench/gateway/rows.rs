//! What stands in the tables of the platform, read beside it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use store::sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbErr, Statement, TryGetable};

/// A connection of our own to the database of the servers.
pub(crate) struct Rows(DatabaseConnection);

impl Rows {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self(Database::connect(url.to_owned()).await?))
    }

    /// The servers that hold places.
    pub(crate) async fn servers(&self) -> Result<Vec<String>> {
        self.column("SELECT DISTINCT server FROM model_live").await
    }

    /// How many live ids a server has.
    pub(crate) async fn live(&self, server: &str) -> Result<i64> {
        self.number(&format!("SELECT COUNT(*) FROM model_live WHERE server = '{server}'")).await
    }

    /// How many milliseconds its last id has left.
    pub(crate) async fn left_ms(&self, server: &str) -> Result<i64> {
        let now = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        let last = format!("SELECT COALESCE(MAX(expires_at) - {now}, 0) FROM model_live WHERE server = '{server}'");
        self.number(&last).await
    }

    /// How many requests wait on all servers.
    pub(crate) async fn waiting(&self) -> Result<i64> {
        self.number("SELECT COUNT(*) FROM model_waiting").await
    }

    /// How many calls of a route ended so.
    pub(crate) async fn ended(&self, route: &str, outcome: &str) -> Result<i64> {
        let calls = format!("SELECT COUNT(*) FROM model_calls WHERE route = '{route}' AND outcome = '{outcome}'");
        self.number(&calls).await
    }

    /// The tokens read by the calls of a route that were done: the numbers by which their answers are known. Also how
    /// many rows there are, which is more when one call has two.
    pub(crate) async fn answered(&self, route: &str) -> Result<(BTreeSet<u32>, usize)> {
        let calls = format!("SELECT tokens_in FROM model_calls WHERE route = '{route}' AND outcome = 'done'");
        let all: Vec<i64> = self.column(&calls).await?;
        Ok((all.iter().filter_map(|tokens| u32::try_from(*tokens).ok()).collect(), all.len()))
    }

    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }

    async fn number(&self, sql: &str) -> Result<i64> {
        self.column(sql).await?.pop().with_context(|| format!("no row: {sql}"))
    }

    async fn column<T: TryGetable>(&self, sql: &str) -> Result<Vec<T>> {
        let rows = self.0.query_all_raw(Statement::from_string(self.0.get_database_backend(), sql)).await?;
        let values: Result<Vec<T>, DbErr> = rows.iter().map(|row| row.try_get_by_index(0)).collect();
        Ok(values?)
    }
}
