//! Conflicts: two articles in force that regulate the same matter with different numbers, and the rule that decides.
//!
//! Conservative on purpose: sentences must share most of their words, differ in a number of the same unit, and the
//! number of the lower text must leave what the higher one allows. What no rule of the Legislation Law decides between
//! (a local regulation and a departmental rule, 立法法 第一百零六条) is not called a conflict here.

use std::collections::HashSet;
use std::sync::LazyLock;

use identity::{Cx, Permit};
use kernel::ids::{ArticleId, DocumentId};
use kernel::{Date, Region};
use regex::Regex;
use serde::Serialize;

use crate::authority::Authority;
use crate::difference::{dice, pairs};
use crate::endpoints::Asked;
use crate::found::{Passage, Retrieval};
use crate::knowledge::Knowledge;
use crate::reading::{READING, collection_id};
use crate::{Result, notes, numerals};

/// Sentences that share so much regulate the same matter.
const SAME_MATTER: f32 = 0.6;

/// So many articles like the one asked about are compared with it.
const COMPARED: usize = 40;

/// Which text prevails, by the Legislation Law (立法法).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictRule {
    /// 上位法优于下位法, 第九十九条、第一百条.
    HigherAuthority,
    /// 新法优于旧法, 第一百零三条.
    Newer,
    /// 特别法优于一般法, 第一百零三条.
    Special,
}

/// Which of the two prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prevails {
    /// The article asked about.
    This,
    /// The other one.
    Other,
}

/// An article that says something else on the same matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The other article.
    pub article_id: ArticleId,
    /// Its document.
    pub document_id: DocumentId,
    /// The document's title.
    pub document: String,
    /// Its label.
    pub label: String,
    /// The sentence that differs.
    pub text: String,
    /// The sentence of the article asked about.
    pub own_text: String,
    /// The rule that decides.
    pub rule: ConflictRule,
    /// Which one prevails.
    pub prevails: Prevails,
    /// The rule in a sentence for people.
    pub why: String,
}

/// A passage with what a conflict is decided by.
struct Norm<'p> {
    passage: &'p Passage,
    authority: Authority,
    from: Date,
    region: Region,
    quantities: Vec<Quantity>,
}

impl Knowledge {
    /// The articles of the same collection, in force today, that conflict with this one.
    pub async fn conflicts(&self, cx: &Cx, permit: &Permit, id: &ArticleId) -> Result<Vec<Conflict>> {
        let row = self.article_row(id).await?;
        let document = self.document_row(&crate::publish::document_id(&row.document_id)?).await?;
        let collection = collection_id(&document.collection_id)?;
        Self::admit(cx, permit, READING, &collection)?;
        if quantities(&row.text).is_empty() {
            return Ok(Vec::new());
        }
        let retrieval = Retrieval::of(vec![collection], COMPARED);
        let query: String = row.text.chars().take(300).collect();
        let found = self.look(cx, permit, &query, &retrieval, &Asked::default())?;
        let norms = self.norms(&found.passages);
        let Some(own) = norms.iter().find(|norm| norm.passage.article_id == *id) else {
            return Ok(Vec::new());
        };
        Ok(norms.iter().filter_map(|other| conflict(own, other)).collect())
    }

    /// The conflicts among passages: each pair once, by place.
    #[must_use]
    pub fn conflicts_among(&self, passages: &[Passage]) -> Vec<(usize, Conflict)> {
        let norms = self.norms(passages);
        let mut found = Vec::new();
        for (at, own) in norms.iter().enumerate() {
            let place = passages.iter().position(|passage| std::ptr::eq(passage, own.passage)).unwrap_or_default();
            for other in norms.iter().skip(at + 1) {
                found.extend(conflict(own, other).map(|conflict| (place, conflict)));
            }
        }
        found
    }

    /// The passages with numbers in them, ready to be compared.
    fn norms<'p>(&self, passages: &'p [Passage]) -> Vec<Norm<'p>> {
        let view = self.view();
        let norm = |passage: &'p Passage| {
            let quantities = quantities(&passage.text);
            let version = view.catalogue.version(&passage.version_id).filter(|_| !quantities.is_empty())?;
            let (authority, from) = (version.authority, version.window.from);
            Some(Norm { passage, authority, from, region: version.region.clone(), quantities })
        };
        passages.iter().filter_map(norm).collect()
    }
}

