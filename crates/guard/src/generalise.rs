//! Generalisation: what remains of a value when it is made coarser (GB/T 37964): an address becomes its county, a
//! date of birth its year, a name its family name.

use crate::kind::Kind;
use crate::{bodies, people, places};

/// The coarser form of a value.
pub(crate) fn generalise(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Address => places::county_of(value).unwrap_or_else(|| "某地".to_owned()),
        Kind::DateOfBirth => year(value).map_or_else(|| "某年".to_owned(), |year| format!("{year}年")),
        Kind::PersonName => {
            let keep = if people::is_double_surname(value) { 2 } else { 1 };
            value.chars().take(keep).chain(['某']).collect()
        }
        Kind::Organisation => format!("某{}", bodies::form_of(value).unwrap_or("单位")),
        Kind::IdCard => id_card(value).unwrap_or_else(|| format!("（{}）", kind.label())),
        other => format!("（{}）", other.label()),
    }
}

fn year(value: &str) -> Option<&str> {
    value.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))
}

/// The province's and prefecture's digits and the decade of birth.
fn id_card(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let decade = match digits.len() {
        18 => digits.get(6..9)?.to_owned(),
        15 => format!("19{}", digits.get(6..7)?),
        _ => return None,
    };
    Some(format!("（身份证，{}，{decade}0年代生）", digits.get(..4)?))
}

#[cfg(test)]
mod tests {
    use super::generalise;
    use crate::kind::Kind;

    #[test]
    fn values_become_coarser() {
        for (kind, value, want) in [
            (Kind::Address, "四川省成都市武侯区人民南路四段11号", "四川省成都市武侯区"),
            (Kind::Address, "米兰春天花园G2栋320", "某地"),
            (Kind::DateOfBirth, "1990年1月1日", "1990年"),
            (Kind::PersonName, "欧阳小明", "欧阳某"),
            (Kind::PersonName, "王小明", "王某"),
            (Kind::Organisation, "成都天府软件科技有限公司", "某有限公司"),
            (Kind::IdCard, "11010519491231002X", "（身份证，1101，1940年代生）"),
            (Kind::Mobile, "13800138000", "（手机）"),
        ] {
            assert_eq!(generalise(kind, value), want);
        }
    }
}
