//! What a key opens: routes, scenarios and embedding models.

use assistant::flows::answer::scope;
use assistant::scenario::Stage;
use axum::extract::State;
use identity::Action;
use models::Capability;
use serde::Serialize;
use utoipa::ToSchema;

use super::Program;
use crate::http::App;
use crate::http::problem::{Problem, ProblemView};

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedModelView {
    /// What `model` names.
    id: String,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedModelsView {
    object: &'static str,
    data: Vec<OpenedModelView>,
}

/// OpenAI-compatible list of what the key opens.
#[utoipa::path(get, path = "/v1/models", tag = "gateway",
    responses((status = 200, body = OpenedModelsView), (status = "4XX", body = ProblemView)))]
pub async fn models(State(app): State<App>, program: Program) -> Result<axum::Json<OpenedModelsView>, Problem> {
    let created = app.started_at.as_millis() / 1000;
    let view = |id: String| OpenedModelView { id, object: "model", created, owned_by: "shuzheng" };
    let registry = app.platform.assistant.models().registry();
    let chats = |route: &&models::Route| registry.of_route(route).iter().any(|model| model.can(Capability::Chat));
    let mut data: Vec<OpenedModelView> = registry
        .routes()
        .iter()
        .filter(|route| program.opens(&format!("route:{}", route.id)).is_ok())
        .filter(chats)
        .map(|route| view(route.id.clone()))
        .collect();
    for scenario in app.platform.assistant.scenarios().all() {
        let name = format!("scenario:{}", scenario.id);
        if scenario.stage != Stage::Draft
            && program.opens(&name).is_ok()
            && program.cx.may(Action::Ask, &scope(&scenario))
        {
            data.push(view(name));
        }
    }
    if program.opens("embeddings").is_ok() {
        let made = registry.models().iter().filter(|model| model.can(Capability::Embeddings));
        data.extend(made.map(|model| view(model.id.clone())));
    }
    std::future::ready(Ok(axum::Json(OpenedModelsView { object: "list", data }))).await
}
