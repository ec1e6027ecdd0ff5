//! Lines: runs on one base line, in order, with the gaps between them understood.

use super::Run;

/// A line of text.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) x0: f32,
    pub(crate) x1: f32,
    pub(crate) y: f32,
    pub(crate) size: f32,
    /// Whether wide gaps part it, as a row of a table.
    pub(crate) tabbed: bool,
    /// The edges of its column, when the page has several.
    pub(crate) column_left: Option<f32>,
    pub(crate) column_right: Option<f32>,
    /// The pieces between wide gaps.
    pub(crate) parts: Vec<Run>,
}

/// Groups runs to lines, from the top down.
pub(super) fn lines(mut runs: Vec<Run>) -> Vec<Line> {
    runs.retain(|run| {
        run.x0.is_finite() && run.x1.is_finite() && run.y.is_finite() && run.size.is_finite() && !run.text.is_empty()
    });
    runs.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let mut lines = Vec::new();
    let mut group: Vec<Run> = Vec::new();
    let mut base = 0.0f32;
    for run in runs {
        let tall = group.iter().map(|run| run.size).fold(run.size, f32::max);
        if !group.is_empty() && run.y - base > 0.45 * tall {
            lines.extend(line(std::mem::take(&mut group)));
        }
        if group.is_empty() {
            base = run.y;
        }
        // The base line is that of the largest characters; a raised note mark does not move it.
        if group.iter().all(|other| other.size <= run.size) {
            base = run.y;
        }
        group.push(run);
    }
    lines.extend(line(group));
    lines
}

/// Makes a line of runs that stand beside each other.
pub(super) fn line(mut runs: Vec<Run>) -> Option<Line> {
    runs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    drop_doubles(&mut runs);
    let size = runs.iter().map(|run| run.size).fold(0.0, f32::max);
    let y = runs.iter().filter(|run| run.size >= size * 0.9).map(|run| run.y).fold(f32::NEG_INFINITY, f32::max);
    let x0 = runs.first()?.x0;
    let spaced = is_letter_spaced(&runs);
    let mut parts: Vec<Run> = Vec::new();
    for run in runs {
        let Some(last) = parts.last_mut() else {
            parts.push(run);
            continue;
        };
        let gap = run.x0 - last.x1;
        if gap > 2.2 * size && !spaced {
            parts.push(run);
            continue;
        }
        let wordy = last.text.ends_with(|c: char| c.is_ascii_alphanumeric())
            || run.text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let space = if wordy { gap > 0.18 * size } else { gap > 0.7 * size };
        if space && !spaced && !last.text.ends_with(' ') && !run.text.starts_with(' ') {
            last.text.push(' ');
        }
        last.text.push_str(&run.text);
        last.x1 = last.x1.max(run.x1);
    }
    parts.retain(|part| !part.text.trim().is_empty());
    let x1 = parts.last()?.x1;
    let text = parts.iter().map(|part| part.text.trim()).collect::<Vec<_>>().join("\t");
    Some(Line { text, x0, x1, y, size, tabbed: parts.len() > 1, column_left: None, column_right: None, parts })
}

/// Bold made by printing twice.
fn drop_doubles(runs: &mut Vec<Run>) {
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs.drain(..) {
        let double = kept.iter().rev().take(4).any(|other| {
            other.text == run.text
                && (other.x0 - run.x0).abs() < 0.25 * run.size
                && (other.y - run.y).abs() < 0.25 * run.size
        });
        if !double {
            kept.push(run);
        }
    }
    *runs = kept;
}

/// `总　　则` set with wide, even gaps between single characters.
fn is_letter_spaced(runs: &[Run]) -> bool {
    if runs.len() < 3 || runs.iter().any(|run| run.text.trim().chars().count() > 1) {
        return false;
    }
    let gaps: Vec<f32> = runs.windows(2).filter_map(|pair| Some(pair.get(1)?.x0 - pair.first()?.x1)).collect();
    let (least, most) = gaps.iter().fold((f32::MAX, f32::MIN), |(a, b), gap| (a.min(*gap), b.max(*gap)));
    most - least < 0.6 * runs.first().map_or(1.0, |run| run.size)
}
