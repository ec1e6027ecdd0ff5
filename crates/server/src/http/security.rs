//! Security: what the stages saw, rules, words, suspensions and incidents. For the security officer.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use guard::words::Entry;
use guard::{Mode, risk::Category};
use identity::{Action, Cx, Permit, Scope};
use kernel::ids::IncidentId;
use security::{EventFilter, IncidentState, Opening, WordFilter};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::{Address, Person};
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::{Items, Page};
use crate::views::security::{
    ChallengeView, GuardRuleView, GuardWordView, GuardWordsView, IncidentFullView, IncidentStepView, IncidentView,
    SecurityEventView, SecurityOverviewView, StageView, SuspensionView, WordChangeView, WordsImportedView,
};

fn reads(cx: &Cx) -> Result<Permit, Problem> {
    Ok(cx.permit(Action::ReadPolicies, &Scope::Platform)?)
}

fn manages(cx: &Cx) -> Result<Permit, Problem> {
    Ok(cx.permit(Action::ManagePolicies, &Scope::Platform)?)
}

/// Over which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct OverviewParameters {
    /// The last so many days; 1 when absent, 90 at most.
    days: Option<i64>,
}

/// The state of protection: each stage with its counts, and what waits for an officer.
#[utoipa::path(get, path = "/api/v1/security", tag = "security", params(OverviewParameters),
    responses((status = 200, body = SecurityOverviewView), (status = "4XX", body = ProblemView)))]
pub async fn overview(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<OverviewParameters>,
) -> Result<axum::Json<SecurityOverviewView>, Problem> {
    let permit = reads(&cx)?;
    let security = &app.platform.security;
    let now = cx.now();
    let since = now.plus_secs(-parameters.days.unwrap_or(1).clamp(1, 90) * 86_400);
    let counts = security.counts(&cx, &permit, since).await?;
    let incidents = security.incidents(&cx, &permit).await?;
    let open = incidents.iter().filter(|incident| incident.state != IncidentState::Closed);
    let suspended = security.suspensions(&cx, &permit).await?;
    let places = security.place_requests(&cx, &permit).await?;
    let (running, waiting, turned_away) = app.abuse.gate.standing();
    Ok(axum::Json(SecurityOverviewView {
        since: since.to_string(),
        stages: counts.into_iter().map(|(stage, counts)| StageView::of(stage, counts)).collect(),
        suspended: suspended.iter().filter(|suspension| suspension.since.is_some()).count(),
        overdue_incidents: open.clone().filter(|incident| incident.is_overdue(now)).count(),
        open_incidents: open.count(),
        pending_places: places.iter().filter(|place| place.state == security::RequestState::Pending).count(),
        running,
        waiting,
        turned_away,
    }))
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct EventsParameters {
    /// Of this stage.
    stage: Option<String>,
    /// Of this rule.
    rule: Option<String>,
    /// With this outcome.
    outcome: Option<String>,
    /// Of this caller.
    caller: Option<String>,
    /// The cursor.
    after: Option<i64>,
    /// At most so many, 50 when absent.
    limit: Option<u64>,
}

/// What the stages saw, the newest first.
#[utoipa::path(get, path = "/api/v1/security/events", tag = "security", params(EventsParameters),
    responses((status = 200, body = Page<SecurityEventView>), (status = "4XX", body = ProblemView)))]
pub async fn events(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<EventsParameters>,
) -> Result<axum::Json<Page<SecurityEventView>>, Problem> {
    let permit = reads(&cx)?;
    let filter = EventFilter {
        stage: parameters.stage,
        rule: parameters.rule,
        outcome: parameters.outcome,
        caller: parameters.caller,
        before: parameters.after,
    };
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let page = app.platform.security.events(&cx, &permit, &filter, limit).await?;
    let next = page.next.map(|next| next.to_string());
    Ok(axum::Json(Page { items: page.items.into_iter().map(Into::into).collect(), next }))
}

/// A mark on an event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkBody {
    /// Whether it was a false alarm.
    false_alarm: bool,
    /// Why.
    note: String,
}

