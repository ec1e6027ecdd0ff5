//! Background work: one line per worker. Work that must survive is a job in the store; a worker only takes it.

use std::sync::Arc;
use std::time::Duration;

use egress::{CallOutcome, CallRecord};
use kernel::Actor;
use kernel::event::{Deed, DeedOutcome};
use serde_json::json;
use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::wiring::Platform;

/// How often the audit chain is verified.
const VERIFY_SECS: u64 = 6 * 3600;
/// How often entries past their term are looked for.
const SHORTEN_SECS: u64 = 24 * 3600;

/// How often the queue of reviews is looked at when nothing changes.
const TEND_REVIEWS: Duration = Duration::from_secs(5);
/// How often the clocks of work orders are looked at.
const HOTLINE_SECS: u64 = 60;

/// How long a job stays with a worker that says nothing.
const LEASE_SECS: i64 = 120;

/// Starts the workers. They end when `draining` becomes true.
pub fn start(platform: &Arc<Platform>, draining: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    workers.spawn(until(draining.clone(), import(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), watch_hotline(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), batches(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), follow_index(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), embed_articles(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), follow_policies(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), tend_models(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), record_calls(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), verify_audit(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), shorten_audit(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), tend_reviews(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), follow_corrections(Arc::clone(platform))));
    workers.spawn(until(draining.clone(), probe_models(Arc::clone(platform))));
    workers
}

/// Runs something whose end nobody waits for. The one place that does.
#[expect(clippy::disallowed_methods, reason = "the one place that detaches work")]
pub fn detach(work: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(work));
}

pub(crate) async fn until(mut draining: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = draining.wait_for(|draining| *draining) => {}
    }
}

