//! Matching one enterprise: every condition is met, not met, or missing a fact; nothing is assumed.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::book::{Book, Compiled, MISSING, encode};
use crate::field::Given;
use crate::number::Number;
use crate::policy::{Condition, EnterprisePolicy};
use crate::profile::{BadProfile, Profile};

/// How a condition stands (满足 / 不满足 / 缺资料).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    Satisfied,
    /// The fact is not there, or a person must judge.
    Missing,
    /// It does not hold.
    Unsatisfied,
}

impl Standing {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Missing => "missing",
            Self::Unsatisfied => "unsatisfied",
        }
    }
}

/// How one condition of a policy stands for an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which condition, by its place in the policy.
    pub condition: usize,
    /// Its group: one of a group is enough.
    pub group: u32,
    /// How it stands.
    pub standing: Standing,
    /// What the enterprise has, when that is known.
    pub actual: Option<Given>,
    /// The field whose fact is missing; `None` when a person must judge.
    pub supply: Option<String>,
}

/// What a policy is worth to an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Worth {
    /// The amount in yuan, when it can be computed.
    pub amount: Option<Number>,
    /// The most in yuan, when only that is known.
    pub at_most: Option<Number>,
    /// The field that is missing to compute it.
    pub needs: Option<String>,
}

/// Whether one may apply today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Opening {
    /// Until the day so many days ahead; 0 is today.
    Open {
        /// Days left, when a last day is stated.
        days_left: Option<i32>,
    },
    /// In so many days.
    NotYet {
        /// Days until then.
        days: i32,
    },
    /// No longer.
    Closed,
    /// The policy states no time.
    Unstated,
}

/// Why an entitlement cannot be granted without an application (免申即享).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstantBar {
    /// A condition was not confirmed by a person, so the scope is not clear.
    Unconfirmed,
    /// A condition takes a person's judgement.
    Judgement,
    /// No amount can be computed, so the standard is not clear.
    Amount,
    /// A fact is not held by a government register.
    NotShared,
    /// A condition is not met, or a fact is missing.
    NotMet,
    /// One cannot apply today.
    NotOpen,
}

/// One policy for one enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The policy's place in the book.
    pub policy: usize,
    /// How it stands as a whole.
    pub standing: Standing,
    /// How much of it is met, in thousandths.
    pub closeness: u16,
    /// Each condition.
    pub marks: Vec<Mark>,
    /// What it is worth.
    pub worth: Worth,
    /// Whether one may apply today.
    pub opening: Opening,
    /// Why it cannot be granted without an application; empty when it can.
    pub instant_bars: Vec<InstantBar>,
}

/// The order of results: what is met first, open before closed, the more valuable, the closer, the sooner closed.
pub(crate) type Order = (Standing, bool, Reverse<i64>, Reverse<u16>, i32, u32);

impl Book {
    /// Every policy for one enterprise, the best first.
    pub fn matches(&self, profile: &Profile) -> Result<Vec<Match>, BadProfile> {
        let facts: Vec<i64> = profile.cells(&self.fields)?.into_iter().map(encode).collect();
        let mut found: Vec<(Order, Match)> = Vec::with_capacity(self.policies.len());
        for (at, (policy, compiled)) in self.policies.iter().zip(&self.compiled).enumerate() {
            let found_one = self.one(at, policy, compiled, &facts, profile);
            found.push((self.order(compiled, &found_one), found_one));
        }
        found.sort_by_key(|(order, _)| *order);
        Ok(found.into_iter().map(|(_, found)| found).collect())
    }

    /// One policy for one enterprise.
    pub fn match_one(&self, at: usize, profile: &Profile) -> Result<Option<Match>, BadProfile> {
        let facts: Vec<i64> = profile.cells(&self.fields)?.into_iter().map(encode).collect();
        let (Some(policy), Some(compiled)) = (self.policies.get(at), self.compiled.get(at)) else { return Ok(None) };
        Ok(Some(self.one(at, policy, compiled, &facts, profile)))
    }

    fn order(&self, compiled: &Compiled, found: &Match) -> Order {
        order(found.standing, compiled, found.worth.rank(), found.closeness)
    }

