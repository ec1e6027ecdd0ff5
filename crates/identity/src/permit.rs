//! Permit: the only proof that somebody may do something, and the decision that makes it.

use kernel::{Actor, DataLevel, Fault, Kind, Region};
use serde::Serialize;

use crate::action::Action;
use crate::cx::{Cx, Zone};
use crate::fence::{Inquiry, Object, Subject};
use crate::person::Person;
use crate::roles::{Role, RoleId};
use crate::scope::{Audience, Scope};

/// Proof that an actor may do an action on a scope. Made only by [`Cx::permit`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a permit that is not handed on proves nothing"]
pub struct Permit {
    // INVARIANT: all fields come from one `Cx` for which `decide` said yes.
    actor: Actor,
    action: Action,
    scope: Scope,
    ceiling: DataLevel,
}

impl Permit {
    /// Who may.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// On what.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The highest data level this actor may see here: the lower of the clearance and the scope's level.
    #[must_use]
    pub fn ceiling(&self) -> DataLevel {
        self.ceiling
    }

    /// Demands that the permit was given to the actor of `cx`, for one of `actions`. Whoever takes a permit asks
    /// this first.
    pub fn demand(&self, cx: &Cx, actions: &[Action]) -> Result<(), Denied> {
        if self.actor == *cx.actor() && actions.contains(&self.action) {
            return Ok(());
        }
        let action = actions.first().copied().unwrap_or(self.action);
        Err(Denied { action, scope: self.scope.label(), missing: Missing::OtherPermit { held: self.action } })
    }
}

/// What was missing for a permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "missing", rename_all = "snake_case")]
pub enum Missing {
    /// Nobody is logged in, and this needs somebody.
    Login,
    /// The password must be changed before anything else.
    PasswordChange,
    /// A role that allows the action here.
    Role {
        /// The roles that would do.
        any_of: Vec<RoleId>,
    },
    /// A higher clearance.
    Level {
        /// What the actor has.
        has: DataLevel,
        /// What it takes.
        wanted: DataLevel,
    },
    /// A place in the region.
    Region {
        /// The region of the scope.
        wanted: Region,
    },
    /// A place in the department that owns it.
    Department,
    /// What the electronic fence asks: it permits this in other circumstances, or not at all.
    Fence {
        /// The policies that forbid it; none when nothing permits it.
        policies: Vec<String>,
        /// The network zone it was asked from.
        zone: Zone,
    },
    /// A permit for this; the one shown is for something or somebody else.
    OtherPermit {
        /// What the permit shown allows.
        held: Action,
    },
}

/// The actor may not do this, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{action}` on {scope} is not allowed: {missing}")]
pub struct Denied {
    /// What was asked for.
    pub action: Action,
    /// On what, as [`Scope::label`].
    pub scope: String,
    /// What was missing.
    pub missing: Missing,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Login => f.write_str("log in first"),
            Self::PasswordChange => f.write_str("change the password first"),
            Self::Role { any_of } if any_of.is_empty() => f.write_str("no role allows it"),
            Self::Role { any_of } => {
                let names: Vec<&str> = any_of.iter().map(RoleId::as_str).collect();
                write!(f, "it takes one of the roles {}", names.join(", "))
            }
            Self::Level { has, wanted } => write!(f, "it takes clearance {wanted}, and this is {has}"),
            Self::Region { wanted } => write!(f, "it belongs to region {wanted}"),
            Self::Department => f.write_str("it belongs to another department"),
            Self::Fence { policies, zone } if policies.is_empty() => {
                write!(f, "no policy of the fence permits it from the zone {}", zone.as_str())
            }
            Self::Fence { policies, zone } => {
                write!(f, "the fence forbids it from the zone {} ({})", zone.as_str(), policies.join(", "))
            }
            Self::OtherPermit { held } => write!(f, "the permit shown is for `{held}`, or for somebody else"),
        }
    }
}

impl Fault for Denied {
    fn kind(&self) -> Kind {
        match self.missing {
            Missing::Login => Kind::Unauthenticated,
            Missing::OtherPermit { .. } => Kind::Bug,
            Missing::PasswordChange
            | Missing::Role { .. }
            | Missing::Level { .. }
            | Missing::Region { .. }
            | Missing::Department
            | Missing::Fence { .. } => Kind::Denied,
        }
    }

