//! The review desk: the queue, an item with everything to decide on, the decision. What happens to an item in between
//! is in `review_work`.

use std::collections::BTreeSet;

use assistant::phrases::Language;
use assistant::reviewing::{Held, Verdict};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use identity::{Action, Cx, Permit, Scope};
use kernel::ids::{ReviewId, UserId};
use kernel::{Actor, Timestamp};
use review::{Item, Kind, Shelf};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::body::{Id, Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::{App, runs, sse};
use crate::views::common::Page;
use crate::views::review::{
    AskerView, CheckView, DraftView, HandView, PastStepView, ReviewRowView, ReviewView, RulingView, SourceView,
};
use crate::views::run::{CitationView, ClaimView, word};

/// Which items.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewsParameters {
    /// `pending` (when absent: everything that waits), `tasks` (of that what the caller can decide), `exceptions`
    /// (what nobody can decide), `submitted` (by the caller, undecided), `decided`, or `mine` (decided by the caller).
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
        Some("tasks") => Shelf::Tasks,
        Some("exceptions") => Shelf::Exceptions,
        Some("submitted") => Shelf::Submitted,
        Some("decided") => Shelf::Decided,
        Some("mine") => Shelf::Mine,
        Some(_) => {
            return Err(Problem::invalid("`state` is pending, tasks, exceptions, submitted, decided or mine"));
        }
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
    let question = match item.kind {
        Kind::Answer => app.platform.assistant.held(cx, item).await?.0.question,
        Kind::Correction | Kind::Dataset | Kind::Egress | Kind::Policy | Kind::Refusal | Kind::Stage => {
            item.title.clone()
        }
    };
    let scenario = item.scenario.as_ref();
    let known = scenario.and_then(|id| app.platform.assistant.scenarios().get(id));
    let title = known.map_or_else(
        || scenario.map(ToString::to_string).unwrap_or_default(),
        |s| if language == Language::English { s.title_en.clone() } else { s.title.clone() },
    );
    let mut people: BTreeSet<UserId> = user(&item.asker).into_iter().collect();
    people.extend(item.claim.as_ref().map(|claim| claim.by.clone()));
    people.extend(item.signed.as_ref().map(|first| first.by.clone()));
    let people = app.platform.identity.people(&people).await?;
    let hand = |by: &UserId, at: Timestamp| HandView {
        name: people.get(by).map_or_else(|| by.to_string(), |person| person.name.clone()),
        me: cx.user_id() == Some(by),
        at: at.to_string(),
    };
    let holder = item.claim.as_ref().filter(|claim| claim.until > cx.now());
    let first = item.signed.as_ref().filter(|_| item.state.is_half_signed());
    Ok(ReviewRowView {
        id: item.id.to_string(),
        kind: item.kind.as_str().to_owned(),
        subject: item.subject.clone(),
        run_id: item.run().map(|run| run.to_string()).unwrap_or_default(),
        scenario: scenario.map(ToString::to_string).unwrap_or_default(),
        scenario_title: title,
        question,
        asked_at: item.asked_at.to_string(),
        due_at: item.due_at.to_string(),
        overdue: item.is_overdue(cx.now()),
        state: item.state.as_str().to_owned(),
        signatures: item.needed.into(),
        signed: first.map(|first| hand(&first.by, first.at)),
        claim: holder.map(|claim| hand(&claim.by, claim.until)),
        department: item.department.as_ref().map(ToString::to_string),
        competence: item.competence.clone(),
        escalated: item.escalated_at.is_some(),
        trouble: item.trouble.map(|trouble| trouble.as_str().to_owned()),
        asker: user(&item.asker)
            .and_then(|id| people.get(&id))
            .map(|person| AskerView { name: person.name.clone(), department: person.department.name.clone() }),
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
    let reviews = app.platform.assistant.reviews();
    let (item, past) = reviews.get(&cx, &permit, &id).await?;
    let shown = match item.kind {
        Kind::Answer => Shown::of(&app.platform.assistant.held(&cx, &item).await?.1, &item),
        Kind::Correction | Kind::Dataset | Kind::Egress | Kind::Policy | Kind::Refusal | Kind::Stage => {
            Shown::default()
        }
    };
    let why_not = match cx.permit(item.kind.decide_action(), &Scope::Platform) {
        Ok(permit) => reviews.why_not(&cx, &permit, &item).await.map(|error| kernel::Fault::code(&error).to_owned()),
        Err(denied) => Some(kernel::Fault::code(&denied).to_owned()),
    };
    let mut people: BTreeSet<UserId> = BTreeSet::new();
    people.extend(past.iter().filter_map(|step| user(&step.by)));
    let names = app.platform.identity.people(&people).await?;
    let history = past.iter().map(|step| PastStepView {
        at: step.at.to_string(),
        by: user(&step.by).and_then(|id| names.get(&id)).map_or_else(|| step.by.label(), |p| p.name.clone()),
        action: step.action.clone(),
        reason: step.reason.clone(),
        answer: step.answer.clone(),
    });
    Ok(axum::Json(ReviewView {
        row: row(&app, &cx, &item, language(&headers)).await?,
        content_hash: item.standing_hash().to_owned(),
        draft: shown.draft,
        proposal: shown.proposal,
        payload: item.payload.clone(),
        checks: shown.checks,
        sources: shown.sources,
        history: history.collect(),
        may_decide: why_not.is_none(),
        why_not,
        may_assign: item.state.is_open() && cx.may(Action::AssignReviews, &Scope::Platform),
    }))
}

/// What is shown of an answer beside its row.
#[derive(Default)]
struct Shown {
    draft: DraftView,
    proposal: Option<DraftView>,
    checks: Vec<CheckView>,
    sources: Vec<SourceView>,
}

impl Shown {
    fn of(held: &Held, item: &Item) -> Self {
        let draft = |checked: &guard::Checked| DraftView {
            answer: checked.draft().text(),
            claims: claims(checked),
            citations: held.citations.iter().map(CitationView::from).collect(),
        };
        let checked = held.checked();
        let proposed = item.proposal.as_ref().map(|proposal| held.checked_edit(&proposal.answer));
        let checks = proposed.as_ref().unwrap_or(&checked).checks().iter().map(|check| CheckView {
            rule: check.rule.clone(),
            status: word(&check.status),
            message: check.detail.clone(),
        });
        Self {
            draft: draft(&checked),
            checks: checks.collect(),
            proposal: proposed.as_ref().map(draft),
            sources: sources(held),
        }
    }
}

/// The statements of an answer with what the evidence says to each.
fn claims(checked: &guard::Checked) -> Vec<ClaimView> {
    let both = checked.draft().segments.iter().zip(checked.claims());
    both.map(|(segment, claim)| ClaimView {
        text: format!("{}{}{}", segment.lead, segment.text, segment.tail),
        verdict: word(&claim.verdict),
        why: claim.why.clone(),
        citations: segment.citations.clone(),
    })
    .collect()
}

fn user(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User { id } => Some(id.clone()),
        Actor::Visitor { .. } | Actor::Key { .. } | Actor::System { .. } => None,
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
    /// The `content_hash` of what was looked at: the decision is refused when something else stands there now.
    #[serde(default)]
    seen: Option<String>,
}

/// Decide. Exactly one of several who decide at once succeeds; the others get 409 `review.already_decided`. Where two
/// must sign, the first decision leads to `countersign` or `countersign_edited` and releases nothing.
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
        ("approve", None) => Verdict::Approve { reason: body.reason, second: false },
        ("approve", Some(_)) => return Err(Problem::invalid("`answer` belongs to the decision `edit`")),
        ("edit", Some(answer)) => Verdict::Edit { answer, reason: body.reason, second: false },
        ("edit", None) => return Err(Problem::invalid("the decision `edit` needs `answer`")),
        ("reject", _) => Verdict::Reject { reason: body.reason.unwrap_or_default() },
        _ => return Err(Problem::invalid("`decision` is approve, edit or reject")),
    };
    let said = Said { seen: body.seen, teach: body.teach, verdict };
    rule(&app, &cx, &permit, &id, said, language(&headers)).await
}

