//! What CI runs, and its quick half for the inner loop.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::{Steps, cargo, install_ui, npm, output, run};
use crate::{clients, e2e, examples, llama, openapi, tidy};

/// Everything, cheap checks first.
pub(crate) fn ci(keep_going: bool) -> Result<()> {
    let mut steps = Steps::new(keep_going);
    steps.step("fmt", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
    steps.step("tidy", tidy::tidy)?;
    // The server's crate embeds the built pages, so they come before the first compilation.
    steps.step("ui install", install_ui)?;
    steps.step("ui lint", || run(&mut npm(&["run", "--silent", "lint"])))?;
    steps.step("ui test", || run(&mut npm(&["run", "--silent", "test"])))?;
    steps.step("ui build", || run(&mut npm(&["run", "--silent", "build"])))?;
    steps.step("clippy", || {
        run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    })?;
    steps.step("tests", || tests(&["--workspace"]))?;
    steps.step("llama", llama::check)?;
    steps.step("doc", || {
        run(cargo(&["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    steps.step("openapi", openapi::compare)?;
    steps.step("e2e", e2e::e2e)?;
    steps.step("clients", || clients::clients(None))?;
    steps.step("examples", || examples::examples(None))?;
    steps.finish()
}

/// The checks of the crates that differ from `main`.
pub(crate) fn fast() -> Result<()> {
    let mut steps = Steps::new(false);
    steps.step("fmt", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
    steps.step("tidy", tidy::tidy)?;
    let changed = changed_packages()?;
    if changed.is_empty() {
        println!("no crate differs from main");
        return steps.finish();
    }
    let packages: Vec<&str> = changed.iter().flat_map(|name| ["--package", name.as_str()]).collect();
    steps.step("clippy", || {
        let args = [&["clippy"], packages.as_slice(), &["--all-targets", "--", "-D", "warnings"]].concat();
        run(&mut cargo(&args))
    })?;
    steps.step("tests", || tests(&packages))?;
    steps.finish()
}

/// Tests by nextest where it is installed, which also shows the slow ones; by plain `cargo test` where it is not.
/// Building nextest itself would cost a bare two-core machine longer than it saves.
fn tests(which: &[&str]) -> Result<()> {
    let has_nextest = Command::new("cargo-nextest").arg("--version").output().is_ok_and(|out| out.status.success());
    if has_nextest {
        run(&mut cargo(&[&["nextest", "run", "--locked", "--profile", "ci"], which].concat()))
    } else {
        println!("cargo-nextest is not installed: using cargo test");
        run(&mut cargo(&[&["test", "--locked", "--lib", "--bins", "--tests", "--no-fail-fast"], which].concat()))
    }
}

/// The packages with a file that differs from where this branch left `main`, or that is new.
fn changed_packages() -> Result<BTreeSet<String>> {
    let base = output(Command::new("git").args(["merge-base", "HEAD", "main"])).unwrap_or_else(|_| "HEAD".to_owned());
    let differing = output(Command::new("git").args(["diff", "--name-only", base.trim()]))?;
    let new = output(Command::new("git").args(["ls-files", "--others", "--exclude-standard"]))?;
    let packages =
        differing.lines().chain(new.lines()).filter_map(|path| match path.split('/').collect::<Vec<_>>()[..] {
            ["crates", name, _, ..] => Some(name.to_owned()),
            ["xtask", _, ..] => Some("xtask".to_owned()),
            _ => None,
        });
    Ok(packages.filter(|name| name == "xtask" || Path::new("crates").join(name).join("Cargo.toml").exists()).collect())
}
