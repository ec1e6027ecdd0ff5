//! The seam to whatever writes drafts and answers chats: built in, an endpoint, in this process, or a script for tests.

#[cfg(not(feature = "llama"))]
mod absent;
pub mod extractive;
#[cfg(feature = "llama")]
pub mod llama;
pub mod openai;
pub mod scripted;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use guard::{Draft, DraftSegment};
use kernel::{Clock, DataLevel};
use serde::Serialize;

use crate::gguf::Head;
use crate::{DraftRequest, Error, ModelRecord, files};

/// How far a draft is. Whatever text it carries is a draft: nothing of it may be shown before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The request waits for a place; where it stands.
    Queued(u32),
    /// The model reasons; bytes of reasoning so far.
    Reasoning(usize),
    /// The model writes; bytes of answer so far.
    Writing(usize),
    /// The model failed before its end; another one begins.
    Anew,
    /// A statement that the model has finished; more follows.
    Statement(DraftSegment),
}

/// Whether a backend would answer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It answers.
    Up,
    /// It does not.
    Down,
}

/// A chat as it is sent: an OpenAI request whose texts the guard has screened. Made only by [`crate::gateway`].
#[derive(Debug, Clone)]
pub struct ChatCall {
    pub(crate) body: Vec<u8>,
    pub(crate) stream: bool,
    pub(crate) level: DataLevel,
}

impl ChatCall {
    /// The request as JSON. Its `model` is the model's own name.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether the answer is wanted in pieces.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.stream
    }
}

/// What a model answers.
pub enum Reply {
    /// All of it: a chat completion as JSON.
    Whole(Vec<u8>),
    /// Piece by piece.
    Pieces(Box<dyn Pieces>),
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Pieces(_) => "Pieces",
        })
    }
}

/// An answer that comes in pieces. Dropping it stops the model.
#[async_trait]
pub trait Pieces: Send {
    /// The next chat completion chunk as JSON; nothing after the last one.
    async fn next(&mut self) -> Result<Option<String>, Error>;
}

/// Vectors, and how many tokens were read for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// One for each text, in order.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens read; 0 when the model does not count.
    pub tokens: u32,
}

/// What an endpoint says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Probed {
    /// The models it lists.
    pub models: Vec<String>,
    /// Which program it seems to be: `vllm`, `sglang`, `llama.cpp`, `mindie`, or empty.
    pub program: String,
    /// The longest context in tokens, when it says so.
    pub context_tokens: Option<u64>,
}

/// The backend of a model in this process; in a program built without llama.cpp one that says so.
pub(crate) fn in_process(model: &ModelRecord, base: Option<&ModelRecord>, clock: &Clock) -> Arc<dyn Backend> {
    #[cfg(feature = "llama")]
    return Arc::new(llama::Llama::new(model, base, clock.clone()));
    #[cfg(not(feature = "llama"))]
    {
        let _ = (base, clock);
        Arc::new(absent::Absent(model.id.clone()))
    }
}

/// Checks the files of a model in this process before it is registered. The error says what is wrong with them.
pub(crate) fn check_files(model: &ModelRecord, base: Option<&ModelRecord>) -> Result<(), String> {
    let head = |model: &ModelRecord| {
        let file = Path::new(model.file.as_deref().unwrap_or_default());
        files::vouch(model, file).map_err(|problem| problem.to_string())?;
        Head::open(file).map_err(|problem| format!("model `{}`: {problem}", model.id))
    };
    let own = head(model)?;
    match base {
        Some(base) => own.check_adapter(&head(base)?).map_err(|problem| format!("model `{}`: {problem}", model.id)),
        None => Ok(()),
    }
}

/// What writes drafts, answers chats and makes vectors.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Writes a draft from the clean prompt and the evidence alone.
    async fn draft(
        &self,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error>;

    /// Answers a chat. What cannot says so.
    async fn chat(&self, _call: &ChatCall) -> Result<Reply, Error> {
        Err(Error::Unsupported { what: "chat" })
    }

    /// Makes a vector for each text.
    async fn embed(&self, _texts: &[String], _level: DataLevel) -> Result<Vectors, Error> {
        Err(Error::Unsupported { what: "embeddings" })
    }

    /// Asks the endpoint what it is and has.
    async fn probe(&self) -> Result<Probed, Error> {
        Err(Error::Unsupported { what: "probing" })
    }

    /// Whether it would answer now.
    async fn health(&self) -> Health;
}
