//! Reading: files of strangers are read in a process of their own, with limits of memory, time and file size, so that
//! a file that breaks its reader gives a defect and never ends the server.
//!
//! The program starts itself again with a hidden command ([`child`]): the file goes in on stdin, progress and the
//! document come out on stdout as JSON lines. Plain text, which no decoder touches, is read here.

pub mod child;
mod programs;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use documents::{Defect, DefectCode, Document, Format, Limits, Watch};
use serde::{Deserialize, Serialize};

/// Plain text up to this size is read in the server's own process: at most tenths of a second.
const PLAIN_BYTES: usize = 8 << 20;

/// How often it is seen whether anybody still waits for a document.
const GLANCE: Duration = Duration::from_millis(250);

/// Bytes that a reader may write: a document of five million characters has less than a tenth of it.
const MOST_OUTPUT_BYTES: u64 = 512 << 20;

/// What reading one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Address space of the reader, in MiB.
    pub memory_mib: u64,
    /// Address space while LibreOffice converts an old file, in MiB.
    pub office_memory_mib: u64,
    /// Seconds of processor time of the reader, and of each program that it starts.
    pub cpu_secs: u64,
    /// Seconds without a page or a defect after which a reader is ended.
    pub stall_secs: u64,
    /// Seconds after which a reader is ended in any case. Recognising a page takes some seconds.
    pub total_secs: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { memory_mib: 2048, office_memory_mib: 6144, cpu_secs: 90, stall_secs: 180, total_secs: 3600 }
    }
}

/// What a reader is told before the file's bytes, as one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    name: String,
    length: usize,
    limits: Limits,
    memory_mib: u64,
    cpu_secs: u64,
    /// A folder for the programs that the reader starts; it goes afterwards.
    folder: PathBuf,
}

/// What a reader says, a line of JSON each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Page(u32, u32),
    Defect(Defect),
    Read(Box<Document>, Vec<Defect>),
}

/// Reads documents, hostile ones apart.
#[derive(Debug)]
pub struct Reading {
    /// The program whose hidden command reads; `None` where there is none, and everything is read in this process.
    program: Option<PathBuf>,
    bounds: Bounds,
    limits: Limits,
    /// One conversion at a time: LibreOffice takes half a gigabyte.
    office: Mutex<()>,
}

impl Reading {
    /// With the program that runs now.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        let program = own_program();
        if program.is_none() {
            tracing::warn!("there is no `shuzheng` program to read files apart; they are read in this process");
        }
        Self::with(program, bounds)
    }

    /// With this program.
    #[must_use]
    pub fn with(program: Option<PathBuf>, bounds: Bounds) -> Self {
        Self { program, bounds, limits: Limits::default(), office: Mutex::new(()) }
    }

    /// Reads a document; `watch` sees the pages and defects while they are found. Blocks.
    pub fn read(&self, name: &str, bytes: &[u8], watch: &mut dyn Watch) -> (Document, Vec<Defect>) {
        let plain = bytes.len() <= PLAIN_BYTES && documents::is_plain(bytes);
        let Some(program) = self.program.as_deref().filter(|_| !plain && bytes.len() <= self.limits.input_bytes) else {
            return documents::read_watched(name, bytes, &self.limits, watch);
        };
        match self.read_apart(program, name, bytes, watch) {
            Ok(read) => read,
            Err(defect) => {
                tracing::warn!(code = defect.code.as_str(), bytes = bytes.len(), "a reader ended without an answer");
                watch.defect(&defect);
                let format = Format::of_name(name).unwrap_or(Format::Unknown);
                (Document::empty(format), vec![defect])
            }
        }
    }

    fn read_apart(
        &self,
        program: &Path,
        name: &str,
        bytes: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<(Document, Vec<Defect>), Defect> {
        let converts = documents::is_converted(bytes);
        let _turn = converts.then(|| self.office.lock().unwrap_or_else(PoisonError::into_inner));
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            Defect::new(DefectCode::ReadFailed, format!("the reader could not {what}: {error}"))
        };
        let folder = tempfile::tempdir().map_err(|error| failed("get a folder", &error))?;
        let order = Order {
            name: name.to_owned(),
            length: bytes.len(),
            limits: self.limits.clone(),
            memory_mib: if converts { self.bounds.office_memory_mib } else { self.bounds.memory_mib },
            cpu_secs: self.bounds.cpu_secs,
            folder: folder.path().to_owned(),
        };
        let mut head = serde_json::to_vec(&order).map_err(|error| failed("be told", &error))?;
        head.push(b'\n');
        let mut reader = Reader::start(program).map_err(|error| failed("start", &error))?;
        let (stdin, stdout) = (reader.child.stdin.take(), reader.child.stdout.take());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A reader that does not want all of its file ends the pipe.
                if let Some(mut stdin) = stdin {
                    drop(stdin.write_all(&head).and_then(|()| stdin.write_all(bytes)));
                }
            });
            let (sender, said) = mpsc::sync_channel(64);
            scope.spawn(move || {
                let Some(stdout) = stdout else { return };
                for line in BufReader::with_capacity(1 << 16, stdout.take(MOST_OUTPUT_BYTES)).split(b'\n') {
                    let said = line.ok().and_then(|line| serde_json::from_slice::<Said>(&line).ok());
                    if said.is_none() || sender.send(said).is_err() {
                        return;
                    }
                }
            });
            let outcome = self.follow(&said, watch);
            // Whatever it still does, nobody waits for it: the pipes end, and with them the threads.
            drop(said);
            if outcome.is_ok() {
                reader.wait();
            }
            let ending = reader.end();
            outcome.map_err(|why| match why {
                Silence::Late => {
                    let secs = self.bounds.stall_secs;
                    Defect::new(DefectCode::TimedOut, format!("reading took too long (no page in {secs} s)"))
                }
                Silence::Ended => ended(ending, order.memory_mib),
                Silence::Unwanted => Defect::new(DefectCode::ReadFailed, "nobody waited for it any more"),
            })
        })
    }

    /// Listens until the document comes.
    fn follow(
        &self,
        said: &mpsc::Receiver<Option<Said>>,
        watch: &mut dyn Watch,
    ) -> Result<(Document, Vec<Defect>), Silence> {
        let end = Instant::now() + Duration::from_secs(self.bounds.total_secs);
        let stall = Duration::from_secs(self.bounds.stall_secs);
        let mut heard = Instant::now();
        loop {
            let until = end.min(heard + stall);
            if watch.is_over() {
                return Err(Silence::Unwanted);
            }
            let heard_now = said.recv_timeout(until.saturating_duration_since(Instant::now()).min(GLANCE));
            if heard_now.is_ok() {
                heard = Instant::now();
            }
            match heard_now {
                Ok(Some(Said::Page(done, total))) => watch.page(done, total),
                Ok(Some(Said::Defect(defect))) => watch.defect(&defect),
                Ok(Some(Said::Read(document, defects))) => return Ok((*document, defects)),
                Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(Silence::Late),
                Ok(None) | Err(mpsc::RecvTimeoutError::Disconnected) => return Err(Silence::Ended),
            }
        }
    }
}

