//! Hot issues (热点): appeals of one matter at one place, how many come each day, and where.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Region, Timestamp};

use crate::draft::Urgency;
use crate::likeness::Corpus;
use crate::places::Locality;
use crate::policy::Policy;

/// How far back an appeal still counts half, in days.
const HALF_LIFE_DAYS: f64 = 7.0;

/// An appeal as it is compared.
#[derive(Debug, Clone)]
pub struct Appeal {
    /// Its work order.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// What it is about.
    pub text: String,
    /// Its summary.
    pub summary: String,
    /// Where.
    pub place: Locality,
    /// The code of its category.
    pub category: Option<String>,
    /// How urgent.
    pub urgency: Urgency,
}

/// A hot issue.
#[derive(Debug, Clone, PartialEq)]
pub struct HotIssue {
    /// The summary of the appeal that is most like the others.
    pub title: String,
    /// The category most of them have.
    pub category: Option<String>,
    /// The division most of them name.
    pub region: Option<Region>,
    /// Its place in words.
    pub place: String,
    /// How hot: each appeal counts by its age and urgency.
    pub heat: f64,
    /// The work orders, the oldest first.
    pub orders: Vec<String>,
    /// When the first came.
    pub first_at: Timestamp,
    /// When the last came.
    pub last_at: Timestamp,
    /// How many came in the last seven days and in the seven before.
    pub lately: (usize, usize),
    /// How many came each day.
    pub days: Vec<(kernel::Date, usize)>,
}

/// Pairs of appeals, the later first, that are probably the same matter said again.
#[must_use]
pub fn repeats(policy: &Policy, appeals: &[Appeal]) -> Vec<(usize, usize, f32)> {
    let terms = policy.settings.repeats;
    let corpus = Corpus::new(appeals.iter().map(|appeal| appeal.text.as_str()), &policy.settings.hot.stop);
    let mut pairs = Vec::new();
    for (n, later) in appeals.iter().enumerate() {
        for (other, likeness) in corpus.like_own(n, terms.likeness) {
            let Some(earlier) = appeals.get(other) else { continue };
            let order = (earlier.at, other) < (later.at, n);
            if order && may_repeat(policy, later.at, earlier.at) && agree(&later.place, &earlier.place) {
                pairs.push((n, other, likeness));
            }
        }
    }
    pairs
}

/// Whether an earlier appeal is near enough in time to be the same matter.
#[must_use]
pub(crate) fn may_repeat(policy: &Policy, later: Timestamp, earlier: Timestamp) -> bool {
    later.millis_since(earlier) / 86_400_000 <= i64::from(policy.settings.repeats.days)
}

