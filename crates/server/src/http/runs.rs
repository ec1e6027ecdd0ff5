//! Runs: reading them again, waiting for a review, feedback.

use assistant::feedback::{Feedback, Rating};
use assistant::phrases::Language;
use assistant::{Run, RunStatus};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::Cx;
use kernel::ids::{CollectionId, ConversationId, RunId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::body::{Id, Json, Query};
use crate::http::caller::Anyone;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::{App, sse};
use crate::views::common::Page;
use crate::views::entitlements::CompanionView;
use crate::views::run::{RatingView, RunReader, RunReviewView, RunView};

/// The view of a run for its asker.
pub async fn view_of(app: &App, cx: &Cx, run: &Run, language: Language) -> Result<RunView, Problem> {
    let platform = &app.platform;
    let review = match &run.review_id {
        Some(_) => platform.assistant.reviews().standing(&run.id).await?.map(|standing| RunReviewView {
            state: standing.state.as_str().to_owned(),
            position: standing.position,
            claimed: standing.claimed,
            reason: standing.reason,
            due_at: Some(standing.due_at.to_string()),
            decided_at: standing.decided_at.map(|at| at.to_string()),
        }),
        None => None,
    };
    let rating = platform.assistant.rating(cx, &run.id).await?;
    let rating = match rating {
        Some(rating) => Some(RatingView { rating, solved: platform.assistant.solved(cx, &run.id).await? }),
        None => None,
    };
    let phrases = &platform.phrases;
    let refusal = match &run.refusal {
        Some(refusal) => Some(Box::pin(platform.assistant.refusal_words(&platform.store, phrases, refusal)).await?),
        None => None,
    };
    let provider_code = platform.assistant.provider_code();
    let reader = RunReader { phrases, refusal: refusal.as_ref(), language, provider_code };
    let mut view = reader.view(run, review, rating);
    // The record keeps ids; a person reads titles.
    for name in view.refusal.iter_mut().flat_map(|refusal| &mut refusal.searched) {
        let title = CollectionId::parse(name).ok().and_then(|id| platform.knowledge.collection(&id).ok());
        if let Some(collection) = title {
            *name = collection.name;
        }
    }
    Ok(view)
}

/// A run that the caller may see.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "ask", params(("id" = String, Path)),
    responses((status = 200, body = RunView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    caller: Anyone,
    headers: HeaderMap,
    Id(id): Id<RunId>,
) -> Result<axum::Json<RunView>, Problem> {
    let run = app.platform.assistant.run(&caller.cx, &id).await?;
    Ok(axum::Json(view_of(&app, &caller.cx, &run, language(&headers)).await?))
}

/// What stands beside an answer: facts that are asked back, plain words, what to do next, what changed.
#[utoipa::path(get, path = "/api/v1/runs/{id}/companion", tag = "ask", params(("id" = String, Path)),
    responses((status = 200, body = CompanionView), (status = "4XX", body = ProblemView)))]
pub async fn companion(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<RunId>,
) -> Result<axum::Json<CompanionView>, Problem> {
    let companion = Box::pin(app.platform.assistant.companion(&caller.cx, &id)).await?;
    Ok(axum::Json(CompanionView { companion }))
}

/// Which runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct RunsParameters {
    /// Of this conversation.
    #[param(value_type = Option<String>)]
    conversation: Option<ConversationId>,
    /// The cursor.
    #[param(value_type = Option<String>)]
    after: Option<RunId>,
    /// At most so many, 20 when absent.
    limit: Option<usize>,
}

/// The caller's own runs, the newest first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "ask", params(RunsParameters),
    responses((status = 200, body = Page<RunView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    caller: Anyone,
    headers: HeaderMap,
    Query(parameters): Query<RunsParameters>,
) -> Result<axum::Json<Page<RunView>>, Problem> {
    let limit = parameters.limit.unwrap_or(20).clamp(1, 100);
    let runs = app
        .platform
        .assistant
        .runs(&caller.cx, parameters.conversation.as_ref(), parameters.after.as_ref(), limit as u64 + 1)
        .await?;
    let mut items = Vec::with_capacity(runs.len());
    for run in &runs {
        items.push(view_of(&app, &caller.cx, run, language(&headers)).await?);
    }
    Ok(axum::Json(Page::cut(items, limit, |run| run.run_id.clone())))
}

/// The run each time it changes, until it is decided: how an asker waits for a reviewer.
#[utoipa::path(get, path = "/api/v1/runs/{id}/events", tag = "ask", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = RunView),
        (status = "4XX", body = ProblemView)))]
pub async fn events(
    State(app): State<App>,
    caller: Anyone,
    headers: HeaderMap,
    Id(id): Id<RunId>,
) -> Result<Response, Problem> {
    let language = language(&headers);
    let cx = caller.cx;
    let mut changes = app.platform.assistant.changes();
    let mut draining = app.draining.clone();
    let mut run = app.platform.assistant.run(&cx, &id).await?;
    Ok(sse::response(async_stream::stream! {
        let mut shown = None;
        loop {
            let Ok(view) = view_of(&app, &cx, &run, language).await else { break };
            let review = view.review.as_ref();
            let state = (view.status.clone(), review.map(|r| (r.state.clone(), r.position, r.claimed)));
            if shown.as_ref() != Some(&state) {
                yield sse::event("outcome", &view);
                shown = Some(state);
            }
            if !matches!(run.status, RunStatus::Running | RunStatus::InReview) {
                break;
            }
            // Changes of this server arrive at once; those of other servers are looked for.
            tokio::select! {
                _ = changes.recv() => {}
                _ = tokio::time::sleep(std::time::Duration::from_secs(2)) => {}
                _ = draining.wait_for(|draining| *draining) => break,
            }
            match app.platform.assistant.run(&cx, &id).await {
                Ok(fresh) => run = fresh,
                Err(error) if kernel::Fault::kind(&error).is_transient() => {}
                Err(_) => break,
            }
        }
    }))
}

/// What an asker says of an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackBody {
    #[schema(value_type = String)]
    rating: Rating,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    comment: Option<String>,
    /// Whether it solved the matter.
    #[serde(default)]
    solved: Option<bool>,
}

/// Rate an answer; a second rating replaces the first.
#[utoipa::path(post, path = "/api/v1/runs/{id}/feedback", tag = "ask", params(("id" = String, Path)),
    request_body = FeedbackBody, responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn give_feedback(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<RunId>,
    Json(body): Json<FeedbackBody>,
) -> Result<StatusCode, Problem> {
    let given = Feedback { rating: body.rating, reasons: body.reasons, comment: body.comment, solved: body.solved };
    app.platform.assistant.give_feedback(&caller.cx, &id, given).await?;
    Ok(StatusCode::NO_CONTENT)
}
