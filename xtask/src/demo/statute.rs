//! Laws and regulations: from two Markdown dialects to one.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::page::Page;
use super::{Law, Regulation};

/// A law of the current set: one file, or a folder of numbered parts (编) beside a cover file.
pub(super) fn law(law: &Law, folder: &Path) -> Result<Page> {
    let cover = read(&folder.join("README.md"))?;
    let mut history = Vec::new();
    let mut body = Vec::new();
    for line in lines(&cover) {
        match line.strip_prefix("# ") {
            Some(title) => ensure!(title == law.title, "the cover says `{title}`"),
            None if body.is_empty() && !starts_text(line) => history.push(line.to_owned()),
            None => body.push(clean(line, 0)),
        }
    }
    ensure!(
        history.iter().any(|line| line.contains(&spelled(&law.adopted))),
        "no line of the history names {}",
        law.adopted
    );
    for part in parts(folder)? {
        // The parts carry their 编 as first-level headings; the law's title stands above them.
        body.extend(
            lines(&read(&part)?)
                .map(|line| clean(line, usize::from(line.starts_with("# ") || line.starts_with("## ")))),
        );
    }

    let mut page = Page::new(&law.title, &law.title);
    let standing = history.first().is_some_and(|line| line.contains("常务委员会"));
    page.fact("authority", "法律");
    page.fact("issuer", if standing { "全国人民代表大会常务委员会" } else { "全国人民代表大会" });
    page.fact("publish_date", &law.adopted);
    page.fact("effective_date", &law.effective);
    page.body.extend(history);
    page.body.extend(body);
    Ok(page)
}

/// A regulation of the national set. Its history block is left out: it often lacks the latest revision.
pub(super) fn regulation(regulation: &Regulation, file: &Path) -> Result<Page> {
    let text = read(file)?;
    let (head, text) = text.split_once("<!-- INFO END -->").context("no end of the head")?;
    ensure!(head.contains(&format!("# {}", regulation.title)), "the file has another title");
    let mut page = Page::new(&regulation.title, &regulation.title);
    let authority = match regulation.issuer.as_str() {
        "国务院" => "行政法规",
        "中共中央、国务院" => "党内法规",
        _ => "法律",
    };
    page.fact("authority", authority);
    page.fact("issuer", &regulation.issuer);
    page.fact("doc_number", regulation.number.as_deref().unwrap_or(""));
    page.fact("publish_date", &regulation.adopted);
    page.fact("effective_date", &regulation.effective);
    page.body.extend(lines(text).map(|line| match line {
        "附录：" => "## 附录".to_owned(),
        line => clean(&full_width(line), 0),
    }));
    Ok(page)
}

fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    // The site's front matter says nothing about the law.
    match text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) {
        Some((_, body)) if !text.contains("<!-- INFO END -->") => Ok(body.to_owned()),
        _ => Ok(text),
    }
}

/// The numbered parts in reading order; `00-…` is the supplementary part, which comes last.
fn parts(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".md") && name != "README.md" {
            parts.push((name.starts_with("00"), name, path));
        }
    }
    parts.sort();
    Ok(parts.into_iter().map(|(_, _, path)| path).collect())
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn starts_text(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("**第")
}

/// One line in our dialect: `deeper` more heading marks, an ideographic space after 第…章 and 第…条, no bold marks.
fn clean(line: &str, deeper: usize) -> String {
    let line = line.replace("**", "");
    if let Some(at) = line.find(|c| c != '#').filter(|at| *at > 0) {
        let words: Vec<&str> = line[at..].split([' ', '　']).filter(|word| !word.is_empty()).collect();
        let heading = match words.split_first() {
            Some((first, rest)) if first.starts_with('第') && !rest.is_empty() => {
                format!("{first}　{}", rest.concat())
            }
            _ => words.concat(),
        };
        return format!("{} {heading}", "#".repeat(at + deeper));
    }
    match line.split_once([' ', '　']) {
        Some((label, text)) if is_article(label) => format!("{label}　{}", text.trim_start()),
        _ => line,
    }
}

fn is_article(label: &str) -> bool {
    let numerals = |c: char| "零一二三四五六七八九十百千".contains(c);
    label.strip_prefix('第').and_then(|rest| rest.split_once('条')).is_some_and(|(number, rest)| {
        !number.is_empty() && number.chars().all(numerals) && (rest.is_empty() || rest.starts_with('之'))
    })
}

/// The national set writes parentheses in half width.
fn full_width(line: &str) -> String {
    line.replace('(', "（").replace(')', "）")
}

/// `2018-12-29` as the laws spell it: `2018年12月29日`.
fn spelled(date: &str) -> String {
    let mut parts = date.split('-').map(|part| part.trim_start_matches('0'));
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    format!("{}年{}月{}日", year.unwrap_or(""), month.unwrap_or(""), day.unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_in_one_dialect() {
        assert_eq!(clean("**第一条**　为了规范", 0), "第一条　为了规范");
        assert_eq!(clean("第一百零三条之一 甲", 0), "第一百零三条之一　甲");
        assert_eq!(clean("## 第一章 总 则", 0), "## 第一章　总则");
        assert_eq!(clean("# 第一编　总则", 1), "## 第一编　总则");
        assert_eq!(clean("# 附则", 1), "## 附则");
        assert_eq!(clean("第三条 第二款的规定", 0), "第三条　第二款的规定");
        assert_eq!(spelled("2018-02-09"), "2018年2月9日");
    }
}
