//! The assistant's tables: conversations, runs, feedback. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

pub(crate) mod trust;

use store::sea_orm;
use store::sea_orm_migration::prelude::*;

/// Conversations.
pub(crate) mod conversation {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "conversations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// The actor's label; only the owner sees it.
        pub owner: String,
        pub scenario: String,
        pub title: String,
        pub created_at: i64,
        pub updated_at: i64,
        pub removed_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Runs.
pub(crate) mod run {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "runs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub conversation_id: String,
        pub owner: String,
        pub department: Option<String>,
        pub scenario: String,
        pub status: String,
        pub asked_at: i64,
        pub finished_at: Option<i64>,
        /// The run as JSON (`crate::Run`).
        #[sea_orm(column_type = "Text")]
        pub record: String,
        /// What a reviewer decides on, as JSON (`crate::reviewing::Held`); kept for the record afterwards.
        #[sea_orm(column_type = "Text", nullable)]
        pub held: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Feedback, one row a run and person.
pub(crate) mod feedback {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "run_feedback")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub run_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner: String,
        pub rating: String,
        #[sea_orm(column_type = "Text")]
        pub reasons: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub comment: Option<String>,
        pub at: i64,
        /// `yes` or `no`, where the asker said whether it solved the matter.
        pub solved: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The assistant's migrations, in order.
#[must_use]
pub fn migrations() -> Vec<Box<dyn store::MigrationTrait>> {
    vec![Box::new(Runs), Box::new(trust::Trust), Box::new(crate::entitlements::tables::Entitlements)]
}

struct Runs;

impl MigrationName for Runs {
    fn name(&self) -> &'static str {
        "assistant_0001_runs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Runs {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let schema = sea_orm::Schema::new(backend);
        manager.create_table(schema.create_table_from_entity(conversation::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(run::Entity)).await?;
        manager.create_table(trust::first_feedback()).await?;
        let index = |name: &str, table: DynIden, columns: &[DynIden]| {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(column.clone());
            }
            index
        };
        let id = |text: &'static str| Alias::new(text).into_iden();
        manager
            .create_index(index("conversations_owner", id("conversations"), &[id("owner"), id("updated_at")]))
            .await?;
        manager.create_index(index("runs_conversation", id("runs"), &[id("conversation_id"), id("asked_at")])).await?;
        manager.create_index(index("runs_owner", id("runs"), &[id("owner"), id("asked_at")])).await?;
        manager.create_index(index("runs_status", id("runs"), &[id("status")])).await
    }
}
