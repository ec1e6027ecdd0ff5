//! Markdown as laws and notices are kept in it: front matter, headings, tables, emphasis; numbers stay as typed.
//!
//! A reader of our own and not CommonMark, because `1. ` at the start of a line is text that a citation needs,
//! and a line of a law is a paragraph.

use crate::flow::{BlockKind, Cell, Flow};
use crate::metadata::Value;

/// Reads Markdown into the flow.
pub(crate) fn read(text: &str, flow: &mut Flow<'_>) {
    let body = front_matter(text, flow);
    let column = super::txt::wrap_column(body);
    let mut state = State { column, ..State::default() };
    let mut inline = String::new();
    for line in body.lines() {
        if flow.is_full() {
            return;
        }
        state.line(line, flow, &mut inline);
    }
    state.flush(flow);
    state.flush_table(flow);
}

/// Longer labels and targets are no links.
const MOST_LINK_BYTES: usize = 2000;

#[derive(Default)]
struct State {
    column: Option<usize>,
    paragraph: String,
    rows: Vec<Vec<Cell>>,
    in_comment: bool,
    fence: Option<char>,
    seen_title: bool,
}

impl State {
    fn line(&mut self, line: &str, flow: &mut Flow<'_>, inline: &mut String) {
        let trimmed = line.trim_matches(crate::flow::is_padding);
        if self.in_comment {
            if let Some((_, rest)) = trimmed.split_once("-->") {
                self.in_comment = false;
                self.line(rest, flow, inline);
            }
            return;
        }
        if let Some(fence) = self.fence {
            if trimmed.starts_with([fence]) && trimmed.chars().all(|c| c == fence) && trimmed.len() >= 3 {
                self.fence = None;
            } else {
                flow.push(BlockKind::Paragraph, line);
            }
            return;
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            self.flush(flow);
            self.fence = trimmed.chars().next();
            return;
        }
        if trimmed.contains("<!--") {
            let mut kept = String::with_capacity(trimmed.len());
            let mut rest = trimmed;
            while let Some((before, comment)) = rest.split_once("<!--") {
                kept.push_str(before);
                rest = match comment.split_once("-->") {
                    Some((_, after)) => after,
                    None => {
                        self.in_comment = true;
                        ""
                    }
                };
            }
            kept.push_str(rest);
            self.text_line(kept.trim(), flow, inline);
            return;
        }
        self.text_line(trimmed, flow, inline);
    }

    fn text_line(&mut self, trimmed: &str, flow: &mut Flow<'_>, inline: &mut String) {
        if trimmed.starts_with('|') && trimmed.len() > 1 {
            self.flush(flow);
            self.row(trimmed);
            return;
        }
        self.flush_table(flow);
        if trimmed.is_empty() {
            self.flush(flow);
            return;
        }
        if let Some((level, heading)) = heading(trimmed) {
            self.flush(flow);
            plain(heading, inline);
            if level == 1 && !self.seen_title {
                self.seen_title = true;
                if flow.title.is_empty() {
                    flow.title.clone_from(inline);
                }
                flow.push(BlockKind::Title, inline);
            } else {
                flow.push(BlockKind::Heading(level), inline);
            }
            return;
        }
        if is_rule(trimmed) {
            self.flush(flow);
            return;
        }
        // Headings of a wiki: ===第一节 总则===.
        let wiki = trimmed.trim_matches('=');
        if wiki.len() + 4 <= trimmed.len() && trimmed.starts_with("==") && trimmed.ends_with("==") {
            self.flush(flow);
            plain(wiki.trim(), inline);
            flow.push(BlockKind::Heading(2), inline);
            return;
        }
        let content = strip_bullet(trimmed.trim_start_matches(['>', ' ']));
        plain(content, inline);
        let joins = self.column.is_some_and(|column| super::txt::continues(&self.paragraph, inline, column));
        if !joins {
            self.flush(flow);
        }
        self.paragraph.push_str(inline);
    }

    fn flush(&mut self, flow: &mut Flow<'_>) {
        if !self.paragraph.is_empty() {
            flow.push(BlockKind::Paragraph, &self.paragraph);
            self.paragraph.clear();
        }
    }

