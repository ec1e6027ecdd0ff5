//! Any private OpenAI-compatible endpoint: vLLM, SGLang, MindIE, llama-server. Streams, keeps reasoning apart,
//! bounds every wait, tries again before the first token only.

mod wire;

use std::time::Duration;

use async_trait::async_trait;
use egress::{Egress, Purpose, header};
use guard::{Draft, Usage};
use kernel::{Clock, Timestamp};
use serde_json::json;
use url::Url;

use crate::backend::{Backend, Health, Progress};
use crate::reasoning::ReasoningSplitter;
use crate::sse::EventReader;
use crate::{DraftRequest, Error, ModelRecord, answer, prompt};

/// The most bytes of answer and reasoning together; a stream without end is cut here.
const MAX_TEXT_BYTES: usize = 512 << 10;
/// The most bytes on the wire: an event has much more frame than text.
const MAX_WIRE_BYTES: u64 = 32 << 20;
/// The first pause before another try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// One model at an endpoint.
pub struct OpenAi {
    model: ModelRecord,
    chat: Url,
    list: Url,
    key: Option<String>,
    egress: Egress,
    clock: Clock,
}

impl OpenAi {
    /// The backend of a registered model.
    pub fn new(model: &ModelRecord, key: Option<String>, egress: Egress, clock: Clock) -> Result<Self, Error> {
        let address = model.url.clone().unwrap_or_default();
        let bad = |problem: String| Error::BadRegistry { file: "policies/models.toml".to_owned(), problem };
        let place = |path: &str| {
            Url::parse(&format!("{}/{path}", address.trim_end_matches('/')))
                .map_err(|error| bad(format!("model `{}`: url `{address}`: {error}", model.id)))
        };
        Ok(Self { chat: place("chat/completions")?, list: place("models")?, model: model.clone(), key, egress, clock })
    }

