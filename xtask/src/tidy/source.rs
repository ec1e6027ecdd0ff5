//! The repository as the rules see it: texts of files, Rust sources split into code and tests.

use anyhow::Result;

use crate::repo;

/// Every text file of the repository.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

/// A text file, by its path from the root.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl Tree {
    pub(super) fn read() -> Result<Self> {
        let mut files = Vec::new();
        for path in repo::files()? {
            if let Some(text) = repo::text(&path)? {
                files.push(File { path, text });
            }
        }
        Ok(Self { files })
    }

    /// Our Rust sources: crates and xtask, tests included.
    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        let ours = |path: &str| path.starts_with("crates/") || path.starts_with("xtask/");
        self.files.iter().filter(move |file| ours(&file.path) && file.path.ends_with(".rs"))
    }

    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// Whether the whole file is there for tests.
    pub(super) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/benches/")
    }

    /// The text before `#[cfg(test)] mod …`, which our files keep at their end.
    pub(super) fn code(&self) -> &str {
        if self.is_test() {
            return "";
        }
        let mut from = 0;
        while let Some(at) = self.text[from..].find("#[cfg(test)]").map(|at| at + from) {
            let after = self.text[at + "#[cfg(test)]".len()..].trim_start();
            if after.starts_with("mod ") && !after.starts_with("mod tests;") {
                return &self.text[..at];
            }
            from = at + 1;
        }
        &self.text
    }
}

/// The code with comments blanked out: a small lexer for `//`, `/* */`, strings, raw strings and character literals.
pub(super) fn without_comments(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(next) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = &rest[end..];
            continue;
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |at| at + 2);
            out.extend(rest[..end].chars().filter(|c| *c == '\n'));
            rest = &rest[end..];
            continue;
        } else if let Some(length) = raw_string(rest) {
            length
        } else if next == '"' {
            quoted(rest)
        } else if next == '\'' {
            character(rest)
        } else if next.is_alphanumeric() || next == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else {
            next.len_utf8()
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inner = body[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inner.find(&close).map_or(inner.len(), |at| at + close.len());
    Some(rest.len() - inner.len() + end)
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; a lone quote is a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[2..].find('\'').map_or(1, |at| at + 3).max(3).min(rest.len()),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_strings_stay() {
        let code =
            "let a = \"// 条\"; // 注释\n/* 段 */ let b = r#\"款 \" /* */\"#; let c = '\\''; let d: &'a str = '章';";
        assert_eq!(
            without_comments(code),
            "let a = \"// 条\"; \n let b = r#\"款 \" /* */\"#; let c = '\\''; let d: &'a str = '章';"
        );
    }

    #[test]
    fn tests_at_the_end_are_not_code() {
        let file = File {
            path: "crates/x/src/a.rs".to_owned(),
            text: "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n".to_owned(),
        };
        assert_eq!(file.code(), "fn a() {}\n\n");
    }
}
