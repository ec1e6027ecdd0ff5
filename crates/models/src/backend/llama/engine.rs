//! One model in this process: its file, its thread, and the way to ask it. Whoever names the same file with the same
//! options shares it, so adapters of a base never load the base again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::ask::Sampling;
use super::template::ChatTemplate;
use super::worker;
use crate::Vectors;
use crate::gguf::Head;

/// Requests that may wait before the thread takes them; more wait outside.
const WAITING: usize = 64;
/// Pieces that may wait for a client. A client that reads slower than that pauses its own answer.
pub(super) const PIECES: usize = 32;

/// How a model runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) file: PathBuf,
    /// Tokens of one conversation; nothing for what the model was made for, within reason.
    pub(super) context: Option<u32>,
    /// Answers at once.
    pub(super) parallel: u32,
    /// Threads; nothing for one a core.
    pub(super) threads: Option<u32>,
}

/// Why the engine gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The request is wrong: the reason, for the caller.
    Rejected(String),
    /// The model is.
    Broken(String),
    /// It took too long.
    Late,
}

/// What an answer says next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    /// The last of it: why it ended, tokens read and written, and how many of those read were known already.
    End {
        finish: &'static str,
        read: u32,
        written: u32,
        known: u32,
    },
}

/// One answer to write.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) text: String,
    /// Whether the tokenizer puts its first token before it.
    pub(super) opens: bool,
    pub(super) adapter: Option<PathBuf>,
    pub(super) sampling: Sampling,
    pub(super) grammar: Option<String>,
    pub(super) stops: Vec<String>,
    pub(super) max_tokens: u32,
    pub(super) until: Instant,
    pub(super) out: mpsc::Sender<Result<Said, Problem>>,
}

/// Something to do.
#[derive(Debug)]
pub(super) enum Job {
    Write(Box<Prompt>),
    Embed { texts: Vec<String>, out: oneshot::Sender<Result<Vectors, Problem>> },
}

impl Job {
    /// Says why nothing comes.
    pub(super) fn fail(self, problem: Problem) {
        match self {
            // The channel of a new job is empty; whoever went away needs no reason.
            Self::Write(prompt) => drop(prompt.out.try_send(Err(problem))),
            Self::Embed { out, .. } => drop(out.send(Err(problem))),
        }
    }
}

/// What the engine has done since it was made.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) evaluated: AtomicU64,
    pub(super) known: AtomicU64,
    pub(super) written: AtomicU64,
    pub(super) steps: AtomicU64,
    pub(super) switches: AtomicU64,
    pub(super) loads: AtomicU64,
}

impl Counts {
    pub(super) fn add(count: &AtomicU64, more: usize) {
        count.fetch_add(u64::try_from(more).unwrap_or(0), Ordering::Relaxed);
    }
}

/// One model with its thread.
#[derive(Debug)]
pub(super) struct Engine {
    options: Options,
    pub(super) template: ChatTemplate,
    /// Tokens of one conversation.
    pub(super) context: u32,
    pooled: bool,
    pub(super) counts: Arc<Counts>,
    /// Why its thread ended.
    ended: Arc<Mutex<Option<String>>>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
}

/// The longest conversation when nothing is set; memory for it is taken at once.
const USUAL_CONTEXT: u64 = 4_096;

static ENGINES: Mutex<Vec<Weak<Engine>>> = Mutex::new(Vec::new());

impl Engine {
    /// The engine of a file, the one that runs already where there is one. The error says what is wrong with the file.
    pub(super) fn shared(options: &Options) -> Result<Arc<Self>, String> {
        let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
        engines.retain(|engine| engine.strong_count() > 0);
        if let Some(engine) = engines.iter().filter_map(Weak::upgrade).find(|engine| engine.options == *options) {
            return Ok(engine);
        }
        let engine = Arc::new(Self::open(options)?);
        engines.push(Arc::downgrade(&engine));
        Ok(engine)
    }

    fn open(options: &Options) -> Result<Self, String> {
        let head = Head::open(&options.file)?;
        if head.text("general.type") == Some("adapter") {
            return Err("this is an adapter, not a model".to_owned());
        }
        let made_for = head.own("context_length").unwrap_or(USUAL_CONTEXT);
        let context = options.context.map_or(made_for.min(USUAL_CONTEXT), u64::from).min(made_for);
        Ok(Self {
            options: options.clone(),
            template: ChatTemplate::of(&head),
            context: u32::try_from(context).unwrap_or(u32::MAX).max(8),
            pooled: head.own("pooling_type").is_some_and(|kind| kind > 0),
            counts: Arc::default(),
            ended: Arc::default(),
            jobs: Mutex::new(None),
        })
    }

    /// The way to the thread. The model is loaded by the first who asks, and again after a failure.
    pub(super) fn jobs(&self) -> Result<mpsc::Sender<Job>, String> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jobs) = jobs.as_ref().filter(|jobs| !jobs.is_closed()) {
            return Ok(jobs.clone());
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let setup = worker::Setup {
            file: self.options.file.clone(),
            context: self.context,
            parallel: self.options.parallel,
            threads: self.threads(),
            pooled: self.pooled,
            counts: Arc::clone(&self.counts),
            ended: Arc::clone(&self.ended),
        };
        std::thread::Builder::new()
            .name("llama".to_owned())
            .spawn(move || worker::run(&setup, receiver))
            .map_err(|error| format!("no thread for the model: {error}"))?;
        *jobs = Some(sender.clone());
        Ok(sender)
    }

    /// Why nobody takes a job any more.
    pub(super) fn why(&self) -> String {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.clone().unwrap_or_else(|| "its thread ended".to_owned())
    }

    fn threads(&self) -> i32 {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let threads = self.options.threads.map_or_else(cores, |n| usize::try_from(n).unwrap_or(1));
        i32::try_from(threads.clamp(1, 512)).unwrap_or(1)
    }
}
