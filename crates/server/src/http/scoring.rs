//! Experts' scores and what askers said: how an answer was, sentence by sentence.

use assistant::feedback::Rating;
use assistant::scoring::{CitationScore, Score, SentenceScore};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use identity::{Action, Scope};
use kernel::ids::RunId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::runs::view_of;
use crate::views::common::Page;
use crate::views::run::RunView;
use crate::views::trust::{ComplaintView, ScoredView};

/// Which answers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct UnscoredParameters {
    /// Of this scenario.
    scenario: Option<String>,
    /// The cursor.
    #[param(value_type = Option<String>)]
    after: Option<RunId>,
    /// At most so many, 20 when absent.
    limit: Option<usize>,
}

/// Released answers that the caller has not scored, the newest first, as their askers see them.
#[utoipa::path(get, path = "/api/v1/scoring", tag = "scoring", params(UnscoredParameters),
    responses((status = 200, body = Page<RunView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Query(parameters): Query<UnscoredParameters>,
) -> Result<axum::Json<Page<RunView>>, Problem> {
    let permit = cx.permit(Action::ScoreAnswers, &Scope::Platform)?;
    let limit = parameters.limit.unwrap_or(20).clamp(1, 100);
    let scenario = parameters.scenario.as_deref();
    let after = parameters.after.as_ref();
    let runs = app.platform.assistant.unscored(&cx, &permit, scenario, after, limit as u64 + 1).await?;
    let mut items = Vec::with_capacity(runs.len());
    for run in &runs {
        items.push(view_of(&app, &cx, run, language(&headers)).await?);
    }
    Ok(axum::Json(Page::cut(items, limit, |run: &RunView| run.run_id.clone())))
}

/// A released answer and what the caller said of it.
#[utoipa::path(get, path = "/api/v1/runs/{id}/score", tag = "scoring", params(("id" = String, Path)),
    responses((status = 200, body = ScoredView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<RunId>,
) -> Result<axum::Json<ScoredView>, Problem> {
    let permit = cx.permit(Action::ScoreAnswers, &Scope::Platform)?;
    let (run, score) = app.platform.assistant.scored(&cx, &permit, &id).await?;
    let score = score.map(|score| serde_json::to_value(score).unwrap_or_default());
    Ok(axum::Json(ScoredView { run: view_of(&app, &cx, &run, language(&headers)).await?, score }))
}

/// A score of one sentence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentenceBody {
    /// The sentence, from 0.
    index: usize,
    /// From 1, wrong, to 5, right and complete.
    score: u8,
    #[serde(default)]
    remark: Option<String>,
}

/// A score of one citation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitationBody {
    /// Its number in the answer.
    n: u32,
    /// Whether it bears what it is cited for.
    bears: bool,
    #[serde(default)]
    remark: Option<String>,
}

/// A score of an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreBody {
    /// Of the whole, from 1 to 5.
    total: u8,
    #[serde(default)]
    sentences: Vec<SentenceBody>,
    #[serde(default)]
    citations: Vec<CitationBody>,
    #[serde(default)]
    remark: Option<String>,
}

/// Score a released answer; a second score replaces the first.
#[utoipa::path(put, path = "/api/v1/runs/{id}/score", tag = "scoring", params(("id" = String, Path)),
    request_body = ScoreBody, responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn write(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<RunId>,
    Json(body): Json<ScoreBody>,
) -> Result<StatusCode, Problem> {
    let permit = cx.permit(Action::ScoreAnswers, &Scope::Platform)?;
    let sentence = |one: SentenceBody| SentenceScore { index: one.index, score: one.score, remark: one.remark };
    let citation = |one: CitationBody| CitationScore { n: one.n, bears: one.bears, remark: one.remark };
    let given = Score {
        total: body.total,
        sentences: body.sentences.into_iter().map(sentence).collect(),
        citations: body.citations.into_iter().map(citation).collect(),
        remark: body.remark,
    };
    app.platform.assistant.score(&cx, &permit, &id, &given).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which feedback.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackParameters {
    /// `up` or `down`; both when absent.
    rating: Option<String>,
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<usize>,
}

/// What askers said, the latest first: what a correction is made from when the complaint is right.
#[utoipa::path(get, path = "/api/v1/feedback", tag = "scoring", params(FeedbackParameters),
    responses((status = 200, body = Page<ComplaintView>), (status = "4XX", body = ProblemView)))]
pub async fn feedback(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<FeedbackParameters>,
) -> Result<axum::Json<Page<ComplaintView>>, Problem> {
    let permit = cx.permit(Action::ManageCorrections, &Scope::Platform)?;
    let rating = match parameters.rating.as_deref() {
        None => None,
        Some("up") => Some(Rating::Up),
        Some("down") => Some(Rating::Down),
        Some(_) => return Err(Problem::invalid("`rating` is up or down")),
    };
    let before = match parameters.after.as_deref() {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Problem::invalid("`after` is not a cursor of this list"))?),
    };
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let found = app.platform.assistant.all_feedback(&cx, &permit, rating, before, limit as u64 + 1).await?;
    let items = found.into_iter().map(ComplaintView::of).collect();
    Ok(axum::Json(Page::cut(items, limit, |one: &ComplaintView| one.cursor.to_string())))
}
