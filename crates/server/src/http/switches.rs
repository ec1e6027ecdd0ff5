//! Off-switches: what is off, why, and switching.

use assistant::switches::{Channel, Switch, Throw};
use axum::extract::State;
use identity::{Action, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::trust::SwitchView;

/// Every switch there is: scenarios, channels, models.
#[utoipa::path(get, path = "/api/v1/switches", tag = "switches",
    responses((status = 200, body = Items<SwitchView>), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<SwitchView>>, Problem> {
    let throws = cx.permit(Action::ThrowSwitches, &Scope::Platform);
    let permit = throws.or_else(|_| cx.permit(Action::ReadSystem, &Scope::Platform))?;
    let assistant = &app.platform.assistant;
    let thrown = assistant.switches(&cx, &permit).await?;
    let mut targets: Vec<(String, String, String)> = Vec::new();
    for channel in Channel::ALL {
        targets.push((format!("channel:{}", channel.as_str()), String::new(), String::new()));
    }
    for scenario in assistant.scenarios().all() {
        targets.push((format!("scenario:{}", scenario.id), scenario.title.clone(), scenario.title_en.clone()));
    }
    for model in assistant.models().registry().models() {
        targets.push((format!("model:{}", model.id), model.name.clone(), model.name_en.clone()));
    }
    let mut items = Vec::with_capacity(targets.len());
    for (target, title, title_en) in targets {
        let switch = thrown.iter().find(|one| one.target == target);
        items.push(view(&app, &target, title, title_en, switch).await?);
    }
    Ok(axum::Json(Items { items }))
}

/// What is to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchBody {
    /// `scenario:ID`, `channel:staff|citizen|api` or `model:ID`.
    target: String,
    /// Off, or on again.
    off: bool,
    /// Why, 4 to 500 characters; for on too.
    reason: String,
    /// What users read while it is off; the usual words when absent.
    #[serde(default)]
    notice: String,
}

/// Switch something off or on. It works on every server from the next question on.
#[utoipa::path(post, path = "/api/v1/switches", tag = "switches", request_body = SwitchBody,
    responses((status = 200, body = SwitchView), (status = "4XX", body = ProblemView)))]
pub async fn throw(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<SwitchBody>,
) -> Result<axum::Json<SwitchView>, Problem> {
    let permit = cx.permit(Action::ThrowSwitches, &Scope::Platform)?;
    let throw = Throw { target: body.target, off: body.off, reason: body.reason, notice: body.notice };
    let switch = app.platform.assistant.throw_switch(&cx, &permit, throw).await?;
    let target = switch.target.clone();
    Ok(axum::Json(view(&app, &target, String::new(), String::new(), Some(&switch)).await?))
}

async fn view(
    app: &App,
    target: &str,
    title: String,
    title_en: String,
    switch: Option<&Switch>,
) -> Result<SwitchView, Problem> {
    let by = match switch.and_then(|one| kernel::ids::UserId::parse(one.by.strip_prefix("user:")?).ok()) {
        Some(id) => {
            let people = app.platform.identity.people(&std::collections::BTreeSet::from([id.clone()])).await?;
            people.get(&id).map(|person| person.name.clone())
        }
        None => switch.map(|one| one.by.clone()),
    };
    Ok(SwitchView {
        target: target.to_owned(),
        title,
        title_en,
        off: switch.is_some_and(|one| one.off),
        reason: switch.map(|one| one.reason.clone()),
        notice: switch.map(|one| one.notice.clone()),
        by,
        at: switch.map(|one| one.at.to_string()),
        by_probe: switch.is_some_and(|one| one.by_probe),
    })
}
