//! Flow: the blocks of a document in reading order, as every format reader writes them.

use crate::defect::{Defect, DefectCode};
use crate::detect::Format;
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::watch::{Converted, Picture, Watch, Word};

/// What a block of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// The document's title.
    Title,
    /// A heading of a level, from 1.
    Heading(u8),
    /// What stands between title and body: 发文字号, when a law was passed.
    Front,
    /// A line of a table of contents.
    Contents,
    /// A paragraph.
    Paragraph,
    /// A row of a table, its cells with tabs between them.
    Row,
    /// A footnote or endnote.
    Note,
}

/// A block: some bytes of the flow's text, without line breaks inside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) kind: BlockKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) page: u32,
}

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// Another place of a merged cell: kept in the table, said once in the text.
    pub(crate) repeats: bool,
}

/// Defects of a document; nobody reads more.
const MOST_DEFECTS: usize = 500;

/// A merged cell with more text than this says it in its first place only, so that spans cannot multiply it.
const MOST_REPEATED_BYTES: usize = 1000;

impl Cell {
    /// Another place of a merged cell.
    pub(crate) fn repeated(text: &str) -> Self {
        let text = if text.len() <= MOST_REPEATED_BYTES { text.to_owned() } else { String::new() };
        Self { text, repeats: true }
    }

    /// A cell of its own.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), repeats: false }
    }
}

/// The text of a document, its blocks in order, and what else the format told.
pub(crate) struct Flow<'l> {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) tables: Vec<Vec<Vec<String>>>,
    pub(crate) title: String,
    pub(crate) metadata: Metadata,
    pub(crate) pages: u32,
    pub(crate) defects: Vec<Defect>,
    pub(crate) limits: &'l Limits,
    watch: Option<&'l mut dyn Watch>,
    chars: usize,
    cells: usize,
    full: bool,
}

impl<'l> Flow<'l> {
    /// An empty flow.
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self {
            text: String::new(),
            blocks: Vec::new(),
            tables: Vec::new(),
            title: String::new(),
            metadata: Metadata::default(),
            pages: 1,
            defects: Vec::new(),
            limits,
            watch: None,
            chars: 0,
            cells: 0,
            full: false,
        }
    }

    /// An empty flow that somebody watches.
    pub(crate) fn watched(limits: &'l Limits, watch: &'l mut dyn Watch) -> Self {
        Self { watch: Some(watch), ..Self::new(limits) }
    }

    /// Says that a page was read.
    pub(crate) fn page_read(&mut self, done: u32, total: usize) {
        if let Some(watch) = &mut self.watch {
            watch.page(done, u32::try_from(total).unwrap_or(u32::MAX));
        }
    }

    /// The words in a picture, when somebody can read it.
    pub(crate) fn recognise(&mut self, picture: &Picture<'_>) -> Option<Vec<Word>> {
        self.watch.as_mut()?.recognise(picture)
    }

    /// An old office file as a new one, when somebody can convert it.
    pub(crate) fn convert(&mut self, from: Format, bytes: &[u8]) -> Converted {
        self.watch.as_mut().map_or(Converted::Nobody, |watch| watch.convert(from, bytes))
    }

    /// Adds a block for each line of `text`, tidied; empty lines add nothing.
    pub(crate) fn push(&mut self, kind: BlockKind, text: &str) {
        for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}']) {
            self.push_line(kind, line);
        }
    }

    fn push_line(&mut self, kind: BlockKind, line: &str) {
        let line = line.trim_matches(is_padding);
        if line.is_empty() || self.full {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        let room = self.limits.text_chars.saturating_sub(self.chars);
        let before = self.chars;
        if is_tidy(line) {
            let taken = if line.len() <= room { line } else { first_chars(line, room) };
            self.text.push_str(taken);
            self.chars += taken.bytes().filter(|b| (*b & 0xC0) != 0x80).count();
            self.full = taken.len() < line.len();
        } else {
            for c in line.chars() {
                let Some(c) = tidy(c) else { continue };
                if self.chars - before >= room {
                    self.full = true;
                    break;
                }
                self.text.push(c);
                self.chars += 1;
            }
        }
        if self.full {
            let most = self.limits.text_chars;
            self.defect(DefectCode::Truncated, format!("more than {most} characters of text; the rest was left out"));
        }
        let end = start + self.text.get(start..).unwrap_or_default().trim_end_matches(is_padding).len();
        self.text.truncate(end);
        if start == end {
            self.text.truncate(start.saturating_sub(1));
        } else {
            self.blocks.push(Block { kind, start, end, page: self.pages });
        }
    }

    /// Adds a table: to the tables, and row by row to the text.
    pub(crate) fn push_table(&mut self, mut rows: Vec<Vec<Cell>>) {
        let cells: usize = rows.iter().map(Vec::len).sum();
        if cells == 0 {
            return;
        }
        self.cells += cells;
        if self.cells > self.limits.cells {
            let most = self.limits.cells;
            self.defect(DefectCode::Truncated, format!("more than {most} table cells; the rest was left out"));
            return;
        }
        let mut line = String::new();
        for row in &mut rows {
            line.clear();
            for (at, cell) in row.iter_mut().enumerate() {
                tidy_cell(&mut cell.text);
                if cell.repeats {
                    continue;
                }
                if at > 0 {
                    line.push('\t');
                }
                line.extend(cell.text.chars().map(|c| if c == '\n' { ' ' } else { c }));
            }
            self.push_line(BlockKind::Row, &line);
        }
        self.tables.push(rows.into_iter().map(|row| row.into_iter().map(|cell| cell.text).collect()).collect());
    }

    /// Notes a defect of the whole document; the same code and message are noted once.
    pub(crate) fn defect(&mut self, code: DefectCode, message: impl Into<String>) {
        self.note(Defect::new(code, message));
    }

    /// Notes a defect; the same one is noted once, and past [`MOST_DEFECTS`] none.
    pub(crate) fn note(&mut self, defect: Defect) {
        if self.defects.len() >= MOST_DEFECTS || self.defects.contains(&defect) {
            return;
        }
        if let Some(watch) = &mut self.watch {
            watch.defect(&defect);
        }
        self.defects.push(defect);
    }

    /// Whether the text limit is reached, so that a reader can stop.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// The text of a block.
    pub(crate) fn block_text(&self, block: &Block) -> &str {
        self.text.get(block.start..block.end).unwrap_or_default()
    }
}

