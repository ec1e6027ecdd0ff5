//! Building scenarios: a form becomes files in the data folder's `scenarios/`, screened, tried on its cases, a draft.

use std::path::{Path, PathBuf};

use assistant::building::{BuiltScenario, ScenarioPlan, build, read_cases};
use assistant::scenario::{CLASSES, Stage};
use assistant::{Scenario, ScenarioFiles, Scenarios};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::{Action, Cx, Scope};
use kernel::ids::ScenarioId;
use serde_json::json;

use crate::assets;
use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::scenario_drafts::{BuiltView, CaseOutcomeView, DraftsView, NewScenarioBody, ScenarioDraftView};

/// The template a form begins with.
const PROMPT: &str = include_str!("../../../../scenarios/policy_consultation/prompt.md");

/// The folder of an agency's own scenarios.
fn folder(app: &App) -> PathBuf {
    app.platform.store.folder().join("scenarios")
}

fn unwritable(error: &std::io::Error) -> Problem {
    tracing::error!(kind = %error.kind(), "a scenario's files cannot be written or read");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "assistant.scenario_unwritable",
        "the scenario's files cannot be written",
    )
}

/// The agency's own scenarios, and what a form needs to know.
#[utoipa::path(get, path = "/api/v1/scenario_drafts", tag = "scenarios",
    responses((status = 200, body = DraftsView), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<DraftsView>, Problem> {
    cx.permit(Action::BuildScenarios, &Scope::Platform).map(drop)?;
    let screening = &app.platform.screening;
    let own = own_files(&app)?;
    Ok(axum::Json(DraftsView {
        items: own.iter().map(|(files, cases)| ScenarioDraftView::of(files, cases)).collect(),
        questions: screening.questions.clone(),
        classes: CLASSES.map(str::to_owned).to_vec(),
        roles: app.platform.known.roles.clone(),
        prompt: PROMPT.to_owned(),
    }))
}

/// The files of the agency's own scenarios, with their cases.
fn own_files(app: &App) -> Result<Vec<(ScenarioFiles, String)>, Problem> {
    let all = assets::scenarios(Some(app.platform.store.folder())).map_err(|error| unwritable(&error))?;
    let own = all.into_iter().filter(|files| folder(app).join(&files.folder).is_dir());
    Ok(own
        .map(|files| {
            let cases = std::fs::read_to_string(folder(app).join(&files.folder).join("cases.md")).unwrap_or_default();
            (files, cases)
        })
        .collect())
}

/// Check a plan: its files, its risk, or what is wrong with it. Nothing is written.
#[utoipa::path(post, path = "/api/v1/scenario_drafts/check", tag = "scenarios", request_body = NewScenarioBody,
    responses((status = 200, body = BuiltView), (status = "4XX", body = ProblemView)))]
pub async fn check(
    State(app): State<App>,
    Person(cx): Person,
    Json(plan): Json<ScenarioPlan>,
) -> Result<axum::Json<BuiltView>, Problem> {
    Ok(axum::Json(built(&app, &cx, &plan)?.into()))
}

fn built(app: &App, cx: &Cx, plan: &ScenarioPlan) -> Result<BuiltScenario, Problem> {
    app.platform.assistant.may_build(cx, &plan.collections)?;
    Ok(build(&app.platform.screening, &app.platform.known, plan)?)
}

/// Write a draft into the data folder. It is used by nobody before a person reviewed the files and raised its stage.
#[utoipa::path(post, path = "/api/v1/scenario_drafts", tag = "scenarios", request_body = NewScenarioBody,
    responses((status = 201, body = BuiltView), (status = "4XX", body = ProblemView)))]
pub async fn create(
    State(app): State<App>,
    Person(cx): Person,
    Json(plan): Json<ScenarioPlan>,
) -> Result<Response, Problem> {
    let built = built(&app, &cx, &plan)?;
    let place = folder(&app).join(plan.id.as_str());
    let served = app.platform.assistant.scenarios().get(&plan.id);
    if served.is_some_and(|scenario| scenario.stage != Stage::Draft)
        || place.is_dir() && stage(&place) != Some(Stage::Draft)
    {
        let detail = format!("`{}` is a scenario in use: choose another id", plan.id);
        return Err(Problem::new(StatusCode::CONFLICT, "assistant.scenario_exists", detail));
    }
    write(&place, &built).map_err(|error| unwritable(&error))?;
    let details = json!({ "step": "drafted", "high_risk": built.risk.high, "cases": built.cases.len() });
    app.platform.assistant.note_building(&cx, &plan.id, details).await?;
    Ok((StatusCode::CREATED, axum::Json(BuiltView::from(built))).into_response())
}

/// Writes all files beside each other; a folder with only some of them is never read, because the record comes last.
fn write(place: &Path, built: &BuiltScenario) -> std::io::Result<()> {
    std::fs::create_dir_all(place)?;
    let record = built.files.iter().filter(|(name, _)| *name == "scenario.toml");
    for (name, text) in built.files.iter().filter(|(name, _)| *name != "scenario.toml").chain(record) {
        let fresh = place.join(format!("{name}.new"));
        std::fs::write(&fresh, text)?;
        std::fs::rename(fresh, place.join(name))?;
    }
    Ok(())
}

fn stage(place: &Path) -> Option<Stage> {
    let text = std::fs::read_to_string(place.join("scenario.toml")).ok()?;
    toml::from_str::<Scenario>(&text).ok().map(|scenario| scenario.stage)
}

/// Run a draft's cases with the built-in backend. Nothing is kept or released.
#[utoipa::path(post, path = "/api/v1/scenario_drafts/{id}/rehearsal", tag = "scenarios", params(("id" = String, Path)),
    responses((status = 200, body = Items<CaseOutcomeView>), (status = "4XX", body = ProblemView)))]
pub async fn rehearse(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<ScenarioId>,
) -> Result<axum::Json<Items<CaseOutcomeView>>, Problem> {
    cx.permit(Action::BuildScenarios, &Scope::Platform).map(drop)?;
    let own = own_files(&app)?;
    let (files, cases) = own.into_iter().find(|(files, _)| files.folder == id.as_str()).ok_or_else(|| missing(&id))?;
    let scenarios = Scenarios::load(&[files], &app.platform.known)?;
    let scenario = scenarios.get(&id).ok_or_else(|| missing(&id))?;
    let outcomes = Box::pin(app.platform.assistant.dry_run(&cx, &scenario, &read_cases(&cases))).await?;
    Ok(axum::Json(Items { items: outcomes.into_iter().map(Into::into).collect() }))
}

fn missing(id: &ScenarioId) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "assistant.scenario_not_found", format!("there is no draft `{id}`"))
}

/// Take a draft back. Only drafts can be.
#[utoipa::path(delete, path = "/api/v1/scenario_drafts/{id}", tag = "scenarios", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn remove(State(app): State<App>, Person(cx): Person, Id(id): Id<ScenarioId>) -> Result<StatusCode, Problem> {
    cx.permit(Action::BuildScenarios, &Scope::Platform).map(drop)?;
    let place = folder(&app).join(id.as_str());
    match stage(&place) {
        Some(Stage::Draft) => {}
        Some(_) => {
            let detail = format!("`{id}` is in use and no draft");
            return Err(Problem::new(StatusCode::CONFLICT, "assistant.scenario_exists", detail));
        }
        None => return Err(missing(&id)),
    }
    app.platform.assistant.note_building(&cx, &id, json!({ "step": "taken_back" })).await?;
    std::fs::remove_dir_all(&place).map_err(|error| unwritable(&error))?;
    Ok(StatusCode::NO_CONTENT)
}
