//! What a rule commands: must, may, must not; and words whose opposite turns a sentence around.

use super::flat::Flat;

/// The force of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Force {
    Forbid,
    Must,
    May,
    Not,
}

/// Longest first within one beginning.
const WORDS: &[(&str, Force)] = &[
    ("不应当", Force::Forbid),
    ("不可以", Force::Forbid),
    ("不允许", Force::Forbid),
    ("不得", Force::Forbid),
    ("不能", Force::Forbid),
    ("不准", Force::Forbid),
    ("不许", Force::Forbid),
    ("不可", Force::Forbid),
    ("不应", Force::Forbid),
    ("禁止", Force::Forbid),
    ("严禁", Force::Forbid),
    ("无权", Force::Forbid),
    ("不需要", Force::Not),
    ("不必", Force::Not),
    ("无需", Force::Not),
    ("无须", Force::Not),
    ("不须", Force::Not),
    ("没有", Force::Not),
    ("应当", Force::Must),
    ("必须", Force::Must),
    ("务必", Force::Must),
    ("可以", Force::May),
    ("有权", Force::May),
    ("允许", Force::May),
    ("能够", Force::May),
    ("不", Force::Not),
    ("未", Force::Not),
    ("非", Force::Not),
    ("无", Force::Not),
    ("免", Force::Not),
    ("应", Force::Must),
    ("须", Force::Must),
    ("可", Force::May),
    ("能", Force::May),
];

/// Words in which the character is no force at all.
const NOT_FORCE: &[&str] = &[
    "非法",
    "非常",
    "不动产",
    "无论",
    "不论",
    "不管",
    "不仅",
    "不但",
    "未来",
    "可能",
    "能力",
    "功能",
    "职能",
    "能源",
    "性能",
    "技能",
    "相应",
    "对应",
    "适应",
    "反应",
    "供应",
    "响应",
    "效应",
    "可靠",
    "认可",
    "许可",
    "应用",
    "应急",
    "可行",
    "可持续",
    "未成年",
    "无障碍",
    "不同",
    "不断",
    "不少",
    "无线",
    "无偿",
    "无形",
    "可再生",
    "不良",
    "非公有",
    "非营利",
    "应税",
    "应纳",
    "应收",
    "应付",
    "须知",
    "智能",
    "节能",
    "机能",
    "只能",
    "免费",
    "免疫",
    "不锈",
    "不过",
    "不久",
    "应届",
    "必须",
    "核能",
    "电能",
    "热能",
    "太阳能",
    "可燃",
    "可疑",
];

/// A word of force with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub force: Force,
    pub from: usize,
    pub to: usize,
}

/// Every word of force, in order.
pub(crate) fn read(flat: &Flat) -> Vec<Word> {
    let mut words = Vec::new();
    let mut i = 0;
    while let Some(c) = flat.get(i) {
        if !"不禁严无没应必务可有允能未非免须".contains(c) {
            i += 1;
            continue;
        }
        // An idiom may begin before this character: 许可, 智能.
        let idiom = NOT_FORCE.iter().find(|word| {
            let len = word.chars().count();
            (0..len).any(|back| i.checked_sub(back).is_some_and(|from| flat.has_at(from, word) && from + len > i))
        });
        if let Some(word) = idiom.filter(|word| **word != "必须") {
            let len = word.chars().count();
            let from =
                (0..len).find_map(|back| i.checked_sub(back).filter(|from| flat.has_at(*from, word))).unwrap_or(i);
            i = (from + len).max(i + 1);
            continue;
        }
        match WORDS.iter().find(|(word, _)| flat.has_at(i, word)) {
            Some((word, force)) => {
                let to = i + word.chars().count();
                words.push(Word { force: *force, from: i, to });
                i = to;
            }
            None => i += 1,
        }
    }
    words
}

/// Whether the character belongs to a word in which it is no force: 非法, 不动产.
pub(crate) fn is_idiom(flat: &Flat, at: usize) -> bool {
    NOT_FORCE.iter().any(|word| {
        let len = word.chars().count();
        (0..len).any(|back| at.checked_sub(back).is_some_and(|from| flat.has_at(from, word)))
    })
}

