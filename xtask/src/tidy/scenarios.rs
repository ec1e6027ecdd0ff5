//! Every scenario folder is complete, and its record names the folder it lies in.

use std::collections::BTreeMap;

use anyhow::Result;

use super::source::Tree;

const PARTS: &[&str] = &["cases.md", "prompt.md", "scenario.toml"];

/// Names missing files and records under another id.
pub(super) fn scenarios(tree: &Tree) -> Result<Vec<String>> {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut found = Vec::new();
    for file in &tree.files {
        let Some((folder, part)) = file.path.strip_prefix("scenarios/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        folders.entry(folder).or_default().push(part);
        if part == "scenario.toml" {
            match file.text.parse::<toml::Table>() {
                Ok(record) if record.get("id").and_then(toml::Value::as_str) != Some(folder) => {
                    found.push(format!("{}: `id` is not `{folder}`", file.path));
                }
                Ok(_) => {}
                Err(error) => found.push(format!("{}: {error}", file.path)),
            }
        }
    }
    for (folder, parts) in folders {
        for part in PARTS.iter().filter(|part| !parts.contains(part)) {
            found.push(format!("scenarios/{folder} has no `{part}`"));
        }
    }
    Ok(found)
}
