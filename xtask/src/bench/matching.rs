//! Matching 100,000 enterprises with 1,000 policies: `cargo xtask bench matching [--binary FILE]`.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::launch::Scratch;
use crate::repo;
use crate::step::{cargo, output, run};

/// Measures and prints: the columns alone, and with a binary the whole command from file to file.
pub(crate) fn matching(binary: Option<&str>) -> Result<()> {
    run(&mut cargo(&["build", "--quiet", "--release", "--package", "entitlement", "--example", "matching"]))?;
    let measure = repo::target()?.join("release/examples/matching");
    let table = output(Command::new(&measure).arg("score"))?;
    ensure!(table.contains("the same answers"), "nothing was measured");
    println!("{}", table.trim_end());
    let Some(binary) = binary else { return Ok(()) };
    let scratch = Scratch::new("matching")?;
    let folder = scratch.folder("lines")?;
    run(Command::new(&measure).arg("make").arg(&folder))?;
    let begun = Instant::now();
    let status = Command::new(binary)
        .args(["policies", "match", "--threads", "2", "--top", "20", "--day", "2026-11-25", "--profiles"])
        .arg(folder.join("profiles.jsonl"))
        .arg("--policies")
        .arg(folder.join("policies.jsonl"))
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "`policies match` ended with {status}");
    println!("| `policies match`, from file to file, 2 threads | {:.1} s |", begun.elapsed().as_secs_f64());
    Ok(())
}
