//! One of the conversations that a context holds: what it knows already, and the answer that is being written in it.

use std::path::PathBuf;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use tokio::sync::mpsc;

use super::engine::{Problem, Prompt, Said};
use super::text::{Shown, Text};

/// How many tokens back repetitions are looked for.
const LOOKS_BACK: i32 = 64;

/// A place for one conversation.
#[derive(Debug)]
pub(super) struct Slot {
    id: i32,
    /// The tokens that the context holds for it.
    known: Vec<LlamaToken>,
    /// The adapter under which it holds them.
    pub(super) adapter: Option<PathBuf>,
    /// When it was last started; larger is later.
    pub(super) used: u64,
    work: Option<Work>,
}

/// An answer that is being written.
#[derive(Debug)]
pub(super) struct Work {
    /// Tokens to be read: the rest of the prompt, then what was written last.
    todo: Vec<LlamaToken>,
    sampler: LlamaSampler,
    /// Whether a grammar rules the sampler: then every token is checked.
    strict: bool,
    text: Text,
    read: u32,
    reused: u32,
    written: u32,
    most: u32,
    until: Instant,
    out: mpsc::Sender<Result<Said, Problem>>,
}

impl Work {
    /// The work of a prompt that may write at most `room` tokens more.
    pub(super) fn new(model: &LlamaModel, prompt: &Prompt, room: usize) -> Result<Self, Problem> {
        let sampler = sampler(model, prompt)?;
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        Ok(Self {
            todo: Vec::new(),
            sampler,
            strict: prompt.grammar.is_some(),
            text: Text::new(prompt.stops.clone()),
            read: 0,
            reused: 0,
            written: 0,
            most: prompt.max_tokens.clamp(1, room),
            until: prompt.until,
            out: prompt.out.clone(),
        })
    }

    /// The next token; nothing when the grammar allows none.
    fn sample(&mut self, context: &LlamaContext<'_>, at: i32) -> Option<LlamaToken> {
        if !self.strict {
            return Some(self.sampler.sample(context, at));
        }
        let mut candidates = context.token_data_array_ith(at);
        candidates.apply_sampler(&mut self.sampler);
        let token = candidates.selected_token()?;
        let chosen = candidates.selected.and_then(|at| candidates.data.get(at))?;
        // A grammar that is at a dead end leaves every token without a chance.
        if !chosen.logit().is_finite() || self.sampler.try_accept(token).is_err() {
            return None;
        }
        Some(token)
    }

    fn say(&self, text: String) {
        if !text.is_empty() {
            // There is room, or the slot would not have gone; and who went away is seen before the next step.
            drop(self.out.try_send(Ok(Said::Text(text))));
        }
    }

    fn end(self, finish: &'static str) {
        let (read, written, known) = (self.read, self.written, self.reused);
        drop(self.out.try_send(Ok(Said::End { finish, read, written, known })));
    }
}

impl Slot {
    pub(super) fn new(id: u32) -> Self {
        let id = i32::try_from(id).unwrap_or(i32::MAX);
        Self { id, known: Vec::new(), adapter: None, used: 0, work: None }
    }

    pub(super) fn is_free(&self) -> bool {
        self.work.is_none()
    }

    /// Whether a step may go on with it: a client that reads slowly has its answer wait.
    pub(super) fn can_go(&self) -> bool {
        // A text and an end.
        self.work.as_ref().is_some_and(|work| work.out.capacity() >= 2)
    }

