//! The tables of identity and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, ColumnDef, ColumnType, Index, Table, TableCreateStatement};
use store::sea_orm::{self, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

/// The migrations of identity, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Accounts), Box::new(FenceVersions), Box::new(Keys)]
}

/// Accounts of people.
pub(crate) mod accounts {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub username: String,
        pub name: String,
        pub department_id: String,
        /// A JSON list of role names, in order.
        pub roles: String,
        pub password: String,
        /// A JSON list of the hashes before it, newest first.
        pub former_passwords: String,
        pub password_set_at: i64,
        pub must_change_password: bool,
        pub locked: bool,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sessions of people who are logged in.
pub(crate) mod sessions {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        /// SM3 of the token; the token itself is only with its owner.
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: String,
        pub account_id: String,
        pub address: String,
        pub agent: String,
        pub created_at: i64,
        pub seen_at: i64,
        pub expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::accounts::Entity",
            from = "Column::AccountId",
            to = "super::accounts::Column::Id"
        )]
        Account,
    }

    impl Related<super::accounts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Account.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Failed logins, by the hash of the name that was given: names without an account are treated the same.
pub(crate) mod attempts {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "login_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name_hash: String,
        pub failures: i32,
        pub locked_until: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The departments of the agency.
pub(crate) mod departments {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "departments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub parent_id: Option<String>,
        pub region: String,
        /// The ids from the agency down to this department, with a slash between them.
        pub path: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The policies of the fence, version by version.
pub(crate) mod fence_versions {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fence_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub at: i64,
        /// The actor as JSON.
        pub actor: String,
        pub name: String,
        pub reason: String,
        pub text: String,
        /// SM3 of the text: a file of the data folder is taken over once.
        pub hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keys of programs that use the model gateway.
pub(crate) mod keys {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        /// SM3 of the key; the key itself is only with its owner.
        pub key_hash: String,
        /// The first characters, so that its owner recognises it.
        pub shown: String,
        pub department_id: String,
        pub role: String,
        /// A JSON list of what it opens.
        pub scopes: String,
        /// A JSON list of networks.
        pub networks: String,
        pub tokens_per_month: Option<i64>,
        pub requests_per_minute: Option<i32>,
        pub created_by: String,
        pub created_at: i64,
        pub expires_at: Option<i64>,
        pub revoked_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct FenceVersions;

impl MigrationName for FenceVersions {
    fn name(&self) -> &'static str {
        "identity_0002_fence"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for FenceVersions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time) = (ColumnType::Text, ColumnType::BigInteger);
        manager
            .create_table(
                table("fence_versions")
                    .col(column("version", &time).primary_key())
                    .col(column("at", &time))
                    .col(column("actor", &text))
                    .col(column("name", &text))
                    .col(column("reason", &text))
                    .col(column("text", &text))
                    .col(column("hash", &text))
                    .to_owned(),
            )
            .await
    }
}

struct Keys;

impl MigrationName for Keys {
    fn name(&self) -> &'static str {
        "identity_0003_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Keys {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time) = (ColumnType::Text, ColumnType::BigInteger);
        let nullable = |name: &'static str, kind: ColumnType| ColumnDef::new_with_type(Alias::new(name), kind);
        manager
            .create_table(
                table("api_keys")
                    .col(column("id", &text).primary_key())
                    .col(column("name", &text))
                    .col(column("key_hash", &text).unique_key())
                    .col(column("shown", &text))
                    .col(column("department_id", &text))
                    .col(column("role", &text))
                    .col(column("scopes", &text))
                    .col(column("networks", &text))
                    .col(nullable("tokens_per_month", time.clone()))
                    .col(nullable("requests_per_minute", ColumnType::Integer))
                    .col(column("created_by", &text))
                    .col(column("created_at", &time))
                    .col(nullable("expires_at", time.clone()))
                    .col(nullable("revoked_at", time))
                    .to_owned(),
            )
            .await
    }
}

struct Accounts;

impl MigrationName for Accounts {
    fn name(&self) -> &'static str {
        "identity_0001_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Accounts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time) = (ColumnType::Text, ColumnType::BigInteger);
        manager
            .create_table(
                table("departments")
                    .col(column("id", &text).primary_key())
                    .col(column("name", &text))
                    .col(ColumnDef::new_with_type(Alias::new("parent_id"), text.clone()))
                    .col(column("region", &text))
                    .col(column("path", &text))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("accounts")
                    .col(column("id", &text).primary_key())
                    .col(column("username", &text).unique_key())
                    .col(column("name", &text))
                    .col(column("department_id", &text))
                    .col(column("roles", &text))
                    .col(column("password", &text))
                    .col(column("former_passwords", &text))
                    .col(column("password_set_at", &time))
                    .col(column("must_change_password", &ColumnType::Boolean))
                    .col(column("locked", &ColumnType::Boolean))
                    .col(column("created_at", &time))
                    .col(column("updated_at", &time))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("sessions")
                    .col(column("token_hash", &text).primary_key())
                    .col(column("account_id", &text))
                    .col(column("address", &text))
                    .col(column("agent", &text))
                    .col(column("created_at", &time))
                    .col(column("seen_at", &time))
                    .col(column("expires_at", &time))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("login_attempts")
                    .col(column("name_hash", &text).primary_key())
                    .col(column("failures", &ColumnType::Integer))
                    .col(column("locked_until", &time))
                    .col(column("updated_at", &time))
                    .to_owned(),
            )
            .await?;
        for (name, table, column) in [
            ("sessions_account", "sessions", "account_id"),
            ("sessions_expires", "sessions", "expires_at"),
            ("login_attempts_updated", "login_attempts", "updated_at"),
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

fn column(name: &'static str, kind: &ColumnType) -> ColumnDef {
    let mut column = ColumnDef::new_with_type(Alias::new(name), kind.clone());
    column.not_null();
    column
}
