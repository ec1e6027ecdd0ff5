//! From a chat request to what the engine is asked: messages, sampling, bounds, and the grammar of the answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::template::Message;

/// The longest JSON schema or grammar, in bytes.
const MAX_SCHEMA: usize = 64 << 10;
/// The most stop words.
const MAX_STOPS: usize = 16;

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sampling {
    pub(crate) temperature: f32,
    pub(crate) top_p: f32,
    pub(crate) top_k: i32,
    pub(crate) min_p: f32,
    pub(crate) repeat: f32,
    pub(crate) frequency: f32,
    pub(crate) presence: f32,
    /// `u32::MAX` for another one each time.
    pub(crate) seed: u32,
}

impl Sampling {
    /// Always the most likely token.
    pub(crate) fn greedy() -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            repeat: 1.0,
            frequency: 0.0,
            presence: 0.0,
            seed: u32::MAX,
        }
    }
}

/// A chat request as it is understood here.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) messages: Vec<Message>,
    pub(super) switches: BTreeMap<String, Value>,
    pub(super) sampling: Sampling,
    /// A grammar (GBNF) that the answer follows.
    pub(super) grammar: Option<String>,
    pub(super) stops: Vec<String>,
    pub(super) max_tokens: u32,
}

#[derive(Deserialize)]
struct Body {
    messages: Vec<Spoken>,
    #[serde(default)]
    chat_template_kwargs: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    temperature: Option<f32>,
    #[serde(default)]
    top_p: Option<f32>,
    #[serde(default)]
    top_k: Option<i32>,
    #[serde(default)]
    min_p: Option<f32>,
    #[serde(default)]
    repetition_penalty: Option<f32>,
    #[serde(default)]
    frequency_penalty: Option<f32>,
    #[serde(default)]
    presence_penalty: Option<f32>,
    #[serde(default)]
    seed: Option<i64>,
    #[serde(default)]
    n: Option<u32>,
    #[serde(default)]
    stop: Option<Stops>,
    #[serde(default)]
    max_tokens: Option<u32>,
    #[serde(default)]
    max_completion_tokens: Option<u32>,
    #[serde(default)]
    response_format: Option<Value>,
    #[serde(default)]
    guided_json: Option<Value>,
    #[serde(default)]
    guided_choice: Option<Vec<String>>,
    #[serde(default)]
    guided_regex: Option<Value>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Spoken {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stops {
    One(String),
    Many(Vec<String>),
}

impl Ask {
    /// Reads a request. The error says which field cannot be served, for the caller.
    pub(super) fn parse(body: &[u8], most: u32) -> Result<Self, String> {
        let body: Body = serde_json::from_slice(body).map_err(|error| format!("not a chat request: {error}"))?;
        if body.n.unwrap_or(1) != 1 {
            return Err("`n`: this model gives one answer at a time".to_owned());
        }
        if body.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            return Err("`tools`: this model calls no functions".to_owned());
        }
        let grammar = grammar(&body)?;
        let sampling = sampling(&body);
        let stops = match body.stop {
            None => Vec::new(),
            Some(Stops::One(stop)) => vec![stop],
            Some(Stops::Many(stops)) => stops,
        };
        if stops.len() > MAX_STOPS {
            return Err(format!("`stop`: at most {MAX_STOPS}"));
        }
        Ok(Self {
            messages: body.messages.into_iter().map(message).collect(),
            switches: body.chat_template_kwargs.unwrap_or_default(),
            sampling,
            grammar,
            stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
            max_tokens: body.max_completion_tokens.or(body.max_tokens).unwrap_or(most).min(most),
        })
    }
}

fn message(spoken: Spoken) -> Message {
    let role = if spoken.role == "developer" { "system".to_owned() } else { spoken.role };
    let content = match spoken.content {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => parts.into_iter().map(|part| part.text).collect::<Vec<_>>().join("\n"),
    };
    Message { role, content }
}

fn sampling(body: &Body) -> Sampling {
    let seed = body.seed.map_or(u32::MAX, |seed| u32::try_from(seed.rem_euclid(i64::from(u32::MAX))).unwrap_or(0));
    Sampling {
        temperature: body.temperature.unwrap_or(1.0),
        top_p: body.top_p.unwrap_or(1.0),
        top_k: body.top_k.unwrap_or(0),
        min_p: body.min_p.unwrap_or(0.0),
        repeat: body.repetition_penalty.unwrap_or(1.0),
        frequency: body.frequency_penalty.unwrap_or(0.0),
        presence: body.presence_penalty.unwrap_or(0.0),
        seed,
    }
}

/// The grammar that a request asks for: a JSON schema, any JSON object, one of some texts, or one of its own.
fn grammar(body: &Body) -> Result<Option<String>, String> {
    if body.guided_regex.is_some() {
        return Err("`guided_regex`: this model follows JSON schemas, choices and grammars".to_owned());
    }
    if let Some(choices) = &body.guided_choice {
        let any: Vec<String> = choices.iter().map(|choice| Value::from(choice.as_str()).to_string()).collect();
        return Ok(Some(format!("root ::= {}", any.join(" | "))));
    }
    if let Some(schema) = &body.guided_json {
        return from_schema(schema).map(Some);
    }
    let Some(format) = &body.response_format else { return Ok(None) };
    match format.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => Ok(None),
        "json_object" => from_schema(&json!({ "type": "object" })).map(Some),
        "json_schema" => {
            let schema = format.pointer("/json_schema/schema");
            from_schema(schema.ok_or("`response_format`: it has no `json_schema.schema`")?).map(Some)
        }
        "grammar" => {
            let grammar = format.get("grammar").and_then(Value::as_str).filter(|text| text.len() <= MAX_SCHEMA);
            grammar.map(|text| Some(text.to_owned())).ok_or_else(|| "`response_format`: no `grammar`".to_owned())
        }
        _ => Err("`response_format`: one of `text`, `json_object`, `json_schema` and `grammar`".to_owned()),
    }
}