/// Call an event a false alarm, or take that back.
#[utoipa::path(post, path = "/api/v1/security/events/{id}/mark", tag = "security", params(("id" = i64, Path)),
    request_body = MarkBody, responses((status = 200, body = SecurityEventView), (status = "4XX", body = ProblemView)))]
pub async fn mark(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<String>,
    Json(body): Json<MarkBody>,
) -> Result<axum::Json<SecurityEventView>, Problem> {
    let permit = manages(&cx)?;
    let id = id.parse().map_err(|_| Problem::not_found("there is no such event"))?;
    Ok(axum::Json(app.platform.security.mark(&cx, &permit, id, body.false_alarm, &body.note).await?.into()))
}

/// The rules of the guard, each with its hits, false alarms and mode.
#[utoipa::path(get, path = "/api/v1/security/rules", tag = "security",
    responses((status = 200, body = Items<GuardRuleView>), (status = "4XX", body = ProblemView)))]
pub async fn rules(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<GuardRuleView>>, Problem> {
    let permit = reads(&cx)?;
    let rules = app.platform.security.rules(&cx, &permit).await?;
    Ok(axum::Json(Items { items: rules.into_iter().map(Into::into).collect() }))
}

/// What a rule is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSwitchBody {
    /// The rule.
    rule: String,
    /// `observe` or `enforce`.
    #[schema(value_type = String)]
    mode: Mode,
    /// Why.
    reason: String,
}

/// Switch a rule to observe or enforce, on every server at once.
#[utoipa::path(put, path = "/api/v1/security/rules", tag = "security", request_body = RuleSwitchBody,
    responses((status = 200, body = GuardRuleView), (status = "4XX", body = ProblemView)))]
pub async fn switch(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<RuleSwitchBody>,
) -> Result<axum::Json<GuardRuleView>, Problem> {
    let permit = manages(&cx)?;
    Ok(axum::Json(app.platform.security.switch(&cx, &permit, &body.rule, body.mode, &body.reason).await?.into()))
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct WordsParameters {
    /// Holding these characters.
    query: Option<String>,
    /// Of this category of GB/T 45654.
    category: Option<String>,
    /// With this action.
    #[param(value_type = Option<String>)]
    action: Option<guard::Action>,
    /// Only those that officers added or changed.
    own: bool,
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<usize>,
}

fn category(text: &str) -> Result<Category, Problem> {
    Category::parse(text).ok_or_else(|| Problem::invalid(format!("`{text}` is no category of GB/T 45654")))
}

/// Entries of the word library, by term.
#[utoipa::path(get, path = "/api/v1/security/words", tag = "security", params(WordsParameters),
    responses((status = 200, body = GuardWordsView), (status = "4XX", body = ProblemView)))]
pub async fn words(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<WordsParameters>,
) -> Result<axum::Json<GuardWordsView>, Problem> {
    let permit = reads(&cx)?;
    let filter = WordFilter {
        query: parameters.query,
        category: parameters.category.as_deref().filter(|text| !text.is_empty()).map(category).transpose()?,
        action: parameters.action,
        own: parameters.own,
        after: parameters.after,
    };
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let page = app.platform.security.words(&cx, &permit, &filter, limit).await?;
    let items = page.items.into_iter().map(Into::into).collect();
    Ok(axum::Json(GuardWordsView { items, next: page.next, total: page.total }))
}

/// An entry to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordBody {
    /// The term, of 2 to 64 characters.
    term: String,
    /// The category of GB/T 45654, such as `A1h`.
    category: String,
    /// `observe`, `review` or `block`.
    #[schema(value_type = String)]
    action: guard::Action,
    /// How telling a hit is, 0 to 1.
    weight: f32,
    /// It counts only beside one of these words.
    #[serde(default)]
    needs: Vec<String>,
    /// Where it comes from.
    #[serde(default)]
    note: String,
    /// Why. It goes into the history.
    reason: String,
}

