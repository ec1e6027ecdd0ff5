//! The route table: one line per address, grouped by who calls it. A handler extracts, calls one function of the
//! crates below, and converts.

pub mod accounts;
pub mod ask;
pub mod audit;
pub mod body;
pub mod calculations;
pub mod caller;
pub mod collections;
pub mod conversations;
pub mod corrections;
pub mod documents;
pub mod egress;
pub mod enterprise_policies;
pub mod enterprises;
pub mod export;
pub mod fence;
pub mod health;
pub mod hotline;
pub mod keys;
pub mod mcp;
pub mod models;
pub mod page;
pub mod pages;
pub mod pairs;
pub mod problem;
pub mod refusals;
pub mod review_batch;
pub mod review_work;
pub mod reviews;
pub mod runs;
pub mod scenario_drafts;
pub mod scenarios;
pub mod scoring;
pub mod search;
pub mod security;
pub mod session;
pub mod sse;
pub mod switches;
pub mod system;
pub mod test_box;
pub mod v1;
pub mod validity;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts as _, MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use kernel::Timestamp;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::abuse::Abuse;
use crate::config::Config;
use crate::networks::Networks;
use crate::proofs::Proofs;
use crate::wiring::Platform;

/// Everything a handler may use. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The platform.
    pub platform: Arc<Platform>,
    /// The configuration.
    pub config: Arc<Config>,
    /// When this server started.
    pub started_at: Timestamp,
    /// From where requests come: trusted proxies and zones.
    pub networks: Arc<Networks>,
    /// Networks that may read `/metrics` besides loopback.
    pub metrics_networks: Arc<Vec<ipnet::IpNet>>,
    /// Limits, the gate before questions, and what follows for callers who go over them.
    pub abuse: Arc<Abuse>,
    /// What makes a visitor's cookie known again.
    pub proofs: Proofs,
    /// Becomes true when the server drains: streams end, `readyz` says no.
    pub draining: tokio::sync::watch::Receiver<bool>,
}

/// The largest request of the gateway: a long context with its tools.
const MAX_CHAT_BYTES: usize = 8 << 20;
/// The largest word library that is imported.
const MAX_WORDS_BYTES: usize = 8 << 20;
/// The largest JSON body.
const MAX_JSON_BYTES: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Shuzheng (数政)",
        description = "A private, auditable large-model platform for digital government. Errors are application/problem+json with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(problem::ProblemView))
)]
struct ApiDescription;

