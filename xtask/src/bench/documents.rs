//! Reading documents beside other readers: `cargo xtask bench documents [--python FILE] [--shared DIR]`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::launch::Scratch;
use crate::repo;
use crate::step::{cargo, output, run};

/// Measures and prints. The files are beside the repository; without them it says so and ends well.
pub(crate) fn documents(python: Option<&str>, shared: &Path) -> Result<()> {
    let (pdf, laws) = (shared.join("data/documents/pdf"), shared.join("data/laws/national_laws_markdown.tar.gz"));
    if !pdf.is_dir() || !laws.is_file() {
        println!("SKIPPED: no documents in {}", shared.display());
        return Ok(());
    }
    let pdf = std::fs::canonicalize(pdf)?;
    let scratch = Scratch::new("documents")?;
    let (laws_folder, docx, texts) = (scratch.folder("laws")?, scratch.folder("docx")?, scratch.folder("texts")?);
    run(Command::new("tar").arg("xzf").arg(&laws).arg("-C").arg(&laws_folder))?;
    run(&mut cargo(&["build", "--quiet", "--release", "--package", "documents", "--example", "measure"]))?;
    let measure = repo::target()?.join("release/examples/measure");
    run(Command::new(&measure).arg("make").arg(&laws_folder).arg(&docx))?;
    let peers = Command::new(python.unwrap_or("python3"))
        .arg(repo::root().join("evals/documents/peers.py"))
        .args([&pdf, &docx, &texts])
        .status();
    if !peers.is_ok_and(|status| status.success()) {
        println!("SKIPPED: other readers need Python with pypdfium2, pymupdf, pdfplumber, python-docx and markitdown");
    }
    let table = output(Command::new(&measure).arg("score").args([&pdf, &docx, &laws_folder, &texts]))?;
    ensure!(!table.is_empty(), "nothing was measured");
    println!("{}", table.trim_end());
    Ok(())
}
