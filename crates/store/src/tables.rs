//! The store's own tables. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

/// Durable jobs.
pub(crate) mod jobs {
    use sea_orm::entity::prelude::*;

    /// A job.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: String,
        /// The key while the job is queued or running, `NULL` afterwards: unique, so that equal work is done once.
        pub active_key: Option<String>,
        pub key: Option<String>,
        pub state: String,
        pub payload: String,
        pub actor: String,
        pub attempts: i32,
        /// Not before this instant.
        pub run_at: i64,
        pub worker: Option<String>,
        pub lease_until: Option<i64>,
        pub progress: f64,
        pub note: String,
        pub error_code: Option<String>,
        pub error_message: Option<String>,
        pub result: Option<String>,
        pub created_at: i64,
        pub updated_at: i64,
        pub finished_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The audit log: append-only, each entry linked to the one before.
pub(crate) mod audit {
    use sea_orm::entity::prelude::*;

    /// An entry. The columns are exactly what the hash covers, and the hash.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub at: i64,
        pub deed: String,
        pub actor: String,
        pub subject: String,
        pub outcome: String,
        pub reason: Option<String>,
        /// Canonical JSON, as text: the hash covers these very bytes, or their digest where that is kept.
        pub details: String,
        pub trace_id: String,
        pub prev: String,
        pub hash: String,
        /// The SM3 of `details`, which the hash then covers in their place. `NULL` in entries from before it was kept.
        pub details_sm3: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The end of the audit chain, so that a cut-off tail is seen.
pub(crate) mod audit_head {
    use sea_orm::entity::prelude::*;

    /// The one row, with id 1.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_head")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub seq: i64,
        pub hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What changed, for whoever derives something from it.
pub(crate) mod changes {
    use sea_orm::entity::prelude::*;

    /// A change.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "changes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub topic: String,
        pub key: String,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Small values that belong to the whole installation.
pub(crate) mod settings {
    use sea_orm::entity::prelude::*;

    /// A setting.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "settings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub value: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
