//! Problems (RFC 9457): the only place that makes status codes and titles from error codes.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use assistant::phrases::Language;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use identity::{Cx, Denied};
use kernel::{Fault, Kind, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every error.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemView {
    /// `about:blank#` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code, such as `assistant.run_not_found`.
    pub code: String,
    /// What exactly, in English, for whoever integrates.
    pub detail: String,
    /// What to do next, in the reader's language.
    pub next_step: String,
    /// What is wrong with the input, part by part, where that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldErrorView>,
    /// What stands there now, where the caller answered to something older.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub current: Option<serde_json::Value>,
    /// The request, for whoever looks it up in the log.
    pub trace_id: String,
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldErrorView {
    /// The part of the input, as it was sent.
    pub field: String,
    /// Its name, in the reader's language; the field itself where it has none.
    pub name: String,
    /// Why, as a stable word, such as `whole_between`.
    pub reason: String,
    /// What is wanted, in the reader's language.
    pub text: String,
}

/// An error on its way out; [`render`] gives it words.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after_secs: Option<u32>,
    /// What is wrong with the input, part by part.
    wrong: Vec<Wrong>,
    /// What was refused, for the record.
    denied: Option<Box<Denied>>,
    /// What stands there now.
    current: Option<Box<serde_json::Value>>,
}

impl Problem {
    /// A problem of the HTTP layer itself.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (wrong, denied, current) = (Vec::new(), None, None);
        Self { status, code, detail: detail.into(), retry_after_secs: None, wrong, denied, current }
    }

    /// 409 for an answer to something that has changed, with what stands there now.
    #[must_use]
    pub fn outdated(code: &'static str, detail: impl Into<String>, current: serde_json::Value) -> Self {
        Self { current: Some(Box::new(current)), ..Self::new(StatusCode::CONFLICT, code, detail) }
    }

    /// 404 for an id that cannot be one.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "http.not_found", detail)
    }

    /// 400.
    #[must_use]
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "http.bad_request", detail)
    }

    /// 429 with the seconds to wait.
    #[must_use]
    pub fn too_many(code: &'static str, secs: u32) -> Self {
        let detail = format!("try again in {secs} seconds");
        Self { retry_after_secs: Some(secs), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail) }
    }

    /// 503 with the seconds to wait.
    #[must_use]
    pub fn busy(code: &'static str, secs: u32) -> Self {
        let detail = format!("try again in {secs} seconds");
        Self { retry_after_secs: Some(secs), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail) }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What exactly, in English.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl<F: Fault> From<F> for Problem {
    fn from(fault: F) -> Self {
        let kind = fault.kind();
        if kind == Kind::Bug {
            // Logged here, once, with its causes; the reader gets no inside.
            let mut causes = fault.to_string();
            let mut source = std::error::Error::source(&fault);
            while let Some(cause) = source {
                causes = format!("{causes}: {cause}");
                source = cause.source();
            }
            tracing::error!(code = fault.code(), causes, "bug");
            return Self::new(status_of(kind), fault.code(), "internal error");
        }
        let retry_after_secs = matches!(kind, Kind::Overloaded | Kind::Unavailable).then_some(5);
        let (denied, wrong) = (denial(&fault).cloned().map(Box::new), fault.wrong());
        Self { retry_after_secs, wrong, denied, ..Self::new(status_of(kind), fault.code(), fault.to_string()) }
    }
}

/// The refused permit in an error or among its causes.
fn denial<'e>(fault: &'e (dyn std::error::Error + 'static)) -> Option<&'e Denied> {
    let mut next = Some(fault);
    while let Some(error) = next {
        if let Some(denied) = error.downcast_ref::<Denied>() {
            return Some(denied);
        }
        // A transparent wrapper gives its source's source: look into those that are known to hold a denial.
        if let Some(assistant::Error::Denied(denied)) = error.downcast_ref::<assistant::Error>() {
            return Some(denied);
        }
        next = error.source();
    }
    None
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The trace id of a request, set by [`render`] before anything else runs.
#[derive(Debug, Clone)]
pub struct Trace(pub String);

/// Who called, set by whoever finds out; for the record of a refusal.
#[derive(Debug, Clone, Default)]
pub struct Caller(Arc<OnceLock<Cx>>);

impl Caller {
    /// Remembers who called.
    pub fn set(&self, cx: &Cx) {
        drop(self.0.set(cx.clone()));
    }
}

/// Gives every request its trace id and every problem its words.
pub async fn render(
    entropy: kernel::Entropy,
    security: security::Security,
    mut request: Request,
    next: Next,
) -> Response {
    let trace = Trace(entropy.hex::<16>());
    let language = language(request.headers());
    let caller = Caller::default();
    let openai = request.uri().path().starts_with("/v1/");
    request.extensions_mut().insert(trace.clone());
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if let (Some(denied), Some(cx)) = (&problem.denied, caller.0.get()) {
            crate::watch::denied(&security, &cx.actor().label(), denied);
            if let Err(error) = cx.record_denial(denied).await {
                tracing::error!(code = error.code(), "a refusal could not be recorded");
            }
        }
        response = with_body(response, &problem, &trace.0, language, openai);
    } else if response.status().is_client_error() || response.status().is_server_error() {
        response = foreign(response, &trace.0, language, openai);
    }
    if let Ok(value) = HeaderValue::from_str(&trace.0) {
        response.headers_mut().insert("x-trace-id", value);
    }
    response
}

/// An error that the framework made (no such route, wrong method, body too large): the same shape.
fn foreign(response: Response, trace: &str, language: Language, openai: bool) -> Response {
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == PROBLEM_JSON);
    if is_problem {
        return response;
    }
    let code = match response.status() {
        StatusCode::NOT_FOUND => "http.not_found",
        StatusCode::METHOD_NOT_ALLOWED => "http.method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "http.too_large",
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => "http.timeout",
        status if status.is_client_error() => "http.bad_request",
        _ => "http.internal",
    };
    let problem = Problem::new(response.status(), code, response.status().canonical_reason().unwrap_or_default());
    with_body(response, &problem, trace, language, openai)
}

