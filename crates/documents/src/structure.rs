//! Structure: a flow of blocks becomes citable articles — 编章节条 of laws, 一、（一）1. of policies, or
//! groups of paragraphs.
//!
//! The text is cut into regions first, at annexes (附件2): each region has the numbering it has.

mod law;
pub(crate) mod marker;
mod outline;
mod paragraphs;
mod plain;

pub(crate) use law::is_promulgation;
pub use paragraphs::{Item, Paragraph, paragraphs};

use kernel::text::CharCounter;
use marker::{Level, Marker, marker};

use crate::document::{Article, ArticleKind};
use crate::flow::{BlockKind, Flow};

/// A line of the text with what its format and its opening say about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'t> {
    pub(crate) kind: BlockKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) page: u32,
    pub(crate) text: &'t str,
    pub(crate) marker: Option<Marker>,
    /// Whether the line begins inside a quotation that an earlier line opened.
    pub(crate) quoted: bool,
}

/// A part found, in bytes; becomes an [`Article`].
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) label: String,
    pub(crate) path: Vec<String>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: ArticleKind,
    pub(crate) page: u32,
}

/// The articles of a document.
pub(crate) fn articles(flow: &Flow<'_>) -> Vec<Article> {
    let lines = lines(flow);
    let mut pieces = Vec::new();
    for region in regions(&lines, &flow.title) {
        let before = pieces.len();
        if law::is_law(region.lines) {
            law::split(&flow.text, region.lines, &region.path, &mut pieces);
        } else if outline::has_outline(region.lines) {
            outline::split(&flow.text, region.lines, &region.path, &mut pieces);
        } else {
            plain::split(&flow.text, region.lines, &region.path, &mut pieces);
        }
        if let Some(annex) = &region.annex {
            name_annex(annex, pieces.get_mut(before..).unwrap_or_default());
        }
    }
    finish(&flow.text, pieces)
}

/// A part of the document that has its own numbering.
struct Region<'r, 't> {
    lines: &'r [Line<'t>],
    path: Vec<String>,
    annex: Option<String>,
}

fn lines<'t>(flow: &'t Flow<'_>) -> Vec<Line<'t>> {
    let mut open_quote = false;
    flow.blocks
        .iter()
        .map(|block| {
            let text = flow.block_text(block);
            let quoted = open_quote && !text.starts_with('“');
            for c in text.chars() {
                match c {
                    '“' => open_quote = true,
                    '”' => open_quote = false,
                    _ => {}
                }
            }
            let kind = if is_contents_line(block.kind, text) { BlockKind::Contents } else { block.kind };
            let marker = if matches!(block.kind, BlockKind::Row | BlockKind::Note) { None } else { marker(text) };
            Line { kind, start: block.start, end: block.end, page: block.page, text, marker, quoted }
        })
        .collect()
}

/// `一、总体要求……3`: a line of a table of contents, by its leader and page number.
fn is_contents_line(kind: BlockKind, text: &str) -> bool {
    if !matches!(kind, BlockKind::Paragraph | BlockKind::Heading(_)) || !text.ends_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let leader = head.trim_end_matches(['.', '…', '·', '．', '\t', ' ', '\u{3000}']);
    let gap = head.get(leader.len()..).unwrap_or_default();
    let led =
        gap.contains('\t') || gap.contains('…') || gap.chars().filter(|c| matches!(c, '.' | '·' | '．')).count() >= 3;
    text.len() - head.len() <= 3 && led && leader.chars().count() <= 60 && !leader.is_empty()
}

/// Cuts at annex headings: a line that says 附件, 附录 or 附表 with nothing but a number or a short title.
/// And where a notice is signed and what it issues begins, with a title of its own.
fn regions<'r, 't>(lines: &'r [Line<'t>], title: &str) -> Vec<Region<'r, 't>> {
    let mut regions = Vec::new();
    let mut start = 0;
    let mut annex: Option<String> = None;
    let mut path: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let following = lines.get(at + 1..).unwrap_or_default();
        if annex.is_none() && issued_after(lines.get(start..at).unwrap_or_default(), line, following) {
            regions.push(Region { lines: lines.get(start..at).unwrap_or_default(), path, annex: None });
            // What the notice names is named in its own title already.
            let named = squeeze(title).contains(&squeeze(line.text));
            path = if named { Vec::new() } else { vec![marker::close_up(line.text)] };
            start = at + 1;
            continue;
        }
        let Some(heading) = annex_heading(line, following) else { continue };
        regions.push(Region { lines: lines.get(start..at).unwrap_or_default(), path, annex });
        path = vec![heading.clone()];
        annex = Some(heading);
        start = at;
    }
    regions.push(Region { lines: lines.get(start..).unwrap_or_default(), path, annex });
    regions.retain(|region| !region.lines.is_empty());
    regions
}

