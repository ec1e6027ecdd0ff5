//! The OpenAI-compatible gateway: what programs call with a key, in the shapes that OpenAI's clients read.

pub mod chat;
pub mod embeddings;
pub mod list;
mod pump;
mod scenario;

use std::sync::Arc;

use assistant::flows::answer::on_behalf;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use identity::{Action, ApiKey, Cx, Scope};
use kernel::{DataLevel, Fault as _};
use models::GatewayCall;

use crate::abuse::Asker;
use crate::http::App;
use crate::http::caller::{Address, Person, token, zone};
use crate::http::problem::{Caller, Problem, Trace};

/// A program with its key, or a model operator who tries a route.
#[derive(Debug, Clone)]
pub struct Program {
    /// Acts for it.
    pub cx: Cx,
    /// For counting.
    pub asker: Asker,
    /// Its key; nothing for a model operator.
    pub key: Option<Arc<ApiKey>>,
}

impl FromRequestParts<App> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let address = Address::from_request_parts(parts, app).await?;
        let secret = token(&parts.headers).filter(|(text, cookie)| !cookie && text.starts_with("sz-"));
        let Some(secret) = secret.map(|(text, _)| text.to_owned()) else {
            let Person(cx) = Person::from_request_parts(parts, app).await?;
            let _permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
            let asker = Asker::of(&cx, address.0, false);
            // The session took its share of the minute already; all else holds as for a key.
            app.abuse.let_in(&asker, "gateway")?;
            app.platform.assistant.channel_open(&cx).await?;
            return Ok(Self { cx, asker, key: None });
        };
        let caller = app.platform.identity.caller(&secret, address.0).await?;
        let trace = parts.extensions.get::<Trace>().map(|trace| trace.0.clone()).unwrap_or_default();
        let cx = caller.cx.with_trace(&trace).with_zone(zone(parts, app));
        if let Some(known) = parts.extensions.get::<Caller>() {
            known.set(&cx);
        }
        let asker = Asker::of(&cx, address.0, false);
        app.abuse.program(&asker, caller.key.requests_per_minute)?;
        app.platform.assistant.channel_open(&cx).await?;
        Ok(Self { cx, asker, key: Some(caller.key) })
    }
}

impl Program {
    /// Refuses what the key does not open.
    pub fn opens(&self, what: &str) -> Result<(), Problem> {
        match &self.key {
            None => Ok(()),
            Some(key) if key.opens(what) => Ok(()),
            Some(_) => {
                let detail = format!("the key does not open `{what}`");
                Err(Problem::new(StatusCode::FORBIDDEN, "identity.key_scope", detail))
            }
        }
    }

    /// A call of the models behind a name, as far as switches and the fence let this caller's texts go to them. The role
    /// of a key must allow questions, from where it calls.
    pub async fn call(&self, app: &App, name: &str, priority: u8, headers: &HeaderMap) -> Result<GatewayCall, Problem> {
        if self.key.is_some() {
            let _permit = self.cx.permit(Action::Ask, &Scope::Platform)?;
        }
        let level = level(&self.cx, headers)?;
        let closed = app.platform.assistant.closed_models(&self.cx, name, level).await?;
        let on = on_behalf(&self.cx, &app.platform.assistant.models().registry(), "", priority);
        Ok(GatewayCall { on, level, closed, conversation: None })
    }
}

/// The level of the texts in a request: what its sender says in `X-Data-Level`, at most what it may see; that when it
/// says nothing.
fn level(cx: &Cx, headers: &HeaderMap) -> Result<DataLevel, Problem> {
    match headers.get("x-data-level") {
        None => Ok(cx.clearance()),
        Some(value) => {
            let said = value.to_str().ok().and_then(DataLevel::parse);
            let said = said.ok_or_else(|| Problem::invalid("`X-Data-Level` is public, internal or sensitive"))?;
            if said > cx.clearance() {
                let detail = "texts above the level that the key may see";
                return Err(Problem::new(StatusCode::FORBIDDEN, "identity.key_scope", detail));
            }
            Ok(said)
        }
    }
}

/// An error of the gateway as a problem.
pub(crate) fn problem(error: models::Error) -> Problem {
    let (status, code) = match &error {
        models::Error::NoModel { .. } => (StatusCode::FORBIDDEN, "models.no_model"),
        models::Error::Timeout { .. } => (StatusCode::GATEWAY_TIMEOUT, error.code()),
        models::Error::Stopped(refusal) => {
            let detail = format!("the guard stopped the text: {}", refusal.code.as_str());
            return Problem::new(StatusCode::BAD_REQUEST, "models.stopped", detail);
        }
        _ => return Problem::from(error),
    };
    Problem::new(status, code, error.to_string())
}
