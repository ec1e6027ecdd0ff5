//! The model gateway (模型网关): a chat request in, an answer out, both through the guard; by route, within budget, in turn.
//!
//! The steps in order: the request is read and screened, the budget is asked, a place is found, a model answers, what
//! it writes is looked at before it is shown, and the call is in the journal before its end is told.

mod fields;
mod outgoing;
mod request;
mod stream;
mod texts;
mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

use guard::CleanDialogue;
use kernel::{DataLevel, Fault as _};
use serde_json::Value;

pub use request::{ChatRequest, CleanChat, screen_texts};
pub use stream::AnswerStream;

use crate::admission::Admitted;
use crate::backend::{Pieces, Reply, Vectors};
use crate::metering::Metered;
use crate::reasoning::ReasoningSplitter;
use crate::registry::{Capability, ModelRecord, Registry, Thinking};
use crate::{Error, Models, OnBehalf, Route};

/// The pause before a model is asked a second time.
const PAUSE: Duration = Duration::from_millis(100);

/// Who calls and with what.
#[derive(Debug, Clone)]
pub struct GatewayCall {
    /// On whose behalf.
    pub on: OnBehalf,
    /// The highest level of the texts in it.
    pub level: DataLevel,
    /// Models that may not be asked for this caller, whatever the route says: switched off, or kept back by the fence.
    pub closed: BTreeSet<String>,
    /// The conversation it belongs to, when the caller names one: it never moves back to a model that failed.
    pub conversation: Option<String>,
}

/// An answer of the gateway.
#[derive(Debug)]
pub enum Answer {
    /// All of it: a chat completion as JSON.
    Whole(Vec<u8>),
    /// Piece by piece.
    Stream(Box<AnswerStream>),
}

/// A model that has begun to answer.
struct Opened {
    reply: Begun,
    model: ModelRecord,
    place: Admitted,
}

enum Begun {
    Whole(Vec<u8>),
    /// The first piece has come.
    Pieces(String, Box<dyn Pieces>),
}

impl Models {
    /// Answers a chat by a route. `position` is told where the request stands while it waits.
    pub async fn chat(
        &self,
        call: &GatewayCall,
        request: ChatRequest,
        position: &(dyn Fn(u32) + Send + Sync),
    ) -> Result<Answer, Error> {
        let registry = self.registry();
        let route = registry.route(&request.model).ok_or_else(|| Error::NoRoute(request.model.clone()))?;
        let (reads, streams, include_usage) = (request.reads(), request.stream, request.include_usage);
        // Whichever model of the route answers: who names no bound may get as much as it writes.
        let most = registry.of_route(route).iter().map(|model| model.max_tokens).max().unwrap_or(0);
        let reserved = reads.saturating_add(request.writes(most));
        let mut metered = self.meter().begin(self.call_id(), &call.on, &route.id, streams, reserved)?;
        let screened = request.screen(&self.tuning());
        let (chat, clean) = match screened {
            Ok(screened) => screened,
            Err(error) => {
                metered.end(error.code())?;
                return Err(error);
            }
        };
        metered.call.masked = u32::try_from(clean.replaced()).unwrap_or(u32::MAX);
        let begun = Box::pin(self.begin(&registry, route, call, &chat, position, (&mut metered, reads))).await;
        let opened = match begun {
            Ok(opened) => opened,
            Err(error) => {
                // What no model answered costs nothing.
                metered.reads(0);
                metered.end(error.code())?;
                return Err(error);
            }
        };
        metered.model(&opened.model);
        metered.call.wait_ms = opened.place.wait_ms;
        match opened.reply {
            Begun::Whole(body) if !streams => finish_whole(&body, &clean, &opened.model, metered).map(Answer::Whole),
            Begun::Whole(body) => {
                // A stream was asked for and the server gave all at once: it becomes a stream of one chunk.
                let pieces = Box::new(stream::once(&body));
                let stream = AnswerStream::new(None, pieces, clean, &opened.model, opened.place, metered, self.clock());
                Ok(Answer::Stream(Box::new(stream.with_usage(include_usage))))
            }
            Begun::Pieces(first, pieces) => {
                metered.first_token();
                let first = Some(first);
                let stream =
                    AnswerStream::new(first, pieces, clean, &opened.model, opened.place, metered, self.clock());
                Ok(Answer::Stream(Box::new(stream.with_usage(include_usage))))
            }
        }
    }

