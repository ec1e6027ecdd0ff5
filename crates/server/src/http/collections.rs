//! Collections: what there is, and making one.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Action, Cx};
use kernel::ids::{CollectionId, DepartmentId};
use kernel::{DataLevel, Region};
use knowledge::{Collection, NewCollection};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::{Items, Named};
use crate::views::knowledge::{CollectionView, EmbeddingView};

/// The collections the caller may read.
#[utoipa::path(get, path = "/api/v1/collections", tag = "knowledge",
    responses((status = 200, body = Items<CollectionView>), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<CollectionView>>, Problem> {
    let departments = names(&app).await?;
    let found = app.platform.knowledge.collections(&cx);
    let items = found.into_iter().map(|collection| view(collection, &departments)).collect();
    Ok(axum::Json(Items { items }))
}

/// One collection.
#[utoipa::path(get, path = "/api/v1/collections/{id}", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = CollectionView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
) -> Result<axum::Json<CollectionView>, Problem> {
    let collection = readable(&app, &cx, &id)?;
    Ok(axum::Json(view(collection, &names(&app).await?)))
}

/// A collection that the caller may read; "not found" when it may not, so that its being there stays unknown.
pub fn readable(app: &App, cx: &Cx, id: &CollectionId) -> Result<Collection, Problem> {
    let collection = app.platform.knowledge.collection(id)?;
    if cx.may(Action::ReadCollections, &collection.scope()) {
        Ok(collection)
    } else {
        Err(knowledge::Error::CollectionNotFound(id.to_string()).into())
    }
}

/// A new collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionBody {
    #[schema(value_type = String)]
    id: CollectionId,
    name: String,
    #[serde(default)]
    description: String,
    #[schema(value_type = String)]
    level: DataLevel,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    department: Option<DepartmentId>,
    /// The embedding endpoint that makes its vectors; our own model when absent.
    #[serde(default)]
    embedding: Option<String>,
}

/// Make a collection.
#[utoipa::path(post, path = "/api/v1/collections", tag = "knowledge", request_body = CollectionBody,
    responses((status = 200, body = CollectionView), (status = "4XX", body = ProblemView)))]
pub async fn create(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<CollectionBody>,
) -> Result<axum::Json<CollectionView>, Problem> {
    let new = NewCollection {
        id: body.id,
        name: body.name,
        description: body.description,
        department: body.department,
        level: body.level,
        region: body.region.unwrap_or_else(Region::country),
        embedding: body.embedding,
    };
    let permit = cx.permit(Action::ManageCollections, &new.scope())?;
    let collection = app.platform.knowledge.create_collection(&cx, &permit, new).await?;
    Ok(axum::Json(view(collection, &names(&app).await?)))
}

/// Take a collection with all its documents out of retrieval. What cited them can still be read.
#[utoipa::path(delete, path = "/api/v1/collections/{id}", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn remove(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
) -> Result<StatusCode, Problem> {
    let permit = cx.permit(Action::ManageCollections, &readable(&app, &cx, &id)?.scope())?;
    Box::pin(app.platform.knowledge.remove_collection(&cx, &permit, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which model makes a collection's vectors.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingBody {
    /// An embedding endpoint of the configuration; null for our own model.
    embedding: Option<String>,
}

/// Let an embedding endpoint make a collection's vectors, or our own model again. Searches are by words until all are
/// made.
#[utoipa::path(put, path = "/api/v1/collections/{id}/embedding", tag = "knowledge", params(("id" = String, Path)),
    request_body = EmbeddingBody,
    responses((status = 200, body = CollectionView), (status = "4XX", body = ProblemView)))]
pub async fn embed(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
    Json(body): Json<EmbeddingBody>,
) -> Result<axum::Json<CollectionView>, Problem> {
    let permit = cx.permit(Action::ManageCollections, &readable(&app, &cx, &id)?.scope())?;
    let set = app.platform.knowledge.set_embedding(&cx, &permit, &id, body.embedding.as_deref());
    let collection = Box::pin(set).await?;
    Ok(axum::Json(view(collection, &names(&app).await?)))
}

/// The embedding endpoints that collections can name.
#[utoipa::path(get, path = "/api/v1/embeddings", tag = "knowledge",
    responses((status = 200, body = Items<EmbeddingView>), (status = "4XX", body = ProblemView)))]
pub async fn embeddings(
    State(app): State<App>,
    Person(cx): Person,
) -> Result<axum::Json<Items<EmbeddingView>>, Problem> {
    cx.permit(Action::ReadCollections, &identity::Scope::Platform).map(drop)?;
    let items = app.platform.knowledge.endpoints().into_iter().map(Into::into).collect();
    Ok(axum::Json(Items { items }))
}

async fn names(app: &App) -> Result<BTreeMap<DepartmentId, String>, Problem> {
    let departments = app.platform.identity.departments().await?;
    Ok(departments.into_iter().map(|department| (department.id, department.name)).collect())
}

fn view(collection: Collection, departments: &BTreeMap<DepartmentId, String>) -> CollectionView {
    let owner = collection
        .department
        .as_ref()
        .map(|id| Named { id: id.to_string(), name: departments.get(id).cloned().unwrap_or_else(|| id.to_string()) });
    CollectionView::of(collection, owner)
}
