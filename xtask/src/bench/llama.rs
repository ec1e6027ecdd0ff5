//! A model in this process beside llama.cpp's own server: the same file, the same threads, turn about.
//!
//! The server comes through its Python package (`xllamacpp`: a wheel with llama.cpp's server compiled in).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::repo;
use crate::step::{cargo, output, run};

/// How often each of the two is measured; the best counts, since other work on the machine only slows down.
const ROUNDS: usize = 3;

/// Measures with so many threads and prints a Markdown table. On a machine that has other work only one thread gives
/// figures that mean something: two wait for each other at every layer.
pub(crate) fn llama(threads: &str) -> Result<()> {
    // The tests' build: llama.cpp is compiled with all its speed there too, and once is long enough.
    run(&mut cargo(&["build", "--locked", "--package", "models", "--features", "llama", "--example", NAME]))?;
    let program = repo::target()?.join("debug/examples").join(NAME);
    let folder = repo::target()?.join("llama-bench");
    run(Command::new(&program).arg("make").arg(&folder))?;
    let python = peer();
    if let Err(error) = &python {
        println!("llama.cpp's own server is left out: {error:#}");
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(measured(Command::new(&program).arg("run").arg(&folder).arg(threads))?);
        if let Ok(python) = &python {
            let script = repo::root().join("evals/llama_peer.py");
            theirs.push(measured(Command::new(python).arg(script).arg(folder.join("speed.gguf")).arg(threads))?);
        }
    }
    print(&ours, &theirs);
    Ok(())
}

const NAME: &str = "llama_speed";

fn print(ours: &[Value], theirs: &[Value]) {
    let best = |lines: &[Value], name: &str| figures(lines, name).fold(0.0, f64::max);
    println!("\n| what | in this process | llama.cpp's own server | share |\n|---|---|---|---|");
    for (name, what) in [
        ("one", "tokens/s, one answer"),
        ("eight", "tokens/s, eight answers at once"),
        ("one_cpu", "tokens a second of processor time, one answer"),
        ("eight_cpu", "tokens a second of processor time, eight answers at once"),
    ] {
        let (own, other) = (best(ours, name), best(theirs, name));
        println!("| {what} | {own:.0} | {other:.0} | {:.2} |", own / other);
    }
    let least = |name: &str| figures(ours, name).fold(f64::MAX, f64::min);
    let (changed, same) = (least("changed_ms"), least("same_ms"));
    println!("| change of the adapter | {:.1} ms | — | — |", changed - same);
    println!("| one token after a change / without one | {changed:.1} / {same:.1} ms | — | — |");
    println!("| first use of an adapter, loading it | {:.1} ms | — | — |", least("first_change_ms"));
    println!("| the base loaded and its first answer | {:.0} ms | — | — |", least("load_ms"));
}

fn figures<'l>(lines: &'l [Value], name: &'l str) -> impl Iterator<Item = f64> + 'l {
    lines.iter().filter_map(move |line| line.get(name).and_then(Value::as_f64))
}

/// The last line that a program prints, as JSON.
fn measured(command: &mut Command) -> Result<Value> {
    let said = output(command)?;
    let line = said.lines().rev().find(|line| line.starts_with('{')).context("it printed no figures")?;
    println!("{line}");
    Ok(serde_json::from_str(line)?)
}

/// The Python that has llama.cpp's server, made once under `~/.cache/shuzheng/peers`.
fn peer() -> Result<PathBuf> {
    let home = std::env::var("HOME").context("HOME is not set")?;
    let folder = Path::new(&home).join(".cache/shuzheng/peers/llama");
    let python = folder.join("bin/python");
    if !has_server(&python) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "xllamacpp"]))?;
    }
    ensure!(has_server(&python), "xllamacpp does not start");
    Ok(python)
}

fn has_server(python: &Path) -> bool {
    Command::new(python).args(["-c", "import xllamacpp"]).status().is_ok_and(|status| status.success())
}
