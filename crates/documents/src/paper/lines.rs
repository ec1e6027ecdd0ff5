//! Lines and pages for formats that place every line: A4, wrapped at the margin, no line beginning with a full stop.

use super::{Block, BlockStyle};

/// Millimetres of an A4 page.
pub(super) const PAGE: (f32, f32) = (210.0, 297.0);
const MARGIN: f32 = 25.0;
/// Millimetres in a point.
pub(super) const POINT: f32 = 25.4 / 72.0;

/// A line of text at its place, in millimetres from the page's upper left corner to the line's base.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub text: String,
    pub x: f32,
    pub y: f32,
    /// The size of its letters, in points.
    pub size: f32,
}

/// The width of a character in parts of the letter size: Chinese is square, Latin half of that.
pub(super) fn width(c: char) -> f32 {
    if c.is_ascii() { 0.5 } else { 1.0 }
}

/// Lays blocks out on pages; each page ends with the notice in small letters.
pub(super) fn pages(blocks: &[Block], notice: &str) -> Vec<Vec<Line>> {
    let mut pages: Vec<Vec<Line>> = Vec::new();
    let mut page = Vec::new();
    let bottom = PAGE.1 - MARGIN;
    let mut y = MARGIN;
    for block in blocks {
        let (size, indent) = match block.style {
            BlockStyle::Heading => (15.0, 0.0),
            BlockStyle::Body => (12.0, 0.0),
            BlockStyle::Quote => (11.0, 6.0),
            BlockStyle::Small => (9.0, 0.0),
        };
        let leading = size * 1.6 * POINT;
        let room = (PAGE.0 - 2.0 * MARGIN - indent) / (size * POINT);
        for text in block.text.lines().map(str::trim).filter(|l| !l.is_empty()) {
            for text in wrap(text, room) {
                if y + leading > bottom {
                    pages.push(std::mem::take(&mut page));
                    y = MARGIN;
                }
                y += leading;
                page.push(Line { text, x: MARGIN + indent, y, size });
            }
        }
        y += 2.0;
    }
    pages.push(page);
    let count = pages.len();
    for (number, page) in (1..).zip(&mut pages) {
        let text = format!("{notice}　{number}/{count}");
        for (i, text) in wrap(&text, (PAGE.0 - 2.0 * MARGIN) / (8.0 * POINT)).into_iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a footer has one or two lines")]
            let y = PAGE.1 - 15.0 + i as f32 * 4.0;
            page.push(Line { text, x: MARGIN, y, size: 8.0 });
        }
    }
    pages
}

fn wrap(text: &str, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line.push(c);
        used += width(c);
        // Closing signs hang over rather than begin a line.
        let full = chars
            .peek()
            .is_some_and(|next| used + width(*next) > room && !"，。；：！？、）》”’】〕,.;:!?)".contains(*next));
        if full {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}
