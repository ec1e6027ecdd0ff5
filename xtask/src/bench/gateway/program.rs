//! A program that is measured: started, asked what it uses, and gone when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long a program may take to end when it is asked to.
const FAREWELL: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(100);

/// A running program.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// What a program and those that it started use.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Processor time since its start.
    pub(crate) cpu: Duration,
    /// Resident memory in bytes.
    pub(crate) memory: u64,
}

impl Program {
    /// Starts a program that says on its standard output where it listens.
    pub(crate) fn announced(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let address = loop {
            let Some(line) = lines.next() else {
                let status = child.wait()?;
                bail!("the program ended with {status} before it listened");
            };
            if let Some((_, address)) = line?.split_once("listening on http://") {
                break address.trim().trim_end_matches('/').parse()?;
            }
        };
        // Whatever it prints later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    /// Starts a program that was told to listen at `address`. It may need a while until it does.
    pub(crate) fn at(command: &mut Command, address: SocketAddr) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Self { child, address })
    }

    /// How it ended, when it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// What it uses now.
    pub(crate) fn used(&self) -> Used {
        let (mut ticks, mut pages) = (0u64, 0u64);
        for pid in family(self.child.id()) {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
            let field = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
            // utime, stime and rss of proc(5), counted from the field behind the name.
            ticks += field(11) + field(12);
            pages += field(21);
        }
        Used { cpu: Duration::from_millis(ticks * 10), memory: pages * 4096 }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // A killed parent leaves its workers behind: it is asked first, and what is left then is killed.
        let family = family(self.child.id());
        signal("-TERM", &[self.child.id()]);
        let mut waited = Duration::ZERO;
        while waited < FAREWELL && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        signal("-KILL", &family);
        let _ = self.child.wait();
    }
}

fn signal(name: &str, pids: &[u32]) {
    // Those that are gone already are no problem.
    let _ = Command::new("kill").arg(name).args(pids.iter().map(ToString::to_string)).stderr(Stdio::null()).status();
}

/// A process and all that it started, whichever of its threads did.
fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(pid) = all.get(at).copied() {
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        at += 1;
    }
    all
}

/// A port that is free now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
