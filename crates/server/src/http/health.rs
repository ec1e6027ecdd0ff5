//! Health: for load balancers and collectors, without a login.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::caller::Address;
use crate::http::problem::{Problem, ProblemView};

/// How a probe ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// `ok`, or what is missing.
    pub status: String,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = HealthView)))]
pub async fn healthz() -> axum::Json<HealthView> {
    std::future::ready(axum::Json(HealthView { status: "ok".to_owned() })).await
}

/// Whether this server should get requests: its store answers and it does not drain.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = HealthView), (status = 503, body = ProblemView)))]
pub async fn readyz(State(app): State<App>) -> Result<axum::Json<HealthView>, Problem> {
    if *app.draining.borrow() {
        let detail = "the server is stopping";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "http.draining", detail));
    }
    app.platform.store.audit().head().await?;
    Ok(axum::Json(HealthView { status: "ok".to_owned() }))
}

/// Measures for Prometheus. Loopback and the configured networks only.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, content_type = "text/plain", body = String), (status = 403, body = ProblemView)))]
pub async fn metrics(State(app): State<App>, address: Address) -> Result<Response, Problem> {
    let allowed = address.0.is_loopback() || app.metrics_networks.iter().any(|network| network.contains(&address.0));
    if !allowed {
        let detail = "metrics are for loopback and the networks of server.metrics_networks";
        return Err(Problem::new(StatusCode::FORBIDDEN, "http.not_from_here", detail));
    }
    app.platform.measure().await;
    let text = crate::measures::install().map(|handle| handle.render()).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
