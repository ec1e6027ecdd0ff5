//! Reading what a sentence gives: an amount, a share, a cap, and to whom.

use super::quantity::{self, Quantity, Unit};
use super::sentence::Reader;
use crate::number::Number;
use crate::policy::{Benefit, BenefitKind};

/// What a sentence gives.
pub(super) struct Found {
    /// The words that say to whom.
    pub(super) subject: String,
    pub(super) benefit: Benefit,
    pub(super) theme: String,
}

impl Found {
    /// Whether the sentence gives something to somebody, and does not mention a benefit in passing.
    pub(super) fn is_plain(&self) -> bool {
        self.subject.starts_with('对') || self.benefit.amount.is_some() || self.benefit.rate.is_some()
    }
}

/// The words that give.
const GIVING: &[&str] = &["给予", "奖励", "补贴", "补助", "资助", "贴息", "返还", "减免", "减征", "发放", "支持资金"];
/// The words before which the subject ends.
const TURNS: &[&str] =
    &["，给予", "给予", "，按照", "，按", "按照", "，一次性", "，最高", "，每", "，分别", "，返还", "，减按"];

/// What a sentence gives, under its article's heading; `None` when it gives nothing.
pub(super) fn read(reader: &Reader<'_>, heading: &str, text: &str) -> Option<Found> {
    let giving = GIVING.iter().filter_map(|word| text.find(word)).min()?;
    if ["不予", "取消", "追回", "收回", "骗取", "停止"].iter().any(|no| text.contains(no)) {
        return None;
    }
    let turn = TURNS.iter().filter_map(|word| text.find(word)).min().unwrap_or(giving);
    let subject = text.get(..turn)?;
    let hits = reader.hits(text);
    let mut benefit = Benefit { kind: kind(text.get(turn..)?), ..Benefit::default() };
    let mut found = false;
    for quantity in quantity::find(text).iter().filter(|quantity| quantity.end > turn) {
        found |= take(reader, text, &hits, quantity, &mut benefit);
    }
    // A sentence of giving without any figure is an item only when it says to whom.
    let names_somebody = subject.starts_with('对') && subject.chars().count() >= 4 && text.contains("给予");
    (found || names_somebody).then(|| Found {
        subject: subject.to_owned(),
        benefit,
        theme: theme(reader, heading, text, subject),
    })
}

/// Takes a figure into the benefit; says whether it is one.
fn take(
    reader: &Reader<'_>,
    text: &str,
    hits: &[super::sentence::Hit],
    quantity: &Quantity,
    benefit: &mut Benefit,
) -> bool {
    match quantity.unit {
        Unit::Money if is_cap(text, quantity) => {
            benefit.cap = Some(benefit.cap.map_or(quantity.number, |cap| cap.max(quantity.number)));
            true
        }
        Unit::Money if benefit.rate.is_some() || benefit.amount.is_some() => false,
        Unit::Money => {
            let words = before(text, quantity.start, 36);
            let of_people =
                ["每人", "每名", "每招用1人", "每吸纳1人", "每新招用1人"].iter().any(|word| words.contains(word));
            let of_pieces = ["每件", "每项"].iter().any(|word| words.contains(word));
            if of_people || of_pieces {
                let unit = if of_people { Unit::People } else { Unit::Pieces };
                // Without the field that is counted, an amount for each is no amount.
                let Some(base) = reader.measure_before(hits, quantity.start, unit) else { return true };
                benefit.base = Some(base.id.clone());
            }
            benefit.amount = Some(quantity.number);
            true
        }
        Unit::Percent if benefit.rate.is_none() && benefit.amount.is_none() => {
            benefit.rate = Some(quantity.number);
            benefit.base = reader.measure_before(hits, quantity.start, Unit::Money).map(|field| field.id.clone());
            true
        }
        Unit::Percent | Unit::People | Unit::Pieces | Unit::Years => false,
    }
}

fn is_cap(text: &str, quantity: &Quantity) -> bool {
    let words = before(text, quantity.start, 24);
    quantity.operator == Some(crate::policy::Operator::Le)
        || ["最高", "上限", "封顶", "不超过", "限额"].iter().any(|word| words.contains(word))
}

/// A cap that stands in a sentence of its own: `同一企业每年最高不超过200万元`.
pub(super) fn cap_alone(text: &str) -> Option<Number> {
    if ["给予", "奖励金额为"].iter().any(|word| text.contains(word)) || text.chars().count() > 40 {
        return None;
    }
    quantity::find(text).into_iter().find(|q| q.unit == Unit::Money && is_cap(text, q)).map(|q| q.number)
}

fn before(text: &str, place: usize, bytes: usize) -> &str {
    let mut from = place.saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let words = text.get(from..place).unwrap_or_default();
    words.rsplit(['，', '；']).next().unwrap_or(words)
}

fn kind(words: &str) -> BenefitKind {
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if has(&["贴息"]) {
        BenefitKind::Interest
    } else if has(&["返还", "减免", "减征", "免征"]) {
        BenefitKind::Relief
    } else if has(&["奖励", "奖补"]) {
        BenefitKind::Reward
    } else if has(&["补贴", "补助", "资助"]) {
        BenefitKind::Subsidy
    } else {
        BenefitKind::Other
    }
}

/// The theme whose words the heading names most, then the sentence. Of equals the one named last in the words that say
/// to whom, because what they are about ends them: `营业收入2000万元以上的高新技术企业` is about high-tech enterprises.
fn theme(reader: &Reader<'_>, heading: &str, text: &str, subject: &str) -> String {
    let mut best: Option<((usize, usize, usize), &str)> = None;
    for theme in reader.fields.themes() {
        let count = |text: &str| theme.words.iter().filter(|word| text.contains(word.as_str())).count();
        let last = theme.words.iter().filter_map(|word| Some(subject.rfind(word.as_str())? + word.len())).max();
        let score = (count(heading), count(text), last.unwrap_or(0));
        // What is still equal goes to the first in the list.
        if (score.0, score.1) != (0, 0) && best.is_none_or(|(most, _)| score > most) {
            best = Some((score, &theme.id));
        }
    }
    best.map(|(_, id)| id.to_owned()).unwrap_or_default()
}
