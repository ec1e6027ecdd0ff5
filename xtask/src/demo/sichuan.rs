//! The Sichuan pack: one transcribed municipal document and short excerpts, each marked as what it is.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::page::Page;

#[derive(Deserialize)]
struct Snippet {
    title: String,
    issuer: String,
    published: String,
    location: String,
    text: String,
}

/// The municipal document, then the excerpts of each other document on one page.
pub(super) fn documents(folder: &Path) -> Result<Vec<Page>> {
    let measures = measures(&read(&folder.join("chengdu_chengbanfa_2022_28.txt"))?)?;
    let mut pages = vec![measures];
    let mut by_document: BTreeMap<(String, String, String), Vec<Snippet>> = BTreeMap::new();
    for line in read(&folder.join("sichuan_policy_snippets.jsonl"))?.lines().filter(|line| !line.is_empty()) {
        let snippet: Snippet = serde_json::from_str(line)?;
        // The transcription has these words already.
        if snippet.title == "关于加快推进养老服务发展若干措施" {
            continue;
        }
        let key = (snippet.published.clone(), snippet.title.clone(), snippet.issuer.clone());
        by_document.entry(key).or_default().push(snippet);
    }
    for ((published, title, issuer), snippets) in by_document {
        let mut page = Page::new(&format!("{title}（摘录）"), &format!("{title}（摘录）"));
        page.fact("authority", "地方规范性文件");
        page.fact("issuer", &issuer);
        page.fact("publish_date", &published);
        for snippet in snippets {
            page.body.push(format!("## {}", snippet.location));
            page.body.push(snippet.text);
        }
        pages.push(page);
    }
    Ok(pages)
}

fn measures(text: &str) -> Result<Page> {
    let fact = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.map(|value| value.trim().to_owned()).with_context(|| format!("the transcription has no `{key}`"))
    };
    let number = fact("文号：")?;
    let mut page = Page::new(&format!("{number}（节选）"), &format!("{}（节选）", fact("标题：")?));
    page.fact("authority", "地方规范性文件");
    page.fact("issuer", &fact("签发单位：")?);
    page.fact("doc_number", &number);
    page.fact("publish_date", &fact("签发时间：")?);
    page.fact("effective_date", "2022-06-20");
    page.fact("repealed_date", "2027-06-20");
    page.fact("validity_note", "自2022年6月20日起施行，有效期5年");
    let body = text.split_once("\n\n").context("the transcription has no head")?.1;
    let mut after_gap = false;
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("（转录说明")) {
        // Items (九) to (十四) are missing, so the later ones need headings of their own to be found by their number.
        after_gap |= line.starts_with("（十五）");
        match line.split_once('。') {
            Some((item, text)) if after_gap && item.starts_with('（') => {
                page.body.push(format!("## {item}"));
                page.body.push(text.to_owned());
            }
            _ if line.starts_with("本通知自") => page.body.extend(["## 施行日期".to_owned(), line.to_owned()]),
            _ => page.body.push(line.to_owned()),
        }
    }
    page.body.push("（本文节选自原文第（一）至（八）项、第（十五）至（十七）项及首尾；原文共二十八项。）".to_owned());
    Ok(page)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}
