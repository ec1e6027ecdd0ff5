//! Writing lines of JSON into the tables of either engine.

use std::io::BufRead as _;
use std::path::Path;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};
use serde_json::{Map, Value};

use super::{Manifest, TableManifest, dump, unusable};
use crate::digest::{Running, hex};
use crate::{Error, Result};

/// How much JSON goes to PostgreSQL at a time.
const BATCH_BYTES: usize = 1 << 20;

/// Fills the tables of a freshly migrated database.
pub(super) async fn tables(tx: &DatabaseTransaction, backup: &Path, manifest: &Manifest) -> Result<()> {
    let present = dump::tables(tx).await?;
    if let Some(table) = manifest.tables.iter().find(|table| !present.contains(&table.name)) {
        return Err(unusable(backup, &format!("the migrations make no table `{}`", table.name)));
    }
    let links = release_links(tx).await?;
    // What the migrations themselves have put in comes from the backup too.
    for table in &present {
        tx.execute_unprepared(&format!("DELETE FROM {}", dump::quoted(table))).await?;
    }
    for table in &manifest.tables {
        load(tx, table, &backup.join("tables").join(format!("{}.jsonl", table.name))).await?;
    }
    for link in links {
        tx.execute_unprepared(&link).await?;
    }
    Ok(())
}

/// Lets rows come in any order: SQLite compares foreign keys at the commit, PostgreSQL gets them back afterwards.
/// Gives the statements that bring them back, and compare them.
async fn release_links(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        tx.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        return Ok(Vec::new());
    }
    let select = "SELECT conrelid::regclass::text AS on_table, conname::text AS name, pg_get_constraintdef(oid) AS link \
                  FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
    let mut links = Vec::new();
    for row in tx.query_all_raw(Statement::from_string(DbBackend::Postgres, select)).await? {
        // `on_table` comes quoted where it has to be.
        let table: String = row.try_get("", "on_table")?;
        let name = dump::quoted(&row.try_get::<String>("", "name")?);
        let link: String = row.try_get("", "link")?;
        tx.execute_unprepared(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
        links.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {link}"));
    }
    Ok(links)
}

async fn load(tx: &DatabaseTransaction, table: &TableManifest, path: &Path) -> Result<()> {
    let columns = dump::columns(tx, &table.name).await?;
    let file = std::fs::File::open(path).map_err(|error| Error::io(path, error))?;
    let mut reader = std::io::BufReader::new(file);
    let (mut sm3, mut rows) = (Running::default(), 0_u64);
    let mut batch = Batch { table: &table.name, columns: &columns, lines: String::new() };
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).map_err(|error| Error::io(path, error))? == 0 {
            break;
        }
        sm3.update(line.as_bytes());
        rows += 1;
        let fields: Map<String, Value> = serde_json::from_str(&line)
            .map_err(|error| unusable(path, &format!("line {rows} is not a row: {error}")))?;
        if let Some(unknown) = fields.keys().find(|name| !columns.iter().any(|(column, _)| column == *name)) {
            return Err(unusable(path, &format!("line {rows} has an unknown column `{unknown}`")));
        }
        match tx.get_database_backend() {
            DbBackend::Sqlite => insert_sqlite(tx, &table.name, &columns, fields).await?,
            _ => batch.add(tx, fields).await?,
        }
    }
    batch.flush(tx).await?;
    if rows != table.rows || hex(&sm3.finish()) != table.sm3 {
        return Err(unusable(path, "the file is not the one that was backed up: its digest differs"));
    }
    if tx.get_database_backend() == DbBackend::Postgres {
        advance_numbers(tx, &table.name, &columns).await?;
    }
    Ok(())
}

async fn insert_sqlite(
    tx: &DatabaseTransaction,
    table: &str,
    columns: &[(String, String)],
    mut fields: Map<String, Value>,
) -> Result<()> {
    let (mut names, mut marks, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (column, kind) in columns {
        let Some(value) = fields.remove(column) else { continue };
        names.push(dump::quoted(column));
        marks.push(format!("${}", values.len() + 1));
        values.push(sqlite_value(kind, value));
    }
    let insert = format!("INSERT INTO {} ({}) VALUES ({})", dump::quoted(table), names.join(", "), marks.join(", "));
    tx.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, insert, values)).await?;
    Ok(())
}

fn sqlite_value(kind: &str, value: Value) -> sea_orm::Value {
    match value {
        Value::Null => sea_orm::Value::String(None),
        Value::Bool(flag) => i64::from(flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Value::String(text) => match text.strip_prefix("\\x").filter(|_| kind.contains("blob")).and_then(bytes) {
            Some(bytes) => bytes.into(),
            None => text.into(),
        },
        nested @ (Value::Array(_) | Value::Object(_)) => nested.to_string().into(),
    }
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// Rows on their way to PostgreSQL, which reads them as JSON itself and so knows every type.
struct Batch<'a> {
    table: &'a str,
    columns: &'a [(String, String)],
    lines: String,
}

impl Batch<'_> {
    async fn add(&mut self, tx: &DatabaseTransaction, mut fields: Map<String, Value>) -> Result<()> {
        for (column, kind) in self.columns {
            if matches!(kind.as_str(), "json" | "jsonb")
                && let Some(value) = fields.get_mut(column)
                && let Value::String(text) = value
            {
                *value = serde_json::from_str(text).map_err(|error| Error::Query(error.into()))?;
            }
        }
        self.lines.push(if self.lines.is_empty() { '[' } else { ',' });
        self.lines.push_str(&Value::Object(fields).to_string());
        if self.lines.len() >= BATCH_BYTES { self.flush(tx).await } else { Ok(()) }
    }

    async fn flush(&mut self, tx: &DatabaseTransaction) -> Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut rows = std::mem::take(&mut self.lines);
        rows.push(']');
        let table = dump::quoted(self.table);
        let names: Vec<String> = self.columns.iter().map(|(name, _)| dump::quoted(name)).collect();
        let names = names.join(", ");
        let insert = format!(
            "INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, $1::json)"
        );
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, insert, [rows.into()])).await?;
        Ok(())
    }
}

/// Numbers that PostgreSQL gives itself go on after the restored ones.
async fn advance_numbers(tx: &DatabaseTransaction, table: &str, columns: &[(String, String)]) -> Result<()> {
    for (column, kind) in columns {
        if !matches!(kind.as_str(), "bigint" | "integer") {
            continue;
        }
        let table = dump::quoted(table);
        let advance = format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), greatest(1, max({0})), max({0}) IS NOT NULL) FROM {table} \
             HAVING pg_get_serial_sequence($1, $2) IS NOT NULL",
            dump::quoted(column)
        );
        let values = [table.as_str().into(), column.as_str().into()];
        tx.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, advance, values)).await?;
    }
    Ok(())
}
