//! The tables of models and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, ColumnDef, ColumnType, Index, Table, TableCreateStatement};
use store::sea_orm::{self, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

/// The migrations of models, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Gateway)]
}

/// Changes of the registry over its file, by subject.
pub(crate) mod changes {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "model_changes")]
    pub struct Model {
        /// Such as `model:deepseek`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        /// The last change of it, as JSON.
        pub change: String,
        /// The order in which changes apply.
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Requests that run, and places that servers hold ready.
pub(crate) mod live {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "model_live")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub model: String,
        pub server: String,
        /// Empty for a place held ready.
        pub department: String,
        pub scenario: String,
        pub since: i64,
        pub expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Requests that wait for a place.
pub(crate) mod waiting {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "model_waiting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub route: String,
        /// A JSON list of models that would do.
        pub models: String,
        pub server: String,
        pub department: String,
        pub scenario: String,
        pub priority: i32,
        pub since: i64,
        pub expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Calls of models, one row each, anchored in the audit log by batch.
pub(crate) mod calls {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "model_calls")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// The audit entry that anchors it.
        pub batch: i64,
        /// Its place in the batch.
        pub place: i32,
        pub at: i64,
        /// `2026-11-25`.
        pub day: String,
        pub actor: String,
        pub department: String,
        pub scenario: String,
        pub route: String,
        pub model: String,
        pub outcome: String,
        pub tokens_in: i64,
        pub tokens_out: i64,
        pub tokens_reasoning: i64,
        pub wait_ms: i64,
        pub first_token_ms: i64,
        pub total_ms: i64,
        pub energy_mwh: i64,
        /// The record word for word: what the batch's hash covers.
        pub line: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Tokens used by whoever has a budget, by calendar month.
pub(crate) mod used {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "model_used")]
    pub struct Model {
        /// `key:…` or `department:…`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub who: String,
        /// `2026-11`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub month: String,
        pub tokens: i64,
        pub requests: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Gateway;

impl MigrationName for Gateway {
    fn name(&self) -> &'static str {
        "models_0001_gateway"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Gateway {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, number, small) = (ColumnType::Text, ColumnType::BigInteger, ColumnType::Integer);
        let columns = |name: &'static str, columns: &[(&'static str, &ColumnType)]| {
            let mut table = table(name);
            for (at, (name, kind)) in columns.iter().enumerate() {
                let mut column = column(name, kind);
                if at == 0 {
                    column.primary_key();
                }
                table.col(column);
            }
            table
        };
        manager
            .create_table(columns("model_changes", &[("subject", &text), ("change", &text), ("at", &number)]))
            .await?;
        let live = [
            ("id", &text),
            ("model", &text),
            ("server", &text),
            ("department", &text),
            ("scenario", &text),
            ("since", &number),
            ("expires_at", &number),
        ];
        manager.create_table(columns("model_live", &live)).await?;
        let waiting = [
            ("id", &text),
            ("route", &text),
            ("models", &text),
            ("server", &text),
            ("department", &text),
            ("scenario", &text),
            ("priority", &small),
            ("since", &number),
            ("expires_at", &number),
        ];
        manager.create_table(columns("model_waiting", &waiting)).await?;
        let calls = [
            ("id", &text),
            ("batch", &number),
            ("place", &small),
            ("at", &number),
            ("day", &text),
            ("actor", &text),
            ("department", &text),
            ("scenario", &text),
            ("route", &text),
            ("model", &text),
            ("outcome", &text),
            ("tokens_in", &number),
            ("tokens_out", &number),
            ("tokens_reasoning", &number),
            ("wait_ms", &number),
            ("first_token_ms", &number),
            ("total_ms", &number),
            ("energy_mwh", &number),
            ("line", &text),
        ];
        manager.create_table(columns("model_calls", &calls)).await?;
        for (name, column) in [("model_calls_day", "day"), ("model_calls_batch", "batch")] {
            let index = Index::create().name(name).table(Alias::new("model_calls")).col(Alias::new(column)).to_owned();
            manager.create_index(index).await?;
        }
        let used = table("model_used")
            .col(column("who", &text))
            .col(column("month", &text))
            .col(column("tokens", &number))
            .col(column("requests", &number))
            .primary_key(Index::create().col(Alias::new("who")).col(Alias::new("month")))
            .to_owned();
        manager.create_table(used).await
    }
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).to_owned()
}

fn column(name: &'static str, kind: &ColumnType) -> ColumnDef {
    let mut column = ColumnDef::new_with_type(Alias::new(name), kind.clone());
    column.not_null();
    column
}
