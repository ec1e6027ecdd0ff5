//! Who may use whom: the manifests compared with `xtask/edges.txt`, and heavy outside crates with their one owner.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::source::Tree;
use crate::repo;

/// Our crates may depend on each other only as the table allows. A new line there is a decision with an ADR.
pub(super) fn edges(tree: &Tree) -> Result<Vec<String>> {
    let allowed = table("xtask/edges.txt")?;
    let mut found = Vec::new();
    for (name, dependencies) in manifests(tree, &["dependencies", "dev-dependencies", "build-dependencies"])? {
        let Some(may) = allowed.get(&name) else {
            found.push(format!("`crates/{name}` has no line in xtask/edges.txt"));
            continue;
        };
        for other in dependencies.iter().filter(|other| **other != name && allowed.contains_key(*other)) {
            if !may.contains(other) {
                found.push(format!("`{name}` must not use `{other}`: pass a value, or decide a new edge in docs/adr/"));
            }
        }
    }
    Ok(found)
}

/// A heavy outside crate has one owner, so that one crate is rebuilt and one crate knows it.
pub(super) fn owners(tree: &Tree) -> Result<Vec<String>> {
    let owners = table("xtask/owners.txt")?;
    let mut found = Vec::new();
    // Tests may make by hand what their crate takes from others, such as a broken package.
    for (name, dependencies) in manifests(tree, &["dependencies", "build-dependencies"])? {
        for outside in dependencies {
            match owners.get(&outside) {
                Some(may) if !may.contains(&name) => {
                    let may = may.iter().cloned().collect::<Vec<_>>().join(", ");
                    found.push(format!("`{name}` must not use `{outside}`: it belongs to {may}"));
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// `name: word word` lines.
fn table(path: &str) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut table = BTreeMap::new();
    for line in repo::list(path)? {
        let (name, words) = line.split_once(':').with_context(|| format!("`{path}`: `{line}` has no colon"))?;
        table.insert(name.trim().to_owned(), words.split_whitespace().map(str::to_owned).collect());
    }
    Ok(table)
}

/// Each crate with what it names in these sections of its manifest.
fn manifests(tree: &Tree, sections: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut manifests = BTreeMap::new();
    for file in &tree.files {
        let name = match file.path.split('/').collect::<Vec<_>>()[..] {
            ["crates", name, "Cargo.toml"] => name.to_owned(),
            _ => continue,
        };
        let manifest: toml::Table = file.text.parse().with_context(|| format!("`{}` is not TOML", file.path))?;
        let mut dependencies = BTreeSet::new();
        for section in sections {
            if let Some(table) = manifest.get(*section).and_then(toml::Value::as_table) {
                dependencies.extend(table.keys().cloned());
            }
        }
        manifests.insert(name, dependencies);
    }
    Ok(manifests)
}
