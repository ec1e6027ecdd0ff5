//! Chinese numerals with 万 and 亿, so that 三十日 and 30日, 五万元 and 50000元 are the same words.

/// Reads digits or a Chinese numeral: `39`, 三十九, 一千零四十三, 二〇〇八.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut total = 0_u64;
    let mut section = 0_u64;
    let mut digits: Option<u64> = None;
    let mut positional = false;
    for c in text.chars() {
        if let Some(digit) = digit(c) {
            digits = match digits {
                // 二〇〇八: digit after digit, as a year is written. 零 only fills a place: 一千零四十三.
                Some(before) if section == 0 && total == 0 && (before > 0 || positional) => {
                    positional = true;
                    Some(before.checked_mul(10)?.checked_add(digit)?)
                }
                Some(0) | None => Some(digit),
                Some(_) => return None,
            };
        } else {
            let unit = unit(c)?;
            if positional {
                return None;
            }
            if unit >= 10_000 {
                let part = section + digits.take().unwrap_or(0);
                if part == 0 {
                    return None;
                }
                total = total.checked_add(part.checked_mul(unit)?)?;
                section = 0;
            } else {
                let count = match digits.take() {
                    Some(count) if count > 0 => count,
                    // 十五 is 15, 一百十五 is 115; 百 and 千 alone are words, not numbers.
                    _ if unit == 10 => 1,
                    _ => return None,
                };
                section += count * unit;
            }
        }
    }
    total.checked_add(section)?.checked_add(digits.unwrap_or(0))
}

fn digit(c: char) -> Option<u64> {
    Some(match c {
        '〇' | '零' | '○' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return c.to_digit(10).map(u64::from),
    })
}

fn unit(c: char) -> Option<u64> {
    Some(match c {
        '十' => 10,
        '百' => 100,
        '千' => 1000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use documents::numerals::chinese;

    use super::parse;

    #[test]
    fn numerals_read() {
        for (text, number) in [
            ("39", 39),
            ("三十九", 39),
            ("十", 10),
            ("十五", 15),
            ("一百零五", 105),
            ("一百一十五", 115),
            ("一千零四十三", 1043),
            ("一千二百六十", 1260),
            ("二〇〇八", 2008),
            ("二○一二", 2012),
            ("三万", 30_000),
            ("两", 2),
            ("一亿二千万", 120_000_000),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in ["", "万一", "百", "千万", "甲"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn labels_of_articles_read_back() {
        for number in 1..2000 {
            assert_eq!(parse(&chinese(number)), Some(u64::from(number)), "{}", chinese(number));
        }
    }
}
