//! The batch is the single match: for any policies and profiles, on any number of threads.

use std::collections::BTreeMap;

use entitlement::{
    BatchRow, Benefit, Book, Columns, Condition, ConditionState, EnterprisePolicy, FieldKind, Given, Listed, Number,
    Operator, Profile, Standing, Window,
};
use proptest::prelude::*;

use crate::{day, fields};

/// A value of a field, from a seed: small ranges, so that conditions are met now and then.
fn value(kind: FieldKind, options: usize, seed: u64) -> Given {
    match kind {
        FieldKind::Number => Given::Number(Number::from_parts(i64::try_from(seed % 40).unwrap() * 5_000)),
        FieldKind::Flag => Given::Flag(seed.is_multiple_of(2)),
        FieldKind::One => Given::Text(option(options, seed)),
        FieldKind::Many => {
            let all = (0..options).filter(|at| seed >> at & 1 == 1);
            Given::List(all.map(|at| option(options, at as u64)).collect())
        }
        FieldKind::Region => Given::Text(["510100", "510104", "510000", "440305"][seed as usize % 4].to_owned()),
        FieldKind::Day => Given::Text(format!("20{:02}-0{}-15", seed % 25, 1 + seed % 9)),
    }
}

/// The options of fields are named by place here and put in by [`of_field`].
fn option(options: usize, seed: u64) -> String {
    format!("#{}", seed as usize % options.max(1))
}

/// Puts an option's id in place of its number.
fn of_field(field: &entitlement::Field, given: Given) -> Given {
    let id = |text: &String| match text.strip_prefix('#').and_then(|at| at.parse::<usize>().ok()) {
        Some(at) => field.options[at % field.options.len()].id.clone(),
        None => text.clone(),
    };
    match given {
        Given::Text(text) => Given::Text(id(&text)),
        Given::List(list) => Given::List(list.iter().map(id).collect()),
        other => other,
    }
}

fn condition((group, at, operator, seed, person): (u32, usize, usize, u64, bool)) -> Condition {
    let fields = fields();
    let field = &fields.all()[at % fields.all().len()];
    if person {
        return Condition { group, ..Condition::default() };
    }
    let (operator, given) = match field.kind {
        FieldKind::Number => {
            let all = [Operator::Eq, Operator::Lt, Operator::Le, Operator::Gt, Operator::Ge];
            (all[operator % 5], value(field.kind, 0, seed))
        }
        FieldKind::Flag => (Operator::Eq, value(field.kind, 0, seed)),
        FieldKind::One | FieldKind::Many => {
            let list = vec![option(field.options.len(), seed), option(field.options.len(), seed / 7)];
            (if operator.is_multiple_of(2) { Operator::In } else { Operator::NotIn }, Given::List(list))
        }
        FieldKind::Region => (Operator::Within, value(field.kind, 0, seed)),
        FieldKind::Day => {
            let all = [Operator::Lt, Operator::Le, Operator::Gt, Operator::Ge];
            (all[operator % 4], Given::Number(Number::from_parts(i64::try_from(seed % 20).unwrap() * 10_000)))
        }
    };
    Condition {
        group,
        field: Some(field.id.clone()),
        operator: Some(operator),
        value: Some(of_field(field, given)),
        state: if seed.is_multiple_of(11) { ConditionState::Rejected } else { ConditionState::Confirmed },
        ..Condition::default()
    }
}

fn policies() -> impl Strategy<Value = Vec<EnterprisePolicy>> {
    let conditions =
        prop::collection::vec((0u32..4, 0usize..64, 0usize..8, 0u64..9_999, prop::bool::weighted(0.05)), 0..6);
    let one = (conditions, 0u64..1_000_000, 0usize..4, 0u8..3);
    prop::collection::vec(one, 1..12).prop_map(|all| {
        let build = |(at, (conditions, amount, benefit, window)): (usize, (Vec<_>, u64, usize, u8))| EnterprisePolicy {
            id: format!("p{:03}", (at * 37) % 101),
            conditions: conditions.into_iter().map(condition).collect(),
            benefit: match benefit {
                0 => Benefit { amount: Number::whole(i64::try_from(amount).unwrap()), ..Benefit::default() },
                1 => Benefit {
                    rate: Number::whole(10),
                    base: Some("revenue".to_owned()),
                    cap: Number::whole(2),
                    ..Benefit::default()
                },
                2 => Benefit { cap: Number::whole(i64::try_from(amount).unwrap()), ..Benefit::default() },
                _ => Benefit { amount: Number::whole(3), base: Some("employees".to_owned()), ..Benefit::default() },
            },
            window: match window {
                0 => Window::default(),
                1 => Window { until: Some(day("2026-01-31")), ..Window::default() },
                _ => Window { from: Some(day("2026-12-01")), until: Some(day("2026-12-31")), ..Window::default() },
            },
            ..EnterprisePolicy::default()
        };
        all.into_iter().enumerate().map(build).collect()
    })
}

fn profiles() -> impl Strategy<Value = Vec<Profile>> {
    let one = prop::collection::btree_map(0usize..64, 0u64..9_999, 0..40);
    prop::collection::vec(one, 1..140).prop_map(|all| {
        let fields = fields();
        let build = |facts: BTreeMap<usize, u64>| {
            let fact = |(at, seed): (usize, u64)| {
                let field = &fields.all()[at % fields.all().len()];
                (field.id.clone(), of_field(field, value(field.kind, field.options.len(), seed)))
            };
            Profile { facts: facts.into_iter().map(fact).collect(), ..Profile::default() }
        };
        all.into_iter().map(build).collect()
    })
}

/// What the batch must say, from the single match.
fn by_single(book: &Book, profile: &Profile, top: usize) -> BatchRow {
    let found = book.matches(profile).unwrap();
    let count = |standing: Standing| found.iter().filter(|m| m.standing == standing).count();
    let listed = found.iter().filter(|m| m.standing != Standing::Unsatisfied).take(top).map(|m| Listed {
        policy: m.policy,
        standing: m.standing,
        closeness: m.closeness,
        amount: m.worth.amount.or(m.worth.at_most).unwrap_or_default(),
    });
    BatchRow {
        satisfied: count(Standing::Satisfied),
        missing: count(Standing::Missing),
        unsatisfied: count(Standing::Unsatisfied),
        top: listed.collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_batch_is_the_single_match(policies in policies(), profiles in profiles(), top in 0usize..6, threads in 1usize..4) {
        let book = Book::new(&fields(), policies, day("2026-11-25")).unwrap();
        let columns = Columns::of(&book, &profiles).unwrap();
        let rows = book.batch(&columns, top, threads, &|_| {});
        prop_assert_eq!(rows.len(), profiles.len());
        for (row, profile) in rows.iter().zip(&profiles) {
            prop_assert_eq!(row, &by_single(&book, profile, top));
        }
    }

    #[test]
    fn one_fact_more_never_makes_a_met_policy_missing(policies in policies(), profiles in profiles()) {
        let book = Book::new(&fields(), policies, day("2026-11-25")).unwrap();
        for profile in profiles.iter().take(10) {
            let all = book.matches(profile).unwrap();
            let mut fewer = profile.clone();
            let Some(dropped) = profile.facts.keys().next().cloned() else { continue };
            fewer.facts.remove(&dropped);
            for m in book.matches(&fewer).unwrap() {
                let now = all.iter().find(|other| other.policy == m.policy).unwrap();
                // What was decided without the fact stays decided with it.
                prop_assert!(m.standing == Standing::Missing || now.standing == m.standing);
            }
        }
    }
}
