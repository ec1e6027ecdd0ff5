//! Markers: the numbers that open a part of a Chinese document — 第一章, 第三条之一, 一、, （二）, 3., (4), ①.

use crate::numerals::{is_numeral, value};

/// The rank of a numbered part, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// 编, 部分.
    Part,
    /// 分编.
    SubPart,
    /// 章.
    Chapter,
    /// 节.
    Section,
    /// 条.
    Article,
    /// 一、
    One,
    /// （一）
    Two,
    /// 1.
    Three,
    /// （1）
    Four,
    /// ①
    Five,
}

/// A marker at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) level: Level,
    /// 第三十九条 → 39.
    pub(crate) number: u32,
    /// 第一百二十条之一 → 1; otherwise 0.
    pub(crate) sub: u32,
    /// Bytes of the marker itself.
    pub(crate) len: usize,
    /// Whether white space or the line's end follows.
    pub(crate) gap: bool,
}

/// The marker that opens `line`, if one does. Says nothing about whether it is a reference in running text:
/// see [`is_reference`].
pub(crate) fn marker(line: &str) -> Option<Marker> {
    let first = line.chars().next()?;
    match first {
        '第' => ordinal(line),
        '（' | '(' => bracketed(line),
        '0'..='9' | '０'..='９' => digits(line),
        '①'..='⑳' => Some(Marker {
            level: Level::Five,
            number: u32::from(first) - u32::from('①') + 1,
            sub: 0,
            len: first.len_utf8(),
            gap: true,
        }),
        _ if is_numeral(first) => counted(line),
        _ => None,
    }
}

/// Whether white space separates, as typed in `第 十 条` and `第一章　总　则`.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}' | '\t' | '\u{A0}')
}

/// Reads a numeral with spaces inside; gives its value and the bytes eaten.
fn numeral(text: &str) -> Option<(u32, usize)> {
    let mut buffer = String::new();
    let mut len = 0;
    for (at, c) in text.char_indices() {
        if is_numeral(c) {
            buffer.push(c);
            len = at + c.len_utf8();
        } else if !is_space(c) {
            break;
        }
        // No statute counts past five figures, written in at most nine characters.
        if buffer.chars().count() > 9 {
            return None;
        }
    }
    Some((value(&buffer)?, len))
}

fn skip_spaces(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start_matches(is_space).len())
}

fn gap_after(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_none_or(|c| is_space(c) || c == '\n')
}

fn ordinal(line: &str) -> Option<Marker> {
    let start = skip_spaces(line, '第'.len_utf8());
    let (number, eaten) = numeral(line.get(start..)?)?;
    let at = skip_spaces(line, start + eaten);
    let rest = line.get(at..)?;
    let (level, unit) = [
        (Level::SubPart, "分编"),
        (Level::Part, "部分"),
        (Level::Part, "编"),
        (Level::Chapter, "章"),
        (Level::Section, "节"),
        (Level::Article, "条"),
    ]
    .into_iter()
    .find(|(_, unit)| rest.starts_with(unit))?;
    let mut len = at + unit.len();
    let mut sub = 0;
    if level == Level::Article {
        let after = line.get(len..)?;
        if let Some(tail) = after.strip_prefix('之')
            && let Some((value, eaten)) = numeral(tail)
            // 第十条之二十 does not exist, but 第十条之一百分之… is text.
            && value < 100
        {
            sub = value;
            len += '之'.len_utf8() + eaten;
        }
    }
    Some(Marker { level, number, sub, len, gap: gap_after(line, len) })
}

fn bracketed(line: &str) -> Option<Marker> {
    let open = line.chars().next()?.len_utf8();
    let start = skip_spaces(line, open);
    let inside = line.get(start..)?;
    let (number, eaten) = numeral(inside)?;
    let at = skip_spaces(line, start + eaten);
    let close = line.get(at..)?.chars().next().filter(|c| matches!(c, '）' | ')'))?;
    let arabic = inside.chars().next().is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    // A year in brackets, as in （2018）, is no number of a part.
    if number == 0 || number > 300 {
        return None;
    }
    let len = at + close.len_utf8();
    let level = if arabic { Level::Four } else { Level::Two };
    Some(Marker { level, number, sub: 0, len, gap: gap_after(line, len) })
}

fn digits(line: &str) -> Option<Marker> {
    let (number, eaten) = numeral(line)?;
    let rest = line.get(eaten..)?;
    let stop = rest.chars().next().filter(|c| matches!(c, '.' | '．' | '、' | '。'))?;
    let after = rest.get(stop.len_utf8()..)?;
    // 1.5倍, 3.2.1 and 2024. are no markers here.
    if number == 0
        || number > 300
        || after.chars().next().is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
    {
        return None;
    }
    let len = eaten + stop.len_utf8();
    Some(Marker { level: Level::Three, number, sub: 0, len, gap: gap_after(line, len) })
}

fn counted(line: &str) -> Option<Marker> {
    let (number, eaten) = numeral(line)?;
    let rest = line.get(eaten..)?;
    let stop = rest.chars().next().filter(|c| matches!(c, '、' | '．' | '.' | '，' | ','))?;
    if number == 0 || number > 300 {
        return None;
    }
    // `一，` opens a part in older documents; `二、三产业` is running text and fails the sequence check.
    let len = eaten + stop.len_utf8();
    Some(Marker { level: Level::One, number, sub: 0, len, gap: gap_after(line, len) })
}

