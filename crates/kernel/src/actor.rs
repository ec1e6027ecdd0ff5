//! Actor: who does a thing, as the record names it.

use serde::{Deserialize, Serialize};

use crate::ids::{KeyId, UserId, VisitorId};

/// Who acts. Nobody acts without being one of these, and every one is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person with an account.
    User {
        /// The account.
        id: UserId,
    },
    /// An anonymous citizen.
    Visitor {
        /// A random name for this browser, not for a person.
        id: VisitorId,
    },
    /// A program of a department, by its key of the model gateway.
    Key {
        /// The key.
        id: KeyId,
    },
    /// The platform itself: a worker, a command at the machine.
    System {
        /// Why it acts, such as `import worker`.
        reason: String,
    },
}

impl Actor {
    /// One short name for the record, such as `user:usr_…`.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::User { id } => format!("user:{id}"),
            Self::Visitor { id } => format!("visitor:{id}"),
            Self::Key { id } => format!("key:{id}"),
            Self::System { reason } => format!("system:{reason}"),
        }
    }
}
