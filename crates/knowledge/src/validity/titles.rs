//! Titles of laws, as people write them and as they are compared.

/// The form in which titles are compared: brackets, spaces, the state's name and an edition mark are dropped.
#[must_use]
pub fn title_key(title: &str) -> String {
    let mut key: String = title
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '《' | '》' | '〈' | '〉' | '<' | '>' | '“' | '”' | '"' | '·'))
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            c => c,
        })
        .collect();
    key = key.replace("中华人民共和国", "");
    while let Some(shorter) = without_edition(&key) {
        key = shorter;
    }
    key
}

/// Drops a trailing `(2018年修正)`, `(2018修订)`, `(2018-10-26)`.
fn without_edition(key: &str) -> Option<String> {
    let (front, mark) = key.strip_suffix(')')?.rsplit_once('(')?;
    let is_edition = mark.starts_with(|c: char| c.is_ascii_digit())
        && mark.chars().all(|c| c.is_ascii_digit() || "年月日-.修正订本".contains(c));
    (is_edition && !front.is_empty()).then(|| front.to_owned())
}

#[cfg(test)]
mod tests {
    use super::title_key;

    #[test]
    fn the_same_law_has_the_same_key() {
        for title in [
            "中华人民共和国公司法",
            "《公司法》",
            " 公司法（2018年修正）",
            "公司法(2018-10-26)",
            "中华人民共和国公司法(2023年修订)",
        ] {
            assert_eq!(title_key(title), "公司法", "{title}");
        }
        assert_eq!(title_key("关于适用《中华人民共和国民法典》的解释（一）"), "关于适用民法典的解释(一)");
        assert_eq!(title_key("人民检察院刑事诉讼规则（试行）"), "人民检察院刑事诉讼规则(试行)");
    }
}
