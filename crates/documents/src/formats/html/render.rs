//! Rendering: the tree of a page as paragraphs and tables, in the order a reader sees them.

use super::dom::{Dom, Tag, decode};
use super::{block_kind, is_frame};
use crate::flow::{BlockKind, Cell, Flow};

/// A cell with more text than this, in several paragraphs, belongs to a table that only lays out the page.
const LAYOUT_CHARS: usize = 800;
const MOST_SPAN: usize = 100;

/// Writes the content of a node into the flow.
pub(super) fn render(dom: &Dom<'_>, node: usize, flow: &mut Flow<'_>) {
    let mut writer = Writer { dom, flow, line: String::new(), kind: BlockKind::Paragraph, numbers: Vec::new() };
    writer.children(node);
    writer.flush();
}

/// The text of a node on one line.
pub(super) fn text_of(dom: &Dom<'_>, node: usize) -> String {
    let mut out = String::new();
    collect(dom, node, &mut out);
    let mut text = String::new();
    append(&mut text, &out);
    text.trim().to_owned()
}

fn collect(dom: &Dom<'_>, node: usize, out: &mut String) {
    for child in dom.children(node) {
        match dom.nodes.get(child).map(|child| (child.tag, child.source)) {
            Some((Tag::Text, source)) => append(out, &decode(source)),
            Some((Tag::Skipped, _)) | None => {}
            Some((Tag::Br | Tag::Paragraph | Tag::Division | Tag::Item, _)) => {
                out.push('\n');
                collect(dom, child, out);
                out.push('\n');
            }
            Some(_) => collect(dom, child, out),
        }
    }
}

/// Short lines of the page outside the article, where sites put 索引号 and 发文字号.
pub(super) fn lines_outside(dom: &Dom<'_>, content: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    outside(dom, 0, content, &mut line, &mut lines);
    lines
}

fn outside(dom: &Dom<'_>, node: usize, content: usize, line: &mut String, lines: &mut Vec<String>) {
    for child in dom.children(node) {
        let Some(found) = dom.nodes.get(child) else { continue };
        if child == content || lines.len() > 2000 || found.tag == Tag::Skipped {
            continue;
        }
        match found.tag {
            Tag::Text => append(line, &decode(found.source)),
            tag => {
                let inline = matches!(tag, Tag::A | Tag::Inline);
                if !inline {
                    finish_line(line, lines);
                }
                outside(dom, child, content, line, lines);
                if !inline {
                    finish_line(line, lines);
                }
            }
        }
    }
}

fn finish_line(line: &mut String, lines: &mut Vec<String>) {
    let text = line.trim();
    if !text.is_empty() && text.chars().count() < 120 {
        lines.push(text.to_owned());
    }
    line.clear();
}

struct Writer<'w, 't, 'l> {
    dom: &'w Dom<'t>,
    flow: &'w mut Flow<'l>,
    line: String,
    kind: BlockKind,
    /// The numbers of open ordered lists; 0 for lists without.
    numbers: Vec<u32>,
}

impl Writer<'_, '_, '_> {
    fn children(&mut self, node: usize) {
        let dom = self.dom;
        for child in dom.children(node) {
            if self.flow.is_full() {
                return;
            }
            self.node(child);
        }
    }

    fn node(&mut self, at: usize) {
        let Some(node) = self.dom.nodes.get(at).copied() else { return };
        match node.tag {
            Tag::Text => append(&mut self.line, &decode(node.source)),
            Tag::Skipped | Tag::Meta | Tag::Title | Tag::Base | Tag::Image | Tag::Option => {}
            _ if is_frame(self.dom, at) => {}
            Tag::Br | Tag::Hr => self.flush(),
            Tag::A | Tag::Inline => self.children(at),
            Tag::Table => self.table(at),
            Tag::List | Tag::OrderedList => {
                self.flush();
                self.numbers.push(u32::from(node.tag == Tag::OrderedList));
                self.children(at);
                self.flush();
                self.numbers.pop();
            }
            Tag::Item => {
                self.flush();
                if let Some(number) = self.numbers.last_mut().filter(|number| **number > 0) {
                    self.line = format!("{number}. ");
                    *number += 1;
                }
                self.children(at);
                self.flush();
            }
            tag => {
                self.flush();
                let outer = std::mem::replace(&mut self.kind, block_kind(tag));
                if !matches!(tag, Tag::Heading(_)) {
                    self.kind = outer;
                }
                self.children(at);
                self.flush();
                self.kind = outer;
            }
        }
    }

    fn flush(&mut self) {
        let line = self.line.trim();
        // A number that stands alone belongs to the paragraph inside the item.
        if line.ends_with('.') && line.len() < 5 && line.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
            return;
        }
        if !line.is_empty() && !is_control_text(line) {
            self.flow.push(self.kind, line);
        }
        self.line.clear();
    }

    fn table(&mut self, at: usize) {
        self.flush();
        let rows = rows_of(self.dom, at);
        let frame = rows.iter().all(|row| row.len() <= 1) || rows.iter().flatten().any(|cell| self.is_layout(*cell));
        if frame {
            for cell in rows.into_iter().flatten() {
                self.children(cell);
                self.flush();
            }
            return;
        }
        let grid = grid_of(self.dom, &rows);
        self.flow.push_table(grid);
    }

    fn is_layout(&self, cell: usize) -> bool {
        let mut stack: Vec<usize> = self.dom.children(cell).collect();
        let (mut paragraphs, mut chars, mut seen) = (0, 0, 0);
        while let Some(at) = stack.pop() {
            seen += 1;
            let Some(node) = self.dom.nodes.get(at) else { continue };
            match node.tag {
                Tag::Table => return true,
                Tag::Text => chars += node.source.trim().chars().count(),
                Tag::Paragraph | Tag::Division => paragraphs += 1,
                _ => {}
            }
            if chars > LAYOUT_CHARS && paragraphs > 2 {
                return true;
            }
            if seen > 20_000 {
                return false;
            }
            stack.extend(self.dom.children(at));
        }
        false
    }
}

