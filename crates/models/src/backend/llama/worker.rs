//! The thread that owns a model: loads it, loads adapters over it, and serves what it is asked.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::{LlamaCppError, LogOptions, send_logs_to_tracing};
use tokio::sync::mpsc;

use super::engine::{Counts, Job, Problem};
use super::session::{Next, Session};
use crate::gguf::Head;

/// Tokens that are read in one step.
pub(super) const STEP: u32 = 512;
/// The longest text that becomes a vector, in tokens.
const EMBEDDED: u32 = 2_048;

/// What the thread needs to know.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) file: PathBuf,
    /// Tokens of one conversation.
    pub(super) context: u32,
    pub(super) parallel: u32,
    pub(super) threads: i32,
    /// Whether the file says how vectors of tokens become one.
    pub(super) pooled: bool,
    pub(super) counts: Arc<Counts>,
    /// Where it says why it ended.
    pub(super) ended: Arc<Mutex<Option<String>>>,
}

impl Setup {
    /// The context that writes.
    fn writer<'m>(&self, model: &'m LlamaModel) -> Result<LlamaContext<'m>, String> {
        let params = self
            .params()
            .with_n_ctx(NonZeroU32::new(self.context.saturating_mul(self.parallel)))
            .with_n_batch(STEP)
            .with_n_ubatch(STEP)
            .with_n_seq_max(self.parallel);
        self.context(model, params)
    }

    /// The context that makes vectors: a text must fit one step.
    pub(super) fn embedder<'m>(&self, model: &'m LlamaModel) -> Result<LlamaContext<'m>, String> {
        let most = self.embedded();
        let pooling = if self.pooled { LlamaPoolingType::Unspecified } else { LlamaPoolingType::Mean };
        let params = self
            .params()
            .with_n_ctx(NonZeroU32::new(most))
            .with_n_batch(most)
            .with_n_ubatch(most)
            .with_embeddings(true)
            .with_pooling_type(pooling);
        self.context(model, params)
    }

    /// The longest text that becomes a vector, in tokens.
    pub(super) fn embedded(&self) -> u32 {
        self.context.min(EMBEDDED)
    }

    fn params(&self) -> LlamaContextParams {
        LlamaContextParams::default().with_n_threads(self.threads).with_n_threads_batch(self.threads)
    }

    fn context<'m>(&self, model: &'m LlamaModel, params: LlamaContextParams) -> Result<LlamaContext<'m>, String> {
        let backend = library().ok_or("llama.cpp cannot be set up")?;
        model
            .new_context(backend, params)
            .map_err(|_| format!("no memory for {} conversations of {} tokens", self.parallel, self.context))
    }
}

/// llama.cpp itself, set up once.
fn library() -> Option<&'static LlamaBackend> {
    static LIBRARY: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| {
            send_logs_to_tracing(LogOptions::default());
            match LlamaBackend::init() {
                Ok(library) => Some(library),
                Err(LlamaCppError::BackendAlreadyInitialized) => Some(LlamaBackend {}),
                Err(_) => None,
            }
        })
        .as_ref()
}

/// Serves until nobody can ask any more.
pub(super) fn run(setup: &Setup, mut jobs: mpsc::Receiver<Job>) {
    if let Err(problem) = serve(setup, &mut jobs) {
        tracing::warn!(%problem, "a model in this process cannot be used");
        *setup.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.clone());
        jobs.close();
        while let Some(job) = jobs.blocking_recv() {
            job.fail(Problem::Broken(problem.clone()));
        }
    }
}

fn serve(setup: &Setup, jobs: &mut mpsc::Receiver<Job>) -> Result<(), String> {
    let backend = library().ok_or("llama.cpp cannot be set up")?;
    let head = Head::open(&setup.file)?;
    let mut model = LlamaModel::load_from_file(backend, &setup.file, &LlamaModelParams::default())
        .map_err(|_| format!("llama.cpp does not load this build of model: `{}`", head.architecture()))?;
    Counts::add(&setup.counts.loads, 1);
    let mut adapters = BTreeMap::new();
    let mut wanted = None;
    loop {
        let context = setup.writer(&model)?;
        match Session::new(setup, &model, context, &mut adapters).serve(jobs, wanted.take()) {
            Next::End => return Ok(()),
            // An adapter is loaded over the model alone: the context is made anew, the base stays.
            Next::Adapter(path, job) => match load(&mut model, &head, &path) {
                Ok(adapter) => {
                    adapters.insert(path, adapter);
                    wanted = Some(Job::Write(job));
                }
                Err(problem) => Job::Write(job).fail(Problem::Broken(problem)),
            },
        }
    }
}

fn load(model: &mut LlamaModel, base: &Head, path: &Path) -> Result<LlamaLoraAdapter, String> {
    Head::open(path)?.check_adapter(base)?;
    model.lora_adapter_init(path).map_err(|_| "llama.cpp does not load this adapter".to_owned())
}
