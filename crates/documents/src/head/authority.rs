//! Level of authority (效力级别): what kind of norm a document is, by title, issuer and number.

/// The level, as the national database of laws names it; `None` when nothing says.
pub(crate) fn authority(title: &str, issuer: &str, doc_number: &str, category: &str) -> Option<&'static str> {
    let congress = "人民代表大会";
    let national = issuer.contains("全国人民代表大会") || issuer.contains("全国人大");
    if title.starts_with("中华人民共和国宪法") {
        return Some("宪法");
    }
    let courts = ["最高人民法院", "最高人民检察院"];
    if category == "司法解释"
        || doc_number.starts_with("法释")
        || doc_number.starts_with("高检发释")
        || courts.iter().any(|court| title.starts_with(court) && is_interpretation(title))
    {
        return Some("司法解释");
    }
    if let Some(level) = of_category(category) {
        return Some(level);
    }
    let national_title = title.starts_with("中华人民共和国");
    if national_title && (title.ends_with('法') || title.contains("法典") || title.contains("修正案")) {
        return Some("法律");
    }
    if national {
        return Some(if title.ends_with('法') || title.contains("法典") {
            "法律"
        } else {
            "有关法律问题的决定"
        });
    }
    if issuer.contains(congress) || title.contains(congress) && title.contains("条例") {
        return Some("地方性法规");
    }
    if courts.iter().any(|court| issuer.contains(court)) {
        return Some("司法解释");
    }
    let is_order = doc_number.contains('令');
    let norm =
        ["条例", "规定", "办法", "细则", "规则"].iter().any(|end| title.trim_end_matches(trailing).ends_with(end));
    if norm && (doc_number.contains("国务院令") || issuer == "国务院" && !doc_number.contains('〔')) {
        return Some("行政法规");
    }
    if national_title && title.trim_end_matches(trailing).ends_with("条例") {
        return Some("行政法规");
    }
    if is_order && issuer.ends_with("政府") {
        return Some("地方政府规章");
    }
    if is_order && ["部", "委员会", "总局", "局", "署", "银行", "办公室"].iter().any(|end| issuer.ends_with(end))
    {
        return Some("部门规章");
    }
    if norm
        && title.trim_end_matches(trailing).ends_with("条例")
        && ["省", "市", "自治区", "自治州", "自治县"].iter().any(|place| title.contains(place))
    {
        return Some("地方性法规");
    }
    (doc_number.contains('〔') || !issuer.is_empty()).then_some("规范性文件")
}

/// What sources call their categories, where that is a level.
fn of_category(category: &str) -> Option<&'static str> {
    Some(match category.rsplit('/').next().unwrap_or(category) {
        "行政法规" => "行政法规",
        "地方性法规" => "地方性法规",
        "部门规章" => "部门规章",
        "法律"
        | "民法典"
        | "宪法相关法"
        | "民法商法"
        | "行政法"
        | "经济法"
        | "社会法"
        | "刑法"
        | "诉讼与非诉讼程序法" => "法律",
        "宪法" => "宪法",
        "市场监督管理总局" | "公安部" | "人力资源社会保障部" | "国家安全部" => "部门规章",
        _ => return None,
    })
}

fn is_interpretation(title: &str) -> bool {
    ["解释", "规定", "批复", "规则", "决定"].iter().any(|word| title.contains(word))
}

/// What stands after the kind of norm: （试行）, （2024年修订）.
fn trailing(c: char) -> bool {
    matches!(c, '（' | '）' | '(' | ')' | '试' | '行' | '暂' | '修' | '订' | '正' | '年') || c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn levels_by_title_issuer_and_number() {
        for (title, issuer, number, category, want) in [
            ("中华人民共和国民法典", "", "", "", Some("法律")),
            ("中华人民共和国宪法", "", "", "宪法", Some("宪法")),
            ("中华人民共和国刑法修正案（十二）", "全国人民代表大会常务委员会", "", "刑法", Some("法律")),
            ("住房公积金管理条例", "国务院", "国务院令第262号", "", Some("行政法规")),
            ("杭州市燃气管理条例", "杭州市人民代表大会常务委员会", "", "", Some("地方性法规")),
            (
                "最高人民法院关于适用《中华人民共和国民法典》婚姻家庭编的解释（一）",
                "",
                "法释〔2020〕22号",
                "",
                Some("司法解释"),
            ),
            ("某管理办法", "国家市场监督管理总局", "国家市场监督管理总局令第40号", "", Some("部门规章")),
            ("关于加快推进养老服务发展的通知", "成都市人民政府办公厅", "成办发〔2022〕28号", "", Some("规范性文件")),
            ("会议室使用说明", "", "", "", None),
        ] {
            assert_eq!(authority(title, issuer, number, category), want, "{title}");
        }
    }
}
