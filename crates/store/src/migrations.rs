//! The store's own migrations, and how all crates' migrations are applied: all of them, or none.

use std::collections::HashSet;

use kernel::Clock;
use sea_orm::sea_query::{Alias, ColumnDef, ColumnType, Expr, Index, OnConflict, Query, Table};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, Schema};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait, seaql_migrations};

use crate::{Error, Result};

/// The migrations of the store's own tables. [`crate::Store::open`] puts them before those it is given.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Foundation), Box::new(DetailsHashed)]
}

/// The names of the migrations that a database has, oldest name first; creates the list when there is none.
pub(crate) async fn applied(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    let mut list = Schema::new(tx.get_database_backend()).create_table_from_entity(seaql_migrations::Entity);
    tx.execute(list.if_not_exists()).await?;
    let rows = seaql_migrations::Entity::find().all(tx).await?;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.version).collect();
    names.sort();
    Ok(names)
}

/// Applies what is missing, in the order of the list. Refuses a database that a later version has changed.
pub(crate) async fn apply(tx: &DatabaseTransaction, list: &[Box<dyn MigrationTrait>], clock: &Clock) -> Result<()> {
    let applied = applied(tx).await?;
    let known: HashSet<&str> = list.iter().map(|migration| migration.name()).collect();
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name.as_str())) {
        return Err(Error::NewerSchema { migration: unknown.clone() });
    }
    for migration in list.iter().filter(|migration| !applied.iter().any(|name| name == migration.name())) {
        migration.up(&SchemaManager::new(tx)).await?;
        let row = seaql_migrations::ActiveModel {
            version: Set(migration.name().to_owned()),
            applied_at: Set(clock.now().as_millis() / 1000),
        };
        seaql_migrations::Entity::insert(row).exec_without_returning(tx).await?;
        tracing::info!(migration = migration.name(), "migration applied");
    }
    Ok(())
}

struct Foundation;

impl MigrationName for Foundation {
    fn name(&self) -> &'static str {
        "store_0001_foundation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Foundation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        manager.create_table(jobs()).await?;
        let by_turn = Index::create()
            .name("jobs_turn")
            .table(Alias::new("jobs"))
            .col(Alias::new("state"))
            .col(Alias::new("run_at"))
            .to_owned();
        manager.create_index(by_turn).await?;

        manager.create_table(audit(backend)).await?;
        for (name, column) in [("audit_actor", "actor"), ("audit_deed", "deed"), ("audit_subject", "subject")] {
            let index = Index::create()
                .name(name)
                .table(Alias::new("audit"))
                .col(Alias::new(column))
                .col(Alias::new("seq"))
                .to_owned();
            manager.create_index(index).await?;
        }

        let mut head = Table::create();
        head.table(Alias::new("audit_head"))
            .col(column("id", ColumnType::Integer).primary_key())
            .col(column("seq", ColumnType::BigInteger))
            .col(column("hash", ColumnType::Text));
        manager.create_table(head).await?;
        let first = Query::insert()
            .into_table(Alias::new("audit_head"))
            .columns(["id", "seq", "hash"].map(Alias::new))
            .values_panic([Expr::val(1), Expr::val(0_i64), Expr::val("0".repeat(64))])
            .on_conflict(OnConflict::column(Alias::new("id")).do_nothing().to_owned())
            .to_owned();
        manager.execute(first).await?;

        let mut changes = Table::create();
        changes
            .table(Alias::new("changes"))
            .col(serial(backend).primary_key().auto_increment())
            .col(column("topic", ColumnType::Text))
            .col(column("key", ColumnType::Text))
            .col(column("at", ColumnType::BigInteger));
        manager.create_table(changes).await?;
        let by_topic = Index::create()
            .name("changes_topic")
            .table(Alias::new("changes"))
            .col(Alias::new("topic"))
            .col(Alias::new("seq"))
            .to_owned();
        manager.create_index(by_topic).await?;

        let mut settings = Table::create();
        settings
            .table(Alias::new("settings"))
            .col(column("key", ColumnType::Text).primary_key())
            .col(column("value", ColumnType::Text));
        manager.create_table(settings).await
    }
}

/// Entries of the audit log keep the digest of their details, so that details can go and the chain still holds.
struct DetailsHashed;

impl MigrationName for DetailsHashed {
    fn name(&self) -> &'static str {
        "store_0002_details_hashed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for DetailsHashed {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut audit = Table::alter();
        audit
            .table(Alias::new("audit"))
            .add_column(ColumnDef::new_with_type(Alias::new("details_sm3"), ColumnType::Text));
        manager.alter_table(audit).await
    }
}

fn column(name: &'static str, kind: ColumnType) -> ColumnDef {
    let mut column = ColumnDef::new_with_type(Alias::new(name), kind);
    column.not_null();
    column
}

/// A 64-bit key. SQLite makes the table itself the index of a key only when its type is spelt `integer`.
fn serial(backend: DbBackend) -> ColumnDef {
    let kind = if backend == DbBackend::Sqlite { ColumnType::Integer } else { ColumnType::BigInteger };
    column("seq", kind)
}

fn jobs() -> sea_orm::sea_query::TableCreateStatement {
    let nullable = |name, kind| ColumnDef::new_with_type(Alias::new(name), kind);
    let mut table = Table::create();
    table
        .table(Alias::new("jobs"))
        .col(column("id", ColumnType::Text).primary_key())
        .col(column("kind", ColumnType::Text))
        .col(nullable("active_key", ColumnType::Text).unique_key())
        .col(nullable("key", ColumnType::Text))
        .col(column("state", ColumnType::Text))
        .col(column("payload", ColumnType::Text))
        .col(column("actor", ColumnType::Text))
        .col(column("attempts", ColumnType::Integer))
        .col(column("run_at", ColumnType::BigInteger))
        .col(nullable("worker", ColumnType::Text))
        .col(nullable("lease_until", ColumnType::BigInteger))
        .col(column("progress", ColumnType::Double))
        .col(column("note", ColumnType::Text))
        .col(nullable("error_code", ColumnType::Text))
        .col(nullable("error_message", ColumnType::Text))
        .col(nullable("result", ColumnType::Text))
        .col(column("created_at", ColumnType::BigInteger))
        .col(column("updated_at", ColumnType::BigInteger))
        .col(nullable("finished_at", ColumnType::BigInteger));
    table
}

fn audit(backend: DbBackend) -> sea_orm::sea_query::TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Alias::new("audit"))
        .col(serial(backend).primary_key())
        .col(column("at", ColumnType::BigInteger))
        .col(column("deed", ColumnType::Text))
        .col(column("actor", ColumnType::Text))
        .col(column("subject", ColumnType::Text))
        .col(column("outcome", ColumnType::Text))
        .col(ColumnDef::new_with_type(Alias::new("reason"), ColumnType::Text))
        .col(column("details", ColumnType::Text))
        .col(column("trace_id", ColumnType::Text))
        .col(column("prev", ColumnType::Text))
        .col(column("hash", ColumnType::Text));
    table
}
