//! The tables of kept policies and enterprises.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::sea_orm;
use store::sea_orm_migration::prelude::*;

/// Policies as they stand.
pub(crate) mod policy {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "enterprise_policies")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub version: i32,
        /// `draft`, `published` or `withdrawn`.
        pub state: String,
        pub title: String,
        pub document: String,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Every version of every policy, for ever.
pub(crate) mod version {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "enterprise_policy_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub state: String,
        /// The record as JSON (`entitlement::EnterprisePolicy`).
        #[sea_orm(column_type = "Text")]
        pub record: String,
        pub changed_at: i64,
        /// The actor's label.
        pub changed_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Enterprises.
pub(crate) mod enterprise {
    use super::sea_orm;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "enterprises")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(unique)]
        pub credit_code: Option<String>,
        pub name: String,
        /// The profile as JSON (`entitlement::Profile`).
        #[sea_orm(column_type = "Text")]
        pub record: String,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) struct Entitlements;

impl MigrationName for Entitlements {
    fn name(&self) -> &'static str {
        "assistant_0010_entitlements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Entitlements {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(policy::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(version::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(enterprise::Entity)).await?;
        let index = |name: &str, table: &'static str, column: &'static str| {
            Index::create().name(name).table(Alias::new(table)).col(Alias::new(column)).to_owned()
        };
        manager.create_index(index("enterprises_name", "enterprises", "name")).await?;
        manager.create_index(index("enterprise_policies_state", "enterprise_policies", "state")).await
    }
}
