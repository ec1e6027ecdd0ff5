//! Roles: what each kind of account may do, read from `policies/roles.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kernel::DataLevel;
use serde::{Deserialize, Serialize};

use crate::action::{Action, Duty};

pub mod load;

pub use load::BadPolicy;

/// The name of a role, such as `reviewer`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RoleId(String);

/// The text is not the name of a role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a role name: 1 to 40 of a-z, 0-9 and _, starting with a letter")]
pub struct BadRoleId(pub String);

impl RoleId {
    /// Reads a name: 1 to 40 of `a-z 0-9 _`, starting with a letter.
    pub fn parse(text: &str) -> Result<Self, BadRoleId> {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if plain && starts && text.len() <= 40 {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadRoleId(text.chars().take(40).collect()))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The role of everybody without an account.
    #[must_use]
    pub fn citizen() -> Self {
        Self(CITIZEN.to_owned())
    }

    /// The system administrator's role (系统管理员).
    #[must_use]
    pub fn sysadmin() -> Self {
        Self(SYSADMIN.to_owned())
    }

    /// The security administrator's role (安全管理员).
    #[must_use]
    pub fn security() -> Self {
        Self(SECURITY.to_owned())
    }

    /// The auditor's role (审计管理员).
    #[must_use]
    pub fn auditor() -> Self {
        Self(AUDITOR.to_owned())
    }

    /// Whether it is one of the three separated administrators.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.duty() != Duty::Business
    }

    /// Whose duty the role has. The three administrators are fixed by the standard, so no file can rename them.
    #[must_use]
    pub fn duty(&self) -> Duty {
        match self.as_str() {
            SYSADMIN => Duty::System,
            SECURITY => Duty::Security,
            AUDITOR => Duty::Audit,
            _ => Duty::Business,
        }
    }
}

impl std::fmt::Display for RoleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoleId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

const CITIZEN: &str = "citizen";
const SYSADMIN: &str = "sysadmin";
const SECURITY: &str = "security";
const AUDITOR: &str = "auditor";

/// A role, as its file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Its name.
    pub id: RoleId,
    /// Its Chinese title.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// The highest data level it may see.
    pub clearance: DataLevel,
    /// What it may do.
    pub actions: BTreeSet<Action>,
}

/// Why some roles cannot be held by one account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRoles {
    /// There is no such role.
    #[error("there is no role `{0}`: see policies/roles.toml")]
    Unknown(RoleId),
    /// An administrator's role is held alone.
    #[error("the administrator role `{administrator}` is held alone, not together with `{other}`")]
    NotSeparated {
        /// The administrator's role.
        administrator: RoleId,
        /// The role beside it.
        other: RoleId,
    },
    /// The role of everybody without an account cannot be given to one.
    #[error("`citizen` is the role of people without an account")]
    Citizen,
}

/// All roles of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    // INVARIANT: `load::check` passed: the three administrators and `citizen` exist and are separated.
    roles: BTreeMap<RoleId, Role>,
}

impl Roles {
    /// The text of the roles that come with the program.
    pub const DEFAULT: &'static str = include_str!("../../../policies/roles.toml");

    /// The roles that come with the program.
    pub fn embedded() -> Result<Self, BadPolicy> {
        Self::load("policies/roles.toml", Self::DEFAULT)
    }

    /// Reads roles from the text of `file`. An error names the file, the line and the field.
    pub fn load(file: &str, text: &str) -> Result<Self, BadPolicy> {
        load::load(file, text)
    }

    /// All roles, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// One role.
    #[must_use]
    pub fn get(&self, id: &RoleId) -> Option<&Role> {
        self.roles.get(id)
    }

    /// Whether one account may hold these roles together (三员分立): an administrator's role is held alone.
    pub fn compatible(&self, ids: &BTreeSet<RoleId>) -> Result<(), BadRoles> {
        for id in ids {
            if self.get(id).is_none() {
                return Err(BadRoles::Unknown(id.clone()));
            }
            if id.as_str() == CITIZEN {
                return Err(BadRoles::Citizen);
            }
        }
        let Some(administrator) = ids.iter().find(|id| id.is_administrator()) else { return Ok(()) };
        match ids.iter().find(|id| *id != administrator) {
            None => Ok(()),
            Some(other) => Err(BadRoles::NotSeparated { administrator: administrator.clone(), other: other.clone() }),
        }
    }

    /// The role × action matrix as text, for the test and the documents.
    #[must_use]
    pub fn matrix(&self) -> String {
        let columns: Vec<&Role> = self.iter().collect();
        let width = Action::ALL.iter().map(|action| action.code().len()).max().unwrap_or(0);
        let mut text = format!("{:width$}", "");
        for role in &columns {
            let _ = write!(text, "  {}", role.id);
        }
        let mut row = |name: &str, cell: &dyn Fn(&Role) -> String| {
            let mut line = format!("{name:width$}");
            for role in &columns {
                let _ = write!(line, "  {:w$}", cell(role), w = role.id.as_str().len());
            }
            text.push('\n');
            text.push_str(line.trim_end());
        };
        for action in Action::ALL {
            row(action.code(), &|role| if role.actions.contains(action) { "x" } else { "." }.to_owned());
        }
        row("(clearance)", &|role| role.clearance.as_str().chars().take(4).collect());
        text.push('\n');
        text
    }
}
