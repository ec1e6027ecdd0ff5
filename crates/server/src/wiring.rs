//! Wiring: the one place where the parts are put together, for the server, the commands and the tests.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use assistant::building::RiskScreening;
use assistant::phrases::Phrases;
use assistant::switches::ProbePlan;
use assistant::{Assistant, Known, Scenarios};
use hotline::Hotline;
use identity::{Cx, Identity, Roles};
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::CollectionId;
use kernel::{Actor, Clock, Entropy, Timestamp};
use knowledge::Knowledge;
use models::{Models, Registry};
use review::Reviews;
use security::Security;
use serde_json::json;
use store::{AuditKey, BlobOptions, ChainReport, MigrationTrait, Options, RetentionClass, S3Options, Store};

use crate::anchoring::Anchors;
use crate::config::Config;
use crate::fence::FolderFence;
use crate::limits::Limits;
use crate::reading::Reading;
use crate::{assets, builtin};

/// Everything, put together.
pub struct Platform {
    /// The store.
    pub store: Store,
    /// Who is asking.
    pub identity: Identity,
    /// What is known.
    pub knowledge: Knowledge,
    /// Serving people.
    pub assistant: Assistant,
    /// The 12345 hotline.
    pub hotline: Hotline,
    /// The words people read.
    pub phrases: Phrases,
    /// How models are probed.
    pub probes: ProbePlan,
    /// What a scenario's record may name.
    pub known: Known,
    /// The screening of new scenarios.
    pub screening: RiskScreening,
    /// How a file of a stranger is read.
    pub read: knowledge::ReadDocument,
    /// What was stopped, and what officers change at run time.
    pub security: Security,
    /// The limits at the door.
    pub limits: Limits,
    /// The door out.
    pub egress: egress::Egress,
    /// Which entries of the record give up their details, and when.
    pub retention: Vec<RetentionClass>,
    /// How the head of the record last fared outside.
    pub anchors: Anchors,
    /// What signs challenges and the cookies of visitors; the same for all servers of the store.
    pub challenge_secret: String,
    /// The fence of the data folder.
    pub folder_fence: FolderFence,
    verified: Mutex<Option<(Timestamp, ChainReport)>>,
}