    fn row(&mut self, line: &str) {
        let inner = line.strip_prefix('|').unwrap_or(line);
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        let mut cells = Vec::new();
        let mut cell = String::new();
        let mut chars = inner.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if chars.peek() == Some(&'|') => cell.extend(chars.next()),
                '|' => cells.push(std::mem::take(&mut cell)),
                c => cell.push(c),
            }
        }
        cells.push(cell);
        let ruler = cells.iter().all(|cell| {
            let cell = cell.trim();
            !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':' | ' '))
        });
        if ruler && self.rows.len() <= 1 {
            return;
        }
        let mut text = String::new();
        let mut plain_cell = |cell: &String| {
            plain(&cell.replace("<br>", "\n").replace("<br/>", "\n"), &mut text);
            Cell::new(text.as_str())
        };
        let cells = cells.iter().map(&mut plain_cell).collect();
        self.rows.push(cells);
    }

    fn flush_table(&mut self, flow: &mut Flow<'_>) {
        if !self.rows.is_empty() {
            flow.push_table(std::mem::take(&mut self.rows));
        }
    }
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let rest = line.trim_start_matches('#');
    let level = u8::try_from(line.len() - rest.len()).ok().filter(|level| (1..=6).contains(level))?;
    let text = rest.strip_prefix([' ', '\t', '\u{3000}'])?.trim().trim_end_matches('#').trim_end();
    (!text.is_empty()).then_some((level, text))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && (line.chars().all(|c| c == '-' || c == ' ')
            || line.chars().all(|c| c == '*' || c == ' ')
            || line.chars().all(|c| c == '_' || c == ' ')
            || line.chars().all(|c| c == '='))
}

fn strip_bullet(line: &str) -> &str {
    ["- ", "* ", "+ "].iter().find_map(|bullet| line.strip_prefix(bullet)).unwrap_or(line)
}

/// Writes the text of a line without its markup into `out`.
fn plain(line: &str, out: &mut String) {
    out.clear();
    if !line.contains(['*', '_', '`', '[', '\\', '<', '&', '~', '!']) {
        out.push_str(line);
        return;
    }
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '\\' => match after.chars().next().filter(char::is_ascii_punctuation) {
                Some(escaped) => {
                    out.push(escaped);
                    after.get(escaped.len_utf8()..).unwrap_or_default()
                }
                None => {
                    out.push(c);
                    after
                }
            },
            '*' | '`' => after,
            '~' if after.starts_with('~') => after.get(1..).unwrap_or_default(),
            '_' if is_emphasis(out, after) => after,
            '!' if link(after).is_some() => link(after).map_or("", |(_, rest)| rest),
            '[' => match link(rest) {
                Some((label, tail)) => {
                    let label = label.to_owned();
                    let mut inner = String::new();
                    plain(&label, &mut inner);
                    out.push_str(&inner);
                    tail
                }
                None => {
                    out.push(c);
                    after
                }
            },
            '<' => match tag(rest) {
                Some(tail) => tail,
                None => {
                    out.push(c);
                    after
                }
            },
            '&' => match entity(rest) {
                Some((text, tail)) => {
                    out.push(text);
                    tail
                }
                None => {
                    out.push(c);
                    after
                }
            },
            c => {
                out.push(c);
                after
            }
        };
    }
}

/// `_` marks emphasis at the edge of a word, and is a letter inside one.
fn is_emphasis(before: &str, after: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let inside = before.chars().next_back().is_some_and(word) && after.chars().next().is_some_and(word);
    let blank = after.starts_with('_') || before.ends_with('_');
    !inside && !blank
}

/// `[label](target)` at the start of `text`: the label, and what follows.
fn link(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?;
    // A line of nothing but brackets must not be searched to its end for each of them.
    let near = inner.get(..crate::encoding::floor(inner, MOST_LINK_BYTES))?;
    let label = near.get(..near.find(['[', ']'])?)?;
    let target = inner.get(label.len()..)?.strip_prefix("](")?;
    let near = target.get(..crate::encoding::floor(target, MOST_LINK_BYTES))?;
    Some((label, target.get(near.find(')')? + 1..)?))
}

