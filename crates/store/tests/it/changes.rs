//! The change log: who follows it sees everything, in order.

use crate::stage::Stage;

pub async fn followers_miss_nothing(stage: &Stage) {
    let store = stage.open().await;
    let mut signal = store.changes().watch();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..6 {
        let store = store.clone();
        tasks.spawn(async move {
            for n in 0..10 {
                let tx = store.begin().await.unwrap();
                let topic = if n % 5 == 4 { "other" } else { "knowledge" };
                store.changes().append(&tx, topic, &format!("{task}-{n}")).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    let (mut seen, mut last) = (Vec::new(), 0);
    while seen.len() < 48 {
        let found = store.changes().after("knowledge", last, 7).await.unwrap();
        match found.last() {
            Some(change) => last = change.seq,
            None => signal.changed().await.unwrap(),
        }
        seen.extend(found);
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert!(seen.is_sorted_by_key(|change| change.seq));
    let all = store.changes().after("knowledge", 0, 1_000).await.unwrap();
    assert_eq!(seen, all);
    assert_eq!(store.changes().latest("knowledge").await.unwrap(), last);
    assert_eq!(store.changes().latest("nothing").await.unwrap(), 0);
}
