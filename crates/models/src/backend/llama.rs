//! A model in this process through llama.cpp: a GGUF file, its adapters, no endpoint and no network.
//!
//! One thread owns a base with its context ([`worker`]); requests join it between two steps, one conversation a slot
//! ([`session`], [`slot`]). Everything that can be checked is checked before llama.cpp sees it: the file's head
//! ([`crate::gguf`]), the chat template ([`template`]), the request ([`ask`]).

mod ask;
mod engine;
mod session;
mod slot;
mod template;
mod text;
mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use guard::{Draft, Usage};
use kernel::{Clock, DataLevel};
use serde::Serialize;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::backend::{Backend, ChatCall, Health, Pieces, Probed, Progress, Reply, Vectors};
use crate::files::vouch;
use crate::reasoning::ReasoningSplitter;
use crate::{DraftRequest, Error, ModelRecord, answer, prompt};
use ask::{Ask, Sampling};
use engine::{Engine, Job, Options, PIECES, Problem, Prompt, Said};
use template::Message;

/// Answers at once where a record says nothing.
const PARALLEL: u32 = 8;
/// The most answers at once.
const MAX_PARALLEL: u32 = 64;

/// A base in this process, or an adapter over one.
pub struct Llama {
    model: ModelRecord,
    /// Its base, when it is an adapter.
    base: Option<ModelRecord>,
    options: Options,
    adapter: Option<PathBuf>,
    engine: RwLock<Option<Arc<Engine>>>,
    clock: Clock,
    calls: AtomicU64,
}

/// What a model in this process has done since it was opened: all its adapters together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Tokens that were read.
    pub evaluated: u64,
    /// Tokens of prompts that were known from an earlier one.
    pub known: u64,
    /// Tokens that were written.
    pub written: u64,
    /// Steps in which answers were written.
    pub steps: u64,
    /// Changes of the adapter.
    pub switches: u64,
    /// How often the base was loaded.
    pub loads: u64,
}

impl Llama {
    /// The backend of a registered model. `base` is the record of the base when `model` is an adapter.
    #[must_use]
    pub fn new(model: &ModelRecord, base: Option<&ModelRecord>, clock: Clock) -> Self {
        let under = base.unwrap_or(model);
        let options = Options {
            file: under.file.clone().unwrap_or_default().into(),
            context: under.context_tokens,
            parallel: under.concurrency.unwrap_or(PARALLEL).clamp(1, MAX_PARALLEL),
            threads: under.threads,
        };
        let adapter = base.and(model.file.as_ref()).map(PathBuf::from);
        let (engine, calls) = (RwLock::default(), AtomicU64::new(0));
        Self { model: model.clone(), base: base.cloned(), options, adapter, engine, clock, calls }
    }

    /// What it has done.
    #[must_use]
    pub fn work(&self) -> Work {
        let Ok(engine) = self.engine() else { return Work::default() };
        let counts = &engine.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Work {
            evaluated: read(&counts.evaluated),
            known: read(&counts.known),
            written: read(&counts.written),
            steps: read(&counts.steps),
            switches: read(&counts.switches),
            loads: read(&counts.loads),
        }
    }

