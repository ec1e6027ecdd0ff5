//! Layout: placed runs of text become lines, columns and paragraphs again, as a reader of the page sees them.
//!
//! pdf and ofd say where characters stand and not what belongs together. What repeats on pages (headers, page
//! numbers) is taken out; lines are joined to paragraphs by indent, fill and numbering.

mod columns;
mod furniture;
mod grid;
mod lines;
pub(crate) mod scanned;

pub(crate) use lines::Line;

use crate::flow::{BlockKind, Flow};
use crate::structure::marker::{Level, is_reference, marker};

/// Text at a place: top-down coordinates in any unit, all pages of a document in the same.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) x0: f32,
    pub(crate) x1: f32,
    /// The base line.
    pub(crate) y: f32,
    /// The font's size.
    pub(crate) size: f32,
}

/// A page of runs in any order.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) number: u32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) runs: Vec<Run>,
}

/// Writes the pages into the flow.
pub(crate) fn write(pages: Vec<Page>, flow: &mut Flow<'_>) {
    let mut sheets: Vec<Sheet> = pages
        .into_iter()
        .map(|page| Sheet {
            number: page.number,
            height: page.height,
            lines: columns::ordered(lines::lines(page.runs), page.width),
        })
        .collect();
    furniture::remove(&mut sheets, flow);
    let margins = Margins::of(&sheets);
    let last_page = sheets.last().map_or(1, |sheet| sheet.number);
    let mut writer = Writer {
        margins,
        paragraph: String::new(),
        before: None,
        page: 1,
        number: None,
        counts: Vec::new(),
        rows: Vec::new(),
    };
    for sheet in &sheets {
        flow.pages = sheet.number;
        for line in &sheet.lines {
            writer.line(line, sheet.number, flow);
            if flow.is_full() {
                break;
            }
        }
    }
    writer.flush(flow);
    flow.pages = last_page;
}

/// A page as lines in reading order.
pub(crate) struct Sheet {
    pub(crate) number: u32,
    pub(crate) height: f32,
    pub(crate) lines: Vec<Line>,
}

/// Where the body of the text stands: most long lines begin and end there.
#[derive(Debug, Clone, Copy)]
struct Margins {
    left: f32,
    right: f32,
    /// The distance of base lines within a paragraph.
    pitch: f32,
    size: f32,
    /// Whether paragraphs begin with an indent.
    indents: bool,
    /// Whether there is more space between paragraphs than between lines.
    spaced: bool,
}

impl Margins {
    fn of(sheets: &[Sheet]) -> Self {
        let lines = || sheets.iter().flat_map(|sheet| &sheet.lines);
        let size = median(lines().map(|line| line.size));
        let widest = quantile(lines().map(|line| line.x1 - line.x0), 0.9);
        let long = || lines().filter(|line| line.x1 - line.x0 > widest * 0.7);
        let left = quantile(long().map(|line| line.x0), 0.15);
        let right = quantile(long().map(|line| line.x1), 0.85);
        // Lines that fill the measure and are followed by one at the margin: most of these pairs are within a
        // paragraph, so that their least usual distance is that of lines and not of paragraphs.
        let mut pitches = Vec::new();
        for pair in sheets.iter().flat_map(|sheet| sheet.lines.windows(2)) {
            if let [above, below] = pair
                && below.y > above.y
                && above.x1 > right - 2.5 * size
                && below.x0 < left + 1.2 * size
                && (above.size - size).abs() < 0.1 * size
                && (below.size - size).abs() < 0.1 * size
            {
                pitches.push(below.y - above.y);
            }
        }
        let opens = |line: &&Line| marker(&line.text).is_some_and(|m| m.level == Level::Article && m.gap);
        let indented = |line: &&Line| (left + 1.2 * size..left + 4.0 * size).contains(&line.x0);
        let articles = lines().filter(opens).count();
        let indents = if articles >= 3 {
            lines().filter(opens).filter(indented).count() * 2 >= articles
        } else {
            lines().filter(indented).count() * 12 >= lines().count()
        };
        let pitch = quantile(pitches.into_iter(), 0.25);
        // A line that stops well before the margin ends a paragraph.
        let steps = || {
            sheets.iter().flat_map(|sheet| sheet.lines.windows(2)).filter_map(|pair| match pair {
                [above, below] if above.x1 < right - 4.0 * size && below.y > above.y => Some(below.y - above.y),
                _ => None,
            })
        };
        let spaced = steps().filter(|step| *step > 1.3 * pitch.max(size)).count() * 2 > steps().count();
        Self { left, right, pitch, size: size.max(0.1), indents, spaced }
    }
}

