//! Postal addresses by rule: a house number with a road, village or estate before it, and the divisions before that.
//!
//! A division alone is no address: policy questions name cities all the time.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::identifiers::Hit;
use crate::kind::Kind;
use crate::scan::Pass;

/// Names of divisions, full and short.
static DIVISIONS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let names = include_str!("../data/divisions.txt").lines().filter(|line| !line.starts_with('#'));
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok()
});

/// What a house number is followed by.
const UNITS: &[&str] = &[
    "号楼", "号院", "号", "栋", "幢", "单元", "座", "室", "弄", "楼", "层", "组", "巷", "排", "房", "户", "门", "社",
    "队", "村", "区", "期", "铺", "附", "之", "苑",
];

/// What ends a road, a village, an estate: the word right before a number.
const ROADS: &[&str] = &[
    "大道", "路", "街", "大街", "道", "巷", "胡同", "弄", "里", "段", "村", "社区", "小区", "花园", "苑", "园", "大厦",
    "广场", "公寓", "家园", "新村", "城", "府", "庄", "屯", "寨", "湾", "坊", "庭", "居", "邸", "墅", "镇", "乡", "组",
    "公馆", "中心", "院", "线", "期", "区", "宿舍", "市场",
];

/// Words after which an address begins.
const OPENERS: &[&str] = &[
    "地址",
    "住址",
    "家住",
    "住在",
    "居住在",
    "住所",
    "位于",
    "坐落于",
    "座落于",
    "坐落在",
    "座落在",
    "寄到",
    "寄至",
    "送到",
    "送至",
    "户籍",
    "现住",
    "租住",
    "住",
    "在",
    "到",
    "至",
    "是",
    "为",
    "从",
    "往",
    "于",
    "将",
    "的",
    "我家",
    "和",
    "与",
    "买了",
    "购买",
    "我们",
    "清理",
    "请",
    "关于",
    "距离",
    "解决",
    "维护",
    "以及",
    "回复",
    "举报",
    "投诉",
    "咨询",
    "反映",
    "希望",
    "目前",
    "现在",
];

fn is_part(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
        || c.is_ascii_alphanumeric()
        || matches!(c, '-' | '#' | '·' | '(' | ')' | '（' | '）' | '－')
}

/// The end of what follows a number in an address: 号3栋2单元501室.
fn tail_end(text: &str, from: usize) -> usize {
    let mut end = from;
    loop {
        let tail = text.get(end..).unwrap_or_default();
        let unit = UNITS.iter().find(|unit| tail.starts_with(**unit)).map_or(0, |unit| unit.len());
        let after = tail.get(unit..).unwrap_or_default();
        let number: usize = after
            .chars()
            .take(8)
            .take_while(|c| {
                c.is_ascii_alphanumeric()
                    || matches!(c, '-' | '－' | '#')
                    || "一二三四五六七八九十甲乙丙丁".contains(*c)
            })
            .map(char::len_utf8)
            .sum();
        // A number counts only when another unit or nothing follows it.
        let step = unit + number;
        if step == 0 || (unit == 0 && end != from) {
            return end;
        }
        end += step;
    }
}

/// Where the address that leads to byte `number` begins, and how sure.
fn start_of(text: &str, number: usize) -> Option<(usize, f32)> {
    let head = text.get(..number)?;
    let from = head.char_indices().rev().take(36).take_while(|(_, c)| is_part(*c)).last().map(|(i, _)| i)?;
    let stretch = head.get(from..)?;
    let divisions: Vec<(usize, usize)> = DIVISIONS
        .as_ref()?
        .find_iter(stretch)
        .filter(|m| m.end() - m.start() >= 6)
        .map(|m| (m.start(), m.end()))
        .collect();
    // The last word that opens an address, not inside a division's name.
    let cut = OPENERS
        .iter()
        .filter_map(|word| stretch.rfind(word).map(|at| (at, at + word.len())))
        .filter(|(at, _)| !divisions.iter().any(|(a, b)| a <= at && at < b))
        .map(|(_, end)| end)
        .max()
        .unwrap_or(0);
    let body = stretch.get(cut..)?.trim_start_matches(['-', '(', '（', ')', '）', '·', '#']);
    let cut = stretch.len() - body.len();
    let road = body.get(..)?;
    let is_road = ROADS.iter().any(|word| road.ends_with(word) && road.len() > word.len());
    let division = divisions.iter().find(|(at, end)| *at >= cut && *end < stretch.len()).map(|(at, _)| *at);
    match division {
        Some(at) if is_road || stretch.len() - at <= 60 => Some((from + at, if is_road { 0.9 } else { 0.7 })),
        // Without a division only the road's own name is sure.
        None if is_road && cut > 0 && road.chars().count() <= 20 => Some((from + cut, 0.8)),
        None if is_road => {
            let back = road.char_indices().rev().nth(14).map_or(0, |(i, _)| i);
            Some((from + cut + back, 0.6))
        }
        _ => None,
    }
}

