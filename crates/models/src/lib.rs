//! Models: the registry of base and industry models, routes, the backends that answer, and the gateway before them.
//!
//! What it does: turns a [`guard::CleanPrompt`] and numbered evidence into a [`guard::Draft`] by the route of a
//! scenario, and answers chats of programs by a route ([`gateway`]); admits requests in turn ([`admission`]), leaves
//! failing models alone ([`breaker`]), counts what was used ([`metering`]). What it does not: it never searches,
//! never decides what a scenario releases.
//!
//! Invariants: a backend is only ever given text that the guard has screened; reasoning is kept apart from the answer;
//! a model below the level of the text it would read is never called; no call ends without its record. Start reading
//! at [`Models::draft`], then [`Models::chat`].

pub mod admission;
pub mod answer;
pub mod backend;
pub mod breaker;
mod changes;
mod error;
pub mod files;
pub mod gateway;
pub mod gguf;
pub mod metering;
pub mod prompt;
pub mod reasoning;
pub mod registry;
pub mod request;
pub mod route;
pub mod sse;
mod tables;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use guard::{Draft, Tuning};
use kernel::{Clock, DataLevel, Fault as _, Timestamp};
use store::Store;

pub use admission::{Gate, QueueLine};
pub use backend::{Backend, Health, Probed, Progress, Vectors};
pub use breaker::{Breakers, Circuit};
pub use error::Error;
pub use gateway::{Answer, AnswerStream, ChatRequest, GatewayCall};
pub use metering::{By, Call, Meter, StoppedBy, UsageLine};
pub use registry::{BackendKind, Capability, Change, Family, Lineage, ModelKind, ModelRecord, Quota, Registry};
pub use request::{DraftRequest, OnBehalf, Quotation};
pub use route::Route;
pub use tables::migrations;

/// Gives the API key of a model by its id.
pub type Keys = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The outcome of a draft: what was written, by which model, and which models of the route were passed over.
#[derive(Debug, Clone)]
pub struct Drafted {
    /// The draft.
    pub draft: Draft,
    /// The model that wrote it.
    pub model: ModelRecord,
    /// Models tried before it, with the code of why they gave nothing.
    pub passed_over: Vec<(String, &'static str)>,
}

type Backends = BTreeMap<String, Arc<dyn Backend>>;

/// The registry with its live backends. A clone is the same one.
#[derive(Clone)]
pub struct Models(Arc<Inner>);

struct Inner {
    /// What the file says; changes come on top.
    file: Registry,
    live: RwLock<Live>,
    egress: egress::Egress,
    clock: Clock,
    keys: Keys,
    store: Option<Store>,
    gate: Gate,
    meter: Meter,
    breakers: Breakers,
}

#[derive(Clone)]
struct Live {
    registry: Arc<Registry>,
    backends: Arc<Backends>,
    /// Backends that others brought, by model.
    brought: Backends,
    /// What officers set over the rules of the guard.
    tuning: Tuning,
    /// What was last read of the changes.
    seen: i64,
}

impl Models {
    /// Makes the backend of every model in the registry.
    pub fn open(registry: Registry, egress: &egress::Egress, clock: &Clock, keys: Keys) -> Result<Self, Error> {
        let backends = make(&registry, egress, clock, &keys, &BTreeMap::new())?;
        let live = Live {
            registry: Arc::new(registry.clone()),
            backends: Arc::new(backends),
            brought: BTreeMap::new(),
            tuning: Tuning::default(),
            seen: 0,
        };
        Ok(Self(Arc::new(Inner {
            file: registry,
            live: RwLock::new(live),
            egress: egress.clone(),
            clock: clock.clone(),
            keys,
            store: None,
            gate: Gate::new(None, clock.clone(), "alone".to_owned()),
            meter: Meter::nowhere(clock.clone()),
            breakers: Breakers::default(),
        })))
    }

