//! The tables of security and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, ColumnDef, ColumnType, Index, Table, TableCreateStatement};
use store::sea_orm::{self, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

/// The migrations of security, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Beginning)]
}

macro_rules! tables {
    ($($(#[$doc:meta])* $module:ident = $name:literal { $($(#[$attr:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        pub(crate) mod $module {
            use super::sea_orm;
            use super::sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $name)]
            pub struct Model {
                $($(#[$attr])* pub $field: $kind,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    )*};
}

tables! {
    /// What the stages saw.
    events = "security_events" {
        #[sea_orm(primary_key)]
        id: i64,
        at: i64,
        last_at: i64,
        count: i64,
        stage: String,
        rule: String,
        category: String,
        outcome: String,
        caller: String,
        subject: String,
        false_alarm: bool,
        note: Option<String>,
    }

    /// Callers with harmful inputs.
    conduct = "security_conduct" {
        #[sea_orm(primary_key, auto_increment = false)]
        caller: String,
        in_a_row: i32,
        day: String,
        today: i32,
        suspended_at: Option<i64>,
        lifted_at: Option<i64>,
        lifted_by: Option<String>,
        lift_reason: Option<String>,
    }

    /// Incidents.
    incidents = "security_incidents" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: String,
        kind: String,
        subject: String,
        state: String,
        opened_at: i64,
        times: i32,
        leader: Option<String>,
    }

    /// Their steps.
    incident_steps = "security_incident_steps" {
        #[sea_orm(primary_key, auto_increment = false)]
        incident_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        number: i32,
        at: i64,
        name: String,
        state: String,
        note: String,
    }

    /// Rules that were switched.
    modes = "security_modes" {
        #[sea_orm(primary_key, auto_increment = false)]
        rule: String,
        mode: String,
        at: i64,
        actor: String,
        name: String,
        reason: String,
    }

    /// Entries that differ from the library that ships; nothing stands for one that was taken away.
    words = "security_words" {
        #[sea_orm(primary_key, auto_increment = false)]
        term: String,
        entry: Option<String>,
    }

    /// What was changed in the library.
    word_changes = "security_word_changes" {
        #[sea_orm(primary_key)]
        seq: i64,
        at: i64,
        actor: String,
        name: String,
        reason: String,
        term: String,
        before: Option<String>,
        after: Option<String>,
    }

    /// Requests for places outside.
    places = "security_places" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: String,
        place: String,
        why: String,
        asked_at: i64,
        actor: String,
        name: String,
        state: String,
        decided_at: Option<i64>,
        decided_by: Option<String>,
        reason: Option<String>,
    }
}

struct Beginning;

impl MigrationName for Beginning {
    fn name(&self) -> &'static str {
        "security_0001_beginning"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Beginning {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, big, int) = (ColumnType::Text, ColumnType::BigInteger, ColumnType::Integer);
        let mut events = table("security_events");
        events.col(ColumnDef::new_with_type(Alias::new("id"), big.clone()).not_null().auto_increment().primary_key());
        columns(&mut events, &big, &["at", "last_at", "count"]);
        columns(&mut events, &text, &["stage", "rule", "category", "outcome", "caller", "subject"]);
        columns(&mut events, &ColumnType::Boolean, &["false_alarm"]);
        nullable(&mut events, &text, &["note"]);
        manager.create_table(events).await?;

        let mut conduct = table("security_conduct");
        conduct.col(key("caller", &text));
        columns(&mut conduct, &int, &["in_a_row", "today"]);
        columns(&mut conduct, &text, &["day"]);
        nullable(&mut conduct, &big, &["suspended_at", "lifted_at"]);
        nullable(&mut conduct, &text, &["lifted_by", "lift_reason"]);
        manager.create_table(conduct).await?;

        let mut incidents = table("security_incidents");
        incidents.col(key("id", &text));
        columns(&mut incidents, &text, &["kind", "subject", "state"]);
        columns(&mut incidents, &big, &["opened_at"]);
        columns(&mut incidents, &int, &["times"]);
        nullable(&mut incidents, &text, &["leader"]);
        manager.create_table(incidents).await?;

        let mut steps = table("security_incident_steps");
        columns(&mut steps, &text, &["incident_id"]);
        columns(&mut steps, &int, &["number"]);
        columns(&mut steps, &big, &["at"]);
        columns(&mut steps, &text, &["name", "state", "note"]);
        steps.primary_key(Index::create().col(Alias::new("incident_id")).col(Alias::new("number")));
        manager.create_table(steps).await?;

        let mut modes = table("security_modes");
        modes.col(key("rule", &text));
        columns(&mut modes, &text, &["mode", "actor", "name", "reason"]);
        columns(&mut modes, &big, &["at"]);
        manager.create_table(modes).await?;

        let mut words = table("security_words");
        words.col(key("term", &text));
        nullable(&mut words, &text, &["entry"]);
        manager.create_table(words).await?;

        let mut changes = table("security_word_changes");
        changes.col(ColumnDef::new_with_type(Alias::new("seq"), big.clone()).not_null().auto_increment().primary_key());
        columns(&mut changes, &big, &["at"]);
        columns(&mut changes, &text, &["actor", "name", "reason", "term"]);
        nullable(&mut changes, &text, &["before", "after"]);
        manager.create_table(changes).await?;

        let mut places = table("security_places");
        places.col(key("id", &text));
        columns(&mut places, &text, &["place", "why", "actor", "name", "state"]);
        columns(&mut places, &big, &["asked_at"]);
        nullable(&mut places, &big, &["decided_at"]);
        nullable(&mut places, &text, &["decided_by", "reason"]);
        manager.create_table(places).await?;

        for (name, table, column) in [
            ("security_events_last", "security_events", "last_at"),
            ("security_events_stage", "security_events", "stage"),
            ("security_incidents_opened", "security_incidents", "opened_at"),
            ("security_places_asked", "security_places", "asked_at"),
        ] {
            let index = Index::create().name(name).table(Alias::new(table)).col(Alias::new(column)).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).to_owned()
}

fn key(name: &'static str, kind: &ColumnType) -> ColumnDef {
    ColumnDef::new_with_type(Alias::new(name), kind.clone()).not_null().primary_key().to_owned()
}

fn columns(table: &mut TableCreateStatement, kind: &ColumnType, names: &[&'static str]) {
    for name in names {
        table.col(ColumnDef::new_with_type(Alias::new(*name), kind.clone()).not_null());
    }
}

fn nullable(table: &mut TableCreateStatement, kind: &ColumnType, names: &[&'static str]) {
    for name in names {
        table.col(ColumnDef::new_with_type(Alias::new(*name), kind.clone()));
    }
}
