//! The checks of models in this process: they compile llama.cpp, which needs tools that not every machine has.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::{cargo, run};

/// Lints and tests the crate with the feature, or says loudly why not.
pub(crate) fn check() -> Result<()> {
    let missing = missing();
    if !missing.is_empty() {
        println!("!! SKIPPED: models in this process were not checked, for want of {}", missing.join(" and "));
        return Ok(());
    }
    let which = ["--package", "models", "--features", "llama", "--locked"];
    run(&mut cargo(&[&["clippy"], &which[..], &["--all-targets", "--", "-D", "warnings"]].concat()))?;
    run(&mut cargo(&[&["test"], &which[..], &["--lib", "--tests"]].concat()))
}

/// What llama.cpp needs to be compiled and is not here.
fn missing() -> Vec<&'static str> {
    let mut missing = Vec::new();
    for (program, name) in [("cmake", "cmake"), ("c++", "a C++ compiler")] {
        if !Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success()) {
            missing.push(name);
        }
    }
    if !has_libclang() {
        missing.push("libclang");
    }
    missing
}

/// Where distributions put it, or where `LIBCLANG_PATH` says.
fn has_libclang() -> bool {
    let named = std::env::var("LIBCLANG_PATH").unwrap_or_default();
    let mut folders = vec![named, "/usr/lib".into(), "/usr/lib64".into(), "/usr/lib/x86_64-linux-gnu".into()];
    folders.push("/usr/lib/aarch64-linux-gnu".into());
    let versions = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let llvm = versions.filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm"));
    folders.extend(llvm.map(|entry| entry.path().join("lib").display().to_string()));
    folders.iter().any(|folder| holds_libclang(Path::new(folder)))
}

fn holds_libclang(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with("libclang.so") || name.starts_with("libclang-") && name.contains(".so"))
}
