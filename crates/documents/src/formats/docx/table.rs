//! Tables of a docx: rows and cells with their spans, laid out to a grid at the end.

use crate::flow::{BlockKind, Cell, Flow};

/// Word allows 63 columns.
const MOST_COLUMNS: usize = 63;

/// A table that is being read.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug, Default)]
struct Row {
    before: usize,
    cells: Vec<Part>,
    deleted: bool,
}

#[derive(Debug)]
struct Part {
    span: usize,
    /// Continues the cell above it.
    below: bool,
    content: Content,
}

/// The blocks inside a cell or text box.
pub(super) type Content = Vec<(BlockKind, String)>;

impl Table {
    pub(super) fn start_row(&mut self) {
        self.rows.push(Row::default());
    }

    /// Leaves columns free at the start of the row.
    pub(super) fn skip_columns(&mut self, columns: usize) {
        if let Some(row) = self.rows.last_mut() {
            row.before = columns.min(MOST_COLUMNS);
        }
    }

    pub(super) fn delete_row(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.deleted = true;
        }
    }

    pub(super) fn start_cell(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.cells.push(Part { span: 1, below: false, content: Vec::new() });
        }
    }

    pub(super) fn span(&mut self, columns: usize) {
        if let Some(cell) = self.cell() {
            cell.span = columns.clamp(1, MOST_COLUMNS);
        }
    }

    pub(super) fn continue_above(&mut self) {
        if let Some(cell) = self.cell() {
            cell.below = true;
        }
    }

    pub(super) fn fill(&mut self, content: Content) {
        if let Some(cell) = self.cell() {
            cell.content = content;
        }
    }

    fn cell(&mut self) -> Option<&mut Part> {
        self.rows.last_mut()?.cells.last_mut()
    }

    /// Whether the table has one column: a frame around text, and not a table of facts.
    pub(super) fn is_frame(&self) -> bool {
        self.rows.iter().all(|row| row.cells.len() <= 1)
    }

    /// The blocks inside, in order, for a table that is a frame.
    pub(super) fn into_blocks(self) -> Content {
        self.rows
            .into_iter()
            .filter(|row| !row.deleted)
            .flat_map(|row| row.cells)
            .flat_map(|cell| cell.content)
            .collect()
    }

    /// The grid: a merged cell's text stands in each place it covers, and is said once.
    pub(super) fn into_grid(self) -> Vec<Vec<Cell>> {
        let mut grid: Vec<Vec<Cell>> = Vec::with_capacity(self.rows.len());
        for row in self.rows.into_iter().filter(|row| !row.deleted && !row.cells.is_empty()) {
            let mut line: Vec<Cell> = vec![Cell::default(); row.before];
            for cell in row.cells {
                let above = grid.last().and_then(|above| above.get(line.len())).map(|cell| cell.text.clone());
                let first = match above.filter(|_| cell.below) {
                    Some(above) => Cell::repeated(&above),
                    None => Cell::new(joined(cell.content)),
                };
                let others = Cell::repeated(&first.text);
                line.push(first);
                line.extend(std::iter::repeat_n(others, cell.span - 1));
                if line.len() > MOST_COLUMNS {
                    break;
                }
            }
            grid.push(line);
        }
        grid
    }
}

fn joined(content: Content) -> String {
    let mut parts = content.into_iter().map(|(_, text)| text);
    let Some(mut text) = parts.next() else { return String::new() };
    for part in parts {
        text.push('\n');
        text.push_str(&part);
    }
    text
}

/// Puts a finished table into the flow.
pub(super) fn deliver(table: Table, flow: &mut Flow<'_>) {
    if table.is_frame() {
        for (kind, text) in table.into_blocks() {
            flow.push(kind, &text);
        }
    } else {
        flow.push_table(table.into_grid());
    }
}

/// Puts a finished table into a cell or text box: its rows as lines.
pub(super) fn nest(table: Table, into: &mut Content) {
    if table.is_frame() {
        into.extend(table.into_blocks());
        return;
    }
    for row in table.into_grid() {
        let mut line = String::new();
        for cell in row.iter().filter(|cell| !cell.repeats) {
            if !line.is_empty() {
                line.push('\t');
            }
            line.extend(cell.text.chars().map(|c| if c == '\n' { ' ' } else { c }));
        }
        into.push((BlockKind::Row, line));
    }
}
