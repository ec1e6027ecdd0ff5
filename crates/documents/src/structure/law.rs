//! Laws: 编, 分编, 章, 节 as the path, 条 as the articles, 款 and 项 inside their text.

use super::marker::{Level, Marker, close_up, is_reference, marker, tidy_heading};
use super::{Line, Piece};
use crate::document::ArticleKind;
use crate::flow::BlockKind;

/// Headings are short; a longer line that begins with 第…章 is a sentence about that chapter.
const HEADING_CHARS: usize = 45;

/// Whether the lines are numbered by 条: two articles that follow each other, or a first one.
pub(super) fn is_law(lines: &[Line<'_>]) -> bool {
    let mut last = None;
    for line in lines {
        let Some(found) = article_marker(line).filter(|_| !line.quoted) else { continue };
        if found.number == 1 || last.is_some_and(|last| follows(last, found)) {
            return true;
        }
        last = Some(found);
    }
    false
}

fn article_marker(line: &Line<'_>) -> Option<Marker> {
    line.marker
        .filter(|m| m.level == Level::Article && !is_reference(line.text.get(m.len..).unwrap_or_default(), m.gap))
}

/// Whether `next` is the article after `last`: 第九条 → 第十条, 第九条 → 第九条之一.
fn follows(last: Marker, next: Marker) -> bool {
    (next.number == last.number + 1 && next.sub == 0) || (next.number == last.number && next.sub == last.sub + 1)
}

/// Splits a region into its articles.
pub(super) fn split(text: &str, lines: &[Line<'_>], base: &[String], out: &mut Vec<Piece>) {
    let mut splitter = Splitter {
        base,
        headings: Vec::new(),
        last: None,
        open: None,
        preamble: None,
        contents: Vec::new(),
        in_contents: false,
        out,
    };
    let mut skip = 0;
    for (at, line) in lines.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        skip = splitter.line(line, lines.get(at + 1..).unwrap_or_default());
    }
    splitter.close(lines.last().map_or(text.len(), |line| line.end));
}

struct Splitter<'s> {
    base: &'s [String],
    /// The headings that hold now, with their levels.
    headings: Vec<(Level, String)>,
    last: Option<Marker>,
    /// The article whose text is running: the piece with its end still open.
    open: Option<Piece>,
    /// The text before the first article: its bytes, its page, and whether there are sentences in it.
    preamble: Option<(usize, usize, u32, bool)>,
    /// The chapters that the table of contents lists.
    contents: Vec<(Level, u32)>,
    in_contents: bool,
    out: &'s mut Vec<Piece>,
}

