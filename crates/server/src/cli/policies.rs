//! `shuzheng policies`: decompose policies and match enterprises at the machine, without a server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use assistant::entitlements::batch_line;
use clap::{Args, Subcommand};
use entitlement::{Book, Columns, EnterprisePolicy, Fields, Profile, Standing, propose, read_table};
use kernel::{Clock, Date, Region};
use serde_json::{Value, json};

use crate::assets;
use crate::cli::batch::LineError;
use crate::cli::{print, say};
use crate::http::enterprise_policies::source_of;

/// Enterprises that are matched between two writes.
const CHUNK: usize = 20_000;

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decompose documents into policies with conditions, one line of JSON each; a person confirms them.
    Propose(Propose),
    /// Match enterprises with policies, one line of JSON for each enterprise.
    Match(Matching),
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Propose(propose) => propose.run(),
            Self::Match(matching) => matching.run(),
        }
    }
}

/// Decompose documents.
#[derive(Debug, Args)]
pub struct Propose {
    /// Where the policies apply: a six-digit code.
    #[arg(long, value_parser = |text: &str| Region::parse(text).map_err(|error| error.to_string()))]
    region: Option<Region>,
    /// The list of fields; the one that ships when absent.
    #[arg(long)]
    fields: Option<PathBuf>,
    /// Documents of any supported format.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Match enterprises.
#[derive(Debug, Args)]
pub struct Matching {
    /// The enterprises: lines of JSON, or a table (CSV, XLSX).
    #[arg(long)]
    profiles: PathBuf,
    /// The policies: lines of JSON, as `propose` writes them.
    #[arg(long)]
    policies: PathBuf,
    /// The list of fields; the one that ships when absent.
    #[arg(long)]
    fields: Option<PathBuf>,
    /// How many policies are listed for each enterprise.
    #[arg(long, default_value_t = 10)]
    top: usize,
    /// The day; today when absent.
    #[arg(long)]
    day: Option<Date>,
    /// How many threads; all cores when absent.
    #[arg(long)]
    threads: Option<std::num::NonZeroUsize>,
    /// Match one after the other instead of in columns; the answers are the same.
    #[arg(long)]
    one_by_one: bool,
    /// Give each listed policy with every condition and its clause.
    #[arg(long)]
    explain: bool,
}

fn fields(own: Option<&Path>) -> anyhow::Result<Fields> {
    let text = match own {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?,
        None => {
            let shipped = assets::scenarios(None)?.into_iter().find_map(|mut files| files.parts.remove("fields.toml"));
            shipped.context("no list of fields ships with this program: name one with `--fields`")?
        }
    };
    Ok(Fields::parse(&text)?)
}

impl Propose {
    fn run(self) -> anyhow::Result<ExitCode> {
        let fields = fields(self.fields.as_deref())?;
        let mut bad = false;
        let mut number = 0;
        for path in &self.files {
            let name = path.display().to_string();
            let bytes = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
            let (document, defects) = documents::read(&name, &bytes, &documents::Limits::default());
            for defect in &defects {
                bad |= defect.is_fatal();
                say(&format!("{name}: {}", defect.message));
            }
            let mut source = source_of(&document, String::new());
            source.region.clone_from(&self.region);
            let proposal = propose(&fields, &source);
            for note in &proposal.notes {
                say(&format!("{name} {}: {} {}", note.label, note.code, note.quote));
            }
            for policy in proposal.policies {
                number += 1;
                print(&serde_json::to_string(&EnterprisePolicy { id: format!("ep-{number:04}"), ..policy })?)?;
            }
        }
        Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

impl Matching {
    fn run(self) -> anyhow::Result<ExitCode> {
        let fields = fields(self.fields.as_deref())?;
        let day = self.day.unwrap_or_else(|| Clock::system().now().date());
        let policies = read_policies(&self.policies)?;
        let book = Book::new(&fields, policies, day)?;
        let entries = read_profiles(&fields, &self.profiles)?;
        let mut bad = false;
        let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
        for chunk in entries.chunks(CHUNK) {
            let good: Vec<Profile> = chunk.iter().filter_map(|entry| entry.as_ref().ok().cloned()).collect();
            let mut lines = self.lines(&book, &good)?.into_iter();
            for entry in chunk {
                let line = match entry {
                    Ok(_) => lines.next().unwrap_or_default(),
                    Err((line, error)) => {
                        bad = true;
                        json!({ "line": line, "error": error })
                    }
                };
                serde_json::to_writer(&mut out, &line)?;
                std::io::Write::write_all(&mut out, b"\n")?;
            }
        }
        std::io::Write::flush(&mut out)?;
        Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn lines(&self, book: &Book, profiles: &[Profile]) -> anyhow::Result<Vec<Value>> {
        if self.explain {
            return profiles.iter().map(|profile| explained(book, profile, self.top)).collect();
        }
        let threads = match self.threads {
            Some(threads) => threads.get(),
            None => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        };
        let columns =
            |profiles: &[Profile]| Columns::of(book, profiles).map_err(|(at, bad)| anyhow::anyhow!("{at}: {bad}"));
        if self.one_by_one {
            return profiles.iter().map(|profile| single_line(book, profile, self.top)).collect();
        }
        let rows = book.batch(&columns(profiles)?, self.top, threads, &|_| {});
        Ok(profiles.iter().zip(rows).map(|(profile, row)| batch_line(book, profile, &row)).collect())
    }
}

/// The line of a batch, made from the single match.
fn single_line(book: &Book, profile: &Profile, top: usize) -> anyhow::Result<Value> {
    let found = book.matches(profile)?;
    let count = |standing: Standing| found.iter().filter(|m| m.standing == standing).count();
    let listed = found.iter().filter(|m| m.standing != Standing::Unsatisfied).take(top);
    let row = entitlement::BatchRow {
        satisfied: count(Standing::Satisfied),
        missing: count(Standing::Missing),
        unsatisfied: count(Standing::Unsatisfied),
        top: listed
            .map(|m| entitlement::Listed {
                policy: m.policy,
                standing: m.standing,
                closeness: m.closeness,
                amount: m.worth.amount.or(m.worth.at_most).unwrap_or_default(),
            })
            .collect(),
    };
    Ok(batch_line(book, profile, &row))
}

fn explained(book: &Book, profile: &Profile, top: usize) -> anyhow::Result<Value> {
    let found = book.matches(profile)?;
    let policies: Vec<Value> = found
        .iter()
        .take(top)
        .filter_map(|found| book.policies().get(found.policy).map(|policy| json!({ "policy": policy, "match": found })))
        .collect();
    Ok(json!({ "id": profile.id, "name": profile.name, "policies": policies }))
}

fn read_policies(path: &Path) -> anyhow::Result<Vec<EnterprisePolicy>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut policies = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let policy = serde_json::from_str(line).with_context(|| format!("`{}` line {}", path.display(), at + 1))?;
        policies.push(policy);
    }
    if policies.is_empty() {
        bail!("`{}` holds no policy", path.display());
    }
    Ok(policies)
}

type Entry = Result<Profile, (usize, LineError)>;

/// The enterprises of a file, each or why it cannot be used.
fn read_profiles(fields: &Fields, path: &Path) -> anyhow::Result<Vec<Entry>> {
    let name = path.display().to_string();
    let is_lines = path.extension().is_some_and(|extension| extension == "jsonl" || extension == "json");
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    if !is_lines {
        let limits = documents::Limits { cells: 20_000_000, text_chars: 200_000_000, ..documents::Limits::default() };
        let (document, defects) = documents::read(&name, &bytes, &limits);
        defects.iter().for_each(|defect| say(&format!("{name}: {}", defect.message)));
        let Some(table) = document.tables.into_iter().max_by_key(Vec::len) else { bail!("`{name}` holds no table") };
        let imported = read_table(fields, &table);
        let mut entries: Vec<(usize, Entry)> =
            imported.profiles.into_iter().map(|(row, profile)| (row, Ok(profile))).collect();
        for problem in imported.problems {
            let column = problem.column.unwrap_or_default();
            let message = format!("{column} `{}` {}", problem.value, problem.wanted);
            match problem.row.filter(|_| problem.fatal) {
                Some(row) => {
                    entries.push((row, Err((row, LineError::new(&format!("entitlement.{}", problem.code), message)))))
                }
                None => say(&format!("{name}: {} {message}", problem.code)),
            }
        }
        entries.sort_by_key(|(row, _)| *row);
        return Ok(entries.into_iter().map(|(_, entry)| entry).collect());
    }
    let text = String::from_utf8(bytes).with_context(|| format!("`{name}` is not UTF-8"))?;
    let entry = |(at, line): (usize, &str)| {
        let profile: Profile =
            serde_json::from_str(line).map_err(|error| (at + 1, LineError::new("cli.bad_line", error.to_string())))?;
        profile.check(fields).map_err(|bad| (at + 1, LineError::new(bad.code(), bad.to_string())))?;
        Ok(profile)
    };
    Ok(text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(entry).collect())
}
