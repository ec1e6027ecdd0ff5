//! Dates as official documents write them, read to `YYYY-MM-DD`.

use crate::numerals::{is_numeral, value};

/// The first date in `text` (2024年1月5日, 二〇二四年一月五日, 2024-01-05, 2024/1/5) and the bytes it covers.
pub(crate) fn first_date(text: &str) -> Option<(String, std::ops::Range<usize>)> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let offset = rest.find(is_numeral)?;
        let start = at + offset;
        if let Some((date, len)) = date_at(text.get(start..)?) {
            return Some((date, start..start + len));
        }
        let run = text.get(start..)?.find(|c| !is_numeral(c)).unwrap_or(rest.len() - offset);
        at = start + run;
    }
    None
}

/// Every date in `text` with its bytes.
pub(crate) fn all_dates(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((date, range)) = text.get(at..).and_then(first_date) {
        let range = at + range.start..at + range.end;
        at = range.end;
        found.push((date, range));
    }
    found
}

/// Whether the line is a date and nothing else.
pub(crate) fn is_date_line(line: &str) -> bool {
    let line = line.trim_matches(['（', '）', '(', ')', ' ', '\u{3000}']);
    line.chars().count() <= 20 && first_date(line).is_some_and(|(_, range)| range == (0..line.len()))
}

/// A date at the start of `text`, and its bytes.
fn date_at(text: &str) -> Option<(String, usize)> {
    let (year, at) = number(text, 0)?;
    let (month_stop, day_stop, last) = match text.get(at..)?.trim_start().chars().next()? {
        '年' => ('年', '月', Some('日')),
        '-' => ('-', '-', None),
        '/' => ('/', '/', None),
        '.' => ('.', '.', None),
        _ => return None,
    };
    let at = stop(text, at, month_stop)?;
    let (month, at) = number(text, at)?;
    let at = stop(text, at, day_stop)?;
    let (day, at) = number(text, at)?;
    let at = match last {
        Some(last) => stop(text, at, last)?,
        None => at,
    };
    let known = (1900..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    known.then(|| (format!("{year:04}-{month:02}-{day:02}"), at))
}

fn number(text: &str, from: usize) -> Option<(u32, usize)> {
    let from = from + leading_spaces(text.get(from..)?);
    let rest = text.get(from..)?;
    let len = rest.find(|c| !is_numeral(c)).unwrap_or(rest.len());
    Some((value(rest.get(..len)?)?, from + len))
}

fn stop(text: &str, from: usize, want: char) -> Option<usize> {
    let from = from + leading_spaces(text.get(from..)?);
    text.get(from..)?.starts_with(want).then_some(from + want.len_utf8())
}

fn leading_spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\u{3000}']).len()
}

#[cfg(test)]
mod tests {
    use super::{all_dates, first_date, is_date_line};

    #[test]
    fn dates_in_all_their_writings() {
        for (text, want) in [
            ("2019年01月27日", Some("2019-01-27")),
            ("二〇一二年十一月三日通过", Some("2012-11-03")),
            ("2024 年 1 月 5 日", Some("2024-01-05")),
            ("自2022-05-19起", Some("2022-05-19")),
            ("第12号 2024/1/5", Some("2024-01-05")),
            ("第十二章", None),
            ("2024年13月1日", None),
            ("", None),
        ] {
            assert_eq!(first_date(text).map(|(date, _)| date).as_deref(), want, "{text}");
        }
        assert_eq!(all_dates("2001年1月2日通过 2003年4月5日修正").len(), 2);
        assert!(is_date_line("（2019年1月24日）") && !is_date_line("2019年1月24日起施行"));
    }
}