/// Add an entry or change it, on every server at once.
#[utoipa::path(put, path = "/api/v1/security/words", tag = "security", request_body = WordBody,
    responses((status = 200, body = GuardWordView), (status = "4XX", body = ProblemView)))]
pub async fn put_word(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<WordBody>,
) -> Result<axum::Json<GuardWordView>, Problem> {
    let permit = manages(&cx)?;
    let entry = Entry {
        term: body.term.trim().to_owned(),
        category: category(&body.category)?,
        action: body.action,
        weight: body.weight,
        needs: body.needs,
        note: body.note,
    };
    Ok(axum::Json(app.platform.security.put_word(&cx, &permit, entry, &body.reason).await?.into()))
}

/// An entry to take away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordRemovalBody {
    /// The term.
    term: String,
    /// Why.
    reason: String,
}

/// Take an entry away, on every server at once.
#[utoipa::path(post, path = "/api/v1/security/words/removal", tag = "security", request_body = WordRemovalBody,
    responses((status = 204), (status = "4XX", body = ProblemView)))]
pub async fn remove_word(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<WordRemovalBody>,
) -> Result<axum::http::StatusCode, Problem> {
    let permit = manages(&cx)?;
    app.platform.security.remove_word(&cx, &permit, &body.term, &body.reason).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// The library as lines: term, category, action, weight, companion words, note.
#[utoipa::path(get, path = "/api/v1/security/words/export", tag = "security",
    responses((status = 200, body = String, content_type = "text/plain"), (status = "4XX", body = ProblemView)))]
pub async fn export_words(State(app): State<App>, Person(cx): Person) -> Result<Response, Problem> {
    let permit = reads(&cx)?;
    let lines = app.platform.security.export_words(&cx, &permit).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"words.txt\""),
    ];
    Ok((headers, lines).into_response())
}

/// A whole library.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsImportBody {
    /// Its lines, as they were exported.
    text: String,
    /// Why.
    reason: String,
}

/// Take lines over as the whole library; nothing is taken when one is wrong.
#[utoipa::path(post, path = "/api/v1/security/words/import", tag = "security", request_body = WordsImportBody,
    responses((status = 200, body = WordsImportedView), (status = "4XX", body = ProblemView)))]
pub async fn import_words(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<WordsImportBody>,
) -> Result<axum::Json<WordsImportedView>, Problem> {
    let permit = manages(&cx)?;
    let changed = app.platform.security.import_words(&cx, &permit, &body.text, &body.reason).await?;
    Ok(axum::Json(WordsImportedView { changed }))
}

/// The last changes of the library.
#[utoipa::path(get, path = "/api/v1/security/words/history", tag = "security",
    responses((status = 200, body = Items<WordChangeView>), (status = "4XX", body = ProblemView)))]
pub async fn word_history(
    State(app): State<App>,
    Person(cx): Person,
) -> Result<axum::Json<Items<WordChangeView>>, Problem> {
    let permit = reads(&cx)?;
    let changes = app.platform.security.word_changes(&cx, &permit, 100).await?;
    Ok(axum::Json(Items { items: changes.into_iter().map(Into::into).collect() }))
}

/// Callers who are suspended after harmful inputs, and those who were let in again.
#[utoipa::path(get, path = "/api/v1/security/suspensions", tag = "security",
    responses((status = 200, body = Items<SuspensionView>), (status = "4XX", body = ProblemView)))]
pub async fn suspensions(
    State(app): State<App>,
    Person(cx): Person,
) -> Result<axum::Json<Items<SuspensionView>>, Problem> {
    let permit = reads(&cx)?;
    let all = app.platform.security.suspensions(&cx, &permit).await?;
    Ok(axum::Json(Items { items: all.into_iter().map(Into::into).collect() }))
}

/// A suspension to lift.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftBody {
    /// The caller.
    caller: String,
    /// Why.
    reason: String,
}

