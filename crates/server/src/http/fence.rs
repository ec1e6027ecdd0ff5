//! The electronic fence: read, tried, explained, changed. For the security officer.

use axum::extract::State;
use identity::fence::{Policies, Supposed, Supposition};
use identity::{Account, Action, Fence, Scope, Zone};
use kernel::ids::{CollectionId, DepartmentId, ScenarioId};
use kernel::{DataLevel, Region};
use knowledge::Standing;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::fence::{self, Thing};
use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::fence::{
    ClauseView, FenceAnswerView, FenceCheckView, FenceImpactView, FenceVersionView, FenceView, LevelChangedView,
    mistakes,
};

/// A text of policies to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceTextBody {
    /// The policies, in Cedar.
    text: String,
}

/// A text of policies to put in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceChangeBody {
    /// The policies, in Cedar.
    text: String,
    /// Why. It goes into the audit log.
    reason: String,
}

/// Somebody who would do something. Without a name: a citizen without an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceQuestionBody {
    /// The name somebody logs in with; a citizen when absent.
    #[serde(default)]
    username: Option<String>,
    /// An action of a role, `retrieve` or `generate`.
    action: String,
    /// On a collection.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    collection: Option<CollectionId>,
    /// In a scenario.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    scenario: Option<ScenarioId>,
    /// With a model, for `generate`.
    #[serde(default)]
    model: Option<String>,
    /// From this zone; the intranet when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    zone: Option<Zone>,
    /// At this hour, 0 to 23; now when absent.
    #[serde(default)]
    hour: Option<u8>,
    /// On this day, 1 Monday to 7 Sunday; today when absent.
    #[serde(default)]
    weekday: Option<u8>,
}

/// Another level for a collection or a scenario.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceImpactBody {
    /// The collection.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    collection: Option<CollectionId>,
    /// The scenario.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    scenario: Option<ScenarioId>,
    /// The level.
    #[schema(value_type = String)]
    level: DataLevel,
    /// Another region for the collection; the one it has when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    /// Another department that owns the collection; the one it has when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    department: Option<DepartmentId>,
}

/// Another level that is to count, after its impact was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelBody {
    /// The collection.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    collection: Option<CollectionId>,
    /// The scenario.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    scenario: Option<ScenarioId>,
    /// The level.
    #[schema(value_type = String)]
    level: DataLevel,
    /// Another region for the collection; the one it has when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    /// Another department that owns the collection; the one it has when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    department: Option<DepartmentId>,
    /// Why. It goes into the audit log.
    reason: String,
    /// The `hash` of the impact that was shown.
    impact: String,
}

/// The fence in force.
#[utoipa::path(get, path = "/api/v1/fence", tag = "security",
    responses((status = 200, body = FenceView), (status = "4XX", body = ProblemView)))]
pub async fn read(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<FenceView>, Problem> {
    cx.permit(Action::ReadPolicies, &Scope::Platform).map(drop)?;
    view(&app).await
}

async fn view(app: &App) -> Result<axum::Json<FenceView>, Problem> {
    let fence = app.platform.identity.fence();
    let version = app.platform.identity.fence_version().await?;
    Ok(axum::Json(FenceView {
        text: fence.text(),
        clauses: fence.clauses().into_iter().map(ClauseView::from).collect(),
        changed: version.is_some(),
        changed_at: version.as_ref().map(|version| version.at.to_string()),
        changed_by: version.as_ref().map(|version| version.by.clone()),
        reason: version.map(|version| version.reason),
        folder_mistakes: app.platform.folder_fence.mistakes().as_ref().map(mistakes).unwrap_or_default(),
    }))
}

/// Put other policies in force, on every server at once. A text with mistakes changes nothing.
#[utoipa::path(put, path = "/api/v1/fence", tag = "security", request_body = FenceChangeBody,
    responses((status = 200, body = FenceView), (status = "4XX", body = ProblemView)))]
pub async fn change(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<FenceChangeBody>,
) -> Result<axum::Json<FenceView>, Problem> {
    let permit = cx.permit(Action::ManagePolicies, &Scope::Platform)?;
    app.platform.identity.change_fence(&cx, &permit, &body.text, &body.reason).await?;
    view(&app).await
}

