//! Columns: a page set in two columns is read down the left one first.

use super::lines::{Line, line};

/// Lines on both sides of the gutter that make a page one of two columns.
const MIN_LINES: usize = 8;

/// The lines in reading order; those of a two-column page are parted at the gutter.
pub(super) fn ordered(lines: Vec<Line>, width: f32) -> Vec<Line> {
    let Some(gutter) = gutter(&lines, width) else { return lines };
    let mut out = Vec::with_capacity(lines.len() * 2);
    let (mut left, mut right): (Vec<Line>, Vec<Line>) = (Vec::new(), Vec::new());
    for whole in lines {
        if crosses(&whole, gutter) {
            flush(&mut out, &mut left, &mut right);
            out.push(whole);
            continue;
        }
        let (before, after): (Vec<_>, Vec<_>) = whole.parts.into_iter().partition(|part| part.x1 <= gutter);
        left.extend(line(before));
        right.extend(line(after));
    }
    flush(&mut out, &mut left, &mut right);
    out
}

fn flush(out: &mut Vec<Line>, left: &mut Vec<Line>, right: &mut Vec<Line>) {
    for column in [left, right] {
        let edge_left = column.iter().map(|line| line.x0).fold(f32::MAX, f32::min);
        let edge_right = column.iter().map(|line| line.x1).fold(f32::MIN, f32::max);
        for mut line in column.drain(..) {
            line.column_left = Some(edge_left);
            line.column_right = Some(edge_right);
            out.push(line);
        }
    }
}

fn crosses(line: &Line, x: f32) -> bool {
    line.parts.iter().any(|part| part.x0 < x && part.x1 > x)
}

/// The place between two columns of running text: hardly a line crosses it, and the lines on both sides are long
/// and full, which the cells of a table are not.
fn gutter(lines: &[Line], width: f32) -> Option<f32> {
    if lines.len() < MIN_LINES || width <= 0.0 {
        return None;
    }
    let both: Vec<&Line> = lines.iter().filter(|line| line.parts.len() == 2).collect();
    if both.len() < MIN_LINES || both.len() * 2 < lines.len() {
        return None;
    }
    let gap_left = both.iter().filter_map(|line| Some(line.parts.first()?.x1)).fold(f32::MIN, f32::max);
    let gap_right = both.iter().filter_map(|line| Some(line.parts.get(1)?.x0)).fold(f32::MAX, f32::min);
    let x = (gap_left + gap_right) / 2.0;
    if gap_left >= gap_right || !(0.3 * width..0.7 * width).contains(&x) {
        return None;
    }
    let crossing = lines.iter().filter(|line| crosses(line, x)).count();
    let full = |at: usize, edge: f32| {
        both.iter().filter(|line| line.parts.get(at).is_some_and(|part| part.x1 > edge - 3.0 * line.size)).count() * 3
            >= both.len() * 2
    };
    let right_edge = both.iter().map(|line| line.x1).fold(f32::MIN, f32::max);
    (crossing * 5 <= lines.len() && full(0, gap_left) && full(1, right_edge)).then_some(x)
}
