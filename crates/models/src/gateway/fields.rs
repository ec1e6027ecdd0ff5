//! The fields of a chat request: which of them go on, and what each may be, so that no text hides where none belongs.

use serde_json::{Map, Value};

use super::texts::is_name;
use crate::Error;

/// What goes on as it is. Everything else in a request is refused by name, so that nothing reaches a model unseen.
#[rustfmt::skip]
const PASSED: &[&str] = &[
    "chat_template_kwargs", "frequency_penalty", "guided_choice", "guided_json", "guided_regex", "max_completion_tokens",
    "max_tokens", "messages", "min_p", "model", "n", "parallel_tool_calls", "presence_penalty", "reasoning_effort",
    "repetition_penalty", "response_format", "seed", "stop", "stream", "stream_options", "temperature", "tool_choice",
    "tools", "top_k", "top_p",
];
/// What clients send and no model needs: who asks stays here.
pub(super) const DROPPED: &[&str] = &["metadata", "service_tier", "store", "user"];
/// Numbers among what goes on. Those above 0 are read by [`whole`].
#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "frequency_penalty", "min_p", "presence_penalty", "repetition_penalty", "seed", "temperature", "top_k", "top_p",
];

pub(super) fn bad(field: &'static str, problem: impl Into<String>) -> Error {
    Error::BadRequest { field, problem: problem.into() }
}

/// Refuses a request with a field that is unknown, or that holds what it should not.
pub(super) fn check(fields: &Map<String, Value>) -> Result<(), Error> {
    if let Some(name) = fields.keys().find(|name| !PASSED.contains(&name.as_str()) && !DROPPED.contains(&name.as_str()))
    {
        return Err(bad("body", unknown(name)));
    }
    let given = |name: &str| fields.get(name).filter(|value| !value.is_null());
    if let Some(name) = NUMBERS.iter().find(|name| given(name).is_some_and(|value| !value.is_number())) {
        return Err(bad(name, "must be a number"));
    }
    if given("parallel_tool_calls").is_some_and(|value| !value.is_boolean()) {
        return Err(bad("parallel_tool_calls", "must be true or false"));
    }
    if given("reasoning_effort").is_some_and(|value| !value.as_str().is_some_and(is_name)) {
        return Err(bad("reasoning_effort", "must be a plain word, such as low"));
    }
    if fields.get("chat_template_kwargs").is_some_and(|value| !are_switches(value)) {
        return Err(bad("chat_template_kwargs", "only switches and numbers, under plain names"));
    }
    let messages = fields.get("messages").and_then(Value::as_array).filter(|all| !all.is_empty());
    let messages = messages.ok_or_else(|| bad("messages", "must be a list with at least one message"))?;
    messages.iter().try_for_each(check_message)
}

/// A whole number above 0.
pub(super) fn whole(fields: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, Error> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().filter(|n| *n > 0) {
            Some(n) => Ok(Some(n)),
            None => Err(bad(name, "must be a whole number above 0")),
        },
    }
}

/// Whether the answer is wanted in pieces, and its usage in the last one.
pub(super) fn streaming(fields: &Map<String, Value>) -> Result<(bool, bool), Error> {
    let stream = switch(fields.get("stream")).ok_or_else(|| bad("stream", "must be true or false"))?;
    let wanted = match fields.get("stream_options") {
        None | Some(Value::Null) => Some(false),
        Some(options) => options.as_object().and_then(|options| switch(options.get("include_usage"))),
    };
    let wanted = wanted.ok_or_else(|| bad("stream_options", "must be an object; its `include_usage` true or false"))?;
    Ok((stream, wanted))
}

/// A switch that is off when it is not given; nothing when it is none.
fn switch(value: Option<&Value>) -> Option<bool> {
    match value {
        None | Some(Value::Null) => Some(false),
        Some(value) => value.as_bool(),
    }
}

fn are_switches(value: &Value) -> bool {
    let plain = |(name, value): (&String, &Value)| is_name(name) && (value.is_boolean() || value.is_number());
    value.as_object().is_some_and(|all| all.iter().all(plain))
}

fn check_message(message: &Value) -> Result<(), Error> {
    let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
    if !matches!(role, "system" | "developer" | "user" | "assistant" | "tool") {
        return Err(bad("messages", "`role` is one of system, developer, user, assistant, tool"));
    }
    match message.get("content") {
        Some(Value::String(_)) => {}
        Some(Value::Null) | None if role == "assistant" => {}
        Some(Value::Array(parts)) => {
            // A picture or a sound cannot be screened, so it does not go on.
            if !parts.iter().all(|p| {
                p.get("type").and_then(Value::as_str) == Some("text") && p.get("text").is_some_and(Value::is_string)
            }) {
                return Err(bad("messages", "only parts of the type `text` can be screened, and only those go on"));
            }
        }
        _ => return Err(bad("messages", "`content` is a text or a list of text parts")),
    }
    for name in ["name", "tool_call_id"] {
        if message.get(name).is_some_and(|value| !value.is_null() && !value.is_string()) {
            return Err(bad("messages", format!("`{name}` is a text")));
        }
    }
    let known = ["role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content", "refusal"];
    match message.as_object().and_then(|all| all.keys().find(|name| !known.contains(&name.as_str()))) {
        Some(name) => Err(bad("messages", unknown(name))),
        None => Ok(()),
    }
}

fn unknown(name: &str) -> String {
    let name: String = name.chars().take(60).collect();
    format!("unknown field `{name}`")
}
