//! `cargo xtask screens` and `cargo xtask evals guard`: what the guard ships is built, and measured, by its own example.

use std::process::Command;

use anyhow::{Result, bail};

use crate::repo;
use crate::step::run;

/// Runs the example `screens` of the guard.
fn example(words: &[&str]) -> Result<()> {
    guard_example("screens", words)
}

/// Measures the verification of claims beside its baselines.
pub(crate) fn verification(parts: &[&str]) -> Result<()> {
    parts.iter().try_for_each(|part| guard_example("verification", &[part]))
}

/// Runs an example of the guard over the data folder beside the repository; it says so when that is absent.
fn guard_example(name: &str, words: &[&str]) -> Result<()> {
    let shared = repo::root().join("../shared");
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "guard", "--example", name, "--"]).args(words);
    if std::env::var_os("SHUZHENG_SHARED").is_none() {
        command.env("SHUZHENG_SHARED", shared);
    }
    run(&mut command)
}

/// Runs the example `recogniser`.
fn recogniser(words: &[&str]) -> Result<()> {
    let shared = std::env::var_os("SHUZHENG_SHARED").unwrap_or_else(|| repo::root().join("../shared").into());
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "guard", "--example", "recogniser", "--"]).args(words);
    run(command.arg("--shared").arg(shared))
}

/// Speeds of the guard on one core.
pub(crate) fn bench() -> Result<()> {
    println!("\n## guard: de-identification\n");
    recogniser(&["speed"])?;
    println!("\n## guard: screening, risk, the whole guard\n");
    example(&["measure", "speed"])
}

/// Rebuilds what ships: all of it, or the named parts.
pub(crate) fn rebuild(parts: &[&str]) -> Result<()> {
    let parts = if parts.is_empty() { &["words", "risk", "screen"] } else { parts };
    for part in parts {
        match *part {
            "words" => example(&["build", "words"])?,
            "risk" | "screen" => example(&["train", part])?,
            other => bail!("`{other}` is not words, risk or screen"),
        }
    }
    Ok(())
}

/// Measures what ships: all of it, or the named parts.
pub(crate) fn measure(parts: &[&str]) -> Result<()> {
    let parts = if parts.is_empty() {
        &["identifiers", "names", "screen", "risk", "unseen", "speed", "hotline"]
    } else {
        parts
    };
    for part in parts {
        println!("\n## guard: {part}\n");
        if *part == "names" {
            recogniser(&["guard", "--second"])?;
        } else {
            example(&["measure", part])?;
        }
    }
    Ok(())
}
