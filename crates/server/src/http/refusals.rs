//! The bank of refusals: what askers read when nothing is answered, and how that is changed.

use assistant::refusals::RefusalEntry;
use axum::extract::State;
use identity::{Action, Cx, Denied, Permit, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::refusals::{RefusalEntryView, RefusalVersionView, RefusalWordsView, people_in};

/// The first of these permits that the caller has; without any, the refusal of the first.
fn any_of(cx: &Cx, first: Action, others: &[Action]) -> Result<Permit, Denied> {
    let permit = cx.permit(first, &Scope::Platform);
    permit.or_else(|denied| others.iter().find_map(|one| cx.permit(*one, &Scope::Platform).ok()).ok_or(denied))
}

fn reads(cx: &Cx) -> Result<Permit, Problem> {
    Ok(any_of(cx, Action::ReadReviews, &[Action::ReadPolicies])?)
}

/// The bank: every refusal with the labels and risks that lead to it, the words in force and what waits.
#[utoipa::path(get, path = "/api/v1/refusals", tag = "review",
    responses((status = 200, body = Items<RefusalEntryView>), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<RefusalEntryView>>, Problem> {
    let permit = reads(&cx)?;
    let entries = app.platform.assistant.refusals(&cx, &permit, &app.platform.phrases).await?;
    Ok(axum::Json(Items { items: views(&app, &entries).await? }))
}

async fn views(app: &App, entries: &[RefusalEntry]) -> Result<Vec<RefusalEntryView>, Problem> {
    let versions = entries.iter().flat_map(|entry| entry.in_force.iter().chain(&entry.waiting));
    let names = app.platform.identity.people(&people_in(versions)).await?;
    Ok(entries.iter().map(|entry| RefusalEntryView::of(entry, &names)).collect())
}

/// Everything that was ever proposed for one refusal, the latest first.
#[utoipa::path(get, path = "/api/v1/refusals/{name}", tag = "review", params(("name" = String, Path)),
    responses((status = 200, body = Items<RefusalVersionView>), (status = "4XX", body = ProblemView)))]
pub async fn history(
    State(app): State<App>,
    Person(cx): Person,
    Id(name): Id<String>,
) -> Result<axum::Json<Items<RefusalVersionView>>, Problem> {
    let permit = reads(&cx)?;
    let versions = app.platform.assistant.refusal_history(&cx, &permit, &app.platform.phrases, &name).await?;
    let names = app.platform.identity.people(&people_in(versions.iter())).await?;
    let items = versions.iter().map(|version| RefusalVersionView::of(version, &names)).collect();
    Ok(axum::Json(Items { items }))
}

/// Other words for a refusal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalProposalBody {
    /// The words.
    words: RefusalWordsView,
    /// Why.
    why: String,
}

/// Propose other words. Askers read them when another person has approved them in the review queue.
#[utoipa::path(put, path = "/api/v1/refusals/{name}", tag = "review", params(("name" = String, Path)),
    request_body = RefusalProposalBody,
    responses((status = 200, body = RefusalEntryView), (status = "4XX", body = ProblemView)))]
pub async fn propose(
    State(app): State<App>,
    Person(cx): Person,
    Id(name): Id<String>,
    Json(body): Json<RefusalProposalBody>,
) -> Result<axum::Json<RefusalEntryView>, Problem> {
    let permit = any_of(&cx, Action::ManageCorrections, &[Action::ManagePolicies])?;
    let (assistant, phrases) = (&app.platform.assistant, &app.platform.phrases);
    let words = body.words.into();
    let entry = Box::pin(assistant.propose_refusal(&cx, &permit, phrases, &name, &words, &body.why)).await?;
    let names = app.platform.identity.people(&people_in(entry.in_force.iter().chain(&entry.waiting))).await?;
    Ok(axum::Json(RefusalEntryView::of(&entry, &names)))
}
