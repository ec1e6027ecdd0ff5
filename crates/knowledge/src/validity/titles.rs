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
    // The two courts issue together, with and without a comma between them.
    key = key.replace("最高人民法院、最高人民检察院", "最高人民法院最高人民检察院");
    while let Some(shorter) = without_edition(&key) {
        key = shorter;
    }
    key
}

/// Drops a trailing `(2018年修正)`, `(2018修订)`, `(修订)`, `(2018-10-26)`. The amendments of a law are documents of
/// their own, so 宪法修正案(2018年) keeps its year.
fn without_edition(key: &str) -> Option<String> {
    let (front, mark) = key.strip_suffix(')')?.rsplit_once('(')?;
    let dated = mark.starts_with(|c: char| c.is_ascii_digit())
        && mark.chars().all(|c| c.is_ascii_digit() || "年月日-.修正订本版第一二三四五六七八九十次".contains(c));
    let marked = matches!(mark, "修订" | "修正" | "修订本" | "修正本" | "修订版" | "修正版" | "最新修订");
    ((dated || marked) && !front.is_empty() && !front.ends_with("修正案")).then(|| front.to_owned())
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
            "中华人民共和国公司法（修订）",
            "公司法（2023年第二次修订版）",
        ] {
            assert_eq!(title_key(title), "公司法", "{title}");
        }
        assert_eq!(title_key("关于适用《中华人民共和国民法典》的解释（一）"), "关于适用民法典的解释(一)");
        assert_eq!(title_key("人民检察院刑事诉讼规则（试行）"), "人民检察院刑事诉讼规则(试行)");
        assert_eq!(
            title_key("最高人民法院、最高人民检察院关于甲的解释"),
            title_key("最高人民法院 最高人民检察院关于甲的解释")
        );
    }

    #[test]
    fn amendments_are_documents_of_their_own() {
        assert_ne!(title_key("宪法修正案（1988年）"), title_key("宪法修正案（2018年）"));
        assert_ne!(title_key("中华人民共和国刑法修正案（十一）"), title_key("中华人民共和国刑法修正案（十二）"));
    }
}
