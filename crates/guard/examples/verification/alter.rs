//! One fact of a sentence changed, and the same sentence written fairly in another way.

use crate::Chance;

const AGENCIES: &[&str] = &[
    "国务院",
    "县级以上人民政府",
    "人民政府",
    "人民法院",
    "人民检察院",
    "公安机关",
    "税务机关",
    "市场监督管理部门",
    "劳动行政部门",
    "民政部门",
    "教育行政部门",
    "卫生健康主管部门",
    "生态环境主管部门",
    "自然资源主管部门",
    "住房城乡建设主管部门",
    "财政部门",
    "人力资源社会保障行政部门",
    "社会保险行政部门",
    "社会保险经办机构",
    "海关",
    "仲裁委员会",
    "居民委员会",
    "村民委员会",
    "工会",
    "行政机关",
    "行政复议机关",
    "公证机构",
    "住房公积金管理中心",
    "审计机关",
    "监察机关",
    "登记机关",
    "征收机关",
    "交通运输主管部门",
    "农业农村主管部门",
    "应急管理部门",
    "司法行政部门",
    "税务部门",
    "消费者协会",
    "银行",
    "医疗机构",
];
const PARTIES: &[(&str, &str)] = &[
    ("用人单位", "劳动者"),
    ("出租人", "承租人"),
    ("买受人", "出卖人"),
    ("债权人", "债务人"),
    ("经营者", "消费者"),
    ("申请人", "被申请人"),
    ("纳税人", "扣缴义务人"),
    ("发包人", "承包人"),
    ("原告", "被告"),
    ("父母", "子女"),
    ("董事会", "股东会"),
    ("个人", "单位"),
    ("学校", "学生"),
    ("监护人", "被监护人"),
    ("生产者", "销售者"),
    ("受害人", "侵权人"),
];
const CONDITIONS: &[(&str, &str)] = &[
    ("以上", "以下"),
    ("或者", "并且"),
    ("以内", "以外"),
    ("之前", "之后"),
    ("超过", "不足"),
    ("不满", "超过"),
    ("高于", "低于"),
    ("不少于", "不超过"),
    ("提前", "延后"),
    ("书面", "口头"),
    ("全部", "部分"),
    ("公开", "不公开"),
    ("主动", "被动"),
    ("无偿", "有偿"),
    ("同意", "反对"),
    ("有效", "无效"),
    ("故意", "过失"),
    ("从重", "从轻"),
];
const SCOPES: &[(&str, &str)] = &[
    ("县级以上", "省级以上"),
    ("设区的市级以上", "县级以上"),
    ("国务院", "省级人民政府"),
    ("省、自治区、直辖市", "设区的市"),
    ("全国", "全省"),
    ("中央", "地方"),
    ("农村", "城市"),
    ("城镇", "农村"),
    ("未成年人", "成年人"),
    ("境内", "境外"),
    ("公民", "外国人"),
    ("女职工", "男职工"),
    ("老年人", "未成年人"),
    ("残疾人", "老年人"),
    ("四川", "贵州"),
    ("成都", "绵阳"),
    ("国有", "集体所有"),
    ("法人", "自然人"),
    ("企业", "事业单位"),
];

/// A stretch of characters with a number in it: where it begins, where it ends, and the unit after it.
fn numbers(text: &[char]) -> Vec<(usize, usize, String)> {
    let is = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百千万".contains(c);
    let mut found = Vec::new();
    let mut i = 0;
    while i < text.len() {
        if !is(text[i]) {
            i += 1;
            continue;
        }
        let from = i;
        while i < text.len() && is(text[i]) {
            i += 1;
        }
        found.push((from, i, text[i..(i + 4).min(text.len())].iter().collect()));
    }
    found
}

pub(crate) fn replaced(text: &[char], from: usize, to: usize, with: &str) -> String {
    text[..from].iter().copied().chain(with.chars()).chain(text[to..].iter().copied()).collect()
}