/// Buttons and hints of the page that stand inside articles.
fn is_control_text(line: &str) -> bool {
    const STARTS: [&str; 10] = [
        "当前位置",
        "您当前的位置",
        "您现在的位置",
        "您的位置",
        "扫一扫在手机打开",
        "分享到",
        "【打印",
        "[打印",
        "打印本页",
        "关闭窗口",
    ];
    let chars = line.chars().count();
    chars <= 60 && STARTS.iter().any(|start| line.starts_with(start))
        || matches!(line, "打印" | "关闭" | "收藏" | "返回顶部" | "上一篇" | "下一篇" | "-->" | "字体：" | "大 中 小")
        || chars <= 24 && (line.starts_with("字体：") || line.starts_with("字号："))
}

fn rows_of(dom: &Dom<'_>, table: usize) -> Vec<Vec<usize>> {
    let mut rows = Vec::new();
    for child in dom.children(table) {
        match dom.nodes.get(child).map(|node| node.tag) {
            Some(Tag::Row) => rows.push(cells_of(dom, child)),
            // thead, tbody, a form inside the table.
            Some(Tag::Inline | Tag::Division) => rows.extend(rows_of(dom, child)),
            _ => {}
        }
    }
    rows
}

fn cells_of(dom: &Dom<'_>, row: usize) -> Vec<usize> {
    dom.children(row).filter(|child| dom.nodes.get(*child).is_some_and(|node| node.tag == Tag::Cell)).collect()
}

/// Lays cells out with their column and row spans.
fn grid_of(dom: &Dom<'_>, rows: &[Vec<usize>]) -> Vec<Vec<Cell>> {
    let mut grid: Vec<Vec<Cell>> = Vec::with_capacity(rows.len());
    // For each column, how many rows a cell above still covers, and its text.
    let mut covered: Vec<(usize, String)> = Vec::new();
    for cells in rows {
        let mut line: Vec<Cell> = Vec::new();
        let cover = |line: &mut Vec<Cell>, covered: &mut Vec<(usize, String)>| {
            while let Some((left, text)) = covered.get_mut(line.len()).filter(|(left, _)| *left > 0) {
                *left -= 1;
                line.push(Cell::repeated(text));
            }
        };
        for cell in cells {
            cover(&mut line, &mut covered);
            let text = cell_text(dom, *cell);
            let span = |name: &str| {
                dom.attribute(*cell, name).and_then(|n| n.trim().parse::<usize>().ok()).unwrap_or(1).clamp(1, MOST_SPAN)
            };
            let (columns, below) = (span("colspan"), span("rowspan"));
            for column in 0..columns {
                if covered.len() <= line.len() {
                    covered.resize(line.len() + 1, (0, String::new()));
                }
                if let Some(place) = covered.get_mut(line.len()).filter(|_| below > 1) {
                    *place = (below - 1, Cell::repeated(&text).text);
                }
                line.push(if column > 0 { Cell::repeated(&text) } else { Cell::new(text.as_str()) });
            }
            if line.len() > MOST_SPAN {
                break;
            }
        }
        cover(&mut line, &mut covered);
        if !line.is_empty() {
            grid.push(line);
        }
    }
    grid
}

fn cell_text(dom: &Dom<'_>, cell: usize) -> String {
    let mut raw = String::new();
    collect(dom, cell, &mut raw);
    let mut text = String::new();
    for line in raw.split('\n') {
        let mut tidy = String::new();
        append(&mut tidy, line);
        let tidy = tidy.trim();
        if !tidy.is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(tidy);
        }
    }
    text
}

/// Adds text as a browser shows it: white space collapses, and a line break between Chinese characters is none.
fn append(line: &mut String, text: &str) {
    let mut space = false;
    let mut broken = false;
    for c in text.chars() {
        if c.is_ascii_whitespace() {
            space = true;
            broken |= c == '\n' || c == '\r';
            continue;
        }
        if space {
            let before = line.chars().next_back();
            let chinese = |c: char| !c.is_ascii() && c != '\u{A0}';
            let glued = broken && before.is_some_and(chinese) && chinese(c);
            if before.is_some_and(|c| c != ' ') && !glued {
                line.push(' ');
            }
            space = false;
            broken = false;
        }
        line.push(c);
    }
    if space && !broken && !line.is_empty() && !line.ends_with(' ') {
        line.push(' ');
    }
}
