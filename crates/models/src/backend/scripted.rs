//! A backend that says what it was told to: for tests and rehearsals.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use guard::{Draft, Usage};
use serde_json::json;

use crate::backend::{Backend, ChatCall, Health, Pieces, Progress, Reply};
use crate::{DraftRequest, Error, answer};

/// Answers from a list, one a question, then from the last for ever.
#[derive(Debug)]
pub struct Scripted {
    model: String,
    lines: Mutex<VecDeque<String>>,
    seen: Mutex<Vec<String>>,
    /// Characters of a piece; 0 when a line comes at once.
    piece: usize,
}

impl Scripted {
    /// A script of answers in a model's running text with `[n]` marks.
    #[must_use]
    pub fn new(model: &str, lines: &[&str]) -> Self {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Self { model: model.to_owned(), lines: Mutex::new(lines), seen: Mutex::default(), piece: 0 }
    }

    /// The same script, written piece by piece.
    #[must_use]
    pub fn in_pieces_of(self, chars: usize) -> Self {
        Self { piece: chars, ..self }
    }

    /// The prompts it was given, in order.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Backend for Scripted {
    async fn draft(
        &self,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request.prompt.text().to_owned());
        let line = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() > 1 { lines.pop_front() } else { lines.front().cloned() }.unwrap_or_default()
        };
        let mut statements = answer::Statements::default();
        let ends: Vec<usize> = line.char_indices().map(|(i, c)| i + c.len_utf8()).collect();
        for end in ends.iter().skip(self.piece.saturating_sub(1)).step_by(self.piece.max(1)).filter(|_| self.piece > 0)
        {
            let so_far = line.get(..*end).unwrap_or_default();
            statements.finished(so_far).into_iter().for_each(|s| progress(Progress::Statement(s)));
            tokio::task::yield_now().await;
        }
        progress(Progress::Writing(line.len()));
        Ok(Draft {
            model: self.model.clone(),
            segments: answer::segments(&line),
            reasoning: None,
            usage: Usage::default(),
        })
    }

    async fn chat(&self, call: &ChatCall) -> Result<Reply, Error> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(String::from_utf8_lossy(call.body()).into_owned());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = if lines.len() > 1 { lines.pop_front() } else { lines.front().cloned() }.unwrap_or_default();
        if !call.is_stream() {
            let message = json!({ "role": "assistant", "content": line });
            let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
            let usage = json!({ "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12 });
            let body = json!({ "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": self.model, "choices": [choice], "usage": usage });
            return Ok(Reply::Whole(body.to_string().into_bytes()));
        }
        let chunk = |delta: serde_json::Value, finish: Option<&str>| {
            json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": self.model,
                "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] })
            .to_string()
        };
        let mut pieces: VecDeque<String> =
            line.chars().map(|c| chunk(json!({ "content": c.to_string() }), None)).collect();
        pieces.push_back(chunk(json!({}), Some("stop")));
        Ok(Reply::Pieces(Box::new(Told(pieces))))
    }

    async fn health(&self) -> Health {
        Health::Up
    }
}

struct Told(VecDeque<String>);

#[async_trait]
impl Pieces for Told {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        Ok(self.0.pop_front())
    }
}