    /// Finds a place and a model that begins to answer: the next model of the route serves when one does not. From the
    /// first place on the call counts as read, whether its caller waits for the answer or not.
    async fn begin(
        &self,
        registry: &Registry,
        route: &Route,
        call: &GatewayCall,
        chat: &CleanChat,
        position: &(dyn Fn(u32) + Send + Sync),
        (metered, reads): (&mut Metered, u32),
    ) -> Result<Opened, Error> {
        let mut candidates: Vec<&ModelRecord> =
            registry.of_route(route).into_iter().filter(|model| model.can(Capability::Chat)).collect();
        if candidates.is_empty() {
            return Err(Error::Unsupported { what: "chat: no model of this route does" });
        }
        candidates.retain(|model| model.level >= call.level);
        if candidates.is_empty() {
            return Err(Error::NoModel { level: call.level });
        }
        candidates.retain(|model| !call.closed.contains(&model.id));
        let all = candidates.len();
        let pin = call.conversation.as_ref().map(|id| format!("{} {id}", call.on.actor));
        if let Some(model) = pin.as_ref().and_then(|pin| self.breakers().pinned(pin, self.now()))
            && let Some(at) = candidates.iter().position(|candidate| candidate.id == model)
        {
            candidates.drain(..at);
        }
        let mut last = Error::AllDown { route: route.id.clone() };
        candidates.retain(|model| self.breakers().allows(&model.id, self.now()));
        while !candidates.is_empty() {
            let place = Box::pin(self.gate().enter(registry, route, &candidates, &call.on, position)).await?;
            metered.reads(reads);
            let Some(at) = candidates.iter().position(|model| model.id == place.model) else { return Err(last) };
            let model = candidates.remove(at);
            let tried = match route.hedge_ms {
                Some(ms) if !candidates.is_empty() => {
                    self.hedged(registry, route, call, chat, (model, place), &candidates, ms).await
                }
                _ => Box::pin(self.attempt(model, place, call, chat)).await,
            };
            match tried {
                Ok(opened) => {
                    if let Some(pin) = &pin
                        && all > 1
                    {
                        self.breakers().pin(pin, &opened.model.id, self.now());
                    }
                    return Ok(opened);
                }
                // Another model would say the same of a request that is wrong.
                Err(error @ (Error::Rejected { .. } | Error::Stopped(_))) => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Asks one model and waits for its first piece. Before that it may be asked a second time.
    async fn attempt(
        &self,
        model: &ModelRecord,
        place: Admitted,
        call: &GatewayCall,
        chat: &CleanChat,
    ) -> Result<Opened, Error> {
        let backend = self.backend(&model.id).ok_or(Error::NoModel { level: call.level })?;
        let sent = chat.call(model, call.level);
        let mut left = model.retries.min(1);
        loop {
            let begun = async {
                match backend.chat(&sent).await? {
                    Reply::Whole(body) => Ok(Begun::Whole(body)),
                    Reply::Pieces(mut pieces) => match pieces.next().await? {
                        Some(first) => Ok(Begun::Pieces(first, pieces)),
                        None => Err(Error::Garbage { model: model.id.clone(), problem: "an empty stream".to_owned() }),
                    },
                }
            };
            match Box::pin(begun).await {
                Ok(reply) => {
                    self.breakers().succeeded(&model.id);
                    return Ok(Opened { reply, model: model.clone(), place });
                }
                Err(Error::Broken { .. }) if left > 0 => {
                    left -= 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    if counts(&error) && self.breakers().failed(&model.id, self.now()) {
                        tracing::warn!(model = %model.id, code = error.code(), "a model is left alone for a while");
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Asks one model, and the next one too when the first says nothing for a while; whoever begins first answers.
    #[expect(clippy::too_many_arguments, reason = "one step of the gateway, called once")]
    async fn hedged(
        &self,
        registry: &Registry,
        route: &Route,
        call: &GatewayCall,
        chat: &CleanChat,
        (model, place): (&ModelRecord, Admitted),
        others: &[&ModelRecord],
        ms: u32,
    ) -> Result<Opened, Error> {
        let mut first = Box::pin(self.attempt(model, place, call, chat));
        let pause = tokio::time::sleep(Duration::from_millis(u64::from(ms)));
        tokio::select! {
            begun = &mut first => return begun,
            () = pause => {}
        }
        let second = async {
            // Only a place that is free soon: a second question must not stand in the way of first ones.
            let route = Route { wait_secs: 1, ..route.clone() };
            let place = Box::pin(self.gate().enter(registry, &route, others, &call.on, &|_| {})).await?;
            let model = others.iter().find(|other| other.id == place.model);
            let model = *model.ok_or(Error::NoModel { level: call.level })?;
            Box::pin(self.attempt(model, place, call, chat)).await
        };
        let mut second = Box::pin(second);
        tokio::select! {
            begun = &mut first => match begun {
                Ok(opened) => Ok(opened),
                Err(_) => second.await,
            },
            begun = &mut second => match begun {
                Ok(opened) => Ok(opened),
                Err(_) => first.await,
            },
        }
    }

    /// Makes vectors of texts by a model, or by the first of a route that can. Texts are screened as any other.
    pub async fn embed(
        &self,
        call: &GatewayCall,
        name: &str,
        texts: Vec<String>,
    ) -> Result<(ModelRecord, Vectors), Error> {
        let (on, level) = (&call.on, call.level);
        let registry = self.registry();
        let models = registry.named(name);
        if models.is_empty() {
            return Err(Error::NoRoute(name.to_owned()));
        }
        let fits = |model: &&ModelRecord| {
            model.level >= level && model.can(Capability::Embeddings) && !call.closed.contains(&model.id)
        };
        let model = models.into_iter().find(fits);
        let model = model.ok_or(Error::Unsupported { what: "embeddings of texts of this level" })?;
        let backend = self.backend(&model.id).ok_or(Error::NoModel { level })?;
        let chars: usize = texts.iter().map(|text| text.chars().count()).sum();
        let estimate = u32::try_from(chars / 2).unwrap_or(u32::MAX);
        let mut metered = self.meter().begin(self.call_id(), on, name, false, estimate)?;
        metered.model(model);
        metered.reads(estimate);
        match Box::pin(backend.embed(&texts, level)).await {
            Ok(vectors) => {
                self.breakers().succeeded(&model.id);
                if vectors.tokens > 0 {
                    metered.call.estimated = false;
                    metered.call.tokens_in = vectors.tokens;
                }
                metered.end("done")?;
                Ok((model.clone(), vectors))
            }
            Err(error) => {
                if counts(&error) {
                    self.breakers().failed(&model.id, self.now());
                }
                metered.reads(0);
                metered.end(error.code())?;
                Err(error)
            }
        }
    }
}

/// Whether an error says something of the model rather than of the request.
pub(crate) fn counts(error: &Error) -> bool {
    matches!(error, Error::Timeout { .. } | Error::Broken { .. } | Error::Refused { .. } | Error::Garbage { .. })
}

/// A whole answer: looked at, own words put back, and in the journal.
fn finish_whole(
    body: &[u8],
    clean: &CleanDialogue,
    model: &ModelRecord,
    mut metered: Metered,
) -> Result<Vec<u8>, Error> {
    let garbage = |problem: &str| Error::Garbage { model: model.id.clone(), problem: problem.to_owned() };
    let parsed: Result<wire::Chunk<'_>, _> = serde_json::from_slice(body);
    let answer = match parsed {
        Ok(answer) if answer.error.is_none() && !answer.choices.is_empty() => answer,
        _ => {
            metered.end("models.garbage")?;
            return Err(garbage("no chat completion"));
        }
    };
    metered.first_token();
    let mut written = String::new();
    let mut touched = false;
    for choice in &answer.choices {
        let Some(message) = &choice.delta else { continue };
        let content = message.content.as_deref().unwrap_or_default();
        touched |= model.thinking == Thinking::Opened || content.contains("</think>") || content.contains("<think>");
        for text in [content, message.reasoning()] {
            written.push_str(text);
            written.push('\n');
        }
        for call in message.tool_calls.iter().flatten() {
            written.push_str(call.function.as_ref().and_then(|f| f.arguments.as_deref()).unwrap_or_default());
            written.push('\n');
        }
    }
    count(&mut metered, answer.usage.as_ref(), written.chars().count());
    let report = clean.tuning().risk(&written);
    let stopped = report.verdict == guard::ScreenVerdict::Block;
    if stopped {
        metered.call.stopped_by = crate::metering::StoppedBy::of(&report);
    }
    touched |= stopped || (clean.replaced() > 0 && written.contains('⟦'));
    let out = if touched {
        Some(rewritten(body, clean, model, stopped).ok_or_else(|| garbage("no chat completion")))
    } else {
        None
    };
    let out = match out {
        None => body.to_vec(),
        Some(Ok(out)) => out,
        Some(Err(error)) => {
            metered.end(error.code())?;
            return Err(error);
        }
    };
    metered.end(if stopped { "models.answer_stopped" } else { "done" })?;
    Ok(out)
}

/// Counts tokens: the server's figures, or an estimate that says that it is one.
fn count(metered: &mut Metered, usage: Option<&wire::Usage>, chars: usize) {
    let call = &mut metered.call;
    match usage.filter(|usage| usage.prompt_tokens > 0 || usage.completion_tokens > 0) {
        Some(usage) => {
            call.tokens_in = usage.prompt_tokens;
            call.tokens_out = usage.completion_tokens;
            call.tokens_reasoning = usage.reasoning();
            call.estimated = false;
        }
        None => {
            call.tokens_out = estimate(chars);
            call.estimated = true;
        }
    }
}

/// Counts the tokens of an answer that was cut off: a server that counted the prompt at its beginning has not counted
/// what it wrote.
fn count_part(metered: &mut Metered, usage: Option<&wire::Usage>, chars: usize) {
    count(metered, usage, chars);
    let written = estimate(chars);
    if metered.call.tokens_out < written {
        metered.call.tokens_out = written;
        metered.call.estimated = true;
    }
}

/// About how many tokens so many written characters are.
fn estimate(chars: usize) -> u32 {
    u32::try_from(chars * 2 / 3).unwrap_or(u32::MAX)
}

/// The same answer with reasoning apart, own words back, or nothing where the guard stopped it.
fn rewritten(body: &[u8], clean: &CleanDialogue, model: &ModelRecord, stopped: bool) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    for choice in answer.get_mut("choices")?.as_array_mut()? {
        if stopped {
            choice.as_object_mut()?.insert("finish_reason".to_owned(), "content_filter".into());
        }
        let message = choice.get_mut("message")?.as_object_mut()?;
        if stopped {
            message.insert("content".to_owned(), "".into());
            for name in ["reasoning_content", "reasoning", "tool_calls"] {
                message.remove(name);
            }
            continue;
        }
        if let Some(content) = message.get("content").and_then(Value::as_str) {
            let mut splitter = splitter(model);
            splitter.push(content);
            let (text, reasoning) = splitter.finish();
            message.insert("content".to_owned(), clean.restore(&text).into());
            if let Some(reasoning) = reasoning {
                message.insert("reasoning_content".to_owned(), clean.restore(&reasoning).into());
            }
        }
        for name in ["reasoning_content", "reasoning"] {
            if let Some(text) = message.get(name).and_then(Value::as_str).map(|text| clean.restore(text)) {
                message.insert(name.to_owned(), text.into());
            }
        }
        for call in message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(arguments) = call.pointer_mut("/function/arguments")
                && let Some(text) = arguments.as_str()
            {
                *arguments = stream::arguments(text, clean).into();
            }
        }
    }
    serde_json::to_vec(&answer).ok()
}

fn splitter(model: &ModelRecord) -> ReasoningSplitter {
    match model.thinking {
        Thinking::Marked => ReasoningSplitter::new(),
        Thinking::Opened => ReasoningSplitter::opened(),
    }
}