/// Why the platform cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A policy cannot be read.
    #[error("cannot read {what}")]
    Unreadable {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An embedding endpoint.
    #[error(transparent)]
    Endpoint(#[from] crate::embedding::BadEndpoint),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The roles.
    #[error(transparent)]
    Roles(#[from] identity::BadPolicy),
    /// Identity.
    #[error(transparent)]
    Identity(#[from] identity::Error),
    /// The models.
    #[error(transparent)]
    Models(#[from] models::Error),
    /// The scenarios and phrases.
    #[error(transparent)]
    Assistant(#[from] assistant::Error),
    /// The files of the hotline.
    #[error(transparent)]
    Hotline(#[from] hotline::BadPolicy),
    /// The egress whitelist.
    #[error(transparent)]
    Egress(#[from] egress::BadWhitelist),
    /// The limits.
    #[error("{0}")]
    Limits(String),
    /// The classes of the record.
    #[error("{0}")]
    Retention(String),
    /// What officers set.
    #[error(transparent)]
    Security(#[from] security::Error),
    /// The index.
    #[error(transparent)]
    Knowledge(#[from] knowledge::Error),
    /// The embedding model that the configuration names.
    #[error("`{path}` is not an embedding model that this program reads")]
    Embedding {
        /// The file.
        path: String,
        /// What is wrong with it.
        #[source]
        source: knowledge::embedding::Broken,
    },
    /// The demo agency.
    #[error("the demo agency cannot be loaded: {0}")]
    Demo(String),
    /// The data folder already holds data, and it is not the demo agency's.
    #[error("`{0}` already holds data that is not the demo agency's: choose an empty folder, or leave out --demo")]
    NotEmpty(String),
}

/// The embedding model in a file.
fn embedding(path: &Path) -> Result<Arc<knowledge::Embedding>, StartError> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| StartError::Unreadable { what: name.clone(), source })?;
    let model = knowledge::Embedding::read(&bytes);
    model.map(Arc::new).map_err(|source| StartError::Embedding { path: name, source })
}

/// The migrations of all crates, in the order of the layers.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = identity::migrations();
    all.extend(knowledge::migrations());
    all.extend(models::migrations());
    all.extend(review::migrations());
    all.extend(hotline::migrations());
    all.extend(security::migrations());
    all.extend(assistant::migrations());
    all
}

/// The key that signs copies of the record: of the environment, or else of the data folder.
pub fn audit_key(folder: &Path, entropy: &Entropy) -> std::io::Result<AuditKey> {
    match Config::audit_key() {
        Some(text) => AuditKey::parse(&text).ok_or_else(|| {
            let why = "SHUZHENG_AUDIT_KEY holds no SM2 key: it has 64 hexadecimal digits";
            std::io::Error::new(std::io::ErrorKind::InvalidInput, why)
        }),
        None => AuditKey::in_folder(folder, entropy),
    }
}

/// Where the store keeps things, by the configuration.
#[must_use]
pub fn options(folder: &Path, config: &Config) -> Options {
    let blobs = match &config.blobs.s3 {
        None => BlobOptions::Folder,
        Some(s3) => BlobOptions::S3(S3Options {
            endpoint: s3.endpoint.clone(),
            bucket: s3.bucket.clone(),
            region: s3.region.clone(),
            access_key: s3.access_key.clone(),
            secret_key: Config::s3_secret().unwrap_or_default(),
            prefix: s3.prefix.clone(),
        }),
    };
    Options { folder: folder.to_owned(), database_url: config.database.url.clone(), blobs }
}

impl Platform {
    /// Opens the platform over a data folder.
    pub async fn open(folder: &Path, config: &Config, clock: Clock, entropy: Entropy) -> Result<Self, StartError> {
        let own = Some(folder);
        // Policies first: a mistake in them must not leave a half-opened store behind.
        let roles = Roles::load("policies/roles.toml", &policy(own, "roles.toml")?)?;
        let registry = Registry::parse("policies/models.toml", &policy(own, "models.toml")?)?;
        let phrases = Phrases::parse(&policy(own, "refusals.toml")?, &policy(own, "phrases.toml")?)?;
        let probes = ProbePlan::parse(&policy(own, "switches.toml")?)?;
        let limits = Limits::parse("policies/limits.toml", &policy(own, "limits.toml")?).map_err(StartError::Limits)?;
        let retention = crate::retention::parse("policies/retention.toml", &policy(own, "retention.toml")?)
            .map_err(StartError::Retention)?;
        let tuning = guard::Tuning::default();
        let known = Known {
            tuning: tuning.clone(),
            roles: roles.iter().map(|role| role.id.as_str().to_owned()).collect(),
            routes: registry.routes().iter().map(|route| route.id.clone()).collect(),
        };
        let folders =
            assets::scenarios(own).map_err(|source| StartError::Unreadable { what: "scenarios".to_owned(), source })?;
        let screening = RiskScreening::parse(&policy(own, "screening.toml")?)?;
        let scenarios = Scenarios::load(&folders, &known)?;

        let files =
            assets::hotline(own).map_err(|source| StartError::Unreadable { what: "policies".to_owned(), source })?;
        let hotline = hotline::Policy::parse(&files)?;

        let store = Store::open(options(folder, config), migrations(), clock.clone(), entropy).await?;
        let settings = identity::Settings {
            idle_secs: i64::from(config.session.idle_minutes) * 60,
            session_secs: i64::from(config.session.max_hours) * 3600,
            ..identity::Settings::default()
        };
        let identity = Identity::new(store.clone(), roles, settings);
        let folder_fence = FolderFence::new(folder);
        identity.follow_fence().await?;
        folder_fence.look(&identity).await?;
        let reading = Reading::new(config.reading);
        let read: knowledge::ReadDocument = Arc::new(move |name, bytes, watch| reading.read(name, bytes, watch));
        let embedding = match &config.knowledge.embedding {
            Some(path) => embedding(path)?,
            None => knowledge::Embedding::shipped(),
        };
        let vectors: Arc<dyn models::Backend> = Arc::new(builtin::Embeddings(Arc::clone(&embedding)));
        let (egress, listed, calls) = egress(own, &store)?;
        let security = Security::open(store.clone(), tuning.clone(), egress.clone(), listed).await?;
        crate::workers::detach(crate::workers::record_egress(store.clone(), security.clone(), calls));
        let challenge_secret = challenge_secret(&store).await?;
        let endpoints = crate::embedding::endpoints(config, &egress)?;
        let options = knowledge::Options {
            read: Arc::clone(&read),
            embedding,
            endpoints,
            ..knowledge::Options::new(folder.join("index"))
        };
        let knowledge = Knowledge::open(store.clone(), options).await?;
        let models = Models::open(registry, &egress, &clock, Arc::new(Config::model_key))?;
        let models = models.with_backend(builtin::EMBEDDING, vectors).with_tuning(tuning);
        let models = Box::pin(models.over(&store)).await?;
        let watching = security.clone();
        models.meter().observe(Arc::new(move |call: &models::Call| {
            crate::measures::model_call(call);
            crate::watch::answer_stopped(&watching, call);
        }));
        let assistant = Assistant::new(
            knowledge.clone(),
            models,
            Reviews::new(store.clone()).with_people(identity.clone()),
            scenarios,
            config.agency.provider_code.clone(),
        );
        assistant.close_cut_off_runs(&store, store.clock().now()).await?;
        let hotline = Hotline::new(store.clone(), hotline);
        Ok(Self {
            store,
            identity,
            knowledge,
            assistant,
            hotline,
            phrases,
            probes,
            known,
            screening,
            read,
            security,
            limits,
            egress,
            retention,
            anchors: Anchors::default(),
            challenge_secret,
            folder_fence,
            verified: Mutex::new(None),
        })
    }

    /// The name of a collection.
    #[must_use]
    pub fn collection_name(&self, id: &CollectionId) -> Option<String> {
        self.knowledge.collection(id).ok().map(|collection| collection.name)
    }

    /// Verifies the audit chain and records that it was done.
    pub async fn verify_audit(&self, cx: &Cx) -> Result<ChainReport, store::Error> {
        let report = self.store.audit().verify().await?;
        let outcome = if report.ok { DeedOutcome::Done } else { DeedOutcome::Failed };
        let details = json!({ "entries": report.entries, "first_bad": report.first_bad });
        let record = store::Record {
            deed: Deed::AuditVerified,
            actor: cx.actor(),
            subject: "audit".to_owned(),
            outcome,
            reason: None,
            details,
            trace_id: cx.trace().to_owned(),
        };
        let tx = self.store.begin().await?;
        self.store.audit().append(&tx, record).await?;
        tx.commit().await?;
        self.remember_verification(&report);
        Ok(report)
    }

    /// Remembers what a verification found, for the status.
    pub fn remember_verification(&self, report: &ChainReport) {
        let now = self.store.clock().now();
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, report.clone()));
    }

    /// What the last verification found.
    #[must_use]
    pub fn last_verification(&self) -> Option<(Timestamp, ChainReport)> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records that the server started or stopped.
    pub async fn note(&self, deed: Deed) -> Result<(), store::Error> {
        let actor = Actor::System { reason: "server".to_owned() };
        let record = store::Record {
            deed,
            actor: &actor,
            subject: "server".to_owned(),
            outcome: DeedOutcome::Done,
            reason: None,
            details: json!({ "version": env!("CARGO_PKG_VERSION") }),
            trace_id: String::new(),
        };
        let tx = self.store.begin().await?;
        self.store.audit().append(&tx, record).await?;
        tx.commit().await
    }

    /// Sets the gauges that are read rather than counted.
    pub async fn measure(&self) {
        metrics::gauge!("shuzheng_memory_bytes").set(as_f64(memory_bytes()));
        if let Ok(jobs) = self.store.jobs().counts().await {
            for (state, count) in [("queued", jobs.queued), ("running", jobs.running), ("failed", jobs.failed)] {
                metrics::gauge!("shuzheng_jobs", "state" => state).set(as_f64(count));
            }
        }
        if let Ok((entries, _)) = self.store.audit().head().await {
            metrics::gauge!("shuzheng_audit_entries").set(as_f64(u64::try_from(entries).unwrap_or(0)));
        }
        let ok = self.last_verification().map(|(_, report)| report.ok);
        metrics::gauge!("shuzheng_audit_chain_ok").set(if ok == Some(false) { 0.0 } else { 1.0 });
        for (to, state) in self.anchors.states() {
            let ok = state.problem.is_none();
            metrics::gauge!("shuzheng_audit_anchor_ok", "to" => to).set(if ok { 1.0 } else { 0.0 });
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn as_f64(value: u64) -> f64 {
    value as f64
}

fn policy(folder: Option<&Path>, name: &str) -> Result<String, StartError> {
    assets::policy(folder, name).map_err(|source| StartError::Unreadable { what: format!("policies/{name}"), source })
}

/// The calls that left or were refused, for the record.
type Calls = tokio::sync::mpsc::UnboundedReceiver<egress::CallRecord>;

/// The door out, with its list and the calls to record. Bodies with personal data do not leave.
fn egress(folder: Option<&Path>, store: &Store) -> Result<(egress::Egress, egress::Whitelist, Calls), StartError> {
    let whitelist = egress::Whitelist::parse("policies/egress.toml", &policy(folder, "egress.toml")?)?;
    let (recorder, records) = tokio::sync::mpsc::unbounded_channel();
    let recorder: egress::Recorder = Arc::new(move |call| drop(recorder.send(call)));
    let check: egress::BodyCheck = Arc::new(crate::watch::personal_data);
    let door = egress::Egress::with_body_check(whitelist.clone(), check, recorder, store.clock().clone());
    Ok((door, whitelist, records))
}

/// The secret that signs challenges and the cookies of visitors: made once, kept in the store.
async fn challenge_secret(store: &Store) -> Result<String, StartError> {
    const KEY: &str = "abuse.challenge_secret";
    if let Some(secret) = store.settings().get(KEY).await? {
        return Ok(secret);
    }
    let tx = store.begin().await?;
    if let Some(secret) = store.settings().get_in(&tx, KEY).await? {
        return Ok(secret);
    }
    let secret = store.entropy().hex::<32>();
    store.settings().set(&tx, KEY, &secret).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The memory this process holds, in bytes; 0 where the system does not say.
#[must_use]
pub fn memory_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}
