//! The wire format of streamed chat completions, with the deviations that real servers have.

use guard::Usage;
use serde::Deserialize;

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

#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
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
    if chunk.error.is_some() {
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
}
