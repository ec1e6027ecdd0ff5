//! The first queue: answers only.

use store::MigrationTrait;
use store::sea_orm::DbErr;
use store::sea_orm::sea_query::{Alias, ColumnType, Index, Table};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

use super::{column, nullable};

pub(super) struct Queue;

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
