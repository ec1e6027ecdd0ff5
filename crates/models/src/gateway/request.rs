//! A chat request as it comes in: known fields only, every text that would reach a model in the guard's hands first.

use std::sync::LazyLock;

use guard::{CleanDialogue, Profile, Tuning, screen_dialogue};
use kernel::DataLevel;
use serde_json::{Map, Value, json};

use crate::backend::ChatCall;
use crate::{Error, ModelRecord};

/// The most characters of all messages together.
const MAX_CHARS: usize = 1_000_000;
/// The most answers for one request.
const MAX_CHOICES: u64 = 8;

/// What goes on as it is. Everything else in a request is refused by name, so that nothing reaches a model unseen.
#[rustfmt::skip]
const PASSED: &[&str] = &[
    "chat_template_kwargs", "frequency_penalty", "guided_choice", "guided_json", "guided_regex", "max_completion_tokens",
    "max_tokens", "messages", "min_p", "model", "n", "parallel_tool_calls", "presence_penalty", "reasoning_effort",
    "repetition_penalty", "response_format", "seed", "stop", "stream", "stream_options", "temperature", "tool_choice",
    "tools", "top_k", "top_p",
];
/// What clients send and no model needs: who asks stays here.
const DROPPED: &[&str] = &["metadata", "service_tier", "store", "user"];
/// Fields beside the messages whose texts a model reads.
const READ: &[&str] =
    &["guided_choice", "guided_json", "guided_regex", "response_format", "stop", "tools", "tool_choice"];

static PROFILE: LazyLock<Profile> =
    LazyLock::new(|| Profile { max_question_chars: MAX_CHARS, max_answer_chars: MAX_CHARS, ..Profile::default() });

/// A chat request whose form is right.
#[derive(Debug, Clone)]
pub struct ChatRequest {
    fields: Map<String, Value>,
    /// The route, or `scenario:…`.
    pub model: String,
    /// Whether the answer is wanted in pieces.
    pub stream: bool,
    /// Whether the last piece is to hold the usage.
    pub include_usage: bool,
    choices: u64,
    max_tokens: Option<u64>,
}

/// The profile of the gateway with what officers set.
fn profile(tuning: &Tuning) -> Profile {
    Profile { tuning: tuning.clone(), ..PROFILE.clone() }
}

fn bad(field: &'static str, problem: impl Into<String>) -> Error {
    Error::BadRequest { field, problem: problem.into() }
}

impl ChatRequest {
    /// Reads a request.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| bad("body", format!("not a JSON object: {error}")))?;
        for name in fields.keys() {
            if !PASSED.contains(&name.as_str()) && !DROPPED.contains(&name.as_str()) {
                let name: String = name.chars().take(60).collect();
                return Err(bad("body", format!("unknown field `{name}`")));
            }
        }
        let model = fields.get("model").and_then(Value::as_str).unwrap_or_default().to_owned();
        if model.is_empty() || model.len() > 200 {
            return Err(bad("model", "a route, or `scenario:` and the id of one"));
        }
        let number = |name: &'static str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().filter(|n| *n > 0) {
                Some(n) => Ok(Some(n)),
                None => Err(bad(name, "must be a whole number above 0")),
            },
        };
        let choices = number("n")?.unwrap_or(1);
        if choices > MAX_CHOICES {
            return Err(bad("n", format!("at most {MAX_CHOICES}")));
        }
        let max_tokens = number("max_completion_tokens")?.or(number("max_tokens")?);
        let stream = match fields.get("stream") {
            None | Some(Value::Null) => false,
            Some(value) => value.as_bool().ok_or_else(|| bad("stream", "must be true or false"))?,
        };
        let include_usage = fields.get("stream_options").and_then(|o| o.get("include_usage")).and_then(Value::as_bool);
        if let Some(kwargs) = fields.get("chat_template_kwargs") {
            let plain = kwargs.as_object().is_some_and(|all| all.values().all(|v| v.is_boolean() || v.is_number()));
            if !plain {
                return Err(bad("chat_template_kwargs", "only switches and numbers"));
            }
        }
        let messages = fields.get("messages").and_then(Value::as_array).filter(|all| !all.is_empty());
        let messages = messages.ok_or_else(|| bad("messages", "must be a list with at least one message"))?;
        for message in messages {
            check_message(message)?;
        }
        let include_usage = include_usage.unwrap_or(false);
        let mut fields = fields;
        forget_reasoning(&mut fields);
        Ok(Self { model, stream, include_usage, choices, max_tokens, fields })
    }

    /// The last thing that the user says: what a scenario is asked.
    #[must_use]
    pub fn question(&self) -> String {
        let messages = self.fields.get("messages").and_then(Value::as_array);
        let last = messages.into_iter().flatten().rev().find(|m| m.get("role").and_then(Value::as_str) == Some("user"));
        match last.and_then(|message| message.get("content")) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => {
                parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        }
    }

    /// About how many tokens the request reads and may write: what a budget must still allow.
    #[must_use]
    pub fn estimate(&self) -> u32 {
        let chars: usize = texts(&self.fields).iter().map(|text| text.chars().count()).sum();
        let asked = self.max_tokens.unwrap_or(0).saturating_mul(self.choices);
        u32::try_from(chars / 2).unwrap_or(u32::MAX).saturating_add(u32::try_from(asked).unwrap_or(u32::MAX))
    }

    /// Screens every text a model would read. What was replaced is replaced in all of them.
    pub fn screen(mut self, tuning: &Tuning) -> Result<(CleanChat, CleanDialogue), Error> {
        let clean = screen_dialogue(&profile(tuning), &texts(&self.fields)).map_err(Error::Stopped)?;
        if clean.replaced() > 0 {
            let mut next = clean.texts().iter();
            each_text(&mut self.fields, &mut |text| {
                if let Some(clean) = next.next() {
                    clean.clone_into(text);
                }
            });
        }
        for name in DROPPED {
            self.fields.remove(*name);
        }
        if self.stream {
            self.fields.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        } else {
            self.fields.remove("stream_options");
        }
        Ok((CleanChat { fields: self.fields, stream: self.stream, max_tokens: self.max_tokens }, clean))
    }
}

