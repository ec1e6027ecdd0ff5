//! Mobile numbers (`1[3-9]` and nine digits, +86, 3-4-4) and fixed lines with an area code.

use super::{Hit, Place};
use crate::kind::Kind;

fn is_mobile(digits: &[u8]) -> bool {
    digits.len() == 11 && matches!(digits, [b'1', b'3'..=b'9', ..]) && digits.iter().all(u8::is_ascii_digit)
}

/// The number behind the country's code.
fn national(digits: &[u8]) -> Option<&[u8]> {
    digits.strip_prefix(b"0086").or_else(|| digits.strip_prefix(b"086")).or_else(|| digits.strip_prefix(b"86"))
}

/// How people group a mobile number.
fn is_grouped(lengths: &[usize]) -> bool {
    matches!(lengths, [11] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 3, 4] | [4, 4, 3] | [3, 3, 5] | [3, 2, 2, 2, 2])
}

pub(super) fn mobile(place: &Place<'_>) -> Option<Hit> {
    let first = place.folded.as_bytes();
    if place.first.digits != place.first.chars || !matches!(first, [b'1' | b'8' | b'0', ..]) || first.len() < 2 {
        return None;
    }
    let (end, score, prefixed) = if is_mobile(first) {
        (place.first.end, 0.95, false)
    } else if national(first).is_some_and(is_mobile) {
        (place.first.end, 0.95, true)
    } else {
        let skip = usize::from(matches!(first, b"86" | b"0086" | b"086"));
        if skip == 0 && !matches!(first.len(), 3 | 4 | 7) {
            return None;
        }
        (2..=6).map_while(|n| Some((n, place.joined(n)?))).find_map(|(n, (digits, end))| {
            let number = if skip == 1 { national(digits.as_bytes())? } else { digits.as_bytes() };
            (is_mobile(number) && is_grouped(place.lengths(n).get(skip..)?)).then_some((end, 0.93, skip == 1))
        })?
    };
    if place.is_an_amount(end) || (place.is_a_serial_number() && !place.follows(12, &["手机", "电话", "联系", "热线"]))
    {
        return None;
    }
    let mut hit = place.hit(Kind::Mobile, end, score, "mobile.segment");
    if prefixed && matches!(place.char_before(), Some('+' | '＋')) {
        hit.start -= place.char_before().map_or(0, char::len_utf8);
    }
    Some(hit)
}

/// Whether `area` (with its 0) and `number` are a fixed line: eight digits for 010 and 02x, seven or eight elsewhere.
fn is_landline(area: &[u8], number: &[u8]) -> bool {
    if !number.iter().all(u8::is_ascii_digit) || !matches!(number, [b'2'..=b'8', ..]) {
        return false;
    }
    match area {
        [b'0', b'1', b'0'] | [b'0', b'2', b'0'..=b'9'] => number.len() == 8,
        [b'0', b'3'..=b'9', rest @ ..] => rest.len() == 2 && matches!(number.len(), 7 | 8),
        _ => false,
    }
}

pub(super) fn landline(place: &Place<'_>) -> Option<Hit> {
    let first = place.folded.as_bytes();
    if place.first.digits != place.first.chars {
        return None;
    }
    let mut start = place.first.start;
    let solid = (3..=4).any(|n| first.split_at_checked(n).is_some_and(|(area, number)| is_landline(area, number)));
    let (mut end, mut used, score) = if solid {
        // Twelve digits on end may be anything; eleven that begin with an area code hardly are.
        if first.len() > 11 && !place.follows(10, &["电话", "座机", "固话", "传真", "热线", "联系"]) {
            return None;
        }
        (place.first.end, 1, 0.85)
    } else if matches!(first.len(), 3 | 4) && first.first() == Some(&b'0') {
        let next = place.atoms.get(1)?;
        let gap = place.text.get(place.first.end..next.start)?;
        if !matches!(gap, "-" | "－" | " " | "—" | "–" | "‐" | ")" | "）" | ") " | "） " | ")-" | "）-") {
            return None;
        }
        let mut number = crate::scan::Folded::empty();
        number.push(place.text.get(next.start..next.end)?)?;
        let mut end = next.end;
        let mut used = 2;
        if number.as_bytes().len() == 4 {
            // 010-6600 1234
            let last = place.atoms.get(2)?;
            let gap = place.text.get(next.end..last.start)?;
            if !matches!(gap, "-" | " " | "－") {
                return None;
            }
            number.push(place.text.get(last.start..last.end)?)?;
            end = last.end;
            used = 3;
        }
        if !is_landline(first, number.as_bytes()) {
            return None;
        }
        if gap.starts_with([')', '）']) {
            start -= place.char_before().filter(|c| matches!(c, '(' | '（')).map_or(0, char::len_utf8);
        }
        (end, used, 0.9)
    } else if matches!(first.len(), 7 | 8) && matches!(first, [b'2'..=b'8', ..]) {
        // Without an area code only the word before it can tell.
        let labelled = ["电话", "座机", "固话", "传真", "联系方式"];
        let near = place.before(6).trim_end_matches([':', '：', ' ', '是', '为']);
        if !labelled.iter().any(|word| near.ends_with(word)) {
            return None;
        }
        (place.first.end, 1, 0.7)
    } else {
        return None;
    };
    if place.is_an_amount(end) || place.is_a_serial_number() {
        return None;
    }
    // An extension: 转801, -801, ext 801.
    if let Some(ext) = place.atoms.get(used).filter(|ext| ext.digits == ext.chars && (1..=6).contains(&ext.chars)) {
        let gap = place.text.get(end..ext.start).unwrap_or_default().trim();
        if matches!(gap, "转" | "转分机" | "分机") || (gap == "-" && ext.chars <= 4) {
            end = ext.end;
            used += 1;
        }
    }
    let _ = used;
    Some(Hit { kind: Kind::Landline, start, end, score, rule: "landline.area_code" })
}