/// The width, in characters, of what stands together at the beginning of a line: a word or a number, or a character
/// with the punctuation that may not open a line.
fn first_unit(text: &str) -> f32 {
    let mut width = 0.0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let latin = c.is_ascii_alphanumeric();
        width += if c.is_ascii() { 0.5 } else { 1.0 };
        let opens = matches!(c, '（' | '《' | '〈' | '“' | '【' | '〔' | '(');
        match chars.peek() {
            Some(next) if opens || latin && next.is_ascii_alphanumeric() => {}
            Some(
                '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '〉' | '”' | '】' | '〕' | ')' | ','
                | '.' | ';' | ':',
            ) => {}
            _ => break,
        }
    }
    width
}

fn quantile(values: impl Iterator<Item = f32>, at: f32) -> f32 {
    let mut values: Vec<f32> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f32::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (values.len().saturating_sub(1) as f32 * at).round() as usize;
    values.get(index).copied().unwrap_or(0.0)
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    quantile(values, 0.5)
}

struct Writer {
    margins: Margins,
    paragraph: String,
    /// The line before: its end, place, size, whether it was laid out in columns, and its page.
    before: Option<Before>,
    page: u32,
    /// The number that the last numbered paragraph began with.
    number: Option<(Level, u32)>,
    /// The last number of each level.
    counts: Vec<(Level, u32)>,
    /// Rows of a table that is running.
    rows: Vec<Line>,
}

#[derive(Clone, Copy)]
struct Before {
    x0: f32,
    x1: f32,
    y: f32,
    size: f32,
    right: f32,
    tabbed: bool,
    centred: bool,
    page: u32,
}

impl Writer {
    fn line(&mut self, line: &Line, page: u32, flow: &mut Flow<'_>) {
        let right = line.column_right.unwrap_or(self.margins.right);
        let left = line.column_left.unwrap_or(self.margins.left);
        let em = line.size.max(0.1);
        let centred = line.x0 > left + 2.5 * em
            && line.x1 < right - 2.5 * em
            && ((line.x0 - left) - (right - line.x1)).abs() < 3.0 * em;
        if line.tabbed && line.column_left.is_none() {
            if self.rows.is_empty() || self.page != page {
                self.flush(flow);
                self.page = page;
            }
            self.rows.push(line.clone());
            self.before = None;
            return;
        }
        if !self.rows.is_empty() {
            self.flush(flow);
        }
        let this = Before { x0: line.x0, x1: line.x1, y: line.y, size: em, right, tabbed: line.tabbed, centred, page };
        if !self.before.is_some_and(|before| self.joins(&before, &this, left, line)) {
            self.flush(flow);
            self.page = page;
            self.number = marker(&line.text).map(|m| (m.level, m.number)).or(self.number);
        }
        let spaced = self.paragraph.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ',')
            && line.text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if spaced {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(&line.text);
        self.before = Some(this);
    }

    /// Whether a line goes on with the paragraph of the line before it.
    fn joins(&self, before: &Before, line: &Before, left: f32, text: &Line) -> bool {
        let em = line.size;
        if before.tabbed || line.tabbed || (before.size - em).abs() > 0.2 * em {
            return false;
        }
        if marker(&text.text).filter(|m| !is_reference(text.text.get(m.len..).unwrap_or_default(), m.gap)).is_some_and(
            |m| {
                // 一、, （二） and 3. may also stand within a sentence that happens to break there.
                let listed = self.number.is_some_and(|(level, number)| level == m.level && m.number == number + 1);
                m.level <= Level::Article || listed || line.x0 > left + 0.8 * em
            },
        ) {
            return false;
        }
        // Lines of a title stand centred below each other.
        if before.centred && line.centred && before.size > self.margins.size * 1.15 {
            return line.page == before.page && line.y - before.y < 2.5 * em;
        }
        if before.centred || line.centred && before.x1 < before.right - 2.0 * em {
            return false;
        }
        let apart = line.page == before.page
            && line.y > before.y
            && self.margins.pitch > 0.0
            && line.y - before.y > 1.3 * self.margins.pitch.max(em);
        if apart || line.x0 > left + 1.2 * em && before.x0 < line.x0 + 0.8 * em {
            return false;
        }
        let ended = self.paragraph.ends_with(['。', '；', '：', '！', '？', ';', ':']);
        let closed = self.paragraph.ends_with(['。', '：', '！', '？', ':']);
        // Without indents only the space between paragraphs tells them apart, and pages have none at their ends. Where
        // there is no space either, a sentence that ends its line ends its paragraph: in laws most do.
        if !self.margins.indents {
            let untold = !self.margins.spaced || line.page != before.page;
            let fits = before.right - before.x1 > (first_unit(&text.text) + 0.1) * em;
            if closed && untold || ended && fits {
                return false;
            }
        }
        // Punctuation that may not open a line, and letters that do not fill it, leave some room at the end. A
        // sentence broken off before the margin goes on all the same.
        let full = before.x1 > before.right - 2.2 * em;
        let broken_off = !ended
            && !self.paragraph.ends_with(['”', '）', ')', '》'])
            && self.paragraph.contains(['，', '。'])
            && self.paragraph.chars().count() >= 20;
        full || broken_off
    }

