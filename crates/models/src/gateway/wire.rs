//! Chat completions as servers send them, whole and in chunks, and as we send them on.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

/// A chunk of a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(default, borrow)]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) created: Option<f64>,
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    #[serde(default)]
    pub(super) usage: Option<Usage>,
    #[serde(default)]
    pub(super) error: Option<serde::de::IgnoredAny>,
    #[serde(default, borrow)]
    pub(super) object: Option<Cow<'a, str>>,
}

/// A choice of a chunk, or of a whole answer.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) index: u32,
    #[serde(default, alias = "message")]
    pub(super) delta: Option<Delta>,
    #[serde(default)]
    pub(super) finish_reason: Option<String>,
}

/// What a choice says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta {
    #[serde(default)]
    pub(super) content: Option<String>,
    /// DeepSeek, SGLang, llama-server and vLLM before 0.12.
    #[serde(default)]
    pub(super) reasoning_content: Option<String>,
    /// Newer vLLM.
    #[serde(default)]
    pub(super) reasoning: Option<String>,
    #[serde(default)]
    pub(super) tool_calls: Option<Vec<ToolDelta>>,
}

impl Delta {
    pub(super) fn reasoning(&self) -> &str {
        self.reasoning_content.as_deref().or(self.reasoning.as_deref()).unwrap_or_default()
    }
}

/// A piece of a call of a function.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ToolDelta {
    #[serde(default)]
    pub(super) index: Option<u32>,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) function: Option<FunctionDelta>,
}

/// The function of such a piece.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct FunctionDelta {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) arguments: Option<String>,
}

/// Token counts.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub(super) prompt_tokens: u32,
    #[serde(default)]
    pub(super) completion_tokens: u32,
    #[serde(default)]
    pub(super) completion_tokens_details: Option<Details>,
    /// SGLang puts it beside the others.
    #[serde(default)]
    pub(super) reasoning_tokens: Option<u32>,
}

/// What completion tokens were for.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Details {
    #[serde(default)]
    pub(super) reasoning_tokens: Option<u32>,
}

impl Usage {
    pub(super) fn reasoning(&self) -> u32 {
        self.completion_tokens_details.and_then(|d| d.reasoning_tokens).or(self.reasoning_tokens).unwrap_or(0)
    }
}

/// What every chunk of one answer begins with.
pub(super) fn head(id: &str, created: i64, model: &str) -> String {
    let (id, model) = (json!(id), json!(model));
    format!(r#"{{"id":{id},"object":"chat.completion.chunk","created":{created},"model":{model},"#)
}

/// A chunk that says something.
pub(super) fn chunk(head: &str, index: u32, delta: &str, finish: Option<&str>) -> String {
    let finish = finish.map_or_else(|| "null".to_owned(), |reason| json!(reason).to_string());
    format!(r#"{head}"choices":[{{"index":{index},"delta":{{{delta}}},"finish_reason":{finish}}}]}}"#)
}

/// The last chunk, with what was used.
pub(super) fn usage(head: &str, usage: &crate::metering::Call) -> String {
    let total = u64::from(usage.tokens_in) + u64::from(usage.tokens_out);
    format!(
        r#"{head}"choices":[],"usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{total},"completion_tokens_details":{{"reasoning_tokens":{}}}}}}}"#,
        usage.tokens_in, usage.tokens_out, usage.tokens_reasoning
    )
}

/// `"name":"text"`.
pub(super) fn field(name: &str, text: &str) -> String {
    format!(r#""{name}":{}"#, serde_json::Value::from(text))
}
