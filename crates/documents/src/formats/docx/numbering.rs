//! Automatic numbering, written out as Word shows it: 第一条, （二）, 3.1.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use super::Relation;
use super::styles::Styles;
use crate::defect::Defect;
use crate::numerals::chinese;
use crate::package::Package;
use crate::xml;

const LEVELS: usize = 9;

#[derive(Debug, Clone, Default)]
struct Level {
    start: u32,
    format: String,
    text: String,
    /// What follows the number: a tab unless said otherwise.
    suffix: String,
    /// Numbers of higher levels are written in Arabic (isLgl).
    legal: bool,
    restart: Option<u8>,
    style: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Scheme {
    levels: [Level; LEVELS],
    /// The list style whose scheme this one borrows.
    borrows: Option<String>,
    style: Option<String>,
}

#[derive(Debug, Default)]
struct List {
    scheme: String,
    overrides: HashMap<u8, Level>,
    starts: HashMap<u8, u32>,
}

/// The lists of a document and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    schemes: HashMap<String, Scheme>,
    lists: HashMap<String, List>,
    counters: HashMap<String, [Option<u32>; LEVELS]>,
    /// Lists whose start overrides were applied.
    started: Vec<(String, u8)>,
}

/// Reads the numbering part when the text or its styles use lists.
pub(super) fn read(
    package: &mut Package<'_>,
    relations: &[Relation],
    main: &str,
    document: &str,
    styles: &Styles,
) -> Result<Numbering, Defect> {
    let mut numbering = Numbering::default();
    if memchr::memmem::find(document.as_bytes(), b"numPr").is_none() && !styles.has_lists() {
        return Ok(numbering);
    }
    let mut buffer = Vec::new();
    if let Some(part) = super::related(package, relations, main, "numbering") {
        package.read(&part, &mut buffer)?;
        numbering.parse(&xml::text_of(&buffer));
    }
    Ok(numbering)
}

