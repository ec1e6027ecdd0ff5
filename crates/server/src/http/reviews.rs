//! The review desk: the queue, an item with everything to decide on, the decision.

use std::collections::BTreeSet;

use assistant::phrases::Language;
use assistant::reviewing::{Held, Verdict};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use identity::{Action, Cx, Permit, Scope};
use kernel::Actor;
use kernel::ids::{ReviewId, UserId};
use review::{Item, Reviews, Shelf};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::{App, runs, sse};
use crate::views::common::Page;
use crate::views::review::{
    AskerView, CheckView, DraftView, PastStepView, ReviewRowView, ReviewView, RulingView, SourceView,
};
use crate::views::run::{CitationView, ClaimView, word};

/// Which items.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewsParameters {
    /// `pending` (when absent), `decided` or `mine`.
    state: Option<String>,
    /// The cursor.
    after: Option<String>,
    /// At most so many, 50 when absent.
    limit: Option<u64>,
}

/// The queue.
#[utoipa::path(get, path = "/api/v1/reviews", tag = "review", params(ReviewsParameters),
    responses((status = 200, body = Page<ReviewRowView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Query(parameters): Query<ReviewsParameters>,
) -> Result<axum::Json<Page<ReviewRowView>>, Problem> {
    let permit = cx.permit(Action::ReadReviews, &Scope::Platform)?;
    let shelf = match parameters.state.as_deref() {
        None | Some("pending") => Shelf::Pending,
        Some("decided") => Shelf::Decided,
        Some("mine") => Shelf::Mine,
        Some(_) => return Err(Problem::invalid("`state` is pending, decided or mine")),
    };
    let limit = parameters.limit.unwrap_or(50).clamp(1, 200);
    let page = app.platform.assistant.reviews().list(&cx, &permit, shelf, parameters.after.as_deref(), limit).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for item in &page.items {
        items.push(row(&app, &cx, item, language(&headers)).await?);
    }
    Ok(axum::Json(Page { items, next: page.next }))
}

async fn row(app: &App, cx: &Cx, item: &Item, language: Language) -> Result<ReviewRowView, Problem> {
    let (run, _) = app.platform.assistant.held(cx, item).await?;
    let scenario = app.platform.assistant.scenarios().get(&item.scenario);
    let title = scenario.map_or_else(
        || item.scenario.to_string(),
        |s| if language == Language::English { s.title_en.clone() } else { s.title.clone() },
    );
    let asker = match &item.asker {
        Actor::User { id } => app.platform.identity.people(&BTreeSet::from([id.clone()])).await?.remove(id),
        Actor::Visitor { .. } | Actor::System { .. } => None,
    };
    Ok(ReviewRowView {
        id: item.id.to_string(),
        run_id: item.run.to_string(),
        scenario: item.scenario.to_string(),
        scenario_title: title,
        question: run.question,
        asked_at: item.asked_at.to_string(),
        due_at: item.due_at.to_string(),
        overdue: item.is_overdue(cx.now()),
        state: item.state.as_str().to_owned(),
        asker: asker.map(|person| AskerView { name: person.name, department: person.department.name }),
        reason: item.reason.clone(),
        checks_failed: item.failed_checks.len(),
    })
}

/// An item with the draft, its checks and its sources.
#[utoipa::path(get, path = "/api/v1/reviews/{id}", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = ReviewView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<ReviewId>,
) -> Result<axum::Json<ReviewView>, Problem> {
    let permit = cx.permit(Action::ReadReviews, &Scope::Platform)?;
    let (item, past) = app.platform.assistant.reviews().get(&cx, &permit, &id).await?;
    let (_, held) = app.platform.assistant.held(&cx, &item).await?;
    let checked = held.checked();
    let claims = held.draft.segments.iter().zip(checked.claims()).map(|(segment, claim)| ClaimView {
        text: format!("{}{}{}", segment.lead, segment.text, segment.tail),
        verdict: word(&claim.verdict),
        why: claim.why.clone(),
        citations: segment.citations.clone(),
    });
    let checks = checked.checks().iter().map(|check| CheckView {
        rule: check.rule.clone(),
        status: word(&check.status),
        message: check.detail.clone(),
    });
    let decide = cx.permit(Action::DecideReviews, &Scope::Platform);
    let why_not = match &decide {
        Ok(permit) => Reviews::why_not(&cx, permit, &item).map(|error| kernel::Fault::code(&error).to_owned()),
        Err(denied) => Some(kernel::Fault::code(denied).to_owned()),
    };
    let mut people: BTreeSet<UserId> = BTreeSet::new();
    people.extend(past.iter().filter_map(|step| user(&step.by)));
    let names = app.platform.identity.people(&people).await?;
    let history = past.iter().map(|step| PastStepView {
        at: step.at.to_string(),
        by: user(&step.by).and_then(|id| names.get(&id)).map_or_else(|| step.by.label(), |p| p.name.clone()),
        action: step.action.clone(),
        reason: step.reason.clone(),
    });
    Ok(axum::Json(ReviewView {
        row: row(&app, &cx, &item, language(&headers)).await?,
        draft: DraftView {
            answer: held.draft.text(),
            claims: claims.collect(),
            citations: held.citations.iter().map(CitationView::from).collect(),
        },
        checks: checks.collect(),
        sources: sources(&held),
        history: history.collect(),
        may_decide: why_not.is_none(),
        why_not,
    }))
}

