//! What happens to an item between putting in and deciding: taken, put back, sent back, countersigned, sent another
//! way, taken back; and who reviews what.

use std::collections::BTreeSet;

use assistant::reviewing::Verdict;
use axum::extract::State;
use axum::http::HeaderMap;
use identity::{Action, Cx, Permit, Person as Somebody, Scope};
use kernel::Timestamp;
use kernel::ids::{DepartmentId, ReviewId, UserId};
use review::{Item, Profile};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::{Anyone, Person};
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::reviews::{Said, rule};
use crate::views::common::Items;
use crate::views::review::{ReviewerView, RulingView, StandingView};

fn decides(cx: &Cx) -> Result<Permit, Problem> {
    Ok(cx.permit(Action::DecideReviews, &Scope::Platform)?)
}

/// Take an item to work on it: others keep off until it is decided, put back, or the time is over.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/claim", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = StandingView), (status = "4XX", body = ProblemView)))]
pub async fn claim(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<ReviewId>,
) -> Result<axum::Json<StandingView>, Problem> {
    let permit = decides(&cx)?;
    let reviews = app.platform.assistant.reviews();
    let tx = cx.store().begin().await?;
    let item = reviews.claim(&tx, &cx, &permit, &id).await?;
    tx.commit().await?;
    Ok(moved(&app, &item))
}

/// Put an item back for others.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/release", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = StandingView), (status = "4XX", body = ProblemView)))]
pub async fn release(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<ReviewId>,
) -> Result<axum::Json<StandingView>, Problem> {
    // Who assigns may put back what somebody forgot.
    let assigns = cx.permit(Action::AssignReviews, &Scope::Platform);
    let permit = assigns.or_else(|_| cx.permit(Action::DecideReviews, &Scope::Platform))?;
    let tx = cx.store().begin().await?;
    let item = app.platform.assistant.reviews().release(&tx, &cx, &permit, &id).await?;
    tx.commit().await?;
    Ok(moved(&app, &item))
}

/// Why something is sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnBody {
    /// What is missing.
    reason: String,
    /// The `content_hash` of what was looked at.
    #[serde(default)]
    seen: Option<String>,
}

/// Send an item back to whoever put it in, with a reason.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/return", tag = "review", params(("id" = String, Path)),
    request_body = ReturnBody, responses((status = 200, body = RulingView), (status = "4XX", body = ProblemView)))]
pub async fn send_back(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<ReviewId>,
    Json(body): Json<ReturnBody>,
) -> Result<axum::Json<RulingView>, Problem> {
    let permit = decides(&cx)?;
    let said = Said { seen: body.seen, teach: false, verdict: Verdict::Return { reason: body.reason } };
    rule(&app, &cx, &permit, &id, said, language(&headers)).await
}

/// What is signed for a countersignature.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountersignBody {
    /// Other words, with `[n]` marks; as it stands when absent.
    #[serde(default)]
    answer: Option<String>,
    /// Why, when there is something to say.
    #[serde(default)]
    reason: Option<String>,
    /// The `content_hash` of what was looked at.
    #[serde(default)]
    seen: Option<String>,
}

/// Sign, and ask for another person's signature beyond what the rule asks; where one has signed already, this is the
/// second signature.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/countersign", tag = "review", params(("id" = String, Path)),
    request_body = CountersignBody, responses((status = 200, body = RulingView), (status = "4XX", body = ProblemView)))]
pub async fn countersign(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<ReviewId>,
    Json(body): Json<CountersignBody>,
) -> Result<axum::Json<RulingView>, Problem> {
    let permit = decides(&cx)?;
    let verdict = match body.answer {
        Some(answer) => Verdict::Edit { answer, reason: body.reason, second: true },
        None => Verdict::Approve { reason: body.reason, second: true },
    };
    rule(&app, &cx, &permit, &id, Said { seen: body.seen, teach: false, verdict }, language(&headers)).await
}

/// Take back what one asked; only the asker may, a citizen too.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/withdraw", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = StandingView), (status = "4XX", body = ProblemView)))]
pub async fn withdraw(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<ReviewId>,
) -> Result<axum::Json<StandingView>, Problem> {
    // Whether an item exists that is not one's own is nobody's business.
    let item = app.platform.assistant.reviews().own_item(&caller.cx, &id).await?;
    Ok(moved(&app, &app.platform.assistant.withdraw(&caller.cx, &item.id).await?))
}

/// A word to what was sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResubmitBody {
    /// What the reviewers wanted to know.
    #[serde(default)]
    note: Option<String>,
}

/// Put what was sent back before the reviewers again; only the asker may, a citizen too.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/resubmit", tag = "review", params(("id" = String, Path)),
    request_body = ResubmitBody, responses((status = 200, body = StandingView), (status = "4XX", body = ProblemView)))]
pub async fn resubmit(
    State(app): State<App>,
    caller: Anyone,
    Id(id): Id<ReviewId>,
    Json(body): Json<ResubmitBody>,
) -> Result<axum::Json<StandingView>, Problem> {
    let item = app.platform.assistant.reviews().own_item(&caller.cx, &id).await?;
    let item = app.platform.assistant.resubmit(&caller.cx, &item.id, body.note.as_deref()).await?;
    Ok(moved(&app, &item))
}