    fn code(&self) -> &'static str {
        match self.missing {
            Missing::Login => "identity.login_required",
            Missing::PasswordChange => "identity.password_change_required",
            Missing::Role { .. } => "identity.role_missing",
            Missing::Level { .. } => "identity.level_too_low",
            Missing::Region { .. } => "identity.other_region",
            Missing::Department => "identity.other_department",
            Missing::Fence { .. } => "identity.fenced",
            Missing::OtherPermit { .. } => "identity.wrong_permit",
        }
    }
}

impl Cx {
    /// Asks for permission. The only maker of a [`Permit`].
    pub fn permit(&self, action: Action, scope: &Scope) -> Result<Permit, Denied> {
        match decide(self, action, scope) {
            Ok(ceiling) => Ok(Permit { actor: self.actor().clone(), action, scope: scope.clone(), ceiling }),
            Err(missing) => Err(Denied { action, scope: scope.label(), missing }),
        }
    }

    /// Whether a permit with this ceiling, for a scenario or the platform, opens what a collection holds: the same
    /// fence by which permits for the collection itself are given.
    #[must_use]
    pub fn reaches(&self, ceiling: DataLevel, collection: &Scope) -> bool {
        let object = Object::of(collection);
        if object.level() > ceiling {
            return false;
        }
        matches!(self.actor(), Actor::System { .. })
            || self.fence().decide(&self.inquiry("retrieve", object, ceiling)).allowed
    }

    /// Whether a model may be given text of `level` in a scenario: its policies, if any, that say no.
    pub fn admits_model(&self, model: Object, level: DataLevel, scenario: &Scope) -> Result<(), Missing> {
        if let Actor::System { .. } = self.actor() {
            return Ok(());
        }
        let mut inquiry = Inquiry { level, ..self.inquiry("generate", model, level) };
        if let Scope::Scenario { id, audience, .. } = scenario {
            inquiry.scenario = id.to_string();
            inquiry.audience = Some(*audience);
        }
        self.asked(&inquiry, None)
    }

    /// The inquiry that this caller's circumstances make of an action on a thing.
    #[must_use]
    pub fn inquiry(&self, action: &str, object: Object, clearance: DataLevel) -> Inquiry {
        let now = self.now();
        let hour = (now.as_millis().div_euclid(3_600_000) + 8).rem_euclid(24);
        let audience = match &object {
            Object::Scenario { audience, .. } => Some(*audience),
            Object::Platform | Object::Collection { .. } | Object::Model { .. } => None,
        };
        Inquiry {
            subject: Subject::of(self.person(), self.roles().iter().map(|role| role.as_str().to_owned()).collect()),
            action: action.to_owned(),
            zone: self.zone(),
            hour: u8::try_from(hour).unwrap_or(0),
            weekday: u8::try_from(now.date().weekday().to_monday_one_offset()).unwrap_or(1),
            level: object.level(),
            clearance,
            scenario: if let Object::Scenario { id, .. } = &object { id.clone() } else { String::new() },
            audience,
            object,
        }
    }

    /// Asks the fence.
    fn asked(&self, inquiry: &Inquiry, region: Option<&Region>) -> Result<(), Missing> {
        let decision = self.fence().decide(inquiry);
        if decision.allowed {
            return Ok(());
        }
        Err(match (decision.missing.as_deref(), region) {
            (Some("region"), Some(region)) => Missing::Region { wanted: region.clone() },
            (Some("department"), _) => Missing::Department,
            _ => Missing::Fence { policies: decision.because.clone(), zone: inquiry.zone },
        })
    }

    /// Whether [`Cx::permit`] would say yes.
    #[must_use]
    pub fn may(&self, action: Action, scope: &Scope) -> bool {
        decide(self, action, scope).is_ok()
    }
}