/// Groups appeals into hot issues, the hottest first.
#[must_use]
pub fn issues(policy: &Policy, appeals: &[Appeal], now: Timestamp) -> Vec<HotIssue> {
    let terms = &policy.settings.hot;
    let corpus = Corpus::new(appeals.iter().map(|appeal| appeal.text.as_str()), &terms.stop);
    let mut group: Vec<usize> = (0..appeals.len()).collect();
    let mut ties = vec![0.0_f32; appeals.len()];
    for (n, appeal) in appeals.iter().enumerate() {
        for (other, score) in corpus.like_own(n, terms.likeness) {
            if appeals.get(other).is_some_and(|other| agree(&appeal.place, &other.place)) {
                if let Some(tie) = ties.get_mut(n) {
                    *tie += score;
                }
                join(&mut group, n, other);
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for n in 0..appeals.len() {
        members.entry(root(&group, n)).or_default().push(n);
    }
    let mut issues: Vec<HotIssue> = members
        .into_values()
        .filter(|members| members.len() >= terms.least)
        .filter_map(|members| issue(appeals, &members, &ties, now))
        .collect();
    issues.sort_by(|a, b| b.heat.total_cmp(&a.heat).then_with(|| a.title.cmp(&b.title)));
    issues
}

fn issue(appeals: &[Appeal], members: &[usize], ties: &[f32], now: Timestamp) -> Option<HotIssue> {
    let mut own: Vec<&Appeal> = members.iter().filter_map(|n| appeals.get(*n)).collect();
    let tie = |n: &&usize| ties.get(**n).copied().unwrap_or(0.0);
    let centre = members.iter().max_by(|a, b| tie(a).total_cmp(&tie(b)).then(b.cmp(a)))?;
    let title = appeals.get(*centre)?.summary.clone();
    own.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
    let age = |appeal: &Appeal| days_between(appeal.at, now);
    let heat = own.iter().map(|a| 0.5_f64.powf(age(a) / HALF_LIFE_DAYS) * (1.0 + f64::from(a.urgency.rank()))).sum();
    let mut days: BTreeMap<kernel::Date, usize> = BTreeMap::new();
    for appeal in &own {
        *days.entry(appeal.at.date()).or_default() += 1;
    }
    let region = most(own.iter().filter_map(|a| a.place.region.clone().map(|r| r.to_string())));
    let place = most(own.iter().map(|a| format!("{}{}", a.place.name, a.place.detail)).filter(|p| !p.is_empty()));
    Some(HotIssue {
        title,
        category: most(own.iter().filter_map(|a| a.category.clone())),
        region: region.and_then(|code| Region::parse(&code).ok()),
        place: place.unwrap_or_default(),
        heat,
        first_at: own.first()?.at,
        last_at: own.last()?.at,
        lately: (
            own.iter().filter(|a| age(a) < 7.0).count(),
            own.iter().filter(|a| (7.0..14.0).contains(&age(a))).count(),
        ),
        days: days.into_iter().collect(),
        orders: own.into_iter().map(|appeal| appeal.id.clone()).collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "days of a few years")]
fn days_between(from: Timestamp, to: Timestamp) -> f64 {
    to.millis_since(from).max(0) as f64 / 86_400_000.0
}

/// The value that comes most often; of equals the first in order.
fn most(values: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0))).map(|(value, _)| value)
}

/// Whether two places may be one: neither contradicts the other.
#[must_use]
pub(crate) fn agree(a: &Locality, b: &Locality) -> bool {
    let regions = match (&a.region, &b.region) {
        (Some(a), Some(b)) => a.contains(b) || b.contains(a),
        _ => true,
    };
    let streets = match (&a.street, &b.street) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    regions && streets && details_agree(&a.detail, &b.detail)
}

/// Two addresses agree when one is not given, or both share a name: `魅力之城小区` and `润芳园小区` share only the word
/// for an estate.
fn details_agree(a: &str, b: &str) -> bool {
    let pairs = |text: &str| -> BTreeSet<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let (a, b) = (pairs(a), pairs(b));
    if a.is_empty() || b.is_empty() {
        return true;
    }
    a.intersection(&b).filter(|pair| !COMMON.contains(pair)).count() > 0
}

/// Pairs that many names of places have.
const COMMON: [(char, char); 14] = [
    ('小', '区'),
    ('街', '道'),
    ('社', '区'),
    ('花', '园'),
    ('广', '场'),
    ('大', '道'),
    ('公', '园'),
    ('路', '口'),
    ('门', '口'),
    ('工', '地'),
    ('附', '近'),
    ('学', '校'),
    ('市', '场'),
    ('公', '寓'),
];

fn root(group: &[usize], mut n: usize) -> usize {
    while let Some(up) = group.get(n).copied().filter(|up| *up != n) {
        n = up;
    }
    n
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(group, a), root(group, b));
    let (low, high) = (a.min(b), a.max(b));
    if let Some(slot) = group.get_mut(high) {
        *slot = low;
    }
}

#[cfg(test)]
mod tests {
    use super::{Appeal, issues};
    use crate::draft::Urgency;
    use crate::places::locality;
    use crate::policy::tests::policy;
    use kernel::Timestamp;

    #[test]
    fn appeals_of_one_matter_and_place_are_one_issue() {
        let policy = policy();
        let now = Timestamp::parse_rfc3339("2026-11-25T10:00:00+08:00").unwrap();
        let appeals: Vec<Appeal> = [
            (1, "锦东区滨江花园工地夜间施工，凌晨两点还在打桩，睡不着"),
            (2, "滨江花园旁边的工地夜间施工噪音大，凌晨还在打桩"),
            (9, "锦东区滨江花园边上工地凌晨打桩，夜间施工没人管"),
            // The same matter elsewhere.
            (1, "武侯区玉林小区旁边工地夜间施工，凌晨两点还在打桩"),
            (3, "请问公积金怎么提取"),
            (4, "医保异地报销要什么材料"),
        ]
        .into_iter()
        .enumerate()
        .map(|(n, (days, text))| Appeal {
            id: format!("wor_{n}"),
            at: now.plus_secs(-days * 86_400),
            text: text.to_owned(),
            summary: text.to_owned(),
            place: locality(&policy, text),
            category: Some("030101".to_owned()),
            urgency: Urgency::Normal,
        })
        .collect();
        let found = issues(&policy, &appeals, now);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].orders, ["wor_2", "wor_1", "wor_0"]);
        assert_eq!(found[0].lately, (2, 1));
        assert_eq!(found[0].region.as_ref().map(ToString::to_string).as_deref(), Some("510104"));
        assert_eq!(found[0].days.len(), 3);
    }
}
