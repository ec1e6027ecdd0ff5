//! Validity, measured: laws that the data folder holds in several versions are asked for as of a day before all of
//! them, between each two, and today. Which version is right is worked out here from the texts, apart from the product.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::bench::piped;
use crate::launch::Scratch;
use crate::repo;
use crate::step::output;

/// Today of the data: it is current to the middle of 2026.
const TODAY: &str = "2026-11-01";

const SETS: [&str; 3] = ["national_laws_markdown", "current_laws_2026_markdown", "local_regulations_zhejiang_shanghai"];

/// A version of a law as its file says.
struct Version {
    title: String,
    /// The day it was passed: the last day in the file's name and in the history under the title.
    passed: String,
    /// The first day it applies.
    from: String,
    articles: BTreeMap<String, String>,
    repeals: String,
}

/// Unpacks the laws of the data folder, or says why not.
fn unpack(shared: &Path, scratch: &Scratch) -> Result<Option<PathBuf>> {
    let folder = shared.join("data/laws");
    if !folder.is_dir() {
        println!("SKIPPED the laws: no `{}` (name the data folder with --shared DIR)", folder.display());
        return Ok(None);
    }
    let texts = scratch.folder("laws")?;
    std::fs::create_dir_all(&texts)?;
    for set in SETS {
        let archive = folder.join(format!("{set}.tar.gz"));
        output(Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(&texts))?;
    }
    Ok(Some(texts))
}

/// `cargo xtask successors [--shared DIR]`: rewrites the list of laws that are gone from their repeal clauses.
pub(crate) fn successors(shared: &Path) -> Result<()> {
    let scratch = Scratch::new("successors")?;
    let Some(texts) = unpack(shared, &scratch)? else { return Ok(()) };
    let made = output(
        Command::new("cargo")
            .args(["run", "-q", "-p", "knowledge", "--example", "successors", "--"])
            .args(SETS.map(|set| texts.join(set))),
    )?;
    let file = repo::root().join("crates/knowledge/data/successors.tsv");
    std::fs::write(&file, &made)?;
    println!("{}: {} lines", file.display(), made.lines().count());
    Ok(())
}

