//! Web pages of government sites: the article without the frame around it, its tables, what the page says of
//! itself in its meta elements, and its attachments.

mod dom;
mod render;

use dom::{Dom, Tag, decode};
use encoding_rs::Encoding;

use crate::defect::DefectCode;
use crate::detect::Format;
use crate::flow::{BlockKind, Flow};
use crate::metadata::{Link, Value};

/// Elements that hold the article on the content systems that governments use, by id or class.
const CONTENT_NAMES: [&str; 22] = [
    "ucap-content",
    "trs_editor",
    "trs_ueditor",
    "zoom",
    "zoomcon",
    "article-content",
    "article_content",
    "articlecontent",
    "article-body",
    "pages_content",
    "content_text",
    "news_content",
    "news-content",
    "newscontent",
    "detail-content",
    "detail_content",
    "con_text",
    "xxgk_content",
    "view_content",
    "txt_con",
    "js_content",
    "v_news_content",
];

/// Words in ids and classes of what stands around the article.
const FRAME_NAMES: [&str; 26] = [
    "footer",
    "foot",
    "nav",
    "navbar",
    "menu",
    "breadcrumb",
    "breadcrumbs",
    "crumb",
    "crumbs",
    "share",
    "bdshare",
    "bdsharebuttonbox",
    "print",
    "qrcode",
    "ewm",
    "copyright",
    "related",
    "recommend",
    "sidebar",
    "pagination",
    "toolbar",
    "login",
    "search",
    "topbar",
    "banner",
    "dqwz",
];

/// Reads a web page into the flow.
pub(crate) fn read(bytes: &[u8], flow: &mut Flow<'_>) {
    let decoded = crate::encoding::decode(bytes, declared_encoding(bytes));
    if decoded.broken {
        let encoding = decoded.encoding.name();
        flow.defect(
            DefectCode::BrokenEncoding,
            format!("some bytes are no characters in {encoding} and were replaced"),
        );
    }
    let dom = Dom::parse(&decoded.text, flow.limits.depth);
    if dom.too_deep {
        flow.defect(DefectCode::TooDeep, "elements nested deeper than allowed were read as their parents");
    }
    let weights = weigh(&dom);
    let content = content_node(&dom, &weights);
    describe(&dom, flow);
    attachments(&dom, content, flow);
    render::render(&dom, content, flow);
    crate::head::page_pairs(&render::lines_outside(&dom, content), flow);
    if flow.text.is_empty() && dom.nodes.iter().any(|node| node.tag == Tag::Image) {
        flow.defect(DefectCode::NeedsOcr, "the page holds pictures and no text");
    }
}

/// The encoding that a meta element in the first bytes names.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default().to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset")? + b"charset".len();
    let rest = head.get(at..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let len = rest.iter().position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_')).unwrap_or(rest.len());
    Encoding::for_label(rest.get(..len)?)
}

/// How much a node's own sentences weigh; links and short scraps weigh little.
fn weigh(dom: &Dom<'_>) -> Vec<u32> {
    let mut weights = vec![0u32; dom.nodes.len()];
    // Children come after their parents, so that one pass from the end sums up.
    for at in (1..dom.nodes.len()).rev() {
        let Some(node) = dom.nodes.get(at) else { continue };
        let own = match node.tag {
            Tag::Text => sentence_weight(node.source),
            Tag::Skipped | Tag::Option => 0,
            Tag::A => weights.get(at).map_or(0, |weight| weight / 4),
            _ if is_frame(dom, at) => 0,
            _ => weights.get(at).copied().unwrap_or(0),
        };
        if let Some(weight) = weights.get_mut(at) {
            *weight = own;
        }
        if let Some(parent) = weights.get_mut(node.parent) {
            *parent = parent.saturating_add(own);
        }
    }
    weights
}

fn sentence_weight(text: &str) -> u32 {
    let mut weight = 0u32;
    for c in text.chars() {
        weight += match c {
            '，' | '。' | '；' | '、' | '：' => 10,
            c if c.is_whitespace() => 0,
            _ => 1,
        };
    }
    weight
}

/// Whether the node's id or class names a part of the frame, or its style hides it.
fn is_frame(dom: &Dom<'_>, at: usize) -> bool {
    let Some(node) = dom.nodes.get(at).filter(|node| !matches!(node.tag, Tag::Text | Tag::Body)) else { return false };
    if node.source.len() < 4 {
        return false;
    }
    if dom.attribute(at, "style").is_some_and(|style| {
        let style = style.to_ascii_lowercase().replace(' ', "");
        style.contains("display:none") || style.contains("visibility:hidden")
    }) {
        return true;
    }
    ["id", "class"].iter().filter_map(|name| dom.attribute(at, name)).any(|value| {
        value.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphabetic()).any(|word| FRAME_NAMES.contains(&word))
    })
}

