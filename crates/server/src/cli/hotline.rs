//! `shuzheng hotline`: drafts of work orders from lines of text, for trying a city's own files.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::{Args, Subcommand};
use hotline::Policy;
use hotline::hot::Appeal;
use kernel::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assets;
use crate::cli::batch::{self, BatchArgs, LineError};
use crate::cli::print;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draft work orders from lines `{"id","text"}`.
    Draft(Drafts),
    /// Find repeats among lines `{"id","text","received_at"}`: a line `{"id","earlier","likeness"}` for each pair.
    Repeats(Drafts),
    /// Check replies of lines `{"id","appeal","reply"}`: complete, relevant, with a basis.
    CheckReply(Drafts),
}

/// Where the lines and the city's files are.
#[derive(Debug, Args)]
pub struct Drafts {
    /// The data folder whose `policies/hotline*` are used; the files that ship when absent.
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: serde_json::Value,
    text: String,
    /// When it was received, RFC 3339; now when absent.
    #[serde(default)]
    received_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct RepeatLine<'l> {
    id: &'l serde_json::Value,
    earlier: &'l serde_json::Value,
    likeness: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyLine {
    id: serde_json::Value,
    appeal: String,
    reply: String,
}

#[derive(Serialize)]
struct CheckedLine {
    id: serde_json::Value,
    checks: Vec<hotline::ReplyCheck>,
}

#[derive(Serialize)]
struct DraftLine {
    id: serde_json::Value,
    #[serde(flatten)]
    draft: hotline::Draft,
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Draft(args) => args.run(),
            Self::Repeats(args) => args.repeats(),
            Self::CheckReply(args) => args.check_reply(),
        }
    }
}

impl Drafts {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let policy = Policy::parse(&assets::hotline(self.data.as_deref())?)?;
        let clock = Clock::system();
        batch::run(&self.batch, |line: Line| {
            if line.text.trim().is_empty() {
                return Err(LineError::new("hotline.empty", "the text is empty"));
            }
            let said = hotline::utterances(&policy, &line.text);
            let mut draft = hotline::draft(&policy, &said, line.received_at.unwrap_or_else(|| clock.now()));
            draft.caller = draft.caller.masked();
            Ok(DraftLine { id: line.id, draft })
        })
    }

    /// Repeats are looked for among all lines, so all are read first.
    fn repeats(&self) -> anyhow::Result<ExitCode> {
        let policy = Policy::parse(&assets::hotline(self.data.as_deref())?)?;
        let now = Clock::system().now();
        let seen: Mutex<Vec<(serde_json::Value, Appeal)>> = Mutex::new(Vec::new());
        let code = batch::collect(&self.batch, |line: Line| {
            let at = line.received_at.unwrap_or(now);
            let said = hotline::utterances(&policy, &line.text);
            let place = hotline::draft(&policy, &said, at).place.value;
            let appeal = Appeal {
                id: line.id.to_string(),
                at,
                summary: String::new(),
                text: line.text,
                place,
                category: None,
                urgency: hotline::Urgency::Normal,
            };
            seen.lock().unwrap_or_else(PoisonError::into_inner).push((line.id, appeal));
            Ok(())
        })?;
        let (ids, appeals): (Vec<_>, Vec<_>) =
            seen.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().unzip();
        for (later, earlier, likeness) in hotline::hot::repeats(&policy, &appeals) {
            if let (Some(id), Some(earlier)) = (ids.get(later), ids.get(earlier)) {
                print(&serde_json::to_string(&RepeatLine { id, earlier, likeness })?)?;
            }
        }
        Ok(code)
    }

    fn check_reply(&self) -> anyhow::Result<ExitCode> {
        let policy = Policy::parse(&assets::hotline(self.data.as_deref())?)?;
        let now = Clock::system().now();
        batch::run(&self.batch, |line: ReplyLine| {
            let checks = hotline::reply::check(&policy, &line.appeal, &line.reply, None, now);
            Ok(CheckedLine { id: line.id, checks })
        })
    }
}
