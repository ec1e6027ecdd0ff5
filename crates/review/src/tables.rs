//! The tables of review and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

mod engine;
mod queue;

use store::MigrationTrait;
use store::sea_orm;
use store::sea_orm::sea_query::{Alias, ColumnDef, ColumnType};

/// The migrations of review, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(queue::Queue), Box::new(engine::Engine)]
}

/// Items of the queue.
pub(crate) mod items {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: String,
        pub subject: String,
        pub scenario_id: Option<String>,
        pub title: String,
        /// The actor as JSON.
        pub asker: String,
        pub asker_department: Option<String>,
        pub level: i16,
        pub sameness: String,
        pub payload: String,
        pub content_hash: String,
        pub reason: String,
        /// A JSON list of rules.
        pub failed_checks: String,
        /// The terms as JSON.
        pub terms: String,
        pub needed: i16,
        pub department: Option<String>,
        pub competence: Option<String>,
        pub state: String,
        pub version: i32,
        pub asked_at: i64,
        pub due_at: i64,
        pub escalated_at: Option<i64>,
        pub claimed_by: Option<String>,
        pub claimed_until: Option<i64>,
        pub signed_by: Option<String>,
        pub signed_at: Option<i64>,
        pub trouble: Option<String>,
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
        /// The words after an edit.
        pub answer: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What reviewers can do, and who stands in for them.
pub(crate) mod profiles {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_profiles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: String,
        /// A JSON list of competences.
        pub competences: String,
        pub deputy: Option<String>,
        pub away_from: Option<i64>,
        pub away_until: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn nullable(name: &'static str, kind: &ColumnType) -> ColumnDef {
    ColumnDef::new_with_type(Alias::new(name), kind.clone())
}

fn column(name: &'static str, kind: &ColumnType) -> ColumnDef {
    let mut column = nullable(name, kind);
    column.not_null();
    column
}
