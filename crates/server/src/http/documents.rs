//! Documents: uploading with live progress, reading, removing; articles as a citation opens them.

use axum::body::Bytes;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Action, Scope};
use kernel::Actor;
use kernel::ids::{ArticleId, CollectionId, DocumentId, JobId, UserId, VersionId};
use knowledge::ImportFile;
use serde::Deserialize;
use store::JobState;
use utoipa::{IntoParams, ToSchema};

use crate::http::body::{Id, Query};
use crate::http::caller::{Anyone, Person};
use crate::http::collections::readable;
use crate::http::problem::{Problem, ProblemView};
use crate::http::{App, sse};
use crate::views::common::{Items, Page};
use crate::views::knowledge::{AcceptedView, ArticleItemView, ArticleView, DocumentRowView, DocumentView, JobView};

/// Which documents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct DocumentsParameters {
    /// A part of the title.
    q: Option<String>,
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<u64>,
}

/// The documents of a collection, the newest import first.
#[utoipa::path(get, path = "/api/v1/collections/{id}/documents", tag = "knowledge",
    params(("id" = String, Path), DocumentsParameters),
    responses((status = 200, body = Page<DocumentRowView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
    Query(parameters): Query<DocumentsParameters>,
) -> Result<axum::Json<Page<DocumentRowView>>, Problem> {
    let collection = readable(&app, &cx, &id)?;
    let permit = cx.permit(Action::ReadCollections, &collection.scope())?;
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let (query, after) = (parameters.q.as_deref(), parameters.after.as_deref());
    let page = app.platform.knowledge.documents(&cx, &permit, &id, query, after, limit).await?;
    let mut items: Vec<DocumentRowView> = page.items.into_iter().map(Into::into).collect();
    name_importers(&app, &mut items).await?;
    Ok(axum::Json(Page { items, next: page.next }))
}

/// Puts the names of people in place of their ids.
async fn name_importers(app: &App, rows: &mut [DocumentRowView]) -> Result<(), Problem> {
    let id = |row: &DocumentRowView| UserId::parse(row.imported_by.strip_prefix("user:")?).ok();
    let people = app.platform.identity.people(&rows.iter().filter_map(id).collect()).await?;
    for row in rows {
        if let Some(person) = id(row).and_then(|id| people.get(&id)) {
            row.imported_by.clone_from(&person.name);
        }
    }
    Ok(())
}

/// The file of an upload, for the description of the API.
#[derive(ToSchema)]
pub struct UploadBody {
    /// The document.
    #[schema(format = Binary, value_type = String)]
    #[expect(dead_code, reason = "read by the description only")]
    file: String,
}

/// Bytes that a form may have around its file.
const FORM_BYTES: usize = 64 << 10;

/// Upload a document. The answer comes when it is kept; the job says when it can be found.
#[utoipa::path(post, path = "/api/v1/collections/{id}/documents", tag = "knowledge", params(("id" = String, Path)),
    request_body(content = UploadBody, content_type = "multipart/form-data"),
    responses((status = 202, body = AcceptedView), (status = "4XX", body = ProblemView)))]
pub async fn upload(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Problem> {
    // What is announced as too large is refused before a byte of it is read.
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let most = app.config.server.max_upload_bytes;
    if announced.is_some_and(|length| length > most.saturating_add(FORM_BYTES)) {
        let message = format!("the upload is larger than the {most} bytes that are allowed");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "http.too_large", message));
    }
    let collection = app.platform.knowledge.collection(&id)?;
    let permit = cx.permit(Action::ImportDocuments, &collection.scope())?;
    let file = one_file(form).await?;
    let accepted = app.platform.knowledge.begin_import(&cx, &permit, &id, file).await?;
    let view = AcceptedView {
        document_id: accepted.document_id.to_string(),
        job_id: accepted.job_id.to_string(),
        duplicate: accepted.duplicate,
    };
    Ok((StatusCode::ACCEPTED, axum::Json(view)).into_response())
}

/// The one file of a form.
pub async fn one_file(mut form: Multipart) -> Result<ImportFile, Problem> {
    let mut file: Option<ImportFile> = None;
    let broken = |error: axum::extract::multipart::MultipartError| {
        let status = error.status();
        let code = if status == StatusCode::PAYLOAD_TOO_LARGE { "http.too_large" } else { "http.unreadable_body" };
        Problem::new(status, code, error.body_text())
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") if file.is_none() => {
                let name = clean_name(field.file_name().unwrap_or_default());
                let bytes: Bytes = field.bytes().await.map_err(broken)?;
                file = Some(ImportFile { name, bytes });
            }
            Some(other) => return Err(Problem::invalid(format!("unknown field `{other}`: send one `file`"))),
            None => return Err(Problem::invalid("a part of the form has no name: send one `file`")),
        }
    }
    let file = file.ok_or_else(|| Problem::invalid("the form has no `file`"))?;
    if file.name.is_empty() {
        return Err(Problem::invalid("`file` has no name"));
    }
    Ok(file)
}

/// The last part of a file name, without control characters, at most 200 characters.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect::<String>().trim().to_owned()
}