/// The rule: a role must allow it, and the fence. Gives the ceiling, or what is missing.
fn decide(cx: &Cx, action: Action, scope: &Scope) -> Result<DataLevel, Missing> {
    // The platform itself passes every fence; `Cx::system` wrote why into the record.
    if let Actor::System { .. } = cx.actor() {
        return Ok(level_of(scope));
    }
    if cx.must_change_password() {
        return Err(Missing::PasswordChange);
    }
    let (clearance, ceiling) = by_role(cx, action, scope)?;
    let region = match scope {
        Scope::Collection { region, .. } => Some(region),
        Scope::Platform | Scope::Scenario { .. } => None,
    };
    cx.asked(&cx.inquiry(action.code(), Object::of(scope), clearance), region)?;
    Ok(ceiling)
}

/// What the roles say: the clearance of the role that allows it, and the ceiling.
pub(crate) fn by_role(cx: &Cx, action: Action, scope: &Scope) -> Result<(DataLevel, DataLevel), Missing> {
    let anonymous = cx.person().is_none();
    let allowed = |role: &Role| role.actions.contains(&action) && scope_admits(scope, action, role, anonymous);
    // The clearance counts only through a role that allows this very action, so that a second role never
    // lifts the level of what the first one does.
    let Some(clearance) = cx.granted().filter(|role| allowed(role)).map(|role| role.clearance).max() else {
        if anonymous {
            return Err(Missing::Login);
        }
        let any_of = cx.policy().iter().filter(|role| role.id != RoleId::citizen() && allowed(role));
        return Err(Missing::Role { any_of: any_of.map(|role| role.id.clone()).collect() });
    };
    let level = level_of(scope);
    let ceiling = match scope {
        Scope::Platform => clearance,
        // A question may be asked with less clearance than the scenario reaches to: the ceiling then hides
        // the rest. Whoever decides on a draft must be cleared for everything in it.
        Scope::Scenario { .. } if clearance < level && !matches!(action, Action::Ask | Action::GiveFeedback) => {
            return Err(Missing::Level { has: clearance, wanted: level });
        }
        Scope::Scenario { .. } => clearance.min(level),
        Scope::Collection { .. } if clearance < level => {
            return Err(if anonymous { Missing::Login } else { Missing::Level { has: clearance, wanted: level } });
        }
        Scope::Collection { .. } => level,
    };
    Ok((clearance, ceiling))
}

impl Subject {
    /// Somebody, or everybody without an account.
    #[must_use]
    pub fn of(person: Option<&Person>, roles: std::collections::BTreeSet<String>) -> Self {
        match person {
            None => Self {
                id: "visitor".to_owned(),
                signed_in: false,
                roles,
                departments: Vec::new(),
                region: Region::country(),
            },
            Some(person) => Self {
                id: person.id.as_str().to_owned(),
                signed_in: true,
                roles,
                departments: person.department.path.iter().map(|id| id.as_str().to_owned()).collect(),
                region: person.region.clone(),
            },
        }
    }
}

impl Object {
    /// What a scope is to the fence.
    #[must_use]
    pub fn of(scope: &Scope) -> Self {
        match scope {
            Scope::Platform => Self::Platform,
            Scope::Scenario { id, audience, level, .. } => {
                Self::Scenario { id: id.to_string(), level: *level, audience: *audience }
            }
            Scope::Collection { id, level, region, department } => Self::Collection {
                id: id.to_string(),
                level: *level,
                region: region.clone(),
                department: department.as_ref().map(|id| id.as_str().to_owned()),
            },
        }
    }
}

fn level_of(scope: &Scope) -> DataLevel {
    match scope {
        Scope::Platform => DataLevel::Sensitive,
        Scope::Scenario { level, .. } | Scope::Collection { level, .. } => *level,
    }
}

/// Whether the scope itself lets this role in.
fn scope_admits(scope: &Scope, action: Action, role: &Role, anonymous: bool) -> bool {
    match scope {
        Scope::Platform | Scope::Collection { .. } => true,
        Scope::Scenario { audience, roles, .. } => {
            let open = !anonymous || *audience == Audience::Public;
            // The list names who may ask; reviewers are found by their role alone.
            let listed = action != Action::Ask || roles.is_empty() || roles.contains(&role.id);
            open && listed
        }
    }
}
