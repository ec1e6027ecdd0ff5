//! One context with its slots: requests join between two steps, a step reads or writes for all of one adapter at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::engine::{Counts, Job, Problem, Prompt};
use super::slot::{Slot, Work};
use super::worker::{STEP, Setup};
use crate::Vectors;

/// Steps that one adapter may take while another waits.
const TURN: u32 = 16;
/// The pause while every client is slower than its answer.
const PAUSE: Duration = Duration::from_millis(2);

type Adapters = BTreeMap<PathBuf, LlamaLoraAdapter>;

/// Why a session ends.
pub(super) enum Next {
    /// Nobody can ask any more.
    End,
    /// An adapter is wanted that is not loaded.
    Adapter(PathBuf, Box<Prompt>),
}

/// One context at work.
pub(super) struct Session<'m> {
    setup: &'m Setup,
    model: &'m LlamaModel,
    vocab: LlamaVocab<'m>,
    context: LlamaContext<'m>,
    embedder: Option<LlamaContext<'m>>,
    adapters: &'m mut Adapters,
    /// The adapter that is set.
    current: Option<PathBuf>,
    /// Steps left before another adapter comes in turn.
    turn: u32,
    slots: Vec<Slot>,
    /// Counts starts, to know which slot was used longest ago.
    starts: u64,
    batch: LlamaBatch<'static>,
}

impl<'m> Session<'m> {
    pub(super) fn new(
        setup: &'m Setup,
        model: &'m LlamaModel,
        context: LlamaContext<'m>,
        adapters: &'m mut Adapters,
    ) -> Self {
        Self {
            setup,
            model,
            vocab: model.vocab(),
            context,
            embedder: None,
            adapters,
            current: None,
            turn: TURN,
            slots: (0..setup.parallel).map(Slot::new).collect(),
            starts: 0,
            batch: LlamaBatch::new(STEP as usize, 1),
        }
    }

    /// Serves `first` and whatever comes, until an adapter must be loaded or nobody can ask any more.
    pub(super) fn serve(mut self, jobs: &mut mpsc::Receiver<Job>, first: Option<Job>) -> Next {
        let mut pending = first.and_then(|job| self.take(job));
        loop {
            while pending.is_none() && self.slots.iter().any(Slot::is_free) {
                let job = if self.slots.iter().all(Slot::is_free) {
                    match jobs.blocking_recv() {
                        Some(job) => job,
                        None => return Next::End,
                    }
                } else {
                    match jobs.try_recv() {
                        Ok(job) => job,
                        Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                    }
                };
                pending = self.take(job);
            }
            if self.slots.iter().all(Slot::is_free) {
                match pending.take() {
                    Some((path, prompt)) => return Next::Adapter(path, prompt),
                    None => continue,
                }
            }
            self.step();
        }
    }

    /// Begins a job. Gives it back when its adapter is not loaded yet.
    fn take(&mut self, job: Job) -> Option<(PathBuf, Box<Prompt>)> {
        match job {
            Job::Embed { texts, out } => {
                let vectors = self.embed(&texts, &|| out.is_closed());
                drop(out.send(vectors));
                None
            }
            Job::Write(prompt) => match &prompt.adapter {
                Some(path) if !self.adapters.contains_key(path) => Some((path.clone(), prompt)),
                _ => {
                    self.start(*prompt);
                    None
                }
            },
        }
    }

    /// Puts a prompt into the free slot that knows most of it already.
    fn start(&mut self, prompt: Prompt) {
        let tokens = self.vocab.tokenize(prompt.text.as_bytes(), prompt.opens, true);
        let (length, most) = (tokens.len(), self.setup.context as usize);
        if length == 0 || length >= most {
            let said = format!("the prompt has {length} tokens, the model takes 1 to {}", most - 1);
            return Job::Write(Box::new(prompt)).fail(Problem::Rejected(said));
        }
        let work = match Work::new(self.model, &prompt, most - length) {
            Ok(work) => work,
            Err(problem) => return Job::Write(Box::new(prompt)).fail(problem),
        };
        // Of equals the first: answers side by side are computed together.
        let free = self.slots.iter_mut().filter(|slot| slot.is_free());
        let best = free.rev().max_by_key(|slot| (slot.knows(&tokens, prompt.adapter.as_ref()), u64::MAX - slot.used));
        if let Some(slot) = best {
            self.starts += 1;
            slot.used = self.starts;
            let known = slot.start(&mut self.context, tokens, prompt.adapter, work);
            Counts::add(&self.setup.counts.known, known);
        }
    }

    /// One step: the next tokens of every answer of one adapter.
    fn step(&mut self) {
        let now = Instant::now();
        self.slots.iter_mut().for_each(|slot| slot.give_up(now));
        let Some(adapter) = self.whose_turn() else {
            // Every client is slower than its answer, or all went away.
            if self.slots.iter().any(|slot| !slot.is_free()) {
                std::thread::sleep(PAUSE);
            }
            return;
        };
        if let Err(problem) = self.switch(adapter) {
            return self.fail_all(&Problem::Broken(problem));
        }
        let took = self.fill();
        if took.is_empty() {
            return;
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            tracing::warn!(%error, "a step of a model failed");
            return self.fail_all(&Problem::Broken("llama.cpp failed in a step".to_owned()));
        }
        Counts::add(&self.setup.counts.steps, 1);
        Counts::add(&self.setup.counts.evaluated, took.iter().map(|(_, count)| count).sum());
        let mut written = 0;
        let mut end = 0;
        for (at, count) in took {
            end += count;
            if let Some(slot) = self.slots.get_mut(at)
                && slot.evaluated(count)
            {
                written += 1;
                slot.write(&self.context, &self.vocab, i32::try_from(end).unwrap_or(0) - 1);
            }
        }
        Counts::add(&self.setup.counts.written, written);
    }

