//! File sizes: at most 700 lines without tests, unless `xtask/oversize.txt` says so. That list may only shrink.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::source::Tree;
use crate::repo;

const MAX_LINES: usize = 700;

/// Names files that have outgrown a reader's patience, and lines of the list that are no longer needed.
pub(super) fn sizes(tree: &Tree) -> Result<Vec<String>> {
    let mut listed = BTreeMap::new();
    for line in repo::list("xtask/oversize.txt")? {
        let (path, lines) =
            line.split_once(' ').with_context(|| format!("xtask/oversize.txt: `{line}` has no size"))?;
        let lines: usize = lines.trim().parse().with_context(|| format!("xtask/oversize.txt: `{line}`"))?;
        listed.insert(path.to_owned(), lines);
    }
    let mut found = Vec::new();
    for file in tree.rust() {
        let lines = file.code().lines().count();
        let allowed = listed.remove(&file.path);
        match allowed {
            Some(max) if lines > max => {
                found.push(format!("{} grew to {lines} lines (listed: {max}): split it", file.path))
            }
            Some(_) if lines <= MAX_LINES => {
                found.push(format!("{} is small now: take it off xtask/oversize.txt", file.path))
            }
            None if lines > MAX_LINES => {
                found.push(format!("{} has {lines} lines, more than {MAX_LINES}: split it", file.path))
            }
            _ => {}
        }
        if file.is_test() && file.text.lines().count() > 2 * MAX_LINES {
            found.push(format!("{} has more than {} lines: split these tests by subject", file.path, 2 * MAX_LINES));
        }
    }
    found.extend(listed.keys().map(|path| format!("{path} is gone: take it off xtask/oversize.txt")));
    Ok(found)
}