/// Asks for every law that comes in several versions.
pub(crate) fn measure(binary: &Path, scratch: &Scratch, shared: &Path) -> Result<()> {
    let Some(texts) = unpack(shared, scratch)? else { return Ok(()) };
    let mut files = Vec::new();
    collect(&texts, &mut files)?;
    files.sort();
    let mut laws: BTreeMap<String, BTreeMap<String, Version>> = BTreeMap::new();
    let mut repeals: Vec<(String, String, String)> = Vec::new();
    let mut wanted = Vec::new();
    for file in &files {
        let Some(version) = read(file)? else { continue };
        wanted.push(file.clone());
        let key = title_key(&version.title);
        if !version.repeals.is_empty() {
            repeals.push((key.clone(), version.repeals.clone(), version.from.clone()));
        }
        laws.entry(key).or_default().entry(version.passed.clone()).or_insert(version);
    }
    let data = scratch.folder("validity")?;
    // One file name for each text: the platform does not need the folders.
    let named = scratch.folder("named")?;
    std::fs::create_dir_all(&named)?;
    let mut arguments = Vec::new();
    for (at, file) in wanted.iter().enumerate() {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = named.join(at.to_string());
        std::fs::create_dir_all(&folder)?;
        std::fs::copy(file, folder.join(&name))?;
        arguments.push(folder.join(name));
    }
    let begun = std::time::Instant::now();
    output(
        Command::new(binary)
            .args(["knowledge", "import", "--collection", "laws", "--data"])
            .arg(&data)
            .args(&arguments),
    )?;
    println!("validity: {} texts imported in {:.1} s", arguments.len(), begun.elapsed().as_secs_f64());

    let mut asked: Vec<Asked> = Vec::new();
    let (mut pairs, mut alike) = (0, Vec::new());
    for (key, versions) in &laws {
        let mut versions: Vec<&Version> = versions.values().collect();
        versions.sort_by(|a, b| (&a.from, &a.passed).cmp(&(&b.from, &b.passed)));
        for two in versions.windows(2) {
            let (Some(old), Some(new)) = (two.first(), two.last()) else { continue };
            let changed = old.articles.iter().find(|(label, text)| {
                new.articles.get(*label).is_some_and(|other| {
                    other != *text && !other.contains(text.as_str()) && !text.contains(other.as_str())
                })
            });
            let Some((label, _)) = changed.filter(|_| old.from < new.from) else {
                alike.push(format!("{key} {} {}", old.passed, new.passed));
                continue;
            };
            pairs += 1;
            // The last version in force today; none of them where another law repealed it.
            let by = repeals.iter().find(|(by, text, from)| {
                by != key && from.as_str() <= TODAY && *from > old.from && text.contains(&format!("|{key}|"))
            });
            let today = versions.iter().rev().find(|version| version.from.as_str() <= TODAY);
            let first = versions.first().map_or(String::new(), |first| day_before(&first.from));
            for (when, day, right) in [
                ("before both", first, None),
                ("between", old.from.clone(), Some(*old)),
                ("today", TODAY.to_owned(), today.copied().filter(|_| by.is_none())),
            ] {
                let right = right.and_then(|version| {
                    Some((
                        version.from.clone(),
                        version.articles.get(label).or_else(|| new.articles.get(label))?.clone(),
                    ))
                });
                asked.push(Asked {
                    key: key.clone(),
                    title: old.title.clone(),
                    label: label.clone(),
                    when,
                    day,
                    right,
                    gone: by.is_some(),
                });
            }
        }
    }
    let lines: String = asked
        .iter()
        .enumerate()
        .map(|(id, one)| {
            let question = format!("《{}》{}是怎么规定的？", one.title, one.label);
            json!({ "id": id, "question": question, "as_of": one.day }).to_string() + "\n"
        })
        .collect();
    let answered = piped(binary, &["knowledge", "answer", "--collection", "laws", "--data"], &data, &lines)?;
    let mut right: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut failed_pairs: BTreeSet<(String, String)> = BTreeSet::new();
    let mut failures = Vec::new();
    for (one, line) in asked.iter().zip(answered.lines()) {
        let answer: Value = serde_json::from_str(line)?;
        let count = right.entry(one.when).or_default();
        count.1 += 1;
        match one.judge(&answer) {
            Ok(()) => count.0 += 1,
            Err(why) => {
                failed_pairs.insert((one.key.clone(), one.label.clone()));
                failures.push(format!("{} {} as of {} ({}): {why}", one.title, one.label, one.day, one.when));
            }
        }
    }
    println!("validity: {}/{pairs} pairs of versions answered rightly on all three dates", pairs - failed_pairs.len());
    for (when, (good, all)) in right {
        println!("  {when}: {good}/{all}");
    }
    failures.iter().for_each(|line| println!("  wrong: {line}"));
    println!("  not asked, no article differs: {}", alike.len());
    alike.iter().for_each(|line| println!("    {line}"));
    Ok(())
}

struct Asked {
    key: String,
    title: String,
    label: String,
    when: &'static str,
    day: String,
    /// The first day and the article of the right version; none when no version applies.
    right: Option<(String, String)>,
    /// Another law repealed it.
    gone: bool,
}