/// The versions of the fence, the newest first.
#[utoipa::path(get, path = "/api/v1/fence/versions", tag = "security",
    responses((status = 200, body = Items<FenceVersionView>), (status = "4XX", body = ProblemView)))]
pub async fn versions(
    State(app): State<App>,
    Person(cx): Person,
) -> Result<axum::Json<Items<FenceVersionView>>, Problem> {
    cx.permit(Action::ReadPolicies, &Scope::Platform).map(drop)?;
    let versions = app.platform.identity.fence_versions(100).await?;
    Ok(axum::Json(Items { items: versions.into_iter().map(FenceVersionView::from).collect() }))
}

/// Try a text: its mistakes by line, or what it would take away and give.
#[utoipa::path(post, path = "/api/v1/fence/check", tag = "security", request_body = FenceTextBody,
    responses((status = 200, body = FenceCheckView), (status = "4XX", body = ProblemView)))]
pub async fn check(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<FenceTextBody>,
) -> Result<axum::Json<FenceCheckView>, Problem> {
    cx.permit(Action::ReadPolicies, &Scope::Platform).map(drop)?;
    let draft = match Policies::parse(&body.text) {
        Ok(policies) => Fence::new(policies),
        Err(bad) => {
            let (lost, gained) = (Vec::new(), Vec::new());
            return Ok(axum::Json(FenceCheckView { ok: false, mistakes: mistakes(&bad), lost, gained }));
        }
    };
    let accounts = fence::accounts(&app.platform, &cx).await?;
    let names_people = [&body.text, &app.platform.identity.fence().text()].iter().any(|t| t.contains("Person::"));
    let (lost, gained) = fence::differences(&app.platform, &accounts, &draft, names_people);
    Ok(axum::Json(FenceCheckView { ok: true, mistakes: Vec::new(), lost, gained }))
}

/// Why somebody may or may not do something.
#[utoipa::path(post, path = "/api/v1/fence/explain", tag = "security", request_body = FenceQuestionBody,
    responses((status = 200, body = FenceAnswerView), (status = "4XX", body = ProblemView)))]
pub async fn explain(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<FenceQuestionBody>,
) -> Result<axum::Json<FenceAnswerView>, Problem> {
    cx.permit(Action::ReadPolicies, &Scope::Platform).map(drop)?;
    if body.hour.is_some_and(|hour| hour > 23) || body.weekday.is_some_and(|day| !(1..=7).contains(&day)) {
        return Err(Problem::invalid("`hour` is 0 to 23, `weekday` 1 (Monday) to 7 (Sunday)"));
    }
    let identity = &app.platform.identity;
    let username = body.username.as_deref().map(str::trim).filter(|name| !name.is_empty() && *name != "visitor");
    let account: Option<Account> = match username {
        None => None,
        Some(name) => {
            let permit = cx.permit(Action::ReadAccounts, &Scope::Platform)?;
            Some(identity.account_named(&cx, &permit, name).await?)
        }
    };
    let deed = deed(&app, &body)?;
    let supposed = Supposed { zone: body.zone.unwrap_or(Zone::Intranet), hour: body.hour, weekday: body.weekday };
    Ok(axum::Json(identity.foresee(identity.fence(), account.as_ref(), &deed, supposed).into()))
}

fn deed(app: &App, body: &FenceQuestionBody) -> Result<Supposition, Problem> {
    let collection = body.collection.as_ref().map(|id| app.platform.knowledge.collection(id)).transpose()?;
    let scenario = match &body.scenario {
        None => None,
        Some(id) => Some(
            app.platform
                .assistant
                .scenarios()
                .get(id)
                .ok_or_else(|| Problem::invalid(format!("there is no scenario `{id}`")))?,
        ),
    };
    let scenario_scope = scenario.map(|scenario| assistant::flows::answer::scope(&scenario));
    match body.action.as_str() {
        "retrieve" => {
            let collection = collection.ok_or_else(|| Problem::invalid("`retrieve` needs a `collection`"))?;
            Ok(Supposition::Retrieve(collection.scope()))
        }
        "generate" => {
            let scope = scenario_scope.ok_or_else(|| Problem::invalid("`generate` needs a `scenario`"))?;
            let models = app.platform.assistant.models().registry();
            let model = body.model.as_deref().and_then(|id| models.model(id));
            let model = model.ok_or_else(|| Problem::invalid("`generate` needs a `model` of policies/models.toml"))?;
            let level = collection.map_or(DataLevel::Public, |collection| collection.level);
            Ok(Supposition::Generate(assistant::flows::answer::model_object(model), level, scope))
        }
        code => {
            let action = Action::parse(code).ok_or_else(|| Problem::invalid(format!("there is no action `{code}`")))?;
            let scope = collection.map(|collection| collection.scope()).or(scenario_scope).unwrap_or(Scope::Platform);
            Ok(Supposition::Act(action, scope))
        }
    }
}

