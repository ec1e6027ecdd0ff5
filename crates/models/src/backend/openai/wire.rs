//! The wire format of streamed chat completions, with the deviations that real servers have.

use guard::Usage;
use serde::Deserialize;

use crate::backend::Probed;

/// What one event says.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) content: String,
    pub(super) reasoning: String,
    pub(super) finished: bool,
    tokens: Option<Tokens>,
}

impl Piece {
    pub(super) fn has_text(&self) -> bool {
        !self.content.is_empty() || !self.reasoning.is_empty()
    }

    pub(super) fn count(&self, usage: &mut Usage) {
        if let Some(tokens) = &self.tokens {
            usage.tokens_in = tokens.prompt_tokens;
            usage.tokens_out = tokens.completion_tokens;
            usage.tokens_reasoning =
                tokens.completion_tokens_details.as_ref().map_or(0, |details| details.reasoning_tokens);
        }
    }
}

/// What a server says when it refuses, cut to a line: OpenAI's shape, that of vLLM before 0.10 and of SGLang, or FastAPI's.
pub(super) fn problem(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        error: Option<Inner>,
        #[serde(default)]
        message: Option<String>,
        #[serde(default)]
        detail: Option<serde_json::Value>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Inner {
        Object {
            #[serde(default)]
            message: String,
        },
        Text(String),
    }
    let said = serde_json::from_slice::<Said>(body).ok().and_then(|said| match said.error {
        Some(Inner::Object { message } | Inner::Text(message)) => Some(message),
        None => said.message.or_else(|| said.detail.map(|detail| detail.to_string())),
    });
    let said = said.unwrap_or_else(|| "no reason given".to_owned());
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// The vectors of an embeddings answer, in the order of their index, and the tokens read.
pub(super) fn vectors(body: &[u8]) -> Result<(Vec<Vec<f32>>, u32), &'static str> {
    #[derive(Deserialize)]
    struct Answer {
        data: Vec<Row>,
        #[serde(default)]
        usage: Option<Tokens>,
    }
    #[derive(Deserialize)]
    struct Row {
        #[serde(default)]
        index: usize,
        embedding: Vec<f32>,
    }
    let mut answer: Answer = serde_json::from_slice(body).map_err(|_| "an answer that holds no vectors")?;
    answer.data.sort_by_key(|row| row.index);
    if answer.data.iter().any(|row| row.embedding.is_empty() || row.embedding.iter().any(|x| !x.is_finite())) {
        return Err("a vector that is empty or not finite");
    }
    let tokens = answer.usage.map_or(0, |usage| usage.prompt_tokens);
    Ok((answer.data.into_iter().map(|row| row.embedding).collect(), tokens))
}

/// What a list of models says of the server.
pub(super) fn probed(body: &[u8]) -> Result<Probed, &'static str> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        id: String,
        #[serde(default)]
        owned_by: Option<String>,
        #[serde(default)]
        max_model_len: Option<u64>,
        #[serde(default)]
        meta: Option<Meta>,
    }
    #[derive(Deserialize)]
    struct Meta {
        #[serde(default)]
        n_ctx_train: Option<u64>,
    }
    let list: List = serde_json::from_slice(body).map_err(|_| "something that is not a list of models")?;
    let first = list.data.first();
    let owner = first.and_then(|row| row.owned_by.as_deref()).unwrap_or_default();
    let program = match owner {
        "vllm" => "vllm",
        "sglang" => "sglang",
        "llamacpp" => "llama.cpp",
        owner if owner.to_ascii_lowercase().contains("mindie") => "mindie",
        _ => "",
    };
    let context = first.and_then(|row| row.max_model_len.or_else(|| row.meta.as_ref()?.n_ctx_train));
    Ok(Probed {
        program: program.to_owned(),
        context_tokens: context,
        models: list.data.into_iter().map(|row| row.id).collect(),
    })
}