/// Another number in the same notation.
fn other(number: &str, chance: &mut Chance) -> String {
    let pool: &[&str] = if number.chars().all(|c| c.is_ascii_digit()) {
        &["3", "7", "15", "20", "45", "60", "90", "120", "12", "2"]
    } else if number.contains('万') {
        &["一万", "三万", "八万", "十五万", "二十万", "五十万", "一百万"]
    } else if number.contains('千') || number.contains('百') {
        &["二百", "五百", "八百", "一千", "三千", "六千"]
    } else {
        &["三", "七", "十五", "二十", "四十五", "六十", "九十", "十二", "二", "四"]
    };
    loop {
        let new = pool[chance.below(pool.len())];
        if new != number {
            return new.to_owned();
        }
    }
}

fn figure(text: &str, units: &[&str], not_before: &[char], chance: &mut Chance) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let fits: Vec<(usize, usize, String)> = numbers(&chars)
        .into_iter()
        .filter(|(from, _, unit)| {
            units.iter().any(|u| unit.starts_with(u))
                && !from.checked_sub(1).is_some_and(|i| not_before.contains(&chars[i]))
        })
        .collect();
    let (from, to, _) = fits.get(chance.below(fits.len()))?.clone();
    let number: String = chars[from..to].iter().collect();
    Some(replaced(&chars, from, to, &other(&number, chance)))
}

fn swap(text: &str, pairs: &[(&str, &str)], chance: &mut Chance) -> Option<String> {
    let mut fits: Vec<(&str, &str)> = Vec::new();
    for (a, b) in pairs {
        if text.contains(a) {
            fits.push((a, b));
        } else if text.contains(b) {
            fits.push((b, a));
        }
    }
    let (a, b) = fits.get(chance.below(fits.len()))?;
    Some(text.replacen(a, b, 1))
}

/// The kinds of alteration.
pub(crate) const KINDS: &[&str] = &[
    "amount",
    "percentage",
    "deadline",
    "date",
    "age",
    "count",
    "negation",
    "modality",
    "agency",
    "article",
    "document_number",
    "condition",
    "exception",
    "scope",
];

/// One fact changed; `None` when the sentence has no such fact.
pub(crate) fn alter(kind: &str, text: &str, chance: &mut Chance) -> Option<String> {
    let new = match kind {
        "amount" => figure(text, &["元", "万元", "亿元"], &['第'], chance),
        "percentage" => {
            if let Some(at) = text.find("百分之") {
                let after = at + "百分之".len();
                let rest: Vec<char> = text[after..].chars().collect();
                let (from, to, _) = numbers(&rest).into_iter().next().filter(|(from, ..)| *from == 0)?;
                let number: String = rest[from..to].iter().collect();
                let new = other(&number, chance);
                Some(format!("{}{}", &text[..after], replaced(&rest, from, to, &new)))
            } else {
                figure(text, &["%"], &['.'], chance)
            }
        }
        "deadline" => figure(text, &["日", "个月", "年", "个工作日", "小时", "天"], &['第', '年', '月', '0'], chance)
            .filter(|_| !text.contains("年月日")),
        "date" => {
            let chars: Vec<char> = text.chars().collect();
            let fits: Vec<_> = numbers(&chars)
                .into_iter()
                .filter(|(from, to, unit)| {
                    (unit.starts_with('月') || unit.starts_with('年'))
                        && *to - *from <= 4
                        && chars.get(*to + 1).is_some_and(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(*c))
                })
                .collect();
            let (from, to, unit) = fits.get(chance.below(fits.len()))?.clone();
            let number: String = chars[from..to].iter().collect();
            let new = if unit.starts_with('年') {
                ["1999", "2011", "2017", "2020"][chance.below(4)]
            } else {
                ["3", "8", "11"][chance.below(3)]
            };
            (new != number).then(|| replaced(&chars, from, to, new))
        }
        "age" => figure(text, &["周岁", "岁"], &['第'], chance),
        "count" => {
            figure(text, &["人", "名", "倍", "次", "件", "份", "级", "户", "家", "张", "亩", "平方米"], &['第'], chance)
        }
        "negation" => {
            let pairs = [
                ("不得", "可以"),
                ("不应当", "应当"),
                ("禁止", "允许"),
                ("不需要", "需要"),
                ("未经", "经"),
                ("不予", "予以"),
                ("不能", "能"),
                ("不承担", "承担"),
                ("应当", "不应当"),
                ("可以", "不得"),
                ("有权", "无权"),
            ];
            let fits: Vec<_> = pairs.iter().filter(|(a, _)| text.contains(a)).collect();
            let (a, b) = fits.get(chance.below(fits.len()))?;
            Some(text.replacen(a, b, 1))
        }
        "modality" => {
            let pairs = [("应当", "可以"), ("可以", "应当"), ("必须", "可以")];
            let fits: Vec<_> = pairs.iter().filter(|(a, _)| text.contains(a)).collect();
            let (a, b) = fits.get(chance.below(fits.len()))?;
            Some(text.replacen(a, b, 1))
        }
        "agency" => {
            let fits: Vec<&&str> = AGENCIES.iter().filter(|a| text.contains(**a)).collect();
            let old = fits.get(chance.below(fits.len()))?;
            loop {
                let new = AGENCIES[chance.below(AGENCIES.len())];
                if !new.contains(**old) && !old.contains(new) {
                    break Some(text.replacen(**old, new, 1));
                }
            }
        }
        "document_number" => {
            let at = text.find('〕')? + '〕'.len_utf8();
            let rest: Vec<char> = text[at..].chars().collect();
            let (from, to, unit) = numbers(&rest).into_iter().next().filter(|(from, ..)| *from == 0)?;
            if !unit.starts_with('号') {
                return None;
            }
            let number: String = rest[from..to].iter().collect();
            let new = other(&number, chance);
            Some(format!("{}{}", &text[..at], replaced(&rest, from, to, &new)))
        }
        "condition" => swap(text, CONDITIONS, chance),
        "exception" => {
            let at = text.find("；但").or_else(|| text.find("，但"))?;
            let end = text[at..].find('。').map_or(text.len(), |n| at + n);
            Some(format!("{}{}", &text[..at], &text[end..]))
        }
        "scope" => {
            if chance.below(2) == 0 {
                swap(text, SCOPES, chance).or_else(|| swap(text, PARTIES, chance))
            } else {
                swap(text, PARTIES, chance).or_else(|| swap(text, SCOPES, chance))
            }
        }
        _ => None,
    }?;
    (new != text).then_some(new)
}

