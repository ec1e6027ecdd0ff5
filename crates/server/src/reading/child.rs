//! The reader's own process: limits first, then the file from stdin, then the document to stdout.

use std::io::{BufRead as _, Read as _, Write as _};
use std::process::ExitCode;

use documents::{Converted, Defect, Format, Picture, Watch, Word};
use rlimit::{Resource, setrlimit};

use super::programs::Programs;
use super::{Order, Said};

/// The hidden command.
pub const COMMAND: &str = "read-document";

/// Bytes of a file that the reader or its programs write: profiles and converted documents.
const MOST_FILE_BYTES: u64 = 512 << 20;

/// Reads one order from stdin and answers it. Status 3 when the order cannot be understood.
#[must_use]
pub fn run() -> ExitCode {
    let mut stdin = std::io::stdin().lock();
    let mut head = String::new();
    let order: Order = match stdin.read_line(&mut head).map(|_| serde_json::from_str(&head)) {
        Ok(Ok(order)) => order,
        _ => return ExitCode::from(3),
    };
    if confine(&order).is_err() {
        return ExitCode::from(3);
    }
    let mut bytes = Vec::new();
    if stdin.take(order.length as u64).read_to_end(&mut bytes).is_err() || bytes.len() != order.length {
        return ExitCode::from(3);
    }
    let mut speaker = Speaker { programs: Programs::new(&order.folder), broken: false };
    let (document, defects) = documents::read_watched(&order.name, &bytes, &order.limits, &mut speaker);
    speaker.say(&Said::Read(Box::new(document), defects));
    if speaker.broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Takes from this process, and from all it starts, what a reader does not need.
fn confine(order: &Order) -> std::io::Result<()> {
    let limit = |resource: Resource, most: u64| setrlimit(resource, most, most);
    limit(Resource::AS, order.memory_mib.saturating_mul(1 << 20))?;
    limit(Resource::FSIZE, MOST_FILE_BYTES)?;
    limit(Resource::CORE, 0)?;
    // The soft limit ends the process with a signal that says why; the hard one ends it whatever it does.
    setrlimit(Resource::CPU, order.cpu_secs, order.cpu_secs.saturating_add(5))
}

/// Tells the server what happens, and lets programs help.
struct Speaker {
    programs: Programs,
    broken: bool,
}

impl Speaker {
    fn say(&mut self, said: &Said) {
        let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        let written = serde_json::to_writer(&mut out, said).map_err(std::io::Error::from);
        self.broken |= written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()).is_err();
    }
}

impl Watch for Speaker {
    fn page(&mut self, done: u32, total: u32) {
        // A page more in every hundred is enough to show that it moves; pages that take long are said one by one.
        let step = (total / 200).max(1);
        if done.is_multiple_of(step) || done == total {
            self.say(&Said::Page(done, total));
        }
    }

    fn defect(&mut self, defect: &Defect) {
        self.say(&Said::Defect(defect.clone()));
    }

    fn recognise(&mut self, picture: &Picture<'_>) -> Option<Vec<Word>> {
        self.programs.recognise(picture)
    }

    fn convert(&mut self, from: Format, bytes: &[u8]) -> Converted {
        self.programs.convert(from, bytes)
    }
}