/// Wordings that say the same in a rule.
const EQUIVALENTS: &[&[&str]] = &[
    &["依", "按", "依照", "按照", "依据", "根据"],
    &["二", "两"],
    &["须", "应", "应当", "必须", "需", "需要", "要"],
    &["可", "可以", "能", "能够"],
    &["及", "和", "与", "以及", "并"],
    &["或", "或者"],
    &["内", "以内", "之内"],
    &["后", "以后", "之后"],
    &["前", "以前", "之前"],
    &["立即", "马上", "即时"],
    &["其", "他", "她", "他们", "本人"],
    &["该", "此", "这", "上述", "前述"],
    &["的", "之"],
    &["日", "天"],
    &["为", "是", "系"],
    &["如果", "如", "若", "倘若"],
    &["仍", "还", "仍然"],
    &["均", "都"],
    &["至", "到"],
    &["给予", "予以", "给", "处以", "处"],
];

/// Whether two wordings say the same.
pub(crate) fn is_equivalent(a: &str, b: &str) -> bool {
    EQUIVALENTS.iter().any(|set| set.contains(&a) && set.contains(&b))
}

/// Pairs that turn a sentence around when one stands for the other.
const OPPOSITES: &[(&str, &str)] = &[
    ("以上", "以下"),
    ("以内", "以外"),
    ("之前", "之后"),
    ("以前", "以后"),
    ("前", "后"),
    ("内", "外"),
    ("上", "下"),
    ("高于", "低于"),
    ("多于", "少于"),
    ("大于", "小于"),
    ("早于", "晚于"),
    ("提高", "降低"),
    ("增加", "减少"),
    ("有效", "无效"),
    ("合法", "非法"),
    ("合法", "违法"),
    ("有期", "无期"),
    ("有偿", "无偿"),
    ("同意", "拒绝"),
    ("批准", "驳回"),
    ("公开", "保密"),
    ("开始", "终止"),
    ("全部", "部分"),
    ("最高", "最低"),
    ("至少", "至多"),
    ("最多", "最少"),
    ("允许", "禁止"),
    ("主动", "被动"),
    ("成年", "未成年"),
    ("从重", "从轻"),
    ("加重", "减轻"),
    ("上级", "下级"),
    ("本地", "外地"),
    ("书面", "口头"),
    ("直接", "间接"),
    ("甲方", "乙方"),
    ("父", "母"),
    ("夫", "妻"),
    ("男", "女"),
    ("买", "卖"),
    ("债权", "债务"),
    ("原告", "被告"),
    ("出租", "承租"),
    ("多", "少"),
    ("高", "低"),
    ("重", "轻"),
    ("增", "减"),
    ("东", "西"),
    ("南", "北"),
    ("升", "降"),
    ("涨", "跌"),
    ("胜", "负"),
    ("生前", "死后"),
    ("或者", "并且"),
    ("或者", "以及"),
    ("或者", "和"),
    ("或", "并且"),
    ("但是", "并且"),
    ("但", "并"),
    ("但", "且"),
    ("且", "或"),
    ("和", "或"),
    ("并", "或"),
];

/// Whether one wording is the opposite of the other.
pub(crate) fn is_opposite(a: &str, b: &str) -> bool {
    OPPOSITES.iter().any(|(x, y)| (a == *x && b == *y) || (a == *y && b == *x))
}

#[cfg(test)]
mod tests {
    use super::{Force, read};
    use crate::claims::flat::Flat;

    #[test]
    fn idioms_have_no_force() {
        let forces = |text: &str| read(&Flat::new(text)).into_iter().map(|w| w.force).collect::<Vec<_>>();
        assert_eq!(forces("用人单位不得解除，应当续延，可以协商"), [Force::Forbid, Force::Must, Force::May]);
        assert_eq!(forces("行政许可、不动产、未成年人的智能能力"), []);
        assert_eq!(forces("未缴纳的，无需办理"), [Force::Not, Force::Not]);
    }
}