/// The same sentence written fairly in another way.
pub(crate) fn rewrite(style: usize, text: &str) -> String {
    match style {
        1 => arabic(text),
        2 => text.replace("应当", "应").replace("按照", "依照").replace("可以", "可"),
        3 => text.replace('；', "，").replace("或者", "或").replace("并且", "并"),
        4 => format!("您好，{text}"),
        _ => text.to_owned(),
    }
}

/// Chinese numerals before measures in digits.
fn arabic(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut i = 0;
    for (from, to, unit) in numbers(&chars) {
        let number: String = chars[from..to].iter().collect();
        let measure = ["日", "个月", "年", "元", "周岁", "倍", "个工作日", "小时", "万元", "人"]
            .iter()
            .any(|m| unit.starts_with(m));
        let before: String = chars[from.saturating_sub(3)..from].iter().collect();
        if !measure || before.ends_with('第') || before.ends_with("之") || number.chars().all(|c| c.is_ascii_digit())
        {
            continue;
        }
        if let Some(value) = value(&number) {
            out.extend(&chars[i..from]);
            out.push_str(&value);
            i = to;
        }
    }
    out.extend(&chars[i..]);
    out
}

fn value(number: &str) -> Option<String> {
    let (mut total, mut last) = (0_u64, None);
    let (head, ten_thousands) = match number.strip_suffix('万') {
        Some(head) => (head, true),
        None => (number, false),
    };
    for c in head.chars() {
        match c {
            '十' | '百' | '千' => {
                let unit = match c {
                    '十' => 10,
                    '百' => 100,
                    _ => 1000,
                };
                total += last.take().unwrap_or(1) * unit;
            }
            '万' => return None,
            _ => {
                let digit = "零一二三四五六七八九".chars().position(|d| d == c)? as u64;
                if last.is_some() {
                    return None;
                }
                last = Some(digit);
            }
        }
    }
    total += last.unwrap_or(0);
    Some(if ten_thousands { format!("{total}万") } else { total.to_string() })
}