    /// The adapter of the next step: the one that is set while it has work, another one when its turn is over.
    fn whose_turn(&mut self) -> Option<Option<PathBuf>> {
        let mut wanted: Vec<&Option<PathBuf>> =
            self.slots.iter().filter(|slot| slot.can_go()).map(|slot| &slot.adapter).collect();
        wanted.sort();
        wanted.dedup();
        let stays = wanted.contains(&&self.current) && (self.turn > 0 || wanted.len() == 1);
        if stays {
            self.turn = self.turn.saturating_sub(1);
            return Some(self.current.clone());
        }
        self.turn = TURN;
        let after = wanted.iter().find(|adapter| ***adapter > self.current).or(wanted.first())?;
        Some((*after).clone())
    }

    fn switch(&mut self, adapter: Option<PathBuf>) -> Result<(), String> {
        if adapter == self.current {
            return Ok(());
        }
        let failed = |_| "the adapter cannot be set".to_owned();
        match adapter.as_ref().map(|path| self.adapters.get_mut(path)) {
            Some(Some(loaded)) => self.context.lora_adapter_set(loaded, 1.0).map_err(failed)?,
            Some(None) => return Err("the adapter is not loaded".to_owned()),
            // Any adapter will do: all that are set are taken off.
            None => {
                if let Some(any) = self.adapters.values_mut().next() {
                    self.context.lora_adapter_set(any, 0.0).map_err(failed)?;
                }
            }
        }
        self.current = adapter;
        Counts::add(&self.setup.counts.switches, 1);
        Ok(())
    }

    /// Fills the batch: answers that are being written first, then prompts as far as there is room. In it the slots
    /// stand in their order: only neighbours are computed together.
    fn fill(&mut self) -> Vec<(usize, usize)> {
        let mut order: Vec<(usize, &Slot)> = self.slots.iter().enumerate().collect();
        order.retain(|(_, slot)| slot.can_go() && slot.adapter == self.current);
        order.sort_by_key(|(_, slot)| (slot.reads(), slot.used));
        let mut room = STEP as usize;
        let mut shares = Vec::new();
        for (at, slot) in order {
            let share = slot.left().min(room);
            room -= share;
            shares.push((at, share));
        }
        shares.retain(|(_, share)| *share > 0);
        shares.sort_unstable();
        self.batch.clear();
        for (at, share) in &mut shares {
            *share = self.slots.get(*at).map_or(0, |slot| slot.put(&mut self.batch, *share));
        }
        shares
    }

    fn fail_all(&mut self, problem: &Problem) {
        for slot in &mut self.slots {
            slot.fail(problem.clone());
        }
        self.context.clear_kv_cache();
    }

    /// Makes vectors, one text a step.
    fn embed(&mut self, texts: &[String], gone: &dyn Fn() -> bool) -> Result<Vectors, Problem> {
        if self.embedder.is_none() {
            self.embedder = Some(self.setup.embedder(self.model).map_err(Problem::Broken)?);
        }
        let most = self.setup.embedded() as usize;
        let context = self.embedder.as_mut().ok_or(Problem::Late)?;
        let mut vectors = Vectors { vectors: Vec::new(), tokens: 0 };
        for text in texts.iter().take_while(|_| !gone()) {
            let tokens = self.vocab.tokenize(text.as_bytes(), true, false);
            if tokens.is_empty() || tokens.len() > most {
                let said = format!("a text has {} tokens, the model takes 1 to {most}", tokens.len());
                return Err(Problem::Rejected(said));
            }
            vectors.tokens = vectors.tokens.saturating_add(u32::try_from(tokens.len()).unwrap_or(u32::MAX));
            vectors.vectors.push(vector(context, &tokens).map_err(Problem::Broken)?);
        }
        Counts::add(&self.setup.counts.evaluated, vectors.tokens as usize);
        Ok(vectors)
    }
}

/// The vector of a text, of length one.
fn vector(context: &mut LlamaContext<'_>, tokens: &[LlamaToken]) -> Result<Vec<f32>, String> {
    let failed = || "llama.cpp made no vector".to_owned();
    context.clear_kv_cache();
    let mut batch = LlamaBatch::new(tokens.len(), 1);
    batch.add_sequence(tokens, 0, true).map_err(|_| failed())?;
    context.decode(&mut batch).map_err(|_| failed())?;
    let vector = context.embeddings_seq_ith(0).map_err(|_| failed())?;
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !length.is_finite() || length == 0.0 {
        return Err(failed());
    }
    Ok(vector.iter().map(|x| x / length).collect())
}
