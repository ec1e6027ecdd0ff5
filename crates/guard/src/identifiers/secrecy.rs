//! Secrecy marks (保守国家秘密法, 密级★保密期限): the mark on a document, not the words in a sentence about secrets.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Hit;
use super::place::before;
use crate::kind::Kind;

/// The three levels.
static LEVELS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(["绝密", "机密", "秘密"]).ok());

pub(crate) fn find(text: &str, hits: &mut Vec<Hit>) {
    let Some(levels) = LEVELS.as_ref() else { return };
    for found in levels.find_iter(text) {
        hits.extend(mark(text, found.start(), found.end()));
    }
}

/// Decides whether a level word is a mark.
fn mark(text: &str, start: usize, end: usize) -> Option<Hit> {
    let hit = |end, score, rule| Some(Hit { kind: Kind::SecrecyMark, start, end, score, rule });
    let tail = text.get(end..)?;
    let blanks = tail.chars().take(3).take_while(|c| matches!(c, ' ' | '\u{3000}')).map(char::len_utf8).sum::<usize>();
    let next = tail.get(blanks..)?;
    if let Some(star) = next.chars().next().filter(|c| matches!(c, '★' | '☆' | '＊' | '*' | '⭐')) {
        let from = end + blanks + star.len_utf8();
        return hit(from + term(text.get(from..)?), 0.98, "secrecy_mark.star");
    }
    let head = before(text, start, 8).trim_end_matches([' ', '\u{3000}', '\t']);
    let listed = next.starts_with(['、', '和', '或', '及', '以', '三', '两', '/']);
    let labelled = head.trim_end_matches([':', '：', '[', '【', '｜', '|']);
    if labelled.len() < head.len()
        && !listed
        && ["密级", "密别", "保密等级", "涉密等级", "保密级别", "定密"].iter().any(|l| labelled.ends_with(l))
    {
        return hit(end, 0.95, "secrecy_mark.label");
    }
    let closing = match head.chars().next_back() {
        Some('【') => '】',
        Some('[') => ']',
        Some('［') => '］',
        Some('〔') => '〕',
        Some('<') => '>',
        _ => '\0',
    };
    if next.starts_with(closing) {
        return hit(end, 0.85, "secrecy_mark.bracket");
    }
    // Alone on its line, perhaps beside the urgency, as GB/T 9704—2012 7.2.2 puts it.
    let line_before = text.get(..start)?.char_indices().rev().take(12).take_while(|(_, c)| *c != '\n').last();
    let line_before = text.get(line_before.map_or(start, |(at, _)| at)..start)?.trim();
    let rest = tail.char_indices().take(8).find(|(_, c)| *c == '\n').map_or(tail.len().min(32), |(at, _)| at);
    let rest = tail.get(..rest).unwrap_or(tail);
    let alone = rest.len() < tail.len() || start > 0;
    let opens = line_before.is_empty() || (line_before.len() == 6 && line_before.bytes().all(|b| b.is_ascii_digit()));
    if opens && alone && matches!(rest.trim(), "" | "特急" | "加急" | "特提" | "平急" | "文件" | "件") {
        return hit(end, 0.85, "secrecy_mark.line");
    }
    None
}

/// The bytes of a term after the star: `10年`, `6个月`, `长期`.
fn term(tail: &str) -> usize {
    let blanks = tail.len() - tail.trim_start_matches(' ').len();
    let body = tail.get(blanks..).unwrap_or_default();
    if body.starts_with("长期") {
        return blanks + "长期".len();
    }
    let digits = body.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let unit = body.get(digits..).unwrap_or_default();
    let unit = ["年", "个月", "月", "日", "天"].into_iter().find(|u| unit.starts_with(u));
    match (digits, unit) {
        (1..=3, Some(unit)) => blanks + digits + unit.len(),
        _ => 0,
    }
}