    /// The same over a store: changes are kept there, calls are metered, and several servers share one queue.
    pub async fn over(&self, store: &Store) -> Result<Self, Error> {
        let meter = Meter::open(store).await?;
        meter.recount().await?;
        let models = Self(Arc::new(Inner {
            file: self.0.file.clone(),
            live: RwLock::new(self.live()),
            egress: self.0.egress.clone(),
            clock: self.0.clock.clone(),
            keys: Arc::clone(&self.0.keys),
            store: Some(store.clone()),
            gate: Gate::new(Some(store.clone()), self.0.clock.clone(), admission::server_name(store)),
            meter,
            breakers: Breakers::default(),
        }));
        models.reload().await?;
        Ok(models)
    }

    /// The same registry with one backend brought from outside: a built-in task model, or a script in a test.
    #[must_use]
    pub fn with_backend(&self, id: &str, backend: Arc<dyn Backend>) -> Self {
        {
            let mut live = self.0.live.write().unwrap_or_else(PoisonError::into_inner);
            live.brought.insert(id.to_owned(), Arc::clone(&backend));
            let mut backends = BTreeMap::clone(&live.backends);
            backends.insert(id.to_owned(), backend);
            live.backends = Arc::new(backends);
        }
        self.clone()
    }

    /// The same, with what officers set over the rules of the guard.
    #[must_use]
    pub fn with_tuning(&self, tuning: Tuning) -> Self {
        self.0.live.write().unwrap_or_else(PoisonError::into_inner).tuning = tuning;
        self.clone()
    }

    /// What officers set over the rules of the guard.
    #[must_use]
    pub fn tuning(&self) -> Tuning {
        self.0.live.read().unwrap_or_else(PoisonError::into_inner).tuning.clone()
    }

    fn live(&self) -> Live {
        self.0.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is registered now.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.0.live.read().unwrap_or_else(PoisonError::into_inner).registry)
    }

    fn backend(&self, id: &str) -> Option<Arc<dyn Backend>> {
        self.0.live.read().unwrap_or_else(PoisonError::into_inner).backends.get(id).cloned()
    }