/// An HTML tag at the start of `text`: what follows it.
fn tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    let name = inner.strip_prefix('/').unwrap_or(inner);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let near = inner.get(..crate::encoding::floor(inner, 300))?;
    let end = near.find(['>', '<'])?;
    inner.get(end..)?.strip_prefix('>')
}

fn entity(text: &str) -> Option<(char, &str)> {
    [
        ("&nbsp;", ' '),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&amp;", '&'),
        ("&quot;", '"'),
        ("&emsp;", '\u{3000}'),
        ("&ensp;", ' '),
    ]
    .into_iter()
    .find_map(|(name, c)| text.strip_prefix(name).map(|rest| (c, rest)))
}

/// Takes the front matter between two `---` lines into the metadata; gives the rest.
fn front_matter<'t>(text: &'t str, flow: &mut Flow<'_>) -> &'t str {
    let Some(rest) = text.strip_prefix("---").and_then(|rest| rest.trim_start_matches('\r').strip_prefix('\n')) else {
        return text;
    };
    let mut at = 0;
    let mut found = None;
    for line in rest.split_inclusive('\n').take(200) {
        if matches!(line.trim_end(), "---" | "...") {
            found = Some((at, at + line.len()));
            break;
        }
        at += line.len();
    }
    let Some((end, after)) = found else { return text };
    let mut list: Option<(String, Vec<String>)> = None;
    for line in rest.get(..end).unwrap_or_default().lines() {
        if let (Some((_, items)), Some(item)) = (list.as_mut(), line.trim_start().strip_prefix("- ")) {
            items.push(unquoted(item).to_owned());
            continue;
        }
        finish_list(&mut list, flow);
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (known_key(key.trim()), unquoted(value.trim()));
        if key.is_empty() {
            continue;
        }
        if value.is_empty() {
            list = Some((key.to_owned(), Vec::new()));
            continue;
        }
        if key == "title" {
            flow.title = value.to_owned();
        }
        flow.metadata.set(key, Value::Text(value.to_owned()));
    }
    finish_list(&mut list, flow);
    rest.get(after..).unwrap_or_default()
}

fn finish_list(list: &mut Option<(String, Vec<String>)>, flow: &mut Flow<'_>) {
    if let Some((key, items)) = list.take().filter(|(_, items)| !items.is_empty()) {
        flow.metadata.set(&key, Value::List(items));
    }
}

/// Our name of a front matter key. What a source calls the status is a claim and not the validity.
fn known_key(key: &str) -> &str {
    match key {
        "status" => "source_status",
        "category" => "source_category",
        "implement_date" => "effective_date",
        key => key,
    }
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::flow::Flow;
    use crate::limits::Limits;

    fn flow_of<'l>(input: &str, limits: &'l Limits) -> Flow<'l> {
        let mut flow = Flow::new(limits);
        read(input, &mut flow);
        flow
    }

    #[test]
    fn front_matter_headings_comments_and_tables() {
        let limits = Limits::default();
        let flow = flow_of(
            "---\ntitle: \"某条例\"\nstatus: \"现行有效\"\ntags:\n  - 法律法规\n---\n# 某条例\n\n2020年1月1日 通过\n\n<!-- INFO END -->\n\n## 第一章　总则\n\n**第一条**　为了[某事](http://x)，制定。\n\n1. 甲\n2. 乙\n\n| 项 | 额 |\n|---|--:|\n| a\\|b | 1 |\n",
            &limits,
        );
        assert_eq!(
            flow.text,
            "某条例\n2020年1月1日 通过\n第一章　总则\n第一条　为了某事，制定。\n1. 甲\n2. 乙\n项\t额\na|b\t1"
        );
        assert_eq!(flow.metadata.text("source_status"), Some("现行有效"));
        assert_eq!(flow.title, "某条例");
        assert_eq!(flow.tables, [[["项", "额"], ["a|b", "1"]]]);
    }

    #[test]
    fn odd_markup_is_kept_as_text() {
        let limits = Limits::default();
        let flow = flow_of("a_b_c 与 2*3 <5 &lt; [x] ![图](a.png)<!-- 1 --><!-- 2 -->\n\n<!-- open\nhidden", &limits);
        assert_eq!(flow.text, "a_b_c 与 23 <5 < [x]");
        assert!(flow_of("---\nno end", &limits).text.starts_with("no end"));
    }
}
