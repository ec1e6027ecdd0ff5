//! Search outside a question: what is found, in which order, and what filters kept out.

use assistant::phrases::Language;
use axum::extract::State;
use axum::http::HeaderMap;
use identity::{Action, Cx};
use kernel::event::Deed;
use kernel::ids::CollectionId;
use kernel::{Date, Region};
use knowledge::{Mode, Retrieval};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::Person;
use crate::http::collections::readable;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::knowledge::FoundView;
use crate::views::run::{NoticeView, word};

/// The longest query.
const MAX_QUERY_CHARS: usize = 1_000;

/// What to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    #[schema(value_type = String)]
    collection: CollectionId,
    query: String,
    #[serde(default = "ten")]
    top: usize,
    /// The date whose law counts, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    as_of: Option<Date>,
    /// Only what applies in this region: its own rules and those of the regions above it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    /// Whether to name examples of what filters kept out.
    #[serde(default)]
    explain: bool,
    /// `words_only` leaves the vectors out; the default is `hybrid`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
}

fn ten() -> usize {
    10
}

/// Search a collection.
#[utoipa::path(post, path = "/api/v1/search", tag = "knowledge", request_body = SearchBody,
    responses((status = 200, body = FoundView), (status = "4XX", body = ProblemView)))]
pub async fn search(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Json(body): Json<SearchBody>,
) -> Result<axum::Json<FoundView>, Problem> {
    Ok(axum::Json(Box::pin(found(&app, &cx, body, language(&headers))).await?))
}

/// What a search finds, recorded.
pub(crate) async fn found(app: &App, cx: &Cx, body: SearchBody, language: Language) -> Result<FoundView, Problem> {
    let length = body.query.chars().count();
    if body.query.trim().is_empty() || length > MAX_QUERY_CHARS {
        return Err(Problem::invalid(format!("`query` has 1 to {MAX_QUERY_CHARS} characters")));
    }
    if !(1..=200).contains(&body.top) {
        return Err(Problem::invalid("`top` lies between 1 and 200"));
    }
    let collection = readable(app, cx, &body.collection)?;
    let permit = cx.permit(Action::Search, &collection.scope())?;
    let retrieval = Retrieval {
        collections: vec![body.collection.clone()],
        top: body.top,
        as_of: body.as_of,
        region: body.region,
        explain: body.explain,
        words_only: body.mode == Some(Mode::WordsOnly),
    };
    let found = Box::pin(app.platform.knowledge.find(cx, &permit, &body.query, &retrieval)).await?;
    let record =
        cx.record(Deed::SearchDone, format!("collection:{}", body.collection), json!({ "hits": found.passages.len() }));
    let tx = cx.store().begin().await?;
    cx.store().audit().append(&tx, record).await?;
    tx.commit().await?;
    let phrases = &app.platform.phrases;
    let notices = assistant::notices_of_search(&found.notices)
        .into_iter()
        .map(|notice| NoticeView { text: phrases.notice(&notice, language), code: notice.code });
    Ok(FoundView {
        notices: notices.collect(),
        filtered: found.filtered.into_iter().map(Into::into).collect(),
        mode: word(&found.mode),
        why: found.why.as_ref().map(word),
        confidence: found.confidence,
        has_basis: found.has_basis,
        took_ms: found.took_us as f64 / 1000.0,
        hits: found.passages.into_iter().map(Into::into).collect(),
    })
}
