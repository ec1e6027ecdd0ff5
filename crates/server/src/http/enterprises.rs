//! Enterprises that are kept: by form or table; matched one by one or all at once.

use assistant::entitlements::{BATCH_JOB, BatchOrder};
use axum::extract::{Multipart, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use documents::{Defect, Document, Watch};
use entitlement::Profile;
use kernel::ids::JobId;
use serde::Deserialize;
use store::{JobFilter, JobState};
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::documents::{UploadBody, one_file};
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::{Items, Page};
use crate::views::entitlements::{BatchView, EnterpriseImportView, EnterpriseView, MatchesView};

/// Which enterprises.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct EnterprisesParameters {
    /// A part of the name or of the credit code.
    q: Option<String>,
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<usize>,
}

/// The kept enterprises.
#[utoipa::path(get, path = "/api/v1/enterprises", tag = "entitlements", params(EnterprisesParameters),
    responses((status = 200, body = Page<EnterpriseView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<EnterprisesParameters>,
) -> Result<axum::Json<Page<EnterpriseView>>, Problem> {
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let (words, after) = (parameters.q.as_deref(), parameters.after.as_deref());
    let most = u64::try_from(limit).unwrap_or(200) + 1;
    let found = app.platform.assistant.enterprises(&cx, words, after, most).await?;
    let items = found.into_iter().map(|kept| EnterpriseView::of(kept, None)).collect();
    Ok(axum::Json(Page::cut(items, limit, |view: &EnterpriseView| view.id.clone())))
}

/// Keep an enterprise. One with a known credit code gets new facts; others of its name are told.
#[utoipa::path(post, path = "/api/v1/enterprises", tag = "entitlements", request_body(content = Object),
    responses((status = 201, body = EnterpriseView), (status = "4XX", body = ProblemView)))]
pub async fn keep(
    State(app): State<App>,
    Person(cx): Person,
    Json(profile): Json<Profile>,
) -> Result<Response, Problem> {
    if profile.name.trim().is_empty() {
        return Err(Problem::invalid("`name` is empty"));
    }
    let (kept, same) = app.platform.assistant.keep_enterprise(&cx, profile).await?;
    Ok((StatusCode::CREATED, axum::Json(EnterpriseView::of(kept, same))).into_response())
}

/// Keep the enterprises of a table (CSV, XLSX): what cannot be read is told by row and column, the rest is kept.
#[utoipa::path(post, path = "/api/v1/enterprises/import", tag = "entitlements",
    request_body(content = UploadBody, content_type = "multipart/form-data"),
    responses((status = 200, body = EnterpriseImportView), (status = "4XX", body = ProblemView)))]
pub async fn import(
    State(app): State<App>,
    Person(cx): Person,
    form: Multipart,
) -> Result<axum::Json<EnterpriseImportView>, Problem> {
    cx.permit(identity::Action::ManageEnterprises, &identity::Scope::Platform).map(drop)?;
    let file = one_file(form).await?;
    let read = app.platform.read.clone();
    let (document, defects) =
        tokio::task::spawn_blocking(move || read(&file.name, &file.bytes, &mut Unwatched)).await.map_err(|_| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "http.internal", "the reader ended without an answer")
        })?;
    let table = largest(document, &defects)?;
    Ok(axum::Json(app.platform.assistant.import_enterprises(&cx, &table).await?.into()))
}

/// Nobody watches a table being read.
struct Unwatched;

impl Watch for Unwatched {}

/// The table of a file with the most rows; a file without one is the wrong file.
fn largest(document: Document, defects: &[Defect]) -> Result<Vec<Vec<String>>, Problem> {
    let table = document.tables.into_iter().max_by_key(Vec::len).filter(|table| !table.is_empty());
    table.ok_or_else(|| {
        let why = defects.first().map_or("it holds no table", |defect| defect.message.as_str());
        let detail = format!("the file is no table of enterprises: {why}");
        Problem::new(StatusCode::BAD_REQUEST, "entitlement.no_table", detail)
    })
}