const PROBLEM_JSON: &str = "application/problem+json";

fn with_body(response: Response, problem: &Problem, trace: &str, language: Language, openai: bool) -> Response {
    let (body, kind) = if openai {
        (openai_view(problem, trace).into_bytes(), "application/json")
    } else {
        (serde_json::to_vec(&view(problem, trace, language)).unwrap_or_default(), PROBLEM_JSON)
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

/// A problem in the shape that OpenAI's clients read.
#[must_use]
pub fn openai_view(problem: &Problem, trace: &str) -> String {
    let kind = match problem.status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        429 if problem.code == "models.budget_spent" => "insufficient_quota",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    let error = serde_json::json!({
        "message": problem.detail, "type": kind, "param": null, "code": problem.code, "trace_id": trace,
    });
    serde_json::json!({ "error": error }).to_string()
}

/// A problem in words.
#[must_use]
pub fn view(problem: &Problem, trace: &str, language: Language) -> ProblemView {
    let (title, next_step) = words(problem.code, problem.status, language);
    ProblemView {
        kind: format!("about:blank#{}", problem.code),
        title,
        status: problem.status.as_u16(),
        code: problem.code.to_owned(),
        detail: problem.detail.clone(),
        next_step,
        errors: problem.wrong.iter().map(|wrong| field_error(wrong, language)).collect(),
        current: problem.current.as_deref().cloned(),
        trace_id: trace.to_owned(),
    }
}

/// Something wrong with an input, in words: those of its reason with its values in them.
fn field_error(wrong: &Wrong, language: Language) -> FieldErrorView {
    let of = |name: &str| wrong.values.get(name).cloned();
    let own = |words: &Words| match language {
        Language::Chinese => words.title.clone(),
        Language::English => words.title_en.clone(),
    };
    let name = match language {
        Language::Chinese => of("name"),
        Language::English => of("name_en"),
    };
    let known = all_words().get(&format!("wrong.{}", wrong.reason));
    let text = known.map_or_else(|| wrong.says.clone(), own);
    let fill = |text: String, (name, value): (&&str, &String)| text.replace(&format!("{{{name}}}"), value);
    FieldErrorView {
        field: wrong.field.clone(),
        name: name.unwrap_or_else(|| wrong.field.clone()),
        reason: wrong.reason.to_owned(),
        text: wrong.values.iter().fold(text, fill),
    }
}

/// The reader's language.
#[must_use]
pub fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if wanted.trim_start().to_ascii_lowercase().starts_with("en") { Language::English } else { Language::Chinese }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    #[serde(default)]
    next_step: String,
    title_en: String,
    #[serde(default)]
    next_step_en: String,
}

/// The words of `policies/problems.toml`, by code.
fn all_words() -> &'static BTreeMap<String, Words> {
    static WORDS: OnceLock<BTreeMap<String, Words>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let text = include_str!("../../../../policies/problems.toml");
        toml::from_str(text).unwrap_or_default()
    })
}

/// The words of a code: its own, or those of its status.
fn words(code: &str, status: StatusCode, language: Language) -> (String, String) {
    let all = all_words();
    let generic = format!("status_{}", status.as_u16());
    let found = all.get(code).or_else(|| all.get(&generic)).or_else(|| all.get("status_500"));
    match (found, language) {
        (Some(words), Language::Chinese) => (words.title.clone(), words.next_step.clone()),
        (Some(words), Language::English) => (words.title_en.clone(), words.next_step_en.clone()),
        (None, _) => (code.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use assistant::phrases::Language;
    use axum::http::StatusCode;

    use super::words;

    #[test]
    fn every_status_has_words_in_both_languages() {
        for status in [400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 501, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            let (zh, zh_next) = words("no.such_code", status, Language::Chinese);
            let (en, en_next) = words("no.such_code", status, Language::English);
            assert!(zh != "no.such_code" && !zh_next.is_empty() && !en_next.is_empty() && zh != en, "{status}");
        }
    }
}