#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
    /// SGLang and older vLLM send `{"object":"error",…}` in the middle of a stream.
    #[serde(default)]
    object: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
    /// DeepSeek, vLLM and SGLang.
    #[serde(default)]
    reasoning_content: Option<String>,
    /// Newer vLLM.
    #[serde(default)]
    reasoning: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
    #[serde(default)]
    completion_tokens_details: Option<TokenDetails>,
}

#[derive(Debug, Deserialize)]
struct TokenDetails {
    #[serde(default)]
    reasoning_tokens: u32,
}

/// Reads the payload of one event.
pub(super) fn parse(payload: &str) -> Result<Piece, &'static str> {
    let chunk: Chunk = serde_json::from_str(payload).map_err(|_| "an event that is not a completion chunk")?;
    if chunk.error.is_some() || chunk.object.as_deref() == Some("error") {
        return Err("an error event");
    }
    let mut piece = Piece { tokens: chunk.usage, ..Piece::default() };
    for choice in chunk.choices {
        piece.finished |= choice.finish_reason.is_some();
        let delta = choice.delta.unwrap_or_default();
        piece.content.push_str(&delta.content.unwrap_or_default());
        piece.reasoning.push_str(&delta.reasoning_content.or(delta.reasoning).unwrap_or_default());
    }
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn chunks_of_several_servers_are_read() {
        let piece =
            parse(r#"{"choices":[{"delta":{"role":"assistant","content":null,"reasoning_content":"想"}}]}"#).unwrap();
        assert_eq!((piece.content.as_str(), piece.reasoning.as_str(), piece.finished), ("", "想", false));
        let piece = parse(r#"{"choices":[{"delta":{"content":"答"},"finish_reason":"stop"}],"usage":null}"#).unwrap();
        assert_eq!((piece.content.as_str(), piece.finished), ("答", true));
        let piece = parse(r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}"#).unwrap();
        assert!(piece.tokens.is_some() && !piece.has_text());
        assert!(parse("<html>").is_err());
        assert!(parse(r#"{"error":{"message":"no"}}"#).is_err());
    }

    #[test]
    fn what_servers_say_of_themselves_and_of_errors_is_read() {
        let vllm = br#"{"object":"list","data":[{"id":"deepseek-r1","object":"model","created":1,"owned_by":"vllm","root":"/m","parent":null,"max_model_len":32768,"permission":[]},{"id":"hotline","object":"model","owned_by":"vllm","parent":"deepseek-r1"}]}"#;
        let found = super::probed(vllm).unwrap();
        assert_eq!((found.program.as_str(), found.context_tokens), ("vllm", Some(32_768)));
        assert_eq!(found.models, ["deepseek-r1", "hotline"]);
        let llama = br#"{"models":[{"name":"m"}],"object":"list","data":[{"id":"m.gguf","object":"model","created":1,"owned_by":"llamacpp","meta":{"vocab_type":1,"n_ctx_train":4096}}]}"#;
        assert_eq!(super::probed(llama).unwrap().program, "llama.cpp");
        assert!(super::probed(b"<html>").is_err());
        for (body, said) in [
            (
                r#"{"error":{"message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}}"#,
                "This model's maximum context length is 4096 tokens.",
            ),
            (r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#, "too long"),
            (r#"{"error":"Input validation error","error_type":"validation"}"#, "Input validation error"),
            (r#"{"detail":"Not Found"}"#, "\"Not Found\""),
            ("<html>", "no reason given"),
        ] {
            assert_eq!(super::problem(body.as_bytes()), said);
        }
        assert!(parse(r#"{"object":"error","message":"aborted","code":500}"#).is_err());
        let vectors = br#"{"object":"list","data":[{"object":"embedding","index":1,"embedding":[0.5]},{"index":0,"embedding":[1.0]}],"usage":{"prompt_tokens":4,"total_tokens":4}}"#;
        assert_eq!(super::vectors(vectors).unwrap(), (vec![vec![1.0], vec![0.5]], 4));
        assert!(super::vectors(br#"{"data":[{"embedding":[]}]}"#).is_err());
    }
}
