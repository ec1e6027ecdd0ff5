//! Plain text: lines become paragraphs; lines that were wrapped at a column are joined again.

use crate::flow::{BlockKind, Flow};
use crate::structure::marker::marker;

/// Lines shorter than this were not broken by a column.
const COLUMN_CHARS: usize = 24;

/// Reads text into the flow.
pub(crate) fn read(text: &str, flow: &mut Flow<'_>) {
    let column = wrap_column(text);
    let mut paragraph = String::new();
    for line in text.lines() {
        // A form feed is the end of a printed page.
        let pages = line.matches('\u{C}').count();
        let line = line.trim_matches(crate::flow::is_padding);
        let joins = column.is_some_and(|column| continues(&paragraph, line, column));
        if !joins && !paragraph.is_empty() {
            flow.push(BlockKind::Paragraph, &paragraph);
            paragraph.clear();
        }
        if joins && ends_in_word(&paragraph) && line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
        flow.pages += u32::try_from(pages).unwrap_or(0);
        if flow.is_full() {
            return;
        }
    }
    flow.push(BlockKind::Paragraph, &paragraph);
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ',' || c == '.')
}

/// The width at which the text was wrapped: most of the lines that end within a sentence have about one width.
pub(crate) fn wrap_column(text: &str) -> Option<usize> {
    let mut widths = [0u32; 121];
    let (mut broken, mut all) = (0u32, 0u32);
    for line in text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).take(2000) {
        let width = width(line);
        all += 1;
        if width < COLUMN_CHARS * 2 || ends_sentence(line) {
            continue;
        }
        broken += 1;
        if let Some(count) = widths.get_mut(width) {
            *count += 1;
        }
    }
    let (best, _) = widths.iter().enumerate().max_by_key(|(_, count)| **count)?;
    // Punctuation that may not open a line lets the width vary by a character or two.
    let near: u32 = widths.iter().skip(best.saturating_sub(4)).take(9).sum();
    (broken >= 3 && broken * 3 >= all && near * 3 >= broken * 2).then_some(best)
}

/// Whether `line` goes on with the paragraph before it.
pub(crate) fn continues(paragraph: &str, line: &str, column: usize) -> bool {
    let last = paragraph.len() - paragraph.chars().rev().take(column).map(char::len_utf8).sum::<usize>();
    let filled = width(paragraph.get(last..).unwrap_or_default()) + 8 >= column;
    !line.is_empty() && !paragraph.is_empty() && filled && !ends_sentence(paragraph) && marker(line).is_none()
}

fn ends_sentence(line: &str) -> bool {
    line.ends_with(['。', '；', '：', '！', '？', '”', '）', '!', '?', ';', ':'])
}

/// Columns on a terminal: two for a Chinese character.
fn width(line: &str) -> usize {
    line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::flow::Flow;
    use crate::limits::Limits;

    fn text(input: &str) -> String {
        let limits = Limits::default();
        let mut flow = Flow::new(&limits);
        read(input, &mut flow);
        flow.text
    }

    #[test]
    fn lines_are_paragraphs() {
        assert_eq!(text("标题\r\n\r\n　　第一条 甲。\r\n第二条 乙。"), "标题\n第一条 甲。\n第二条 乙。");
    }

    #[test]
    fn text_wrapped_at_a_column_is_joined() {
        let long = "为了规范住房公积金的管理维护住房公积金所有者的合法权益促进城镇住房建设提高城镇居民的居住水平制定本条例并自公布之日起在全国范围内施行".repeat(4);
        let chars: Vec<char> = long.chars().collect();
        let wrapped: String =
            chars.chunks(30).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n");
        assert_eq!(text(&format!("{wrapped}。\n第二条 乙。")), format!("{long}。\n第二条 乙。"));
    }
}
