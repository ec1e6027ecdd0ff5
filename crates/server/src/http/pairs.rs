//! Training pairs: the marks of the retrieval test, from which a collection's own model learns.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Action;
use kernel::ids::{ArticleId, CollectionId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::collections::readable;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::knowledge::TrainingPairView;

/// The longest question that is marked.
const MAX_QUERY_CHARS: usize = 1_000;

/// A question and an article.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairBody {
    query: String,
    #[schema(value_type = String)]
    article_id: ArticleId,
    /// Whether the article answers; false takes a mark back.
    #[serde(default = "yes")]
    is_answer: bool,
}

fn yes() -> bool {
    true
}

/// The training pairs of a collection, newest first.
#[utoipa::path(get, path = "/api/v1/collections/{id}/pairs", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = Items<TrainingPairView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
) -> Result<axum::Json<Items<TrainingPairView>>, Problem> {
    let permit = cx.permit(Action::ImportDocuments, &readable(&app, &cx, &id)?.scope())?;
    let items = app.platform.knowledge.training_pairs(&cx, &permit, &id).await?;
    Ok(axum::Json(Items { items: items.into_iter().map(Into::into).collect() }))
}

/// Mark an article as the answer to a question, or take the mark back. Personal data in the question is replaced.
#[utoipa::path(post, path = "/api/v1/collections/{id}/pairs", tag = "knowledge", params(("id" = String, Path)),
    request_body = PairBody, responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn mark(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CollectionId>,
    Json(body): Json<PairBody>,
) -> Result<StatusCode, Problem> {
    let length = body.query.chars().count();
    if body.query.trim().is_empty() || length > MAX_QUERY_CHARS {
        return Err(Problem::invalid(format!("`query` has 1 to {MAX_QUERY_CHARS} characters")));
    }
    let permit = cx.permit(Action::ImportDocuments, &readable(&app, &cx, &id)?.scope())?;
    let options = guard::Options { today: Some(cx.now().date()), ..guard::Options::default() };
    let query = guard::deidentify(&body.query, &options).text;
    let knowledge = &app.platform.knowledge;
    Box::pin(knowledge.mark_answer(&cx, &permit, &id, &query, &body.article_id, body.is_answer)).await?;
    Ok(StatusCode::NO_CONTENT)
}
