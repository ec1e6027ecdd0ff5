//! Companies and other private bodies by rule: a legal form with a proper name before it.
//!
//! Organs of state, banks, schools and hospitals in questions about policy stay: they are not what is protected.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::identifiers::Hit;
use crate::kind::Kind;

const FORMS: &[&str] = &[
    "股份有限公司",
    "有限责任公司",
    "集团有限公司",
    "有限公司",
    "集团公司",
    "分公司",
    "子公司",
    "专业合作社",
    "农民专业合作社",
    "律师事务所",
    "会计师事务所",
    "事务所",
    "合伙企业",
    "经营部",
    "工作室",
];

static ENDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(FORMS).ok());

/// Words that name a sort of body and no body.
const GENERIC: &[&str] = &[
    "一人",
    "外国",
    "境外",
    "国外",
    "港澳",
    "香港",
    "澳门",
    "台湾",
    "规范",
    "大型",
    "中小型",
    "中小",
    "小微",
    "资质",
    "指定",
    "第三方",
    "国有独资",
    "独资",
    "控股",
    "国有控股",
    "国有",
    "股份",
    "责任",
    "外商投资",
    "外资",
    "中外合资",
    "上市",
    "非上市",
    "母",
    "子",
    "总",
    "分",
    "保险",
    "证券",
    "物业",
    "物业服务",
    "担保",
    "小额贷款",
    "融资担保",
    "房地产",
    "房地产开发",
    "开发",
    "劳务派遣",
    "人力资源",
    "人力资源服务",
    "投资",
    "咨询",
    "信托",
    "基金管理",
    "普通",
    "特殊普通",
    "有限",
    "特殊",
    "公办",
    "民办",
    "私立",
    "公立",
    "普惠性",
    "普惠",
    "农民",
    "专业",
    "会计师",
    "律师",
    "税务师",
    "资产评估",
    "设立",
    "新设",
    "成立",
    "注册",
    "开办",
    "变更",
    "注销",
    "转让",
    "收购",
    "所有",
    "部分",
    "一些",
    "任何",
    "其他",
    "上述",
    "某",
    "某某",
    "小区",
    "配套",
    "城镇",
    "农村",
    "街道",
    "社区",
    "供电",
    "热力",
    "运输",
    "装饰",
    "供水",
    "供热",
    "燃气",
    "自来水",
    "物流",
    "快递",
    "建筑",
    "施工",
    "装修",
    "旅游",
    "中介",
    "房产中介",
    "贷款",
    "教育",
    "培训",
    "科技",
    "集团",
    "个人独资",
    "合伙",
    "普通合伙",
    "有限合伙",
    "特殊的普通合伙",
    "评级",
    "评估",
    "拍卖",
    "典当",
    "租赁",
    "融资租赁",
    "网约车",
    "出租车",
    "公交",
    "环卫",
    "医疗",
    "药品",
    "食品",
    "民营",
    "本地",
    "外地",
    "当地",
    "我市",
    "全市",
    "本市",
    "各类",
    "不少",
    "许多",
    "很多",
    "多家",
    "两家",
    "三家",
    "几家",
    "一家",
];

/// Before a body's name.
const STOPS: &str = "的在与和及于向由对被是为从到给将把请问我你他她们该某本这那让叫跟去了过以或者个各每所家到即任由因且但如若当等、据按";

fn is_part(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
        || c.is_ascii_alphanumeric()
        || matches!(c, '（' | '）' | '(' | ')' | '·' | '&')
}

/// What is left of a name when the generic words at its ends are gone.
fn proper(mut name: &str) -> &str {
    'strip: loop {
        if GENERIC.contains(&name) {
            return "";
        }
        for word in GENERIC {
            if let Some(rest) = name.strip_prefix(word).or_else(|| name.strip_suffix(word)) {
                name = rest;
                continue 'strip;
            }
        }
        return name;
    }
}

pub(crate) fn find(text: &str, hits: &mut Vec<Hit>) {
    let Some(ends) = ENDS.as_ref() else { return };
    let mut done = 0;
    for form in ends.find_iter(text) {
        let head = text.get(done..form.start()).unwrap_or_default();
        let from =
            head.char_indices().rev().take(24).take_while(|(_, c)| is_part(*c)).last().map_or(head.len(), |(i, _)| i);
        let stretch = head.get(from..).unwrap_or_default();
        // The name begins after the last word that cannot be in it.
        let cut = stretch
            .char_indices()
            .rev()
            .find(|(i, c)| {
                STOPS.contains(*c) || (*c == '有' && !stretch.get(..*i).is_some_and(|head| head.ends_with('国')))
            })
            .map_or(0, |(i, c)| i + c.len_utf8());
        let name = stretch.get(cut..).unwrap_or_default().trim_start_matches([')', '）', '·', '&']);
        let own = proper(name);
        let start = form.start() - name.len();
        let chars = own.chars().count();
        let closed = own.matches(['(', '（']).count() == own.matches([')', '）']).count();
        if chars >= 2 && closed && !own.chars().all(|c| c.is_ascii_digit()) {
            let score = if chars >= 4 { 0.85 } else { 0.65 };
            hits.push(Hit { kind: Kind::Organisation, start, end: form.end(), score, rule: "organisation.legal_form" });
        }
        done = form.end();
    }
}

/// Whether a name is more than a sort of body.
pub(crate) fn is_proper(name: &str) -> bool {
    let own = form_of(name).map_or(name, |form| name.strip_suffix(form).unwrap_or(name));
    form_of(name).is_none() || proper(own).chars().count() >= 2
}

/// The masked form: the legal form stays.
pub(crate) fn to_suffix(value: &str) -> String {
    format!("***{}", form_of(value).unwrap_or_default())
}

/// The legal form at the end of a name.
pub(crate) fn form_of(value: &str) -> Option<&'static str> {
    FORMS.iter().filter(|form| value.ends_with(**form)).max_by_key(|form| form.len()).copied()
}

#[cfg(test)]
mod tests {
    use super::{find, to_suffix};

    fn bodies(text: &str) -> Vec<&str> {
        let mut hits = Vec::new();
        find(text, &mut hits);
        hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect()
    }

    #[test]
    fn companies_have_a_name_before_their_form() {
        assert_eq!(bodies("我在成都天府软件科技有限公司工作"), ["成都天府软件科技有限公司"]);
        assert_eq!(bodies("甲方：华夏（北京）投资集团有限公司"), ["华夏（北京）投资集团有限公司"]);
    }

    #[test]
    fn sorts_of_companies_are_no_company() {
        for text in [
            "有限责任公司的设立条件",
            "一人有限责任公司",
            "国有独资有限公司，股份有限公司",
            "设立有限责任公司应当具备",
            "物业服务有限公司",
            "律师事务所",
            "由律师事务所出具",
            "农民专业合作社法",
            "母公司与子公司",
            "特殊的普通合伙企业",
        ] {
            assert_eq!(bodies(text), Vec::<&str>::new(), "{text}");
        }
        assert_eq!(to_suffix("成都天府软件科技有限公司"), "***有限公司");
    }
}
