//! Assistant: serving people. Scenarios, the answer flow, release, history, feedback.
//!
//! What it does: takes a question in a scenario through permission, screening, retrieval, drafting and checking,
//! and releases the answer, puts it before a reviewer, or says why not. What it does not: it never improves a
//! model, never writes HTTP, never lets text out that is not [`release::Released`].
//!
//! Invariants: no record, no answer; no release without [`guard::Checked`]; no release in a sensitive scenario
//! without a [`review::Approval`] by somebody other than the asker. Start reading at [`flows::answer`].

pub mod building;
pub mod consultation;
pub mod conversations;
pub mod corrections;
pub mod entitlements;
mod error;
pub mod feedback;
pub mod flows;
pub mod levels;
mod notices;
mod parts;
pub mod phrases;
pub mod refusals;
pub mod release;
pub mod reviewing;
pub mod run;
pub mod runs;
pub mod scenario;
pub mod scenarios;
pub mod scoring;
pub mod switches;
mod tables;

use std::sync::Arc;

use knowledge::Knowledge;
use models::Models;
use review::Reviews;

pub use error::Error;
pub use flows::answer::{Question, StepEvent};
pub use flows::rehearse::{Rehearsal, Rehearsed};
pub use notices::{RunNotice, of_search as notices_of_search};
pub use parts::Parts;
pub use release::{Decision, Released};
pub use run::{Citation, Run, RunStatus, Seen, Step};
pub use scenario::Scenario;
pub use scenarios::{Known, ScenarioFiles, Scenarios};
pub use tables::migrations;

/// Everything the flows use. Cheap to clone.
#[derive(Clone)]
pub struct Assistant {
    inner: Arc<Inner>,
}

struct Inner {
    knowledge: Knowledge,
    models: Models,
    reviews: Reviews,
    scenarios: Scenarios,
    /// The 27-character provider code of TC260-PG-20252A that labels name.
    provider_code: String,
    /// What is switched off.
    switches: switches::Switches,
    /// What was corrected.
    library: corrections::Library,
    /// The approved words of refusals.
    bank: refusals::Bank,
    /// Tells waiting askers on this server that a run changed; the store tells those on other servers.
    changed: tokio::sync::broadcast::Sender<kernel::ids::RunId>,
}

impl Assistant {
    /// An assistant over these parts.
    #[must_use]
    pub fn new(
        knowledge: Knowledge,
        models: Models,
        reviews: Reviews,
        scenarios: Scenarios,
        provider_code: String,
    ) -> Self {
        let (changed, _) = tokio::sync::broadcast::channel(256);
        let switches = switches::Switches::default();
        let encoding = knowledge.clone();
        let library = corrections::Library::new(Arc::new(move |question| encoding.encode_question(question)));
        let bank = refusals::Bank::default();
        let inner = Inner { knowledge, models, reviews, scenarios, provider_code, switches, library, bank, changed };
        Self { inner: Arc::new(inner) }
    }

    /// The scenarios.
    #[must_use]
    pub fn scenarios(&self) -> &Scenarios {
        &self.inner.scenarios
    }

    /// The models.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.inner.models
    }

    /// The queue of reviews.
    #[must_use]
    pub fn reviews(&self) -> &Reviews {
        &self.inner.reviews
    }

    /// The knowledge.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.inner.knowledge
    }

    /// The provider code that labels name.
    #[must_use]
    pub fn provider_code(&self) -> &str {
        &self.inner.provider_code
    }

    /// Ids of runs whose state changes on this server, as it happens.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::broadcast::Receiver<kernel::ids::RunId> {
        self.inner.changed.subscribe()
    }

    /// Says that a run stands differently, to those who wait for it on this server.
    pub fn tell_of(&self, run: &kernel::ids::RunId) {
        self.tell(run);
    }

    fn tell(&self, run: &kernel::ids::RunId) {
        // Nobody may be listening; that is fine.
        let _ = self.inner.changed.send(run.clone());
    }
}
