//! The glossary fixes one Chinese–English pair for every word of the domain; every public type of a domain crate is in it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::names::types;
use super::source::{Tree, without_comments};

const GLOSSARY: &str = "docs/glossary.md";
const DOMAIN: &[&str] = &["assistant", "guard", "hotline", "identity", "kernel", "knowledge", "models", "review"];

/// Names public types that a reader cannot look up: those a domain crate defines in or exports from its `lib.rs`.
pub(super) fn glossary(tree: &Tree) -> Result<Vec<String>> {
    let Some(glossary) = tree.file(GLOSSARY) else {
        return Ok(vec![format!("{GLOSSARY} is missing")]);
    };
    let known: BTreeSet<&str> =
        glossary.text.split('`').skip(1).step_by(2).flat_map(|words| words.split([',', ' '])).collect();
    let mut found = Vec::new();
    for name in DOMAIN {
        let path = format!("crates/{name}/src/lib.rs");
        let Some(file) = tree.file(&path) else { continue };
        for word in public_types(&without_comments(file.code())) {
            if !known.contains(word.as_str()) && !known.contains(bare(&word)) {
                found.push(format!("`{name}::{word}` is not in {GLOSSARY}: add its Chinese and English pair"));
            }
        }
    }
    Ok(found)
}

/// The domain word of a name with a technical affix: an `ArticleView` is an `Article` as shown, a `NewAccount` an `Account`.
fn bare(name: &str) -> &str {
    const SUFFIXES: &[&str] = &[
        "Change", "Code", "Error", "Files", "Id", "Item", "Kind", "Record", "Ref", "Report", "Request", "State",
        "Status", "Summary", "View",
    ];
    let name = name.strip_prefix("New").filter(|rest| !rest.is_empty()).unwrap_or(name);
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Types named in `pub use` lines, and public types defined here.
fn public_types(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for exported in code.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        for item in exported.split(|c: char| !c.is_alphanumeric() && c != '_') {
            let is_type =
                item.starts_with(|c: char| c.is_ascii_uppercase()) && item.chars().any(|c| c.is_ascii_lowercase());
            if is_type {
                names.insert(item.to_owned());
            }
        }
    }
    for line in code.lines().filter_map(|line| line.strip_prefix("pub ")) {
        names.extend(types(line).into_iter().map(str::to_owned));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affixes_do_not_make_a_new_word() {
        assert_eq!(
            ["NewAccount", "ArticleView", "Verdict", "State"].map(bare),
            ["Account", "Article", "Verdict", "State"]
        );
    }

    #[test]
    fn exports_and_definitions_count() {
        let code = "pub use level::DataLevel;\npub use a::{B2c, read, Deed};\npub struct Scope { }\nstruct Hidden;\npub const MAX: u8 = 1;";
        let names: Vec<String> = public_types(code).into_iter().collect();
        assert_eq!(names, ["B2c", "DataLevel", "Deed", "Scope"]);
    }
}