impl Splitter<'_> {
    /// Takes a line in; gives the number of following lines that it used up.
    fn line(&mut self, line: &Line<'_>, following: &[Line<'_>]) -> usize {
        if matches!(line.kind, BlockKind::Contents | BlockKind::Front | BlockKind::Title) {
            self.close(line.start);
            return 0;
        }
        if close_up(line.text) == "目录" {
            self.close(line.start);
            self.in_contents = true;
            return 0;
        }
        if let Some(found) = self.accepts(line) {
            self.in_contents = false;
            self.article(found, line, line.start);
            self.inner(line, line.start + found.len);
            return 0;
        }
        if !line.quoted
            && let Some(used) = self.heading(line, following)
        {
            return used;
        }
        if self.in_contents && line.text.chars().count() < HEADING_CHARS {
            return 0;
        }
        self.in_contents = false;
        if self.open.is_none() && line.kind != BlockKind::Row && !is_promulgation(line.text) {
            let preamble = self.preamble.get_or_insert((line.start, line.end, line.page, false));
            preamble.1 = line.end;
            preamble.3 |= line.text.ends_with(['。', '：', '；']) || line.text.chars().count() > HEADING_CHARS;
        }
        self.inner(line, line.start);
        0
    }

    /// The article that begins with `line`, unless its number is a mention or a quotation.
    fn accepts(&self, line: &Line<'_>) -> Option<Marker> {
        let found = article_marker(line)?;
        let next = self.last.is_none_or(|last| follows(last, found));
        (next || (found.gap && !line.quoted)).then_some(found)
    }

    fn article(&mut self, found: Marker, line: &Line<'_>, start: usize) {
        self.close(start);
        let head = start.saturating_sub(line.start);
        let number = line.text.get(head..head + found.len).unwrap_or_default();
        self.open = Some(Piece {
            label: number.chars().filter(|c| !c.is_whitespace()).collect(),
            path: self.path(),
            start: start + found.len,
            end: 0,
            kind: ArticleKind::Article,
            page: line.page,
        });
        self.last = Some(found);
    }

    /// Finds articles that begin inside a line: after the end of a sentence, the next number with space after it.
    fn inner(&mut self, line: &Line<'_>, from: usize) {
        let mut at = from;
        while let Some(found) = line.text.get(at - line.start..).and_then(|rest| rest.find('第')) {
            let start = at + found;
            at = start + '第'.len_utf8();
            let (before, after) = line.text.split_at_checked(start - line.start).unwrap_or_default();
            let ended = before.trim_end_matches([' ', '\u{3000}']);
            let sentence_over = ended.ends_with(['。', '；', '：', '”', '）']) || ended.len() < before.len();
            if !sentence_over {
                continue;
            }
            let Some(found) = marker(after).filter(|m| m.level == Level::Article && m.gap) else { continue };
            let next = self.last.map_or(found.number == 1, |last| follows(last, found));
            if next && !is_reference(after.get(found.len..).unwrap_or_default(), true) && !after.is_empty() {
                self.article(found, line, start);
                at = start + found.len;
            }
        }
    }

    /// Takes 编, 章, 节 and such in; `None` when the line is no heading.
    fn heading(&mut self, line: &Line<'_>, following: &[Line<'_>]) -> Option<usize> {
        let (level, text, used) = match line.marker {
            Some(m) if m.level < Level::Article => {
                let rest = line.text.get(m.len..).unwrap_or_default();
                if let Some((heading, first)) = heading_with_article(line.text, m.len) {
                    self.enter(m.level, tidy_heading(heading), line.start);
                    self.last_heading_line(line, first);
                    return Some(0);
                }
                let short = line.text.chars().count() <= HEADING_CHARS;
                // Some texts end a heading with a full stop.
                if !short || is_reference(rest, m.gap) || rest.trim_end_matches('。').contains(['。', '；']) {
                    return None;
                }
                if self.is_contents(m) {
                    return Some(0);
                }
                match following.first().filter(|next| rest.trim().is_empty() && is_title_line(next)) {
                    Some(next) => (m.level, tidy_heading(&format!("{} {}", line.text, next.text)), 1),
                    None => (m.level, tidy_heading(line.text), 0),
                }
            }
            // 一、管辖: a heading over articles in judicial interpretations.
            Some(m) if m.level == Level::One && is_title(line.text) && leads_to_articles(following) => {
                (Level::One, close_up(line.text), 0)
            }
            None if is_lone_heading(line) && leads_to_articles(following) => (Level::Chapter, close_up(line.text), 0),
            _ => return None,
        };
        self.enter(level, text, line.start);
        Some(used)
    }

    /// Chapters of a table of contents are skipped until the first of them comes again.
    fn is_contents(&mut self, found: Marker) -> bool {
        if !self.in_contents {
            return false;
        }
        let entry = (found.level, found.number);
        if self.contents.first() == Some(&entry) {
            self.in_contents = false;
            return false;
        }
        self.contents.push(entry);
        true
    }

    fn last_heading_line(&mut self, line: &Line<'_>, first: usize) {
        self.in_contents = false;
        self.inner(line, line.start + first);
    }

    fn enter(&mut self, level: Level, text: String, at: usize) {
        self.close(at);
        self.headings.retain(|(above, _)| *above < level);
        self.headings.push((level, text));
    }

    fn path(&self) -> Vec<String> {
        self.base.iter().cloned().chain(self.headings.iter().map(|(_, text)| text.clone())).collect()
    }

    fn close(&mut self, at: usize) {
        if let Some((start, end, page)) =
            self.preamble.take().filter(|(.., sentences)| *sentences).map(|(s, e, p, _)| (s, e, p))
        {
            let mut path = self.path();
            // The preamble of a constitution has a heading of its own.
            let named = path.pop_if(|heading| *heading == "序言").is_some();
            let label = match (named, &self.last) {
                (true, _) => "序言",
                (false, None) => "引言",
                (false, Some(_)) => "说明",
            };
            let label = label.to_owned();
            self.out.push(Piece { label, path, start, end, kind: ArticleKind::Preamble, page });
        }
        if let Some(mut piece) = self.open.take() {
            piece.end = at;
            self.out.push(piece);
        }
    }
}

/// `第一章 总则 第一条 为了…` on one line: the heading, and where the article begins.
fn heading_with_article(line: &str, from: usize) -> Option<(&str, usize)> {
    let mut at = from;
    while let Some(found) = line.get(at..)?.find('第') {
        let start = at + found;
        at = start + '第'.len_utf8();
        let (before, after) = line.split_at_checked(start)?;
        if before.ends_with([' ', '\u{3000}'])
            && before.chars().count() <= HEADING_CHARS
            && marker(after).is_some_and(|m| m.level == Level::Article && m.gap)
        {
            return Some((before.trim_end(), start));
        }
    }
    None
}

fn is_title_line(line: &Line<'_>) -> bool {
    line.marker.is_none() && is_title(line.text) && line.text.chars().count() <= 25
}

/// A short line without a sentence in it.
fn is_title(text: &str) -> bool {
    text.chars().count() <= HEADING_CHARS && !text.ends_with(['。', '；', '：', '，', ';', ':']) && !text.contains('。')
}

/// 序言, 总则, 附则 without a number, or a line that its format calls a heading.
fn is_lone_heading(line: &Line<'_>) -> bool {
    matches!(line.kind, BlockKind::Heading(_)) && is_title(line.text)
        || matches!(close_up(line.text).as_str(), "序言" | "总则" | "附则")
}

/// Whether the next line is an article, or a heading over one.
fn leads_to_articles(following: &[Line<'_>]) -> bool {
    following.iter().take(2).any(|next| article_marker(next).is_some_and(|m| m.gap))
        || following.first().is_some_and(|next| matches!(close_up(next.text).as_str(), "序言"))
}

/// Lines between title and text that tell when a law was passed; metadata takes them.
pub(crate) fn is_promulgation(text: &str) -> bool {
    let inner = text.trim_matches(['（', '）', '(', ')', ' ', '\u{3000}']);
    let inner = inner.strip_prefix("根据").unwrap_or(inner);
    let dated = inner.chars().next().is_some_and(crate::numerals::is_numeral) && inner.contains('年');
    let says = ["通过", "公布", "发布", "施行", "修正", "修订", "批准", "修改", "起实施", "废止", "号"]
        .iter()
        .any(|word| inner.ends_with(word) || inner.contains(word));
    dated && says && !inner.ends_with('。')
}
