//! What a change of a policy does: who gains, who loses; and which policies do not go together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::book::{BadPolicy, Book};
use crate::field::{Fields, Given};
use crate::matching::Standing;
use crate::policy::{Among, Clause, EnterprisePolicy, Operator};
use crate::profile::{BadProfile, Profile};

/// What a change does to the enterprises that are known; places in the list of profiles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// Those who meet it now and did not before.
    pub gain: Vec<usize>,
    /// Those who met it and no longer do.
    pub lose: Vec<usize>,
    /// Those who met it, and now lack a fact.
    pub must_supply: Vec<usize>,
    /// Those whose amount changes: more.
    pub more: Vec<usize>,
    /// Those whose amount changes: less.
    pub less: Vec<usize>,
}

/// Why the impact cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoImpact {
    /// A policy cannot be tested.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// A profile cannot be read.
    #[error("profile {0}: {1}")]
    Profile(usize, BadProfile),
}

/// Compares two versions of a policy over profiles. Without the old one, everybody who meets the new one gains.
pub fn impact(
    fields: &Fields,
    old: Option<&EnterprisePolicy>,
    new: Option<&EnterprisePolicy>,
    profiles: &[Profile],
    today: kernel::Date,
) -> Result<Impact, NoImpact> {
    let before = Book::new(fields, old.cloned().into_iter().collect(), today)?;
    let after = Book::new(fields, new.cloned().into_iter().collect(), today)?;
    let mut impact = Impact::default();
    for (at, profile) in profiles.iter().enumerate() {
        let one = |book: &Book| book.match_one(0, profile).map_err(|error| NoImpact::Profile(at, error));
        let (was, is) = (one(&before)?, one(&after)?);
        let standing =
            |found: &Option<crate::Match>| found.as_ref().map_or(Standing::Unsatisfied, |found| found.standing);
        match (standing(&was), standing(&is)) {
            (Standing::Satisfied, Standing::Satisfied) => {
                let amount = |found: &Option<crate::Match>| found.as_ref().map_or(0, |found| found.worth.rank());
                match amount(&is).cmp(&amount(&was)) {
                    std::cmp::Ordering::Greater => impact.more.push(at),
                    std::cmp::Ordering::Less => impact.less.push(at),
                    std::cmp::Ordering::Equal => {}
                }
            }
            (Standing::Satisfied, Standing::Missing) => impact.must_supply.push(at),
            (Standing::Satisfied, Standing::Unsatisfied) => impact.lose.push(at),
            (Standing::Missing | Standing::Unsatisfied, Standing::Satisfied) => impact.gain.push(at),
            (Standing::Missing | Standing::Unsatisfied, _) => {}
        }
    }
    Ok(impact)
}

/// How two policies clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClashKind {
    /// Only one of them may be had.
    NotTogether,
    /// They ask for different values of the same fact for the same kind of benefit.
    DifferentCondition,
}

/// Two policies that clash, with the clauses that say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    /// How.
    pub kind: ClashKind,
    /// The places of both in the list.
    pub policies: [usize; 2],
    /// The field they differ in.
    pub field: Option<String>,
    /// The clauses, one of each, as far as they say it.
    pub evidence: Vec<Clause>,
}

/// The policies that do not go together, or contradict each other.
#[must_use]
pub fn clashes(policies: &[EnterprisePolicy]) -> Vec<Clash> {
    let mut found = Vec::new();
    for (a_at, b_at) in pairs(policies) {
        let (Some(a), Some(b)) = (policies.get(a_at), policies.get(b_at)) else { continue };
        let one_theme = !a.theme.is_empty() && a.theme == b.theme;
        if excludes(a, b, one_theme) {
            let evidence = [a, b].into_iter().filter_map(|policy| policy.cumulation.evidence.clone()).collect();
            found.push(Clash { kind: ClashKind::NotTogether, policies: [a_at, b_at], field: None, evidence });
        }
        if one_theme && a.benefit.kind == b.benefit.kind && overlap(a, b) && together(a, b) {
            found.extend(differences(a, b).map(|(field, evidence)| Clash {
                kind: ClashKind::DifferentCondition,
                policies: [a_at, b_at],
                field: Some(field),
                evidence,
            }));
        }
    }
    found
}