pub(crate) fn find(text: &str, hits: &mut Vec<Hit>) {
    let mut done = 0;
    for atom in Pass::new(text) {
        if atom.start < done || atom.chars > 6 || atom.digits == 0 {
            continue;
        }
        let tail = text.get(atom.end..).unwrap_or_default();
        let unit = UNITS.iter().find(|unit| tail.starts_with(**unit));
        // 12号线, 3期工程, 第5号, 〔2020〕53号 and 5楼 alone are no addresses.
        let house = unit.is_some_and(|unit| {
            matches!(*unit, "号楼" | "号院" | "号" | "栋" | "幢" | "单元" | "座" | "室" | "弄" | "组" | "排")
        });
        if !house
            || tail.starts_with("号线")
            || tail.starts_with("号文")
            || tail.starts_with("号令")
            || tail.starts_with("号公告")
        {
            continue;
        }
        let before = text.get(..atom.start).unwrap_or_default().chars().next_back();
        if !before.is_some_and(is_part)
            || matches!(before, Some('第' | '〕' | ')' | '）' | '-' | '月' | '年' | '(' | '（'))
        {
            continue;
        }
        let Some((start, score)) = start_of(text, atom.start) else { continue };
        let end = tail_end(text, atom.end);
        if start < done || text.get(start..end).is_none_or(|value| value.contains(crate::vault::OPEN)) {
            continue;
        }
        hits.push(Hit { kind: Kind::Address, start, end, score, rule: "address.house_number" });
        done = end;
    }
}

/// Whether an address names a road, an estate, a village or a house.
pub(crate) fn has_a_door(value: &str) -> bool {
    let han = value.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}')).count();
    han >= 3
        && (value.chars().any(|c| c.is_ascii_digit())
            || ROADS.iter().chain(UNITS).any(|word| {
                value.char_indices().skip(1).any(|(i, _)| value.get(i..).is_some_and(|t| t.starts_with(word)))
            }))
}

/// Whether a place is a division alone, down to the county: no address.
pub(crate) fn is_bare(value: &str) -> bool {
    county_of(value).is_some_and(|county| county.len() == value.len())
}

/// The masked form: the divisions down to the county stay.
pub(crate) fn to_county(value: &str) -> String {
    county_of(value).unwrap_or_default() + "***"
}

/// The divisions at the head of an address, down to the county.
pub(crate) fn county_of(value: &str) -> Option<String> {
    let keep = DIVISIONS
        .as_ref()
        .map(|divisions| {
            let mut end = 0;
            for m in divisions.find_iter(value) {
                if m.start() > end + '市'.len_utf8() {
                    break;
                }
                end = m.end();
            }
            end
        })
        .unwrap_or(0);
    let mut kept = value.get(..keep).unwrap_or_default().to_owned();
    if value.get(keep..).is_some_and(|rest| rest.starts_with(['省', '市', '区', '县'])) {
        kept.extend(value.get(keep..).and_then(|rest| rest.chars().next()));
    }
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::{find, to_county};

    fn addresses(text: &str) -> Vec<&str> {
        let mut hits = Vec::new();
        find(text, &mut hits);
        hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect()
    }

    #[test]
    fn an_address_runs_from_its_division_to_its_door() {
        assert_eq!(
            addresses("我住在四川省成都市武侯区人民南路四段11号3栋2单元501室，电话"),
            ["四川省成都市武侯区人民南路四段11号3栋2单元501室"]
        );
        assert_eq!(addresses("地址：北京市海淀区北西环西路66号"), ["北京市海淀区北西环西路66号"]);
        assert_eq!(addresses("家住米兰春天花园G2栋320，"), ["米兰春天花园G2栋320"]);
    }

    #[test]
    fn numbers_of_documents_and_lines_are_no_addresses() {
        for text in [
            "国办发〔2020〕53号文件",
            "依据第5号公告",
            "地铁12号线延伸",
            "成都市2024年1月5日",
            "成都市关于第3号令的解释",
            "2020年3月1号起",
        ] {
            assert_eq!(addresses(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn masks_keep_the_county() {
        assert_eq!(to_county("四川省成都市武侯区人民南路四段11号"), "四川省成都市武侯区***");
        assert_eq!(to_county("米兰春天花园G2栋320"), "***");
    }
}
