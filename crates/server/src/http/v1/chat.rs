//! Chat completions: by a route through the guard, or by a scenario through the whole pipeline.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use models::{Answer, AnswerStream, ChatRequest, GatewayCall};
use tokio::sync::Notify;

use super::{Program, problem, pump, scenario};
use crate::abuse::Asker;
use crate::http::App;
use crate::http::problem::{Problem, ProblemView, Trace, language, openai_view};

/// The longest name of a conversation.
const MAX_CONVERSATION: usize = 100;

/// OpenAI-compatible chat completions. `model` is a route, or `scenario:` and the id of one. `X-Data-Level` says how
/// high the texts are, `X-Conversation` which conversation they belong to.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "gateway", request_body(content = String, content_type = "application/json"),
    responses((status = 200, content_type = "application/json", body = String), (status = "4XX", body = ProblemView), (status = "5XX", body = ProblemView)))]
pub async fn chat_completions(
    State(app): State<App>,
    program: Program,
    headers: HeaderMap,
    axum::Extension(trace): axum::Extension<Trace>,
    body: Bytes,
) -> Result<Response, Problem> {
    let request = ChatRequest::parse(&body).map_err(problem)?;
    if let Some(id) = request.model.strip_prefix("scenario:") {
        program.opens(&request.model)?;
        let id = id.to_owned();
        return Box::pin(scenario::answer(app, program, id, request, language(&headers), trace)).await;
    }
    program.opens(&format!("route:{}", request.model))?;
    let priority = app.platform.assistant.models().registry().route(&request.model).map_or(0, |route| route.priority);
    let conversation = headers.get("x-conversation").and_then(|value| value.to_str().ok());
    let call = GatewayCall {
        conversation: conversation.map(|name| name.chars().take(MAX_CONVERSATION).collect()),
        ..Box::pin(program.call(&app, &request.model, priority, &headers)).await?
    };
    if request.stream {
        return Box::pin(stream(app, program.asker, call, request, trace)).await;
    }
    match Box::pin(asked(&app, &program.asker, &call, request, &|_| {})).await.map_err(problem)? {
        Answer::Whole(body) => Ok(json(body)),
        Answer::Stream(stream) => Ok(events(pump::body(pieces(stream, trace)))),
    }
}

/// Asks the models, and notes how the caller's text was.
async fn asked(
    app: &App,
    asker: &Asker,
    call: &GatewayCall,
    request: ChatRequest,
    position: &(dyn Fn(u32) + Send + Sync),
) -> Result<Answer, models::Error> {
    let route = request.model.clone();
    let answer = app.platform.assistant.models().chat(call, request, position).await;
    let refusal = match &answer {
        Err(models::Error::Stopped(refusal)) => Some(refusal),
        _ => None,
    };
    app.abuse.sent(asker, refusal, &route).await;
    answer
}

fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A response of server-sent events.
pub(super) fn events(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // A buffering proxy would hold back what is meant to be seen at once.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The chunks of an answer, then `[DONE]`. Dropping it stops the model.
fn pieces(mut answer: Box<AnswerStream>, trace: Trace) -> impl futures::Stream<Item = Bytes> + Send {
    async_stream::stream! {
        loop {
            match answer.next().await {
                Ok(Some(chunk)) => yield event(&chunk),
                Ok(None) => {
                    yield Bytes::from_static(b"data: [DONE]\n\n");
                    return;
                }
                Err(error) => {
                    yield event(&openai_view(&problem(error), &trace.0));
                    return;
                }
            }
        }
    }
}

pub(super) fn event(payload: &str) -> Bytes {
    let mut bytes = Vec::with_capacity(payload.len() + 8);
    bytes.extend_from_slice(b"data: ");
    bytes.extend_from_slice(payload.as_bytes());
    bytes.extend_from_slice(b"\n\n");
    Bytes::from(bytes)
}

/// A streamed answer. Errors before the first token keep their status, unless the request had to wait: then the stream
/// begins with comments that say where it stands.
async fn stream(
    app: App,
    asker: Asker,
    call: GatewayCall,
    request: ChatRequest,
    trace: Trace,
) -> Result<Response, Problem> {
    let place: Arc<(Mutex<u32>, Notify)> = Arc::default();
    let told = Arc::clone(&place);
    let begun = async move {
        let position = |n: u32| {
            *told.0.lock().unwrap_or_else(PoisonError::into_inner) = n;
            told.1.notify_one();
        };
        Box::pin(asked(&app, &asker, &call, request, &position)).await
    };
    let mut begun = Box::pin(begun);
    tokio::select! {
        begun = &mut begun => {
            return match begun.map_err(problem)? {
                Answer::Stream(answer) => Ok(events(pump::body(pieces(answer, trace)))),
                Answer::Whole(body) => Ok(json(body)),
            };
        }
        () = place.1.notified() => {}
    }
    Ok(events(pump::body(async_stream::stream! {
        let answer = loop {
            let position = *place.0.lock().unwrap_or_else(PoisonError::into_inner);
            yield Bytes::from(format!(": queued position={position}\n\n"));
            tokio::select! {
                answer = &mut begun => break answer,
                () = place.1.notified() => {}
            }
        };
        match answer {
            Ok(Answer::Stream(answer)) => {
                let mut rest = Box::pin(pieces(answer, trace));
                while let Some(piece) = futures::StreamExt::next(&mut rest).await {
                    yield piece;
                }
            }
            Ok(Answer::Whole(body)) => yield event(&String::from_utf8_lossy(&body)),
            Err(error) => yield event(&openai_view(&problem(error), &trace.0)),
        }
    })))
}