/// Whether `line` is the title of what the notice before it issues: after the notice's date, before articles or
/// numbered parts.
fn issued_after(before: &[Line<'_>], line: &Line<'_>, following: &[Line<'_>]) -> bool {
    let short = line.marker.is_none()
        && line.kind != BlockKind::Row
        && line.text.chars().count() <= 40
        && !line.text.contains(['。', '，', '：'])
        && crate::head::is_complete_title(&marker::close_up(line.text));
    short
        && before.len() < 40
        && before.iter().rev().take(3).any(|line| crate::dates::is_date_line(line.text))
        && !before.iter().any(|line| line.marker.is_some_and(|m| m.level <= Level::One && !line.quoted))
        && following.iter().take(30).any(|line| line.marker.is_some_and(|m| m.level <= Level::Two))
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The name of the annex that `line` opens: 附件2, 附录 一, 附表.
fn annex_heading(line: &Line<'_>, following: &[Line<'_>]) -> Option<String> {
    let rest = line.text.strip_prefix('附')?;
    if matches!(line.kind, BlockKind::Row | BlockKind::Note | BlockKind::Contents) || line.quoted {
        return None;
    }
    let rest = rest.trim_start_matches([' ', '\u{3000}']);
    let unit = rest.chars().next().filter(|c| matches!(c, '件' | '录' | '表'))?;
    let rest = rest.get(unit.len_utf8()..)?.trim_start_matches([' ', '\u{3000}']);
    let digits: String = rest.chars().take_while(|c| crate::numerals::is_numeral(*c)).collect();
    let title = rest.get(digits.len()..)?;
    let name = format!("附{unit}{digits}");
    if title.trim().is_empty() {
        return Some(name);
    }
    // 附件：1.×× 2.×× before the signature lists the annexes and opens none: what it names comes on later.
    let titled = title.trim_start_matches([':', '：', ' ', '\u{3000}']);
    if titled.len() == title.len() || titled.chars().count() > 40 || titled.ends_with(['。', '；', '，']) {
        return None;
    }
    if titled.is_empty() {
        let lists = following.first().is_some_and(|next| next.marker.is_some_and(|m| m.level == Level::Three));
        return (!lists && following.len() > 2).then_some(name);
    }
    if digits.is_empty() && (marker(titled).is_some() || title.starts_with(['：', ':'])) {
        return None;
    }
    let after: usize = following.iter().take(20).map(|line| line.text.len()).sum();
    (after > 300).then_some(name)
}

/// Articles of an annex are cited with its name, since 第一条 of the document itself exists too.
fn name_annex(annex: &str, pieces: &mut [Piece]) {
    for piece in pieces {
        if !piece.label.starts_with(annex) {
            piece.label = format!("{annex} {}", piece.label);
        }
        if piece.kind == ArticleKind::Paragraphs || piece.kind == ArticleKind::Preamble {
            piece.kind = ArticleKind::Annex;
        }
    }
}

/// Trims the pieces, makes their labels unique and counts characters.
fn finish(text: &str, pieces: Vec<Piece>) -> Vec<Article> {
    let mut seen = std::collections::HashMap::<String, u32>::new();
    let mut counter = CharCounter::new(text);
    let mut articles = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let raw = text.get(piece.start..piece.end).unwrap_or_default();
        let trimmed = raw.trim_start();
        let start = piece.end.saturating_sub(trimmed.len());
        let body = trimmed.trim_end();
        if body.is_empty() && piece.kind != ArticleKind::Article {
            continue;
        }
        let count = seen.entry(piece.label.clone()).or_insert(0);
        *count += 1;
        let label = if *count == 1 { piece.label } else { format!("{}（{count}）", piece.label) };
        articles.push(Article {
            label,
            path: piece.path,
            text: body.to_owned(),
            span: counter.span(start..start + body.len()),
            kind: piece.kind,
            page: piece.page,
        });
    }
    articles
}

#[cfg(test)]
mod tests;
