//! Asking: a question in, a run out, at once or as a stream of steps and released segments.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use assistant::{Question, Run, RunStatus, StepEvent};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use identity::Cx;
use kernel::Date;
use kernel::ids::{ConversationId, ScenarioId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use crate::http::body::{Json, Query};
use crate::http::caller::{Address, Anyone};
use crate::http::problem::{Problem, ProblemView, Trace, language, view};
use crate::http::scenarios::with_visitor;
use crate::http::{App, runs, sse};
use crate::views::run::{NoticeView, RunView, StepView};

/// What the asker may say beside the question.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Attributes {
    /// The date whose law is asked for, `YYYY-MM-DD`.
    #[schema(value_type = Option<String>)]
    as_of: Option<Date>,
}

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    #[schema(value_type = String)]
    scenario: ScenarioId,
    question: String,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    conversation_id: Option<ConversationId>,
    #[serde(default)]
    attributes: Attributes,
}

/// How to answer.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct AskParameters {
    /// Whether to stream steps and segments.
    stream: bool,
}

/// A segment of a released answer.
#[derive(Debug, Serialize)]
struct SegmentView<'r> {
    index: usize,
    text: &'r str,
    citations: &'r [u32],
}

/// Ask. With `stream=true` the answer is a stream of the events `step`, `notice` (such as the emergency numbers, at
/// once), `segment` (released text only, statement by statement as it is released) and `outcome` (the whole run).
#[utoipa::path(post, path = "/api/v1/ask", tag = "ask", params(AskParameters), request_body = AskBody,
    responses((status = 200, body = RunView), (status = "4XX", body = ProblemView), (status = "5XX", body = ProblemView)))]
pub async fn ask(
    State(app): State<App>,
    caller: Anyone,
    address: Address,
    headers: HeaderMap,
    axum::Extension(trace): axum::Extension<Trace>,
    Query(parameters): Query<AskParameters>,
    Json(body): Json<AskBody>,
) -> Result<Response, Problem> {
    admit(&app, &caller.cx, &body.scenario, address)?;
    let question = Question {
        scenario: body.scenario,
        text: body.question,
        conversation: body.conversation_id,
        as_of: body.attributes.as_of,
    };
    let Anyone { cx, new_visitor } = caller;
    let language = language(&headers);
    let response = if parameters.stream {
        stream(&app, &cx, question, language, trace)
    } else {
        let run = answer(&app, &cx, question, &|_| {}).await?;
        axum::Json(runs::view_of(&app, &cx, &run, language).await?).into_response()
    };
    Ok(with_visitor(response, new_visitor))
}

/// Permission first, so that nobody is counted for what is not theirs; then the limits.
pub fn admit(app: &App, cx: &Cx, scenario: &ScenarioId, address: Address) -> Result<(), Problem> {
    let (scenario, _) = app.platform.assistant.admit(cx, scenario)?;
    let now = app.platform.store.clock().now();
    let by_actor = format!("{} {}", scenario.id, cx.actor().label());
    let all = app.config.server.questions_per_minute_per_address;
    // A citizen without a cookie is a new visitor each time: the address is what bounds such a caller.
    app.questions
        .take(&by_actor, scenario.limits.questions_per_minute, now)
        .and_then(|()| app.questions.take(&address.0.to_string(), all, now))
        .map_err(|secs| {
            crate::measures::turned_away("questions");
            Problem::too_many("http.too_many_questions", secs)
        })
}

async fn answer(
    app: &App,
    cx: &Cx,
    question: Question,
    watch: &(dyn Fn(StepEvent) + Send + Sync),
) -> Result<Run, Problem> {
    let scenario = question.scenario.to_string();
    let begun = Instant::now();
    let run = app.platform.assistant.ask(cx, question, watch).await;
    let status = run.as_ref().map_or(RunStatus::Failed, |run| run.status);
    crate::measures::question(&scenario, status.as_str(), begun.elapsed());
    Ok(run?)
}

fn stream(app: &App, cx: &Cx, question: Question, language: assistant::phrases::Language, trace: Trace) -> Response {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    // The question is answered to its end even when the asker goes away: the run is theirs to come back to.
    let work = {
        let (app, cx) = (app.clone(), cx.clone());
        async move {
            // What was shown while the model wrote is not sent again.
            let early: Mutex<BTreeMap<usize, String>> = Mutex::default();
            let watch = |event: StepEvent| {
                let step = match event {
                    StepEvent::Began(name) => StepView { name: name.to_owned(), status: "running".to_owned(), ms: 0 },
                    StepEvent::Ended(step) => (&step).into(),
                    StepEvent::Early(statement) => {
                        let view = SegmentView {
                            index: statement.index(),
                            text: statement.text(),
                            citations: statement.citations(),
                        };
                        drop(sender.send(sse::event("segment", &view)));
                        let mut early = early.lock().unwrap_or_else(PoisonError::into_inner);
                        early.insert(statement.index(), statement.text().to_owned());
                        return;
                    }
                    StepEvent::Noticed(notice) => {
                        let text = app.platform.phrases.notice(&notice, language);
                        drop(sender.send(sse::event("notice", &NoticeView { code: notice.code, text })));
                        return;
                    }
                    StepEvent::Writing(_) => return,
                };
                drop(sender.send(sse::event("step", &step)));
            };
            match answer(&app, &cx, question, &watch).await {
                Ok(run) => match runs::view_of(&app, &cx, &run, language).await {
                    Ok(view) => {
                        let early = early.into_inner().unwrap_or_else(PoisonError::into_inner);
                        for (index, claim) in view.claims.iter().enumerate() {
                            if early.get(&index) != Some(&claim.text) {
                                let segment = SegmentView { index, text: &claim.text, citations: &claim.citations };
                                drop(sender.send(sse::event("segment", &segment)));
                            }
                        }
                        drop(sender.send(sse::event("outcome", &view)));
                    }
                    Err(problem) => drop(sender.send(sse::event("problem", &view(&problem, &trace.0, language)))),
                },
                Err(problem) => drop(sender.send(sse::event("problem", &view(&problem, &trace.0, language)))),
            }
        }
    };
    crate::workers::detach(work);
    sse::response(async_stream::stream! {
        while let Some(event) = receiver.recv().await {
            yield event;
        }
    })
}