    /// Whether its prompt is still being read.
    pub(super) fn reads(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.written == 0)
    }

    /// How many of the first tokens of a prompt it holds already.
    pub(super) fn knows(&self, tokens: &[LlamaToken], adapter: Option<&PathBuf>) -> usize {
        if self.adapter.as_ref() != adapter {
            return 0;
        }
        self.known.iter().zip(tokens).take_while(|(a, b)| a == b).count()
    }

    /// Takes an answer up. Gives how many tokens it need not read again.
    pub(super) fn start(
        &mut self,
        context: &mut LlamaContext<'_>,
        mut tokens: Vec<LlamaToken>,
        adapter: Option<PathBuf>,
        mut work: Work,
    ) -> usize {
        // The last token is always read: what follows it is what is asked for.
        let mut keep = self.knows(&tokens, adapter.as_ref()).min(tokens.len().saturating_sub(1));
        if !self.forget(context, keep) {
            // Some builds of models cannot go back by a part.
            self.forget(context, 0);
            keep = 0;
        }
        self.known.truncate(keep);
        self.adapter = adapter;
        work.read = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        work.reused = u32::try_from(keep).unwrap_or(u32::MAX);
        work.todo = tokens.split_off(keep);
        self.work = Some(work);
        keep
    }

    fn forget(&self, context: &mut LlamaContext<'_>, from: usize) -> bool {
        let (id, from) = (u32::try_from(self.id).ok(), u32::try_from(from).ok());
        context.clear_kv_cache_seq(id, from, None).unwrap_or(false)
    }

    /// Ends an answer that nobody waits for any more, or that took too long.
    pub(super) fn give_up(&mut self, now: Instant) {
        let Some(work) = &self.work else { return };
        if work.out.is_closed() {
            self.work = None;
        } else if now >= work.until {
            self.fail(Problem::Late);
        }
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        if let Some(work) = self.work.take() {
            drop(work.out.try_send(Err(problem)));
        }
        self.known.clear();
        self.adapter = None;
    }

    /// How many tokens it has to read.
    pub(super) fn left(&self) -> usize {
        self.work.as_ref().map_or(0, |work| work.todo.len())
    }

    /// Puts its next tokens into the batch, `room` at most. Gives how many.
    pub(super) fn put(&self, batch: &mut LlamaBatch<'_>, room: usize) -> usize {
        let Some(work) = &self.work else { return 0 };
        let mut count = 0;
        for (at, token) in work.todo.iter().take(room).enumerate() {
            let position = i32::try_from(self.known.len() + at).unwrap_or(i32::MAX);
            let last = at + 1 == work.todo.len();
            if batch.add(*token, position, &[self.id], last).is_err() {
                break;
            }
            count += 1;
        }
        count
    }

    /// Notes that its first `count` tokens were read. Gives whether the next one can be written.
    pub(super) fn evaluated(&mut self, count: usize) -> bool {
        let Some(work) = &mut self.work else { return false };
        self.known.extend(work.todo.drain(..count.min(work.todo.len())));
        work.todo.is_empty()
    }

    /// Writes the next token, the one after the batch's token `at`.
    pub(super) fn write(&mut self, context: &LlamaContext<'_>, vocab: &LlamaVocab<'_>, at: i32) {
        let Some(mut work) = self.work.take() else { return };
        let Some(token) = work.sample(context, at) else {
            let said = "the grammar allows no next token".to_owned();
            drop(work.out.try_send(Err(Problem::Rejected(said))));
            return;
        };
        work.written += 1;
        if vocab.is_eog(token) {
            let rest = work.text.rest();
            work.say(rest);
            return work.end("stop");
        }
        match work.text.push(&vocab.token_to_piece(token, false, None)) {
            Shown::Stopped(last) => {
                work.say(last);
                return work.end("stop");
            }
            Shown::More(more) if work.written >= work.most => {
                let rest = work.text.rest();
                work.say(more + &rest);
                return work.end("length");
            }
            Shown::More(more) => work.say(more),
        }
        work.todo.push(token);
        self.work = Some(work);
    }
}

/// The sampler of a prompt: the grammar first, then what narrows, then the choice.
fn sampler(model: &LlamaModel, prompt: &Prompt) -> Result<LlamaSampler, Problem> {
    let asked = &prompt.sampling;
    let mut chain = Vec::new();
    if let Some(grammar) = &prompt.grammar {
        let grammar = LlamaSampler::grammar(model, grammar, "root");
        chain.push(grammar.map_err(|_| Problem::Rejected("the grammar cannot be read".to_owned()))?);
    }
    if (asked.repeat, asked.frequency, asked.presence) != (1.0, 0.0, 0.0) {
        let vocabulary = model.vocab().n_tokens();
        chain.push(LlamaSampler::penalties(vocabulary, LOOKS_BACK, asked.repeat, asked.frequency, asked.presence));
    }
    if asked.temperature <= 0.0 {
        chain.push(LlamaSampler::greedy());
        return Ok(LlamaSampler::chain(chain, true));
    }
    if asked.top_k > 0 {
        chain.push(LlamaSampler::top_k(asked.top_k));
    }
    if asked.top_p < 1.0 {
        chain.push(LlamaSampler::top_p(asked.top_p, 1));
    }
    if asked.min_p > 0.0 {
        chain.push(LlamaSampler::min_p(asked.min_p, 1));
    }
    chain.push(LlamaSampler::temp(asked.temperature));
    chain.push(LlamaSampler::dist(asked.seed));
    Ok(LlamaSampler::chain(chain, true))
}