/// Why no document came.
enum Silence {
    Late,
    Ended,
    Unwanted,
}

/// What the end of a reader that gave no document means.
fn ended(ending: Option<std::process::ExitStatus>, memory_mib: u64) -> Defect {
    // Numbers of signals on Linux: 6 is SIGABRT, by which a failed allocation ends, 24 is SIGXCPU.
    match ending.and_then(|status| status.signal()) {
        Some(6) => {
            let message = format!("reading needed more than {memory_mib} MiB of memory");
            Defect::new(DefectCode::TooLarge, message)
        }
        Some(24) => Defect::new(DefectCode::TimedOut, "reading needed more processor time than allowed"),
        Some(signal) => Defect::new(DefectCode::ReadFailed, format!("the reader was ended by signal {signal}")),
        None => {
            let code = ending.and_then(|status| status.code()).unwrap_or_default();
            Defect::new(DefectCode::ReadFailed, format!("the reader ended with status {code}"))
        }
    }
}

/// A reader that runs, and the programs it started. All end with it.
struct Reader {
    child: Child,
    ended: bool,
}

impl Reader {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts readers")]
    fn start(program: &Path) -> std::io::Result<Self> {
        Command::new(program)
            .arg(child::COMMAND)
            // No secrets of the server, and no settings of a person.
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(|child| Self { child, ended: false })
    }

    /// Waits for a reader that gave its document and is about to end.
    fn wait(&mut self) {
        for _ in 0..40 {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Ok(Some(_)) => {
                    self.ended = true;
                    return;
                }
                Err(_) => return,
            }
        }
    }

    /// Ends the reader with all it started, and says how it ended. A reader that ended by itself keeps its own ending.
    #[expect(clippy::disallowed_methods, reason = "the one way without unsafe code to end a group of processes")]
    fn end(&mut self) -> Option<std::process::ExitStatus> {
        if self.ended {
            return None;
        }
        self.ended = true;
        // Nobody has waited for the reader yet, so that its number, and that of its group, is still its own.
        let group = format!("kill -s KILL -- -{}", self.child.id());
        drop(Command::new("/bin/sh").args(["-c", &group]).stderr(Stdio::null()).status());
        drop(self.child.kill());
        self.child.wait().ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.end();
    }
}

/// The program to start: this one. A program of another name, such as a test, takes the `shuzheng` beside it.
fn own_program() -> Option<PathBuf> {
    let now = std::env::current_exe().ok()?;
    if now.file_name().is_some_and(|name| name.to_string_lossy().starts_with("shuzheng")) {
        // The file may be replaced by a new version while this one runs; this path is always the one that runs.
        let running = PathBuf::from("/proc/self/exe");
        return Some(if running.exists() { running } else { now });
    }
    now.ancestors().skip(1).take(2).map(|folder| folder.join("shuzheng")).find(|program| program.is_file())
}
