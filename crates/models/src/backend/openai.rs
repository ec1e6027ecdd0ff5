//! Any private OpenAI-compatible endpoint: vLLM, SGLang, MindIE, llama-server. Streams, keeps reasoning apart,
//! bounds every wait, tries again before the first token only.

mod wire;

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use egress::{Egress, Purpose, header};
use guard::{Draft, Usage};
use kernel::{Clock, DataLevel, Timestamp};
use serde_json::json;
use url::Url;

use crate::backend::{Backend, ChatCall, Health, Pieces, Probed, Progress, Reply, Vectors};
use crate::reasoning::ReasoningSplitter;
use crate::sse::EventReader;
use crate::{DraftRequest, Error, ModelRecord, answer, prompt};

/// The most bytes of answer and reasoning together; a stream without end is cut here.
const MAX_TEXT_BYTES: usize = 512 << 10;
/// The most bytes on the wire: an event has much more frame than text.
const MAX_WIRE_BYTES: u64 = 32 << 20;
/// The most bytes of what an endpoint says when it refuses.
const MAX_PROBLEM_BYTES: usize = 64 << 10;
/// The most bytes of an answer that comes as one.
const MAX_WHOLE_BYTES: usize = 8 << 20;
/// The first pause before another try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// One model at an endpoint.
pub struct OpenAi {
    model: ModelRecord,
    chat: Url,
    embeddings: Url,
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
        let (chat, embeddings, list) = (place("chat/completions")?, place("embeddings")?, place("models")?);
        Ok(Self { chat, embeddings, list, model: model.clone(), key, egress, clock })
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
            match self.call(&self.chat, &body, request.level).await {
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

    /// Sends a body and takes the head of the answer, when it is one.
    async fn call(&self, place: &Url, body: &[u8], level: DataLevel) -> Result<egress::Streaming, Error> {
        let allowed = self
            .egress
            .allow(place, Purpose::Model, level)
            .await
            .map_err(|refused| Error::NotAllowed { model: self.model.id.clone(), source: Box::new(refused) })?;
        let timeouts = egress::Timeouts {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(self.model.first_token_secs),
            between: Duration::from_secs(self.model.idle_secs),
            total: Duration::from_secs(self.model.total_secs),
        };
        let call = self.bounded(egress::Request::post(body.to_vec()), timeouts);
        let mut stream = self.egress.send_streaming(&allowed, call).await.map_err(|error| self.failed(&error))?;
        let model = || self.model.id.clone();
        match stream.status {
            200 => {}
            status @ (400 | 404 | 413 | 422) => {
                let said = self.whole(&mut stream, MAX_PROBLEM_BYTES).await.unwrap_or_default();
                return Err(Error::Rejected { model: model(), status, problem: wire::problem(&said) });
            }
            status => return Err(Error::Refused { model: model(), status }),
        }
        if stream.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html")) {
            return Err(self.garbage("an HTML page"));
        }
        Ok(stream)
    }

    /// The rest of an answer, as one.
    async fn whole(&self, stream: &mut egress::Streaming, most: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await.map_err(|error| self.failed(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > most {
                return Err(self.garbage("an answer without end"));
            }
        }
        Ok(body)
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

    /// The endpoint's list of models.
    async fn listed(&self) -> Result<egress::Answer, Error> {
        let allowed = self
            .egress
            .allow(&self.list, Purpose::Model, DataLevel::Public)
            .await
            .map_err(|refused| Error::NotAllowed { model: self.model.id.clone(), source: Box::new(refused) })?;
        let second = Duration::from_secs(2);
        let timeouts = egress::Timeouts { connect: second, first_byte: second, between: second, total: second };
        let call = self.bounded(egress::Request::get(), timeouts);
        let answer = self.egress.send(&allowed, call).await.map_err(|error| self.failed(&error))?;
        if answer.status == 200 {
            return Ok(answer);
        }
        Err(Error::Refused { model: self.model.id.clone(), status: answer.status })
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
            // The door stopped the body: that says nothing of the model, and another try would say the same.
            egress::Error::PersonalData { .. } => {
                Error::NotAllowed { model, source: kernel::Fault::code(error).into() }
            }
            other => Error::Broken { model, problem: kernel::Fault::code(other).to_owned() },
        }
    }
}

/// The events of one answer.
struct Events {
    stream: egress::Streaming,
    reader: EventReader,
    ready: VecDeque<String>,
    ended: bool,
    model: String,
    idle_secs: u64,
}

#[async_trait]
impl Pieces for Events {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(payload) = self.ready.pop_front() {
                if payload == "[DONE]" {
                    self.ended = true;
                    self.ready.clear();
                    return Ok(None);
                }
                return Ok(Some(payload));
            }
            if self.ended {
                return Ok(None);
            }
            let model = || self.model.clone();
            let chunk = self.stream.next().await.map_err(|error| match error {
                egress::Error::Silent { secs, .. } => Error::Timeout { model: model(), secs },
                egress::Error::Stalled { .. } => Error::Timeout { model: model(), secs: self.idle_secs },
                other => Error::Broken { model: model(), problem: kernel::Fault::code(&other).to_owned() },
            })?;
            let Some(chunk) = chunk else {
                // MindIE and some proxies end without `[DONE]`; whoever reads looks for a finish reason.
                self.ended = true;
                continue;
            };
            let problem = || Error::Garbage { model: self.model.clone(), problem: "an event without end".to_owned() };
            self.ready.extend(self.reader.push(&chunk).map_err(|_| problem())?);
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

    async fn chat(&self, call: &ChatCall) -> Result<Reply, Error> {
        let mut stream = self.call(&self.chat, &call.body, call.level).await?;
        let events =
            stream.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/event-stream"));
        if call.stream && events {
            let pieces = Events {
                stream,
                reader: EventReader::new(),
                ready: VecDeque::new(),
                ended: false,
                model: self.model.id.clone(),
                idle_secs: self.model.idle_secs,
            };
            return Ok(Reply::Pieces(Box::new(pieces)));
        }
        // Some servers do not stream although they are asked to: MindIE with some models, proxies in between.
        let body = self.whole(&mut stream, MAX_WHOLE_BYTES).await?;
        match body.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'{') => Ok(Reply::Whole(body)),
            _ => Err(self.garbage("something that is not JSON")),
        }
    }

    async fn embed(&self, texts: &[String], level: DataLevel) -> Result<Vectors, Error> {
        let body = json!({ "model": self.model.model, "input": texts, "encoding_format": "float" }).to_string();
        let mut stream = self.call(&self.embeddings, body.as_bytes(), level).await?;
        let body = self.whole(&mut stream, usize::try_from(MAX_WIRE_BYTES).unwrap_or(usize::MAX)).await?;
        let (vectors, tokens) = wire::vectors(&body).map_err(|problem| self.garbage(problem))?;
        if vectors.len() != texts.len() {
            return Err(self.garbage("another number of vectors than of texts"));
        }
        Ok(Vectors { vectors, tokens })
    }

    async fn probe(&self) -> Result<Probed, Error> {
        let answer = self.listed().await?;
        wire::probed(&answer.body).map_err(|problem| self.garbage(problem))
    }

    async fn health(&self) -> Health {
        match tokio::time::timeout(Duration::from_secs(3), self.listed()).await {
            Ok(Ok(_)) => Health::Up,
            _ => Health::Down,
        }
    }
}