/// How `other` conflicts with `own`.
fn conflict(own: &Norm<'_>, other: &Norm<'_>) -> Option<Conflict> {
    if own.passage.document_id == other.passage.document_id {
        return None;
    }
    if !(own.region.contains(&other.region) || other.region.contains(&own.region)) {
        return None;
    }
    let (rule, own_prevails) = rule(own, other)?;
    let (left, right) = (&own.quantities, &other.quantities);
    let pair = left.iter().find_map(|a| right.iter().find(|b| a.contradicts(b, rule, own_prevails)).map(|b| (a, b)))?;
    let (winner, loser) = if own_prevails { (own, other) } else { (other, own) };
    Some(Conflict {
        article_id: other.passage.article_id.clone(),
        document_id: other.passage.document_id.clone(),
        document: other.passage.document.clone(),
        label: other.passage.label.clone(),
        text: pair.1.sentence.clone(),
        own_text: pair.0.sentence.clone(),
        rule,
        prevails: if own_prevails { Prevails::This } else { Prevails::Other },
        why: notes::conflict(rule, &winner.passage.document, &loser.passage.document),
    })
}

/// The rule that decides between two texts, and whether the first one prevails.
fn rule(own: &Norm<'_>, other: &Norm<'_>) -> Option<(ConflictRule, bool)> {
    use Authority::{Interpretation, LocalRegulation, Rule};
    if own.authority != other.authority {
        // Interpretations apply the law and departmental rules stand beside local ones: no rank between them.
        let unranked = |a, b| matches!((a, b), (Interpretation, _) | (LocalRegulation, Rule));
        let unranked = unranked(own.authority, other.authority) || unranked(other.authority, own.authority);
        return (!unranked).then(|| (ConflictRule::HigherAuthority, own.authority < other.authority));
    }
    if own.region != other.region {
        // Of the same kind, that of the wider place is above the other (省 above 设区的市).
        return Some((ConflictRule::HigherAuthority, own.region.contains(&other.region)));
    }
    let yields = |norm: &Norm<'_>| {
        ["另有规定的，从其规定", "另有规定的，依照其规定", "另有规定的除外", "有特别规定的"]
            .iter()
            .any(|words| norm.passage.text.contains(words))
    };
    match (yields(own), yields(other)) {
        (true, false) => Some((ConflictRule::Special, false)),
        (false, true) => Some((ConflictRule::Special, true)),
        _ if own.from == other.from || own.from == Date::MIN || other.from == Date::MIN => None,
        _ => Some((ConflictRule::Newer, own.from > other.from)),
    }
}

/// A sentence with its one number.
#[derive(Debug, Clone, PartialEq)]
struct Quantity {
    sentence: String,
    /// The sentence's character pairs without the number.
    pairs: HashSet<[char; 2]>,
    value: u64,
    unit: Unit,
    bound: Bound,
}

/// Units that can be compared: days, hours and so on stay apart, since a month is no number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    WorkingDays,
    Days,
    Months,
    Years,
    Hours,
    Percent,
    Yuan,
    Age,
}

/// Whether a number is the least or the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Least,
    Most,
    Exactly,
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants, tried by the tests below")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static QUANTITY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"百分之([一二三四五六七八九十百零〇0-9]+)|([0-9]+|[一二两三四五六七八九十百千万亿零]+)(个工作日|工作日|日|天|个月|月|年|小时|%|％|万元|元|周岁)",
    )
});
static LEAST: LazyLock<Regex> = LazyLock::new(|| regex(r"不(?:得)?(?:少于|低于|短于|小于)|至少|以上|满$"));
static MOST: LazyLock<Regex> =
    LazyLock::new(|| regex(r"不(?:得)?(?:超过|多于|高于|长于|大于)|最长|最高|最多|以下|以内|内"));
static DAY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[0-9〇○零一二三四五六七八九]{4}年|月[0-9一二三四五六七八九十]{1,3}日|第[一二三四五六七八九十百千零0-9]+(?:条|款|项)",
    )
});

