//! Comma- and tab-separated values (RFC 4180), as a table.

use crate::defect::DefectCode;
use crate::flow::{Cell, Flow};

/// Reads values into the flow; the separator is the one that the first lines use most.
pub(crate) fn read(text: &str, flow: &mut Flow<'_>) {
    let head: String = text.lines().take(20).collect();
    let separator =
        [',', '\t', ';', '，', '|'].into_iter().max_by_key(|separator| head.matches(*separator).count()).unwrap_or(',');
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    let mut cell = String::new();
    let mut cells = 0;
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator && !quoted => row.push(Cell::new(std::mem::take(&mut cell))),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(Cell::new(std::mem::take(&mut cell)));
                cells += row.len();
                if row.iter().any(|cell| !cell.text.trim().is_empty()) {
                    rows.push(std::mem::take(&mut row));
                }
                row.clear();
                if cells > flow.limits.cells / 2 {
                    flow.defect(DefectCode::Truncated, "more table cells than allowed; the rest was left out");
                    break;
                }
            }
            c => cell.push(c),
        }
    }
    row.push(Cell::new(cell));
    if row.iter().any(|cell| !cell.text.trim().is_empty()) {
        rows.push(row);
    }
    flow.push_table(rows);
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::flow::Flow;
    use crate::limits::Limits;

    #[test]
    fn quotes_and_separators() {
        let limits = Limits::default();
        let mut flow = Flow::new(&limits);
        read("名称,说明\r\n甲,\"一,二\n\"\"三\"\"\"\r\n\r\n乙,\n", &mut flow);
        assert_eq!(flow.tables, [[["名称", "说明"], ["甲", "一,二\n\"三\""], ["乙", ""]]]);
        let mut flow = Flow::new(&limits);
        read("a\tb\n\"open", &mut flow);
        assert_eq!(flow.tables, [vec![vec!["a", "b"], vec!["open"]]]);
    }
}
