//! Models, routes, families and quotas; the queue; usage: for model operators.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use identity::{Action, Scope};
use kernel::DataLevel;
use kernel::ids::ScenarioId;
use models::{By, Change};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::http::v1::problem;
use crate::views::common::Items;
use crate::views::models::{ImpactView, ModelCallView, ModelsView, ProbedView, QueueLineView, UsageView};
use crate::views::run::word;

/// Everything that is registered, with its health.
#[utoipa::path(get, path = "/api/v1/models", tag = "models",
    responses((status = 200, body = ModelsView), (status = "4XX", body = ProblemView)))]
pub async fn read(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<ModelsView>, Problem> {
    let _permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
    let models = app.platform.assistant.models();
    let health = Box::pin(models.health()).await;
    Ok(axum::Json(ModelsView::of(models, &health, &app.platform.assistant.scenarios().all(), cx.now())))
}

/// A change: `{"what": "model", "value": {…}}`, and so for `route`, `family`, `quota`, `remove_model`, ….
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelChangeBody {
    /// `model`, `route`, `family`, `quota`, `remove_model`, `remove_route`, `remove_family` or `remove_quota`.
    what: String,
    /// The new record, or the id of what is to go.
    #[schema(value_type = Object)]
    value: Value,
}

/// Change models, routes, families or quotas without a restart. Every change is recorded.
#[utoipa::path(post, path = "/api/v1/models", tag = "models", request_body = ModelChangeBody,
    responses((status = 200, body = ModelsView), (status = "4XX", body = ProblemView)))]
pub async fn change(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<ModelChangeBody>,
) -> Result<axum::Json<ModelsView>, Problem> {
    let permit = cx.permit(Action::ManageModels, &Scope::Platform)?;
    let change = serde_json::json!({ "what": body.what, "value": body.value });
    let change: Change = serde_json::from_value(change).map_err(|error| Problem::invalid(error.to_string()))?;
    let models = app.platform.assistant.models();
    if let Change::RemoveRoute(id) = &change
        && let Some(scenario) = app.platform.assistant.scenarios().all().iter().find(|one| one.route == *id)
    {
        return Err(Problem::invalid(format!("the scenario `{}` is served by the route `{id}`", scenario.id)));
    }
    Box::pin(models.change(&cx, &permit, &change)).await?;
    let health = Box::pin(models.health()).await;
    Ok(axum::Json(ModelsView::of(models, &health, &app.platform.assistant.scenarios().all(), cx.now())))
}

/// What is to be raised.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ImpactParameters {
    /// The level it would have: `public`, `internal` or `sensitive`.
    #[param(value_type = String)]
    level: DataLevel,
    /// Only this scenario; all of them when absent.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    scenario: Option<ScenarioId>,
    /// Only scenarios that search this collection.
    #[serde(default)]
    collection: Option<String>,
}

/// Which models could no longer serve if a scenario or a collection had this level. Asked before it is raised.
#[utoipa::path(get, path = "/api/v1/models/impact", tag = "models", params(ImpactParameters),
    responses((status = 200, body = Items<ImpactView>), (status = "4XX", body = ProblemView)))]
pub async fn impact(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<ImpactParameters>,
) -> Result<axum::Json<Items<ImpactView>>, Problem> {
    let _permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
    let registry = app.platform.assistant.models().registry();
    let scenarios = app.platform.assistant.scenarios().all();
    let touched = scenarios.iter().filter(|scenario| {
        parameters.scenario.as_ref().is_none_or(|id| *id == scenario.id)
            && parameters
                .collection
                .as_ref()
                .is_none_or(|id| scenario.retrieval.collections.iter().any(|collection| collection.as_str() == id))
    });
    let items = touched.filter_map(|scenario| ImpactView::of(&registry, scenario, parameters.level)).collect();
    std::future::ready(Ok(axum::Json(Items { items }))).await
}

/// What runs and waits now, on all servers, by model or route, scenario and department.
#[utoipa::path(get, path = "/api/v1/models/queue", tag = "models",
    responses((status = 200, body = Items<QueueLineView>), (status = "4XX", body = ProblemView)))]
