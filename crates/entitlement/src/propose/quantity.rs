//! Quantities in sentences: `2000万元以上`, `不低于5%`, `满三年`.

use regex::Regex;
use std::sync::LazyLock;

use crate::number::Number;
use crate::policy::Operator;

/// What a unit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Money,
    Percent,
    People,
    Pieces,
    Years,
}

/// A quantity, its unit, how it is compared, and where it stands (bytes).
#[derive(Debug, Clone)]
pub(super) struct Quantity {
    pub(super) number: Number,
    pub(super) unit: Unit,
    pub(super) operator: Option<Operator>,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[expect(clippy::unwrap_used, reason = "a constant expression; a test reads it")]
static QUANTITY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<before>不低于|不少于|不小于|不超过|不高于|不多于|不大于|未超过|至少|达到|超过|高于|大于|多于|低于|少于|小于|不足|不满|满|达|≥|≤|>|<)?",
        r"(?:人民币)?(?P<number>\d[\d,，]*(?:\.\d+)?|[一二三四五六七八九十百千两]+)\s*",
        r"(?P<unit>亿元|万元|元|个百分点|%|％|个月|周年|年|人|名|家|件|项|个)",
        r"(?:（含）|\(含\))?(?P<after>及以上|以上|及以下|以下|以内)?",
    ))
    .unwrap()
});

/// The quantities of a sentence.
pub(super) fn find(text: &str) -> Vec<Quantity> {
    QUANTITY.captures_iter(text).filter_map(|found| read(&found)).collect()
}

fn read(found: &regex::Captures<'_>) -> Option<Quantity> {
    let whole = found.get(0)?;
    let digits = found.name("number")?.as_str();
    let number = match Number::parse(digits) {
        Some(number) => number,
        None => Number::whole(i64::from(documents::numerals::value(digits)?))?,
    };
    let (unit, factor) = match found.name("unit")?.as_str() {
        "亿元" => (Unit::Money, 100_000_000),
        "万元" => (Unit::Money, 10_000),
        "元" => (Unit::Money, 1),
        "%" | "％" | "个百分点" => (Unit::Percent, 1),
        "人" | "名" => (Unit::People, 1),
        "年" | "周年" => (Unit::Years, 1),
        "个月" => (Unit::Years, 0),
        _ => (Unit::Pieces, 1),
    };
    let number = if factor == 0 { Number::from_parts(number.parts() / 12) } else { number.times(factor)? };
    // 2026年 is a year, not a span.
    if unit == Unit::Years && number.parts() > 1_000_000 {
        return None;
    }
    let before = found.name("before").map(|m| m.as_str());
    let after = found.name("after").map(|m| m.as_str());
    let operator = match (before, after) {
        (Some("不低于" | "不少于" | "不小于" | "至少" | "达到" | "达" | "满" | "≥"), _) => {
            Some(Operator::Ge)
        }
        (Some("不超过" | "不高于" | "不多于" | "不大于" | "未超过" | "≤"), _) => Some(Operator::Le),
        // 民法典第一千二百五十九条：“以上”“以下”包括本数，“超过”“不满”不包括本数。
        (Some("超过" | "高于" | "大于" | "多于" | ">"), _) => Some(Operator::Gt),
        (Some("低于" | "少于" | "小于" | "不足" | "不满" | "<"), _) => Some(Operator::Lt),
        (_, Some("以上" | "及以上")) => Some(Operator::Ge),
        (_, Some("以下" | "及以下" | "以内")) => Some(Operator::Le),
        _ => None,
    };
    Some(Quantity { number, unit, operator, start: whole.start(), end: whole.end() })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn quantities_have_a_number_a_unit_and_a_side() {
        let read = |text: &str| {
            let all: Vec<String> =
                find(text).iter().map(|q| format!("{:?} {} {:?}", q.operator, q.number, q.unit)).collect();
            all.join("; ")
        };
        assert_eq!(read("年营业收入2000万元以上"), "Some(Ge) 20000000 Money");
        assert_eq!(read("比例不低于5%"), "Some(Ge) 5 Percent");
        assert_eq!(read("成立满三年"), "Some(Ge) 3 Years");
        assert_eq!(read("不超过100万元"), "Some(Le) 1000000 Money");
        assert_eq!(read("从业人员超过300人"), "Some(Gt) 300 People");
        assert_eq!(read("2026年1月1日起施行"), "");
        assert_eq!(read("500万元（含）以上"), "Some(Ge) 5000000 Money");
    }
}