/// The API's routes with their description.
#[must_use]
#[rustfmt::skip]
pub fn api(max_upload_bytes: usize) -> OpenApiRouter<App> {
    let upload = DefaultBodyLimit::max(max_upload_bytes);
    OpenApiRouter::with_openapi(ApiDescription::openapi())
        // Anybody.
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(session::open, session::read, session::close))
        .routes(routes!(scenarios::list))
        .routes(routes!(ask::ask))
        .routes(routes!(security::challenge))
        .routes(routes!(runs::list))
        .routes(routes!(runs::read))
        .routes(routes!(runs::companion))
        .routes(routes!(runs::events))
        .routes(routes!(export::export))
        .routes(routes!(runs::give_feedback))
        .routes(routes!(review_work::withdraw))
        .routes(routes!(review_work::resubmit))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::read, conversations::remove))
        .routes(routes!(conversations::restore))
        .routes(routes!(documents::article))
        .routes(routes!(validity::timeline))
        .routes(routes!(validity::cited_by))
        .routes(routes!(validity::cites))
        .routes(routes!(enterprise_policies::fields))
        .routes(routes!(enterprise_policies::list, enterprise_policies::decompose))
        .routes(routes!(enterprise_policies::clashes))
        .routes(routes!(enterprise_policies::matches))
        .routes(routes!(enterprise_policies::read, enterprise_policies::change))
        .routes(routes!(calculations::list))
        .routes(routes!(calculations::compute))
        // Staff.
        .routes(routes!(session::change_password))
        .routes(routes!(collections::list, collections::create))
        .routes(routes!(collections::read, collections::remove))
        .routes(routes!(collections::embed))
        .routes(routes!(collections::embeddings))
        .routes(routes!(pairs::list, pairs::mark))
        .merge(OpenApiRouter::new().routes(routes!(documents::list, documents::upload)).layer(upload))
        .routes(routes!(documents::read, documents::remove))
        .routes(routes!(documents::articles))
        .routes(routes!(documents::file))
        .routes(routes!(pages::read))
        .routes(routes!(documents::job, documents::stop))
        .routes(routes!(documents::job_events))
        .routes(routes!(validity::difference))
        .routes(routes!(validity::conflicts))
        .routes(routes!(validity::freshness))
        .routes(routes!(validity::gaps))
        .routes(routes!(search::search))
        // The 12345 hotline.
        .routes(routes!(hotline::drafts::draft))
        .routes(routes!(hotline::calls::list, hotline::calls::begin))
        .routes(routes!(hotline::calls::read))
        .routes(routes!(hotline::calls::take))
        .routes(routes!(hotline::calls::end))
        .routes(routes!(hotline::calls::say))
        .routes(routes!(hotline::transcript::watch))
        .routes(routes!(hotline::orders::list, hotline::orders::create))
        .routes(routes!(hotline::orders::counts))
        .routes(routes!(hotline::orders::read))
        .routes(routes!(hotline::orders::take))
        .routes(routes!(hotline::orders::reveal))
        .routes(routes!(hotline::orders::check_reply))
        .routes(routes!(hotline::orders::draft_reply))
        .routes(routes!(hotline::tables::export))
        .routes(routes!(hotline::tables::import))
        .routes(routes!(hotline::issues::list))
        .routes(routes!(hotline::issues::settings))
        .routes(routes!(enterprise_policies::impact))
        .routes(routes!(enterprises::list, enterprises::keep))
        .merge(OpenApiRouter::new().routes(routes!(enterprises::import)).layer(upload))
        .routes(routes!(enterprises::read))
        .routes(routes!(enterprises::matches))
        .routes(routes!(enterprises::batches, enterprises::begin_batch))
        .routes(routes!(enterprises::batch))
        .routes(routes!(enterprises::batch_file))
        .routes(routes!(scenario_drafts::list, scenario_drafts::create))
        .routes(routes!(scenario_drafts::check))
        .routes(routes!(scenario_drafts::rehearse))
        .routes(routes!(scenario_drafts::remove))
        // Reviewers.
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::events))
        .routes(routes!(reviews::read))
        .routes(routes!(reviews::decide))
        .routes(routes!(review_batch::decide_many))
        .routes(routes!(review_work::claim))
        .routes(routes!(review_work::release))
        .routes(routes!(review_work::send_back))
        .routes(routes!(review_work::countersign))
        .routes(routes!(review_work::assign))
        .routes(routes!(review_work::reviewers))
        .routes(routes!(review_work::set_absence))
        .routes(routes!(review_work::set_competences))
        .routes(routes!(corrections::list, corrections::add))
        .routes(routes!(corrections::read, corrections::change))
        .routes(routes!(corrections::retire))
        .routes(routes!(refusals::list))
        .routes(routes!(refusals::history, refusals::propose))
        .routes(routes!(scoring::list))
        .routes(routes!(scoring::read, scoring::write))
        .routes(routes!(scoring::feedback))
        // The three administrators.
        .routes(routes!(audit::list))
        .routes(routes!(audit::open_reading))
        .routes(routes!(audit::verify))
        .routes(routes!(audit::export))
        .routes(routes!(system::status))
        .routes(routes!(switches::list, switches::throw))
        .routes(routes!(fence::read, fence::change))
        .routes(routes!(fence::check))
        .routes(routes!(fence::explain))
        .routes(routes!(fence::impact))
        .routes(routes!(fence::set_level))
        .routes(routes!(fence::versions))
        .routes(routes!(security::overview))
        .routes(routes!(security::events))
        .routes(routes!(security::mark))
        .routes(routes!(security::rules, security::switch))
        .routes(routes!(security::words, security::put_word))
        .routes(routes!(security::remove_word))
        .routes(routes!(security::export_words))
        .merge(OpenApiRouter::new().routes(routes!(security::import_words)).layer(DefaultBodyLimit::max(MAX_WORDS_BYTES)))
        .routes(routes!(security::word_history))
        .routes(routes!(security::suspensions))
        .routes(routes!(security::lift))
        .routes(routes!(security::incidents, security::report))
        .routes(routes!(security::incident))
        .routes(routes!(security::step))
        .routes(routes!(egress::whitelist))
        .routes(routes!(egress::requests, egress::request))
        .routes(routes!(egress::decide))
        .routes(routes!(test_box::deidentify))
        .routes(routes!(test_box::screen))
        .routes(routes!(test_box::risk))
        .routes(routes!(test_box::verify))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::change))
        .routes(routes!(accounts::reset_password))
        .routes(routes!(accounts::departments))
        .routes(routes!(accounts::roles))
        // Model operators.
        .routes(routes!(models::read, models::change))
        .routes(routes!(models::impact))
        .routes(routes!(models::queue))
        .routes(routes!(models::usage))
        .routes(routes!(models::calls))
        .routes(routes!(models::probe))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        // Programs, with a key of the gateway.
        .merge(OpenApiRouter::new().routes(routes!(v1::chat::chat_completions)).layer(DefaultBodyLimit::max(MAX_CHAT_BYTES)))
        .merge(OpenApiRouter::new().routes(routes!(v1::embeddings::embeddings)).layer(DefaultBodyLimit::max(MAX_CHAT_BYTES)))
        .routes(routes!(v1::list::models))
        .routes(routes!(mcp::mcp))
}

