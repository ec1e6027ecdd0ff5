//! One queue for items of every kind, with terms, claims, signatures, and profiles of reviewers. What waited in the
//! first queue goes on waiting in this one.

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, ColumnType, Index, Table};
use store::sea_orm::{ConnectionTrait as _, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

use super::{column, nullable};

pub(super) struct Engine;

impl MigrationName for Engine {
    fn name(&self) -> &'static str {
        "review_0002_engine"
    }
}

/// The items of the first queue: answers, each under the terms of its time.
const TAKE_OVER: &str = "INSERT INTO review_items (id, kind, subject, scenario_id, title, asker, asker_department, \
     level, sameness, payload, content_hash, reason, failed_checks, terms, needed, state, version, asked_at, due_at, \
     decided_at, decided_by, decision_reason, answer, release_hash) \
     SELECT id, 'answer', run_id, scenario_id, '', asker, asker_department, level, question_hash, 'null', \
     content_hash, reason, failed_checks, '{\"minutes\":120}', 1, state, version, asked_at, due_at, decided_at, \
     decided_by, decision_reason, answer, release_hash FROM reviews";

#[async_trait::async_trait]
impl MigrationTrait for Engine {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time) = (ColumnType::Text, ColumnType::BigInteger);
        let small = ColumnType::SmallInteger;
        let mut items = Table::create();
        items
            .table(Alias::new("review_items"))
            .col(column("id", &text).primary_key())
            .col(column("kind", &text))
            .col(column("subject", &text))
            .col(nullable("scenario_id", &text))
            .col(column("title", &text))
            .col(column("asker", &text))
            .col(nullable("asker_department", &text))
            .col(column("level", &small))
            .col(column("sameness", &text))
            .col(column("payload", &text))
            .col(column("content_hash", &text))
            .col(column("reason", &text))
            .col(column("failed_checks", &text))
            .col(column("terms", &text))
            .col(column("needed", &small))
            .col(nullable("department", &text))
            .col(nullable("competence", &text))
            .col(column("state", &text))
            .col(column("version", &ColumnType::Integer))
            .col(column("asked_at", &time))
            .col(column("due_at", &time))
            .col(nullable("escalated_at", &time))
            .col(nullable("claimed_by", &text))
            .col(nullable("claimed_until", &time))
            .col(nullable("signed_by", &text))
            .col(nullable("signed_at", &time))
            .col(nullable("trouble", &text))
            .col(nullable("decided_at", &time))
            .col(nullable("decided_by", &text))
            .col(nullable("decision_reason", &text))
            .col(nullable("answer", &text))
            .col(nullable("release_hash", &text));
        manager.create_table(items).await?;
        let database = manager.get_connection();
        database.execute_unprepared(TAKE_OVER).await?;
        database.execute_unprepared("DROP TABLE reviews").await?;
        database.execute_unprepared("ALTER TABLE review_history ADD COLUMN answer TEXT").await?;

        let mut profiles = Table::create();
        profiles
            .table(Alias::new("review_profiles"))
            .col(column("user_id", &text).primary_key())
            .col(column("competences", &text))
            .col(nullable("deputy", &text))
            .col(nullable("away_from", &time))
            .col(nullable("away_until", &time));
        manager.create_table(profiles).await?;

        for (name, columns) in [
            ("review_items_queue", &["state", "due_at", "id"][..]),
            ("review_items_decided", &["decided_by", "decided_at", "id"]),
            ("review_items_subject", &["kind", "subject"]),
            ("review_items_asker", &["asker", "sameness"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(Alias::new("review_items"));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