/// Where an item goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// The department; any when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    department: Option<DepartmentId>,
    /// The competence; none when absent.
    #[serde(default)]
    competence: Option<String>,
}

/// Send an item to another department or competence: how an exception is resolved.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/assign", tag = "review", params(("id" = String, Path)),
    request_body = AssignBody, responses((status = 200, body = StandingView), (status = "4XX", body = ProblemView)))]
pub async fn assign(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<ReviewId>,
    Json(body): Json<AssignBody>,
) -> Result<axum::Json<StandingView>, Problem> {
    let permit = cx.permit(Action::AssignReviews, &Scope::Platform)?;
    let departments = app.platform.identity.departments().await?;
    if body.department.as_ref().is_some_and(|id| !departments.iter().any(|known| known.id == *id)) {
        return Err(Problem::invalid("there is no such `department`"));
    }
    let competence = body.competence.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let tx = cx.store().begin().await?;
    let item = app.platform.assistant.reviews().assign(&tx, &cx, &permit, &id, body.department, competence).await?;
    tx.commit().await?;
    Ok(moved(&app, &item))
}

/// Who reviews: what each is competent for, and who stands in.
#[utoipa::path(get, path = "/api/v1/reviewers", tag = "review",
    responses((status = 200, body = Items<ReviewerView>), (status = "4XX", body = ProblemView)))]
pub async fn reviewers(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<ReviewerView>>, Problem> {
    let _permit = cx.permit(Action::ReadReviews, &Scope::Platform)?;
    let mut items = Vec::new();
    for (person, _) in app.platform.identity.people_who(Action::DecideReviews).await? {
        let profile = app.platform.assistant.reviews().profile(&person.id).await?;
        items.push(reviewer(&person, profile, cx.now()));
    }
    Ok(axum::Json(Items { items }))
}

/// Who stands in for oneself, and when; nobody when `deputy` is absent, and not away when `away_from` is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceBody {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    deputy: Option<UserId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    away_from: Option<Timestamp>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    away_until: Option<Timestamp>,
}

/// Say who decides instead of oneself while one is away.
#[utoipa::path(put, path = "/api/v1/reviewers/me", tag = "review", request_body = AbsenceBody,
    responses((status = 200, body = ReviewerView), (status = "4XX", body = ProblemView)))]
pub async fn set_absence(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<AbsenceBody>,
) -> Result<axum::Json<ReviewerView>, Problem> {
    let permit = decides(&cx)?;
    if let Some(deputy) = &body.deputy {
        let able = app.platform.identity.people_who(Action::DecideReviews).await?;
        if !able.iter().any(|(person, _)| person.id == *deputy) {
            return Err(Problem::invalid("`deputy` is nobody who reviews"));
        }
    }
    let away = body.away_from.map(|from| (from, body.away_until));
    let profile = app.platform.assistant.reviews().set_absence(&cx, &permit, body.deputy, away).await?;
    let me = cx.person().ok_or_else(|| Problem::invalid("only a person is away"))?;
    Ok(axum::Json(reviewer(me, profile, cx.now())))
}

/// What somebody is competent for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetencesBody {
    /// Such as `labour`.
    competences: BTreeSet<String>,
}

/// Say what a reviewer is competent for; nobody says it of himself.
#[utoipa::path(put, path = "/api/v1/reviewers/{id}", tag = "review", params(("id" = String, Path)),
    request_body = CompetencesBody, responses((status = 200, body = ReviewerView), (status = "4XX", body = ProblemView)))]
pub async fn set_competences(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<UserId>,
    Json(body): Json<CompetencesBody>,
) -> Result<axum::Json<ReviewerView>, Problem> {
    let permit = cx.permit(Action::AssignReviews, &Scope::Platform)?;
    let able = app.platform.identity.people_who(Action::DecideReviews).await?;
    let (person, _) = able
        .into_iter()
        .find(|(person, _)| person.id == id)
        .ok_or_else(|| Problem::not_found("nobody with this id reviews"))?;
    let profile = app.platform.assistant.reviews().set_competences(&cx, &permit, &id, body.competences).await?;
    Ok(axum::Json(reviewer(&person, profile, cx.now())))
}

fn reviewer(person: &Somebody, profile: Profile, now: Timestamp) -> ReviewerView {
    ReviewerView {
        id: person.id.to_string(),
        name: person.name.clone(),
        department: person.department.name.clone(),
        away: profile.is_away(now),
        competences: profile.competences.into_iter().collect(),
        deputy: profile.deputy.map(|id| id.to_string()),
        away_from: profile.away_from.map(|at| at.to_string()),
        away_until: profile.away_until.map(|at| at.to_string()),
    }
}

/// Tells who waits for this item, and shows where it stands.
fn moved(app: &App, item: &Item) -> axum::Json<StandingView> {
    if let Some(run) = item.run() {
        app.platform.assistant.tell_of(&run);
    }
    axum::Json(StandingView::of(item))
}
