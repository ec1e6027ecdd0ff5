//! Calls: they ring, are taken, are written down line by line, and end.

use assistant::phrases::Language;
use axum::extract::State;
use axum::http::HeaderMap;
use hotline::{Call, Channel, Speaker, Utterance};
use identity::Cx;
use kernel::ids::CallId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::common::Items;
use crate::views::hotline::{CallRowView, CallView, DraftedView};

/// How many similar work orders are shown beside a call.
const SIMILAR: usize = 5;

/// A call that comes in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallBody {
    /// `phone` (when absent), `web`, `app`, `message`, `transferred` or `assigned`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    channel: Channel,
    /// The number it comes from.
    #[serde(default)]
    phone: Option<String>,
    /// Whether the caller of this has it already; else it rings.
    #[serde(default)]
    live: bool,
}

/// Something that was said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UtteranceBody {
    /// `caller` or `operator`.
    #[schema(value_type = String)]
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
}

/// Calls that ring, one's own that go on, and the latest that ended.
#[utoipa::path(get, path = "/api/v1/hotline/calls", tag = "hotline",
    responses((status = 200, body = Items<CallRowView>), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<CallRowView>>, Problem> {
    let calls = app.platform.hotline.calls(&cx).await?;
    Ok(axum::Json(Items { items: calls.iter().map(Into::into).collect() }))
}

/// A call comes in.
#[utoipa::path(post, path = "/api/v1/hotline/calls", tag = "hotline", request_body = CallBody,
    responses((status = 200, body = CallRowView), (status = "4XX", body = ProblemView)))]
pub async fn begin(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<CallBody>,
) -> Result<axum::Json<CallRowView>, Problem> {
    let call = app.platform.hotline.begin_call(&cx, body.channel, body.phone, body.live).await?;
    Ok(axum::Json((&call).into()))
}

/// A call with what was said, the draft it gives and work orders like it.
#[utoipa::path(get, path = "/api/v1/hotline/calls/{id}", tag = "hotline", params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<CallId>,
) -> Result<axum::Json<CallView>, Problem> {
    let call = app.platform.hotline.call(&cx, &id).await?;
    Ok(axum::Json(view(&app, &cx, &call, language(&headers)).await?))
}

/// Take a call that rings.
#[utoipa::path(post, path = "/api/v1/hotline/calls/{id}/take", tag = "hotline", params(("id" = String, Path)),
    responses((status = 200, body = CallRowView), (status = "4XX", body = ProblemView)))]
pub async fn take(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CallId>,
) -> Result<axum::Json<CallRowView>, Problem> {
    Ok(axum::Json((&app.platform.hotline.take_call(&cx, &id).await?).into()))
}

/// End a call.
#[utoipa::path(post, path = "/api/v1/hotline/calls/{id}/end", tag = "hotline", params(("id" = String, Path)),
    responses((status = 200, body = CallRowView), (status = "4XX", body = ProblemView)))]
pub async fn end(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CallId>,
) -> Result<axum::Json<CallRowView>, Problem> {
    Ok(axum::Json((&app.platform.hotline.end_call(&cx, &id).await?).into()))
}

/// Add what was said, without a stream.
#[utoipa::path(post, path = "/api/v1/hotline/calls/{id}/utterances", tag = "hotline", params(("id" = String, Path)),
    request_body = UtteranceBody,
    responses((status = 200, body = CallView), (status = "4XX", body = ProblemView)))]
pub async fn say(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<CallId>,
    Json(body): Json<UtteranceBody>,
) -> Result<axum::Json<CallView>, Problem> {
    let said = Utterance { speaker: body.speaker, text: body.text };
    let call = app.platform.hotline.say(&cx, &id, said).await?;
    Ok(axum::Json(view(&app, &cx, &call, language(&headers)).await?))
}

/// A call as its operator sees it.
pub(crate) async fn view(app: &App, cx: &Cx, call: &Call, language: Language) -> Result<CallView, Problem> {
    let hotline = &app.platform.hotline;
    let draft = hotline.draft_of(call, cx.now());
    let similar =
        if call.said.is_empty() { Vec::new() } else { Box::pin(hotline.similar(cx, &draft, SIMILAR)).await? };
    Ok(CallView {
        call: call.into(),
        said: call.said.iter().map(Into::into).collect(),
        draft: DraftedView::of(hotline.policy(), &draft, language),
        similar: similar.iter().filter(|one| Some(&one.order.id) != call.order.as_ref()).map(Into::into).collect(),
    })
}
