//! What enterprises and citizens are entitled to: kept policies and enterprises, matching, batches, calculators. The rules
//! themselves are in the crate `entitlement`; here they meet people, permissions, the store and the record.

mod batch;
mod enterprises;
mod policies;
pub(crate) mod tables;

use std::sync::Arc;

use entitlement::{BadCalculation, BadPolicy, BadProfile, Calculation, Calculators, Fields, Inputs, NoImpact};
use identity::{Action, Cx};
use kernel::ids::ScenarioId;
use kernel::{Fault, Kind, Wrong};

use crate::scenario::Flow;
use crate::{Assistant, Error, Scenario};

pub use batch::{BATCH_JOB, BatchOrder, batch_line};
pub use enterprises::{Enterprise, EnterpriseImport, SameName};
pub use policies::{Decomposed, KeptPolicy, PolicyImpact, PolicyState, PolicyVersion};

/// What can go wrong with policies, enterprises and calculations.
#[derive(Debug, thiserror::Error)]
pub enum Unentitled {
    /// There is no such policy, or it is not published.
    #[error("there is no policy `{0}`")]
    NoPolicy(String),
    /// There is no such enterprise.
    #[error("there is no enterprise `{0}`")]
    NoEnterprise(String),
    /// Somebody else changed it meanwhile.
    #[error("the policy is at version {is}, not {expected}: somebody changed it meanwhile")]
    Outdated {
        /// What the caller saw.
        expected: i32,
        /// What it is.
        is: i32,
    },
    /// Conditions that nobody has decided on.
    #[error("{0} conditions are not confirmed or rejected yet")]
    Undecided(usize),
    /// No scenario matches policies, or none has rules to compute by.
    #[error("no scenario offers `{0}`")]
    NotOffered(&'static str),
    /// The text has nothing in it.
    #[error("the policy has no text")]
    NoText,
    /// A policy cannot be tested.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// A profile cannot be used.
    #[error(transparent)]
    Profile(#[from] BadProfile),
    /// The impact cannot be told.
    #[error(transparent)]
    Impact(#[from] NoImpact),
    /// A calculation.
    #[error(transparent)]
    Calculation(#[from] BadCalculation),
}

impl Fault for Unentitled {
    fn kind(&self) -> Kind {
        match self {
            Self::NoPolicy(_)
            | Self::NoEnterprise(_)
            | Self::NotOffered(_)
            | Self::Calculation(BadCalculation::Unknown { .. }) => Kind::NotFound,
            Self::Outdated { .. } | Self::Undecided(_) => Kind::Conflict,
            Self::NoText | Self::Policy(_) | Self::Profile(_) | Self::Impact(_) => Kind::Invalid,
            Self::Calculation(BadCalculation::Inputs { .. }) => Kind::Invalid,
            Self::Calculation(BadCalculation::Formula { .. } | BadCalculation::Rules(_)) => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoPolicy(_) => "entitlement.policy_not_found",
            Self::NoEnterprise(_) => "entitlement.enterprise_not_found",
            Self::Outdated { .. } => "entitlement.policy_outdated",
            Self::Undecided(_) => "entitlement.conditions_undecided",
            Self::NotOffered(_) => "entitlement.not_offered",
            Self::NoText => "entitlement.no_text",
            Self::Policy(_) | Self::Impact(NoImpact::Policy(_)) => "entitlement.bad_policy",
            Self::Profile(bad) | Self::Impact(NoImpact::Profile(_, bad)) => bad.code(),
            Self::Calculation(BadCalculation::Unknown { .. }) => "entitlement.no_calculation",
            Self::Calculation(BadCalculation::Inputs { .. }) => "entitlement.bad_inputs",
            Self::Calculation(_) => "entitlement.bad_formula",
        }
    }

    fn wrong(&self) -> Vec<Wrong> {
        match self {
            Self::Calculation(bad) => bad.wrong(),
            Self::Policy(bad) | Self::Impact(NoImpact::Policy(bad)) => vec![Wrong::clone(&bad.wrong)],
            Self::Profile(bad) | Self::Impact(NoImpact::Profile(_, bad)) => bad.wrong().into_iter().collect(),
            Self::NoPolicy(_)
            | Self::NoEnterprise(_)
            | Self::Outdated { .. }
            | Self::Undecided(_)
            | Self::NotOffered(_)
            | Self::NoText => Vec::new(),
        }
    }
}

macro_rules! into_error {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Error {
            fn from(source: $kind) -> Self {
                Self::Entitlement(source.into())
            }
        }
    )*};
}

into_error!(BadPolicy, BadProfile, NoImpact, BadCalculation);

impl Assistant {
    /// The scenario that matches policies, when the caller may use it, with its list of fields.
    pub fn matching(&self, cx: &Cx) -> Result<(Arc<Scenario>, Arc<Fields>), Error> {
        let scenarios = self.scenarios().all();
        let scenario =
            scenarios.iter().find(|scenario| scenario.flow == Flow::Match).ok_or(Unentitled::NotOffered("match"))?;
        cx.permit(Action::Ask, &crate::flows::answer::scope(scenario)).map(drop)?;
        let fields = scenario.parts.fields.clone().ok_or(Unentitled::NotOffered("match"))?;
        Ok((Arc::clone(scenario), fields))
    }

    /// The calculators of a scenario that the caller may use.
    pub fn calculators(&self, cx: &Cx, id: &ScenarioId) -> Result<Arc<Calculators>, Error> {
        let (scenario, _) = self.admit(cx, id)?;
        Ok(scenario.parts.calculators.clone().ok_or(Unentitled::NotOffered("calculate"))?)
    }

    /// Computes by the rules of a scenario. Nothing of it is kept.
    pub fn calculate(
        &self,
        cx: &Cx,
        id: &ScenarioId,
        name: &str,
        city: Option<&str>,
        inputs: &Inputs,
    ) -> Result<Calculation, Error> {
        Ok(self.calculators(cx, id)?.compute(name, city, inputs)?)
    }
}
