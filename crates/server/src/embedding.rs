//! Embedding endpoints: any OpenAI-compatible `/embeddings` that makes a collection's vectors, through the only door out.

use std::sync::Arc;
use std::time::Duration;

use egress::{Egress, Purpose, header};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kernel::{DataLevel, Fault as _};
use knowledge::{EmbedFailed, Embedder, Endpoint};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::{Config, EndpointConfig};

/// The most bytes of an answer: 32 vectors of 4,096 numbers, written out.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// An endpoint.
struct OpenAi {
    place: Url,
    model: String,
    key: Option<String>,
    timeouts: egress::Timeouts,
    egress: Egress,
}

/// The endpoints of the configuration. `key` gives the API key of one by its id.
pub fn endpoints(config: &Config, egress: &Egress) -> Result<Vec<Endpoint>, BadEndpoint> {
    let one = |endpoint: &EndpointConfig| {
        let bad = |problem: String| BadEndpoint { id: endpoint.id.clone(), problem };
        let address = format!("{}/embeddings", endpoint.url.trim_end_matches('/'));
        let place = Url::parse(&address).map_err(|error| bad(format!("url `{}`: {error}", endpoint.url)))?;
        let secs = Duration::from_secs(endpoint.timeout_secs.max(1));
        let timeouts = egress::Timeouts {
            connect: secs.min(Duration::from_secs(5)),
            first_byte: secs,
            between: secs,
            total: secs,
        };
        let embedder = OpenAi {
            place,
            model: endpoint.model.clone(),
            key: Config::model_key(&endpoint.id),
            timeouts,
            egress: egress.clone(),
        };
        Ok(Endpoint {
            id: endpoint.id.clone(),
            name: if endpoint.name.is_empty() { endpoint.id.clone() } else { endpoint.name.clone() },
            model: endpoint.model.clone(),
            embedder: Arc::new(embedder),
        })
    };
    config.knowledge.endpoints.iter().map(one).collect()
}

/// An endpoint of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("knowledge.endpoints `{id}`: {problem}")]
pub struct BadEndpoint {
    /// Which.
    id: String,
    /// What is wrong with it.
    problem: String,
}

#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Answered {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

impl OpenAi {
    async fn ask(&self, texts: &[String], level: DataLevel) -> Result<Vec<Vec<f32>>, EmbedFailed> {
        let failed = |why: &str| EmbedFailed(why.to_owned());
        let allowed = self.egress.allow(&self.place, Purpose::Model, level).await;
        let allowed = allowed.map_err(|refused| failed(refused.code()))?;
        let body = Asked { model: &self.model, input: texts, encoding_format: "float" };
        let mut request = egress::Request::post(serde_json::to_vec(&body).map_err(|_| failed("unwritable"))?);
        request.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        if let Some(key) = &self.key
            && let Ok(mut value) = header::HeaderValue::from_str(&format!("Bearer {key}"))
        {
            value.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, value);
        }
        request.timeouts = self.timeouts;
        request.max_answer_bytes = MAX_ANSWER_BYTES;
        let answer = self.egress.send(&allowed, request).await.map_err(|error| failed(error.code()))?;
        if answer.status != 200 {
            return Err(EmbedFailed(format!("status {}", answer.status)));
        }
        let answered: Answered =
            serde_json::from_slice(&answer.body).map_err(|_| failed("the answer has no list of vectors"))?;
        let mut vectors = vec![Vec::new(); texts.len()];
        for item in answered.data {
            *vectors.get_mut(item.index).ok_or_else(|| failed("a vector for no text"))? = item.embedding;
        }
        Ok(vectors)
    }
}

impl Embedder for OpenAi {
    fn embed<'t>(&'t self, texts: &'t [String], level: DataLevel) -> BoxFuture<'t, Result<Vec<Vec<f32>>, EmbedFailed>> {
        self.ask(texts, level).boxed()
    }
}