    fn one(
        &self,
        at: usize,
        policy: &EnterprisePolicy,
        compiled: &Compiled,
        facts: &[i64],
        profile: &Profile,
    ) -> Match {
        let mut marks = Vec::new();
        let (mut met, mut failed) = (0, false);
        for group in &compiled.groups {
            let mut best = Standing::Unsatisfied;
            for leaf in group {
                let standing = match leaf.atom.and_then(|atom| self.atoms.get(atom)) {
                    None => Standing::Missing,
                    Some((field, test)) => match facts.get(*field).copied().unwrap_or(MISSING) {
                        MISSING => Standing::Missing,
                        fact if test.holds(fact) => Standing::Satisfied,
                        _ => Standing::Unsatisfied,
                    },
                };
                best = best.min(standing);
                if let Some(condition) = policy.conditions.get(leaf.condition) {
                    marks.push(self.mark(leaf.condition, condition, standing, profile));
                }
            }
            match best {
                Standing::Satisfied => met += 1,
                Standing::Missing => {}
                Standing::Unsatisfied => failed = true,
            }
        }
        let standing = match (failed, met == compiled.groups.len()) {
            (true, _) => Standing::Unsatisfied,
            (false, true) => Standing::Satisfied,
            (false, false) => Standing::Missing,
        };
        marks.sort_by_key(|mark| mark.condition);
        let worth = worth(policy, compiled.base.map(|base| facts.get(base).copied().unwrap_or(MISSING)));
        let opening = opening(compiled);
        let instant_bars = self.instant_bars(policy, compiled, standing, &worth, opening);
        Match {
            policy: at,
            standing,
            closeness: closeness(met, compiled.groups.len()),
            marks,
            worth,
            opening,
            instant_bars,
        }
    }

    fn mark(&self, at: usize, condition: &Condition, standing: Standing, profile: &Profile) -> Mark {
        let field = condition.field.as_deref();
        let actual = |id: &str| Some(self.fields.get(id)?.settled(profile.facts.get(id)?));
        Mark {
            condition: at,
            group: condition.group,
            standing,
            actual: field.and_then(actual),
            supply: field.filter(|_| standing == Standing::Missing).map(str::to_owned),
        }
    }

    /// 免申即享 asks for a clear scope, a clear standard and complete data.
    fn instant_bars(
        &self,
        policy: &EnterprisePolicy,
        compiled: &Compiled,
        standing: Standing,
        worth: &Worth,
        opening: Opening,
    ) -> Vec<InstantBar> {
        let mut bars = Vec::new();
        if !policy.is_confirmed() {
            bars.push(InstantBar::Unconfirmed);
        }
        if compiled.groups.iter().flatten().any(|leaf| leaf.atom.is_none()) {
            bars.push(InstantBar::Judgement);
        }
        if worth.amount.is_none() {
            bars.push(InstantBar::Amount);
        }
        let used = policy.live().filter_map(|(_, c)| c.field.as_deref()).chain(policy.benefit.base.as_deref());
        if used.filter_map(|id| self.fields.get(id)).any(|field| !field.shared) {
            bars.push(InstantBar::NotShared);
        }
        if standing != Standing::Satisfied {
            bars.push(InstantBar::NotMet);
        }
        if matches!(opening, Opening::NotYet { .. } | Opening::Closed) {
            bars.push(InstantBar::NotOpen);
        }
        bars
    }
}

pub(crate) fn closeness(met: usize, groups: usize) -> u16 {
    u16::try_from(met * 1000 / groups.max(1)).unwrap_or(1000)
}

pub(crate) fn order(standing: Standing, compiled: &Compiled, rank: i64, closeness: u16) -> Order {
    let closed = matches!(opening(compiled), Opening::Closed);
    let days = compiled.days_left.unwrap_or(i32::MAX);
    (standing, closed, Reverse(rank), Reverse(closeness), days, compiled.rank)
}

pub(crate) fn opening(compiled: &Compiled) -> Opening {
    match (compiled.days_until_open, compiled.days_left) {
        (_, Some(left)) if left < 0 => Opening::Closed,
        (Some(days), _) => Opening::NotYet { days },
        (None, Some(left)) => Opening::Open { days_left: Some(left) },
        (None, None) => Opening::Unstated,
    }
}

impl Worth {
    /// What counts for the order.
    pub(crate) fn rank(&self) -> i64 {
        self.amount.or(self.at_most).map_or(0, Number::parts)
    }
}

/// What a policy is worth, given the fact it is a share of, [`MISSING`] when that is not there.
pub(crate) fn worth(policy: &EnterprisePolicy, base: Option<i64>) -> Worth {
    let benefit = &policy.benefit;
    let capped = |amount: Option<Number>| match (amount, benefit.cap) {
        (Some(amount), Some(cap)) => Some(amount.min(cap)),
        (amount, _) => amount,
    };
    match base {
        None if benefit.rate.is_some() => Worth { amount: None, at_most: benefit.cap, needs: None },
        None => match capped(benefit.amount) {
            Some(amount) => Worth { amount: Some(amount), ..Worth::default() },
            None => Worth { at_most: benefit.cap, ..Worth::default() },
        },
        Some(MISSING) => Worth { amount: None, at_most: benefit.cap, needs: benefit.base.clone() },
        Some(base) => {
            let base = Number::from_parts(base);
            let share = match (benefit.rate, benefit.amount) {
                (Some(rate), _) => base.percent(rate),
                (None, Some(each)) => base.product(each),
                (None, None) => None,
            };
            match capped(share) {
                Some(amount) => Worth { amount: Some(amount), ..Worth::default() },
                None => Worth { at_most: benefit.cap, ..Worth::default() },
            }
        }
    }
}
