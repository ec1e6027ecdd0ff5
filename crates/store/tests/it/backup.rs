//! Backup and restore: made while the platform works, restored on either engine, compared with what it was.

use std::path::Path;

use kernel::{Entropy, Fault as _};
use serde_json::json;
use store::sea_orm::{ConnectionTrait as _, Database, EntityTrait as _};
use store::{BlobRef, NewJob, Options, Store};

use crate::stage::{self, Stage, actor, insert_note, notes, write_note};

async fn restore(stage: &Stage, backup: &Path, options: &Options) -> store::Result<store::Restored> {
    Store::restore(backup, options.clone(), stage::migrations(), stage.clock.clone(), Entropy::seeded(2)).await
}

/// An empty place of the same engine.
async fn empty_place(stage: &Stage, name: &str) -> Options {
    let url = match &stage.options.database_url {
        None => None,
        Some(url) => {
            let server = Database::connect(url).await.unwrap();
            let (mine, rest) = url.split_once('?').unwrap();
            let database = format!("{}_{name}", mine.rsplit('/').next().unwrap());
            server.execute_unprepared(&format!("CREATE DATABASE \"{database}\"")).await.unwrap();
            Some(format!("{}/{database}?{rest}", mine.rsplit_once('/').unwrap().0))
        }
    };
    Options { folder: stage.folder.path().join(name), ..stage.beside(url) }
}

pub async fn a_backup_made_while_writing_restores(stage: &Stage) {
    let store = stage.open().await;
    let mut blobs = Vec::new();
    for n in 0..20 {
        write_note(&store, &format!("before-{n:02}")).await.unwrap();
        blobs.push(store.blobs().put(format!("文件 {n}")).await.unwrap());
    }
    let writer = {
        let store = store.clone();
        async move {
            for n in 0..40 {
                store.blobs().put(format!("later {n}")).await.unwrap();
                write_note(&store, &format!("while-{n:02}")).await.unwrap();
            }
        }
    };
    let path = stage.folder.path().join("backup");
    // What a backup that was killed left behind is no hindrance.
    std::fs::create_dir_all(stage.folder.path().join("backup.partial/tables")).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(writer);
    let manifest = store.backup(&path).await.unwrap();
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert!(manifest.audit_ok);
    assert!(!stage.folder.path().join("backup.partial").exists());
    assert_eq!(store.backup(&path).await.unwrap_err().code(), "store.backup_unusable");

    let place = empty_place(stage, "again").await;
    let restored = restore(stage, &path, &place).await.unwrap();
    assert!(restored.audit.ok);
    assert_eq!((restored.audit.entries, &restored.audit.head), (manifest.audit_entries, &manifest.audit_head));
    let copy = stage.open_at(place.clone()).await;
    let ids = stage::note_ids(&copy).await;
    assert_eq!(i64::try_from(ids.len()).unwrap(), manifest.audit_entries);
    assert!(ids.len() >= 20);
    for blob in &blobs {
        assert_eq!(copy.blobs().get(blob).await.unwrap(), store.blobs().get(blob).await.unwrap());
    }
    // The copy goes on where the original stood.
    let next = write_note(&copy, "after").await.unwrap();
    assert_eq!(next, manifest.audit_entries + 1);
    assert!(copy.audit().verify().await.unwrap().ok);
    copy.close().await;
    drop(copy);
    let twice = restore(stage, &path, &place).await.unwrap_err();
    assert_eq!(twice.code(), "store.backup_unusable", "{twice}");
}

