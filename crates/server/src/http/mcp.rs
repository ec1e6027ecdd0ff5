//! The Model Context Protocol: search, questions and articles as tools for agents inside the network, with a key.
//!
//! The streamable transport without state: one message in a request, one JSON answer. A tool does what the same call of
//! the API does, with the rights of the key's role; a question needs the key's scope for its scenario too.

use assistant::Question;
use assistant::phrases::Language;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use identity::Action;
use kernel::ids::{ArticleId, ScenarioId};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::body::Json;
use crate::http::problem::{Problem, ProblemView, language, view};
use crate::http::search::{self, SearchBody};
use crate::http::v1::Program;
use crate::http::{App, ask as asking, runs};
use crate::views::knowledge::ArticleView;

/// The revisions of the protocol that are spoken, newest first.
const VERSIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];

/// A message of JSON-RPC 2.0.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Message {
    #[serde(default)]
    jsonrpc: String,
    /// Absent in a notification, which has no answer.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    id: Option<Value>,
    #[serde(default)]
    method: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    params: Value,
}

/// The tools for agents. `tools/list` describes them.
#[utoipa::path(post, path = "/mcp", tag = "gateway", request_body = Message,
    responses((status = 200, content_type = "application/json", body = String), (status = 202), (status = "4XX", body = ProblemView)))]
pub async fn mcp(
    State(app): State<App>,
    program: Program,
    headers: HeaderMap,
    Json(message): Json<Message>,
) -> Result<Response, Problem> {
    program.opens("mcp")?;
    if program.key.is_none() {
        let detail = "agents use a key of the gateway with the scope `mcp`";
        return Err(Problem::new(StatusCode::FORBIDDEN, "identity.key_scope", detail));
    }
    let Some(id) = message.id else { return Ok(StatusCode::ACCEPTED.into_response()) };
    let params = message.params;
    let answered = match (message.jsonrpc.as_str(), message.method.as_str()) {
        ("2.0", "initialize") => Ok(initialised(&params)),
        ("2.0", "ping") => Ok(json!({})),
        ("2.0", "tools/list") => Ok(json!({ "tools": tools() })),
        ("2.0", "tools/call") => Box::pin(call(&app, &program, params, language(&headers))).await,
        ("2.0", _) => Err((-32601, "there is no such method".to_owned())),
        _ => Err((-32600, "not a message of JSON-RPC 2.0".to_owned())),
    };
    let body = match answered {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, text)) => json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": text } }),
    };
    Ok(axum::Json(body).into_response())
}

fn initialised(params: &Value) -> Value {
    let asked = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
    let version = VERSIONS.iter().find(|known| **known == asked).or(VERSIONS.first());
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "shuzheng", "version": env!("CARGO_PKG_VERSION") },
        "instructions": "Answers and articles carry citations; quote them with their labels. What is refused or in review has no answer.",
    })
}

fn tools() -> Value {
    let text = |what: &str| json!({ "type": "string", "description": what });
    json!([
        {
            "name": "search",
            "description": "Search a collection of laws, policies and internal rules; gives articles with their validity.",
            "inputSchema": { "type": "object", "required": ["collection", "query"], "properties": {
                "collection": text("the collection's id, such as laws"), "query": text("what to look for"),
                "top": { "type": "integer", "minimum": 1, "maximum": 200 }, "as_of": text("the date whose law counts, YYYY-MM-DD"),
            } },
        },
        {
            "name": "ask",
            "description": "Ask one of the key's scenarios a question; gives a checked answer with its citations, a refusal, or that a reviewer looks at it.",
            "inputSchema": { "type": "object", "required": ["scenario", "question"], "properties": {
                "scenario": text("the scenario's id, such as policy_consultation"), "question": text("the question"),
            } },
        },
        {
            "name": "read_article",
            "description": "Read an article by its id, with its place in the document and its validity.",
            "inputSchema": { "type": "object", "required": ["article_id"], "properties": { "article_id": text("from a hit or a citation") } },
        },
    ])
}

#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    scenario: ScenarioId,
    question: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    article_id: ArticleId,
}

type Failed = (i32, String);

fn arguments<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failed> {
    serde_json::from_value(value).map_err(|error| (-32602, error.to_string()))
}

/// Calls a tool. What the API refuses is a result that says so; only a call of no tool is an error of the protocol.
async fn call(app: &App, program: &Program, params: Value, language: Language) -> Result<Value, Failed> {
    let call: Call = arguments(params)?;
    let cx = &program.cx;
    let told: Result<Value, Problem> = match call.name.as_str() {
        "search" => {
            let body: SearchBody = arguments(call.arguments)?;
            Box::pin(search::found(app, cx, body, language)).await.map(|found| json!(found))
        }
        "ask" => {
            let asked: Asked = arguments(call.arguments)?;
            Box::pin(ask(app, program, asked, language)).await
        }
        "read_article" => {
            let read: Read = arguments(call.arguments)?;
            Box::pin(article(app, cx, &read.article_id)).await
        }
        _ => return Err((-32602, "there is no such tool".to_owned())),
    };
    let (value, is_error) = match told {
        Ok(value) => (value, false),
        Err(problem) => (json!(view(&problem, cx.trace(), language)), true),
    };
    Ok(json!({
        "content": [{ "type": "text", "text": value.to_string() }],
        "structuredContent": value,
        "isError": is_error,
    }))
}

async fn ask(app: &App, program: &Program, asked: Asked, language: Language) -> Result<Value, Problem> {
    program.opens(&format!("scenario:{}", asked.scenario))?;
    let cx = &program.cx;
    let asked_for = Box::pin(asking::of_program(app, cx, &program.asker, &asked.scenario, &asked.question)).await?;
    let question = Question { scenario: asked.scenario, text: asked.question, conversation: None, as_of: None };
    let run = Box::pin(asked_for.answer(question, &|_| {})).await?;
    Ok(json!(Box::pin(runs::view_of(app, cx, &run, language)).await?))
}

async fn article(app: &App, cx: &identity::Cx, id: &ArticleId) -> Result<Value, Problem> {
    let scope = app.platform.knowledge.scope_of_article(id).await?;
    let permit = cx.permit(Action::ReadCollections, &scope)?;
    let found = app.platform.knowledge.article(cx, &permit, id, None).await?;
    Ok(json!(ArticleView::from(found)))
}
