//! A chat request as it comes in: known fields only, every text that would reach a model in the guard's hands first.

use std::sync::LazyLock;

use guard::{CleanDialogue, Profile, Tuning, screen_dialogue};
use kernel::DataLevel;
use serde_json::{Map, Value, json};

use super::fields::{self, DROPPED, bad, streaming, whole};
use super::texts::{each_text, texts};
use crate::backend::ChatCall;
use crate::{Error, ModelRecord};

/// The most characters of all messages together.
const MAX_CHARS: usize = 1_000_000;
/// The most answers for one request.
const MAX_CHOICES: u64 = 8;

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

impl ChatRequest {
    /// Reads a request.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| bad("body", format!("not a JSON object: {error}")))?;
        fields::check(&fields)?;
        let model = fields.get("model").and_then(Value::as_str).unwrap_or_default().to_owned();
        if model.is_empty() || model.len() > 200 {
            return Err(bad("model", "a route, or `scenario:` and the id of one"));
        }
        let choices = whole(&fields, "n")?.unwrap_or(1);
        if choices > MAX_CHOICES {
            return Err(bad("n", format!("at most {MAX_CHOICES}")));
        }
        let max_tokens = whole(&fields, "max_completion_tokens")?.or(whole(&fields, "max_tokens")?);
        let (stream, include_usage) = streaming(&fields)?;
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

    /// About how many tokens the request reads.
    #[must_use]
    pub fn reads(&self) -> u32 {
        let chars: usize = texts(&self.fields).iter().map(|text| text.chars().count()).sum();
        u32::try_from(chars / 2).unwrap_or(u32::MAX)
    }

    /// The most tokens that it may write, by models that write at most so many for one answer.
    #[must_use]
    pub fn writes(&self, most: u32) -> u32 {
        let each = self.max_tokens.unwrap_or(u64::MAX).min(most.into());
        u32::try_from(each.saturating_mul(self.choices)).unwrap_or(u32::MAX)
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
        let newer = fields.contains_key("max_completion_tokens");
        let name = if newer { "max_completion_tokens" } else { "max_tokens" };
        // One of the two: a server may go by the older one, which would be without its bound.
        fields.remove("max_tokens");
        fields.insert(name.to_owned(), json!(self.max_tokens.unwrap_or(most).min(most)));
        ChatCall { body: serde_json::to_vec(&fields).unwrap_or_default(), stream: self.stream, level }
    }
}

/// Screens texts that are to become vectors: the same rules, the same placeholders.
pub fn screen_texts(texts: &[String], tuning: &Tuning) -> Result<Vec<String>, Error> {
    let spoken: Vec<&str> = texts.iter().map(String::as_str).collect();
    screen_dialogue(&profile(tuning), &spoken).map(|clean| clean.texts().to_vec()).map_err(Error::Stopped)
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