/// A document with its versions.
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = DocumentView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<DocumentId>,
) -> Result<axum::Json<DocumentView>, Problem> {
    let permit = cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_document(&id).await?)?;
    let mut view: DocumentView = app.platform.knowledge.document(&cx, &permit, &id).await?.into();
    name_importers(&app, std::slice::from_mut(&mut view.document)).await?;
    Ok(axum::Json(view))
}

/// Remove a document from search. What cited it can still be read.
#[utoipa::path(delete, path = "/api/v1/documents/{id}", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn remove(State(app): State<App>, Person(cx): Person, Id(id): Id<DocumentId>) -> Result<StatusCode, Problem> {
    let permit = cx.permit(Action::RemoveDocuments, &app.platform.knowledge.scope_of_document(&id).await?)?;
    app.platform.knowledge.remove_document(&cx, &permit, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which version.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct VersionParameters {
    /// A version; the one in force today when absent.
    #[param(value_type = Option<String>)]
    version: Option<VersionId>,
}

/// The articles of a document, in order.
#[utoipa::path(get, path = "/api/v1/documents/{id}/articles", tag = "knowledge",
    params(("id" = String, Path), VersionParameters),
    responses((status = 200, body = Items<ArticleItemView>), (status = "4XX", body = ProblemView)))]
pub async fn articles(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<DocumentId>,
    Query(parameters): Query<VersionParameters>,
) -> Result<axum::Json<Items<ArticleItemView>>, Problem> {
    let cx = caller.cx;
    let permit = cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_document(&id).await?)?;
    let found = app.platform.knowledge.document_articles(&cx, &permit, &id, parameters.version.as_ref()).await?;
    let items = found.into_iter().map(|article| ArticleItemView {
        id: article.id.to_string(),
        label: article.label,
        path: article.path,
        text: article.text,
    });
    Ok(axum::Json(Items { items: items.collect() }))
}

/// The file a document was read from.
#[utoipa::path(get, path = "/api/v1/documents/{id}/file", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = "4XX", body = ProblemView)))]
pub async fn file(State(app): State<App>, Person(cx): Person, Id(id): Id<DocumentId>) -> Result<Response, Problem> {
    let permit = cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_document(&id).await?)?;
    let (name, bytes) = app.platform.knowledge.document_file(&cx, &permit, &id).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    // Always a download: a file somebody uploaded is never run as a page of this origin.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded.replace('+', "%20"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// An article, as a citation opens it: in the version that was cited, for ever.
#[utoipa::path(get, path = "/api/v1/articles/{id}", tag = "knowledge", params(("id" = String, Path), VersionParameters),
    responses((status = 200, body = ArticleView), (status = "4XX", body = ProblemView)))]
pub async fn article(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<ArticleId>,
    Query(parameters): Query<VersionParameters>,
) -> Result<axum::Json<ArticleView>, Problem> {
    let cx = caller.cx;
    let permit = cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_article(&id).await?)?;
    let found = app.platform.knowledge.article(&cx, &permit, &id, parameters.version.as_ref()).await?;
    Ok(axum::Json(found.into()))
}

/// A job of the caller, or any job for who looks after the system.
async fn own_job(app: &App, cx: &identity::Cx, id: &JobId) -> Result<store::Job, Problem> {
    let job = app.platform.store.jobs().get(id).await?;
    let own = matches!((&job.actor, cx.actor()), (Actor::User { id: a }, Actor::User { id: b }) if a == b);
    if own || cx.may(Action::ReadSystem, &Scope::Platform) {
        Ok(job)
    } else {
        Err(Problem::not_found("there is no such job"))
    }
}

/// How a job stands.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = JobView), (status = "4XX", body = ProblemView)))]
pub async fn job(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<JobId>,
) -> Result<axum::Json<JobView>, Problem> {
    Ok(axum::Json(own_job(&app, &cx, &id).await?.into()))
}

/// Stop an import that waits or runs. Its document leaves the list.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn stop(State(app): State<App>, Person(cx): Person, Id(id): Id<JobId>) -> Result<StatusCode, Problem> {
    let job = own_job(&app, &cx, &id).await?;
    if job.kind != knowledge::IMPORT_JOB {
        return Err(Problem::not_found("there is no such import"));
    }
    match Box::pin(app.platform.knowledge.stop_import(&cx, &id)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => {
            let message = "the import has ended already";
            Err(Problem::new(StatusCode::CONFLICT, "knowledge.import_ended", message))
        }
    }
}

/// A job each time it moves, until it ends.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = JobView), (status = "4XX", body = ProblemView)))]
pub async fn job_events(State(app): State<App>, Person(cx): Person, Id(id): Id<JobId>) -> Result<Response, Problem> {
    let mut job = own_job(&app, &cx, &id).await?;
    let mut draining = app.draining.clone();
    Ok(sse::response(async_stream::stream! {
        let mut shown = None;
        loop {
            let moved = (job.state, job.updated_at);
            let ended = matches!(job.state, JobState::Succeeded | JobState::Failed);
            if shown.as_ref() != Some(&moved) {
                shown = Some(moved);
                yield sse::event("progress", &JobView::from(job));
            }
            if ended {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
                _ = draining.wait_for(|draining| *draining) => break,
            }
            match own_job(&app, &cx, &id).await {
                Ok(fresh) => job = fresh,
                Err(_) => break,
            }
        }
    }))
}
