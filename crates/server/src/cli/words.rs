//! `shuzheng guard words`: the keyword library as lines that a person can read, edit and bring back, with a history.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use guard::words::{Entry, Library};
use serde::Serialize;

use crate::cli::print;

/// What to do with the library.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print how many entries each category has, one JSON line each.
    List {
        /// Another library than the one that ships.
        #[arg(long)]
        words: Option<PathBuf>,
    },
    /// Write the library as lines: term, category, action, weight, companion words, note.
    Export {
        /// Another library than the one that ships.
        #[arg(long)]
        words: Option<PathBuf>,
        /// Where the lines go.
        #[arg(long)]
        output: PathBuf,
    },
    /// Check edited lines and take them over as a library; what changed is added to the history beside it.
    Import {
        /// The edited lines.
        input: PathBuf,
        /// The library that they replace, made when it is not there.
        #[arg(long)]
        words: PathBuf,
    },
}

#[derive(Serialize)]
struct CountLine {
    category: String,
    entries: usize,
}

/// One import: a line of the history.
#[derive(Serialize)]
struct ImportLine {
    at: String,
    file: String,
    entries: usize,
    added: usize,
    removed: usize,
    changed: usize,
}

/// Reads a library of exported lines.
pub fn read(path: &Path) -> anyhow::Result<Library> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Library::import(&path.display().to_string(), &text)?)
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { words } => {
                let own = words.as_deref().map(read).transpose()?;
                for (category, entries) in own.as_ref().unwrap_or_else(|| Library::built_in()).counts() {
                    print(&serde_json::to_string(&CountLine { category: category.to_string(), entries })?)?;
                }
            }
            Self::Export { words, output } => {
                let own = words.as_deref().map(read).transpose()?;
                let lines = own.as_ref().unwrap_or_else(|| Library::built_in()).export();
                std::fs::write(&output, lines).with_context(|| format!("cannot write `{}`", output.display()))?;
            }
            Self::Import { input, words } => print(&serde_json::to_string(&import(&input, &words)?)?)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Nothing is taken when a line is wrong: the old library stays.
fn import(input: &Path, words: &Path) -> anyhow::Result<ImportLine> {
    let new = read(input)?;
    let old = if words.exists() { Some(read(words)?) } else { None };
    let by_term = |library: &Library| -> BTreeMap<String, Entry> {
        library.entries().iter().map(|e| (e.term.clone(), e.clone())).collect()
    };
    let before = by_term(old.as_ref().unwrap_or_else(|| Library::built_in()));
    let after = by_term(&new);
    let terms: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let count = |test: &dyn Fn(Option<&Entry>, Option<&Entry>) -> bool| {
        terms.iter().filter(|term| test(before.get(**term), after.get(**term))).count()
    };
    let line = ImportLine {
        at: kernel::Clock::system().now().to_string(),
        file: input.display().to_string(),
        entries: after.len(),
        added: count(&|old, new| old.is_none() && new.is_some()),
        removed: count(&|old, new| old.is_some() && new.is_none()),
        changed: count(&|old, new| matches!((old, new), (Some(old), Some(new)) if old != new)),
    };
    let beside = words.with_extension("new");
    std::fs::write(&beside, new.export()).with_context(|| format!("cannot write `{}`", beside.display()))?;
    std::fs::rename(&beside, words).with_context(|| format!("cannot write `{}`", words.display()))?;
    let history = words.with_extension("history.jsonl");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&history)
        .with_context(|| format!("cannot write `{}`", history.display()))?;
    writeln!(file, "{}", serde_json::to_string(&line)?)?;
    Ok(line)
}
