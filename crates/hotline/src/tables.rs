//! The tables of the hotline and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, Index};
use store::sea_orm::{self, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

/// The migrations of the hotline, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Orders)]
}

/// Calls.
pub(crate) mod call {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "hotline_calls")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// `waiting`, `live` or `ended`.
        pub state: String,
        /// The operator's account, once somebody took it.
        pub operator: Option<String>,
        pub urgency: i16,
        pub started_at: i64,
        pub ended_at: Option<i64>,
        /// The call as JSON (`crate::Call`), with everything that was said.
        #[sea_orm(column_type = "Text")]
        pub record: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Work orders.
pub(crate) mod order {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "hotline_orders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(unique)]
        pub number: String,
        pub stand: String,
        pub kind: String,
        pub category: Option<String>,
        pub region: Option<String>,
        pub responsible: Option<String>,
        /// The assisting departments between commas, with one at each end.
        pub assisting: String,
        pub urgency: i16,
        pub received_at: i64,
        pub updated_at: i64,
        pub due_at: Option<i64>,
        pub version: i32,
        /// The work order as JSON (`crate::Order`).
        #[sea_orm(column_type = "Text")]
        pub record: String,
        /// Who called, in full, as JSON (`crate::Caller`): read only where a reason opens it, and to mask.
        #[sea_orm(column_type = "Text")]
        pub caller: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What happened to each work order, in order.
pub(crate) mod step {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "hotline_steps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: String,
        /// The version of the work order after the step.
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub at: i64,
        /// The actor's label.
        pub actor: String,
        pub step: String,
        pub stand: String,
        #[sea_orm(column_type = "Text")]
        pub note: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Orders;

impl MigrationName for Orders {
    fn name(&self) -> &'static str {
        "hotline_0001_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Orders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(call::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(order::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(step::Entity)).await?;
        for (name, table, columns) in [
            ("hotline_calls_state", "hotline_calls", ["state", "started_at"]),
            ("hotline_orders_stand", "hotline_orders", ["stand", "due_at"]),
            ("hotline_orders_received", "hotline_orders", ["received_at", "id"]),
            ("hotline_orders_responsible", "hotline_orders", ["responsible", "stand"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
