//! Drafting a work order from a text, without keeping anything.

use axum::extract::State;
use axum::http::HeaderMap;
use identity::{Action, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::hotline::DraftedView;

/// A transcript.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// What was said; a line may begin with who says it (`市民：`, `话务员：`).
    text: String,
}

/// Draft a work order from a transcript. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/hotline/drafts", tag = "hotline", request_body = DraftBody,
    responses((status = 200, body = DraftedView), (status = "4XX", body = ProblemView)))]
pub async fn draft(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Json(body): Json<DraftBody>,
) -> Result<axum::Json<DraftedView>, Problem> {
    cx.permit(Action::TakeCalls, &Scope::Platform).map(drop)?;
    let policy = app.platform.hotline.policy();
    let said = hotline::utterances(policy, &body.text);
    let draft = hotline::draft(policy, &said, cx.now());
    Ok(axum::Json(DraftedView::of(policy, &draft, language(&headers))))
}