    fn flush(&mut self, flow: &mut Flow<'_>) {
        let last = std::mem::replace(&mut flow.pages, self.page);
        match self.rows.as_slice() {
            [] => {}
            [row] => flow.push(BlockKind::Row, &row.text),
            rows => flow.push_table(grid::grid(rows)),
        }
        self.rows.clear();
        let paragraph = std::mem::take(&mut self.paragraph);
        let mut rest = paragraph.as_str();
        while !rest.is_empty() {
            let end = self.next_part(rest).unwrap_or(rest.len());
            let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if let Some(m) = marker(part) {
                self.counts.retain(|(level, _)| *level != m.level);
                self.counts.push((m.level, m.number));
            }
            flow.push(BlockKind::Paragraph, part);
            rest = after;
        }
        flow.pages = last;
    }

    /// Where the next chapter or article begins inside a paragraph whose typist forgot to begin a line for it.
    fn next_part(&self, text: &str) -> Option<usize> {
        let own = marker(text);
        text.match_indices("。第").map(|(at, _)| at + '。'.len_utf8()).find(|at| {
            let rest = text.get(*at..).unwrap_or_default();
            marker(rest).is_some_and(|m| {
                let before = own.filter(|own| own.level == m.level).map(|own| own.number);
                let before =
                    before.or_else(|| self.counts.iter().find(|(level, _)| *level == m.level).map(|(_, n)| *n));
                let named = m.gap || rest.get(m.len..).is_some_and(|rest| rest.starts_with('【'));
                m.level <= Level::Article && named && before.is_some_and(|before| m.number == before + 1)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Run, write};
    use crate::flow::Flow;
    use crate::limits::Limits;

    fn page(number: u32, lines: &[(f32, f32, &str)]) -> Page {
        let runs = lines
            .iter()
            .map(|(x, y, text)| {
                let width = text.chars().map(|c| if c.is_ascii() { 5.0 } else { 10.0 }).sum::<f32>();
                Run { text: (*text).to_owned(), x0: *x, x1: x + width, y: *y, size: 10.0 }
            })
            .collect();
        Page { number, width: 400.0, height: 600.0, runs }
    }

    fn text(pages: Vec<Page>) -> String {
        let limits = Limits::default();
        let mut flow = Flow::new(&limits);
        write(pages, &mut flow);
        flow.text
    }

    const FULL: &str = "这一行写满了整个版心的宽度所以下一行接着它写下去没有";

    #[test]
    fn lines_join_to_paragraphs_across_pages_without_their_furniture() {
        let long = |y: f32| (50.0, y, FULL);
        let pages = (1..=4)
            .map(|n| {
                let footer = format!("— {n} —");
                let own = ["春夏", "秋冬", "东西", "南北"][n as usize - 1].repeat(13);
                let lines: Vec<(f32, f32, &str)> = vec![
                    (150.0, 20.0, "内部资料"),
                    (70.0, 100.0, "第一条 为了写一段话而开头的一行要写满版心的宽度到"),
                    (50.0, 120.0, own.as_str()),
                    (50.0, 140.0, "结束。"),
                    (70.0, 160.0, "另一段缩进两字开头也写满整行直到右边的页边为止没有"),
                    long(180.0),
                    (190.0, 580.0, &footer),
                ];
                page(n, &lines)
            })
            .collect();
        let found = text(pages);
        assert!(!found.contains("内部资料") && !found.contains('—'), "{found}");
        assert_eq!(found.lines().count(), 8, "{found}");
        assert!(found.lines().next().unwrap().ends_with("结束。"), "{found}");
    }

    #[test]
    fn runs_out_of_order_and_doubled_are_put_right() {
        let found = text(vec![page(
            1,
            &[(100.0, 50.0, "二"), (50.0, 50.0, "一"), (50.2, 50.1, "一"), (50.0, 80.0, "下一行"), (60.0, 50.0, "又")],
        )]);
        assert!(found.starts_with("一又"), "{found}");
        assert_eq!(found.matches('一').count(), 2, "{found}");
    }
}
