//! Reading conditions out of a sentence: words of fields, quantities, options, and what no fact decides.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kernel::Region;
use regex::Regex;

use super::quantity::{self, Quantity, Unit};
use crate::field::{Field, FieldKind, Fields, Given};
use crate::policy::{Among, Clause, Condition, ConditionState, Operator};

/// A piece of an article: a sentence, an item, or the words that open a list.
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
}

/// The sentences of an article.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = at + c.len_utf8();
        let opens = c == '：' && chars.peek().is_none_or(|(_, next)| matches!(next, '（' | '(' | '\n' | '1' | '①'));
        if matches!(c, '。' | '；' | ';' | '！' | '\n') || opens {
            found.extend(text.get(start..if opens { after } else { at }).map(bare).filter(|t| !t.is_empty()));
            start = after;
        }
    }
    found.extend(text.get(start..).map(bare).filter(|t| !t.is_empty()));
    found.into_iter().map(|text| Piece { text }).collect()
}

#[expect(clippy::unwrap_used, reason = "a constant expression; a test reads it")]
static NUMBERING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:第[一二三四五六七八九十百零\d]+条|（[一二三四五六七八九十\d]+）|\([一二三四五六七八九十\d]+\)|\d{1,2}[.．、]|[一二三四五六七八九十]+、|[①-⑳])\s*")
        .unwrap()
});

/// Without its own number.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    NUMBERING.find(text).and_then(|m| text.get(m.end()..)).unwrap_or(text).trim()
}

/// Whether a sentence says that two benefits may not be had together.
pub(super) fn forbids_both(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "不重复享受",
        "不得重复",
        "就高不重复",
        "从高不重复",
        "不重复支持",
        "不可重复",
        "不再重复",
        "不能重复",
        "不重复兑现",
        "不重复补贴",
        "不重复奖励",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// Among which items a sentence of [`forbids_both`] lets only the highest be had. `同类政策` are those of one theme;
/// `本措施多项奖励` are all the document gives.
pub(super) fn among(text: &str) -> Among {
    const OWN: &[&str] = &["本措施", "本办法", "本政策", "本意见", "本细则", "本方案", "本规定", "本通知"];
    const SEVERAL: &[&str] = &["多项", "多个", "多条", "多种", "两项", "两个", "两条", "各项", "不同条款"];
    const ALIKE: &[&str] = &["同类", "同一类", "同一项目", "同一事项", "其他"];
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(OWN) && has(SEVERAL) && !has(ALIKE) { Among::Document } else { Among::Theme }
}

/// Whether a sentence of [`forbids_both`] is about rewards and nothing else.
pub(super) fn names_rewards(text: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    has(&["项奖励", "类奖励", "种奖励", "个奖励"])
        && !has(&["补贴", "补助", "资助", "贴息", "奖补", "政策", "支持", "扶持", "优惠", "资金"])
}

/// Whether a sentence only opens a list.
pub(super) fn only_opens(text: &str) -> bool {
    text.ends_with('：') || text.chars().count() < 4
}

/// Whether a sentence says to whom the whole document applies.
pub(super) fn is_scope(text: &str) -> bool {
    ["适用于", "支持对象为", "申报企业应", "申报主体应", "申报单位应"].iter().any(|word| text.contains(word))
}

/// What a word of the list of fields stands for.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// A number or a day.
    Measure(usize),
    Flag(usize),
    /// Options of a field.
    Options(usize, u64),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    target: Target,
    start: usize,
    end: usize,
}

/// Reads sentences by the words of the fields.
pub(super) struct Reader<'f> {
    pub(super) fields: &'f Fields,
    region: Option<&'f Region>,
    /// Words by their first character, the longest first.
    words: BTreeMap<char, Vec<(&'f str, Target)>>,
}

/// A condition with the bytes of the sentence it was read from.
struct Read {
    start: usize,
    end: usize,
    field: String,
    operator: Operator,
    value: Given,
}

#[expect(clippy::unwrap_used, reason = "a constant expression; a test reads it")]
static HERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:(?:本|我|全)(?:省|市|州|区|县)|[\p{Han}]{2,6}市|辖区)(?:行政区域|范围|辖区|区域)?内?(?:依法)?(?:注册|登记|设立|办理注册|纳税|工商登记|市场主体登记)").unwrap()
});

impl<'f> Reader<'f> {
    pub(super) fn new(fields: &'f Fields, region: Option<&'f Region>) -> Self {
        let mut words: BTreeMap<char, Vec<(&str, Target)>> = BTreeMap::new();
        let mut add = |word: &'f str, target: Target| {
            if let Some(first) = word.chars().next() {
                words.entry(first).or_default().push((word, target));
            }
        };
        for (at, field) in fields.all().iter().enumerate() {
            let own = std::iter::once(field.title.as_str()).chain(field.words.iter().map(String::as_str));
            match field.kind {
                FieldKind::Number | FieldKind::Day => own.for_each(|word| add(word, Target::Measure(at))),
                FieldKind::Flag => own.for_each(|word| add(word, Target::Flag(at))),
                FieldKind::One | FieldKind::Many => {
                    for option in &field.options {
                        for word in
                            std::iter::once(option.title.as_str()).chain(option.words.iter().map(String::as_str))
                        {
                            add(word, Target::Options(at, field.mask(word)));
                        }
                    }
                }
                FieldKind::Region => {}
            }
        }
        for list in words.values_mut() {
            list.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        Self { fields, region, words }
    }

