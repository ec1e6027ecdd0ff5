//! Numbers that only their label gives away: WeChat and QQ, medical records, insurance numbers.

use super::{Hit, Place};
use crate::kind::Kind;

/// A label's words, and the shape that may follow them.
struct Label {
    kind: Kind,
    words: &'static [&'static str],
    rule: &'static str,
    shape: fn(&Place<'_>, &[u8]) -> bool,
}

const LABELS: &[Label] = &[
    Label {
        kind: Kind::Wechat,
        words: &["微信", "微信号", "微信号码", "WECHAT", "WEIXIN", "VX", "V信", "微X", "薇信", "WX"],
        rule: "wechat.label",
        shape: wechat,
    },
    Label {
        kind: Kind::Qq,
        words: &["QQ", "QQ号", "QQ号码", "QQ群", "扣扣", "企鹅号", "QQ群号", "扣扣号"],
        rule: "qq.label",
        shape: qq,
    },
    Label { kind: Kind::MedicalRecord, words: MEDICAL, rule: "medical_record.label", shape: record },
    Label { kind: Kind::SocialSecurity, words: SOCIAL, rule: "social_security.label", shape: record },
];

const MEDICAL: &[&str] = &[
    "病历号",
    "病案号",
    "住院号",
    "门诊号",
    "就诊卡号",
    "就诊号",
    "检查号",
    "病历编号",
    "病案编号",
    "诊疗卡号",
    "登记号",
    "床位号",
    "影像号",
    "病历本号",
    "住院病历号",
    "门诊病历号",
    "住院病案号",
    "病历号码",
    "住院号码",
    "门诊号码",
    "病历",
    "病案",
];

const SOCIAL: &[&str] = &[
    "社保号",
    "社保卡号",
    "社保账号",
    "社保编号",
    "社会保障号",
    "社会保障号码",
    "社会保障卡号",
    "社会保险号",
    "社会保险号码",
    "医保号",
    "医保卡号",
    "医保编号",
    "医疗保险号",
    "医保账号",
    "社保电脑号",
    "个人社保号",
    "参保号",
    "个人编号",
    "社会保障卡卡号",
    "社会保险登记号",
    "社保卡",
    "医保卡",
    "社保号码",
    "社保卡号码",
    "医保卡号码",
];

/// Between a label and its number.
fn is_link(c: char) -> bool {
    matches!(
        c,
        ':' | '：'
            | ' '
            | '\u{3000}'
            | '是'
            | '为'
            | '='
            | '('
            | '（'
            | '\t'
            | '【'
            | '「'
            | '“'
            | '"'
            | '|'
            | '｜'
            | '.'
            | '#'
    )
}

fn qq(_: &Place<'_>, value: &[u8]) -> bool {
    (5..=11).contains(&value.len()) && value.iter().all(u8::is_ascii_digit) && value.first() != Some(&b'0')
}

/// A letter, then six to twenty of letters, digits, `_` and `-`.
fn wechat(_: &Place<'_>, value: &[u8]) -> bool {
    value.first().is_some_and(u8::is_ascii_alphabetic) && (5..=20).contains(&value.len())
}

fn record(_: &Place<'_>, value: &[u8]) -> bool {
    (5..=24).contains(&value.len()) && value.iter().filter(|b| b.is_ascii_digit()).count() >= 4
}

/// The end of a value that goes on over `_` and `-`.
fn extent(place: &Place<'_>) -> usize {
    let tail = place.text.get(place.first.end..).unwrap_or_default();
    let more = tail.bytes().take(20).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let more = tail.get(..more).unwrap_or_default().trim_end_matches(['_', '-']).len();
    place.first.end + more
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    if place.first.chars < 2 {
        return None;
    }
    let head = place.before(16).trim_end_matches(is_link);
    let last = head.chars().next_back()?;
    // One look at the last character spares the lists for most runs.
    if !matches!(
        last,
        '信' | '号' | '码' | '扣' | '群' | '卡' | '历' | '案' | 'q' | 'Q' | 'x' | 'X' | 't' | 'T' | 'n' | 'N'
    ) {
        return None;
    }
    let end = extent(place);
    let value = place.text.get(place.first.start..end)?;
    let mut plain = crate::scan::Folded::empty();
    for part in value.split(['_', '-']) {
        plain.push(part)?;
    }
    let upper = head.to_ascii_uppercase();
    LABELS
        .iter()
        .find(|label| label.words.iter().any(|word| upper.ends_with(word)) && (label.shape)(place, plain.as_bytes()))
        .map(|label| place.hit(label.kind, end, 0.9, label.rule))
}