impl Asked {
    fn judge(&self, answer: &Value) -> Result<(), String> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let citations = answer.get("citations").and_then(Value::as_array).cloned().unwrap_or_default();
        let own: Vec<&Value> =
            citations.iter().filter(|cited| title_key(&text(cited, "document")) == self.key).collect();
        let Some((from, article)) = &self.right else {
            if let Some(cited) = own.first() {
                return Err(format!("cites the version from {}", text(cited, "from")));
            }
            let codes = answer.get("notices").map(Value::to_string).unwrap_or_default();
            return if self.gone && self.when == "today" && !codes.contains("law_repealed") {
                Err(format!("does not say that it was repealed: {codes}"))
            } else {
                Ok(())
            };
        };
        let Some(cited) = own.iter().find(|cited| text(cited, "label") == self.label) else {
            return Err(format!("does not cite it: {} {}", text(answer, "status"), text(answer, "reason")));
        };
        let quote = plain(&text(cited, "quote"));
        if text(cited, "from") != *from {
            return Err(format!("cites the version from {}, not {from}", text(cited, "from")));
        }
        // A quotation may leave something out between two sentences.
        let said = quote.split("……").all(|part| article.contains(part));
        if said { Ok(()) } else { Err(format!("quotes other words: {}", quote.chars().take(40).collect::<String>())) }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads a law; `None` for what is none, such as a part of a code or a list.
fn read(file: &Path) -> Result<Option<Version>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let (front, body) = match text.strip_prefix("---") {
        Some(rest) => rest.split_once("\n---").unwrap_or(("", rest)),
        None => ("", text.as_str()),
    };
    let field = |name: &str| {
        let line = front.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim().trim_matches(['"', '\'']).to_owned())
    };
    let heading = body.lines().find_map(|line| line.strip_prefix("# "));
    let title = field("title").or_else(|| heading.map(|line| line.trim().to_owned())).unwrap_or_default();
    let articles = articles(body);
    if articles.len() < 2 || title.is_empty() || title.contains('编') || title == "附则" || title == "总则" {
        return Ok(None);
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let head: String = body
        .lines()
        .take_while(|line| label_of(line).is_none() && !line.starts_with("## "))
        .collect::<Vec<_>>()
        .join("\n");
    let mut days: Vec<String> = head
        .lines()
        .filter(|line| !line.contains("施行"))
        .flat_map(days)
        .map(|(day, _)| day)
        .chain(iso_day(&name))
        .chain(field("publish_date").filter(|day| day.len() == 10))
        .collect();
    days.sort();
    let (Some(first), Some(passed)) = (days.first().cloned(), days.last().cloned()) else { return Ok(None) };
    let last: Vec<&String> = articles.values().collect();
    let stated = last
        .iter()
        .flat_map(|text| begins(text))
        .chain(head.lines().flat_map(|line| begins(&plain(line))))
        .chain(head.lines().filter(|line| line.trim_end().ends_with("施行")).flat_map(days_only))
        .max();
    // Of an amended law the later day counts; a new one may name an earlier day than its publication.
    let amended = days_apart(&first, &passed) > 120;
    let from = match stated {
        Some(stated) if amended => stated.max(passed.clone()),
        Some(stated) => stated,
        None => passed.clone(),
    };
    let repeals =
        articles.values().flat_map(|text| text.split('。')).filter(|one| one.ends_with("废止")).map(titles).collect();
    Ok(Some(Version { title, passed, from, articles, repeals }))
}

/// |合同法|婚姻法|: the titles in a sentence, as they are compared.
fn titles(sentence: &str) -> String {
    let mut found = String::from("|");
    for part in sentence.split('《').skip(1) {
        if let Some((title, _)) = part.split_once('》') {
            found.push_str(&title_key(title));
            found.push('|');
        }
    }
    found
}

/// 第三条 and the like at the start of a line, with the rest of the line.
fn label_of(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start().trim_start_matches('*');
    let rest = line.strip_prefix('第')?;
    let end = rest.find('条')?;
    let number = rest.get(..end)?;
    if number.is_empty() || !number.chars().all(|c| "零〇一二三四五六七八九十百千".contains(c)) {
        return None;
    }
    let mut label = format!("第{number}条");
    let mut rest = rest.get(end + '条'.len_utf8()..)?;
    if let Some(part) = rest.strip_prefix('之') {
        let count: String = part.chars().take_while(|c| "一二三四五六七八九十".contains(*c)).collect();
        if !count.is_empty() {
            rest = part.get(count.len()..)?;
            label.push('之');
            label.push_str(&count);
        }
    }
    let opens = rest.starts_with([' ', '\u{3000}', '*', '\u{a0}']) || rest.is_empty();
    opens.then_some((label, rest))
}

