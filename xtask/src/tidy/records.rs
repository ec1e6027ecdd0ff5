//! Records that the server reads at start are at least well-formed here, so that a slip is found before a build.

use anyhow::Result;

use super::source::Tree;

/// Names data files that are not TOML, and collections of the demo agency without texts.
pub(super) fn records(tree: &Tree) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.starts_with("policies/") || file.path.starts_with("demo/")) {
        if !file.path.ends_with(".toml") {
            continue;
        }
        let table = match file.text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                found.push(format!("{}: {error}", file.path));
                continue;
            }
        };
        if file.path == "demo/collections.toml" {
            let collections = table.get("collections").and_then(toml::Value::as_array).into_iter().flatten();
            for folder in collections.filter_map(|collection| collection.get("folder")?.as_str()) {
                let inside = format!("demo/{folder}/");
                if !tree.files.iter().any(|file| file.path.starts_with(&inside) && file.path.ends_with(".md")) {
                    found.push(format!("demo/collections.toml: no Markdown file in {inside}"));
                }
            }
        }
    }
    Ok(found)
}
