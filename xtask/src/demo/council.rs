//! State Council documents: the page's head becomes front matter, its text a clean body.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Selection;
use super::page::Page;

#[derive(Deserialize)]
struct Row {
    index_number: String,
    title: String,
    issuer: String,
    doc_number: String,
    text: String,
}

/// All documents of the set, but those left out.
pub(super) fn documents(file: &Path, selection: &Selection) -> Result<Vec<Page>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let mut pages = Vec::new();
    for line in text.lines() {
        let row: Row = serde_json::from_str(line)?;
        if !selection.left_out.iter().any(|left_out| left_out.number == row.doc_number) {
            pages.push(document(&row, selection)?);
        }
    }
    Ok(pages)
}

fn document(row: &Row, selection: &Selection) -> Result<Page> {
    let (head, body) = row.text.split_once("主 题 词：").with_context(|| format!("`{}` has no head", row.title))?;
    let decree = row.doc_number.starts_with("国令");
    let number = row.doc_number.replace("国令", "国务院令");
    let mut page = Page::new(&row.doc_number, &row.title);
    page.fact("authority", if decree { "行政法规" } else { "国务院规范性文件" });
    page.fact("issuer", &row.issuer);
    page.fact("doc_number", &number);
    page.fact("index_number", &row.index_number);
    let issued = day(head, "成文日期：").unwrap_or_default();
    page.fact("publish_date", &issued);
    if let Some(effective) = selection.effective.iter().find(|known| known.number == row.doc_number) {
        page.fact("effective_date", &effective.date);
    } else if issued.as_str() < selection.historical_before.as_str() {
        page.fact("effective_date", "unknown");
    }
    if let Some(ended) = selection.ended.iter().find(|known| known.number == row.doc_number) {
        page.fact("repealed_date", &ended.repealed);
        page.fact("validity_note", &ended.note);
    }
    page.body.extend(paragraphs(body, row));
    Ok(page)
}

/// The text without what the page repeats of its head (the title, often on two lines, and the number) and its foot.
fn paragraphs(body: &str, row: &Row) -> Vec<String> {
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let title = squeezed(&row.title);
    let mut of_title = String::new();
    let mut kept: Vec<String> = Vec::new();
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("扫一扫在手机打开当前页") {
            break;
        }
        if of_title != title && title.starts_with(&format!("{of_title}{}", squeezed(line))) {
            of_title.push_str(&squeezed(line));
            continue;
        }
        if squeezed(line) == squeezed(&row.doc_number) {
            continue;
        }
        kept.push(escaped(line));
    }
    kept
}

/// A chapter's line becomes a heading; `#` and the like at the start of a line are text here, not Markdown.
fn escaped(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let Some((chapter, rest)) = words.split_first()
        && chapter.starts_with('第')
        && chapter.ends_with('章')
        && !rest.is_empty()
    {
        return format!("## {chapter}　{}", rest.concat());
    }
    if line.starts_with(['#', '>', '|', '*', '+', '-']) { format!("\\{line}") } else { line.to_owned() }
}

/// `成文日期： 2019年01月27日` as `2019-01-27`.
fn day(head: &str, key: &str) -> Option<String> {
    let rest = head.split(key).nth(1)?.trim_start();
    let (year, rest) = rest.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let (day, _) = rest.split_once('日')?;
    Some(format!("{year}-{month:0>2}-{day:0>2}"))
}
