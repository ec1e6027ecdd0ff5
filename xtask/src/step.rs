//! Steps of a longer run: each printed with its command and its time, the failures named again at the end.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::repo;

/// A run of steps: stops at the first failure unless told to keep going.
pub(crate) struct Steps {
    keep_going: bool,
    done: Vec<(String, Duration, Option<String>)>,
}

impl Steps {
    pub(crate) fn new(keep_going: bool) -> Self {
        Self { keep_going, done: Vec::new() }
    }

    /// Runs one step and prints how long it took.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.failed() && !self.keep_going {
            return Ok(());
        }
        println!("── {name}");
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        let failure = result.err().map(|error| format!("{error:#}"));
        match &failure {
            None => println!("── {name}: ok in {}", human(took)),
            Some(why) => println!("── {name}: FAILED in {}: {why}", human(took)),
        }
        self.done.push((name.to_owned(), took, failure));
        Ok(())
    }

    fn failed(&self) -> bool {
        self.done.iter().any(|(_, _, failure)| failure.is_some())
    }

    /// Prints the table of times and says whether all went well.
    pub(crate) fn finish(self) -> Result<()> {
        println!();
        let mut total = Duration::ZERO;
        for (name, took, failure) in &self.done {
            total += *took;
            let mark = if failure.is_some() { "FAILED" } else { "ok" };
            println!("{name:<20} {:>8}  {mark}", human(*took));
        }
        println!("{:<20} {:>8}", "total", human(total));
        let failed: Vec<&str> =
            self.done.iter().filter(|(_, _, failure)| failure.is_some()).map(|(name, _, _)| name.as_str()).collect();
        ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
        println!("all {} steps passed", self.done.len());
        Ok(())
    }
}

fn human(took: Duration) -> String {
    let secs = took.as_secs_f64();
    if secs < 60.0 { format!("{secs:.1} s") } else { format!("{}:{:02} min", secs as u64 / 60, secs as u64 % 60) }
}

/// A command whose output goes to ours.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

/// A command whose output we want.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command.output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` wrote something that is not UTF-8"))
}

/// `cargo` as the caller runs it.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(args);
    command
}

/// `npm` in the folder of the user interface.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(args).current_dir("ui");
    command
}

/// The packages of the user interface, fetched again only when the lock file is another than last time.
pub(crate) fn install_ui() -> Result<()> {
    let lock = std::fs::read("ui/package-lock.json").context("cannot read `ui/package-lock.json`")?;
    let installed = "ui/node_modules/.installed-from";
    if std::fs::read(installed).is_ok_and(|last| last == lock) {
        println!("the packages of ui/package-lock.json are there");
        return Ok(());
    }
    run(&mut npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    Ok(std::fs::write(installed, lock)?)
}

fn shown(command: &Command) -> String {
    let mut words = vec![name_of(&command.get_program().to_string_lossy())];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

fn name_of(program: &str) -> String {
    program.rsplit('/').next().unwrap_or(program).to_owned()
}

/// Builds the server as the tests do, so that nothing is compiled a second time with other features, and says where it is.
pub(crate) fn debug_server() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--workspace", "--tests", "--locked"]))?;
    let binary = repo::target()?.join("debug/shuzheng");
    ensure!(binary.exists(), "cargo built no `{}`", binary.display());
    Ok(binary)
}
