//! Durable jobs: made once, taken once, tried again, never forgotten.

use std::collections::BTreeSet;

use kernel::Fault as _;
use kernel::ids::JobId;
use serde_json::json;
use store::{JobError, JobFilter, JobState, NewJob, Store};

use crate::stage::{Stage, actor, insert_note, note_ids};

const KIND: &str = "test.count";

async fn enqueue(store: &Store, key: Option<&str>) -> JobId {
    let tx = store.begin().await.unwrap();
    let job = NewJob { kind: KIND, key: key.map(str::to_owned), payload: json!({"n": 1}), actor: actor() };
    let id = store.jobs().enqueue(&tx, job).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn error() -> JobError {
    JobError { code: "test.failed".to_owned(), message: "it did not work".to_owned() }
}

pub async fn equal_jobs_are_made_once(stage: &Stage) {
    let store = stage.open().await;
    let first = enqueue(&store, Some("a")).await;
    assert_eq!(enqueue(&store, Some("a")).await, first);
    stage.hand.advance_secs(1);
    let other = enqueue(&store, Some("b")).await;
    assert_ne!(other, first);
    assert_ne!(enqueue(&store, None).await, enqueue(&store, None).await);
    assert_eq!(store.jobs().counts().await.unwrap().queued, 4);

    let claimed = store.jobs().claim(&[KIND], "w", 30).await.unwrap().unwrap();
    assert_eq!(claimed.job.id, first);
    assert_eq!(enqueue(&store, Some("a")).await, first);
    store.jobs().succeed(&claimed, &json!({"done": true})).await.unwrap();
    let again = enqueue(&store, Some("a")).await;
    assert_ne!(again, first);

    let job = store.jobs().get(&first).await.unwrap();
    assert_eq!((job.state, job.progress, job.result), (JobState::Succeeded, 1.0, Some(json!({"done": true}))));
    assert_eq!((job.key.as_deref(), job.payload, job.actor), (Some("a"), json!({"n": 1}), actor()));
    let absent = JobId::parse("job_none").unwrap();
    assert_eq!(store.jobs().get(&absent).await.unwrap_err().code(), "store.job_not_found");

    let queued = JobFilter { state: Some(JobState::Queued), kind: Some(KIND.to_owned()) };
    let newest: Vec<_> = store.jobs().list(&queued, None, 2).await.unwrap().into_iter().map(|job| job.id).collect();
    let older = store.jobs().list(&queued, newest.last(), 9).await.unwrap();
    assert_eq!((newest.len(), older.len()), (2, 2));
    assert!(older.iter().all(|job| job.id < newest[1]));
    let none = JobFilter { kind: Some("test.other".to_owned()), ..JobFilter::default() };
    assert_eq!(store.jobs().list(&none, None, 9).await.unwrap(), []);
}

pub async fn jobs_of_many_workers_are_taken_once(stage: &Stage) {
    let servers = stage.servers().await;
    let store = &servers[0];
    let mut made = BTreeSet::new();
    for _ in 0..40 {
        made.insert(enqueue(store, None).await);
    }
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..6 {
        let store = servers[worker % servers.len()].clone();
        workers.spawn(async move {
            let (worker, mut taken) = (format!("w{worker}"), Vec::new());
            // Rows that others hold are passed over, so an empty hand may only mean that all are held just now.
            while store.jobs().counts().await.unwrap().queued > 0 {
                if let Some(claimed) = store.jobs().claim(&[KIND], &worker, 30).await.unwrap() {
                    store.jobs().heartbeat(&claimed, 0.5, "half").await.unwrap();
                    taken.push(claimed.job.id.clone());
                    store.jobs().succeed(&claimed, &json!(null)).await.unwrap();
                }
            }
            taken
        });
    }
    let mut taken = Vec::new();
    while let Some(done) = workers.join_next().await {
        taken.extend(done.unwrap());
    }
    assert_eq!(taken.len(), 40);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), made);
    assert!(store.jobs().claim(&["test.other"], "w", 30).await.unwrap().is_none());
}