    /// The request with its key and its bounds.
    fn bounded(&self, mut request: egress::Request, timeouts: egress::Timeouts) -> egress::Request {
        let json = header::HeaderValue::from_static("application/json");
        request.headers.insert(header::CONTENT_TYPE, json);
        if let Some(key) = &self.key
            && let Ok(mut value) = header::HeaderValue::from_str(&format!("Bearer {key}"))
        {
            value.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, value);
        }
        request.timeouts = timeouts;
        request.max_answer_bytes = MAX_WIRE_BYTES;
        request
    }

    fn body(&self, request: &DraftRequest<'_>) -> Result<Vec<u8>, Error> {
        let messages = prompt::render(request)?;
        let body = json!({
            "model": self.model.model,
            "messages": [
                { "role": "system", "content": messages.system },
                { "role": "user", "content": messages.user },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            "temperature": 0,
            "max_tokens": self.model.max_tokens,
        });
        Ok(body.to_string().into_bytes())
    }

    /// Opens the stream, trying again while nothing has come yet.
    async fn open(&self, request: &DraftRequest<'_>) -> Result<egress::Streaming, Error> {
        let body = self.body(request)?;
        let mut pause = FIRST_PAUSE;
        let mut left = self.model.retries;
        loop {
            match self.call(&body, request).await {
                Ok(stream) => return Ok(stream),
                Err(error) if left > 0 && is_worth_another_try(&error) => {
                    left -= 1;
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn call(&self, body: &[u8], request: &DraftRequest<'_>) -> Result<egress::Streaming, Error> {
        let allowed = self
            .egress
            .allow(&self.chat, Purpose::Model, request.level)
            .await
            .map_err(|refused| Error::NotAllowed { model: self.model.id.clone(), source: Box::new(refused) })?;
        let timeouts = egress::Timeouts {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(self.model.first_token_secs),
            between: Duration::from_secs(self.model.idle_secs),
            total: Duration::from_secs(self.model.total_secs),
        };
        let call = self.bounded(egress::Request::post(body.to_vec()), timeouts);
        let stream = self.egress.send_streaming(&allowed, call).await.map_err(|error| self.failed(&error))?;
        if stream.status != 200 {
            return Err(Error::Refused { model: self.model.id.clone(), status: stream.status });
        }
        if stream.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html")) {
            return Err(self.garbage("an HTML page"));
        }
        Ok(stream)
    }

    /// Reads the stream to its end.
    async fn read(
        &self,
        mut stream: egress::Streaming,
        begun: Timestamp,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error> {
        let mut events = EventReader::new();
        let mut splitter = ReasoningSplitter::new();
        let mut usage = Usage::default();
        let mut finished = false;
        let mut statements = answer::Statements::default();
        'stream: while let Some(chunk) = stream.next().await.map_err(|error| self.failed(&error))? {
            let payloads = events.push(&chunk).map_err(|_| self.garbage("an event without end"))?;
            for payload in payloads {
                if payload == "[DONE]" {
                    finished = true;
                    break 'stream;
                }
                let piece = wire::parse(&payload).map_err(|problem| self.garbage(problem))?;
                if usage.first_token_ms == 0 && piece.has_text() {
                    usage.first_token_ms = self.since(begun).max(1);
                }
                finished |= piece.finished;
                piece.count(&mut usage);
                splitter.push_reasoning(&piece.reasoning);
                splitter.push(&piece.content);
                let (reasoning, written) = splitter.lengths();
                if reasoning + written > MAX_TEXT_BYTES {
                    return Err(self.garbage("an answer without end"));
                }
                if !piece.content.is_empty() && (!self.model.reasons || splitter.is_past_reasoning()) {
                    let finished = statements.finished(splitter.answer().trim_start());
                    finished.into_iter().for_each(|statement| progress(Progress::Statement(statement)));
                }
                progress(if written == 0 { Progress::Reasoning(reasoning) } else { Progress::Writing(written) });
            }
        }
        if !finished {
            // Half an answer may say the opposite of the whole one: it is not used.
            return Err(Error::Broken { model: self.model.id.clone(), problem: "the stream ended early".to_owned() });
        }
        usage.total_ms = self.since(begun);
        let (text, reasoning) = splitter.finish();
        if text.is_empty() && reasoning.is_none() {
            return Err(self.garbage("an empty answer"));
        }
        Ok(Draft { model: self.model.id.clone(), segments: answer::segments(&text), reasoning, usage })
    }

    fn since(&self, begun: Timestamp) -> u32 {
        u32::try_from(self.clock.now().millis_since(begun)).unwrap_or(0)
    }

    fn garbage(&self, problem: &str) -> Error {
        Error::Garbage { model: self.model.id.clone(), problem: problem.to_owned() }
    }

    fn failed(&self, error: &egress::Error) -> Error {
        let model = self.model.id.clone();
        match error {
            egress::Error::Silent { secs, .. } => Error::Timeout { model, secs: *secs },
            egress::Error::Stalled { .. } => Error::Timeout { model, secs: self.model.idle_secs },
            other => Error::Broken { model, problem: kernel::Fault::code(other).to_owned() },
        }
    }
}

fn is_worth_another_try(error: &Error) -> bool {
    match error {
        Error::Broken { .. } => true,
        Error::Refused { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
        _ => false,
    }
}

#[async_trait]
impl Backend for OpenAi {
    async fn draft(
        &self,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error> {
        let begun = self.clock.now();
        let limit = Duration::from_secs(self.model.total_secs);
        let work = async { self.read(self.open(request).await?, begun, progress).await };
        match tokio::time::timeout(limit, work).await {
            Ok(draft) => draft,
            Err(_) => Err(Error::Timeout { model: self.model.id.clone(), secs: self.model.total_secs }),
        }
    }

    async fn health(&self) -> Health {
        let probe = async {
            let allowed = self.egress.allow(&self.list, Purpose::Model, kernel::DataLevel::Public).await.ok()?;
            let second = Duration::from_secs(2);
            let timeouts = egress::Timeouts { connect: second, first_byte: second, between: second, total: second };
            let call = self.bounded(egress::Request::get(), timeouts);
            let answer = self.egress.send(&allowed, call).await.ok()?;
            (answer.status == 200).then_some(())
        };
        match tokio::time::timeout(Duration::from_secs(3), probe).await {
            Ok(Some(())) => Health::Up,
            _ => Health::Down,
        }
    }
}
