//! Reading any table of either engine into lines of JSON.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use sea_orm::sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, Statement};
use sea_orm_migration::seaql_migrations;
use serde_json::{Map, Value};

use super::TableManifest;
use crate::digest::{Running, hex};
use crate::{Error, Result};

/// The table in which the migrations are counted; it is made anew by a restore.
const MIGRATIONS: &str = "seaql_migrations";

/// How many rows are read at a time.
const STRIDE: usize = 1_000;

/// The names of all tables with rows of ours, sorted.
pub(super) async fn tables(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    let select = match tx.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        _ => "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
    };
    let mut names = Vec::new();
    for row in tx.query_all_raw(Statement::from_string(tx.get_database_backend(), select)).await? {
        let name: String = row.try_get("", "name")?;
        if name != MIGRATIONS {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The names of the migrations that the tables have, sorted.
pub(super) async fn migrations(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    let rows = seaql_migrations::Entity::find().all(tx).await?;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.version).collect();
    names.sort();
    Ok(names)
}

/// A name as SQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Writes a table to `path`.
pub(super) async fn table(tx: &DatabaseTransaction, name: &str, path: &Path) -> Result<TableManifest> {
    let file = std::fs::File::create(path).map_err(|error| Error::io(path, error))?;
    let mut sink = Sink { file: std::io::BufWriter::new(file), sm3: Running::default(), rows: 0 };
    match tx.get_database_backend() {
        DbBackend::Sqlite => from_sqlite(tx, name, path, &mut sink).await?,
        _ => from_postgres(tx, name, path, &mut sink).await?,
    }
    let file = sink.file.into_inner().map_err(|error| Error::io(path, error.into_error()))?;
    file.sync_all().map_err(|error| Error::io(path, error))?;
    Ok(TableManifest { name: name.to_owned(), rows: sink.rows, sm3: hex(&sink.sm3.finish()) })
}

struct Sink {
    file: std::io::BufWriter<std::fs::File>,
    sm3: Running,
    rows: u64,
}

impl Sink {
    fn line(&mut self, path: &Path, mut line: String) -> Result<()> {
        line.push('\n');
        self.sm3.update(line.as_bytes());
        self.rows += 1;
        self.file.write_all(line.as_bytes()).map_err(|error| Error::io(path, error))
    }
}

async fn from_sqlite(tx: &DatabaseTransaction, name: &str, path: &Path, sink: &mut Sink) -> Result<()> {
    let select = format!("SELECT rowid, * FROM {} WHERE rowid > $1 ORDER BY rowid LIMIT {STRIDE}", quoted(name));
    let mut after = i64::MIN;
    loop {
        let rows = tx
            .query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, select.as_str(), [after.into()]))
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get_by_index(0)?;
        for row in &rows {
            let row = row.try_as_sqlite_row().ok_or_else(|| Error::bad_row("not a row of SQLite"))?;
            sink.line(path, sqlite_line(row)?)?;
        }
    }
}

/// One row. What SQLite holds in a column need not have the declared type, so each value says its own.
fn sqlite_line(row: &SqliteRow) -> Result<String> {
    let failed = |error: sea_orm::sqlx::Error| Error::Query(error.into());
    let mut fields = Map::new();
    // The first column is the row number.
    for column in row.columns().iter().skip(1) {
        let at = column.ordinal();
        let raw = row.try_get_raw(at).map_err(failed)?;
        let kind = if raw.is_null() { "NULL".to_owned() } else { raw.type_info().name().to_owned() };
        let value = match kind.as_str() {
            "NULL" => Value::Null,
            "INTEGER" => Value::from(row.try_get_unchecked::<i64, _>(at).map_err(failed)?),
            "REAL" => Value::from(row.try_get_unchecked::<f64, _>(at).map_err(failed)?),
            "BLOB" => Value::from(bytes_as_text(&row.try_get_unchecked::<Vec<u8>, _>(at).map_err(failed)?)),
            _ => Value::from(row.try_get_unchecked::<String, _>(at).map_err(failed)?),
        };
        fields.insert(column.name().to_owned(), value);
    }
    Ok(Value::Object(fields).to_string())
}

/// As PostgreSQL writes bytes.
fn bytes_as_text(bytes: &[u8]) -> String {
    bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn from_postgres(tx: &DatabaseTransaction, name: &str, path: &Path, sink: &mut Sink) -> Result<()> {
    let columns: Vec<String> = columns(tx, name)
        .await?
        .into_iter()
        // JSON as text, so that a JSON text and the JSON it holds are not confused.
        .map(|(column, kind)| match kind.as_str() {
            "json" | "jsonb" => format!("{0}::text AS {0}", quoted(&column)),
            _ => quoted(&column),
        })
        .collect();
    let select = format!(
        "DECLARE dump NO SCROLL CURSOR FOR SELECT row_to_json(r)::text AS line FROM (SELECT {} FROM {}) r",
        columns.join(", "),
        quoted(name)
    );
    tx.execute_unprepared(&select).await?;
    let fetch = Statement::from_string(DbBackend::Postgres, format!("FETCH {STRIDE} FROM dump"));
    loop {
        let rows = tx.query_all_raw(fetch.clone()).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            sink.line(path, row.try_get("", "line")?)?;
        }
    }
    tx.execute_unprepared("CLOSE dump").await?;
    Ok(())
}

/// The columns of a table and their types, in order.
pub(super) async fn columns(tx: &DatabaseTransaction, table: &str) -> Result<Vec<(String, String)>> {
    let select = match tx.get_database_backend() {
        DbBackend::Sqlite => "SELECT name, lower(type) AS kind FROM pragma_table_info($1) ORDER BY cid",
        _ => {
            "SELECT column_name::text AS name, data_type::text AS kind FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    };
    let rows =
        tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), select, [table.into()])).await?;
    let column = |row: sea_orm::QueryResult| Ok((row.try_get("", "name")?, row.try_get("", "kind")?));
    rows.into_iter().map(column).collect()
}
