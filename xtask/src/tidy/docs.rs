//! Every Rust file opens with a sentence about itself; every crate says what it does, and modules live beside their folders.

use anyhow::Result;

use super::source::Tree;

/// Names files without an opening `//!`, and `mod.rs` files.
pub(super) fn docs(tree: &Tree) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in tree.rust() {
        if !file.text.starts_with("//! ") {
            found.push(format!("{}: open with one `//!` sentence that says what the file is for", file.path));
        }
        if file.path.ends_with("/mod.rs") {
            found.push(format!("{}: use `foo.rs` beside `foo/`, not `mod.rs`", file.path));
        }
        let crate_story = file.path.starts_with("crates/") && file.path.ends_with("/src/lib.rs");
        if crate_story && file.text.lines().take_while(|line| line.starts_with("//!")).count() < 3 {
            found.push(format!("{}: say what the crate does, what it does not, and where to start reading", file.path));
        }
    }
    Ok(found)
}
