//! What is reviewed, and under which rule: kinds of items, and the terms that an item keeps from its first day.

use identity::Action;
use kernel::ids::DepartmentId;
use serde::{Deserialize, Serialize};

use crate::state::Signatures;

/// What an item is about. One queue serves them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An answer that waits for release; its subject is the run.
    Answer,
    /// A correction whose article changed, or that somebody proposed.
    Correction,
    /// A dataset before it is published.
    Dataset,
    /// An entry of the egress whitelist.
    Egress,
    /// A change of a policy.
    Policy,
    /// Other words of a refusal; its subject is the refusal's name in the bank.
    Refusal,
    /// A scenario that is to enter its next stage.
    Stage,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Answer, Self::Correction, Self::Dataset, Self::Egress, Self::Policy, Self::Refusal, Self::Stage];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Correction => "correction",
            Self::Dataset => "dataset",
            Self::Egress => "egress",
            Self::Policy => "policy",
            Self::Refusal => "refusal",
            Self::Stage => "stage",
        }
    }

    /// Reads a name written by [`Kind::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The permit that shows such an item.
    #[must_use]
    pub fn read_action(self) -> Action {
        match self {
            Self::Answer
            | Self::Correction
            | Self::Dataset
            | Self::Egress
            | Self::Policy
            | Self::Refusal
            | Self::Stage => Action::ReadReviews,
        }
    }

    /// The permit that decides on such an item.
    #[must_use]
    pub fn decide_action(self) -> Action {
        match self {
            Self::Answer
            | Self::Correction
            | Self::Dataset
            | Self::Egress
            | Self::Policy
            | Self::Refusal
            | Self::Stage => Action::DecideReviews,
        }
    }

    /// Whether a permit for this action shows or decides such an item.
    pub(crate) fn is_for(self, action: Action) -> bool {
        action == self.read_action() || action == self.decide_action() || action == Action::AssignReviews
    }
}

/// The rule an item is decided under. An item keeps the terms it was put in with: a rule changed later is the next
/// item's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// In how many minutes somebody should have decided.
    pub minutes: u32,
    /// How many different people sign.
    #[serde(default)]
    pub signatures: Signatures,
    /// The department that decides; any when absent.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// The competence (专长) it takes, such as `labour`; none when absent.
    #[serde(default)]
    pub competence: Option<String>,
    /// The department that may decide as well once the deadline has passed; everybody who reviews when absent.
    #[serde(default)]
    pub escalate_to: Option<DepartmentId>,
    /// For how many minutes somebody who took an item keeps it from others.
    #[serde(default = "half_an_hour")]
    pub claim_minutes: u32,
}

impl Terms {
    /// One signature of anybody who reviews, within so many minutes.
    #[must_use]
    pub fn within(minutes: u32) -> Self {
        Self {
            minutes,
            signatures: Signatures::One,
            department: None,
            competence: None,
            escalate_to: None,
            claim_minutes: half_an_hour(),
        }
    }
}

fn half_an_hour() -> u32 {
    30
}
