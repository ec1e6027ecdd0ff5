//! Sessions: logging in and out, and one's own password.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::{Address, Person, SESSION_COOKIE, client};
use crate::http::problem::{Problem, ProblemView};
use crate::views::account::{SessionView, UserView};

/// Who wants to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    username: String,
    password: String,
}

/// A new password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    current: String,
    new: String,
}

/// Log in. The answer carries the bearer token and sets the cookie that the page uses.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = LoginBody,
    responses((status = 200, body = SessionView), (status = "4XX", body = ProblemView)))]
pub async fn open(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Json(body): Json<LoginBody>,
) -> Result<Response, Problem> {
    let limit = app.config.server.logins_per_minute_per_address;
    app.abuse.limiter.take(&format!("login {}", address.0), limit).map_err(|secs| {
        crate::measures::turned_away("logins");
        Problem::too_many("http.too_many_logins", secs)
    })?;
    let opened = app.platform.identity.login(&body.username, &body.password, &client(&headers, address)).await?;
    let user = UserView::of(&opened.cx).ok_or_else(|| Problem::not_found("no such account"))?;
    let secure = if app.config.server.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{SESSION_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{secure}", opened.token.reveal());
    let view = SessionView {
        token: Some(opened.token.reveal().to_owned()),
        user,
        expires_at: opened.expires_at.to_string(),
        must_change_password: opened.must_change_password,
    };
    let mut response = axum::Json(view).into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = SessionView), (status = 401, body = ProblemView)))]
pub async fn read(Person(cx): Person) -> Result<axum::Json<SessionView>, Problem> {
    let user = UserView::of(&cx).ok_or_else(|| Problem::not_found("no such account"))?;
    let expires_at = cx.session().map(|session| session.expires_at.to_string()).unwrap_or_default();
    Ok(axum::Json(SessionView { token: None, user, expires_at, must_change_password: cx.must_change_password() }))
}

/// Log out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204), (status = 401, body = ProblemView)))]
pub async fn close(State(app): State<App>, Person(cx): Person) -> Result<Response, Problem> {
    app.platform.identity.logout(&cx).await?;
    let cookie = format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Change one's own password. Other sessions of the account end.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = PasswordBody,
    responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn change_password(
    State(app): State<App>,
    Person(cx): Person,
    address: Address,
    headers: HeaderMap,
    Json(body): Json<PasswordBody>,
) -> Result<StatusCode, Problem> {
    let client = client(&headers, address);
    app.platform.identity.change_password(&cx, &body.current, &body.new, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