    /// The words of the fields in a sentence, the longest at each place.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit> {
        let mut found: Vec<Hit> = Vec::new();
        let mut next = 0;
        for (at, c) in text.char_indices() {
            if at < next {
                continue;
            }
            let Some(rest) = text.get(at..) else { continue };
            let longest = self.words.get(&c).and_then(|list| list.iter().find(|(word, _)| rest.starts_with(word)));
            if let Some((word, target)) = longest {
                next = at + word.len();
                found.push(Hit { target: *target, start: at, end: next });
            }
        }
        found
    }

    /// The field with a number that stands nearest before a place, with a unit that fits.
    pub(super) fn measure_before(&self, hits: &[Hit], place: usize, unit: Unit) -> Option<&'f Field> {
        let field = |hit: &Hit| match hit.target {
            Target::Measure(at) => self.fields.all().get(at).filter(|field| fits(field, unit)),
            Target::Flag(_) | Target::Options(..) => None,
        };
        hits.iter().rev().filter(|hit| hit.end <= place && place - hit.end <= 75).find_map(field)
    }

    /// The conditions of a sentence. In the words before a benefit (`is_subject`) a sentence that says nothing but
    /// "enterprises that qualify" is none.
    pub(super) fn conditions(
        &self,
        text: &str,
        clause: &dyn Fn(&str) -> Clause,
        is_subject: bool,
        out: &mut Vec<Condition>,
    ) {
        let hits = self.hits(text);
        let mut read = self.measures(text, &hits);
        read.extend(self.options(text, &hits));
        read.extend(self.flags(text, &hits));
        if let (Some(region), Some(here)) = (self.region, HERE.find(text)) {
            read.extend(self.fields.all().iter().find(|field| field.kind == FieldKind::Region).map(|field| Read {
                start: here.start(),
                end: here.end(),
                field: field.id.clone(),
                operator: Operator::Within,
                value: Given::Text(region.as_str().to_owned()),
            }));
        }
        read.sort_by_key(|read| read.start);
        let mut group = out.iter().map(|c| c.group + 1).max().unwrap_or(0);
        let left_over = left_over(text, &read, is_subject);
        let mut before: Option<usize> = None;
        for read in read {
            let between = before.and_then(|end| text.get(end..read.start));
            // `A或者B` are alternatives; a comma or a full stop between them ends the choice.
            let alternative = between
                .is_some_and(|words| words.contains('或') && !words.contains("，且") && words.chars().count() <= 24);
            if before.is_some() && !alternative {
                group += 1;
            }
            before = Some(read.end);
            out.push(Condition {
                group,
                field: Some(read.field),
                operator: Some(read.operator),
                value: Some(read.value),
                evidence: clause(text),
                state: ConditionState::Proposed,
            });
        }
        if before.is_some() {
            group += 1;
        }
        for words in left_over {
            out.push(Condition { group, evidence: clause(words), ..Condition::default() });
            group += 1;
        }
    }

    fn measures(&self, text: &str, hits: &[Hit]) -> Vec<Read> {
        let mut found: Vec<Read> = Vec::new();
        let mut last: Option<(Quantity, &Field)> = None;
        for quantity in quantity::find(text) {
            // `2000万元以上5000万元以下`: the second half has the field of the first.
            let carried = last
                .as_ref()
                .filter(|(before, _)| quantity.start.saturating_sub(before.end) <= 6 && before.unit == quantity.unit);
            let field = match carried {
                Some((_, field)) => Some(*field),
                None => self.measure_before(hits, quantity.start, quantity.unit),
            };
            let (Some(field), Some(operator)) = (field, quantity.operator) else { continue };
            let start = hits.iter().rev().find(|hit| hit.end <= quantity.start).map_or(quantity.start, |hit| hit.start);
            found.push(Read {
                start: if carried.is_some() { quantity.start } else { start },
                end: quantity.end,
                field: field.id.clone(),
                operator,
                value: Given::Number(quantity.number),
            });
            last = Some((quantity, field));
        }
        found
    }

    fn options(&self, text: &str, hits: &[Hit]) -> Vec<Read> {
        let mut by_field: BTreeMap<(usize, bool), (u64, usize, usize)> = BTreeMap::new();
        for hit in hits {
            let Target::Options(field, bits) = hit.target else { continue };
            let after = text.get(hit.end..).unwrap_or_default();
            if self.fields.all().get(field).is_some_and(|field| field.kind == FieldKind::One) && !ends_noun(after) {
                continue;
            }
            let shut_out = before(text, hit.start, 24)
                .is_some_and(|words| ["除", "不含", "不包括", "不属于", "非"].iter().any(|no| words.contains(no)))
                || after.trim_start_matches("企业").starts_with("除外");
            let entry = by_field.entry((field, shut_out)).or_insert((0, hit.start, hit.end));
            entry.0 |= bits;
            entry.2 = hit.end;
        }
        let read = by_field.into_iter().filter_map(|((field, shut_out), (bits, start, end))| {
            let field = self.fields.all().get(field)?;
            let list = field.options_of(bits).map(|option| option.id.clone()).collect();
            let operator = if shut_out { Operator::NotIn } else { Operator::In };
            Some(Read { start, end, field: field.id.clone(), operator, value: Given::List(list) })
        });
        read.collect()
    }

    fn flags(&self, text: &str, hits: &[Hit]) -> Vec<Read> {
        let mut found: Vec<Read> = Vec::new();
        for hit in hits {
            let Target::Flag(at) = hit.target else { continue };
            let Some(field) = self.fields.all().get(at) else { continue };
            if found.iter().any(|read| read.field == field.id) {
                continue;
            }
            let negated = before(text, hit.start, 36)
                .is_some_and(|words| ["未", "无", "没有", "不存在", "不得"].iter().any(|no| words.contains(no)));
            // A fault is named to shut out, however the sentence is turned.
            let value = !field.adverse && !negated;
            found.push(Read {
                start: hit.start,
                end: hit.end,
                field: field.id.clone(),
                operator: Operator::Eq,
                value: Given::Flag(value),
            });
        }
        found
    }
}

