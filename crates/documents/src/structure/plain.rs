//! Plain documents: paragraphs grouped to a few hundred characters under the headings above them.

use super::marker::close_up;
use super::{Line, Piece};
use crate::document::ArticleKind;
use crate::flow::BlockKind;

/// A group closes once it has this many characters.
const ENOUGH_CHARS: usize = 300;
/// A paragraph that would take a group past this opens a new one.
const MOST_CHARS: usize = 600;

/// Splits a region into groups of paragraphs.
pub(super) fn split(text: &str, lines: &[Line<'_>], base: &[String], out: &mut Vec<Piece>) {
    let mut headings: Vec<(u8, String)> = Vec::new();
    let mut group: Option<Group> = None;
    let mut number = 0;
    let mut row = 0;
    let unsigned = super::outline::without_signature(lines);
    // A document that is nothing but short lines keeps them all.
    let lines = if unsigned.is_empty() { lines } else { unsigned };
    for line in lines {
        match line.kind {
            BlockKind::Title | BlockKind::Contents | BlockKind::Front => continue,
            BlockKind::Heading(level) => {
                flush(text, &mut group, base, &headings, out);
                headings.retain(|(above, _)| *above < level);
                headings.push((level, close_up(line.text)));
                continue;
            }
            BlockKind::Paragraph | BlockKind::Row | BlockKind::Note => {}
        }
        // Rows of a table are lines, not paragraphs; a table counts as one.
        row = if line.kind == BlockKind::Row { row + 1 } else { 0 };
        number += u32::from(line.kind != BlockKind::Row || group.as_ref().is_none_or(|group| !group.in_table));
        let chars = line.text.chars().count();
        if group.as_ref().is_some_and(|group| group.chars >= ENOUGH_CHARS || group.chars + chars > MOST_CHARS) {
            flush(text, &mut group, base, &headings, out);
        }
        let group = group.get_or_insert(Group {
            first: number,
            last: number,
            start: line.start,
            end: line.end,
            chars: 0,
            page: line.page,
            in_table: false,
            rows: (row, row),
        });
        group.rows = if row == 0 || group.rows.0 == 0 { (0, 0) } else { (group.rows.0, row) };
        group.last = number;
        group.end = line.end;
        group.chars += chars;
        group.in_table = line.kind == BlockKind::Row;
    }
    flush(text, &mut group, base, &headings, out);
}

struct Group {
    first: u32,
    last: u32,
    start: usize,
    end: usize,
    chars: usize,
    page: u32,
    in_table: bool,
    /// The first and last row, when there is nothing but rows of one table; else zeros.
    rows: (u32, u32),
}

fn flush(text: &str, group: &mut Option<Group>, base: &[String], headings: &[(u8, String)], out: &mut Vec<Piece>) {
    let Some(group) = group.take() else { return };
    let (row, last_row) = group.rows;
    let label = if row > 0 && row == last_row {
        format!("第{row}行")
    } else if row > 0 && row < last_row {
        format!("第{row}至{last_row}行")
    } else if group.first == group.last {
        format!("第{}段", group.first)
    } else {
        format!("第{}至{}段", group.first, group.last)
    };
    // A few signatures and page numbers are no part worth citing, unless they are all there is.
    if text.get(group.start..group.end).unwrap_or_default().trim().is_empty() {
        return;
    }
    let path = base.iter().cloned().chain(headings.iter().map(|(_, text)| text.clone())).collect();
    out.push(Piece {
        label,
        path,
        start: group.start,
        end: group.end,
        kind: ArticleKind::Paragraphs,
        page: group.page,
    });
}
