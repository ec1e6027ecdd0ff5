//! An answer that comes in pieces: each text looked at before it is shown, calls of functions when they are whole, the
//! end told when the call is in the journal.

use std::collections::{BTreeMap, VecDeque};

use async_trait::async_trait;
use guard::CleanDialogue;
use kernel::{Clock, Fault as _};
use serde_json::{Value, json};

use super::outgoing::Outgoing;
use super::wire::{self, ToolDelta};
use super::{count, count_part, splitter};
use crate::admission::Admitted;
use crate::backend::Pieces;
use crate::metering::{Metered, StoppedBy};
use crate::reasoning::ReasoningSplitter;
use crate::{Error, ModelRecord};

/// The most bytes of text in one answer; a stream without end is cut here.
const MAX_TEXT_BYTES: usize = 2 << 20;

/// An answer on its way. Dropping it stops the model and records the call as cancelled, with what was written so far.
pub struct AnswerStream {
    first: Option<String>,
    pieces: Box<dyn Pieces>,
    clean: CleanDialogue,
    model: ModelRecord,
    /// Given back when the answer is over.
    place: Option<Admitted>,
    metered: Option<Metered>,
    clock: Clock,
    include_usage: bool,
    head: String,
    choices: BTreeMap<u32, Choice>,
    ready: VecDeque<String>,
    chars: usize,
    bytes: usize,
    usage: Option<wire::Usage>,
    over: bool,
}

impl Drop for AnswerStream {
    fn drop(&mut self) {
        if let Some(metered) = &mut self.metered {
            count_part(metered, self.usage.as_ref(), self.chars / 3);
        }
    }
}

impl std::fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerStream").field("model", &self.model.id).finish_non_exhaustive()
    }
}

/// One of the answers in it.
struct Choice {
    splitter: ReasoningSplitter,
    content: Outgoing,
    reasoning: Outgoing,
    tools: BTreeMap<u32, Tool>,
    /// Which tool an index on the wire means now.
    at: BTreeMap<u32, u32>,
    finish: Option<String>,
}

#[derive(Default)]
struct Tool {
    id: String,
    name: String,
    arguments: String,
}

/// What becomes of the stream after a piece.
enum Next {
    Go,
    /// The guard stopped it, by these rules.
    Stopped(Vec<StoppedBy>),
}

impl AnswerStream {
    pub(super) fn new(
        first: Option<String>,
        pieces: Box<dyn Pieces>,
        clean: CleanDialogue,
        model: &ModelRecord,
        place: Admitted,
        metered: Metered,
        clock: &Clock,
    ) -> Self {
        Self {
            first,
            pieces,
            clean,
            model: model.clone(),
            place: Some(place),
            metered: Some(metered),
            clock: clock.clone(),
            include_usage: false,
            head: String::new(),
            choices: BTreeMap::new(),
            ready: VecDeque::new(),
            chars: 0,
            bytes: 0,
            usage: None,
            over: false,
        }
    }

    pub(super) fn with_usage(mut self, include_usage: bool) -> Self {
        self.include_usage = include_usage;
        self
    }