/// Whether what follows leaves the word an option of its own: 制造业企业 is of an industry, 制造业中试平台 is a thing.
fn ends_noun(after: &str) -> bool {
    const FOLLOWERS: &[&str] = &[
        "企业", "小", "中", "微", "大型", "规模", "领域", "行业", "、", "，", "和", "或", "及", "与", "的", "除外",
        "（",
    ];
    const THINGS: &[&str] = &["中试", "中心", "小镇", "小区"];
    after.is_empty()
        || FOLLOWERS.iter().any(|next| after.starts_with(next)) && !THINGS.iter().any(|thing| after.starts_with(thing))
}

/// At most so many bytes before a place, from the last comma on.
fn before(text: &str, place: usize, bytes: usize) -> Option<&str> {
    let mut from = place.saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let words = text.get(from..place)?;
    Some(words.rsplit(['，', '。', '；']).next().unwrap_or(words))
}

fn fits(field: &Field, unit: Unit) -> bool {
    match (field.kind, unit) {
        (FieldKind::Day, Unit::Years) => true,
        (FieldKind::Number, Unit::Money) => field.unit == "元",
        (FieldKind::Number, Unit::Percent) => field.unit == "%",
        (FieldKind::Number, Unit::People) => field.unit == "人",
        (FieldKind::Number, Unit::Pieces) => field.unit == "件",
        _ => false,
    }
}

/// The parts of a sentence that look like a condition and from which nothing was read.
fn left_over<'t>(text: &'t str, read: &[Read], is_subject: bool) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in text.split_inclusive('，') {
        let end = start + part.len();
        let is_read = read.iter().any(|read| read.start < end && start < read.end);
        let words = part.trim_end_matches('，').trim();
        if !is_read && is_condition(words, is_subject) {
            found.push(words);
        }
        start = end;
    }
    found
}

fn is_condition(words: &str, is_subject: bool) -> bool {
    let length = words.chars().count();
    if !(5..=120).contains(&length) {
        return false;
    }
    if ["每人", "每名", "每家", "每户", "每件"].iter().any(|each| words.ends_with(each)) {
        return false;
    }
    const EMPTY: &[&str] = &[
        "符合条件",
        "符合上述",
        "符合本",
        "符合下列",
        "符合以下",
        "经认定",
        "经审核",
        "同时具备",
        "下列条件",
        "以下条件",
    ];
    if EMPTY.iter().any(|empty| words.contains(empty)) && length <= 16 {
        return false;
    }
    if is_subject {
        return !matches!(words.trim_start_matches('对'), "企业" | "各类企业" | "中标企业");
    }
    const SIGNS: &[&str] = &[
        "具有",
        "具备",
        "符合",
        "取得",
        "获得",
        "拥有",
        "属于",
        "列入",
        "纳入",
        "建立",
        "应当",
        "应为",
        "须",
        "必须",
        "完成",
        "开展",
        "的企业",
        "良好",
        "健全",
        "未",
        "无",
        "不得",
        "从事",
        "生产",
        "经营",
    ];
    SIGNS.iter().any(|sign| words.contains(sign))
}
