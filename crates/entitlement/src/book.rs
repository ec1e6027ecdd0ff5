//! A book of policies, compiled once: every condition becomes a test on one number, and equal tests are one test.

use std::collections::BTreeMap;

use kernel::{Date, Region, Wrong};

use crate::field::{BadField, Fact, Field, FieldKind, Fields, Given, day_number, read_day};
use crate::number::Number;
use crate::policy::{Condition, EnterprisePolicy, Operator};

/// The number that stands for a missing fact.
pub(crate) const MISSING: i64 = i64::MIN;

/// What a fact must be, as a test on the one number every fact is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Test {
    Eq(i64),
    Lt(i64),
    Le(i64),
    Gt(i64),
    Ge(i64),
    /// Has at least one of the bits.
    Any(i64),
    /// Has none of the bits.
    Nothing(i64),
    /// Lies between, ends included.
    Between(i64, i64),
}

impl Test {
    /// Whether a fact that is there passes.
    pub(crate) fn holds(self, fact: i64) -> bool {
        match self {
            Self::Eq(value) => fact == value,
            Self::Lt(value) => fact < value,
            Self::Le(value) => fact <= value,
            Self::Gt(value) => fact > value,
            Self::Ge(value) => fact >= value,
            Self::Any(bits) => fact & bits != 0,
            Self::Nothing(bits) => fact & bits == 0,
            Self::Between(low, high) => low <= fact && fact <= high,
        }
    }
}

/// Every fact as one number. Options have at most 62 bits, so that no fact is [`MISSING`].
pub(crate) fn encode(fact: Option<Fact>) -> i64 {
    match fact {
        None => MISSING,
        Some(Fact::Number(number)) => number.parts().max(MISSING + 1),
        Some(Fact::Flag(flag)) => i64::from(flag),
        Some(Fact::Options(bits)) => i64::try_from(bits).unwrap_or(0),
        Some(Fact::Region(region)) => i64::from(region),
        Some(Fact::Day(day)) => i64::from(day),
    }
}

/// A condition that cannot be tested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy `{policy}`, {}: {wrong}", wrong.field)]
pub struct BadPolicy {
    /// The policy.
    pub policy: String,
    /// What is wrong; its field is a part of the policy, such as `condition 2` or `benefit`.
    pub wrong: Box<Wrong>,
}

impl BadPolicy {
    fn new(policy: &EnterprisePolicy, part: &str, wrong: Wrong) -> Self {
        let wrong = Box::new(Wrong { field: part.to_owned(), ..wrong });
        Self { policy: policy.id.clone(), wrong }
    }
}

/// One test of a group; `atom` is absent where only a person can judge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    pub(crate) condition: usize,
    pub(crate) atom: Option<usize>,
}

/// A policy, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub(crate) groups: Vec<Vec<Leaf>>,
    pub(crate) base: Option<usize>,
    pub(crate) days_left: Option<i32>,
    pub(crate) days_until_open: Option<i32>,
    /// Its place among all policies by id: what decides between equals.
    pub(crate) rank: u32,
}

/// Policies, compiled for one day.
#[derive(Debug, Clone)]
pub struct Book {
    pub(crate) fields: Fields,
    pub(crate) policies: Vec<EnterprisePolicy>,
    pub(crate) compiled: Vec<Compiled>,
    /// The tests, each once: the field's place and the test.
    pub(crate) atoms: Vec<(usize, Test)>,
    pub(crate) today: Date,
}

