//! The tables of knowledge and how they came to be. Nobody else writes them.
#![expect(unreachable_pub, reason = "the entity macro makes public types")]

use store::MigrationTrait;
use store::sea_orm::sea_query::{Alias, ColumnDef, ColumnType, Index, Table, TableCreateStatement};
use store::sea_orm::{self, DbErr};
use store::sea_orm_migration::{MigrationName, SchemaManager, async_trait};

/// The migrations of knowledge, oldest first.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Collections), Box::new(References), Box::new(Embeddings)]
}

/// Collections.
pub(crate) mod collections {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_collections")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub description: String,
        pub department_id: Option<String>,
        pub level: i16,
        pub region: String,
        /// The endpoint that makes its vectors; our own model when there is none.
        pub embedding: Option<String>,
        pub removed_at: Option<i64>,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Documents, over all their versions.
pub(crate) mod documents {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_documents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub collection_id: String,
        /// `importing`, `ready`, `failed`, `removed` or `merged`.
        pub state: String,
        /// The document that an upload turned out to be a version of.
        pub merged_into: Option<String>,
        pub title: String,
        /// The normalised title, or the file's name where there is no title.
        pub title_key: String,
        pub file_name: String,
        pub format: String,
        pub size_bytes: i64,
        /// The newest version by import.
        pub version_id: Option<String>,
        pub defects: String,
        pub imported_at: i64,
        pub imported_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Versions of documents. A row never changes.
pub(crate) mod versions {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub document_id: String,
        pub collection_id: String,
        pub number: i32,
        /// The number of the change that made it visible: unique, and known to the index.
        pub ordinal: i64,
        pub title: String,
        pub title_key: String,
        pub file_name: String,
        pub format: String,
        pub blob: Option<String>,
        /// SM3 over labels, paths and texts: equal for equal content.
        pub digest: String,
        pub size_bytes: i64,
        pub authority: Option<String>,
        pub issuer: Option<String>,
        pub doc_number: Option<String>,
        pub publish_date: Option<String>,
        /// The first day it applies, as computed.
        pub effective_date: Option<String>,
        /// The first day after its own expiry clause.
        pub expiry_date: Option<String>,
        /// A JSON list of what it repeals and where it says so.
        pub repeals: String,
        pub region: Option<String>,
        pub metadata: String,
        pub defects: String,
        /// A JSON list of article ids, in order.
        pub contents: String,
        pub articles: i32,
        pub imported_at: i64,
        pub imported_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Articles. A row never changes: another text is another article.
pub(crate) mod articles {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_articles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub document_id: String,
        pub source_id: Option<String>,
        pub label: String,
        /// The headings above it, a line each.
        pub path: String,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What articles say of other articles. A row never changes: an article's words do not.
pub(crate) mod references {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_references")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub article_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub document_id: String,
        /// The normalised title that is named.
        pub title_key: String,
        /// The label of the article; empty for the document as a whole.
        pub label: String,
        /// `cites`, `repeals`, `amends` or `based_on`.
        pub kind: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Questions that found nothing, as they were after screening: persons are placeholders.
pub(crate) mod gap_questions {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_gap_questions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub collection_id: String,
        /// SM3 of the question, without spaces and marks.
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub question: String,
        pub count: i64,
        pub last_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which article answers a question, as people marked it: what a collection's own model learns from.
pub(crate) mod training_pairs {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_training_pairs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub collection_id: String,
        /// SM3 of the question, without spaces and marks, and of the article.
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub question: String,
        pub article_id: String,
        pub marked_by: String,
        pub marked_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many questions found nothing, by day and collection. No text of people.
pub(crate) mod gaps {
    use super::sea_orm;
    use super::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_gaps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub collection_id: String,
        pub questions: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Collections;

impl MigrationName for Collections {
    fn name(&self) -> &'static str {
        "knowledge_0001_collections"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Collections {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time, int) = (&ColumnType::Text, &ColumnType::BigInteger, &ColumnType::Integer);
        let collections = table(
            "knowledge_collections",
            &[
                ("id", text),
                ("name", text),
                ("description", text),
                ("level", &ColumnType::SmallInteger),
                ("region", text),
                ("created_at", time),
                ("updated_at", time),
            ],
            &["department_id"],
        );
        let documents = table(
            "knowledge_documents",
            &[
                ("id", text),
                ("collection_id", text),
                ("state", text),
                ("title", text),
                ("title_key", text),
                ("file_name", text),
                ("format", text),
                ("size_bytes", time),
                ("defects", text),
                ("imported_at", time),
                ("imported_by", text),
            ],
            &["merged_into", "version_id"],
        );
        let versions = table(
            "knowledge_versions",
            &[
                ("id", text),
                ("document_id", text),
                ("collection_id", text),
                ("number", int),
                ("ordinal", time),
                ("title", text),
                ("title_key", text),
                ("file_name", text),
                ("format", text),
                ("digest", text),
                ("size_bytes", time),
                ("repeals", text),
                ("metadata", text),
                ("defects", text),
                ("contents", text),
                ("articles", int),
                ("imported_at", time),
                ("imported_by", text),
            ],
            &["blob", "authority", "issuer", "doc_number", "publish_date", "effective_date", "expiry_date", "region"],
        );
        let articles = table(
            "knowledge_articles",
            &[("id", text), ("document_id", text), ("label", text), ("path", text), ("text", text)],
            &["source_id"],
        );
        let mut gaps = Table::create();
        gaps.table(Alias::new("knowledge_gaps"))
            .col(ColumnDef::new_with_type(Alias::new("day"), text.clone()).not_null())
            .col(ColumnDef::new_with_type(Alias::new("collection_id"), text.clone()).not_null())
            .col(ColumnDef::new_with_type(Alias::new("questions"), time.clone()).not_null())
            .primary_key(Index::create().col(Alias::new("day")).col(Alias::new("collection_id")));
        for table in [collections, documents, versions, articles, gaps] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("knowledge_documents_title", "knowledge_documents", &["collection_id", "title_key"][..]),
            ("knowledge_versions_document", "knowledge_versions", &["document_id", "number"]),
            ("knowledge_versions_blob", "knowledge_versions", &["collection_id", "blob"]),
            ("knowledge_versions_ordinal", "knowledge_versions", &["ordinal"]),
            ("knowledge_articles_document", "knowledge_articles", &["document_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

struct References;

impl MigrationName for References {
    fn name(&self) -> &'static str {
        "knowledge_0002_references"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for References {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (text, time, int) = (&ColumnType::Text, &ColumnType::BigInteger, &ColumnType::Integer);
        let references = keyed(
            "knowledge_references",
            &[
                ("article_id", text),
                ("place", int),
                ("document_id", text),
                ("title_key", text),
                ("label", text),
                ("kind", text),
            ],
        );
        let questions = keyed(
            "knowledge_gap_questions",
            &[("collection_id", text), ("digest", text), ("question", text), ("count", time), ("last_at", time)],
        );
        for table in [references, questions] {
            manager.create_table(table).await?;
        }
        let mut index = Index::create();
        index.name("knowledge_references_target").table(Alias::new("knowledge_references"));
        for column in ["title_key", "label", "article_id"] {
            index.col(Alias::new(column));
        }
        manager.create_index(index).await
    }
}

struct Embeddings;

impl MigrationName for Embeddings {
    fn name(&self) -> &'static str {
        "knowledge_0003_embeddings"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Embeddings {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = &ColumnType::Text;
        // SQLite adds one column at a time.
        for (name, kind) in [("embedding", text), ("removed_at", &ColumnType::BigInteger)] {
            let mut collections = Table::alter();
            collections.table(Alias::new("knowledge_collections"));
            collections.add_column(ColumnDef::new_with_type(Alias::new(name), kind.clone()));
            manager.alter_table(collections).await?;
        }
        let pairs = keyed(
            "knowledge_training_pairs",
            &[
                ("collection_id", text),
                ("digest", text),
                ("question", text),
                ("article_id", text),
                ("marked_by", text),
                ("marked_at", &ColumnType::BigInteger),
            ],
        );
        manager.create_table(pairs).await
    }
}

/// A table whose first two columns are its key.
fn keyed(name: &str, columns: &[(&str, &ColumnType)]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name));
    let mut key = Index::create();
    for (at, (name, kind)) in columns.iter().enumerate() {
        table.col(ColumnDef::new_with_type(Alias::new(*name), (*kind).clone()).not_null());
        if at < 2 {
            key.col(Alias::new(*name));
        }
    }
    table.primary_key(&mut key);
    table
}

/// A table whose first column is its key; `optional` columns are texts that may be missing.
fn table(name: &str, columns: &[(&str, &ColumnType)], optional: &[&str]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for (at, (name, kind)) in columns.iter().enumerate() {
        let mut column = ColumnDef::new_with_type(Alias::new(*name), (*kind).clone());
        column.not_null();
        if at == 0 {
            column.primary_key();
        }
        table.col(column);
    }
    for name in optional {
        table.col(ColumnDef::new_with_type(Alias::new(*name), ColumnType::Text));
    }
    table
}