/// What a reviewer said about an item.
pub(crate) struct Said {
    pub(crate) seen: Option<String>,
    pub(crate) teach: bool,
    pub(crate) verdict: Verdict,
}

/// Lets a decision take effect, by the kind of the item.
pub(crate) async fn rule(
    app: &App,
    cx: &Cx,
    permit: &Permit,
    id: &ReviewId,
    said: Said,
    language: Language,
) -> Result<axum::Json<RulingView>, Problem> {
    let assistant = &app.platform.assistant;
    let (item, _) = assistant.reviews().get(cx, permit, id).await?;
    let seen = said.seen.as_deref();
    let (item, run) = match item.kind {
        Kind::Answer => {
            let (item, run) = Box::pin(assistant.decide(cx, permit, id, seen, said.verdict, said.teach)).await?;
            (item, Some(runs::view_of(app, cx, &run, language).await?))
        }
        Kind::Correction | Kind::Dataset | Kind::Egress | Kind::Policy | Kind::Refusal | Kind::Stage => {
            (assistant.decide_matter(cx, permit, id, seen, said.verdict).await?, None)
        }
    };
    Ok(axum::Json(RulingView { id: item.id.to_string(), state: item.state.as_str().to_owned(), run }))
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct QueueView {
    pending: u64,
    overdue: u64,
    exceptions: u64,
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
                let now = QueueView {
                    pending: counts.pending,
                    overdue: counts.overdue,
                    exceptions: counts.exceptions,
                };
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