/// Let a caller in again.
#[utoipa::path(post, path = "/api/v1/security/suspensions/lift", tag = "security", request_body = LiftBody,
    responses((status = 200, body = SuspensionView), (status = "4XX", body = ProblemView)))]
pub async fn lift(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<LiftBody>,
) -> Result<axum::Json<SuspensionView>, Problem> {
    let permit = manages(&cx)?;
    Ok(axum::Json(app.platform.security.lift(&cx, &permit, &body.caller, &body.reason).await?.into()))
}

/// Incidents, the most urgent first.
#[utoipa::path(get, path = "/api/v1/security/incidents", tag = "security",
    responses((status = 200, body = Items<IncidentView>), (status = "4XX", body = ProblemView)))]
pub async fn incidents(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<IncidentView>>, Problem> {
    let permit = reads(&cx)?;
    let all = app.platform.security.incidents(&cx, &permit).await?;
    let now = cx.now();
    Ok(axum::Json(Items { items: all.into_iter().map(|incident| IncidentView::of(incident, now)).collect() }))
}

/// An incident that somebody noticed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentBody {
    /// What kind.
    kind: String,
    /// What it is about.
    subject: String,
    /// What was noticed.
    note: String,
}

/// Open an incident.
#[utoipa::path(post, path = "/api/v1/security/incidents", tag = "security", request_body = IncidentBody,
    responses((status = 200, body = IncidentFullView), (status = "4XX", body = ProblemView)))]
pub async fn report(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<IncidentBody>,
) -> Result<axum::Json<IncidentFullView>, Problem> {
    let permit = manages(&cx)?;
    let opening = Opening { kind: body.kind, subject: body.subject };
    let id = app.platform.security.report_incident(&cx, &permit, opening, &body.note).await?;
    full(&app, &cx, &id).await
}

async fn full(app: &App, cx: &Cx, id: &IncidentId) -> Result<axum::Json<IncidentFullView>, Problem> {
    let permit = reads(cx)?;
    let (incident, steps) = app.platform.security.incident(cx, &permit, id).await?;
    let steps = steps.into_iter().map(IncidentStepView::from).collect();
    Ok(axum::Json(IncidentFullView { incident: IncidentView::of(incident, cx.now()), steps }))
}

/// One incident with its steps.
#[utoipa::path(get, path = "/api/v1/security/incidents/{id}", tag = "security", params(("id" = String, Path)),
    responses((status = 200, body = IncidentFullView), (status = "4XX", body = ProblemView)))]
pub async fn incident(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<IncidentId>,
) -> Result<axum::Json<IncidentFullView>, Problem> {
    full(&app, &cx, &id).await
}

/// A step of an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentStepBody {
    /// The state it leads to.
    #[schema(value_type = String)]
    state: IncidentState,
    /// What was done, and the evidence.
    note: String,
}

/// Lead an incident on.
#[utoipa::path(post, path = "/api/v1/security/incidents/{id}/steps", tag = "security", params(("id" = String, Path)),
    request_body = IncidentStepBody, responses((status = 200, body = IncidentFullView), (status = "4XX", body = ProblemView)))]
pub async fn step(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<IncidentId>,
    Json(body): Json<IncidentStepBody>,
) -> Result<axum::Json<IncidentFullView>, Problem> {
    let permit = manages(&cx)?;
    app.platform.security.advance_incident(&cx, &permit, &id, body.state, &body.note).await?;
    full(&app, &cx, &id).await
}

/// A challenge for a visitor who went over limits: solved, its answer goes with the next question in the header
/// `X-Challenge-Answer`.
#[utoipa::path(get, path = "/api/v1/challenge", tag = "ask",
    responses((status = 200, body = ChallengeView), (status = "4XX", body = ProblemView)))]
pub async fn challenge(State(app): State<App>, address: Address) -> axum::Json<ChallengeView> {
    let challenges = &app.abuse.challenges;
    let store = &app.platform.store;
    let challenge = challenges.make(&format!("address:{}", address.0), store.entropy(), store.clock().now());
    axum::Json(ChallengeView { challenge, bits: challenges.bits() })
}