    /// The engine of its file. A file that is brought later is found then.
    fn engine(&self) -> Result<Arc<Engine>, Error> {
        if let Some(engine) = self.engine.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            return Ok(Arc::clone(engine));
        }
        // Once, before anything is loaded: what has not the signature that its record demands is not served.
        vouch(self.base.as_ref().unwrap_or(&self.model), &self.options.file)?;
        if let Some(adapter) = &self.adapter {
            vouch(&self.model, adapter)?;
        }
        let engine = Engine::shared(&self.options).map_err(|problem| self.broken(problem))?;
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&engine));
        Ok(engine)
    }

    fn broken(&self, problem: String) -> Error {
        Error::Broken { model: self.model.id.clone(), problem }
    }

    fn failed(&self, problem: Problem) -> Error {
        match problem {
            Problem::Rejected(problem) => Error::Rejected { model: self.model.id.clone(), status: 400, problem },
            Problem::Broken(problem) => self.broken(problem),
            Problem::Late => self.late(),
        }
    }

    fn late(&self) -> Error {
        Error::Timeout { model: self.model.id.clone(), secs: self.model.total_secs }
    }

    /// Begins an answer.
    async fn begin(&self, ask: Ask) -> Result<Answer, Error> {
        let engine = self.engine()?;
        let prompt = engine.template.render(&ask.messages, &ask.switches).map_err(|problem| self.broken(problem))?;
        let jobs = engine.jobs().map_err(|problem| self.broken(problem))?;
        let until = Instant::now() + Duration::from_secs(self.model.total_secs);
        let (out, said) = mpsc::channel(PIECES);
        let bos = engine.template.bos();
        let prompt = Prompt {
            opens: bos.is_empty() || !prompt.starts_with(bos),
            text: prompt,
            adapter: self.adapter.clone(),
            sampling: ask.sampling,
            grammar: ask.grammar,
            stops: ask.stops,
            max_tokens: ask.max_tokens,
            until,
            out,
        };
        let sent = tokio::time::timeout_at(until.into(), jobs.send(Job::Write(Box::new(prompt)))).await;
        match sent {
            Ok(Ok(())) => Ok(Answer { said, until, model: self.model.clone(), engine }),
            Ok(Err(_)) => Err(self.broken(engine.why())),
            Err(_) => Err(self.late()),
        }
    }

    fn writer(&self) -> Chunks {
        let created = self.clock.now().as_millis() / 1000;
        let id = format!("chatcmpl-{created}-{}", self.calls.fetch_add(1, Ordering::Relaxed));
        Chunks { id, created, model: self.model.id.clone() }
    }
}

/// An answer on its way. Dropping it stops the model before its next token.
struct Answer {
    said: mpsc::Receiver<Result<Said, Problem>>,
    until: Instant,
    model: ModelRecord,
    /// The model stays while somebody waits for it.
    engine: Arc<Engine>,
}

impl Answer {
    async fn next(&mut self) -> Result<Said, Error> {
        let model = || self.model.id.clone();
        match tokio::time::timeout_at(self.until.into(), self.said.recv()).await {
            Ok(Some(Ok(said))) => Ok(said),
            Ok(Some(Err(Problem::Rejected(problem)))) => Err(Error::Rejected { model: model(), status: 400, problem }),
            Ok(Some(Err(Problem::Broken(problem)))) => Err(Error::Broken { model: model(), problem }),
            Ok(Some(Err(Problem::Late))) | Err(_) => {
                Err(Error::Timeout { model: model(), secs: self.model.total_secs })
            }
            Ok(None) => Err(Error::Broken { model: model(), problem: self.engine.why() }),
        }
    }
}

/// Writes what is said as chat completions.
struct Chunks {
    id: String,
    created: i64,
    model: String,
}

fn usage(read: u32, written: u32, known: u32) -> serde_json::Value {
    json!({ "prompt_tokens": read, "completion_tokens": written, "total_tokens": read.saturating_add(written),
        "prompt_tokens_details": { "cached_tokens": known } })
}

impl Chunks {
    fn chunk(&self, said: &Said) -> String {
        let (delta, finish, used) = match said {
            Said::Text(text) => (json!({ "content": text }), None, None),
            Said::End { finish, read, written, known } => {
                (json!({}), Some(finish), Some(usage(*read, *written, *known)))
            }
        };
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let chunk = json!({ "id": self.id, "object": "chat.completion.chunk", "created": self.created,
            "model": self.model, "choices": [choice], "usage": used });
        chunk.to_string()
    }

    async fn whole(&self, mut answer: Answer) -> Result<Vec<u8>, Error> {
        let mut text = String::new();
        loop {
            match answer.next().await? {
                Said::Text(more) => text.push_str(&more),
                Said::End { finish, read, written, known } => {
                    let message = json!({ "role": "assistant", "content": text });
                    let choice = json!({ "index": 0, "message": message, "finish_reason": finish });
                    let body = json!({ "id": self.id, "object": "chat.completion", "created": self.created,
                        "model": self.model, "choices": [choice], "usage": usage(read, written, known) });
                    return Ok(body.to_string().into_bytes());
                }
            }
        }
    }
}