/// The sentences of a text with exactly one number that can be compared.
fn quantities(text: &str) -> Vec<Quantity> {
    let sentences = text.split(['。', '；', '\n', ';']);
    sentences
        .filter(|sentence| sentence.chars().count() >= 12 && !DAY.is_match(sentence))
        .filter_map(|sentence| {
            let mut all = QUANTITY.captures_iter(sentence);
            let (only, None) = (all.next()?, all.next()) else { return None };
            let whole = only.get(0)?;
            let (number, unit) = match (only.get(1), only.get(2), only.get(3)) {
                (Some(share), ..) => (share.as_str(), Unit::Percent),
                (_, Some(number), Some(unit)) => (number.as_str(), unit_of(unit.as_str())?),
                _ => return None,
            };
            let times = if only.get(3).is_some_and(|unit| unit.as_str() == "万元") { 10_000 } else { 1 };
            let value = numerals::parse(number)?.checked_mul(times)?;
            let (before, after) = (sentence.get(..whole.start())?, sentence.get(whole.end()..)?);
            let near: String = before.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
            let next: String = after.chars().take(3).collect();
            let said = |pattern: &Regex| pattern.is_match(&near) || pattern.is_match(&next);
            let bound = if said(&LEAST) {
                Bound::Least
            } else if said(&MOST) {
                Bound::Most
            } else {
                Bound::Exactly
            };
            Some(Quantity {
                sentence: sentence.trim().to_owned(),
                pairs: pairs(&format!("{before}。{after}")),
                value,
                unit,
                bound,
            })
        })
        .collect()
}

fn unit_of(word: &str) -> Option<Unit> {
    Some(match word {
        "个工作日" | "工作日" => Unit::WorkingDays,
        "日" | "天" => Unit::Days,
        "个月" => Unit::Months,
        "年" => Unit::Years,
        "小时" => Unit::Hours,
        "%" | "％" => Unit::Percent,
        "万元" | "元" => Unit::Yuan,
        "周岁" => Unit::Age,
        // 三月 is the third of the year.
        _ => return None,
    })
}

impl Quantity {
    /// Whether the two cannot both be followed. A lower text may ask for less than the most that a higher one allows,
    /// and for more than its least.
    fn contradicts(&self, other: &Self, rule: ConflictRule, own_prevails: bool) -> bool {
        if self.unit != other.unit || self.value == other.value || self.bound != other.bound {
            return false;
        }
        let (high, low) = if own_prevails { (self, other) } else { (other, self) };
        let within = match high.bound {
            Bound::Most => low.value < high.value,
            Bound::Least => low.value > high.value,
            Bound::Exactly => false,
        };
        !(rule == ConflictRule::HigherAuthority && within) && dice(&self.pairs, &other.pairs) >= SAME_MATTER
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, ConflictRule, Unit, quantities};

    #[test]
    fn sentences_with_one_number_are_compared() {
        let found = quantities(
            "行政机关应当自受理之日起二十个工作日内作出决定。罚款五千元以上五万元以下。本法自2020年1月1日起施行。",
        );
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].value, found[0].unit, found[0].bound), (20, Unit::WorkingDays, Bound::Most));
        let share = quantities("经济补偿按照不低于工资的百分之三十支付给劳动者。");
        assert_eq!((share[0].value, share[0].unit), (30, Unit::Percent));
        assert_eq!(quantities("押金不得超过三万元，由承租人支付。")[0].value, 30_000);
    }

    #[test]
    fn what_a_lower_text_may_ask_is_no_conflict() {
        let read = |text: &str| quantities(text).remove(0);
        let law = read("行政机关应当自受理申请之日起三十日内作出决定。");
        let longer = read("行政机关应当自受理申请之日起六十日内作出决定。");
        let shorter = read("行政机关应当自受理申请之日起二十日内作出决定。");
        let other = read("用人单位应当在解除劳动合同后六十日内办理转移。");
        let higher = ConflictRule::HigherAuthority;
        assert!(law.contradicts(&longer, higher, true) && longer.contradicts(&law, higher, false));
        assert!(!law.contradicts(&shorter, higher, true));
        assert!(law.contradicts(&shorter, ConflictRule::Newer, false), "of two equal texts the newer one counts");
        assert!(!law.contradicts(&other, higher, true), "another matter");
    }
}