pub async fn queue(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<QueueLineView>>, Problem> {
    let _permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
    let models = app.platform.assistant.models();
    let lines = Box::pin(models.gate().lines(&models.registry())).await?;
    Ok(axum::Json(Items { items: lines.into_iter().map(Into::into).collect() }))
}

/// Which usage.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct UsageParameters {
    /// The first day, `YYYY-MM-DD`; 30 days ago when absent.
    #[serde(default)]
    from: Option<String>,
    /// The last day; today when absent.
    #[serde(default)]
    to: Option<String>,
    /// By what it is summed: `department` when absent; or `scenario`, `model`, `route`, `actor`, `outcome`.
    #[serde(default = "by_department")]
    #[param(value_type = Option<String>)]
    by: By,
    /// `json` when absent, or `csv`.
    #[serde(default)]
    format: Option<String>,
}

fn by_department() -> By {
    By::Department
}

/// The days asked for, checked.
fn days(cx: &identity::Cx, from: Option<&String>, to: Option<&String>) -> Result<(String, String), Problem> {
    let day = |text: &String| {
        let parsed: Result<kernel::Date, _> = text.parse();
        parsed.map(|day| day.to_string()).map_err(|_| Problem::invalid(format!("`{text}` is not a day, YYYY-MM-DD")))
    };
    let today = cx.now().date().to_string();
    let month_ago = cx.now().plus_secs(-30 * 86_400).date().to_string();
    Ok((from.map_or(Ok(month_ago), day)?, to.map_or(Ok(today), day)?))
}

/// What was used, day by day, as JSON or CSV.
#[utoipa::path(get, path = "/api/v1/models/usage", tag = "models", params(UsageParameters),
    responses((status = 200, body = Items<UsageView>), (status = "4XX", body = ProblemView)))]
pub async fn usage(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<UsageParameters>,
) -> Result<Response, Problem> {
    let _permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
    let (from, to) = days(&cx, parameters.from.as_ref(), parameters.to.as_ref())?;
    let meter = app.platform.assistant.models().meter();
    Box::pin(meter.drain()).await?;
    let lines = Box::pin(meter.usage(&from, &to, parameters.by)).await?;
    let items: Vec<UsageView> = lines.into_iter().map(Into::into).collect();
    match parameters.format.as_deref() {
        None | Some("json") => Ok(axum::Json(Items { items }).into_response()),
        Some("csv") => {
            let mut text = format!(
                "day,{},calls,tokens_in,tokens_out,tokens_reasoning,wait_ms,first_token_ms,total_ms,energy_mwh\n",
                word(&parameters.by)
            );
            for item in &items {
                item.csv(&mut text);
            }
            let name = format!("attachment; filename=\"usage-{from}-{to}.csv\"");
            let headers =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
            Ok((headers, text).into_response())
        }
        Some(_) => Err(Problem::invalid("`format` is json or csv")),
    }
}

/// Which calls.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct CallsParameters {
    /// The first day, `YYYY-MM-DD`; 30 days ago when absent.
    from: Option<String>,
    /// The last day; today when absent.
    to: Option<String>,
    /// At most so many, 100 when absent.
    limit: Option<u64>,
}

/// Single calls, newest first: counts and codes, never a text.
#[utoipa::path(get, path = "/api/v1/models/calls", tag = "models", params(CallsParameters),
    responses((status = 200, body = Items<ModelCallView>), (status = "4XX", body = ProblemView)))]
pub async fn calls(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<CallsParameters>,
) -> Result<axum::Json<Items<ModelCallView>>, Problem> {
    let _permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
    let (from, to) = days(&cx, parameters.from.as_ref(), parameters.to.as_ref())?;
    let meter = app.platform.assistant.models().meter();
    Box::pin(meter.drain()).await?;
    let found = Box::pin(meter.calls(&from, &to, parameters.limit.unwrap_or(100).clamp(1, 10_000))).await?;
    Ok(axum::Json(Items { items: found.into_iter().map(Into::into).collect() }))
}

/// Ask the endpoint of a model what it is and has.
#[utoipa::path(post, path = "/api/v1/models/{id}/probe", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = ProbedView), (status = "4XX", body = ProblemView), (status = 503, body = ProblemView)))]
pub async fn probe(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<String>,
) -> Result<axum::Json<ProbedView>, Problem> {
    let _permit = cx.permit(Action::ManageModels, &Scope::Platform)?;
    let probed = Box::pin(app.platform.assistant.models().probe(&id)).await.map_err(problem)?;
    Ok(axum::Json(probed.into()))
}
