//! The seam to whatever writes drafts: built in, an endpoint, or a script for tests.

pub mod extractive;
pub mod openai;
pub mod scripted;

use async_trait::async_trait;
use guard::{Draft, DraftSegment};
use serde::Serialize;

use crate::{DraftRequest, Error};

/// How far a draft is. Whatever text it carries is a draft: nothing of it may be shown before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
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

/// What writes drafts.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Writes a draft from the clean prompt and the evidence alone.
    async fn draft(
        &self,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error>;

    /// Whether it would answer now.
    async fn health(&self) -> Health;
}
