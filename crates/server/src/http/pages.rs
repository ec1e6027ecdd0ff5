//! A document page by page, as it was read.

use axum::extract::State;
use identity::Action;
use kernel::ids::DocumentId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::App;
use crate::http::body::{Id, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::pages::PagesView;

/// Which pages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct PagesParameters {
    /// The page before the first one wanted.
    after: Option<u32>,
    /// At most so many, 100 when absent.
    limit: Option<u32>,
}

/// The pages of a document with their text and what went wrong on each: its file is read once more.
#[utoipa::path(get, path = "/api/v1/documents/{id}/pages", tag = "knowledge",
    params(("id" = String, Path), PagesParameters),
    responses((status = 200, body = PagesView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<DocumentId>,
    Query(parameters): Query<PagesParameters>,
) -> Result<axum::Json<PagesView>, Problem> {
    let permit = cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_document(&id).await?)?;
    let limit = parameters.limit.unwrap_or(100).clamp(1, 500);
    let pages = app.platform.knowledge.document_pages(&cx, &permit, &id, parameters.after.unwrap_or(0), limit).await?;
    Ok(axum::Json(pages.into()))
}