/// The node that holds the article: one that is named so, else the smallest one with nearly all sentences.
fn content_node(dom: &Dom<'_>, weights: &[u32]) -> usize {
    let weight = |at: usize| weights.get(at).copied().unwrap_or(0);
    let all = weight(0);
    let named = (1..dom.nodes.len()).filter(|at| {
        dom.nodes.get(*at).is_some_and(|node| node.tag != Tag::Text && !node.source.is_empty())
            && ["id", "class"].iter().filter_map(|name| dom.attribute(*at, name)).any(|value| {
                value
                    .split_ascii_whitespace()
                    .any(|word| CONTENT_NAMES.iter().any(|name| word.eq_ignore_ascii_case(name)))
            })
    });
    let best = named.max_by_key(|at| weight(*at)).filter(|at| weight(*at) * 3 >= all);
    if let Some(best) = best {
        return best;
    }
    let mut at = 0;
    loop {
        let heaviest = dom.children(at).max_by_key(|child| weight(*child));
        match heaviest {
            Some(child)
                if weight(child) * 10 >= weight(at) * 8
                    && dom.nodes.get(child).is_some_and(|node| {
                        !matches!(node.tag, Tag::Text | Tag::Row | Tag::Inline | Tag::Paragraph | Tag::Item)
                    }) =>
            {
                at = child;
            }
            _ => break,
        }
    }
    // A table of facts is content and not the frame around it.
    while dom.nodes.get(at).is_some_and(|node| node.tag == Tag::Table) {
        at = dom.nodes.get(at).map_or(0, |node| node.parent);
    }
    at
}

/// Title and what the meta elements of the government site guide say: ArticleTitle, PubDate, ContentSource.
fn describe(dom: &Dom<'_>, flow: &mut Flow<'_>) {
    let mut page_title = String::new();
    for (at, node) in dom.nodes.iter().enumerate() {
        match node.tag {
            Tag::Title if page_title.is_empty() => {
                page_title = dom
                    .children(at)
                    .filter_map(|child| dom.nodes.get(child))
                    .map(|child| decode(child.source))
                    .collect::<String>();
            }
            Tag::Meta => {
                let name = dom.attribute(at, "name").or_else(|| dom.attribute(at, "property")).unwrap_or_default();
                let Some(content) = dom.attribute(at, "content").filter(|content| !content.trim().is_empty()) else {
                    continue;
                };
                let content = content.trim();
                match name.to_ascii_lowercase().as_str() {
                    "articletitle" => flow.title = content.to_owned(),
                    "pubdate" => {
                        if let Some((date, _)) = crate::dates::first_date(content) {
                            flow.metadata.suggest("published_online", date);
                        }
                    }
                    "contentsource" => flow.metadata.suggest("source", content),
                    "sitename" => flow.metadata.suggest("site", content),
                    "columnname" => flow.metadata.suggest("column", content),
                    "keywords" => flow.metadata.suggest("keywords", content),
                    "og:title" => flow.metadata.suggest("page_title", content),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let page_title = page_title.split_whitespace().collect::<Vec<_>>().join(" ");
    flow.metadata.suggest("page_title", page_title);
}

/// Links in the article, or below it, that lead to files.
fn attachments(dom: &Dom<'_>, content: usize, flow: &mut Flow<'_>) {
    let mut links: Vec<Link> = Vec::new();
    for (at, node) in dom.nodes.iter().enumerate() {
        if node.tag != Tag::A || at < content {
            continue;
        }
        let Some(url) = dom.attribute(at, "href") else { continue };
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let is_file = Format::of_name(path).is_some_and(|format| !matches!(format, Format::Html | Format::Txt))
            || [".zip", ".rar", ".7z", ".ceb", ".jpg"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
        if !is_file || links.len() >= 200 || links.iter().any(|link| link.url == url) {
            continue;
        }
        let name = render::text_of(dom, at);
        let name = if name.is_empty() { path.rsplit('/').next().unwrap_or_default().to_owned() } else { name };
        links.push(Link { name, url });
    }
    if !links.is_empty() {
        flow.metadata.set("attachments", Value::Links(links));
    }
}

/// The kind of block that an element's text is.
fn block_kind(tag: Tag) -> BlockKind {
    match tag {
        Tag::Heading(level) => BlockKind::Heading(level),
        _ => BlockKind::Paragraph,
    }
}