/// Takes import jobs. One cut off by the drain is given back by its lease and goes on after the next start.
async fn import(platform: Arc<Platform>) {
    let worker = format!("import-{}", platform.store.entropy().hex::<4>());
    let mut signal = platform.store.jobs().watch();
    loop {
        match platform.store.jobs().claim(&[knowledge::IMPORT_JOB], &worker, LEASE_SECS).await {
            Ok(Some(claimed)) => {
                if let Err(error) = platform.knowledge.run_import(&claimed).await {
                    // The job is still in the store; its lease gives it back.
                    tracing::warn!(job = %claimed.job.id, code = kernel::Fault::code(&error), "an import stopped");
                }
            }
            Ok(None) => drop(tokio::time::timeout(Duration::from_secs(2), signal.changed()).await),
            Err(error) => {
                tracing::warn!(code = kernel::Fault::code(&error), "no job could be taken");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

/// Looks at the clocks of the hotline once a minute: marks what ran out and reminds departments.
async fn watch_hotline(platform: Arc<Platform>) {
    let cx = loop {
        tokio::time::sleep(Duration::from_secs(HOTLINE_SECS)).await;
        // A hotline without work orders leaves no record of having been looked at.
        match platform.hotline.has_open_orders().await {
            Ok(false) => {}
            Ok(true) => match identity::Cx::system(&platform.store, "hotline clocks").await {
                Ok(cx) => break cx,
                Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "the hotline's clocks wait"),
            },
            Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "the hotline's clocks wait"),
        }
    };
    loop {
        match Box::pin(platform.hotline.watch_clocks(&cx)).await {
            Ok((0, 0)) => {}
            Ok((overdue, reminded)) => tracing::info!(overdue, reminded, "work orders were reminded of their time"),
            Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "the hotline's clocks could not be read"),
        }
        tokio::time::sleep(Duration::from_secs(HOTLINE_SECS)).await;
    }
}

/// Takes batches of matching: all kept enterprises against all published policies.
async fn batches(platform: Arc<Platform>) {
    let worker = format!("matching-{}", platform.store.entropy().hex::<4>());
    let mut signal = platform.store.jobs().watch();
    loop {
        match platform.store.jobs().claim(&[assistant::entitlements::BATCH_JOB], &worker, LEASE_SECS).await {
            Ok(Some(claimed)) => {
                let done = async {
                    let cx = identity::Cx::system(&platform.store, "matching batch").await?;
                    Box::pin(platform.assistant.run_batch(&cx, &claimed)).await
                };
                if let Err(error) = done.await {
                    tracing::warn!(job = %claimed.job.id, code = kernel::Fault::code(&error), "a batch stopped");
                }
            }
            Ok(None) => drop(tokio::time::timeout(Duration::from_secs(2), signal.changed()).await),
            Err(error) => {
                tracing::warn!(code = kernel::Fault::code(&error), "no batch could be taken");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

/// Lets the index follow what other servers wrote.
async fn follow_index(platform: Arc<Platform>) {
    let mut changes = platform.store.changes().watch();
    loop {
        if let Err(error) = platform.knowledge.follow().await {
            tracing::warn!(code = kernel::Fault::code(&error), "the index could not follow the store");
        }
        // Changes of this server signal; those of others are looked for.
        drop(tokio::time::timeout(Duration::from_secs(2), changes.changed()).await);
    }
}

/// Looks after the queue of reviews: claims that ran out, deadlines that passed, what nobody can decide.
async fn tend_reviews(platform: Arc<Platform>) {
    let scenarios = platform.assistant.scenarios().clone();
    let is_known = |id: &kernel::ids::ScenarioId| scenarios.get(id).is_some();
    let mut changes = platform.store.changes().watch();
    let mut acting = None;
    loop {
        let cx = match acting.take() {
            Some(cx) => Ok(cx),
            None => identity::Cx::system(&platform.store, "tending the reviews").await,
        };
        match cx {
            Ok(cx) => {
                if let Err(error) = platform.assistant.reviews().tend(&cx, &is_known).await {
                    tracing::warn!(code = kernel::Fault::code(&error), "the reviews could not be tended");
                }
                acting = Some(cx);
            }
            Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "the reviews could not be tended"),
        }
        drop(tokio::time::timeout(TEND_REVIEWS, changes.changed()).await);
        // Changes come in swarms; one look a second sees them all.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Gets articles the vectors that they wait for. An endpoint that is down is asked again after a while.
async fn embed_articles(platform: Arc<Platform>) {
    let mut changes = platform.store.changes().watch();
    loop {
        let pause = match platform.knowledge.embed_waiting().await {
            Ok(_) => Duration::from_secs(5),
            // The endpoint's silence was logged when it began.
            Err(knowledge::Error::Embedding(_)) => Duration::from_secs(30),
            Err(error) => {
                tracing::warn!(code = kernel::Fault::code(&error), "articles wait for their vectors");
                Duration::from_secs(30)
            }
        };
        drop(tokio::time::timeout(pause, changes.changed()).await);
    }
}

/// Sends corrections whose articles changed back to review: at start, and whenever knowledge changed.
async fn follow_corrections(platform: Arc<Platform>) {
    let Ok(cx) = identity::Cx::system(&platform.store, "following the corrections").await else { return };
    let mut seen = None;
    loop {
        match platform.store.changes().latest("knowledge").await {
            Ok(latest) if seen == Some(latest) => {}
            Ok(latest) => match platform.assistant.follow_corrections(&cx).await {
                Ok(_) => seen = Some(latest),
                Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "corrections could not be followed"),
            },
            Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "corrections could not be followed"),
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// Probes the models and throws their switches, where the policy says so.
async fn probe_models(platform: Arc<Platform>) {
    if !platform.probes.enabled {
        return;
    }
    let Ok(cx) = identity::Cx::system(&platform.store, "probing the models").await else { return };
    let mut memory = assistant::switches::ProbeMemory::default();
    loop {
        tokio::time::sleep(Duration::from_secs(platform.probes.every_secs.max(1))).await;
        if let Err(error) = platform.assistant.probe(&cx, &platform.probes, &mut memory).await {
            tracing::warn!(code = kernel::Fault::code(&error), "the models could not be probed");
        }
    }
}

/// Follows the policies that other servers and the data folder changed.
async fn follow_policies(platform: Arc<Platform>) {
    let mut changes = platform.store.changes().watch();
    loop {
        drop(tokio::time::timeout(Duration::from_secs(2), changes.changed()).await);
        let followed: Result<(), identity::Error> = async {
            platform.identity.follow_fence().await?;
            platform.folder_fence.look(&platform.identity).await
        }
        .await;
        if let Err(error) = followed {
            tracing::warn!(code = kernel::Fault::code(&error), "the policies could not be followed; the old ones stay");
        }
        let written: Result<(), security::Error> = async {
            platform.security.follow().await?;
            platform.security.flush().await
        }
        .await;
        if let Err(error) = written {
            tracing::warn!(code = kernel::Fault::code(&error), "security could not follow the store");
        }
    }
}

/// Verifies the audit chain now and then; a broken one is an error in the log and a measure.
async fn verify_audit(platform: Arc<Platform>) {
    // Not in the first second: the server should be ready before it looks back.
    tokio::time::sleep(Duration::from_secs(5)).await;
    loop {
        match platform.store.audit().verify().await {
            Ok(report) => {
                if !report.ok {
                    tracing::error!(first_bad = report.first_bad, "the audit chain is broken");
                }
                platform.remember_verification(&report);
            }
            Err(error) => tracing::warn!(code = kernel::Fault::code(&error), "the audit chain could not be verified"),
        }
        tokio::time::sleep(Duration::from_secs(VERIFY_SECS)).await;
    }
}

/// Takes the details of entries past their term away, where `policies/retention.toml` names classes.
async fn shorten_audit(platform: Arc<Platform>) {
    if platform.retention.is_empty() {
        return;
    }
    loop {
        for class in &platform.retention {
            match platform.store.audit().shorten(class).await {
                Ok(0) => {}
                Ok(entries) => tracing::info!(class = class.name(), entries, "details came to the end of their term"),
                Err(error) => {
                    tracing::warn!(
                        class = class.name(),
                        code = kernel::Fault::code(&error),
                        "details wait for their end"
                    );
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(SHORTEN_SECS)).await;
    }
}

/// Keeps the model gateway in step with the store: heartbeats, changes and budgets of other servers.
async fn tend_models(platform: Arc<Platform>) {
    loop {
        if let Err(error) = platform.assistant.models().tend().await {
            tracing::warn!(code = kernel::Fault::code(&error), "the model gateway could not follow the store");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Brings calls of models from the journal into the store. What the drain cuts off is read at the next start.
async fn record_calls(platform: Arc<Platform>) {
    loop {
        if let Err(error) = platform.assistant.models().meter().drain().await {
            tracing::error!(code = kernel::Fault::code(&error), "calls of models could not be recorded");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Calls of one batch that differ in nothing but their size and time: one entry, with how many they were.
struct EgressEntry {
    first: CallRecord,
    calls: u64,
    sent_bytes: u64,
    received_bytes: u64,
    most_millis: i64,
}

impl EgressEntry {
    fn takes(&self, call: &CallRecord) -> bool {
        let one = &self.first;
        let same = (&one.entry, &one.place, &one.region, one.address, one.purpose, one.level);
        // What was refused or failed stands for itself.
        matches!(call.outcome, CallOutcome::Answered { .. })
            && self.first.outcome == call.outcome
            && same == (&call.entry, &call.place, &call.region, call.address, call.purpose, call.level)
    }

    fn add(&mut self, call: &CallRecord) {
        self.calls += 1;
        self.sent_bytes += call.sent_bytes;
        self.received_bytes += call.received_bytes;
        self.most_millis = self.most_millis.max(call.millis);
    }

    fn details(&self) -> serde_json::Value {
        let (call, ending) = (
            &self.first,
            match self.first.outcome {
                CallOutcome::Answered { status } => json!({ "status": status }),
                CallOutcome::Refused { code } | CallOutcome::Failed { code } => json!({ "code": code }),
                CallOutcome::Abandoned => json!({ "code": "abandoned" }),
            },
        );
        json!({
            "place": call.place,
            "region": call.region,
            "address": call.address.map(|address| address.to_string()),
            "purpose": call.purpose.as_str(),
            "level": call.level,
            "calls": self.calls,
            "sent_bytes": self.sent_bytes,
            "received_bytes": self.received_bytes,
            "millis": self.most_millis,
            "ending": ending,
        })
    }
}

/// Writes calls that left, or were refused at the door, into the audit log: those that came together in one transaction.
pub async fn record_egress(store: Store, security: security::Security, mut calls: mpsc::UnboundedReceiver<CallRecord>) {
    const TOGETHER: usize = 2_000;
    let mut refusals = std::collections::HashMap::new();
    let actor = Actor::System { reason: "egress".to_owned() };
    let mut some = Vec::new();
    while calls.recv_many(&mut some, TOGETHER).await > 0 {
        let many = some.len() > 1;
        let mut entries: Vec<EgressEntry> = Vec::new();
        for call in some.drain(..) {
            crate::watch::egress(&security, &call, &mut refusals).await;
            match entries.iter_mut().find(|entry| entry.takes(&call)) {
                Some(entry) => entry.add(&call),
                None => {
                    let (sent_bytes, received_bytes, most_millis) = (call.sent_bytes, call.received_bytes, call.millis);
                    entries.push(EgressEntry { first: call, calls: 1, sent_bytes, received_bytes, most_millis });
                }
            }
        }
        let records = entries.iter().map(|entry| store::Record {
            deed: Deed::EgressCalled,
            actor: &actor,
            subject: entry.first.entry.clone().unwrap_or_else(|| "no entry".to_owned()),
            outcome: match entry.first.outcome {
                CallOutcome::Answered { .. } => DeedOutcome::Done,
                CallOutcome::Refused { .. } => DeedOutcome::Refused,
                CallOutcome::Failed { .. } | CallOutcome::Abandoned => DeedOutcome::Failed,
            },
            reason: None,
            details: entry.details(),
            trace_id: String::new(),
        });
        let records: Vec<store::Record<'_>> = records.collect();
        let written: Result<(), store::Error> = async {
            let tx = store.begin().await?;
            store.audit().append_all(&tx, records).await?;
            tx.commit().await
        }
        .await;
        if let Err(error) = written {
            tracing::error!(code = kernel::Fault::code(&error), "egress calls could not be recorded");
        }
        if many {
            // Under load the next ones gather meanwhile; a single call is in the log at once.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