/// Whether what follows a number makes it a mention of that part, as in 第十条规定的, 第八条、第九条,
/// 第二十条第一款, instead of its beginning.
pub(crate) fn is_reference(after: &str, gap: bool) -> bool {
    const ALWAYS: [&str; 10] = ["的", "、", "和第", "至第", "或第", "或者第", "以及第", "及第", "到第", "之规定"];
    const CLOSE: [&str; 16] =
        ["规定", "所", "第", "和", "至", "及", "或", "，", "。", "；", "）", "》", "”", "中", "修改为", "以"];
    let rest = after.trim_start_matches(is_space);
    ALWAYS.iter().any(|word| rest.starts_with(word))
        || (rest.starts_with('第') && ["款", "项"].iter().any(|unit| ordinal_of(rest, unit)))
        || (!gap && CLOSE.iter().any(|word| rest.starts_with(word)))
}

/// Whether `text` begins with 第, a numeral or a bracketed one, and `unit`.
fn ordinal_of(text: &str, unit: &str) -> bool {
    let rest = text.strip_prefix('第').unwrap_or(text).trim_start_matches(['（', '(', ' ']);
    numeral(rest).is_some_and(|(_, eaten)| {
        rest.get(eaten..).unwrap_or_default().trim_start_matches(['）', ')', ' ']).starts_with(unit)
    })
}

/// A marker or heading as a label: no spaces inside the number, and letter-spaced titles (总　则) closed up.
pub(crate) fn tidy_heading(line: &str) -> String {
    let Some(found) = marker(line).filter(|m| m.level <= Level::Article) else { return close_up(line) };
    let number: String = line.get(..found.len).unwrap_or_default().chars().filter(|c| !is_space(*c)).collect();
    let title = close_up(line.get(found.len..).unwrap_or_default());
    if title.is_empty() { number } else { format!("{number} {title}") }
}

/// Closes up letter-spaced Chinese: `总　　则` → `总则`; other runs of space become one space.
pub(crate) fn close_up(text: &str) -> String {
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    let single = |word: &str| word.chars().count() == 1 && !word.is_ascii();
    let mut out = String::with_capacity(text.len());
    let mut before: Option<&str> = None;
    for word in words {
        if let Some(before) = before
            && !(single(before) && single(word))
        {
            out.push(' ');
        }
        out.push_str(word);
        before = Some(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{close_up, is_reference, marker, tidy_heading};

    fn check(lines: &[&str], want: &Expect) {
        let mut out = String::new();
        for line in lines {
            let said = marker(line).map_or("-".to_owned(), |m| {
                let after = line.get(m.len..).unwrap();
                let reference = if is_reference(after, m.gap) { " mention" } else { "" };
                format!("{:?} {}.{}{reference} |{after}", m.level, m.number, m.sub)
            });
            out.push_str(&format!("{line} => {said}\n"));
        }
        want.assert_eq(&out);
    }

    #[test]
    fn the_numbers_of_laws_and_policies() {
        check(
            &[
                "第一条 为了",
                "第一百二十三条之一　有下列",
                "第 十 条 甲",
                "第10条 乙",
                "第二章总则",
                "第二分编 物权",
                "第三部分 任务",
                "第十条规定的",
                "第八条、第九条",
                "第二十条第一款所称",
                "第二十条　第（三）项",
                "第十二条",
                "第一百零一条为了",
                "一、总体要求",
                "（十二）健全机制。",
                "(3)申请",
                "3．申请",
                "1.5倍",
                "2024. 年",
                "（2018）京01民初",
                "①甲",
                "十八大以来",
                "第一书记",
            ],
            &expect![[r#"
                第一条 为了 => Article 1.0 | 为了
                第一百二十三条之一　有下列 => Article 123.1 |　有下列
                第 十 条 甲 => Article 10.0 | 甲
                第10条 乙 => Article 10.0 | 乙
                第二章总则 => Chapter 2.0 |总则
                第二分编 物权 => SubPart 2.0 | 物权
                第三部分 任务 => Part 3.0 | 任务
                第十条规定的 => Article 10.0 mention |规定的
                第八条、第九条 => Article 8.0 mention |、第九条
                第二十条第一款所称 => Article 20.0 mention |第一款所称
                第二十条　第（三）项 => Article 20.0 mention |　第（三）项
                第十二条 => Article 12.0 |
                第一百零一条为了 => Article 101.0 |为了
                一、总体要求 => One 1.0 |总体要求
                （十二）健全机制。 => Two 12.0 |健全机制。
                (3)申请 => Four 3.0 |申请
                3．申请 => Three 3.0 |申请
                1.5倍 => -
                2024. 年 => -
                （2018）京01民初 => -
                ①甲 => Five 1.0 |甲
                十八大以来 => -
                第一书记 => -
            "#]],
        );
    }

    #[test]
    fn letter_spaced_headings_close_up() {
        assert_eq!(tidy_heading("第 一 章　总　　则"), "第一章 总则");
        assert_eq!(tidy_heading("第二章机构和职责"), "第二章 机构和职责");
        assert_eq!(close_up("目　录"), "目录");
        assert_eq!(close_up("附件  2024 年 计划"), "附件 2024 年 计划");
    }
}
