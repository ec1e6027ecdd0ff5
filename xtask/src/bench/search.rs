//! Search and import at the size of the statute set, and of a million articles: `cargo xtask bench search [--shared DIR]
//! [--large]`.

use std::path::Path;

use anyhow::Result;

use crate::step::{cargo, run};

/// So many articles a large agency has.
const LARGE: &str = "1000000";

/// Builds the measuring tool as it ships and runs it, or says why not.
pub(crate) fn search(shared: &Path, is_large: bool) -> Result<()> {
    let folder = shared.join("data/retrieval");
    let (articles, queries) = (folder.join("statute_articles.jsonl.gz"), folder.join("queries_train.jsonl"));
    if !articles.is_file() || !queries.is_file() {
        println!("SKIPPED search: no `{}` (name the data folder with --shared DIR)", folder.display());
        return Ok(());
    }
    let measure = |more: &[&str]| {
        let mut command =
            cargo(&["run", "--release", "--locked", "--package", "knowledge", "--example", "retrieval", "--"]);
        run(command.arg(&articles).arg(&queries).args(more))
    };
    measure(&[])?;
    if is_large {
        measure(&["--articles", LARGE])?;
    }
    Ok(())
}
