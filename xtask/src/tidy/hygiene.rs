//! What must not be in the tree: messages for people in Rust code, paths of one machine, hosts of registries.

use anyhow::Result;

use super::source::{Tree, without_comments};
use crate::repo;

/// Chinese in code is for patterns of the domain (第…条); messages for people are data in policies and locales.
/// `xtask/chinese.txt` lists the files, and folders with a slash at the end, that hold patterns.
pub(super) fn chinese(tree: &Tree) -> Result<Vec<String>> {
    let allowed = repo::list("xtask/chinese.txt")?;
    let mut used = vec![false; allowed.len()];
    let mut found = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/")) {
        if !without_comments(file.code()).chars().any(is_han) {
            continue;
        }
        let listed =
            allowed.iter().position(|path| *path == file.path || (path.ends_with('/') && file.path.starts_with(path)));
        match listed.and_then(|at| used.get_mut(at)) {
            Some(used) => *used = true,
            None => found.push(format!(
                "{}: Chinese in code: move messages to policies or locales; list patterns of the domain in xtask/chinese.txt",
                file.path
            )),
        }
    }
    let unused = allowed.iter().zip(used).filter(|(_, used)| !used);
    found.extend(unused.map(|(path, _)| format!("{path} has no Chinese: take it off xtask/chinese.txt")));
    Ok(found)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Paths and hosts that are true on one machine only.
pub(super) fn hosts(tree: &Tree) -> Result<Vec<String>> {
    let banned: Vec<String> = [
        ["/ro", "ot/"],
        ["/wo", "rk/"],
        ["/Use", "rs/"],
        ["registry.", "npmjs"],
        ["npm", "mirror"],
        ["files.python", "hosted"],
        ["pypi.", "org"],
        ["deb.", "debian.org"],
        ["static.", "crates.io"],
        ["index.", "crates.io"],
    ]
    .iter()
    .map(|parts| parts.concat())
    .collect();
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| !file.path.starts_with("demo/")) {
        for (index, line) in file.text.lines().enumerate() {
            for word in banned.iter().filter(|word| has_path_or_host(line, word)) {
                found.push(format!("{}:{}: names `{word}`, which is true on one machine only", file.path, index + 1));
            }
        }
    }
    Ok(found)
}

/// A folder counts only at the start of a path, not inside one.
fn has_path_or_host(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !word.starts_with('/')
            || !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*' | ')'))
    })
}
