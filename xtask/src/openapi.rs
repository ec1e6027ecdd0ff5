//! The committed description of the HTTP interface, compared with what the server says of itself: the binary named in
//! `SHUZHENG_BIN`, or a freshly built one.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::repo;
use crate::step::{self, output};

const COMMITTED: &str = "api/openapi.json";

/// Fails when `api/openapi.json` is not what the server generates.
pub(crate) fn compare() -> Result<()> {
    let committed = std::fs::read_to_string(repo::root().join(COMMITTED))
        .with_context(|| format!("cannot read `{COMMITTED}`: run cargo xtask openapi --write"))?;
    let generated = generate()?;
    if committed == generated {
        return Ok(());
    }
    let line = committed.lines().zip(generated.lines()).position(|(a, b)| a != b).map_or(1, |index| index + 1);
    bail!("`{COMMITTED}` differs from the server at line {line}: run cargo xtask openapi --write and read the diff")
}

/// Rewrites `api/openapi.json`.
pub(crate) fn write() -> Result<()> {
    let path = repo::root().join(COMMITTED);
    std::fs::create_dir_all(repo::root().join("api"))?;
    std::fs::write(&path, generate()?)?;
    println!("wrote {COMMITTED}");
    Ok(())
}

fn generate() -> Result<String> {
    let binary = match std::env::var_os("SHUZHENG_BIN") {
        Some(binary) => binary.into(),
        None => step::debug_server()?,
    };
    let printed = output(Command::new(binary).arg("openapi"))?;
    let value: serde_json::Value = serde_json::from_str(&printed).context("`shuzheng openapi` did not print JSON")?;
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}
