//! Models: the registry of base and industry models, routes, and the backends that draft answers.
//!
//! What it does: turns a [`guard::CleanPrompt`] and numbered evidence into a [`guard::Draft`], by the route of a
//! scenario, falling back to the next model of the route when one is not there. What it does not: it never
//! sees a raw question, never searches, never decides what is released.
//!
//! Invariants: a backend is only ever given a `CleanPrompt`; reasoning is kept apart from the answer; a model
//! below the level of the text it would read is never called. Start reading at [`Models::draft`].

pub mod answer;
pub mod backend;
mod error;
pub mod prompt;
pub mod reasoning;
pub mod registry;
pub mod request;
pub mod route;
pub mod sse;

use std::collections::BTreeMap;
use std::sync::Arc;

use guard::Draft;
use kernel::{Clock, DataLevel};

pub use backend::{Backend, Progress};
pub use error::Error;
pub use registry::{BackendKind, ModelRecord, Registry};
pub use request::{DraftRequest, Quotation};
pub use route::Route;

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

/// The registry with its live backends.
#[derive(Clone)]
pub struct Models {
    registry: Arc<Registry>,
    backends: Arc<BTreeMap<String, Arc<dyn Backend>>>,
}

impl Models {
    /// Makes the backend of every model in the registry. `keys` gives the API key of a model by its id.
    pub fn open(
        registry: Registry,
        egress: &egress::Egress,
        clock: &Clock,
        keys: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let mut backends: BTreeMap<String, Arc<dyn Backend>> = BTreeMap::new();
        for model in registry.models() {
            let backend: Arc<dyn Backend> = match model.backend {
                BackendKind::Extractive => Arc::new(backend::extractive::Extractive::new(&model.id)),
                BackendKind::Openai => {
                    let key = keys(&model.id);
                    Arc::new(backend::openai::OpenAi::new(model, key, egress.clone(), clock.clone())?)
                }
            };
            backends.insert(model.id.clone(), backend);
        }
        Ok(Self { registry: Arc::new(registry), backends: Arc::new(backends) })
    }

    /// The same registry with one backend replaced: how tests script a model.
    #[must_use]
    pub fn with_backend(&self, id: &str, backend: Arc<dyn Backend>) -> Self {
        let mut backends = BTreeMap::clone(&self.backends);
        backends.insert(id.to_owned(), backend);
        Self { registry: Arc::clone(&self.registry), backends: Arc::new(backends) }
    }

    /// What is registered.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The first model of a route that may read text of `level`.
    #[must_use]
    pub fn first_choice(&self, route: &Route, level: DataLevel) -> Option<&ModelRecord> {
        route.models.iter().filter_map(|id| self.registry.model(id)).find(|model| model.level >= level)
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
        let mut passed_over = Vec::new();
        let mut last = Error::NoModel { level: request.level };
        for id in &route.models {
            let Some(model) = self.registry.model(id) else { continue };
            if model.level < request.level {
                passed_over.push((id.clone(), "models.level_too_low"));
                continue;
            }
            let Some(backend) = self.backends.get(id) else { continue };
            match backend.draft(request, progress).await {
                Ok(draft) => return Ok(Drafted { draft, model: model.clone(), passed_over }),
                Err(error) => {
                    tracing::warn!(model = %id, code = kernel::Fault::code(&error), "model gave no draft");
                    progress(Progress::Anew);
                    passed_over.push((id.clone(), kernel::Fault::code(&error)));
                    last = error;
                }
            }
        }
        Err(last)
    }

    /// Asks every backend whether it would answer now.
    pub async fn health(&self) -> Vec<(ModelRecord, backend::Health)> {
        let mut found = Vec::new();
        for model in self.registry.models() {
            let health = match self.backends.get(&model.id) {
                Some(backend) => backend.health().await,
                None => backend::Health::Down,
            };
            found.push((model.clone(), health));
        }
        found
    }
}