/// A chat request whose texts the guard has screened.
#[derive(Debug, Clone)]
pub struct CleanChat {
    fields: Map<String, Value>,
    stream: bool,
    max_tokens: Option<u64>,
}

impl CleanChat {
    /// The request for one model: under its own name, within what it may write.
    pub(super) fn call(&self, model: &ModelRecord, level: DataLevel) -> ChatCall {
        let mut fields = self.fields.clone();
        fields.insert("model".to_owned(), json!(model.model.as_deref().unwrap_or(&model.id)));
        let most = u64::from(model.max_tokens);
        let name = if fields.contains_key("max_completion_tokens") { "max_completion_tokens" } else { "max_tokens" };
        fields.insert(name.to_owned(), json!(self.max_tokens.unwrap_or(most).min(most)));
        ChatCall { body: serde_json::to_vec(&fields).unwrap_or_default(), stream: self.stream, level }
    }
}

/// Screens texts that are to become vectors: the same rules, the same placeholders.
pub fn screen_texts(texts: &[String], tuning: &Tuning) -> Result<Vec<String>, Error> {
    let spoken: Vec<&str> = texts.iter().map(String::as_str).collect();
    screen_dialogue(&profile(tuning), &spoken).map(|clean| clean.texts().to_vec()).map_err(Error::Stopped)
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
    let known = ["role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content", "refusal"];
    if let Some(name) = message.as_object().and_then(|all| all.keys().find(|name| !known.contains(&name.as_str()))) {
        let name: String = name.chars().take(60).collect();
        return Err(bad("messages", format!("unknown field `{name}`")));
    }
    Ok(())
}

/// Every text that a model would read, in one fixed order: that of [`each_text`].
fn texts(fields: &Map<String, Value>) -> Vec<&str> {
    let mut found = Vec::new();
    for message in fields.get("messages").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        for (name, value) in message.iter().filter(|(name, _)| is_read(name)) {
            collect(value, name == "content", &mut found);
        }
    }
    for value in READ.iter().filter_map(|name| fields.get(*name)) {
        collect(value, false, &mut found);
    }
    found
}

/// The texts in a value. Names such as `function` or `string` are none where no person writes (`all` is false).
fn collect<'v>(value: &'v Value, all: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if !all && is_name(text) => {}
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all, found)),
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "type").for_each(|(_, value)| collect(value, all, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn each_text(fields: &mut Map<String, Value>, visit: &mut dyn FnMut(&mut String)) {
    if let Some(messages) = fields.get_mut("messages").and_then(Value::as_array_mut) {
        for message in messages.iter_mut().filter_map(Value::as_object_mut) {
            for (name, value) in message.iter_mut().filter(|(name, _)| is_read(name)) {
                strings(value, name == "content", visit);
            }
        }
    }
    for name in READ {
        if let Some(value) = fields.get_mut(*name) {
            strings(value, false, visit);
        }
    }
}

/// Whether a field of a message holds text; an id of a call is none.
fn is_read(name: &str) -> bool {
    name != "role" && name != "tool_call_id"
}

/// Reasoning and refusals of earlier answers are not shown to a model again.
fn forget_reasoning(fields: &mut Map<String, Value>) {
    for message in fields.get_mut("messages").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(message) = message.as_object_mut() {
            message.remove("reasoning_content");
            message.remove("refusal");
        }
    }
}

/// As [`collect`], to be changed.
fn strings(value: &mut Value, all: bool, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) if !all && is_name(text) => {}
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, all, visit)),
        Value::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| *name != "type").for_each(|(_, value)| strings(value, all, visit));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
}
