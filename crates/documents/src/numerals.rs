//! Numerals: Chinese, full-width and ASCII numbers read, and Chinese counting written.

/// The value of a numeral such as `一百二十三`, `十五`, `两千零一`, `〇`, `12` or `１２`; `None` when it is none.
#[must_use]
pub fn value(text: &str) -> Option<u32> {
    let mut total = 0u32;
    let mut digit: Option<u32> = None;
    let mut seen = false;
    let mut positional = true;
    let mut plain = 0u32;
    for c in text.chars() {
        if let Some(d) = digit_value(c) {
            plain = plain.checked_mul(10)?.checked_add(d)?;
            digit = Some(d);
        } else {
            let unit = match c {
                '十' => 10,
                '百' => 100,
                '千' => 1000,
                _ => return None,
            };
            positional = false;
            total = total.checked_add(digit.take().unwrap_or(1).checked_mul(unit)?)?;
        }
        seen = true;
    }
    match (seen, positional) {
        (false, _) => None,
        (true, true) => Some(plain),
        (true, false) => total.checked_add(digit.unwrap_or(0)),
    }
}

/// The value of one digit, Chinese, full-width or ASCII.
#[must_use]
pub fn digit_value(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' | '○' | 'Ｏ' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '０'..='９' => u32::from(c) - u32::from('０'),
        '0'..='9' => u32::from(c) - u32::from('0'),
        _ => return None,
    })
}

/// Whether `c` may stand in a numeral.
#[must_use]
pub fn is_numeral(c: char) -> bool {
    digit_value(c).is_some() || matches!(c, '十' | '百' | '千')
}

/// Chinese counting (`chineseCounting`, `chineseCountingThousand`): 12 → `十二`, 105 → `一百零五`.
#[must_use]
pub fn chinese(number: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digit = |d: u32| DIGITS.get(d as usize).copied().unwrap_or('零');
    if number > 9999 {
        return number.to_string();
    }
    if number == 0 {
        return "零".to_owned();
    }
    let mut out = String::new();
    let mut gap = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let d = number / unit % 10;
        if d == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
            gap = false;
        }
        // Ten to nineteen are 十…十九 without 一.
        if !(unit == 10 && d == 1 && out.is_empty()) {
            out.push(digit(d));
        }
        out.push_str(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{chinese, value};

    #[test]
    fn numerals_of_the_standard_read() {
        // STANDARDS.md §12.
        for (text, want) in [
            ("十", 10),
            ("十五", 15),
            ("一百零一", 101),
            ("一百一十", 110),
            ("一百二十三", 123),
            ("一千二百六十", 1260),
            ("二〇二四", 2024),
            ("１２", 12),
            ("两百", 200),
        ] {
            assert_eq!(value(text), Some(want), "{text}");
        }
        for bad in ["", "第", "一万亿a", "99999999999"] {
            assert_eq!(value(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_number_written_is_read_back() {
        for number in 1..=9999 {
            assert_eq!(value(&chinese(number)), Some(number), "{}", chinese(number));
        }
        assert_eq!(chinese(1010), "一千零一十");
    }
}
