//! Embeddings: vectors of texts, by the model that ships or by one at an endpoint.

use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Program, problem};
use crate::http::App;
use crate::http::body::Json;
use crate::http::problem::{Problem, ProblemView};

/// The most texts in one request, and the most characters in all of them.
const MAX_TEXTS: usize = 2_048;
const MAX_CHARS: usize = 1_000_000;

/// One text or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Input {
    /// One text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// As numbers.
    #[default]
    Float,
    /// As the bytes of 32-bit numbers, in base64.
    Base64,
}

/// A request for vectors.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingsBody {
    /// A route or a model.
    model: String,
    input: Input,
    #[serde(default)]
    encoding_format: Encoding,
    /// Taken and not used: who asks stays here.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the interface of OpenAI")]
    user: Option<String>,
}

/// A vector.
#[derive(Debug, Serialize, ToSchema)]
pub struct VectorView {
    object: &'static str,
    index: usize,
    /// Numbers, or base64.
    #[schema(value_type = Vec<f32>)]
    embedding: serde_json::Value,
}

/// Tokens that were read.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingUsageView {
    prompt_tokens: u32,
    total_tokens: u32,
}

/// Vectors in the order of their texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingsView {
    object: &'static str,
    data: Vec<VectorView>,
    model: String,
    usage: EmbeddingUsageView,
}

/// OpenAI-compatible embeddings.
#[utoipa::path(post, path = "/v1/embeddings", tag = "gateway", request_body = EmbeddingsBody,
    responses((status = 200, body = EmbeddingsView), (status = "4XX", body = ProblemView), (status = "5XX", body = ProblemView)))]
pub async fn embeddings(
    State(app): State<App>,
    program: Program,
    headers: HeaderMap,
    Json(body): Json<EmbeddingsBody>,
) -> Result<axum::Json<EmbeddingsView>, Problem> {
    program.opens("embeddings")?;
    let texts = match body.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    if texts.is_empty() || texts.len() > MAX_TEXTS {
        return Err(Problem::invalid(format!("`input`: 1 to {MAX_TEXTS} texts")));
    }
    if texts.iter().map(|text| text.chars().count()).sum::<usize>() > MAX_CHARS {
        return Err(Problem::invalid(format!("`input`: at most {MAX_CHARS} characters together")));
    }
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Problem::invalid("`input`: a text is empty"));
    }
    let call = Box::pin(program.call(&app, &body.model, 0, &headers)).await?;
    let models = app.platform.assistant.models();
    let texts = match models::gateway::screen_texts(&texts, &models.tuning()) {
        Ok(texts) => texts,
        Err(error) => {
            if let models::Error::Stopped(refusal) = &error {
                app.abuse.sent(&program.asker, Some(refusal), &body.model).await;
            }
            return Err(problem(error));
        }
    };
    let (model, vectors) = Box::pin(models.embed(&call, &body.model, texts)).await.map_err(problem)?;
    let data = vectors
        .vectors
        .into_iter()
        .enumerate()
        .map(|(index, vector)| VectorView {
            object: "embedding",
            index,
            embedding: match body.encoding_format {
                Encoding::Float => serde_json::json!(vector),
                Encoding::Base64 => base64(&vector).into(),
            },
        })
        .collect();
    let usage = EmbeddingUsageView { prompt_tokens: vectors.tokens, total_tokens: vectors.tokens };
    Ok(axum::Json(EmbeddingsView { object: "list", data, model: model.id, usage }))
}

/// The little-endian bytes of the numbers in base64 (RFC 4648 §4): what OpenAI's Python client asks for by itself.
fn base64(vector: &[f32]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            text.push(if place <= three.len() { LETTERS.get(letter).map_or('=', |b| char::from(*b)) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn vectors_in_base64_are_those_of_rfc_4648() {
        assert_eq!(base64(&[1.0]), "AACAPw==");
        assert_eq!(base64(&[1.0, -2.5]), "AACAPwAAIMA=");
        assert_eq!(base64(&[]), "");
    }
}