pub async fn a_lost_lease_returns_the_job(stage: &Stage) {
    let store = stage.open().await;
    let id = enqueue(&store, None).await;
    let first = store.jobs().claim(&[KIND], "first", 30).await.unwrap().unwrap();
    stage.hand.advance_secs(20);
    store.jobs().heartbeat(&first, 0.25, "25 of 100\0").await.unwrap();
    stage.hand.advance_secs(20);
    assert!(store.jobs().claim(&[KIND], "second", 30).await.unwrap().is_none());
    let job = store.jobs().get(&id).await.unwrap();
    assert_eq!((job.progress, job.note.as_str(), job.state), (0.25, "25 of 100\u{FFFD}", JobState::Running));

    stage.hand.advance_secs(11);
    let second = store.jobs().claim(&[KIND], "second", 30).await.unwrap().unwrap();
    assert_eq!((&second.job.id, second.job.attempts), (&id, 2));
    for lost in [
        store.jobs().heartbeat(&first, 0.5, "").await,
        store.jobs().succeed(&first, &json!(1)).await,
        store.jobs().fail(&first, &error(), true).await,
    ] {
        assert_eq!(lost.unwrap_err().code(), "store.job_lost");
    }
    store.jobs().succeed(&second, &json!(2)).await.unwrap();
    assert_eq!(store.jobs().get(&id).await.unwrap().result, Some(json!(2)));
    assert_eq!(store.jobs().succeed(&second, &json!(3)).await.unwrap_err().code(), "store.job_lost");
}

pub async fn failures_are_tried_again_or_not(stage: &Stage) {
    let store = stage.open().await;
    let id = enqueue(&store, Some("k")).await;
    for attempt in 1..6 {
        let claimed = store.jobs().claim(&[KIND], "w", 30).await.unwrap().unwrap();
        assert_eq!(claimed.job.attempts, attempt);
        store.jobs().fail(&claimed, &error(), true).await.unwrap();
        let job = store.jobs().get(&id).await.unwrap();
        assert_eq!((job.state, job.error), (JobState::Queued, Some(error())));
        // 2, 4, 8 … seconds and up to a quarter more.
        let pause = 1_i64 << attempt;
        stage.hand.advance_secs(pause - 1);
        assert!(store.jobs().claim(&[KIND], "w", 30).await.unwrap().is_none(), "after try {attempt}");
        stage.hand.advance_secs(pause / 4 + 2);
    }
    let last = store.jobs().claim(&[KIND], "w", 30).await.unwrap().unwrap();
    store.jobs().fail(&last, &error(), true).await.unwrap();
    let job = store.jobs().get(&id).await.unwrap();
    assert_eq!((job.state, job.attempts, job.finished_at.is_some()), (JobState::Failed, 6, true));

    let id = enqueue(&store, Some("k")).await;
    let claimed = store.jobs().claim(&[KIND], "w", 30).await.unwrap().unwrap();
    store.jobs().fail(&claimed, &JobError::of(&store::Error::ReadOnly), false).await.unwrap();
    let job = store.jobs().get(&id).await.unwrap();
    assert_eq!((job.state, job.error.unwrap().code.as_str()), (JobState::Failed, "store.read_only"));
    assert_eq!(store.jobs().counts().await.unwrap().failed, 2);
}

pub async fn endless_jobs_are_given_up(stage: &Stage) {
    let store = stage.open().await;
    let id = enqueue(&store, None).await;
    let mut tries = 0;
    while store.jobs().claim(&[KIND], "w", 30).await.unwrap().is_some() {
        tries += 1;
        stage.hand.advance_secs(31);
    }
    assert_eq!(tries, 6);
    let job = store.jobs().get(&id).await.unwrap();
    assert_eq!((job.state, job.error.unwrap().code.as_str()), (JobState::Failed, "store.job_abandoned"));
}

pub async fn results_commit_with_the_work(stage: &Stage) {
    let store = stage.open().await;
    let id = enqueue(&store, None).await;
    let claimed = store.jobs().claim(&[KIND], "w", 30).await.unwrap().unwrap();
    let tx = store.begin().await.unwrap();
    insert_note(&tx, "undone").await.unwrap();
    store.jobs().succeed_in(&tx, &claimed, &json!(1)).await.unwrap();
    drop(tx);
    assert_eq!(store.jobs().get(&id).await.unwrap().state, JobState::Running);

    let tx = store.begin().await.unwrap();
    insert_note(&tx, "done").await.unwrap();
    store.jobs().succeed_in(&tx, &claimed, &json!(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.jobs().get(&id).await.unwrap().state, JobState::Succeeded);
    assert_eq!(note_ids(&store).await, ["done"]);
}

pub async fn running_jobs_go_on_after_a_restart(stage: &Stage) {
    let store = stage.open().await;
    let id = enqueue(&store, None).await;
    let before = store.jobs().claim(&[KIND], "before", 3_600).await.unwrap().unwrap();
    store.close().await;
    drop(store);

    let store = stage.open().await;
    let after = store.jobs().claim(&[KIND], "after", 30).await.unwrap();
    if stage.is_postgres() {
        // Another server may hold it: only the lease decides.
        assert!(after.is_none());
        store.jobs().succeed(&before, &json!(null)).await.unwrap();
    } else {
        assert_eq!(after.unwrap().job.id, id);
        assert_eq!(store.jobs().succeed(&before, &json!(null)).await.unwrap_err().code(), "store.job_lost");
    }
}