fn user(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User { id } => Some(id.clone()),
        Actor::Visitor { .. } | Actor::System { .. } => None,
    }
}

/// The cited sources with their whole text, in the order of their numbers.
fn sources(held: &Held) -> Vec<SourceView> {
    held.citations
        .iter()
        .filter_map(|citation| {
            let evidence = held.evidence.iter().find(|e| e.n == citation.n)?;
            Some(SourceView { citation: citation.into(), text: evidence.text.clone() })
        })
        .collect()
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `approve`, `edit` or `reject`.
    decision: String,
    /// The edited answer, with `[n]` marks.
    #[serde(default)]
    answer: Option<String>,
    /// Why; needed for a rejection.
    #[serde(default)]
    reason: Option<String>,
    /// Whether the correction should be remembered for later questions.
    #[serde(default)]
    teach: bool,
}

/// Decide. Exactly one of several who decide at once succeeds; the others get 409 `review.already_decided`.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/decision", tag = "review", params(("id" = String, Path)),
    request_body = DecisionBody, responses((status = 200, body = RulingView), (status = "4XX", body = ProblemView)))]
pub async fn decide(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<ReviewId>,
    Json(body): Json<DecisionBody>,
) -> Result<axum::Json<RulingView>, Problem> {
    let permit = cx.permit(Action::DecideReviews, &Scope::Platform)?;
    let verdict = match (body.decision.as_str(), body.answer) {
        ("approve", None) => Verdict::Approve { reason: body.reason },
        ("approve", Some(_)) => return Err(Problem::invalid("`answer` belongs to the decision `edit`")),
        ("edit", Some(answer)) => Verdict::Edit { answer, reason: body.reason },
        ("edit", None) => return Err(Problem::invalid("the decision `edit` needs `answer`")),
        ("reject", _) => Verdict::Reject { reason: body.reason.unwrap_or_default() },
        _ => return Err(Problem::invalid("`decision` is approve, edit or reject")),
    };
    if body.teach {
        tracing::debug!("a correction was marked to be remembered; the library that keeps them comes later");
    }
    let (item, run) = app.platform.assistant.decide(&cx, &permit, &id, verdict).await?;
    Ok(axum::Json(RulingView {
        id: item.id.to_string(),
        state: item.state.as_str().to_owned(),
        run: runs::view_of(&app, &cx, &run, language(&headers)).await?,
    }))
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct QueueView {
    pending: u64,
    overdue: u64,
}

/// How many items wait, each time that changes.
#[utoipa::path(get, path = "/api/v1/reviews/events", tag = "review",
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = ProblemView)))]
pub async fn events(State(app): State<App>, Person(cx): Person) -> Result<Response, Problem> {
    let permit: Permit = cx.permit(Action::ReadReviews, &Scope::Platform)?;
    let mut changes = app.platform.assistant.changes();
    let mut draining = app.draining.clone();
    Ok(sse::response(async_stream::stream! {
        let mut shown = None;
        loop {
            if let Ok(counts) = app.platform.assistant.reviews().counts(&cx, &permit).await {
                let now = QueueView { pending: counts.pending, overdue: counts.overdue };
                if shown.as_ref() != Some(&now) {
                    yield sse::event("queue", &now);
                    shown = Some(now);
                }
            }
            tokio::select! {
                _ = changes.recv() => {}
                _ = tokio::time::sleep(std::time::Duration::from_secs(3)) => {}
                _ = draining.wait_for(|draining| *draining) => break,
            }
        }
    }))
}
