//! Grids: lines parted by wide gaps, one below the other, as the rows and columns of a table.

use super::Line;
use crate::flow::Cell;

/// The rows as cells; parts that stand below each other share a column.
pub(super) fn grid(rows: &[Line]) -> Vec<Vec<Cell>> {
    // Columns are where parts overlap: every part that touches a column's extent widens it.
    let mut spans: Vec<(f32, f32)> = rows.iter().flat_map(|row| &row.parts).map(|part| (part.x0, part.x1)).collect();
    spans.sort_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    let mut columns: Vec<(f32, f32)> = Vec::new();
    for (x0, x1) in spans {
        let touched = columns.iter().filter(|(c0, c1)| x0 < *c1 && x1 > *c0).count();
        match touched {
            0 => columns.push((x0, x1)),
            1 => {
                if let Some(column) = columns.iter_mut().find(|(c0, c1)| x0 < *c1 && x1 > *c0) {
                    *column = (column.0.min(x0), column.1.max(x1));
                }
            }
            // A heading over several columns.
            _ => {}
        }
    }
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.iter()
        .map(|row| {
            let mut cells = vec![Cell::default(); columns.len()];
            for part in &row.parts {
                let touched = |(c0, c1): &(f32, f32)| part.x0 < *c1 && part.x1 > *c0;
                let at = columns.iter().position(touched).unwrap_or(0);
                if let Some(cell) = cells.get_mut(at) {
                    if !cell.text.is_empty() {
                        cell.text.push(' ');
                    }
                    cell.text.push_str(part.text.trim());
                }
            }
            cells
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Run, lines};
    use super::grid;

    #[test]
    fn parts_below_each_other_share_a_column() {
        let run = |x0: f32, y: f32, text: &str| Run {
            text: text.to_owned(),
            x0,
            x1: x0 + 10.0 * text.chars().count() as f32,
            y,
            size: 10.0,
        };
        let rows = lines::lines(vec![
            run(50.0, 10.0, "类别"),
            run(150.0, 10.0, "标准"),
            run(250.0, 10.0, "备注"),
            run(45.0, 30.0, "第一类"),
            run(155.0, 30.0, "一"),
            run(50.0, 50.0, "乙"),
            run(250.0, 50.0, "无"),
        ]);
        let found: Vec<Vec<String>> =
            grid(&rows).into_iter().map(|row| row.into_iter().map(|cell| cell.text).collect()).collect();
        assert_eq!(found, [["类别", "标准", "备注"], ["第一类", "一", ""], ["乙", "", "无"]]);
    }
}