    /// The next chat completion chunk as JSON; nothing when the answer is over and recorded.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Ok(Some(ready));
            }
            if self.over {
                return Ok(None);
            }
            let piece = match self.first.take() {
                Some(first) => Some(first),
                None => match self.pieces.next().await {
                    Ok(piece) => piece,
                    Err(error) => return Err(self.fail(error)),
                },
            };
            match piece {
                Some(piece) => self.take(&piece)?,
                None => self.finish()?,
            }
        }
    }

    fn take(&mut self, piece: &str) -> Result<(), Error> {
        if let Some(metered) = &mut self.metered {
            metered.first_token();
        }
        self.bytes += piece.len();
        let garbage = |model: &ModelRecord, problem: &str| Error::Garbage {
            model: model.id.clone(),
            problem: problem.to_owned(),
        };
        let chunk: wire::Chunk<'_> = match serde_json::from_str(piece) {
            Ok(chunk) => chunk,
            Err(_) => return Err(self.fail(garbage(&self.model, "an event that is not a completion chunk"))),
        };
        if chunk.error.is_some() || chunk.object.as_deref() == Some("error") {
            return Err(self.fail(garbage(&self.model, "an error event")));
        }
        if self.head.is_empty() {
            let id = chunk.id.as_deref().unwrap_or("chatcmpl");
            #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
            let created = chunk.created.map_or_else(|| self.clock.now().as_millis() / 1000, |secs| secs as i64);
            self.head = wire::head(id, created, &self.model.id);
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some(usage);
        }
        for choice in chunk.choices {
            if let Next::Stopped(by) = self.say(choice) {
                return self.stop(by);
            }
        }
        if self.chars > MAX_TEXT_BYTES || self.bytes > 32 * MAX_TEXT_BYTES {
            return Err(self.fail(garbage(&self.model, "an answer without end")));
        }
        Ok(())
    }

    fn say(&mut self, said: wire::Choice) -> Next {
        let now = self.clock.now();
        let index = said.index;
        let head = &self.head;
        let ready = &mut self.ready;
        let (model, tuning) = (&self.model, self.clean.tuning());
        let choice = self.choices.entry(index).or_insert_with(|| {
            ready.push_back(wire::chunk(head, index, r#""role":"assistant","content":"""#, None));
            Choice {
                splitter: splitter(model),
                content: Outgoing::new(now, tuning),
                reasoning: Outgoing::new(now, tuning),
                tools: BTreeMap::new(),
                at: BTreeMap::new(),
                finish: None,
            }
        });
        let delta = said.delta.unwrap_or_default();
        let marked = delta.reasoning().to_owned();
        let content = delta.content.unwrap_or_default();
        self.chars += content.len() + marked.len();
        choice.splitter.push(&content);
        let (mut reasoning, answer) = choice.splitter.take();
        reasoning.push_str(&marked);
        for call in delta.tool_calls.into_iter().flatten() {
            self.chars += choice.add(call);
        }
        for (text, outgoing, name) in
            [(reasoning, &mut choice.reasoning, "reasoning_content"), (answer, &mut choice.content, "content")]
        {
            if text.is_empty() {
                continue;
            }
            match outgoing.push(&text, &self.clean, now) {
                Ok(shown) if shown.is_empty() => {}
                Ok(shown) => ready.push_back(wire::chunk(head, index, &wire::field(name, &shown), None)),
                Err(halt) => return Next::Stopped(halt.0),
            }
        }
        if let Some(reason) = said.finish_reason.filter(|_| choice.finish.is_none()) {
            choice.finish = Some(reason.clone());
            let (reasoning, answer) = choice.splitter.rest();
            for (text, outgoing, name) in
                [(reasoning, &mut choice.reasoning, "reasoning_content"), (answer, &mut choice.content, "content")]
            {
                let rest = outgoing.push(&text, &self.clean, now).and_then(|mut shown| {
                    shown.push_str(&outgoing.finish(&self.clean)?);
                    Ok(shown)
                });
                match rest {
                    Ok(shown) if shown.is_empty() => {}
                    Ok(shown) => ready.push_back(wire::chunk(head, index, &wire::field(name, &shown), None)),
                    Err(halt) => return Next::Stopped(halt.0),
                }
            }
            if !choice.tools.is_empty() {
                let calls = match choice.calls(&self.clean) {
                    Ok(calls) => calls,
                    Err(by) => return Next::Stopped(by),
                };
                ready.push_back(wire::chunk(head, index, &format!(r#""tool_calls":{calls}"#), None));
            }
            ready.push_back(wire::chunk(head, index, "", Some(&reason)));
        }
        Next::Go
    }

    /// The guard stopped the answer: nothing more is shown, and the caller is told why.
    fn stop(&mut self, by: Vec<StoppedBy>) -> Result<(), Error> {
        self.over = true;
        if let Some(metered) = &mut self.metered {
            metered.call.stopped_by = by;
        }
        self.ready.clear();
        for (index, choice) in &self.choices {
            if choice.finish.is_none() || self.choices.len() == 1 {
                self.ready.push_back(wire::chunk(&self.head, *index, "", Some("content_filter")));
            }
        }
        self.end("models.answer_stopped")
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.over = true;
        if self.choices.is_empty() || self.choices.values().any(|choice| choice.finish.is_none()) {
            // Half an answer may say the opposite of the whole one.
            let model = self.model.id.clone();
            return Err(self.fail(Error::Broken { model, problem: "the stream ended early".to_owned() }));
        }
        self.end("done")
    }

    /// Records the end, and only then lets the last chunk go.
    fn end(&mut self, outcome: &str) -> Result<(), Error> {
        self.place = None;
        let Some(mut metered) = self.metered.take() else { return Ok(()) };
        count(&mut metered, self.usage.as_ref(), self.chars / 3);
        let call = metered.end(outcome)?;
        if self.include_usage {
            self.ready.push_back(wire::usage(&self.head, &call));
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Error {
        self.over = true;
        self.ready.clear();
        self.place = None;
        if let Some(mut metered) = self.metered.take() {
            count_part(&mut metered, self.usage.as_ref(), self.chars / 3);
            if let Err(error) = metered.end(error.code()) {
                return error;
            }
        }
        error
    }
}

impl Choice {
    /// Adds a piece of a call of a function. Gives its length.
    fn add(&mut self, call: ToolDelta) -> usize {
        let id = call.id.filter(|id| !id.is_empty());
        let known = match (call.index, &id) {
            // vLLM and SGLang have given several calls the same index, told apart by their ids alone.
            (Some(wire), Some(id)) => self
                .at
                .get(&wire)
                .copied()
                .filter(|at| self.tools.get(at).is_some_and(|tool| tool.id.is_empty() || tool.id == *id)),
            (Some(wire), None) => self.at.get(&wire).copied(),
            // MindIE and older llama-server give whole calls without an index.
            (None, Some(id)) => self.tools.iter().find(|(_, tool)| tool.id == *id).map(|(at, _)| *at),
            (None, None) => self.tools.keys().next_back().copied(),
        };
        let at = known.unwrap_or_else(|| u32::try_from(self.tools.len()).unwrap_or(u32::MAX));
        if let Some(wire) = call.index {
            self.at.insert(wire, at);
        }
        let tool = self.tools.entry(at).or_default();
        if let Some(id) = id {
            tool.id = id;
        }
        let function = call.function.unwrap_or_default();
        if let Some(name) = function.name.filter(|name| !name.is_empty()) {
            // vLLM repeats the name in every piece when it is forced.
            tool.name = name;
        }
        let arguments = function.arguments.unwrap_or_default();
        tool.arguments.push_str(&arguments);
        arguments.len()
    }

    /// The calls of functions as JSON, or by what the guard stops them.
    fn calls(&self, clean: &CleanDialogue) -> Result<String, Vec<StoppedBy>> {
        let all: String = self.tools.values().map(|tool| format!("{}\n", tool.arguments)).collect();
        let report = clean.tuning().risk(&all);
        if report.verdict == guard::ScreenVerdict::Block {
            return Err(StoppedBy::of(&report));
        }
        let calls: Vec<Value> = self
            .tools
            .iter()
            .map(|(index, tool)| {
                json!({
                    "index": index,
                    "id": if tool.id.is_empty() { format!("call_{index}") } else { tool.id.clone() },
                    "type": "function",
                    "function": { "name": tool.name, "arguments": arguments(&tool.arguments, clean) },
                })
            })
            .collect();
        Ok(Value::from(calls).to_string())
    }
}

/// Arguments of a function with own words back: inside the strings of its JSON, so that it stays JSON.
pub(super) fn arguments(text: &str, clean: &CleanDialogue) -> String {
    if clean.replaced() == 0 || !text.contains('⟦') {
        return text.to_owned();
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            restore(&mut value, clean);
            value.to_string()
        }
        Err(_) => clean.restore(text),
    }
}

fn restore(value: &mut Value, clean: &CleanDialogue) {
    match value {
        Value::String(text) => *text = clean.restore(text),
        Value::Array(items) => items.iter_mut().for_each(|item| restore(item, clean)),
        Value::Object(fields) => {
            for (name, mut value) in std::mem::take(fields) {
                restore(&mut value, clean);
                fields.insert(clean.restore(&name), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A whole answer as a stream of one piece.
pub(super) fn once(body: &[u8]) -> impl Pieces + use<> {
    Once(Some(String::from_utf8_lossy(body).into_owned()))
}

struct Once(Option<String>);

#[async_trait]
impl Pieces for Once {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        Ok(self.0.take())
    }
}
