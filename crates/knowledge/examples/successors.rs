//! Which law repealed which: reads folders of laws as Markdown and prints the table `data/successors.tsv`.
//!
//! `cargo xtask successors` runs it over the data folder beside the repository. Facts only: a normalised title, the
//! title of the law that repeals it by name, the first day on which it no longer applied.

#![expect(clippy::print_stdout, reason = "a tool")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kernel::Date;
use knowledge::validity::{Facts, title_key};

fn main() {
    let mut files = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut files);
    }
    files.sort();
    let mut texts: Vec<(String, Facts)> = Vec::new();
    for file in &files {
        let Ok(bytes) = std::fs::read(file) else { continue };
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (document, _) = documents::read(&name, &bytes, &documents::Limits::default());
        let title = document.title.trim().to_owned();
        let mut facts = knowledge::facts_of(document, &name);
        let title = if is_part(&title) { whole(file) } else { Some(title) };
        if let Some(title) = title {
            facts.title = title_key(&title);
            texts.push((title, facts));
        }
    }
    // The first days of the versions of each title that the folders hold.
    let mut held: BTreeMap<&str, BTreeSet<Date>> = BTreeMap::new();
    for (_, facts) in &texts {
        held.entry(&facts.title).or_default().extend(facts.from);
    }
    let mut rows: BTreeMap<(&str, &str), Date> = BTreeMap::new();
    for (title, facts) in &texts {
        for (key, since) in &facts.repeals {
            // A law that was amended still carries the clause of its first version: only the first of them repealed.
            let first = held.get(facts.title.as_str()).and_then(|days| days.first().copied());
            let Some(day) = since.or(first) else { continue };
            if *key == facts.title || title_key(title) == *key || key.chars().count() < 3 {
                continue;
            }
            let known = rows.entry((key, title)).or_insert(day);
            *known = day.min(*known);
        }
    }
    println!(
        "# Laws that are gone: normalised title, the law that repeals it by name, the first day without it, and the"
    );
    println!("# first day of a law made again under the same name, where one is known.");
    println!("# Made by `cargo xtask successors` from the repeal clauses of {} texts. Facts only.", files.len());
    for ((key, by), day) in rows {
        let again = held.get(key).and_then(|days| days.range(day..).next()).map(Date::to_string).unwrap_or_default();
        println!("{key}\t{by}\t{day}\t{again}");
    }
}

/// A code comes as several files: 第一编 总则, 附则.
fn is_part(title: &str) -> bool {
    title == "附则" || title == "总则" || title.starts_with('第') && title.contains('编') || title.ends_with('编')
}

/// The title of the code that a part belongs to: that of the file that opens its folder.
fn whole(part: &Path) -> Option<String> {
    let folder = part.parent()?;
    if let Ok(bytes) = std::fs::read(folder.join("README.md")) {
        let title = documents::read("README.md", &bytes, &documents::Limits::default()).0.title;
        return Some(title.trim().to_owned()).filter(|title| !title.is_empty());
    }
    Some(format!("中华人民共和国{}", folder.file_name()?.to_string_lossy()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
}