/// The pairs that have anything to do with each other: one theme, one document, or one names the other. Each once.
fn pairs(policies: &[EnterprisePolicy]) -> BTreeSet<(usize, usize)> {
    let mut alike: BTreeMap<(&str, &str, bool), Vec<usize>> = BTreeMap::new();
    let by_id: BTreeMap<&str, usize> = policies.iter().enumerate().map(|(at, p)| (p.id.as_str(), at)).collect();
    let mut found = BTreeSet::new();
    let mut pair = |a: usize, b: usize| a != b && found.insert((a.min(b), a.max(b)));
    for (at, policy) in policies.iter().enumerate() {
        if !policy.theme.is_empty() {
            alike.entry((&policy.theme, "", false)).or_default().push(at);
        }
        if in_document(policy) {
            alike.entry((&policy.document, &policy.issuer, true)).or_default().push(at);
        }
        for other in policy.cumulation.never_with.iter().filter_map(|id| by_id.get(id.as_str())) {
            pair(at, *other);
        }
    }
    for list in alike.values() {
        for (at, a) in list.iter().enumerate() {
            for b in list.iter().skip(at + 1) {
                pair(*a, *b);
            }
        }
    }
    found
}

/// Whether only one of two may be had.
fn excludes(a: &EnterprisePolicy, b: &EnterprisePolicy, one_theme: bool) -> bool {
    let names = |x: &EnterprisePolicy, y: &EnterprisePolicy| x.cumulation.never_with.contains(&y.id);
    let by_theme = |x: &EnterprisePolicy| x.cumulation.only_highest && x.cumulation.among == Among::Theme;
    let one_document = a.document == b.document && a.issuer == b.issuer && in_document(a) && in_document(b);
    names(a, b) || names(b, a) || one_document || one_theme && (by_theme(a) || by_theme(b))
}

/// Whether its document lets only the highest of several of its own items be had.
fn in_document(policy: &EnterprisePolicy) -> bool {
    policy.cumulation.only_highest && policy.cumulation.among == Among::Document && !policy.document.is_empty()
}

/// Whether there is a day on which both are open.
fn overlap(a: &EnterprisePolicy, b: &EnterprisePolicy) -> bool {
    let before = |x: &EnterprisePolicy, y: &EnterprisePolicy| matches!((x.window.until, y.window.from), (Some(until), Some(from)) if until < from);
    !before(a, b) && !before(b, a)
}

/// Whether both apply somewhere.
fn together(a: &EnterprisePolicy, b: &EnterprisePolicy) -> bool {
    match (&a.region, &b.region) {
        (Some(a), Some(b)) => a.contains(b) || b.contains(a),
        _ => true,
    }
}

fn differences<'p>(
    a: &'p EnterprisePolicy,
    b: &'p EnterprisePolicy,
) -> impl Iterator<Item = (String, Vec<Clause>)> + 'p {
    let lower = |operator: Option<Operator>| match operator {
        Some(Operator::Ge | Operator::Gt) => Some(true),
        Some(Operator::Le | Operator::Lt) => Some(false),
        _ => None,
    };
    a.live().filter_map(move |(_, one)| {
        let side = lower(one.operator)?;
        let field = one.field.as_ref()?;
        let (_, other) =
            b.live().find(|(_, other)| other.field.as_ref() == Some(field) && lower(other.operator) == Some(side))?;
        let differs = match (&one.value, &other.value) {
            (Some(Given::Number(x)), Some(Given::Number(y))) => x != y,
            (x, y) => x != y,
        };
        differs.then(|| (field.clone(), vec![one.evidence.clone(), other.evidence.clone()]))
    })
}
