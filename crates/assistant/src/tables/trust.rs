//! Tables of trust: corrections, switches, experts' scores. Nobody else writes them.

use store::sea_orm;
use store::sea_orm_migration::prelude::*;

/// Corrections of the library (纠错知识库).
pub(crate) mod correction {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "corrections")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub question: String,
        /// The question without spaces, signs and differences of width and case.
        #[sea_orm(column_type = "Text")]
        pub plain: String,
        #[sea_orm(column_type = "Text")]
        pub wrong: String,
        #[sea_orm(column_type = "Text")]
        pub right: String,
        /// A JSON list of `CorrectedArticle`.
        #[sea_orm(column_type = "Text")]
        pub articles: String,
        pub scenario: Option<String>,
        pub level: i16,
        pub valid_until: Option<String>,
        pub never_stale: bool,
        pub state: String,
        /// Why it is in this state, as a code.
        pub why: Option<String>,
        /// Where it came from, such as `review:rev_…`.
        pub origin: String,
        pub made_by: String,
        pub made_at: i64,
        pub confirmed_at: i64,
        pub hits: i64,
        pub misses: i64,
        pub expired: i64,
        pub last_hit_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Off-switches. A row is there for what was ever switched.
pub(crate) mod switch {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "switches")]
    pub struct Model {
        /// Such as `scenario:policy_consultation`, `channel:citizen`, `model:extractive`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub target: String,
        pub off: bool,
        #[sea_orm(column_type = "Text")]
        pub reason: String,
        /// What users read.
        #[sea_orm(column_type = "Text")]
        pub notice: String,
        /// The actor's label.
        pub by: String,
        pub at: i64,
        /// Whether a probe switched it, so that a probe may switch it back.
        pub by_probe: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Experts' scores, one row a run and expert.
pub(crate) mod score {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "answer_scores")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub run_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub expert: String,
        /// JSON of `crate::scoring::Score`.
        #[sea_orm(column_type = "Text")]
        pub score: String,
        pub total: i16,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of feedback as the first migration made it; later columns came later.
pub(super) fn first_feedback() -> TableCreateStatement {
    let name = |text: &'static str| Alias::new(text);
    let mut table = Table::create();
    table
        .table(name("run_feedback"))
        .col(ColumnDef::new(name("run_id")).string().not_null())
        .col(ColumnDef::new(name("owner")).string().not_null())
        .col(ColumnDef::new(name("rating")).string().not_null())
        .col(ColumnDef::new(name("reasons")).text().not_null())
        .col(ColumnDef::new(name("comment")).text())
        .col(ColumnDef::new(name("at")).big_integer().not_null())
        .primary_key(Index::create().col(name("run_id")).col(name("owner")));
    table.take()
}

pub(super) struct Trust;

impl MigrationName for Trust {
    fn name(&self) -> &'static str {
        "assistant_0010_trust"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Trust {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(correction::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(switch::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(score::Entity)).await?;
        let database = manager.get_connection();
        database.execute_unprepared("ALTER TABLE run_feedback ADD COLUMN solved TEXT").await?;
        database.execute_unprepared("CREATE INDEX corrections_state ON corrections (state, made_at)").await?;
        database.execute_unprepared("CREATE INDEX run_feedback_rating ON run_feedback (rating, at)").await?;
        Ok(())
    }
}