    /// Admission.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Metering.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// Circuit breakers.
    #[must_use]
    pub fn breakers(&self) -> &Breakers {
        &self.0.breakers
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn call_id(&self) -> String {
        self.0.store.as_ref().map_or_else(String::new, metering::call_id)
    }

    /// What a server does all the time: heartbeats, changes of other servers, budgets of others. Once a second.
    pub async fn tend(&self) -> Result<(), Error> {
        self.0.gate.tend(&self.registry()).await?;
        self.reload().await?;
        self.0.meter.recount().await
    }

    /// The first model of a route that may read text of `level`.
    #[must_use]
    pub fn first_choice(&self, route: &Route, level: DataLevel) -> Option<ModelRecord> {
        self.registry().of_route(route).into_iter().find(|model| model.level >= level).cloned()
    }

    /// Drafts an answer by the route: the first model that may read the text and does answer.
    ///
    /// A failure of one model is not hidden: it is listed in [`Drafted::passed_over`].
    pub async fn draft(
        &self,
        route: &Route,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Drafted, Error> {
        let Some(on) = request.on else { return Box::pin(self.draft_by(route, request, progress, None)).await };
        let chars = request.evidence.iter().map(|e| e.text.len()).sum::<usize>() + request.prompt.text().len();
        let estimate = u32::try_from(chars / 4).unwrap_or(u32::MAX);
        let mut metered = self.0.meter.begin(self.call_id(), on, &route.id, false, estimate)?;
        metered.call.masked = u32::try_from(request.prompt.findings().len()).unwrap_or(u32::MAX);
        let drafted = Box::pin(self.draft_by(route, request, progress, Some((on, &mut metered)))).await;
        match drafted {
            Ok(drafted) => {
                let usage = &drafted.draft.usage;
                metered.model(&drafted.model);
                metered.call.tokens_in = usage.tokens_in;
                metered.call.tokens_out = usage.tokens_out;
                metered.call.tokens_reasoning = usage.tokens_reasoning;
                metered.call.first_token_ms = usage.first_token_ms;
                metered.end("done")?;
                Ok(drafted)
            }
            Err(error) => {
                metered.end(error.code())?;
                Err(error)
            }
        }
    }

    async fn draft_by(
        &self,
        route: &Route,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
        mut on: Option<(&OnBehalf, &mut metering::Metered)>,
    ) -> Result<Drafted, Error> {
        let registry = self.registry();
        let mut passed_over = Vec::new();
        let mut last = Error::NoModel { level: request.level };
        for model in registry.of_route(route) {
            if model.level < request.level {
                passed_over.push((model.id.clone(), "models.level_too_low"));
                continue;
            }
            let Some(backend) = self.backend(&model.id) else { continue };
            if !self.0.breakers.allows(&model.id, self.now()) {
                passed_over.push((model.id.clone(), "models.all_down"));
                continue;
            }
            let place = match &mut on {
                None => None,
                Some((on, metered)) => {
                    let position = |n: u32| progress(Progress::Queued(n));
                    match Box::pin(self.0.gate.enter(&registry, route, &[model], on, &position)).await {
                        Ok(place) => {
                            metered.call.wait_ms = metered.call.wait_ms.saturating_add(place.wait_ms);
                            Some(place)
                        }
                        Err(error) => {
                            passed_over.push((model.id.clone(), error.code()));
                            last = error;
                            continue;
                        }
                    }
                }
            };
            let drafted = backend.draft(request, progress).await;
            drop(place);
            match drafted {
                Ok(draft) => {
                    self.0.breakers.succeeded(&model.id);
                    return Ok(Drafted { draft, model: model.clone(), passed_over });
                }
                Err(error) => {
                    tracing::warn!(model = %model.id, code = error.code(), "model gave no draft");
                    progress(Progress::Anew);
                    if gateway::counts(&error) {
                        self.0.breakers.failed(&model.id, self.now());
                    }
                    passed_over.push((model.id.clone(), error.code()));
                    last = error;
                }
            }
        }
        Err(last)
    }

    /// Asks every backend whether it would answer now.
    pub async fn health(&self) -> Vec<(ModelRecord, Health)> {
        let registry = self.registry();
        let asked = registry.models().iter().map(|model| async {
            match self.backend(&model.id) {
                Some(backend) => backend.health().await,
                None => Health::Down,
            }
        });
        let found = futures::future::join_all(asked).await;
        registry.models().iter().cloned().zip(found).collect()
    }

    /// Asks the endpoint of a model what it is and has.
    pub async fn probe(&self, id: &str) -> Result<Probed, Error> {
        let backend = self.backend(id).ok_or_else(|| Error::NoRoute(id.to_owned()))?;
        backend.probe().await
    }
}

/// The backends of a registry.
fn make(
    registry: &Registry,
    egress: &egress::Egress,
    clock: &Clock,
    keys: &Keys,
    brought: &Backends,
) -> Result<Backends, Error> {
    let mut backends: Backends = BTreeMap::new();
    for model in registry.models() {
        let backend: Arc<dyn Backend> = match (brought.get(&model.id), model.backend) {
            (Some(brought), _) => Arc::clone(brought),
            (None, BackendKind::Extractive) => Arc::new(backend::extractive::Extractive::new(&model.id)),
            (None, BackendKind::Openai) => {
                Arc::new(backend::openai::OpenAi::new(model, keys(&model.id), egress.clone(), clock.clone())?)
            }
            (None, BackendKind::Llama) => {
                let base = model.base.as_deref().and_then(|id| registry.model(id));
                backend::in_process(model, base, clock)
            }
            // Brought later, by whoever opens the platform.
            (None, BackendKind::Builtin) => continue,
        };
        backends.insert(model.id.clone(), backend);
    }
    Ok(backends)
}
