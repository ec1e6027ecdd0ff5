//! What goes wrong around the store: a locked folder, a later version, a full disk, a database that is gone.

use kernel::{Entropy, Fault as _};
use store::sea_orm::{ConnectionTrait as _, Statement};
use store::sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};
use store::{Error, Options, Store, sea_orm};

use crate::stage::{self, Stage, insert_note, note_ids, write_note};

async fn open(stage: &Stage, options: &Options) -> Result<Store, Error> {
    Store::open(options.clone(), stage::migrations(), stage.clock.clone(), Entropy::seeded(3)).await
}

pub async fn a_second_process_is_turned_away(stage: &Stage) {
    let store = stage.open().await;
    let error = open(stage, &stage.options).await.unwrap_err();
    assert_eq!(error.code(), "store.folder_locked");
    assert!(error.to_string().contains(&stage.options.folder.display().to_string()), "{error}");
    assert!(error.next_step().is_some());
    if stage.is_postgres() {
        let other = Options { folder: stage.folder.path().join("other"), ..stage.options.clone() };
        let second = open(stage, &other).await.unwrap();
        write_note(&second, "from the second server").await.unwrap();
        write_note(&store, "from the first").await.unwrap();
        assert_eq!(store.audit().verify().await.unwrap().entries, 2);
    }
}

struct Later;

impl MigrationName for Later {
    fn name(&self) -> &'static str {
        "test_0002_later"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Later {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm::DbErr> {
        manager.get_connection().execute_unprepared("CREATE TABLE later (id text)").await?;
        Ok(())
    }
}

struct Broken;

impl MigrationName for Broken {
    fn name(&self) -> &'static str {
        "test_0003_broken"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Broken {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm::DbErr> {
        manager.get_connection().execute_unprepared("CREATE TABLE half_done (id text)").await?;
        manager.get_connection().execute_unprepared("this is not SQL").await?;
        Ok(())
    }
}

pub async fn later_versions_are_refused(stage: &Stage) {
    let with = async |extra: Vec<Box<dyn MigrationTrait>>| {
        let mut list = stage::migrations();
        list.extend(extra);
        let store = Store::open(stage.options.clone(), list, stage.clock.clone(), Entropy::seeded(3)).await?;
        store.close().await;
        Ok::<_, Error>(())
    };
    with(vec![]).await.unwrap();
    // A migration that fails takes those of the same start with it.
    assert!(with(vec![Box::new(Later), Box::new(Broken)]).await.is_err());
    with(vec![]).await.unwrap();
    with(vec![Box::new(Later)]).await.unwrap();
    with(vec![Box::new(Later)]).await.unwrap();
    let error = with(vec![]).await.unwrap_err();
    assert_eq!(error.code(), "store.newer_schema");
    assert!(error.to_string().contains("test_0002_later"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stores_nothing_by_half_and_is_survived() {
    let stage = Stage::sqlite();
    let store = stage.open().await;
    write_note(&store, "before").await.unwrap();
    let long = "长".repeat(100_000);
    for n in 0..5 {
        // No page more than there is. The limit goes with the connection, which is given up after the failure.
        let tx = store.begin().await.unwrap();
        let limit = Statement::from_string(tx.get_database_backend(), "PRAGMA max_page_count = 1");
        tx.query_one_raw(limit).await.unwrap();
        tx.commit().await.unwrap();

        let id = format!("full-{n}");
        let written = store.write(|tx| {
            let (id, long, store) = (&id, &long, &store);
            Box::pin(async move {
                insert_note(tx, id).await?;
                store.settings().set(tx, "long", long).await?;
                Ok::<_, Error>(())
            })
        });
        let error = written.await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("store.disk_full", kernel::Kind::Unavailable));
        assert_eq!(note_ids(&store).await, ["before"]);
    }
    write_note(&store, "zafter").await.unwrap();
    assert_eq!(note_ids(&store).await, ["before", "zafter"]);
    assert!(store.audit().verify().await.unwrap().ok);
    assert!(store.status().await.ok);
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_for_a_while_comes_back() {
    let Some(mut server) = store::testing::Postgres::start() else { return };
    let stage = Stage::postgres(server.database("gone").await.unwrap());
    let store = stage.open().await;
    write_note(&store, "before").await.unwrap();
    let half = store.begin().await.unwrap();
    insert_note(&half, "half").await.unwrap();

    server.stop();
    for error in [
        half.commit().await.unwrap_err(),
        write_note(&store, "lost").await.unwrap_err(),
        store.changes().latest("knowledge").await.unwrap_err(),
        open(&stage, &Options { folder: stage.folder.path().join("other"), ..stage.options.clone() })
            .await
            .unwrap_err(),
    ] {
        assert_eq!((error.code(), error.kind()), ("store.unavailable", kernel::Kind::Unavailable), "{error:?}");
    }
    assert!(!store.status().await.ok);

    server.go_on().unwrap();
    write_note(&store, "zafter").await.unwrap();
    assert_eq!(note_ids(&store).await, ["before", "zafter"]);
    assert!(store.audit().verify().await.unwrap().ok);
}

#[tokio::test]
async fn what_is_no_database_is_named() {
    let stage = Stage::sqlite();
    std::fs::create_dir_all(&stage.options.folder).unwrap();
    std::fs::write(stage.options.folder.join("shuzheng.db"), "this was never a database".repeat(400)).unwrap();
    assert_eq!(open(&stage, &stage.options).await.unwrap_err().code(), "store.damaged");

    let secret =
        Options { database_url: Some("postgres://user:hunter2@host:notaport/x".to_owned()), ..stage.beside(None) };
    let error = open(&stage, &secret).await.unwrap_err();
    assert_eq!(error.code(), "store.bad_options");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");

    let file = stage.folder.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(open(&stage, &Options::folder(&file)).await.unwrap_err().code(), "store.folder_unusable");
    let absent = Options::folder(stage.folder.path().join("absent"));
    let reader = Store::open_read_only(absent, stage.clock.clone(), Entropy::seeded(3)).await;
    assert_eq!(reader.unwrap_err().code(), "store.folder_unusable");
}