impl Book {
    /// Compiles the policies. A condition that cannot be tested is named.
    pub fn new(fields: &Fields, policies: Vec<EnterprisePolicy>, today: Date) -> Result<Self, BadPolicy> {
        let mut atoms: BTreeMap<(usize, Test), usize> = BTreeMap::new();
        let mut compiled = Vec::with_capacity(policies.len());
        for policy in &policies {
            compiled.push(compile(fields, policy, today, &mut atoms)?);
        }
        let mut by_id: Vec<usize> = (0..policies.len()).collect();
        by_id.sort_by(|a, b| policies.get(*a).map(|p| &p.id).cmp(&policies.get(*b).map(|p| &p.id)));
        for (rank, at) in (0..).zip(by_id) {
            if let Some(one) = compiled.get_mut(at) {
                one.rank = rank;
            }
        }
        let mut in_order: Vec<((usize, Test), usize)> = atoms.into_iter().collect();
        in_order.sort_by_key(|(_, at)| *at);
        let atoms = in_order.into_iter().map(|(atom, _)| atom).collect();
        Ok(Self { fields: fields.clone(), policies, compiled, atoms, today })
    }

    /// The policies.
    #[must_use]
    pub fn policies(&self) -> &[EnterprisePolicy] {
        &self.policies
    }

    /// The day it was compiled for.
    #[must_use]
    pub fn day(&self) -> Date {
        self.today
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }
}

fn compile(
    fields: &Fields,
    policy: &EnterprisePolicy,
    today: Date,
    atoms: &mut BTreeMap<(usize, Test), usize>,
) -> Result<Compiled, BadPolicy> {
    let mut groups: BTreeMap<u32, Vec<Leaf>> = BTreeMap::new();
    for (at, condition) in policy.live() {
        let bad = |wrong: Wrong| BadPolicy::new(policy, &format!("condition {}", at + 1), wrong);
        let atom = test_of(fields, condition, today).map_err(bad)?.map(|test| {
            let next = atoms.len();
            *atoms.entry(test).or_insert(next)
        });
        groups.entry(condition.group).or_default().push(Leaf { condition: at, atom });
    }
    // INVARIANT: a policy without readable conditions is never met by default: a person judges it.
    if groups.is_empty() {
        groups.insert(0, vec![Leaf { condition: usize::MAX, atom: None }]);
    }
    let base = match &policy.benefit.base {
        None => None,
        Some(id) => match fields.get(id) {
            Some(field) if field.kind == FieldKind::Number => fields.position(id),
            _ => {
                let says = format!("`{id}` is not a field with a number");
                return Err(BadPolicy::new(policy, "benefit", Wrong::new(id, "base", says).with("given", id)));
            }
        },
    };
    if let (Some(from), Some(until)) = (policy.window.from, policy.window.until)
        && from > until
    {
        let says = format!("it opens on {from} and closes before, on {until}");
        let wrong = Wrong::new("window", "window", says).with("from", from.to_string());
        return Err(BadPolicy::new(policy, "window", wrong.with("until", until.to_string())));
    }
    let days = |day: Date| today.until(day).ok().map(|span| span.get_days());
    Ok(Compiled {
        groups: groups.into_values().collect(),
        base,
        days_left: policy.window.until.and_then(days),
        days_until_open: policy.window.from.filter(|from| *from > today).and_then(days),
        rank: 0,
    })
}

/// The test of a condition; `None` when only a person can judge it.
fn test_of(fields: &Fields, condition: &Condition, today: Date) -> Result<Option<(usize, Test)>, Wrong> {
    let Some(id) = &condition.field else { return Ok(None) };
    let (Some(field), Some(at)) = (fields.get(id), fields.position(id)) else {
        return Err(Wrong::new(id, "unknown_field", format!("there is no field `{id}`")).with("given", id));
    };
    let (Some(operator), Some(value)) = (condition.operator, &condition.value) else {
        return Err(field.wrong("incomplete", format!("`{id}` needs an operator and a value")));
    };
    test(field, operator, value, today).map(|test| Some((at, test)))
}

