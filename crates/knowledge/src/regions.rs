//! The region (行政区划) in which a document applies, from its title and who issued it.

use std::collections::HashMap;
use std::sync::LazyLock;

use kernel::Region;

/// Division codes by name. Names of counties and districts are not unique, so each keeps all its codes.
static DIVISIONS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut divisions: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in include_str!("../data/divisions.tsv").lines().filter(|line| !line.starts_with('#')) {
        if let Some((code, name)) = line.split_once('\t') {
            divisions.entry(name).or_default().push(code);
        }
    }
    divisions
});

/// The longest name of a division, in characters.
const LONGEST: usize = 16;

/// The region that a title or the name of a body begins with: 上海市…条例, 四川省成都市…, 杭州市萧山区….
/// `None` for the whole country and for what cannot be told.
#[must_use]
pub(crate) fn region_of(text: &str) -> Option<Region> {
    let mut rest = text.trim();
    let mut found: Option<&str> = None;
    while let Some((name, code)) = first(rest, found) {
        rest = rest.get(name.len()..).unwrap_or_default();
        found = Some(code);
    }
    Region::parse(found?).ok()
}

/// The longest division that `text` begins with, inside `within`; without one only names that stand for one place.
fn first(text: &str, within: Option<&str>) -> Option<(&'static str, &'static str)> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST);
    let mut best = None;
    for end in ends {
        let Some((name, codes)) = text.get(..end).and_then(|part| DIVISIONS.get_key_value(part)) else { continue };
        let mut inside = codes.iter().filter(|code| within.is_none_or(|within| lies_in(code, within)));
        if let (Some(code), None) = (inside.next(), inside.next()) {
            best = Some((*name, *code));
        }
    }
    best
}

fn lies_in(code: &str, within: &str) -> bool {
    code != within
        && Region::parse(within).is_ok_and(|within| Region::parse(code).is_ok_and(|code| within.contains(&code)))
}

#[cfg(test)]
mod tests {
    use super::region_of;

    #[test]
    fn titles_and_bodies_name_their_place() {
        for (text, want) in [
            ("上海市优化营商环境条例", Some("310000")),
            ("浙江省村民委员会选举办法", Some("330000")),
            ("杭州市燃气管理条例", Some("330100")),
            ("成都市人民政府办公厅", Some("510100")),
            ("四川省成都市武侯区人民政府", Some("510107")),
            ("中华人民共和国公司法", None),
            // Several cities have a 朝阳区.
            ("朝阳区人民政府", None),
            ("北京市朝阳区人民政府", Some("110105")),
            ("国务院办公厅", None),
            ("", None),
        ] {
            assert_eq!(region_of(text).map(|region| region.to_string()).as_deref(), want, "{text}");
        }
    }
}
