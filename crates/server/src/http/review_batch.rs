//! Several decisions at once: items of one kind that were looked at, decided one by one with one reason.

use assistant::reviewing::Verdict;
use axum::extract::State;
use axum::http::HeaderMap;
use identity::{Action, Cx, Permit, Scope};
use kernel::ids::ReviewId;
use review::{Item, Kind, Signatures};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::reviews::{Said, rule};
use crate::views::common::Items;
use crate::views::review::BatchLineView;

/// The most items of one batch: each is a transaction of its own.
const BATCH: usize = 50;

/// One item of a batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItemBody {
    /// Which.
    #[schema(value_type = String)]
    id: ReviewId,
    /// The `content_hash` of what was looked at. An item without it is left out: nobody signs what was not seen.
    #[serde(default)]
    seen: Option<String>,
}

/// One decision for several items of one kind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// `approve`, `reject` or `return`.
    decision: String,
    /// Why; needed for a rejection and a return.
    #[serde(default)]
    reason: Option<String>,
    /// At most 50.
    items: Vec<BatchItemBody>,
}

/// Decide on several items of one kind, each in its own decision with its own record. Items that were not looked at,
/// need two signatures or are of another kind than the first are left out; the answer says of each item what came of
/// it, and what failed undoes nothing of the rest.
#[utoipa::path(post, path = "/api/v1/reviews/decisions", tag = "review", request_body = BatchBody,
    responses((status = 200, body = Items<BatchLineView>), (status = "4XX", body = ProblemView)))]
pub async fn decide_many(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Json(body): Json<BatchBody>,
) -> Result<axum::Json<Items<BatchLineView>>, Problem> {
    let permit = cx.permit(Action::DecideReviews, &Scope::Platform)?;
    if body.items.is_empty() || body.items.len() > BATCH {
        return Err(Problem::invalid("`items` names 1 to 50 items"));
    }
    let reason = body.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let verdict = match (body.decision.as_str(), reason) {
        ("approve", reason) => Verdict::Approve { reason, second: false },
        ("reject", Some(reason)) => Verdict::Reject { reason },
        ("return", Some(reason)) => Verdict::Return { reason },
        ("reject" | "return", None) => return Err(Problem::invalid("`reason` says why")),
        _ => return Err(Problem::invalid("`decision` is approve, reject or return")),
    };
    let mut kind = None;
    let mut items = Vec::with_capacity(body.items.len());
    for one in body.items {
        let line = match admitted(&app, &cx, &permit, &one, &mut kind).await {
            Ok(()) => {
                let said = Said { seen: one.seen, teach: false, verdict: verdict.clone() };
                let ruling = Box::pin(rule(&app, &cx, &permit, &one.id, said, language(&headers))).await;
                ruling.map(|ruling| ruling.0.state)
            }
            Err(problem) => Err(problem),
        };
        items.push(line_of(&one.id, line));
    }
    Ok(axum::Json(Items { items }))
}

/// What is told of one item.
fn line_of(id: &ReviewId, came: Result<String, Problem>) -> BatchLineView {
    let (state, left) = match came {
        Ok(state) => (Some(state), None),
        Err(problem) => (None, Some(problem)),
    };
    BatchLineView {
        id: id.to_string(),
        done: state.is_some(),
        state,
        code: left.as_ref().map(|problem| problem.code().to_owned()),
        detail: left.map(|problem| problem.detail().to_owned()),
    }
}

/// Whether an item may be decided together with others; `kind` is that of the first one that was found.
async fn admitted(
    app: &App,
    cx: &Cx,
    permit: &Permit,
    one: &BatchItemBody,
    kind: &mut Option<Kind>,
) -> Result<(), Problem> {
    let (item, _) = app.platform.assistant.reviews().get(cx, permit, &one.id).await?;
    if *kind.get_or_insert(item.kind) != item.kind {
        return Err(left_out("review.batch_mixed", "the item is of another kind than the first one"));
    }
    if needs_two(&item) {
        return Err(left_out("review.batch_four_eyes", "the item needs two signatures: decide on it alone"));
    }
    if one.seen.as_deref().is_none_or(str::is_empty) {
        return Err(left_out("review.batch_unseen", "the item was not looked at: open it first"));
    }
    Ok(())
}

fn needs_two(item: &Item) -> bool {
    item.needed == Signatures::Two || item.state.is_half_signed()
}

fn left_out(code: &'static str, why: &str) -> Problem {
    Problem::new(axum::http::StatusCode::CONFLICT, code, why)
}
