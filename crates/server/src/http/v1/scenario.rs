//! A chat completion by a scenario: the whole guarded pipeline, with its citations beside the answer.

use assistant::phrases::Language;
use assistant::{Question, RunStatus, StepEvent};
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use kernel::ids::ScenarioId;
use models::ChatRequest;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Program;
use super::chat::{event, events};
use crate::http::App;
use crate::http::problem::{Problem, Trace, openai_view};
use crate::http::{ask, runs};
use crate::views::run::RunView;

/// Asks a scenario the last thing the user says.
pub(super) async fn answer(
    app: App,
    program: Program,
    id: String,
    request: ChatRequest,
    language: Language,
    trace: Trace,
) -> Result<Response, Problem> {
    let id = ScenarioId::parse(&id).map_err(|_| Problem::not_found("there is no such scenario"))?;
    let text = request.question();
    if text.trim().is_empty() {
        return Err(Problem::invalid("`messages`: there is no question of a user"));
    }
    let asking = Box::pin(ask::of_program(&app, &program.cx, &program.asker, &id, &text)).await?;
    let question = Question { scenario: id, text, conversation: None, as_of: None };
    if !request.stream {
        let run = Box::pin(asking.answer(question, &|_| {})).await?;
        let view = Box::pin(runs::view_of(&app, &program.cx, &run, language)).await?;
        let said = words(&app, &view, run.status, language);
        let finish = finish(run.status);
        let body = json!({
            "id": format!("chatcmpl-{}", view.run_id),
            "object": "chat.completion",
            "created": run.asked_at.as_millis() / 1000,
            "model": request.model,
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": said }, "finish_reason": finish, "logprobs": null }],
            "usage": { "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 },
            "shuzheng": view,
        });
        return Ok(axum::Json(body).into_response());
    }
    let (sender, mut receiver) = mpsc::unbounded_channel::<Bytes>();
    // The question is answered to its end even when the program goes away: the run is recorded and can be read.
    crate::workers::detach(async move {
        let watch = |step: StepEvent| {
            let line = match step {
                StepEvent::Began(name) => format!(": step {name}\n\n"),
                StepEvent::Queued(position) => format!(": queued position={position}\n\n"),
                // A client of OpenAI's shape cannot take a statement back: the answer comes when all of it is decided.
                StepEvent::Early(_) | StepEvent::Ended(_) | StepEvent::Noticed(_) | StepEvent::Writing(_) => return,
            };
            drop(sender.send(Bytes::from(line)));
        };
        let asked = Box::pin(asking.answer(question, &watch)).await;
        let told = match asked {
            Ok(run) => match Box::pin(runs::view_of(&app, &program.cx, &run, language)).await {
                Ok(view) => Ok((words(&app, &view, run.status, language), view, run)),
                Err(problem) => Err(problem),
            },
            Err(problem) => Err(problem),
        };
        match told {
            Ok((said, view, run)) => {
                let chunk = |delta: Value, finish: Option<&str>| {
                    json!({
                        "id": format!("chatcmpl-{}", view.run_id),
                        "object": "chat.completion.chunk",
                        "created": run.asked_at.as_millis() / 1000,
                        "model": request.model,
                        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
                    })
                };
                let first = chunk(json!({ "role": "assistant", "content": said }), None);
                drop(sender.send(event(&first.to_string())));
                let mut last = chunk(json!({}), Some(finish(run.status)));
                if let Some(last) = last.as_object_mut() {
                    last.insert("shuzheng".to_owned(), json!(view));
                }
                drop(sender.send(event(&last.to_string())));
                drop(sender.send(Bytes::from_static(b"data: [DONE]\n\n")));
            }
            Err(problem) => drop(sender.send(event(&openai_view(&problem, &trace.0)))),
        }
    });
    Ok(events(Body::from_stream(async_stream::stream! {
        while let Some(bytes) = receiver.recv().await {
            yield Ok::<_, std::convert::Infallible>(bytes);
        }
    })))
}

fn finish(status: RunStatus) -> &'static str {
    if status == RunStatus::Released { "stop" } else { "content_filter" }
}

/// What a person reads: the released answer, why there is none, or that a reviewer looks at it.
fn words(app: &App, view: &RunView, status: RunStatus, language: Language) -> String {
    match (&view.refusal, status) {
        (_, RunStatus::Released) => view.answer.clone(),
        (Some(refusal), _) => format!("{} {}", refusal.message, refusal.next_step),
        (None, _) => app.platform.phrases.notice(&"gateway_in_review".into(), language),
    }
}
