//! The electronic fence (电子围栏): who, from where, when, may reach which data with which model. Policies are data
//! (`policies/fence/*.cedar`); what none permits is refused, and every decision can say why.
//!
//! A role must allow an action as well: the fence decides about circumstances, not about duties.

pub mod foresee;
pub mod inquiry;
pub mod policies;
pub mod versions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use foresee::{Foreseen, Supposed, Supposition, alike};
pub use inquiry::{Fact, Inquiry, Object, Subject};
pub use policies::{BadFence, Clause, Effect, Mistake, Policies};
pub use versions::Version;

/// Decisions remembered at once; then all are forgotten.
const REMEMBERED: usize = 8_192;

/// What the fence says, and by which policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// The policies that decided: those that permit, or those that forbid; none when nothing permits.
    pub because: Vec<String>,
    /// What the first forbidding policy names as missing, such as `region`.
    pub missing: Option<String>,
}

/// A decision in full: for an officer who asks why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it may be done.
    pub allowed: bool,
    /// The policies that decided.
    pub because: Vec<Clause>,
    /// What these policies looked at, with its value here; everything when nothing permits.
    pub facts: Vec<Fact>,
}

/// The fence in force. A clone is the same fence: when it changes, it changes for everybody at once.
#[derive(Clone)]
pub struct Fence(Arc<RwLock<Arc<InForce>>>);

struct InForce {
    policies: Policies,
    decided: Mutex<HashMap<Inquiry, Arc<Decision>>>,
}

impl InForce {
    fn new(policies: Policies) -> Arc<Self> {
        Arc::new(Self { policies, decided: Mutex::default() })
    }
}

impl std::fmt::Debug for Fence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.clauses().iter().map(|clause| &clause.id)).finish()
    }
}

impl Fence {
    /// A fence with these policies.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self(Arc::new(RwLock::new(InForce::new(policies))))
    }

    /// The fence that comes with the program.
    pub fn shipped() -> Result<Self, BadFence> {
        Policies::shipped().map(Self::new)
    }

    /// A fence that lets nothing through: what is left when the shipped policies cannot be read.
    pub(crate) fn closed() -> Self {
        Self::new(Policies::none())
    }

    /// Puts other policies in force, for everybody who holds this fence.
    pub fn put_in_force(&self, policies: Policies) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = InForce::new(policies);
    }

    fn now(&self) -> Arc<InForce> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides. What was decided before under the same policies is remembered.
    #[must_use]
    pub fn decide(&self, inquiry: &Inquiry) -> Arc<Decision> {
        let now = self.now();
        let lock = || now.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(inquiry) {
            return Arc::clone(known);
        }
        let decision = Arc::new(now.policies.decide(inquiry));
        let mut decided = lock();
        if decided.len() >= REMEMBERED {
            decided.clear();
        }
        decided.insert(inquiry.clone(), Arc::clone(&decision));
        decision
    }

    /// Decides and says why.
    #[must_use]
    pub fn explain(&self, inquiry: &Inquiry) -> Explanation {
        self.now().policies.explain(inquiry)
    }

    /// The policies, in their order.
    #[must_use]
    pub fn clauses(&self) -> Vec<Clause> {
        self.now().policies.clauses().to_vec()
    }

    /// The text of the policies.
    #[must_use]
    pub fn text(&self) -> String {
        self.now().policies.text().to_owned()
    }
}
