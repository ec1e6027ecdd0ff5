//! Policy documents and decisions: 一、（一）1.（1） as a tree, its leaves as the articles.

use std::collections::HashMap;

use super::marker::{Level, Marker, close_up, is_reference};
use super::{Line, Piece};
use crate::document::ArticleKind;
use crate::flow::BlockKind;

/// A part is split into its lists `1.` and `（1）` once it has more characters than this.
const SPLIT_CHARS: usize = 600;
/// A part without numbered parts of its own is split by paragraphs once it has more characters than this.
const LONG_CHARS: usize = 1500;
/// Paragraphs of a long part are grouped up to this.
const GROUP_CHARS: usize = 600;
/// A first sentence up to this long is the part's title.
const TITLE_CHARS: usize = 36;

/// Whether the lines are numbered: 一、 and 二、, （一） and （二）, or three of `1.`.
pub(super) fn has_outline(lines: &[Line<'_>]) -> bool {
    let mut runs: Vec<(Level, u32)> = Vec::new();
    for line in lines {
        let Some(found) = line.marker.filter(|m| m.level != Level::Article && !line.quoted) else { continue };
        match runs.iter_mut().find(|(level, _)| *level == found.level) {
            Some((level, last)) if found.number == *last + 1 => {
                *last = found.number;
                if found.number >= if *level >= Level::Three { 3 } else { 2 } {
                    return true;
                }
            }
            Some((_, last)) if found.number == 1 => *last = 1,
            None if found.number == 1 => runs.push((found.level, 1)),
            _ => {}
        }
    }
    false
}

/// A numbered part, in the order of the text; `depth` says under which earlier part it stands.
struct Node {
    level: Option<Level>,
    number: u32,
    depth: usize,
    /// The part that holds it.
    parent: Option<usize>,
    start: usize,
    /// Where its first line ends.
    head_end: usize,
    marker: String,
    heading: String,
    page: u32,
}

/// Splits a region into its numbered parts.
pub(super) fn split(text: &str, lines: &[Line<'_>], base: &[String], out: &mut Vec<Piece>) {
    let lines = without_signature(lines);
    let nodes = tree(lines);
    let end = lines.last().map_or(0, |line| line.end);
    let first = nodes.first().map_or(end, |node| node.start);
    preamble(lines, first, base, out);
    let writer = Writer { text, lines, nodes: &nodes, base, end };
    let mut at = 0;
    while at < nodes.len() {
        at = writer.node(at, out);
    }
}

/// The text before the first part: whom it addresses and why it was written.
fn preamble(lines: &[Line<'_>], first: usize, base: &[String], out: &mut Vec<Piece>) {
    let body: Vec<&Line<'_>> = lines
        .iter()
        .take_while(|line| line.start < first)
        .filter(|line| {
            matches!(line.kind, BlockKind::Paragraph | BlockKind::Row | BlockKind::Note)
                && !super::law::is_promulgation(line.text)
        })
        .collect();
    let sentence =
        body.iter().any(|line| line.text.ends_with(['。', '：', ':', '；']) && line.text.chars().count() > 15);
    if let (Some(from), Some(to), true) = (body.first(), body.last(), sentence) {
        out.push(Piece {
            label: "引言".to_owned(),
            path: base.to_vec(),
            start: from.start,
            end: to.end,
            kind: ArticleKind::Preamble,
            page: from.page,
        });
    }
}

fn tree(lines: &[Line<'_>]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    // The open parts, by their place in `nodes`.
    let mut stack: Vec<usize> = Vec::new();
    // The last number of each level, because （五） may follow （四） across the heading 二、.
    let mut last: HashMap<Level, u32> = HashMap::new();
    for line in lines {
        if matches!(line.kind, BlockKind::Title | BlockKind::Front | BlockKind::Contents) {
            continue;
        }
        if let Some(found) = line.marker.filter(|m| accepts(&nodes, &stack, &last, line, *m)) {
            stack.retain(|at| nodes.get(*at).is_some_and(|node| node.level.is_none_or(|level| level < found.level)));
            let node = numbered(line, found, &stack);
            last.insert(found.level, found.number);
            stack.push(nodes.len());
            nodes.push(node);
        } else if let (BlockKind::Heading(rank), None) = (line.kind, line.marker) {
            // A heading without a number stands above all numbered parts.
            stack.truncate(stack.iter().take_while(|at| is_above(&nodes, **at, rank)).count());
            let heading = close_up(line.text);
            let node = Node {
                level: None,
                number: u32::from(rank),
                depth: stack.len(),
                parent: stack.last().copied(),
                start: line.start,
                head_end: line.end,
                marker: String::new(),

                heading,
                page: line.page,
            };
            stack.push(nodes.len());
            nodes.push(node);
        }
    }
    nodes
}

fn is_above(nodes: &[Node], at: usize, rank: u8) -> bool {
    nodes.get(at).is_some_and(|node| node.level.is_none() && node.number < u32::from(rank))
}

/// Whether the number continues its list, or opens one: what merely looks like a number does neither.
fn accepts(nodes: &[Node], stack: &[usize], last: &HashMap<Level, u32>, line: &Line<'_>, found: Marker) -> bool {
    if line.quoted || found.level == Level::Article {
        return false;
    }
    let after = line.text.get(found.len..).unwrap_or_default();
    if found.level < Level::Article {
        let sentence = line.text.chars().count() > 45 || after.contains('。');
        // 第一部分正文 is a phrase; 第一部分 总则 a heading.
        let phrase = found.level == Level::Part && !found.gap && !after.starts_with(['：', '、', ':']);
        if is_reference(after, found.gap) || sentence || phrase {
            return false;
        }
    }
    let open = stack.iter().filter_map(|at| nodes.get(*at)).find(|node| node.level == Some(found.level));
    match open {
        Some(node) if found.number == 1 => found.level <= Level::One && node.number > 1,
        // A number left out by its author must not lose the rest of the list.
        Some(node) => found.number > node.number && found.number <= node.number + 2,
        None => found.number == 1 || last.get(&found.level).is_some_and(|last| found.number == last + 1),
    }
}

fn numbered(line: &Line<'_>, found: Marker, stack: &[usize]) -> Node {
    let marker: String =
        line.text.get(..found.len).unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    let after = line.text.get(found.len..).unwrap_or_default().trim();
    let title = title_of(after);
    let gap = if found.level < Level::Article && !title.is_empty() { " " } else { "" };
    Node {
        level: Some(found.level),
        number: found.number,
        depth: stack.len(),
        parent: stack.last().copied(),
        start: line.start,
        head_end: line.end,
        heading: format!("{marker}{gap}{title}"),
        marker,

        page: line.page,
    }
}

/// The first sentence, when it is short enough for a title.
fn title_of(after: &str) -> String {
    let head = after.split(['。', '：', '；', ':', ';']).next().unwrap_or_default().trim();
    let chars = head.chars().count();
    if chars == 0 || chars > TITLE_CHARS || head.contains('“') && !head.contains('”') {
        return String::new();
    }
    close_up(head)
}

struct Writer<'w, 't> {
    text: &'t str,
    lines: &'w [Line<'t>],
    nodes: &'w [Node],
    base: &'w [String],
    end: usize,
}

impl Writer<'_, '_> {
    /// Writes the node at `at` and all below it; gives the place of the next node beside it.
    fn node(&self, at: usize, out: &mut Vec<Piece>) -> usize {
        let Some(node) = self.nodes.get(at) else { return at + 1 };
        let next = self.next_beside(at, node.depth);
        let end = self.nodes.get(next).map_or(self.end, |next| next.start);
        let inner = self.nodes.get(at + 1..next).unwrap_or_default();
        let below = inner.first().and_then(|child| child.level);
        let always = below.is_none_or(|level| level <= Level::Two) || node.level.is_none();
        let chars = self.chars(node.start, end);
        if inner.is_empty() || !(always || chars > SPLIT_CHARS) {
            self.leaf(at, node, end, chars, out);
            return next;
        }
        let first = inner.first().map_or(end, |child| child.start);
        // A heading alone is said in the path of the parts below it.
        if self.has_own_text(node, first) {
            self.piece(at, node.start, first, self.label(at), out);
        }
        let mut child = at + 1;
        while child < next {
            child = self.node(child, out);
        }
        next
    }

    fn next_beside(&self, at: usize, depth: usize) -> usize {
        self.nodes
            .iter()
            .enumerate()
            .skip(at + 1)
            .find(|(_, node)| node.depth <= depth)
            .map_or(self.nodes.len(), |(next, _)| next)
    }

    fn has_own_text(&self, node: &Node, first: usize) -> bool {
        let head = self.text.get(node.start..node.head_end).unwrap_or_default().trim();
        let rest = self.text.get(node.head_end..first).unwrap_or_default().trim();
        !rest.is_empty() || head.chars().count() > node.heading.chars().count() + 4
    }

    fn leaf(&self, at: usize, node: &Node, end: usize, chars: usize, out: &mut Vec<Piece>) {
        let label = self.label(at);
        if node.level.is_none() && self.text.get(node.head_end..end).unwrap_or_default().trim().is_empty() {
            return;
        }
        if chars <= LONG_CHARS {
            self.piece(at, node.start, end, label, out);
            return;
        }
        let first = self.lines.partition_point(|line| line.start < node.start);
        let last = self.lines.partition_point(|line| line.start < end);
        let inside = self.lines.get(first..last).unwrap_or_default();
        let mut from = 0;
        while from < inside.len() {
            let mut to = from;
            let mut sum = 0;
            while let Some(line) = inside.get(to) {
                sum += line.text.chars().count();
                if to > from && sum > GROUP_CHARS {
                    break;
                }
                to += 1;
            }
            if let (Some(first), Some(last)) = (inside.get(from), inside.get(to.saturating_sub(1))) {
                let label = match (from, to - from) {
                    (0, _) => label.clone(),
                    (_, 1) => format!("{label} 第{}段", from + 1),
                    _ => format!("{label} 第{}至{to}段", from + 1),
                };
                self.piece(at, first.start, last.end, label, out);
            }
            from = to;
        }
    }

    fn piece(&self, at: usize, start: usize, end: usize, label: String, out: &mut Vec<Piece>) {
        let path =
            self.base.iter().cloned().chain(self.above(at).into_iter().map(|node| node.heading.clone())).collect();
        let page = self.nodes.get(at).map_or(1, |node| node.page);
        out.push(Piece { label, path, start, end, kind: ArticleKind::Section, page });
    }

    /// The parts that hold the one at `at`, outermost first.
    fn above(&self, at: usize) -> Vec<&Node> {
        let mut found = Vec::new();
        let mut next = self.nodes.get(at).and_then(|node| node.parent);
        while let Some(node) = next.and_then(|at| self.nodes.get(at)) {
            found.push(node);
            next = node.parent;
        }
        found.reverse();
        found
    }

    /// The numbers from the top, then the title: 一、（二）完善服务网络.
    fn label(&self, at: usize) -> String {
        let Some(node) = self.nodes.get(at) else { return String::new() };
        let mut label: String = self.above(at).into_iter().map(|node| node.marker.as_str()).collect();
        label.push_str(&node.heading);
        label
    }

    fn chars(&self, start: usize, end: usize) -> usize {
        self.text.get(start..end).unwrap_or_default().chars().count()
    }
}

/// The lines without the signature at the end: 署名, 成文日期, （此件公开发布）.
pub(super) fn without_signature<'r, 't>(lines: &'r [Line<'t>]) -> &'r [Line<'t>] {
    let dated = lines.iter().enumerate().rev().take(6).find(|(_, line)| crate::dates::is_date_line(line.text));
    let Some((at, _)) = dated else { return lines };
    let tail = lines.get(at + 1..).unwrap_or_default();
    if tail.iter().any(|line| line.text.chars().count() > 40 || line.marker.is_some()) {
        return lines;
    }
    let mut cut = at;
    while cut > 0
        && lines.get(cut - 1).is_some_and(|line| {
            line.marker.is_none()
                && line.kind == BlockKind::Paragraph
                && line.text.chars().count() <= 40
                && !line.text.contains(['。', '；', '：', '，', '！'])
        })
    {
        cut -= 1;
    }
    lines.get(..cut).unwrap_or(lines)
}