pub async fn every_kind_of_value_comes_back(stage: &Stage) {
    let store = stage.open().await;
    let tx = store.begin().await.unwrap();
    insert_note(&tx, "plain").await.unwrap();
    let odd = |id: &str, parent: Option<&str>| notes::Model {
        id: id.to_owned(),
        text: Some("\\x41 \"quoted\" \n 民法典 \u{1F600}".to_owned()),
        bytes: None,
        flag: false,
        number: i64::MIN,
        score: 1.0 / 3.0,
        tags: Some(json!("5")),
        parent: parent.map(str::to_owned),
    };
    for row in [odd("z-parent", None), odd("a-child", Some("z-parent"))] {
        notes::Entity::insert(notes::ActiveModel::from(row)).exec_without_returning(&tx).await.unwrap();
    }
    store.changes().append(&tx, "knowledge", "doc_1").await.unwrap();
    store.settings().set(&tx, "agency.name", "四川省").await.unwrap();
    let job = NewJob { kind: "test.job", key: Some("k".to_owned()), payload: json!({"a": [1]}), actor: actor() };
    let job = store.jobs().enqueue(&tx, job).await.unwrap();
    tx.commit().await.unwrap();
    let wanted = notes::Entity::find().all(store.db()).await.unwrap();

    // Over the other engine and back: SQLite in any case, then the engine of this stage again.
    let (there, back) = (stage.folder.path().join("there"), stage.folder.path().join("back"));
    let first = store.backup(&there).await.unwrap();
    let between = Options::folder(stage.folder.path().join("between"));
    restore(stage, &there, &between).await.unwrap();
    let copy = stage.open_at(between).await;
    assert_eq!(notes::Entity::find().all(copy.db()).await.unwrap(), wanted);
    let second = copy.backup(&back).await.unwrap();
    assert_eq!((&second.audit_head, &second.blobs_sm3), (&first.audit_head, &first.blobs_sm3));
    let place = empty_place(stage, "home").await;
    restore(stage, &back, &place).await.unwrap();
    let home = stage.open_at(place).await;
    let found = notes::Entity::find().all(home.db()).await.unwrap();
    assert_eq!(found, wanted);
    assert_eq!(home.settings().get("agency.name").await.unwrap().as_deref(), Some("四川省"));
    assert_eq!(home.jobs().get(&job).await.unwrap(), store.jobs().get(&job).await.unwrap());

    // Numbers go on after the restored ones, and the rules between tables hold again.
    let tx = home.begin().await.unwrap();
    assert!(home.changes().append(&tx, "knowledge", "doc_2").await.unwrap() > 1);
    tx.commit().await.unwrap();
    assert_eq!(home.changes().after("knowledge", 0, 9).await.unwrap().len(), 2);
    let tx = home.begin().await.unwrap();
    assert!(tx.execute_unprepared("DELETE FROM notes WHERE id = 'z-parent'").await.is_err());
}

pub async fn altered_backups_are_refused(stage: &Stage) {
    let store = stage.open().await;
    write_note(&store, "a").await.unwrap();
    let blob = store.blobs().put("a blob").await.unwrap();
    let other = BlobRef::of(b"another");
    let path = stage.folder.path().join("backup");
    store.backup(&path).await.unwrap();
    let shelf = |name: &BlobRef| format!("blobs/{}/{name}", name.as_str().split_at(2).0);
    let (blob, other) = (shelf(&blob), shelf(&other));
    let read = |file: &str| std::fs::read_to_string(path.join(file)).unwrap();
    let (notes, audit, manifest) = (read("tables/notes.jsonl"), read("tables/audit.jsonl"), read("manifest.json"));
    let cases = [
        ("tables/notes.jsonl", notes.replace("笔记", "笔  记"), "store.backup_unusable"),
        ("tables/notes.jsonl", notes.replace("\"id\"", "\"di\""), "store.backup_unusable"),
        ("tables/notes.jsonl", String::new(), "store.backup_unusable"),
        ("tables/notes.jsonl", "{".to_owned(), "store.backup_unusable"),
        ("tables/audit.jsonl", audit.replace("ask.started", "ask.finished"), "store.backup_unusable"),
        ("manifest.json", manifest.replace("\"format\": 1", "\"format\": 2"), "store.backup_unusable"),
        ("manifest.json", manifest.replace("\"blobs\": 1", "\"blob\": 1"), "store.backup_unusable"),
        ("manifest.json", manifest.replace("test_0001_notes", "test_0002_later"), "store.newer_schema"),
        (blob.as_str(), "a b1ob".to_owned(), "store.backup_unusable"),
        (other.as_str(), "another".to_owned(), "store.backup_unusable"),
    ];
    let place = empty_place(stage, "place").await;
    for (file, altered, code) in cases {
        let file = path.join(file);
        let before = std::fs::read(&file).ok();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &altered).unwrap();
        let error = restore(stage, &path, &place).await.unwrap_err();
        assert_eq!(error.code(), code, "{}: {altered:.40}: {error}", file.display());
        match before {
            Some(before) => std::fs::write(&file, before).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
    }
    let missing = path.join(&blob);
    let bytes = std::fs::read(&missing).unwrap();
    std::fs::remove_file(&missing).unwrap();
    assert_eq!(restore(stage, &path, &place).await.unwrap_err().code(), "store.backup_unusable");
    std::fs::write(&missing, bytes).unwrap();
    // Nothing of all that stayed: the place is still empty.
    assert!(restore(stage, &path, &place).await.unwrap().audit.ok);
}