/// Space of any width, and what looks like nothing.
pub(crate) fn is_padding(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{AD}' | '\0')
}

fn is_tidy(line: &str) -> bool {
    // Everything that `tidy` changes is below U+0020, in U+007F–U+00AD, U+200B–U+206F, or U+FEFF.
    !line.bytes().any(|b| b < 0x20 && b != b'\t' || b == 0x7F || b == 0xC2)
        && !line.contains(['\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}', '\u{2060}', '\u{FEFF}'])
}

/// A character as the text keeps it; `None` when it is not kept.
fn tidy(c: char) -> Option<char> {
    match c {
        '\t' => Some('\t'),
        '\u{A0}' => Some(' '),
        '\u{AD}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

fn tidy_cell(cell: &mut String) {
    if !is_tidy(cell) || cell.starts_with(is_padding) || cell.ends_with(is_padding) {
        let mut tidied = String::with_capacity(cell.len());
        for line in cell.lines().map(|line| line.trim_matches(is_padding)).filter(|line| !line.is_empty()) {
            if !tidied.is_empty() {
                tidied.push('\n');
            }
            tidied.extend(line.chars().filter_map(tidy));
        }
        *cell = tidied;
    }
}

fn first_chars(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{BlockKind, Cell, Flow};
    use crate::limits::Limits;

    #[test]
    fn lines_are_tidied_and_empty_ones_left_out() {
        let limits = Limits::default();
        let mut flow = Flow::new(&limits);
        flow.push(BlockKind::Paragraph, "\u{3000}\u{3000}第一\u{200B}条\u{A0}为了 \n\n\u{FEFF}\n乙");
        flow.push_table(vec![vec![Cell::new("合并"), Cell::repeated("合并"), Cell::new(" 丙\n丁 ")]]);
        assert_eq!(flow.text, "第一条 为了\n乙\n合并\t丙 丁");
        assert_eq!(flow.blocks.len(), 3);
        assert_eq!(flow.tables[0][0][2], "丙\n丁");
    }

    #[test]
    fn text_past_the_limit_is_cut_and_reported_once() {
        let limits = Limits { text_chars: 5, ..Limits::default() };
        let mut flow = Flow::new(&limits);
        flow.push(BlockKind::Paragraph, "一二三");
        flow.push(BlockKind::Paragraph, "四五六七");
        flow.push(BlockKind::Paragraph, "八");
        assert_eq!(flow.text, "一二三\n四五");
        assert_eq!(flow.defects.len(), 1);
    }
}
