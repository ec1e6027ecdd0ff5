//! The tables of review and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, ColumnDef, ColumnType, Index, Table};
use store::sea_orm::{self, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

/// The migrations of review, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Queue)]
}

/// Items of the queue.
pub(crate) mod reviews {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reviews")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub run_id: String,
        pub scenario_id: String,
        /// The actor as JSON.
        pub asker: String,
        pub asker_department: Option<String>,
        pub level: i16,
        pub question_hash: String,
        pub draft: String,
        pub content_hash: String,
        pub reason: String,
        /// A JSON list of rules.
        pub failed_checks: String,
        pub state: String,
        pub version: i32,
        pub asked_at: i64,
        pub due_at: i64,
        pub decided_at: Option<i64>,
        pub decided_by: Option<String>,
        pub decision_reason: Option<String>,
        pub answer: Option<String>,
        pub release_hash: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What happened to each item, in order.
pub(crate) mod history {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_history")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub review_id: String,
        /// The version of the item after the step.
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub at: i64,
        /// The actor as JSON.
        pub actor: String,
        pub action: String,
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Queue;

impl MigrationName for Queue {
    fn name(&self) -> &'static str {
        "review_0001_queue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Queue {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time) = (ColumnType::Text, ColumnType::BigInteger);
        let mut reviews = Table::create();
        reviews
            .table(Alias::new("reviews"))
            .col(column("id", &text).primary_key())
            .col(column("run_id", &text).unique_key())
            .col(column("scenario_id", &text))
            .col(column("asker", &text))
            .col(nullable("asker_department", &text))
            .col(column("level", &ColumnType::SmallInteger))
            .col(column("question_hash", &text))
            .col(column("draft", &text))
            .col(column("content_hash", &text))
            .col(column("reason", &text))
            .col(column("failed_checks", &text))
            .col(column("state", &text))
            .col(column("version", &ColumnType::Integer))
            .col(column("asked_at", &time))
            .col(column("due_at", &time))
            .col(nullable("decided_at", &time))
            .col(nullable("decided_by", &text))
            .col(nullable("decision_reason", &text))
            .col(nullable("answer", &text))
            .col(nullable("release_hash", &text));
        manager.create_table(reviews).await?;

        let mut history = Table::create();
        history
            .table(Alias::new("review_history"))
            .col(column("review_id", &text))
            .col(column("version", &ColumnType::Integer))
            .col(column("at", &time))
            .col(column("actor", &text))
            .col(column("action", &text))
            .col(nullable("reason", &text))
            .primary_key(Index::create().col(Alias::new("review_id")).col(Alias::new("version")));
        manager.create_table(history).await?;

        for (name, columns) in
            [("reviews_queue", ["state", "due_at", "id"]), ("reviews_decided", ["decided_by", "decided_at", "id"])]
        {
            let mut index = Index::create();
            index.name(name).table(Alias::new("reviews"));
            for column in columns {
                index.col(Alias::new(column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn nullable(name: &'static str, kind: &ColumnType) -> ColumnDef {
    ColumnDef::new_with_type(Alias::new(name), kind.clone())
}

fn column(name: &'static str, kind: &ColumnType) -> ColumnDef {
    let mut column = nullable(name, kind);
    column.not_null();
    column
}
