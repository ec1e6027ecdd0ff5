//! Numbers as they are written in Chinese and in digits, read to one value.

/// A number read: its value in thousandths (so that 0.5 万 is exact) and how many characters it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numeral {
    pub milli: i128,
    pub len: usize,
    /// Written with a Chinese numeral of one character, which is often no number at all.
    pub single: bool,
}

fn digit(c: char) -> Option<i128> {
    Some(match c {
        '零' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<i128> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        _ => return None,
    })
}

fn large(c: char) -> Option<i128> {
    Some(match c {
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}

/// Reads a number at the head of `chars`; `breaks` says after which of them it cannot go on.
pub(crate) fn read(chars: &[char], breaks: &[bool]) -> Option<Numeral> {
    let stop = breaks.iter().position(|b| *b).map_or(chars.len(), |i| i + 1);
    let chars = chars.get(..stop.min(chars.len()))?;
    match chars.first()? {
        c if c.is_ascii_digit() => arabic(chars),
        c if digit(*c).is_some() || unit(*c).is_some() => chinese(chars),
        _ => None,
    }
}

fn arabic(chars: &[char]) -> Option<Numeral> {
    let mut milli: i128 = 0;
    let mut len = 0;
    let mut scale: Option<i128> = None;
    for c in chars.iter().take(24) {
        match c.to_digit(10) {
            Some(d) => match &mut scale {
                None => milli = milli.checked_mul(10)?.checked_add(i128::from(d) * 1_000)?,
                Some(scale) => {
                    milli += i128::from(d) * *scale;
                    *scale /= 10;
                }
            },
            None if *c == '.' && scale.is_none() => scale = Some(100),
            None => break,
        }
        len += 1;
    }
    // 3万, 1.5亿, 5千
    while let Some(factor) =
        chars.get(len).and_then(|c| large(*c).or(if *c == '千' || *c == '百' { unit(*c) } else { None }))
    {
        milli = milli.checked_mul(factor)?;
        len += 1;
    }
    Some(Numeral { milli, len, single: false })
}

fn chinese(chars: &[char]) -> Option<Numeral> {
    let (mut total, mut section, mut last) = (0_i128, 0_i128, None::<i128>);
    let mut len = 0;
    let mut spelled: Option<i128> = Some(0);
    let mut units = false;
    for c in chars.iter().take(24) {
        if let Some(d) = digit(*c) {
            // 二〇二四 is spelled digit by digit.
            if last.is_some() && last != Some(0) && units {
                break;
            }
            spelled = spelled.map(|s| s * 10 + d);
            last = Some(d);
        } else if let Some(u) = unit(*c) {
            units = true;
            section +=
                last.filter(|d| *d != 0).unwrap_or(if len == 0 || section == 0 || last.is_none() { 1 } else { 0 }) * u;
            last = None;
        } else if let Some(u) = large(*c) {
            units = true;
            // 亿 takes all before it, 万 only what follows the 亿.
            let own = section + last.unwrap_or(0);
            total = if u > 10_000 { (total + own).max(1) * u } else { total + own.max(1) * u };
            section = 0;
            last = None;
        } else {
            break;
        }
        len += 1;
    }
    let value = if units { total + section + last.unwrap_or(0) } else { spelled? };
    Some(Numeral { milli: value.checked_mul(1_000)?, len, single: len == 1 })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn numbers_read_alike_in_digits_and_in_words() {
        for (text, value) in [
            ("一", 1),
            ("十", 10),
            ("十五", 15),
            ("二十", 20),
            ("一百", 100),
            ("一百零一", 101),
            ("一百一十", 110),
            ("一百二十三", 123),
            ("一千二百六十", 1_260),
            ("二零二四", 2_024),
            ("五万", 50_000),
            ("十万", 100_000),
            ("一百二十万", 1_200_000),
            ("三亿五千万", 350_000_000),
            ("30", 30),
            ("3万", 30_000),
            ("5千", 5_000),
        ] {
            let chars: Vec<char> = text.chars().collect();
            let numeral = read(&chars, &[]).unwrap();
            assert_eq!((numeral.milli, numeral.len), (value * 1_000, chars.len()), "{text}");
        }
        let chars: Vec<char> = "0.5万元".chars().collect();
        assert_eq!(read(&chars, &[]).unwrap().milli, 5_000_000);
    }
}
