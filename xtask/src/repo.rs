//! Where things are: the repository's root, its files, the compiled binaries.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The root of this clone.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where cargo puts what it builds: the folder this very program was started from.
pub(crate) fn target() -> Result<PathBuf> {
    let me = std::env::current_exe().context("cannot find the running program")?;
    let target = me.parent().and_then(Path::parent).context("xtask runs outside a target folder")?;
    Ok(target.to_path_buf())
}

/// The files of the repository, relative to its root: tracked ones and new ones that git does not ignore.
pub(crate) fn files() -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .context("cannot start git")?;
    ensure!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<String> = output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .filter(|name| root().join(name).is_file())
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of a file of the repository; `None` for a binary one.
pub(crate) fn text(path: &str) -> Result<Option<String>> {
    let bytes = std::fs::read(root().join(path)).with_context(|| format!("cannot read `{path}`"))?;
    Ok(String::from_utf8(bytes).ok())
}

/// The lines of one of our list files: comments and empty lines left out.
pub(crate) fn list(path: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root().join(path)).with_context(|| format!("cannot read `{path}`"))?;
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}