impl Numbering {
    fn parse(&mut self, text: &str) {
        let mut reader = xml::reader(text);
        let mut scheme: Option<(String, Scheme)> = None;
        let mut list: Option<(String, List)> = None;
        let mut level: Option<(u8, Level)> = None;
        let mut overridden: Option<u8> = None;
        loop {
            let event = reader.read_event();
            match &event {
                Ok(Event::Start(element) | Event::Empty(element)) => {
                    let val = |name| xml::attribute(element, name);
                    match xml::local(element.name().0) {
                        "abstractNum" => scheme = val("abstractNumId").map(|id| (id, Scheme::default())),
                        "num" => list = val("numId").map(|id| (id, List::default())),
                        "abstractNumId" => {
                            if let Some((_, list)) = &mut list {
                                list.scheme = val("val").unwrap_or_default();
                            }
                        }
                        "lvlOverride" => overridden = xml::number(element, "ilvl"),
                        "startOverride" => {
                            if let (Some((_, list)), Some(at), Some(start)) =
                                (&mut list, overridden, xml::number(element, "val"))
                            {
                                list.starts.insert(at, start);
                            }
                        }
                        "numStyleLink" => {
                            if let Some((_, scheme)) = &mut scheme {
                                scheme.borrows = val("val");
                            }
                        }
                        "styleLink" => {
                            if let Some((_, scheme)) = &mut scheme {
                                scheme.style = val("val");
                            }
                        }
                        "lvl" => {
                            level = xml::number(element, "ilvl").map(|at| (at, Level { start: 0, ..Level::default() }));
                        }
                        _ => {
                            if let Some((_, level)) = &mut level {
                                level_property(element, level);
                            }
                        }
                    }
                }
                Ok(Event::End(element)) => match xml::local(element.name().0) {
                    "lvl" => {
                        let Some((at, level)) = level.take() else { continue };
                        if let Some((_, list)) = &mut list {
                            list.overrides.insert(at, level);
                        } else if let Some((_, scheme)) = &mut scheme
                            && let Some(place) = scheme.levels.get_mut(usize::from(at))
                        {
                            *place = level;
                        }
                    }
                    "lvlOverride" => overridden = None,
                    "abstractNum" => self.schemes.extend(scheme.take()),
                    "num" => self.lists.extend(list.take()),
                    _ => {}
                },
                Ok(Event::Eof) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    /// The level that a paragraph style takes in a list, when the list names the style.
    pub(super) fn level_of_style(&self, list: &str, style: &str) -> Option<u8> {
        let scheme = self.schemes.get(&self.scheme_of(list)?)?;
        scheme
            .levels
            .iter()
            .position(|level| level.style.as_deref() == Some(style))
            .and_then(|at| u8::try_from(at).ok())
    }

    /// The scheme of a list, borrowed schemes followed.
    fn scheme_of(&self, list: &str) -> Option<String> {
        let id = &self.lists.get(list)?.scheme;
        match self.schemes.get(id)?.borrows.as_deref() {
            Some(style) => self
                .schemes
                .iter()
                .find(|(_, scheme)| scheme.style.as_deref() == Some(style))
                .map(|(id, _)| id.clone())
                .or_else(|| Some(id.clone())),
            None => Some(id.clone()),
        }
    }

    /// Counts a paragraph of a list and gives what Word writes before it; empty for bullets and unknown lists.
    pub(super) fn next(&mut self, list_id: &str, at: u8) -> String {
        let index = usize::from(at).min(LEVELS - 1);
        let (Some(scheme_id), Some(list)) = (self.scheme_of(list_id), self.lists.get(list_id)) else {
            return String::new();
        };
        let Some(scheme) = self.schemes.get(&scheme_id) else { return String::new() };
        let levels: Vec<&Level> = scheme
            .levels
            .iter()
            .enumerate()
            .map(|(i, level)| u8::try_from(i).ok().and_then(|i| list.overrides.get(&i)).unwrap_or(level))
            .collect();
        let Some(level) = levels.get(index) else { return String::new() };
        let counters = self.counters.entry(scheme_id).or_default();
        let first = match list.starts.get(&at) {
            // An override starts its list anew once, also when another list of the scheme has counted before.
            Some(start) if !self.started.iter().any(|(id, level)| id == list_id && *level == at) => {
                self.started.push((list_id.to_owned(), at));
                Some(*start)
            }
            _ => None,
        };
        if let Some(count) = counters.get_mut(index) {
            *count = match (first, *count) {
                (Some(start), _) => Some(start),
                (None, Some(count)) => Some(count.saturating_add(1)),
                (None, None) => Some(level.start),
            };
        }
        for (deeper, count) in counters.iter_mut().enumerate().skip(index + 1) {
            // A level restarts after any higher one, or only after the level it names.
            let restart = levels.get(deeper).and_then(|level| level.restart);
            if restart.is_none_or(|after| after != 0 && usize::from(after) > index) {
                *count = None;
            }
        }
        let numbers = *counters;
        write_number(level, &levels, &numbers)
    }
}

fn level_property(element: &BytesStart<'_>, level: &mut Level) {
    match xml::local(element.name().0) {
        "start" => level.start = xml::number(element, "val").unwrap_or(0),
        "numFmt" => level.format = xml::attribute(element, "val").unwrap_or_default(),
        "lvlText" => level.text = xml::attribute(element, "val").unwrap_or_default(),
        "suff" => level.suffix = xml::attribute(element, "val").unwrap_or_default(),
        "isLgl" => level.legal = xml::is_on(element),
        "lvlRestart" => level.restart = xml::number(element, "val"),
        "pStyle" => level.style = xml::attribute(element, "val"),
        _ => {}
    }
}

fn write_number(level: &Level, levels: &[&Level], numbers: &[Option<u32>; LEVELS]) -> String {
    if level.format == "bullet" || level.format == "none" && !level.text.contains(|c: char| !c.is_ascii()) {
        return String::new();
    }
    let mut out = String::new();
    let mut chars = level.text.chars().peekable();
    while let Some(c) = chars.next() {
        let place = if c == '%' { chars.peek().and_then(|d| d.to_digit(10)) } else { None };
        let Some(place) = place.filter(|place| (1..=9).contains(place)) else {
            out.push(c);
            continue;
        };
        chars.next();
        let index = place as usize - 1;
        let (Some(of), Some(number)) = (levels.get(index), numbers.get(index)) else { continue };
        let format = if level.legal { "decimal" } else { of.format.as_str() };
        out.push_str(&format_number(format, number.unwrap_or(of.start)));
    }
    if !out.is_empty() && level.suffix != "nothing" && !out.ends_with(['、', '）', ')', '．', '.', '。', '：']) {
        out.push(' ');
    }
    out
}

/// A number in one of the formats of ISO/IEC 29500-1, 17.18.59 that Chinese documents use.
fn format_number(format: &str, number: u32) -> String {
    match format {
        "chineseCounting"
        | "chineseCountingThousand"
        | "japaneseCounting"
        | "taiwaneseCountingThousand"
        | "koreanCounting"
        | "taiwaneseCounting" => chinese(number),
        "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital" | "koreanDigital2" => {
            number.to_string().chars().map(|c| c.to_digit(10).map_or(c, ideograph)).collect()
        }
        "chineseLegalSimplified" | "ideographLegalTraditional" => chinese(number).chars().map(formal).collect(),
        "ideographTraditional" => cycle("甲乙丙丁戊己庚辛壬癸", number),
        "ideographZodiac" => cycle("子丑寅卯辰巳午未申酉戌亥", number),
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if (1..=20).contains(&number) => {
            char::from_u32('①' as u32 + number - 1).map(String::from).unwrap_or_default()
        }
        "decimalFullWidth" | "decimalFullWidth2" => {
            number.to_string().chars().filter_map(|c| char::from_u32(c as u32 - '0' as u32 + '０' as u32)).collect()
        }
        "decimalZero" => format!("{number:02}"),
        "upperLetter" => letters(number).to_uppercase(),
        "lowerLetter" => letters(number),
        "upperRoman" => roman(number),
        "lowerRoman" => roman(number).to_lowercase(),
        "none" | "bullet" => String::new(),
        _ => number.to_string(),
    }
}

fn ideograph(digit: u32) -> char {
    "〇一二三四五六七八九".chars().nth(digit as usize).unwrap_or('〇')
}

fn formal(c: char) -> char {
    let at = "零一二三四五六七八九十百千".chars().position(|plain| plain == c);
    at.and_then(|at| "零壹贰叁肆伍陆柒捌玖拾佰仟".chars().nth(at)).unwrap_or(c)
}

fn cycle(names: &str, number: u32) -> String {
    let count = u32::try_from(names.chars().count()).unwrap_or(1).max(1);
    names.chars().nth((number.saturating_sub(1) % count) as usize).map(String::from).unwrap_or_default()
}

fn letters(number: u32) -> String {
    let index = number.saturating_sub(1);
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or(0));
    // Word repeats the letter: z, aa, bb.
    std::iter::repeat_n(letter, (index / 26 + 1).min(20) as usize).collect()
}

fn roman(number: u32) -> String {
    const PARTS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut rest = number.min(4999);
    let mut out = String::new();
    for (value, letters) in PARTS {
        while rest >= value {
            out.push_str(letters);
            rest -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Numbering, format_number};

    #[test]
    fn lists_count_as_word_shows_them() {
        let mut numbering = Numbering::default();
        numbering.parse(
            r#"<w:numbering><w:abstractNum w:abstractNumId="0">
            <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl>
            <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
            <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%3"/></w:lvl>
            </w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num>
            <w:num w:numId="8"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>"#,
        );
        let mut next = |list, level| numbering.next(list, level);
        assert_eq!(next("7", 0), "第一条 ");
        assert_eq!(next("7", 1), "（一）");
        assert_eq!(next("7", 1), "（二）");
        assert_eq!(next("7", 2), "1.1 ");
        assert_eq!(next("7", 0), "第二条 ");
        assert_eq!(next("7", 1), "（一）");
        assert_eq!(next("8", 0), "第一条 ");
        assert_eq!(next("8", 0), "第二条 ");
        assert_eq!(next("missing", 0), "");
    }

    #[test]
    fn numbers_in_their_formats() {
        for (format, number, want) in [
            ("chineseCounting", 12, "十二"),
            ("ideographDigital", 2024, "二〇二四"),
            ("chineseLegalSimplified", 21, "贰拾壹"),
            ("ideographTraditional", 11, "甲"),
            ("decimalEnclosedCircle", 3, "③"),
            ("lowerLetter", 28, "bb"),
            ("upperRoman", 44, "XLIV"),
            ("decimal", 5, "5"),
        ] {
            assert_eq!(format_number(format, number), want, "{format}");
        }
    }
}
