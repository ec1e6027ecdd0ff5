//! Batch commands: JSON Lines in, one line out for each line in, in order, over all cores. A bad line gives an
//! error line and the rest goes on.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal as _, Read, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Lines worked on at once; bounds memory, and is enough to keep all cores busy.
const CHUNK_LINES: usize = 4096;
/// Bytes of lines worked on at once.
const CHUNK_BYTES: usize = 32 << 20;

/// Where the lines come from, and how many cores work on them.
#[derive(Debug, Clone, Args)]
pub struct BatchArgs {
    /// Read this file instead of standard input.
    #[arg(long)]
    input: Option<PathBuf>,
    /// How many threads; all cores when absent.
    #[arg(long)]
    threads: Option<std::num::NonZeroUsize>,
}

/// Why a line cannot be served.
#[derive(Debug, Serialize)]
pub struct LineError {
    code: String,
    message: String,
}

impl LineError {
    /// An error with its stable code.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

impl<F: kernel::Fault> From<F> for LineError {
    fn from(fault: F) -> Self {
        Self::new(fault.code(), fault.to_string())
    }
}

#[derive(Serialize)]
struct ErrorLine {
    line: u64,
    error: LineError,
}

/// Takes in all lines, in their order, for work that needs them together; bad lines are told as [`run`] tells them.
pub fn collect<I, F>(args: &BatchArgs, take: F) -> anyhow::Result<ExitCode>
where
    I: DeserializeOwned,
    F: Fn(I) -> Result<(), LineError> + Sync,
{
    let reader: Box<dyn Read> = match &args.input {
        Some(path) => Box::new(File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?),
        None => Box::new(std::io::stdin().lock()),
    };
    let mut code = ExitCode::SUCCESS;
    for (number, line) in (1..).zip(BufReader::with_capacity(1 << 20, reader).lines()) {
        let line = line.with_context(|| format!("line {number} is not UTF-8"))?;
        let read = serde_json::from_str(&line).map_err(|error| LineError::new("cli.bad_line", error.to_string()));
        if let Err(error) = read.and_then(&take) {
            code = ExitCode::FAILURE;
            crate::cli::print(&serde_json::to_string(&ErrorLine { line: number, error })?)?;
        }
    }
    Ok(code)
}

/// Runs `work` over all lines. Exit status 1 when a line was bad.
pub fn run<I, O, F>(args: &BatchArgs, work: F) -> anyhow::Result<ExitCode>
where
    I: DeserializeOwned,
    O: Serialize,
    F: Fn(I) -> Result<O, LineError> + Sync,
{
    let (reader, size): (Box<dyn Read>, u64) = match &args.input {
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
            let size = file.metadata().map(|m| m.len()).unwrap_or(0);
            (Box::new(file), size)
        }
        None => (Box::new(std::io::stdin().lock()), 0),
    };
    let threads = match args.threads {
        Some(threads) => threads.get(),
        None => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
    };
    let bar = progress(size);
    let mut reader = BufReader::with_capacity(1 << 20, reader);
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut number = 0;
    let mut bad = false;
    loop {
        let lines = read_chunk(&mut reader).context("the input broke off")?;
        if lines.is_empty() {
            break;
        }
        for answers in spread(&lines, threads, number, &work) {
            for (answer, ok) in answers {
                bad |= !ok;
                out.write_all(&answer)?;
                out.write_all(b"\n")?;
            }
        }
        number += u64::try_from(lines.len()).unwrap_or(0);
        bar.inc(lines.iter().map(|line| line.len() as u64 + 1).sum());
        out.flush()?;
    }
    bar.finish_and_clear();
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The next lines, without their ends. Empty lines count, so that numbers are those of an editor.
fn read_chunk(reader: &mut impl BufRead) -> std::io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    let mut bytes = 0;
    while lines.len() < CHUNK_LINES && bytes < CHUNK_BYTES {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        bytes += line.len();
        lines.push(line);
    }
    Ok(lines)
}

type Answer = (Vec<u8>, bool);

fn spread<I, O, F>(lines: &[Vec<u8>], threads: usize, first: u64, work: &F) -> Vec<Vec<Answer>>
where
    I: DeserializeOwned,
    O: Serialize,
    F: Fn(I) -> Result<O, LineError> + Sync,
{
    let part = lines.len().div_ceil(threads.max(1)).max(1);
    let answer = |offset: usize, lines: &[Vec<u8>]| -> Vec<Answer> {
        let numbers = (first + 1 + u64::try_from(offset).unwrap_or(0))..;
        numbers.zip(lines).filter(|(_, line)| !line.is_empty()).map(|(n, line)| one(n, line, work)).collect()
    };
    if threads <= 1 || lines.len() < 2 {
        return vec![answer(0, lines)];
    }
    std::thread::scope(|scope| {
        let answer = &answer;
        let workers: Vec<_> =
            lines.chunks(part).enumerate().map(|(at, chunk)| scope.spawn(move || answer(at * part, chunk))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

fn one<I, O, F>(number: u64, line: &[u8], work: &F) -> Answer
where
    I: DeserializeOwned,
    O: Serialize,
    F: Fn(I) -> Result<O, LineError>,
{
    let served = std::str::from_utf8(line)
        .map_err(|_| LineError::new("cli.bad_encoding", "the line is not UTF-8"))
        .and_then(|text| serde_json::from_str(text).map_err(|error| LineError::new("cli.bad_line", error.to_string())))
        .and_then(work)
        .and_then(|output| {
            serde_json::to_vec(&output).map_err(|error| LineError::new("cli.bad_output", error.to_string()))
        });
    match served {
        Ok(answer) => (answer, true),
        Err(error) => (serde_json::to_vec(&ErrorLine { line: number, error }).unwrap_or_default(), false),
    }
}

/// A bar on a terminal, nothing elsewhere.
pub fn progress(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = if bytes > 0 { ProgressBar::new(bytes) } else { ProgressBar::new_spinner() };
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar
}
