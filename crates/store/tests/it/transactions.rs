//! Transactions: all or nothing, one writer after the other.

use kernel::Fault as _;
use store::Error;
use store::sea_orm::{ConnectionTrait as _, EntityTrait as _};

use crate::stage::{Stage, insert_note, note_ids, notes};

pub async fn written_together_or_not_at_all(stage: &Stage) {
    let store = stage.open().await;
    let failed: Result<(), Error> = store
        .write(|tx| {
            Box::pin(async move {
                insert_note(tx, "a").await?;
                Err(Error::ReadOnly)
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(note_ids(&store).await, Vec::<String>::new());

    let borrowed = String::from("b");
    let kept: Result<usize, Error> = store
        .write(|tx| {
            Box::pin(async {
                insert_note(tx, &borrowed).await?;
                insert_note(tx, "c").await?;
                Ok(borrowed.len())
            })
        })
        .await;
    assert_eq!(kept.unwrap(), 1);
    assert_eq!(note_ids(&store).await, ["b", "c"]);
    store.close().await;
    drop(store);
    assert_eq!(note_ids(&stage.open().await).await, ["b", "c"]);
}

pub async fn an_abandoned_transaction_leaves_nothing(stage: &Stage) {
    let store = stage.open().await;
    for round in 0..20 {
        let tx = store.begin().await.unwrap();
        insert_note(&tx, &format!("dropped-{round}")).await.unwrap();
        drop(tx);
        // A caller that goes away in the middle: the future is dropped where it waits.
        let write = store.write(|tx| {
            Box::pin(async move {
                insert_note(tx, &format!("cancelled-{round}")).await?;
                futures::future::pending::<()>().await;
                Ok::<_, Error>(())
            })
        });
        let _ = futures::future::select(Box::pin(write), Box::pin(store.jobs().counts())).await;
    }
    let tx = store.begin().await.unwrap();
    insert_note(&tx, "kept").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(note_ids(&store).await, ["kept"]);
}

pub async fn writers_take_turns(stage: &Stage) {
    let store = stage.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                store
                    .write(|tx| {
                        let store = store.clone();
                        Box::pin(async move {
                            let count = store.settings().get_in(tx, "count").await?.unwrap_or_default();
                            let next = count.parse::<u32>().unwrap_or_default() + 1;
                            store.settings().set(tx, "count", &next.to_string()).await
                        })
                    })
                    .await
                    .unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(store.settings().get("count").await.unwrap().as_deref(), Some("60"));
}

pub async fn reading_connections_cannot_write(stage: &Stage) {
    let store = stage.open().await;
    let refused = store.db().execute_unprepared("DELETE FROM settings").await.unwrap_err();
    assert_eq!(Error::from(refused).code(), "store.read_only");

    let reader = store::Store::open_read_only(stage.options.clone(), stage.clock.clone(), store.entropy().clone());
    let reader = reader.await.unwrap();
    assert_eq!(reader.begin().await.unwrap_err().code(), "store.read_only");
    assert!(notes::Entity::find().one(reader.db()).await.unwrap().is_none());
    assert!(reader.status().await.ok);
}

pub async fn a_broken_rule_has_its_own_error(stage: &Stage) {
    let store = stage.open().await;
    let twice: Result<(), Error> = store
        .write(|tx| {
            Box::pin(async move {
                insert_note(tx, "a").await?;
                insert_note(tx, "a").await
            })
        })
        .await;
    assert_eq!(twice.unwrap_err().code(), "store.duplicate");
    assert_eq!(note_ids(&store).await, Vec::<String>::new());
}

pub async fn settings_are_kept(stage: &Stage) {
    let store = stage.open().await;
    for value in ["四川省", "成都市"] {
        let tx = store.begin().await.unwrap();
        store.settings().set(&tx, "agency.name", value).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(store.settings().get("agency.name").await.unwrap().as_deref(), Some("成都市"));
    assert_eq!(store.settings().get("nothing").await.unwrap(), None);
}
