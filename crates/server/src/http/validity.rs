//! What changes: the timeline and difference of a document, what cites an article and what contradicts it, how fresh a
//! collection is and what it does not answer.

use axum::extract::State;
use identity::{Action, Permit};
use kernel::ids::{ArticleId, CollectionId, DocumentId, VersionId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::App;
use crate::http::body::{Id, Query};
use crate::http::caller::{Anyone, Person};
use crate::http::collections::readable;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::{Items, Page};
use crate::views::validity::{ConflictView, DifferenceView, FreshnessView, GapView, ReferenceView, TimelineView};

/// A permit to read a document.
async fn document_permit(app: &App, cx: &identity::Cx, id: &DocumentId) -> Result<Permit, Problem> {
    Ok(cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_document(id).await?)?)
}

/// A permit to read an article.
async fn article_permit(app: &App, cx: &identity::Cx, id: &ArticleId) -> Result<Permit, Problem> {
    Ok(cx.permit(Action::ReadCollections, &app.platform.knowledge.scope_of_article(id).await?)?)
}

/// When the versions of a document apply.
#[utoipa::path(get, path = "/api/v1/documents/{id}/timeline", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = TimelineView), (status = "4XX", body = ProblemView)))]
pub async fn timeline(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<DocumentId>,
) -> Result<axum::Json<TimelineView>, Problem> {
    let permit = document_permit(&app, &caller.cx, &id).await?;
    Ok(axum::Json(app.platform.knowledge.timeline(&caller.cx, &permit, &id).await?.into()))
}

/// Which versions to compare.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct DifferenceParameters {
    /// The older version; the one before `to` when absent.
    #[param(value_type = Option<String>)]
    from: Option<VersionId>,
    /// The newer version; the latest when absent.
    #[param(value_type = Option<String>)]
    to: Option<VersionId>,
    /// Another document, whose latest version is the newer one.
    #[param(value_type = Option<String>)]
    other: Option<DocumentId>,
}

/// How two versions of a document differ, or two documents.
#[utoipa::path(get, path = "/api/v1/documents/{id}/difference", tag = "knowledge",
    params(("id" = String, Path), DifferenceParameters),
    responses((status = 200, body = DifferenceView), (status = "4XX", body = ProblemView)))]
pub async fn difference(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<DocumentId>,
    Query(parameters): Query<DifferenceParameters>,
) -> Result<axum::Json<DifferenceView>, Problem> {
    let knowledge = &app.platform.knowledge;
    let permit = document_permit(&app, &cx, &id).await?;
    let found = match &parameters.other {
        Some(other) => {
            let other_permit = document_permit(&app, &cx, other).await?;
            knowledge.difference_with(&cx, (&permit, &id), (&other_permit, other)).await?
        }
        None => knowledge.difference(&cx, &permit, &id, parameters.from.as_ref(), parameters.to.as_ref()).await?,
    };
    Ok(axum::Json(found.into()))
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct CitedByParameters {
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<u64>,
}

/// What cites, repeals or amends an article.
#[utoipa::path(get, path = "/api/v1/articles/{id}/cited_by", tag = "knowledge",
    params(("id" = String, Path), CitedByParameters),
    responses((status = 200, body = Page<ReferenceView>), (status = "4XX", body = ProblemView)))]
pub async fn cited_by(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<ArticleId>,
    Query(parameters): Query<CitedByParameters>,
) -> Result<axum::Json<Page<ReferenceView>>, Problem> {
    let permit = article_permit(&app, &caller.cx, &id).await?;
    let (after, limit) = (parameters.after.as_deref(), parameters.limit.unwrap_or(50));
    let page = app.platform.knowledge.cited_by(&caller.cx, &permit, &id, after, limit).await?;
    Ok(axum::Json(Page { items: page.items.into_iter().map(Into::into).collect(), next: page.next }))
}

/// What an article cites.
#[utoipa::path(get, path = "/api/v1/articles/{id}/cites", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = Page<ReferenceView>), (status = "4XX", body = ProblemView)))]
pub async fn cites(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<ArticleId>,
) -> Result<axum::Json<Page<ReferenceView>>, Problem> {
    let permit = article_permit(&app, &caller.cx, &id).await?;
    let items = app.platform.knowledge.cites(&caller.cx, &permit, &id).await?;
    Ok(axum::Json(Page { items: items.into_iter().map(Into::into).collect(), next: None }))
}

/// The articles in force that regulate the same matter with another number, with the rule that decides.
#[utoipa::path(get, path = "/api/v1/articles/{id}/conflicts", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = Items<ConflictView>), (status = "4XX", body = ProblemView)))]
pub async fn conflicts(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<ArticleId>,
) -> Result<axum::Json<Items<ConflictView>>, Problem> {
    let permit = article_permit(&app, &cx, &id).await?;
    let items = app.platform.knowledge.conflicts(&cx, &permit, &id).await?;
    Ok(axum::Json(Items { items: items.into_iter().map(Into::into).collect() }))
}

/// How fresh a collection is today.
#[utoipa::path(get, path = "/api/v1/collections/{id}/freshness", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = FreshnessView), (status = "4XX", body = ProblemView)))]
pub async fn freshness(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
) -> Result<axum::Json<FreshnessView>, Problem> {
    let permit = cx.permit(Action::ReadCollections, &readable(&app, &cx, &id)?.scope())?;
    Ok(axum::Json(app.platform.knowledge.freshness(&cx, &permit, &id).await?.into()))
}

/// The questions that found nothing in a collection, the most frequent first. For who looks after it.
#[utoipa::path(get, path = "/api/v1/collections/{id}/gaps", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = Items<GapView>), (status = "4XX", body = ProblemView)))]
pub async fn gaps(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
) -> Result<axum::Json<Items<GapView>>, Problem> {
    let permit = cx.permit(Action::ReadCollections, &readable(&app, &cx, &id)?.scope())?;
    let items = app.platform.knowledge.gap_questions(&cx, &permit, &id, 100).await?;
    Ok(axum::Json(Items { items: items.into_iter().map(Into::into).collect() }))
}