fn from_schema(schema: &Value) -> Result<String, String> {
    let text = schema.to_string();
    if text.len() > MAX_SCHEMA {
        return Err(format!("the schema is longer than {MAX_SCHEMA} bytes"));
    }
    llama_cpp_2::json_schema_to_grammar(&text).map_err(|_| "the schema cannot be followed".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Ask;

    fn parse(extra: &Value) -> Result<Ask, String> {
        let mut body = json!({ "messages": [{ "role": "developer", "content": [{ "type": "text", "text": "a" }] }] });
        for (name, value) in extra.as_object().unwrap() {
            body[name] = value.clone();
        }
        Ask::parse(body.to_string().as_bytes(), 100)
    }

    #[test]
    fn fields_are_read_and_what_cannot_be_served_is_named() {
        let ask = parse(&json!({ "stop": "。", "max_tokens": 500, "temperature": 0, "seed": -1 })).unwrap();
        assert_eq!((ask.messages[0].role.as_str(), ask.messages[0].content.as_str()), ("system", "a"));
        assert_eq!((ask.max_tokens, ask.stops.len(), ask.sampling.temperature), (100, 1, 0.0));
        for (extra, says) in [
            (json!({ "n": 2 }), "`n`"),
            (json!({ "tools": [{}] }), "`tools`"),
            (json!({ "guided_regex": "a+" }), "`guided_regex`"),
            (json!({ "response_format": { "type": "xml" } }), "`response_format`"),
            (json!({ "response_format": { "type": "json_schema" } }), "schema"),
            (json!({ "guided_json": { "$ref": "#/nowhere" } }), "schema"),
        ] {
            let said = parse(&extra).unwrap_err();
            assert!(said.contains(says), "{extra}: {said}");
        }
    }

    #[test]
    fn schemas_and_choices_become_grammars() {
        let schema = json!({ "type": "json_schema", "json_schema": { "schema": { "type": "boolean" } } });
        let ask = parse(&json!({ "response_format": schema })).unwrap();
        assert!(ask.grammar.unwrap().contains("root ::="));
        let ask = parse(&json!({ "guided_choice": ["可以", "不\"可以"] })).unwrap();
        assert_eq!(ask.grammar.unwrap(), r#"root ::= "可以" | "不\"可以""#);
    }
}
