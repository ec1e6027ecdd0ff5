//! Dates of birth: a date is one only where birth is spoken of, and not as a condition of a rule.

use super::{Hit, Place};
use crate::kind::Kind;

const BEFORE: &[&str] = &[
    "出生日期",
    "出生年月日",
    "出生年月",
    "出生时间",
    "生日",
    "出生于",
    "生于",
    "诞生于",
    "出生",
    "出生日",
    "DOB",
    "Birth",
    "birth",
    "dob",
];

/// Reads a date that begins with the run: the end of it, when it is one.
fn date_end(place: &Place<'_>) -> Option<usize> {
    let number = |i: usize| -> Option<(u32, crate::scan::Atom)> {
        let atom = place.atoms.get(i)?;
        let mut folded = crate::scan::Folded::empty();
        folded.push(place.text.get(atom.start..atom.end)?)?;
        Some((super::resident_id::number(folded.as_bytes())?, *atom))
    };
    let is_date = |y: u32, m: u32, d: u32| (1850..=2099).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
    let (year, first) = number(0)?;
    if first.chars == 8 {
        return is_date(year / 10_000, year / 100 % 100, year % 100).then_some(first.end);
    }
    if first.chars != 4 {
        return None;
    }
    let (month, second) = number(1)?;
    let gap = place.text.get(first.end..second.start)?.trim();
    let written = match gap {
        "年" => true,
        "-" | "/" | "." | "－" | "．" => false,
        _ => return None,
    };
    let third = number(2).filter(|(day, third)| {
        let between = place.text.get(second.end..third.start).unwrap_or_default().trim();
        is_date(year, month, *day) && (if written { between == "月" } else { between == gap })
    });
    match third {
        Some((_, third)) => {
            let tail = if written { place.char_at(third.end).filter(|c| matches!(c, '日' | '号')) } else { None };
            Some(third.end + tail.map_or(0, char::len_utf8))
        }
        None if written && is_date(year, month, 1) && place.char_at(second.end) == Some('月') => {
            Some(second.end + '月'.len_utf8())
        }
        None => None,
    }
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    if !matches!(place.first.chars, 4 | 8) || place.first.digits != place.first.chars {
        return None;
    }
    let end = date_end(place)?;
    let head = place.before(8).trim_end_matches([':', '：', ' ', '是', '为', '在', '|', '(', '（', '\t']);
    let tail = place.after(end, 4).trim_start_matches([' ', '，', ',']);
    // 1970年1月1日以后出生的职工 is a condition, not a person.
    if ["以后", "以前", "之后", "之前", "前", "后", "至", "起"].iter().any(|word| tail.starts_with(word)) {
        return None;
    }
    let labelled = BEFORE.iter().any(|word| head.ends_with(word));
    let told = tail.starts_with("出生") || tail.starts_with("生人") || tail.starts_with("生，") || tail == "生";
    (labelled || told)
        .then(|| place.hit(Kind::DateOfBirth, end, if labelled { 0.95 } else { 0.85 }, "date_of_birth.label"))
}
