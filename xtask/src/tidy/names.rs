//! Type names: an ending such as `Manager` says that the type has no idea yet.

use anyhow::Result;

use super::source::{Tree, without_comments};

const BANNED: &[&str] = &[
    "Base",
    "Common",
    "Data",
    "Engine",
    "Handler",
    "Helper",
    "Impl",
    "Info",
    "Manager",
    "Processor",
    "Service",
    "Util",
    "Utils",
];

/// Words of other trades that end like that: a database engine is called so.
const ALLOWED: &[&str] = &["Engine"];

/// Names types with a banned ending.
pub(super) fn names(tree: &Tree) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in tree.rust() {
        for name in types(&without_comments(&file.text)) {
            if let Some(ending) = BANNED.iter().find(|ending| name.ends_with(**ending) && !ALLOWED.contains(&name)) {
                found.push(format!("{}: `{name}` ends in `{ending}`: find the domain's word", file.path));
            }
        }
    }
    Ok(found)
}

/// Names that follow `struct`, `enum`, `trait`, `union` or `type`.
pub(super) fn types(code: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut words = code.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !matches!(word, "struct" | "enum" | "trait" | "union" | "type") {
            continue;
        }
        if let Some(next) = words.peek() {
            let name = next.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
            if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_are_seen() {
        assert_eq!(
            types("pub struct A<T>(T); enum B { } type C = u8; let d = \"type x\"; trait E: F {}"),
            ["A", "B", "C", "E"]
        );
    }
}
