//! Conversations: the caller's own history.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kernel::Timestamp;
use kernel::ids::ConversationId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::body::{Id, Query};
use crate::http::caller::Anyone;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::{App, runs};
use crate::views::common::Page;
use crate::views::run::{ConversationRunsView, ConversationView};

/// Which conversations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ConversationsParameters {
    /// Words of the title.
    q: Option<String>,
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<usize>,
}

/// The caller's conversations, the newest first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "ask", params(ConversationsParameters),
    responses((status = 200, body = Page<ConversationView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    caller: Anyone,
    Query(parameters): Query<ConversationsParameters>,
) -> Result<axum::Json<Page<ConversationView>>, Problem> {
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let before = match parameters.after.as_deref() {
        Some(text) => Some(Timestamp::parse_rfc3339(text).ok_or_else(|| Problem::invalid("`after` is not a cursor"))?),
        None => None,
    };
    let found =
        app.platform.assistant.conversations(&caller.cx, parameters.q.as_deref(), before, limit as u64 + 1).await?;
    let items = found.iter().map(ConversationView::from).collect();
    Ok(axum::Json(Page::cut(items, limit, |c: &ConversationView| c.updated_at.clone())))
}

/// One conversation with its runs.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "ask", params(("id" = String, Path)),
    responses((status = 200, body = ConversationRunsView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    caller: Anyone,
    headers: HeaderMap,
    Id(id): Id<ConversationId>,
) -> Result<axum::Json<ConversationRunsView>, Problem> {
    let (conversation, found) = app.platform.assistant.conversation(&caller.cx, &id).await?;
    let mut views = Vec::with_capacity(found.len());
    for run in &found {
        views.push(runs::view_of(&app, &caller.cx, run, language(&headers)).await?);
    }
    Ok(axum::Json(ConversationRunsView {
        id: conversation.id.to_string(),
        scenario: conversation.scenario.to_string(),
        title: conversation.title,
        runs: views,
    }))
}

/// Take a conversation out of one's history.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "ask", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemView)))]
pub async fn remove(State(app): State<App>, caller: Anyone, Id(id): Id<ConversationId>) -> Result<StatusCode, Problem> {
    app.platform.assistant.set_removed(&caller.cx, &id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a removed conversation back.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/restore", tag = "ask", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemView)))]
pub async fn restore(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<ConversationId>,
) -> Result<StatusCode, Problem> {
    app.platform.assistant.set_removed(&caller.cx, &id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
