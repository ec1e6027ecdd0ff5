//! Asking: a question in, a run out, at once or as a stream of steps and released segments.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use assistant::{Question, Run, RunStatus, Scenario, StepEvent};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::Cx;
use kernel::Date;
use kernel::ids::{ConversationId, ScenarioId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use crate::abuse::{Admitted, Asker};
use crate::gate::Inside;
use crate::http::body::{Query, parsed};
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

/// Where a question stands that waits for a model, 1 first.
#[derive(Debug, Serialize)]
struct QueueView {
    position: u32,
}

/// Ask. With `stream=true` the answer is a stream of the events `step`, `queue` (its place while it waits for a model),
/// `notice` (such as the emergency numbers, at once), `segment` (released text only, statement by statement as it is
/// released) and `outcome` (the whole run).
#[utoipa::path(post, path = "/api/v1/ask", tag = "ask", params(AskParameters), request_body = AskBody,
    responses((status = 200, body = RunView), (status = "4XX", body = ProblemView), (status = "5XX", body = ProblemView)))]
pub async fn ask(
    State(app): State<App>,
    Query(parameters): Query<AskParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MAX_BYTES).await.map_err(|_| {
        let detail = format!("a question has {MAX_BYTES} bytes at most");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "http.too_large", detail)
    })?;
    // The gate first: at overload, whoever is turned away must cost next to nothing.
    let inside = enter(&app, priority(&app, &bytes)).await?;
    let Anyone { cx, new_visitor } = Anyone::from_request_parts(&mut parts, &app).await?;
    let address = Address::from_request_parts(&mut parts, &app).await?;
    let body: AskBody = parsed(&bytes)?;
    let asker = Asker::of(&cx, address.0, new_visitor.is_some());
    let held = admit(&app, &cx, &asker, &body, &parts.headers, inside).await?;
    let question = Question {
        scenario: body.scenario,
        text: body.question,
        conversation: body.conversation_id,
        as_of: body.attributes.as_of,
    };
    let language = language(&parts.headers);
    let asking = Asking { app: app.clone(), cx, asker, _held: held };
    let response = if parameters.stream {
        let trace = parts.extensions.get::<Trace>().cloned().unwrap_or(Trace(String::new()));
        stream(asking, question, language, trace)
    } else {
        let run = asking.answer(question, &|_| {}).await?;
        axum::Json(runs::view_of(&app, &asking.cx, &run, language).await?).into_response()
    };
    Ok(with_visitor(response, new_visitor))
}

/// The largest question with everything around it.
const MAX_BYTES: usize = 256 << 10;
/// The header that carries the answer to a challenge.
const CHALLENGE_ANSWER: &str = "x-challenge-answer";

/// How important the scenario of a question is. What names no scenario is not important.
fn priority(app: &App, bytes: &[u8]) -> u8 {
    #[derive(Deserialize)]
    struct Named {
        scenario: ScenarioId,
    }
    let named = serde_json::from_slice::<Named>(bytes).ok();
    named.and_then(|named| Some(app.platform.assistant.scenarios().get(&named.scenario)?.priority)).unwrap_or(0)
}

/// Permission first, so that nobody is counted for what is not theirs; then the limits.
async fn admit(
    app: &App,
    cx: &Cx,
    asker: &Asker,
    body: &AskBody,
    headers: &HeaderMap,
    inside: Inside,
) -> Result<(Inside, Admitted), Problem> {
    let (scenario, _) = app.platform.assistant.admit(cx, &body.scenario)?;
    let answer = headers.get(CHALLENGE_ANSWER).and_then(|value| value.to_str().ok());
    let inside = in_turn(app, asker, &scenario, answer, inside).await?;
    let per_address = app.config.server.questions_per_minute_per_address;
    let admitted = app.abuse.question(asker, &scenario, &body.question, per_address).await?;
    Ok((inside, admitted))
}

/// A question of a program: permission, the gate, the limits, as for everybody.
pub(crate) async fn of_program(
    app: &App,
    cx: &Cx,
    asker: &Asker,
    scenario: &ScenarioId,
    text: &str,
) -> Result<Asking, Problem> {
    let (scenario, _) = app.platform.assistant.admit(cx, scenario)?;
    let inside = enter(app, scenario.priority).await?;
    let inside = in_turn(app, asker, &scenario, None, inside).await?;
    let per_address = app.config.server.questions_per_minute_per_address;
    let admitted = app.abuse.question(asker, &scenario, text, per_address).await?;
    Ok(Asking { app: app.clone(), cx: cx.clone(), asker: asker.clone(), _held: (inside, admitted) })
}

/// A place among the questions that are worked on.
async fn enter(app: &App, priority: u8) -> Result<Inside, Problem> {
    app.abuse.gate.enter(priority).await.map_err(|_| {
        crate::measures::turned_away("overload");
        Problem::busy("abuse.overloaded", 3)
    })
}

/// The place, once the caller may ask after what it did before. Whoever is slowed down gives the place back meanwhile
/// and enters again: waiting takes nothing from others.
async fn in_turn(
    app: &App,
    asker: &Asker,
    scenario: &Scenario,
    answer: Option<&str>,
    inside: Inside,
) -> Result<Inside, Problem> {
    let Some(wait) = app.abuse.respond(asker, scenario, answer).await? else { return Ok(inside) };
    drop(inside);
    wait.over().await;
    enter(app, scenario.priority).await
}

/// Permission and limits for what is computed by a scenario's rules, without a model.
pub fn admit_computation(app: &App, caller: &Anyone, scenario: &ScenarioId, address: Address) -> Result<(), Problem> {
    let (scenario, _) = app.platform.assistant.admit(&caller.cx, scenario)?;
    let asker = Asker::of(&caller.cx, address.0, caller.new_visitor.is_some());
    app.abuse.computation(&asker, &scenario, app.config.server.questions_per_minute_per_address)
}

/// A question on its way, with what it holds while it lasts.
pub(crate) struct Asking {
    app: App,
    cx: Cx,
    asker: Asker,
    _held: (Inside, Admitted),
}

impl Asking {
    /// Asks it to its end.
    pub(crate) async fn answer(
        &self,
        question: Question,
        watch: &(dyn Fn(StepEvent) + Send + Sync),
    ) -> Result<Run, Problem> {
        let scenario = question.scenario.to_string();
        let begun = Instant::now();
        let run = self.app.platform.assistant.ask(&self.cx, question, watch).await;
        let status = run.as_ref().map_or(RunStatus::Failed, |run| run.status);
        crate::measures::question(&scenario, status.as_str(), begun.elapsed());
        let run = run?;
        self.app.abuse.ended(&self.asker, &run).await;
        Ok(run)
    }
}

fn stream(asking: Asking, question: Question, language: assistant::phrases::Language, trace: Trace) -> Response {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    // The question is answered to its end even when the asker goes away: the run is theirs to come back to.
    let work = {
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
                        let text = asking.app.platform.phrases.notice(&notice, language);
                        drop(sender.send(sse::event("notice", &NoticeView { code: notice.code, text })));
                        return;
                    }
                    StepEvent::Queued(position) => {
                        drop(sender.send(sse::event("queue", &QueueView { position })));
                        return;
                    }
                    StepEvent::Writing(_) => return,
                };
                drop(sender.send(sse::event("step", &step)));
            };
            match asking.answer(question, &watch).await {
                Ok(run) => match runs::view_of(&asking.app, &asking.cx, &run, language).await {
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