/// What another level of a collection or a scenario would do: asked before it is changed.
#[utoipa::path(post, path = "/api/v1/fence/impact", tag = "security", request_body = FenceImpactBody,
    responses((status = 200, body = FenceImpactView), (status = "4XX", body = ProblemView)))]
pub async fn impact(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<FenceImpactBody>,
) -> Result<axum::Json<FenceImpactView>, Problem> {
    cx.permit(Action::ReadPolicies, &Scope::Platform).map(drop)?;
    let (thing, wanted) = wanted(&app, &body).await?;
    let accounts = fence::accounts(&app.platform, &cx).await?;
    Ok(axum::Json(fence::impact(&app.platform, &accounts, &thing, &wanted)))
}

/// What is meant, and how it would be protected.
async fn wanted(app: &App, body: &FenceImpactBody) -> Result<(Thing, Standing), Problem> {
    let thing = match (&body.collection, &body.scenario) {
        (Some(id), None) => Thing::Collection(Box::new(app.platform.knowledge.collection(id)?)),
        (None, Some(id)) => match app.platform.assistant.scenarios().get(id) {
            Some(scenario) => Thing::Scenario(scenario),
            None => return Err(assistant::Error::NoScenario(id.to_string()).into()),
        },
        _ => return Err(Problem::invalid("name a `collection` or a `scenario`")),
    };
    if body.scenario.is_some() && (body.region.is_some() || body.department.is_some()) {
        return Err(Problem::invalid("`region` and `department` are those of a collection"));
    }
    if let Some(department) = &body.department
        && !app.platform.identity.departments().await?.iter().any(|known| known.id == *department)
    {
        return Err(Problem::invalid(format!("there is no department `{department}`")));
    }
    let now = thing.standing();
    let wanted = Standing {
        level: body.level,
        region: body.region.clone().unwrap_or(now.region),
        department: body.department.clone().or(now.department),
    };
    Ok((thing, wanted))
}

/// Change the level of a collection or a scenario, or the region or owner of a collection. `impact` is the hash of
/// what the caller was shown; when it would do something else by now, 409 `fence.impact_changed` tells what in
/// `current`. More protection counts at once on every server; what takes protection away waits for a second person.
#[utoipa::path(post, path = "/api/v1/fence/levels", tag = "security", request_body = LevelBody,
    responses((status = 200, body = LevelChangedView), (status = "4XX", body = ProblemView)))]
pub async fn set_level(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<LevelBody>,
) -> Result<axum::Json<LevelChangedView>, Problem> {
    let permit = cx.permit(Action::ManagePolicies, &Scope::Platform)?;
    let LevelBody { collection, scenario, level, region, department, reason, impact: shown } = body;
    let asked = FenceImpactBody { collection, scenario, level, region, department };
    let (thing, wanted) = wanted(&app, &asked).await?;
    let accounts = fence::accounts(&app.platform, &cx).await?;
    let impact = fence::impact(&app.platform, &accounts, &thing, &wanted);
    if impact.hash != shown {
        let detail = "the change would do something else than what was shown: look at `current` and confirm again";
        return Err(Problem::outdated("fence.impact_changed", detail, serde_json::json!(impact)));
    }
    let (assistant, change) = (&app.platform.assistant, thing.change(&wanted));
    if !impact.needs_review {
        Box::pin(assistant.change_level(&cx, &permit, &change, &reason)).await?;
        return Ok(axum::Json(LevelChangedView { state: "changed".to_owned(), review_id: None, impact }));
    }
    let told = serde_json::json!(impact);
    let item = Box::pin(assistant.propose_level(&cx, &permit, change, &reason, told)).await?;
    let review_id = Some(item.id.to_string());
    Ok(axum::Json(LevelChangedView { state: "in_review".to_owned(), review_id, impact }))
}
