//! The caller: from a bearer token, a session cookie or a visitor cookie to a [`Cx`].

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use identity::{Client, Cx, Zone};
use kernel::ids::VisitorId;

use crate::http::App;
use crate::http::problem::{Caller, Problem, Trace};
use crate::proofs::Proofs;

/// The cookie that holds a session token.
pub const SESSION_COOKIE: &str = "sz_session";
/// The cookie that holds a visitor's random name and the proof that the name was given to this browser: `ID.PROOF`.
pub const VISITOR_COOKIE: &str = "sz_visitor";
/// What the proof in that cookie is for.
const VISITOR: &str = "visitor";
/// The header that a page of another site cannot send without asking first.
const CSRF_HEADER: &str = "x-requested-with";

/// Somebody who is logged in.
#[derive(Debug)]
pub struct Person(pub Cx);

/// Anybody: logged in, or a visitor. `new_visitor` is a cookie to set.
#[derive(Debug)]
pub struct Anyone {
    /// Who asks.
    pub cx: Cx,
    /// The `Set-Cookie` for a visitor who came without a name.
    pub new_visitor: Option<HeaderValue>,
}

/// The network address of a caller.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub IpAddr);

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match logged_in(parts, app).await? {
            Some(cx) => Ok(Self(cx)),
            None => Err(Problem::new(StatusCode::UNAUTHORIZED, "identity.login_required", "log in first")),
        }
    }
}

impl FromRequestParts<App> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(cx) = logged_in(parts, app).await? {
            return Ok(Self { cx, new_visitor: None });
        }
        let known = cookie(&parts.headers, VISITOR_COOKIE).and_then(|value| visitor_of(value, &app.proofs));
        let (visitor, new_visitor) = match known {
            Some(visitor) => (visitor, None),
            None => {
                let visitor = VisitorId::generate(app.platform.store.ids());
                let set = visitor_cookie(app, &visitor);
                (visitor, set)
            }
        };
        let cx = app.platform.identity.visitor(visitor).with_trace(&trace(parts)).with_zone(zone(parts, app));
        Ok(Self { cx, new_visitor })
    }
}

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(app.networks.origin(direct(parts), &parts.headers).address))
    }
}

/// The visitor of a cookie that was made here. The id alone, which operators and officers read in records, is nobody's:
/// a cookie without its proof counts as none.
fn visitor_of(value: &str, proofs: &Proofs) -> Option<VisitorId> {
    let (id, proof) = value.rsplit_once('.')?;
    if proofs.holds(VISITOR, id, proof) { VisitorId::parse(id).ok() } else { None }
}

/// The `Set-Cookie` of a new visitor.
fn visitor_cookie(app: &App, visitor: &VisitorId) -> Option<HeaderValue> {
    let proof = app.proofs.make(VISITOR, visitor.as_str());
    let secure = if app.config.server.secure_cookies { "; Secure" } else { "" };
    let text = format!("{VISITOR_COOKIE}={visitor}.{proof}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}");
    HeaderValue::from_str(&text).ok()
}

/// The address that the connection comes from. A request without a connection is a test's own.
fn direct(parts: &Parts) -> IpAddr {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip())
}

/// The network zone of a request.
pub(crate) fn zone(parts: &Parts, app: &App) -> Zone {
    app.networks.origin(direct(parts), &parts.headers).zone
}

/// What a login records of its connection.
#[must_use]
pub fn client(headers: &HeaderMap, address: Address) -> Client {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Client { address: address.0.to_string(), agent: agent.chars().take(200).collect() }
}

/// The session token of a request, and whether it came as a cookie.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<(&str, bool)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer ").or_else(|| v.strip_prefix("bearer ")));
    match bearer {
        Some(token) => Some((token.trim(), false)),
        None => cookie(headers, SESSION_COOKIE).map(|token| (token, true)),
    }
}

async fn logged_in(parts: &Parts, app: &App) -> Result<Option<Cx>, Problem> {
    // A level that was raised on any server holds for every request from then on.
    app.platform.assistant.follow_levels(&app.platform.store).await?;
    let Some((token, from_cookie)) = token(&parts.headers) else { return Ok(None) };
    let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if from_cookie && !safe && !parts.headers.contains_key(CSRF_HEADER) {
        let detail = "a changing request with a cookie needs the header X-Requested-With";
        return Err(Problem::new(StatusCode::FORBIDDEN, "http.csrf", detail));
    }
    match app.platform.identity.authenticate(token).await {
        Ok(cx) => {
            let cx = cx.with_trace(&trace(parts)).with_zone(zone(parts, app));
            if let Some(caller) = parts.extensions.get::<Caller>() {
                caller.set(&cx);
            }
            app.abuse.request(&cx.actor().label(), true)?;
            Ok(Some(cx))
        }
        // A cookie that ran out does not keep a citizen from asking; a bearer token says what it means.
        Err(identity::Error::SessionOver) if from_cookie => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn trace(parts: &Parts) -> String {
    parts.extensions.get::<Trace>().map(|trace| trace.0.clone()).unwrap_or_default()
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
