//! Scenarios somebody may use.

use assistant::flows::answer::scope;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use identity::Action;

use crate::http::App;
use crate::http::caller::Anyone;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::{Items, Named};
use crate::views::scenario::ScenarioView;

/// The scenarios that the caller may ask in; a citizen sees the public ones.
#[utoipa::path(get, path = "/api/v1/scenarios", tag = "ask",
    responses((status = 200, body = Items<ScenarioView>), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, caller: Anyone) -> Result<Response, Problem> {
    let platform = &app.platform;
    let mut items: Vec<ScenarioView> = Vec::new();
    for scenario in platform.assistant.scenarios().all() {
        if scenario.stage == assistant::scenario::Stage::Draft || !caller.cx.may(Action::Ask, &scope(&scenario)) {
            continue;
        }
        let off = platform.assistant.switched_off(&caller.cx, &scenario).await?;
        items.push({
            let named = |id: &kernel::ids::CollectionId| {
                platform.collection_name(id).map(|name| Named { id: id.to_string(), name })
            };
            let registry = platform.assistant.models().registry();
            let route = registry.route(&scenario.route);
            let model = route.and_then(|route| platform.assistant.models().first_choice(route, scenario.level));
            let collections = scenario.retrieval.collections.iter().filter_map(named).collect();
            ScenarioView {
                maintenance: off.map(|switch| switch.notice),
                ..ScenarioView::of(&scenario, collections, model.as_ref())
            }
        });
    }
    Ok(with_visitor(axum::Json(Items { items }).into_response(), caller.new_visitor))
}

/// Sets the cookie of a new visitor.
pub fn with_visitor(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
