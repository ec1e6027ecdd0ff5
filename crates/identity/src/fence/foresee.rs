//! Foreseeing: what the fence would say to somebody else, elsewhere, at another time, or with other policies. It
//! answers an officer's questions and gives nothing that could be used: no `Cx`, no `Permit`.

use std::collections::BTreeSet;

use kernel::ids::VisitorId;
use kernel::{DataLevel, Timestamp};

use super::{Explanation, Fence, Object};
use crate::accounts::Account;
use crate::permit::by_role;
use crate::roles::RoleId;
use crate::{Action, Cx, Identity, Scope, Session, Zone};

/// What is supposed of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supposed {
    /// From which network zone.
    pub zone: Zone,
    /// The hour in China; now when absent.
    pub hour: Option<u8>,
    /// The day of the week, 1 to 7; today when absent.
    pub weekday: Option<u8>,
}

impl From<Zone> for Supposed {
    fn from(zone: Zone) -> Self {
        Self { zone, hour: None, weekday: None }
    }
}

/// What somebody is supposed to do.
#[derive(Debug, Clone)]
pub enum Supposition {
    /// An action on a scope.
    Act(Action, Scope),
    /// Find something of a collection in answer to a question or a search.
    Retrieve(Scope),
    /// Have a model write about text of a level, in a scenario.
    Generate(Object, DataLevel, Scope),
}

/// What would be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// Whether it would be allowed.
    pub allowed: bool,
    /// Whether a role and its clearance allow it.
    pub role_allows: bool,
    /// What the role lacks, in English; nothing when it lacks nothing.
    pub role_lacks: Option<String>,
    /// What the fence says, and why.
    pub explanation: Explanation,
}

impl Identity {
    /// What would be said to this account (nobody: to a visitor) under `fence`.
    #[must_use]
    pub fn foresee(&self, fence: &Fence, who: Option<&Account>, deed: &Supposition, supposed: Supposed) -> Foreseen {
        let cx = match who {
            Some(account) => self.cx_of(account.clone(), false, supposed_session(self.store.clock().now())),
            None => self.visitor(VisitorId::generate(self.store.ids())),
        };
        let cx = cx.with_zone(supposed.zone);
        let (role, mut inquiry) = match deed {
            Supposition::Act(action, scope) => {
                let role = by_role(&cx, *action, scope).map(|(clearance, _)| clearance);
                let clearance = role.as_ref().copied().unwrap_or(DataLevel::Public);
                (role.map_err(|missing| missing.to_string()), cx.inquiry(action.code(), Object::of(scope), clearance))
            }
            Supposition::Retrieve(scope) => {
                let ceiling = seeing(&cx);
                let object = Object::of(scope);
                let role = match ceiling {
                    Some(ceiling) if object.level() <= ceiling => Ok(ceiling),
                    Some(ceiling) => Err(format!("it takes clearance {}, and this is {ceiling}", object.level())),
                    None => Err("no role may ask or search".to_owned()),
                };
                (role, cx.inquiry("retrieve", object, ceiling.unwrap_or(DataLevel::Public)))
            }
            Supposition::Generate(model, level, scope) => {
                let role = by_role(&cx, Action::Ask, scope).map(|(clearance, _)| clearance);
                let mut inquiry = cx.inquiry("generate", model.clone(), *level);
                inquiry.level = *level;
                if let Scope::Scenario { id, audience, .. } = scope {
                    inquiry.scenario = id.to_string();
                    inquiry.audience = Some(*audience);
                }
                (role.map_err(|missing| missing.to_string()), inquiry)
            }
        };
        inquiry.hour = supposed.hour.unwrap_or(inquiry.hour);
        inquiry.weekday = supposed.weekday.unwrap_or(inquiry.weekday);
        let explanation = fence.explain(&inquiry);
        Foreseen {
            allowed: role.is_ok() && explanation.allowed,
            role_allows: role.is_ok(),
            role_lacks: role.err(),
            explanation,
        }
    }
}

/// The highest level that a role which asks or searches may see.
fn seeing(cx: &Cx) -> Option<DataLevel> {
    let sees = |actions: &BTreeSet<Action>| actions.contains(&Action::Ask) || actions.contains(&Action::Search);
    cx.granted().filter(|role| sees(&role.actions)).map(|role| role.clearance).max()
}

fn supposed_session(now: Timestamp) -> Session {
    Session {
        id: String::new(),
        address: String::new(),
        agent: String::new(),
        opened_at: now,
        seen_at: now,
        expires_at: now,
    }
}

/// Accounts that no policy can tell apart, unless it names a person: the same roles in the same department.
#[must_use]
pub fn alike(account: &Account) -> (BTreeSet<RoleId>, Vec<String>, String) {
    let path = account.department.path.iter().map(|id| id.as_str().to_owned()).collect();
    (account.roles.clone(), path, account.department.region.to_string())
}