/// The whole server: API, description, page.
pub fn router(app: App) -> Router {
    let (api, description) = api(app.config.server.max_upload_bytes).split_for_parts();
    let entropy = app.platform.store.entropy().clone();
    let description = Arc::new(description.to_json().unwrap_or_default());
    let openapi = move || {
        let text = String::clone(&description);
        async move { ([(header::CONTENT_TYPE, "application/json")], text) }
    };
    let limit = Duration::from_secs(app.config.server.request_secs);
    let (security, doors) = (app.platform.security.clone(), app.clone());
    api.route("/api/openapi.json", axum::routing::get(openapi))
        .fallback(page::page)
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(middleware::from_fn(move |request: Request, next: Next| timed(limit, request, next)))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a request panicked");
            problem::Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "http.internal", "internal error").into_response()
        }))
        .layer(middleware::from_fn(move |request: Request, next: Next| bounded(doors.clone(), request, next)))
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            problem::render(entropy.clone(), security.clone(), request, next)
        }))
        .layer(middleware::from_fn(secure_headers))
        .layer(CompressionLayer::new())
        .with_state(app)
}

/// Counts and bounds a request. Streams are bounded by their own keep-alive and by the drain.
async fn timed(limit: Duration, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str).to_owned();
    let begun = Instant::now();
    let response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => problem::Problem::new(StatusCode::SERVICE_UNAVAILABLE, "http.timeout", "the request took too long")
            .into_response(),
    };
    crate::measures::request(&route, response.status().as_u16(), begun.elapsed());
    response
}

/// Bounds everything that one address asks.
async fn bounded(app: App, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let address = match caller::Address::from_request_parts(&mut parts, &app).await {
        Ok(address) => address,
        Err(problem) => return problem.into_response(),
    };
    match app.abuse.request(&format!("address:{}", address.0), false) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

/// Headers that keep a browser from doing what this page never needs.
async fn secure_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        (
            "content-security-policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
             frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