struct Stream {
    answer: Answer,
    chunks: Chunks,
    over: bool,
}

#[async_trait]
impl Pieces for Stream {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        if self.over {
            return Ok(None);
        }
        let said = self.answer.next().await?;
        self.over = matches!(said, Said::End { .. });
        Ok(Some(self.chunks.chunk(&said)))
    }
}

#[async_trait]
impl Backend for Llama {
    async fn draft(
        &self,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error> {
        let messages = prompt::render(request)?;
        let said = |role: &str, content: String| Message { role: role.to_owned(), content };
        let ask = Ask {
            messages: vec![said("system", messages.system), said("user", messages.user)],
            switches: BTreeMap::new(),
            sampling: Sampling::greedy(),
            grammar: None,
            stops: Vec::new(),
            max_tokens: self.model.max_tokens,
        };
        let begun = self.clock.now();
        let since = || u32::try_from(self.clock.now().millis_since(begun)).unwrap_or(0);
        let mut answer = self.begin(ask).await?;
        let mut splitter = match self.model.thinking {
            crate::registry::Thinking::Marked => ReasoningSplitter::new(),
            crate::registry::Thinking::Opened => ReasoningSplitter::opened(),
        };
        let mut usage = Usage::default();
        let mut statements = answer::Statements::default();
        loop {
            match answer.next().await? {
                Said::Text(text) => {
                    if usage.first_token_ms == 0 {
                        usage.first_token_ms = since().max(1);
                    }
                    splitter.push(&text);
                    if !self.model.reasons || splitter.is_past_reasoning() {
                        let finished = statements.finished(splitter.answer().trim_start());
                        finished.into_iter().for_each(|statement| progress(Progress::Statement(statement)));
                    }
                    let (reasoning, written) = splitter.lengths();
                    progress(if written == 0 { Progress::Reasoning(reasoning) } else { Progress::Writing(written) });
                }
                Said::End { read, written, .. } => {
                    (usage.tokens_in, usage.tokens_out) = (read, written);
                    break;
                }
            }
        }
        usage.total_ms = since();
        let (text, reasoning) = splitter.finish();
        if text.is_empty() && reasoning.is_none() {
            return Err(Error::Garbage { model: self.model.id.clone(), problem: "an empty answer".to_owned() });
        }
        Ok(Draft { model: self.model.id.clone(), segments: answer::segments(&text), reasoning, usage })
    }

    async fn chat(&self, call: &ChatCall) -> Result<Reply, Error> {
        let ask = Ask::parse(&call.body, self.model.max_tokens);
        let ask = ask.map_err(|problem| self.failed(Problem::Rejected(problem)))?;
        let answer = self.begin(ask).await?;
        let chunks = self.writer();
        if call.stream {
            return Ok(Reply::Pieces(Box::new(Stream { answer, chunks, over: false })));
        }
        chunks.whole(answer).await.map(Reply::Whole)
    }

    async fn embed(&self, texts: &[String], _level: DataLevel) -> Result<Vectors, Error> {
        if self.adapter.is_some() {
            return Err(Error::Unsupported { what: "embeddings by an adapter: ask its base" });
        }
        let engine = self.engine()?;
        let jobs = engine.jobs().map_err(|problem| self.broken(problem))?;
        let (out, made) = oneshot::channel();
        let job = Job::Embed { texts: texts.to_vec(), out };
        let work = async {
            jobs.send(job).await.map_err(|_| self.broken(engine.why()))?;
            made.await.map_err(|_| self.broken(engine.why()))?.map_err(|problem| self.failed(problem))
        };
        let limit = Duration::from_secs(self.model.total_secs);
        tokio::time::timeout(limit, work).await.map_err(|_| self.late())?
    }

    async fn probe(&self) -> Result<Probed, Error> {
        let engine = self.engine()?;
        let models = vec![self.model.model.clone().unwrap_or_else(|| self.model.id.clone())];
        Ok(Probed { models, program: "llama.cpp".to_owned(), context_tokens: Some(engine.context.into()) })
    }

    async fn health(&self) -> Health {
        if self.engine().is_ok() { Health::Up } else { Health::Down }
    }
}
