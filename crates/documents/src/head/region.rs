//! Region (行政区划): the GB/T 2260 code of the place whose organ issued a document, by the names in its issuer.
//!
//! `data/divisions.txt` has the divisions of 2024, one `code name` a line (MIT, from the ministry's list).

use std::collections::HashMap;
use std::sync::LazyLock;

/// Levels that only organs of the whole country issue.
const NATIONAL: [&str; 6] = ["宪法", "法律", "有关法律问题的决定", "行政法规", "部门规章", "司法解释"];

/// How organs of the whole country begin.
const NATIONAL_ORGANS: [&str; 8] =
    ["国务院", "全国人民代表大会", "全国人大", "最高人民", "中共中央", "中央", "中华人民共和国", "国家"];

/// The codes of each name; many counties share one.
static DIVISIONS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
    for (code, name) in include_str!("../../data/divisions.txt").lines().filter_map(|line| line.split_once(' ')) {
        names.entry(name).or_default().push(code);
    }
    names
});

/// The code of a document's region; `None` when its issuer and title name no place, or one of several of that name.
pub(crate) fn region(authority: &str, issuer: &str, title: &str) -> Option<&'static str> {
    if NATIONAL.contains(&authority) || NATIONAL_ORGANS.iter().any(|organ| issuer.starts_with(organ)) {
        return Some("000000");
    }
    place(issuer).or_else(|| place(title))
}

/// The place that a text begins with: `四川省成都市锦江区…`, each name below the one before it.
fn place(text: &str) -> Option<&'static str> {
    let mut rest = text.trim();
    let mut found: Vec<&'static str> = Vec::new();
    while let Some((name, codes)) = longest(rest) {
        let inside: Vec<&'static str> = codes
            .iter()
            .copied()
            .filter(|code| found.is_empty() || found.iter().any(|above| code.starts_with(stem(above))))
            .collect();
        if inside.is_empty() {
            break;
        }
        found = inside;
        rest = rest.get(name.len()..).unwrap_or_default();
    }
    match found.as_slice() {
        [code] => Some(code),
        _ => None,
    }
}

/// The longest name that the text begins with.
fn longest(text: &str) -> Option<(&'static str, &'static [&'static str])> {
    // The longest names have fifteen characters.
    let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(16).collect();
    ends.into_iter().rev().find_map(|end| {
        let (name, codes) = DIVISIONS.get_key_value(text.get(..end)?)?;
        Some((*name, codes.as_slice()))
    })
}

/// The digits that codes below this one begin with.
fn stem(code: &str) -> &str {
    code.strip_suffix("0000").or_else(|| code.strip_suffix("00")).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn issuers_name_their_region() {
        for (authority, issuer, title, want) in [
            ("规范性文件", "成都市人民政府办公厅", "", Some("510100")),
            ("规范性文件", "四川省人民政府", "", Some("510000")),
            ("规范性文件", "四川省成都市锦江区人民政府", "", Some("510104")),
            ("规范性文件", "北京市朝阳区人民政府", "", Some("110105")),
            ("规范性文件", "国务院办公厅", "", Some("000000")),
            ("法律", "", "中华人民共和国专利法", Some("000000")),
            ("部门规章", "教育部", "", Some("000000")),
            ("地方性法规", "", "浙江省水资源条例", Some("330000")),
            // There are several of that name.
            ("规范性文件", "鼓楼区人民政府", "", None),
            ("规范性文件", "锦城市人民政府", "", None),
            ("", "", "", None),
        ] {
            assert_eq!(region(authority, issuer, title), want, "{issuer}{title}");
        }
    }
}
