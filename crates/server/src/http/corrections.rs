//! The correction library: what was wrong, what is right, and how it serves.

use assistant::corrections::{Correction, CorrectionState, NewCorrection};
use axum::extract::State;
use axum::http::StatusCode;
use identity::{Action, Cx, Permit, Scope};
use kernel::Date;
use kernel::ids::{ArticleId, CorrectionId, RunId, ScenarioId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Page;
use crate::views::trust::CorrectionView;

fn keeps(cx: &Cx) -> Result<Permit, Problem> {
    Ok(cx.permit(Action::ManageCorrections, &Scope::Platform)?)
}

/// Which corrections.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct CorrectionsParameters {
    /// `active`, `in_review` or `retired`; all when absent.
    state: Option<String>,
    /// Words of the question or the right answer.
    q: Option<String>,
    /// The cursor.
    #[param(value_type = Option<String>)]
    after: Option<CorrectionId>,
    /// At most so many, 50 when absent.
    limit: Option<usize>,
}

/// The library, the latest first.
#[utoipa::path(get, path = "/api/v1/corrections", tag = "corrections", params(CorrectionsParameters),
    responses((status = 200, body = Page<CorrectionView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<CorrectionsParameters>,
) -> Result<axum::Json<Page<CorrectionView>>, Problem> {
    let permit = keeps(&cx)?;
    let state = match parameters.state.as_deref() {
        None => None,
        Some(name) => Some(
            CorrectionState::parse(name).ok_or_else(|| Problem::invalid("`state` is active, in_review or retired"))?,
        ),
    };
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let found = app
        .platform
        .assistant
        .corrections(&cx, &permit, state, parameters.q.as_deref(), parameters.after.as_ref(), limit as u64 + 1)
        .await?;
    let items = found.iter().map(|one| CorrectionView::of(one, cx.now())).collect();
    Ok(axum::Json(Page::cut(items, limit, |one: &CorrectionView| one.id.clone())))
}

/// What the library should say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionBody {
    /// The question.
    question: String,
    /// What was answered.
    #[serde(default)]
    wrong: String,
    /// What is right, with `[n]` marks of `articles`.
    right: String,
    /// The articles, in the order of their marks.
    #[schema(value_type = Vec<String>)]
    articles: Vec<ArticleId>,
    /// The scenario it is for; all when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    scenario: Option<ScenarioId>,
    /// The last day it holds.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    valid_until: Option<Date>,
    /// Whether it never grows stale.
    #[serde(default)]
    never_stale: bool,
    /// The run it corrects, for a complaint that was confirmed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    run_id: Option<RunId>,
}

impl From<CorrectionBody> for NewCorrection {
    fn from(body: CorrectionBody) -> Self {
        Self {
            question: body.question,
            wrong: body.wrong,
            right: body.right,
            articles: body.articles,
            scenario: body.scenario,
            valid_until: body.valid_until,
            never_stale: body.never_stale,
            run: body.run_id,
        }
    }
}

/// Add a correction. It steers nothing before another person has approved it in the review queue.
#[utoipa::path(post, path = "/api/v1/corrections", tag = "corrections", request_body = CorrectionBody,
    responses((status = 201, body = CorrectionView), (status = "4XX", body = ProblemView)))]
pub async fn add(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<CorrectionBody>,
) -> Result<(StatusCode, axum::Json<CorrectionView>), Problem> {
    let permit = keeps(&cx)?;
    let made = Box::pin(app.platform.assistant.add_correction(&cx, &permit, body.into())).await?;
    Ok((StatusCode::CREATED, view(&cx, &made)))
}

/// One correction.
#[utoipa::path(get, path = "/api/v1/corrections/{id}", tag = "corrections", params(("id" = String, Path)),
    responses((status = 200, body = CorrectionView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CorrectionId>,
) -> Result<axum::Json<CorrectionView>, Problem> {
    let permit = keeps(&cx)?;
    Ok(view(&cx, &app.platform.assistant.correction(&cx, &permit, &id).await?))
}

/// Change a correction. It steers nothing before another person has approved the change.
#[utoipa::path(put, path = "/api/v1/corrections/{id}", tag = "corrections", params(("id" = String, Path)),
    request_body = CorrectionBody, responses((status = 200, body = CorrectionView), (status = "4XX", body = ProblemView)))]
pub async fn change(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CorrectionId>,
    Json(body): Json<CorrectionBody>,
) -> Result<axum::Json<CorrectionView>, Problem> {
    let permit = keeps(&cx)?;
    let made = Box::pin(app.platform.assistant.change_correction(&cx, &permit, &id, body.into())).await?;
    Ok(view(&cx, &made))
}

/// Why a correction is retired.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireBody {
    /// In one's own words.
    reason: String,
}

/// Take a correction out of use; it stays for the record.
#[utoipa::path(post, path = "/api/v1/corrections/{id}/retire", tag = "corrections", params(("id" = String, Path)),
    request_body = RetireBody, responses((status = 200, body = CorrectionView), (status = "4XX", body = ProblemView)))]
pub async fn retire(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<CorrectionId>,
    Json(body): Json<RetireBody>,
) -> Result<axum::Json<CorrectionView>, Problem> {
    let permit = keeps(&cx)?;
    let made = app.platform.assistant.retire_correction(&cx, &permit, &id, &body.reason).await?;
    Ok(view(&cx, &made))
}

fn view(cx: &Cx, found: &Correction) -> axum::Json<CorrectionView> {
    axum::Json(CorrectionView::of(found, cx.now()))
}
