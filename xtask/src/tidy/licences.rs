//! Licences of what we build on: each must be allowed by the list in `deny.toml`, also where `cargo deny` is not installed.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::source::Tree;
use crate::step::{cargo, output};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
}

/// Names outside crates with a licence that is not on the list.
pub(super) fn licences(tree: &Tree) -> Result<Vec<String>> {
    let deny: toml::Table = tree.file("deny.toml").context("deny.toml is missing")?.text.parse()?;
    let allowed: BTreeSet<&str> = deny
        .get("licenses")
        .and_then(|section| section.get("allow")?.as_array())
        .context("deny.toml has no licenses.allow")?
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let metadata = output(&mut cargo(&["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata)?;
    let outside = metadata.packages.iter().filter(|package| package.source.is_some());
    let wrong = outside.filter(|package| !package.license.as_deref().is_some_and(|terms| may_use(terms, &allowed)));
    Ok(wrong
        .map(|package| {
            let terms = package.license.as_deref().unwrap_or("no licence");
            format!(
                "`{}` comes under {terms}, which deny.toml does not allow: decide, or use another crate",
                package.name
            )
        })
        .collect())
}

/// Whether an SPDX expression can be met with allowed licences. `/` is an old way to write OR.
fn may_use(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allowed);
    met && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut met = all_of(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = any_of(words, allowed);
            if let [")", rest @ ..] = *words {
                *words = rest;
            }
            met
        }
        [name, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed.contains(format!("{name} WITH {exception}").as_str())
        }
        [name, rest @ ..] => {
            *words = rest;
            allowed.contains(name)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_follow_their_operators() {
        let allowed = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
        for good in
            ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "ISC AND (GPL-3.0 OR MIT)", "Apache-2.0 WITH LLVM-exception OR X"]
        {
            assert!(may_use(good, &allowed), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0", ""] {
            assert!(!may_use(bad, &allowed), "{bad}");
        }
    }
}