fn articles(body: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Option<String> = None;
    for line in body.lines() {
        if let Some((label, rest)) = label_of(line) {
            found.insert(label.clone(), plain(rest));
            open = Some(label);
        } else if line.starts_with('#') {
            open = None;
        } else if let Some(text) = open.as_ref().and_then(|label| found.get_mut(label)) {
            text.push_str(&plain(line));
        }
    }
    found
}

/// Without spaces and Markdown.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '\\' | '\u{200b}' | '\u{feff}')).collect()
}

/// 2018年10月26日 → 2018-10-26, with what follows.
fn days(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('年') {
        let before: String =
            text.get(..at).unwrap_or_default().chars().rev().take_while(char::is_ascii_digit).collect();
        let year: String = before.chars().rev().collect();
        let rest = text.get(at + '年'.len_utf8()..).unwrap_or_default();
        let Some((month, rest)) = rest.split_once('月') else { continue };
        let Some((day, rest)) = rest.split_once('日') else { continue };
        if let (4, Ok(month), Ok(day)) = (year.len(), month.parse::<u8>(), day.parse::<u8>()) {
            found.push((format!("{year}-{month:02}-{day:02}"), rest.to_owned()));
        }
    }
    found
}

fn days_only(line: &str) -> Vec<String> {
    days(line).into_iter().map(|(day, _)| day).collect()
}

/// The days from which a text says that it applies: 自…起施行.
fn begins(text: &str) -> Vec<String> {
    let starts = ["起施行", "起实施", "起执行", "起生效"];
    days(text)
        .into_iter()
        .filter(|(_, rest)| starts.iter().any(|word| rest.starts_with(word)))
        .map(|(day, _)| day)
        .collect()
}

fn iso_day(name: &str) -> Option<String> {
    let at = name.rfind('(')?;
    let day = name.get(at + 1..at + 11)?;
    (day.len() == 10 && day.chars().all(|c| c.is_ascii_digit() || c == '-')).then(|| day.to_owned())
}

/// Roughly, in days.
fn days_apart(first: &str, last: &str) -> i64 {
    let count = |day: &str| {
        let mut parts = day.split('-').filter_map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        year * 365 + month * 30 + day
    };
    count(last) - count(first)
}

/// A day that is certainly before: the first of January of the year before.
fn day_before(day: &str) -> String {
    let year: i32 = day.get(..4).and_then(|year| year.parse().ok()).unwrap_or(1950);
    format!("{}-01-01", year - 1)
}

fn title_key(title: &str) -> String {
    let mut key: String = title.chars().filter(|c| !c.is_whitespace() && !"《》〈〉<>“”\"·".contains(*c)).collect();
    key = key.replace('（', "(").replace('）', ")").replace("中华人民共和国", "");
    key = key.replace("最高人民法院、最高人民检察院", "最高人民法院最高人民检察院");
    if let Some((front, mark)) = key.strip_suffix(')').and_then(|key| key.rsplit_once('('))
        && mark.starts_with(|c: char| c.is_ascii_digit())
        && !front.ends_with("修正案")
    {
        return front.to_owned();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_read_from_its_words() {
        assert_eq!(days("根据2018年10月26日第六次会议修正"), [("2018-10-26".to_owned(), "第六次会议修正".to_owned())]);
        assert_eq!(begins("本法自2024年7月1日起施行"), ["2024-07-01"]);
        assert_eq!(label_of("**第二十条之一**　公司").map(|(label, _)| label).as_deref(), Some("第二十条之一"));
        assert_eq!(title_key("中华人民共和国公司法（2018年修正）"), "公司法");
        assert_eq!(iso_day("公司法(2018-10-26).md").as_deref(), Some("2018-10-26"));
    }
}