/// A kept enterprise.
#[utoipa::path(get, path = "/api/v1/enterprises/{id}", tag = "entitlements", params(("id" = String, Path)),
    responses((status = 200, body = EnterpriseView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<String>,
) -> Result<axum::Json<EnterpriseView>, Problem> {
    Ok(axum::Json(EnterpriseView::of(app.platform.assistant.enterprise(&cx, &id).await?, None)))
}

/// The published policies for a kept enterprise.
#[utoipa::path(get, path = "/api/v1/enterprises/{id}/matches", tag = "entitlements", params(("id" = String, Path)),
    responses((status = 200, body = MatchesView), (status = "4XX", body = ProblemView)))]
pub async fn matches(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<String>,
) -> Result<axum::Json<MatchesView>, Problem> {
    let kept = app.platform.assistant.enterprise(&cx, &id).await?;
    let (book, found) = app.platform.assistant.match_profile(&cx, &kept.profile).await?;
    Ok(axum::Json(MatchesView::of(&book, found, book.day())))
}

/// What a batch is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BatchBody {
    /// How many policies are listed for each enterprise, at most 100.
    top: usize,
}

impl Default for BatchBody {
    fn default() -> Self {
        Self { top: 10 }
    }
}

/// Match all kept enterprises with all published policies, in the background.
#[utoipa::path(post, path = "/api/v1/matching_batches", tag = "entitlements", request_body = BatchBody,
    responses((status = 202, body = BatchView), (status = "4XX", body = ProblemView)))]
pub async fn begin_batch(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<BatchBody>,
) -> Result<Response, Problem> {
    if !(1..=100).contains(&body.top) {
        return Err(Problem::invalid("`top` lies between 1 and 100"));
    }
    let id = app.platform.assistant.begin_batch(&cx, &BatchOrder { top: body.top }).await?;
    let view: BatchView = cx.store().jobs().get(&id).await?.into();
    Ok((StatusCode::ACCEPTED, axum::Json(view)).into_response())
}

/// The batches, the newest first.
#[utoipa::path(get, path = "/api/v1/matching_batches", tag = "entitlements",
    responses((status = 200, body = Items<BatchView>), (status = "4XX", body = ProblemView)))]
pub async fn batches(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<BatchView>>, Problem> {
    cx.permit(identity::Action::ManageEnterprises, &identity::Scope::Platform).map(drop)?;
    let filter = JobFilter { kind: Some(BATCH_JOB.to_owned()), state: None };
    let items = app.platform.store.jobs().list(&filter, None, 20).await?.into_iter().map(Into::into).collect();
    Ok(axum::Json(Items { items }))
}

async fn batch_job(app: &App, cx: &identity::Cx, id: &JobId) -> Result<store::Job, Problem> {
    cx.permit(identity::Action::ManageEnterprises, &identity::Scope::Platform).map(drop)?;
    let job = app.platform.store.jobs().get(id).await?;
    if job.kind == BATCH_JOB { Ok(job) } else { Err(Problem::not_found("there is no such batch")) }
}

/// How a batch stands.
#[utoipa::path(get, path = "/api/v1/matching_batches/{id}", tag = "entitlements", params(("id" = String, Path)),
    responses((status = 200, body = BatchView), (status = "4XX", body = ProblemView)))]
pub async fn batch(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<JobId>,
) -> Result<axum::Json<BatchView>, Problem> {
    Ok(axum::Json(batch_job(&app, &cx, &id).await?.into()))
}

/// The result of a batch: one line of JSON for each enterprise.
#[utoipa::path(get, path = "/api/v1/matching_batches/{id}/file", tag = "entitlements", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = "4XX", body = ProblemView)))]
pub async fn batch_file(State(app): State<App>, Person(cx): Person, Id(id): Id<JobId>) -> Result<Response, Problem> {
    let job = batch_job(&app, &cx, &id).await?;
    if job.state != JobState::Succeeded {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "entitlement.batch_running",
            "the batch has not come to its end",
        ));
    }
    let bytes = app.platform.assistant.batch_file(&cx, &job).await?;
    let mut response = bytes.ok_or_else(|| Problem::not_found("the batch has no file"))?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"matches.jsonl\""));
    Ok(response)
}
