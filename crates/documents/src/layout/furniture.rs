//! Furniture: page numbers, and headers and footers that repeat from page to page.

use std::collections::HashMap;

use super::{Line, Sheet};
use crate::flow::Flow;
use crate::metadata::Value;
use crate::numerals::is_numeral;

/// Lines looked at from the top and from the bottom of a page.
const EDGE_LINES: usize = 3;

/// Takes the furniture out of the pages; what repeats goes to the metadata.
pub(super) fn remove(sheets: &mut [Sheet], flow: &mut Flow<'_>) {
    let mut counts: HashMap<String, (usize, String)> = HashMap::new();
    for sheet in sheets.iter() {
        let mut seen: Vec<String> = Vec::new();
        for line in edges(sheet) {
            let key = key(&line.text);
            if !key.is_empty() && !seen.contains(&key) {
                counts.entry(key.clone()).or_insert_with(|| (0, line.text.clone())).0 += 1;
                seen.push(key);
            }
        }
    }
    let pages = sheets.len();
    let repeats =
        |line: &Line| counts.get(&key(&line.text)).is_some_and(|(count, _)| *count >= 3 && *count * 2 >= pages.min(40));
    for sheet in sheets.iter_mut() {
        let places: Vec<bool> = {
            let count = sheet.lines.len();
            let edge = edge_places(sheet);
            (0..count)
                .map(|at| {
                    edge.contains(&at)
                        && sheet.lines.get(at).is_some_and(|line| repeats(line) || is_page_number(line, sheet.height))
                })
                .collect()
        };
        let mut drop = places.into_iter();
        sheet.lines.retain(|_| !drop.next().unwrap_or(false));
    }
    let mut kept: Vec<String> = counts
        .into_values()
        .filter(|(count, text)| *count >= 3 && *count * 2 >= pages.min(40) && text.chars().any(char::is_alphabetic))
        .map(|(_, text)| text)
        .filter(|text| !is_number_text(text))
        .collect();
    kept.sort();
    kept.truncate(20);
    if !kept.is_empty() {
        flow.metadata.set("headers", Value::List(kept));
    }
}

fn edge_places(sheet: &Sheet) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sheet.lines.len()).collect();
    let y = |at: &usize| sheet.lines.get(*at).map_or(0.0, |line| line.y);
    order.sort_by(|a, b| y(a).total_cmp(&y(b)));
    let count = order.len();
    order
        .iter()
        .enumerate()
        .filter(|(place, _)| *place < EDGE_LINES || place + EDGE_LINES >= count)
        .map(|(_, at)| *at)
        .filter(|at| {
            let y = y(at);
            sheet.height <= 0.0 || y < 0.16 * sheet.height || y > 0.84 * sheet.height
        })
        .collect()
}

fn edges(sheet: &Sheet) -> impl Iterator<Item = &Line> {
    edge_places(sheet).into_iter().filter_map(|at| sheet.lines.get(at))
}

/// What repeats: the line with its numbers taken out.
fn key(text: &str) -> String {
    if text.chars().count() > 80 {
        return String::new();
    }
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c.is_ascii_digit() { '#' } else { c })
        .collect::<String>()
        .replace("##", "#")
}

fn is_page_number(line: &Line, height: f32) -> bool {
    let edge = height <= 0.0 || line.y < 0.12 * height || line.y > 0.88 * height;
    edge && is_number_text(&line.text)
}

/// `- 3 -`, `— 12 —`, `第3页 共10页`, `3/10`, `Page 3`.
fn is_number_text(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let chars = text.chars().count();
    let digits = text.chars().filter(|c| is_numeral(*c)).count();
    let rest: String = text.chars().filter(|c| !is_numeral(*c)).collect();
    digits > 0
        && digits <= 8
        && chars <= 16
        && (rest.chars().all(|c| matches!(c, '-' | '—' | '–' | '－' | '·' | '•' | '/' | '~' | '一' | '.'))
            || matches!(
                rest.as_str(),
                "第页" | "第页共页" | "第页/共页" | "共页第页" | "Page" | "Pageof" | "第页，共页" | "页"
            ))
}

#[cfg(test)]
mod tests {
    use super::is_number_text;

    #[test]
    fn page_numbers_in_their_dress() {
        for text in ["3", "- 3 -", "— 12 —", "第 3 页 共 10 页", "3/10", "Page 3 of 9"] {
            assert!(is_number_text(text), "{text}");
        }
        for text in ["第三条", "3.申请", "2024年", ""] {
            assert!(!is_number_text(text), "{text}");
        }
    }
}
