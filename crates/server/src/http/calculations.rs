//! Calculations: the calculators of a scenario, and what they give. Exact, by rules that are data; no model takes part.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::ids::ScenarioId;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::{Address, Anyone};
use crate::http::problem::{Problem, ProblemView};
use crate::http::scenarios::with_visitor;
use crate::views::entitlements::{CalculationBody, CalculationView, CalculatorsView};

/// The calculators of a scenario.
#[utoipa::path(get, path = "/api/v1/calculations/{id}", tag = "entitlements", params(("id" = String, Path)),
    responses((status = 200, body = CalculatorsView), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, caller: Anyone, Id(id): Id<ScenarioId>) -> Result<Response, Problem> {
    let calculators = app.platform.assistant.calculators(&caller.cx, &id)?;
    Ok(with_visitor(axum::Json(CalculatorsView::of(&calculators)).into_response(), caller.new_visitor))
}

/// Compute. Each figure comes with its rule and the article it rests on; missing inputs are named all at once.
#[utoipa::path(post, path = "/api/v1/calculations/{id}/{name}", tag = "entitlements",
    params(("id" = String, Path), ("name" = String, Path)), request_body = CalculationBody,
    responses((status = 200, body = CalculationView), (status = "4XX", body = ProblemView)))]
pub async fn compute(
    State(app): State<App>,
    caller: Anyone,
    address: Address,
    Id((id, name)): Id<(ScenarioId, String)>,
    Json(body): Json<CalculationBody>,
) -> Result<Response, Problem> {
    crate::http::ask::admit_computation(&app, &caller, &id, address)?;
    let inputs = body.inputs.into_iter().map(|(id, entered)| (id, entered.text())).collect();
    let calculation = app.platform.assistant.calculate(&caller.cx, &id, &name, body.city.as_deref(), &inputs)?;
    Ok(with_visitor(axum::Json(CalculationView { calculation }).into_response(), caller.new_visitor))
}
