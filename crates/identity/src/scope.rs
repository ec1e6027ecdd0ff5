//! Scope: on what an action is done, with everything the decision needs to know about it.

use kernel::ids::{CollectionId, DepartmentId, ScenarioId};
use kernel::{DataLevel, Region};
use serde::{Deserialize, Serialize};

use crate::roles::RoleId;

/// For whom a scenario answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anybody, without an account too.
    Public,
    /// People with an account.
    Internal,
}

/// On what an action is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The platform as a whole: accounts, the record, models, the machine.
    Platform,
    /// A scenario (场景), as its file says.
    Scenario {
        /// Which.
        id: ScenarioId,
        /// For whom it answers.
        audience: Audience,
        /// Who may ask in it; empty for every role that may ask at all.
        roles: Vec<RoleId>,
        /// The highest data level it may touch.
        level: DataLevel,
    },
    /// A collection (知识库).
    Collection {
        /// Which.
        id: CollectionId,
        /// The level of its documents.
        level: DataLevel,
        /// Where it applies.
        region: Region,
        /// Who owns it; `None` when it belongs to the whole agency.
        department: Option<DepartmentId>,
    },
}

impl Scope {
    /// One short name for the record, such as `scenario:policy_consultation`.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Platform => "platform".to_owned(),
            Self::Scenario { id, .. } => format!("scenario:{id}"),
            Self::Collection { id, .. } => format!("collection:{id}"),
        }
    }
}
