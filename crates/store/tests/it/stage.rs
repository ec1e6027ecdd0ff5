//! Where a case plays: a store on one of the engines, a clock moved by hand, and a table of the tests' own.

use kernel::{Actor, Clock, Entropy, Timestamp, event::Deed, event::DeedOutcome, time::ManualClock};
use store::sea_orm::entity::prelude::*;
use store::sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Table};
use store::sea_orm::{ActiveValue::Set, DbErr};
use store::sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};
use store::{Options, Record, Store, Tx};

/// A store that can be opened, and opened again.
pub struct Stage {
    pub options: Options,
    pub clock: Clock,
    pub hand: ManualClock,
    pub folder: tempfile::TempDir,
}

impl Stage {
    pub fn sqlite() -> Self {
        Self::at(None)
    }

    pub fn postgres(url: String) -> Self {
        Self::at(Some(url))
    }

    fn at(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
        let options = Options { database_url, ..Options::folder(folder.path().join("data")) };
        Self { options, clock, hand, folder }
    }

    /// Another place with the same engine's options, to restore into. On PostgreSQL that needs a new database.
    pub fn beside(&self, database_url: Option<String>) -> Options {
        Options { database_url, ..Options::folder(self.folder.path().join("beside")) }
    }

    pub fn is_postgres(&self) -> bool {
        self.options.database_url.is_some()
    }

    pub async fn open(&self) -> Store {
        self.open_at(self.options.clone()).await
    }

    /// The store, and on PostgreSQL a second server on the same database.
    pub async fn servers(&self) -> Vec<Store> {
        let mut servers = vec![self.open().await];
        if self.is_postgres() {
            let folder = self.folder.path().join("second");
            servers.push(self.open_at(Options { folder, ..self.options.clone() }).await);
        }
        servers
    }

    pub async fn open_at(&self, options: Options) -> Store {
        Store::open(options, migrations(), self.clock.clone(), Entropy::seeded(1)).await.unwrap()
    }
}

pub fn actor() -> Actor {
    Actor::System { reason: "test".to_owned() }
}

/// A record about `subject`.
pub fn record<'a>(actor: &'a Actor, subject: &str) -> Record<'a> {
    Record {
        deed: Deed::AskStarted,
        actor,
        subject: subject.to_owned(),
        outcome: DeedOutcome::Done,
        reason: Some("核对投诉".to_owned()),
        details: serde_json::json!({"scenario": "policy_consultation", "chars": 12, "score": 0.1}),
        trace_id: "t-1".to_owned(),
    }
}

/// Writes a note and records it: what every deed of the platform looks like.
pub async fn write_note(store: &Store, id: &str) -> store::Result<i64> {
    store
        .write(|tx| {
            Box::pin(async move {
                insert_note(tx, id).await?;
                let actor = actor();
                Ok(store.audit().append(tx, record(&actor, id)).await?.seq)
            })
        })
        .await
}

pub async fn insert_note(tx: &Tx<'_>, id: &str) -> store::Result<()> {
    let row = notes::ActiveModel {
        id: Set(id.to_owned()),
        text: Set(Some(format!("笔记 {id}"))),
        bytes: Set(Some(vec![0, 1, 254, 255])),
        flag: Set(true),
        number: Set(i64::MAX),
        score: Set(0.1),
        tags: Set(Some(serde_json::json!(["a", {"b": 1}]))),
        parent: Set(None),
    };
    notes::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub async fn note_ids(store: &Store) -> Vec<String> {
    let mut ids: Vec<String> =
        notes::Entity::find().all(store.db()).await.unwrap().into_iter().map(|note| note.id).collect();
    ids.sort();
    ids
}

pub mod notes {
    use store::sea_orm;
    use store::sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub text: Option<String>,
        pub bytes: Option<Vec<u8>>,
        pub flag: bool,
        pub number: i64,
        pub score: f64,
        pub tags: Option<Json>,
        pub parent: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Notes)]
}

struct Notes;

impl MigrationName for Notes {
    fn name(&self) -> &'static str {
        "test_0001_notes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Notes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = notes::Column::Parent;
        let own = ForeignKey::create()
            .name("notes_parent")
            .from(notes::Entity, column)
            .to(notes::Entity, notes::Column::Id)
            .on_delete(ForeignKeyAction::Restrict)
            .to_owned();
        let mut table = Table::create();
        table
            .table(notes::Entity)
            .col(ColumnDef::new(notes::Column::Id).text().not_null().primary_key())
            .col(ColumnDef::new(notes::Column::Text).text())
            .col(ColumnDef::new(notes::Column::Bytes).blob())
            .col(ColumnDef::new(notes::Column::Flag).boolean().not_null())
            .col(ColumnDef::new(notes::Column::Number).big_integer().not_null())
            .col(ColumnDef::new(notes::Column::Score).double().not_null())
            .col(ColumnDef::new(notes::Column::Tags).json())
            .col(ColumnDef::new(column).text())
            .foreign_key(&mut own.clone());
        manager.create_table(table).await
    }
}
