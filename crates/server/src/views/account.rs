//! Views of people: sessions, accounts, departments, roles.

use assistant::phrases::Language;
use identity::{Account, Action, Cx, Department, Role, Roles};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::common::Named;

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    /// The account.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The name used to log in.
    pub username: String,
    /// The roles held.
    pub roles: Vec<String>,
    /// Where the person works.
    pub department: Option<Named>,
    /// The region's division code.
    pub region: String,
    /// The highest data level: `public`, `internal` or `sensitive`.
    pub clearance: String,
    /// What the roles allow somewhere.
    pub actions: Vec<String>,
}

impl UserView {
    /// The view of a logged-in person.
    #[must_use]
    pub fn of(cx: &Cx) -> Option<Self> {
        let person = cx.person()?;
        Some(Self {
            id: person.id.to_string(),
            name: person.name.clone(),
            username: person.username.clone(),
            roles: cx.roles().iter().map(|role| role.as_str().to_owned()).collect(),
            department: Some(Named { id: person.department.id.to_string(), name: person.department.name.clone() }),
            region: person.region.to_string(),
            clearance: cx.clearance().to_string(),
            actions: cx.actions().iter().map(|action| action.code().to_owned()).collect(),
        })
    }
}

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The bearer token; absent when an open session is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Who is logged in.
    pub user: UserView,
    /// When the session ends in any case.
    pub expires_at: String,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
}

/// An account, for those who look after accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// The account.
    pub id: String,
    /// The name used to log in.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Where the person works.
    pub department: Named,
    /// The roles held.
    pub roles: Vec<String>,
    /// Whether it is locked.
    pub locked: bool,
    /// Whether the password must be changed.
    pub must_change_password: bool,
    /// When it was made.
    pub created_at: String,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.to_string(),
            username: account.username,
            name: account.name,
            department: Named { id: account.department.id.to_string(), name: account.department.name },
            roles: account.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            locked: account.locked,
            must_change_password: account.must_change_password,
            created_at: account.created_at.to_string(),
        }
    }
}

/// An account that was made, with the password to tell its owner once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewAccountView {
    /// The account.
    pub account: AccountView,
    /// The password for the first login.
    pub one_time_password: String,
}

/// A password to tell its owner once.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneTimePasswordView {
    /// The password for the next login.
    pub one_time_password: String,
}

/// A department.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepartmentView {
    /// Which.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The department above.
    pub parent: Option<String>,
    /// Its region.
    pub region: String,
}

impl From<Department> for DepartmentView {
    fn from(department: Department) -> Self {
        Self {
            id: department.id.to_string(),
            name: department.name,
            parent: department.parent.map(|id| id.to_string()),
            region: department.region.to_string(),
        }
    }
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Which.
    pub id: String,
    /// Its title in the reader's language.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// What it allows.
    pub actions: Vec<String>,
    /// The highest data level it may see.
    pub clearance: String,
}

/// All roles and actions.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolesView {
    /// The roles.
    pub roles: Vec<RoleView>,
    /// All actions there are.
    pub actions: Vec<String>,
}

impl RolesView {
    /// The view of a policy.
    #[must_use]
    pub fn of(roles: &Roles, language: Language) -> Self {
        let view = |role: &Role| RoleView {
            id: role.id.as_str().to_owned(),
            title: if language == Language::English { role.title_en.clone() } else { role.title.clone() },
            title_en: role.title_en.clone(),
            actions: role.actions.iter().map(|action| action.code().to_owned()).collect(),
            clearance: role.clearance.to_string(),
        };
        Self {
            roles: roles.iter().map(view).collect(),
            actions: Action::ALL.iter().map(|action| action.code().to_owned()).collect(),
        }
    }
}
