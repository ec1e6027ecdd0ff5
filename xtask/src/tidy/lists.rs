//! Lists that many branches add to are kept sorted between `tidy: sorted` and `tidy: end`, so that they merge.

use anyhow::Result;

use super::source::Tree;

/// Names the first line out of order in each marked list.
pub(super) fn lists(tree: &Tree) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in
        tree.files.iter().filter(|file| !file.path.starts_with("xtask/src/tidy") && !file.path.starts_with("docs/"))
    {
        let mut open = None;
        let mut last: Option<&str> = None;
        for (index, line) in file.text.lines().enumerate() {
            let line = line.trim();
            if line.ends_with("tidy: sorted") {
                (open, last) = (Some(index + 1), None);
            } else if line.ends_with("tidy: end") {
                open = None;
            } else if open.is_some() && !line.is_empty() && !line.starts_with("//") && !line.starts_with('#') {
                if last.is_some_and(|last| last > line) {
                    found.push(format!("{}:{}: `{line}` is out of order", file.path, index + 1));
                    open = None;
                }
                last = Some(line);
            }
        }
        if let Some(line) = open {
            found.push(format!("{}:{line}: a sorted list without `tidy: end`", file.path));
        }
    }
    Ok(found)
}