fn test(field: &Field, operator: Operator, value: &Given, today: Date) -> Result<Test, Wrong> {
    let no_such = || Err(field.wrong("operator", format!("`{}` cannot be compared that way", field.id)));
    let read = |value: &Given| match field.read(value) {
        Ok(fact) => Ok(encode(Some(fact))),
        Err(BadField::Value(wrong)) => Err(*wrong),
        Err(other) => Err(field.wrong("operator", other.to_string())),
    };
    match field.kind {
        FieldKind::Number => {
            let number = read(value)?;
            ordered(operator, number).map_or_else(no_such, Ok)
        }
        FieldKind::Flag => {
            let flag = read(value)?;
            if operator == Operator::Eq { Ok(Test::Eq(flag)) } else { no_such() }
        }
        FieldKind::One | FieldKind::Many => {
            let list = match value {
                Given::List(list) => list.clone(),
                other => vec![other.to_string()],
            };
            if list.is_empty() {
                return Err(field.wrong("incomplete", format!("`{}` is compared with no option at all", field.id)));
            }
            let bits = list.iter().try_fold(0u64, |all, text| Some(all | field.bit(text)?));
            let Some(bits) = bits.and_then(|bits| i64::try_from(bits).ok()) else {
                return Err(field.unfit(value));
            };
            match operator {
                Operator::Eq | Operator::In => Ok(Test::Any(bits)),
                Operator::NotIn => Ok(Test::Nothing(bits)),
                Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge | Operator::Within => no_such(),
            }
        }
        FieldKind::Region => {
            let region = Region::parse(&value.to_string()).map_err(|_| field.unfit(value))?;
            match operator {
                Operator::Within | Operator::Eq | Operator::In => Ok(between(&region)),
                _ => no_such(),
            }
        }
        FieldKind::Day => day_test(operator, value, today).map_or_else(no_such, Ok),
    }
}

fn ordered(operator: Operator, number: i64) -> Option<Test> {
    Some(match operator {
        Operator::Eq => Test::Eq(number),
        Operator::Lt => Test::Lt(number),
        Operator::Le => Test::Le(number),
        Operator::Gt => Test::Gt(number),
        Operator::Ge => Test::Ge(number),
        Operator::In | Operator::NotIn | Operator::Within => return None,
    })
}

/// All codes that begin as the region's does: 510100 holds 510100 to 510199.
fn between(region: &Region) -> Test {
    let code: i64 = region.as_str().parse().unwrap_or(0);
    let width = [1_000_000, 10_000, 100].into_iter().find(|width| code % width == 0).unwrap_or(1);
    Test::Between(code, code + width - 1)
}

/// A day is compared with a day, or by the years that have passed since.
fn day_test(operator: Operator, value: &Given, today: Date) -> Option<Test> {
    if let Some(day) = match value {
        Given::Text(text) => read_day(text),
        Given::Flag(_) | Given::Number(_) | Given::List(_) => None,
    } {
        return ordered(operator, i64::from(day_number(day)));
    }
    let years = match value {
        Given::Number(years) => *years,
        Given::Text(text) => Number::parse(text)?,
        Given::Flag(_) | Given::List(_) => return None,
    };
    let months = years.parts().checked_mul(12)? / 10_000;
    let then = i64::from(day_number(months_before(today, months)?));
    Some(match operator {
        Operator::Ge => Test::Le(then),
        Operator::Gt => Test::Lt(then),
        Operator::Le => Test::Ge(then),
        Operator::Lt => Test::Gt(then),
        Operator::Eq | Operator::In | Operator::NotIn | Operator::Within => return None,
    })
}

/// The same day so many months earlier, or the last one of that month.
fn months_before(today: Date, months: i64) -> Option<Date> {
    let total = (i64::from(today.year()) * 12 + i64::from(today.month()) - 1).checked_sub(months)?;
    let year = i16::try_from(total.div_euclid(12)).ok()?;
    let month = i8::try_from(total.rem_euclid(12) + 1).ok()?;
    let first = Date::new(year, month, 1).ok()?;
    Date::new(year, month, today.day().min(first.days_in_month())).ok()
}
