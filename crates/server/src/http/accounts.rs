//! Accounts, departments, roles: for the system administrator and the security administrator, each their part.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::HeaderMap;
use identity::{Account, AccountChange, Action, NewAccount, RoleId, Scope};
use kernel::ids::{DepartmentId, UserId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::account::{AccountView, DepartmentView, NewAccountView, OneTimePasswordView, RolesView};
use crate::views::common::{Items, Page};

/// Which accounts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct AccountsParameters {
    /// The cursor.
    after: Option<String>,
    /// At most so many, 100 when absent.
    limit: Option<usize>,
}

/// The accounts, by user name.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(AccountsParameters),
    responses((status = 200, body = Page<AccountView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<AccountsParameters>,
) -> Result<axum::Json<Page<AccountView>>, Problem> {
    let permit = cx.permit(Action::ReadAccounts, &Scope::Platform)?;
    let limit = parameters.limit.unwrap_or(100).clamp(1, 500);
    let found = app.platform.identity.accounts(&cx, &permit, parameters.after.as_deref(), limit as u64 + 1).await?;
    let items = found.into_iter().map(AccountView::from).collect();
    Ok(axum::Json(Page::cut(items, limit, |account: &AccountView| account.username.clone())))
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountBody {
    username: String,
    name: String,
    #[schema(value_type = String)]
    department: DepartmentId,
}

/// Make an account. It has no role until the security administrator gives it one.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccountBody,
    responses((status = 200, body = NewAccountView), (status = "4XX", body = ProblemView)))]
pub async fn create(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<NewAccountBody>,
) -> Result<axum::Json<NewAccountView>, Problem> {
    let permit = cx.permit(Action::ManageAccounts, &Scope::Platform)?;
    let new = NewAccount { username: body.username, name: body.name, department: body.department };
    let (account, password) = app.platform.identity.create_account(&cx, &permit, &new).await?;
    let one_time_password = password.reveal().to_owned();
    Ok(axum::Json(NewAccountView { account: account.into(), one_time_password }))
}

/// What is to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChangeBody {
    /// By the system administrator.
    #[serde(default)]
    name: Option<String>,
    /// By the system administrator.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    department: Option<DepartmentId>,
    /// By the system administrator.
    #[serde(default)]
    locked: Option<bool>,
    /// By the security administrator.
    #[serde(default)]
    roles: Option<Vec<String>>,
}

/// Change an account: name, department and lock by the system administrator, roles by the security administrator.
#[utoipa::path(patch, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    request_body = AccountChangeBody, responses((status = 200, body = AccountView), (status = "4XX", body = ProblemView)))]
pub async fn change(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<UserId>,
    Json(body): Json<AccountChangeBody>,
) -> Result<axum::Json<AccountView>, Problem> {
    let identity = &app.platform.identity;
    let mut account: Option<Account> = None;
    if body.name.is_some() || body.department.is_some() {
        let permit = cx.permit(Action::ManageAccounts, &Scope::Platform)?;
        let change = AccountChange { name: body.name, department: body.department };
        account = Some(identity.update_account(&cx, &permit, &id, &change).await?);
    }
    if let Some(locked) = body.locked {
        let permit = cx.permit(Action::ManageAccounts, &Scope::Platform)?;
        account = Some(identity.set_locked(&cx, &permit, &id, locked).await?);
    }
    if let Some(names) = body.roles {
        let permit = cx.permit(Action::GrantRoles, &Scope::Platform)?;
        let roles: Result<BTreeSet<RoleId>, _> = names.iter().map(|name| RoleId::parse(name)).collect();
        let roles = roles.map_err(|error| Problem::invalid(error.to_string()))?;
        account = Some(identity.set_roles(&cx, &permit, &id, &roles).await?);
    }
    match account {
        Some(account) => Ok(axum::Json(account.into())),
        None => Err(Problem::invalid("name a field to change: name, department, locked or roles")),
    }
}

/// Give an account a password that its owner must change; its sessions end.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/password", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = OneTimePasswordView), (status = "4XX", body = ProblemView)))]
pub async fn reset_password(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<UserId>,
) -> Result<axum::Json<OneTimePasswordView>, Problem> {
    let permit = cx.permit(Action::ManageAccounts, &Scope::Platform)?;
    let password = app.platform.identity.reset_password(&cx, &permit, &id).await?;
    Ok(axum::Json(OneTimePasswordView { one_time_password: password.reveal().to_owned() }))
}

/// The departments, as a flat list in the order of the tree.
#[utoipa::path(get, path = "/api/v1/departments", tag = "accounts",
    responses((status = 200, body = Items<DepartmentView>), (status = "4XX", body = ProblemView)))]
pub async fn departments(
    State(app): State<App>,
    _person: Person,
) -> Result<axum::Json<Items<DepartmentView>>, Problem> {
    let found = app.platform.identity.departments().await?;
    Ok(axum::Json(Items { items: found.into_iter().map(Into::into).collect() }))
}

/// The roles and what each allows.
#[utoipa::path(get, path = "/api/v1/roles", tag = "accounts",
    responses((status = 200, body = RolesView), (status = "4XX", body = ProblemView)))]
pub async fn roles(
    State(app): State<App>,
    _person: Person,
    headers: HeaderMap,
) -> Result<axum::Json<RolesView>, Problem> {
    Ok(axum::Json(RolesView::of(app.platform.identity.roles(), language(&headers))))
}
