//! The level of authority (效力级别) of a document, from its metadata or its title.

use serde::{Deserialize, Serialize};

/// From the highest to the lowest (立法法 第五章).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// 宪法.
    Constitution,
    /// 法律.
    Law,
    /// 行政法规.
    AdministrativeRegulation,
    /// 监察法规、司法解释.
    Interpretation,
    /// 地方性法规.
    LocalRegulation,
    /// 部门规章、地方政府规章.
    Rule,
    /// 规范性文件 and everything else.
    Normative,
}

impl Authority {
    /// What the metadata says, or what the title shows.
    #[must_use]
    pub fn of(stated: Option<&str>, title: &str) -> Self {
        match stated {
            Some(text) if text.contains("宪法") && !text.contains("相关") => return Self::Constitution,
            Some(text) if text.contains("行政法规") => return Self::AdministrativeRegulation,
            Some(text) if text.contains("司法解释") || text.contains("监察法规") => {
                return Self::Interpretation;
            }
            Some(text) if text.contains("地方性法规") || text.contains("自治条例") || text.contains("单行条例") =>
            {
                return Self::LocalRegulation;
            }
            Some(text) if text.contains("规章") => return Self::Rule,
            Some(text) if text.contains("规范性文件") => return Self::Normative,
            Some("法律") => return Self::Law,
            _ => {}
        }
        let title = title.trim_end_matches(|c: char| {
            c == '）' || c == ')' || c.is_ascii_digit() || "（(年修正订本试行-".contains(c)
        });
        if title.ends_with("宪法") {
            Self::Constitution
        } else if title.contains("最高人民法院") || title.contains("最高人民检察院") || title.contains("检察院")
        {
            Self::Interpretation
        } else if title.ends_with('法') && !title.ends_with("办法") || title.ends_with("法典") {
            Self::Law
        } else if title.ends_with("条例") || title.ends_with("实施细则") {
            Self::AdministrativeRegulation
        } else if title.ends_with("办法") || title.ends_with("规定") || title.ends_with("细则") {
            Self::Rule
        } else {
            Self::Normative
        }
    }

    /// By how much a clerk prefers it when the words match equally. Chosen on the statute set by cross-validation;
    /// flat between 1.15 and 1.3.
    #[must_use]
    pub fn factor(self) -> f32 {
        match self {
            Self::Constitution => 1.0,
            Self::Law => 1.2,
            Self::AdministrativeRegulation
            | Self::Interpretation
            | Self::LocalRegulation
            | Self::Rule
            | Self::Normative => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Authority;

    #[test]
    fn metadata_first_then_the_title() {
        for (stated, title, want) in [
            (Some("行政法规"), "工伤保险条例", Authority::AdministrativeRegulation),
            (Some("社会法"), "中华人民共和国劳动合同法", Authority::Law),
            (None, "中华人民共和国民法典", Authority::Law),
            (None, "中华人民共和国公司法（2018年修正）", Authority::Law),
            (None, "最高人民法院关于审理民间借贷案件适用法律若干问题的规定", Authority::Interpretation),
            (None, "住房公积金管理条例", Authority::AdministrativeRegulation),
            (None, "中国公民收养子女登记办法", Authority::Rule),
            (None, "关于推进基本养老服务体系建设的意见", Authority::Normative),
            (None, "中华人民共和国宪法", Authority::Constitution),
        ] {
            assert_eq!(Authority::of(stated, title), want, "{title}");
        }
    }
}
