//! Measures matching: `measure score` times 100,000 enterprises against 1,000 policies in columns and compares a sample
//! with the single match; `measure make DIR` writes the same as JSON Lines for `shuzheng policies match`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measuring tool for the machine of whoever runs it"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use entitlement::{
    Benefit, Book, Columns, Condition, ConditionState, EnterprisePolicy, Field, FieldKind, Fields, Given, Number,
    Operator, Profile, Standing, Window,
};

const ENTERPRISES: usize = 100_000;
const POLICIES: usize = 1_000;
const TOP: usize = 20;
const SAMPLE: usize = 1_000;

/// A small generator of even numbers, the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

fn fields() -> Fields {
    Fields::parse(include_str!("../../../scenarios/enterprise_policies/fields.toml")).unwrap()
}

fn value(field: &Field, chance: &mut Chance) -> Given {
    let number = |wholes: usize| Given::Number(Number::whole(i64::try_from(wholes).unwrap()).unwrap());
    match field.kind {
        FieldKind::Number if field.unit == "元" => number((1 + chance.below(300)) * 100_000),
        FieldKind::Number if field.unit == "%" => number(chance.below(40)),
        FieldKind::Number => number(chance.below(400)),
        FieldKind::Flag => Given::Flag(chance.below(if field.adverse { 20 } else { 2 }) == 0),
        FieldKind::One => Given::Text(field.options[chance.below(field.options.len())].id.clone()),
        FieldKind::Many => {
            let list = field.options.iter().filter(|_| chance.below(5) == 0).map(|option| option.id.clone());
            Given::List(list.collect())
        }
        FieldKind::Region => Given::Text(["510104", "510105", "510112", "510781"][chance.below(4)].to_owned()),
        FieldKind::Day => Given::Text(format!("{}-{:02}-15", 2000 + chance.below(26), 1 + chance.below(12))),
    }
}

fn condition(group: u32, field: &Field, chance: &mut Chance) -> Condition {
    let (operator, value) = match field.kind {
        FieldKind::Number => ([Operator::Ge, Operator::Le][chance.below(2)], value(field, chance)),
        FieldKind::Flag => (Operator::Eq, Given::Flag(!field.adverse)),
        FieldKind::One | FieldKind::Many => {
            let list = (0..2).map(|_| field.options[chance.below(field.options.len())].id.clone());
            (Operator::In, Given::List(list.collect()))
        }
        FieldKind::Region => (Operator::Within, Given::Text("510100".to_owned())),
        FieldKind::Day => (Operator::Ge, Given::Number(Number::whole(1 + chance.below(5) as i64).unwrap())),
    };
    Condition {
        group,
        field: Some(field.id.clone()),
        operator: Some(operator),
        value: Some(value),
        state: ConditionState::Confirmed,
        ..Condition::default()
    }
}

fn policies(fields: &Fields) -> Vec<EnterprisePolicy> {
    let mut chance = Chance(1);
    let one = |at: usize| {
        let count = 3 + u32::try_from(chance.below(4)).unwrap();
        let mut conditions = Vec::new();
        for group in 0..count {
            for _ in 0..=usize::from(chance.below(6) == 0) {
                let field = &fields.all()[chance.below(fields.all().len())];
                conditions.push(condition(group, field, &mut chance));
            }
        }
        let benefit = if at.is_multiple_of(3) {
            Benefit {
                rate: Number::whole(10),
                base: Some("rd_spending".to_owned()),
                cap: Number::whole(1_000_000),
                ..Benefit::default()
            }
        } else {
            Benefit { amount: Number::whole(i64::try_from(10_000 * (1 + at % 50)).unwrap()), ..Benefit::default() }
        };
        let window = Window { until: "2026-12-31".parse().ok(), ..Window::default() };
        EnterprisePolicy {
            id: format!("p{at:04}"),
            title: format!("政策{at}"),
            conditions,
            benefit,
            window,
            ..EnterprisePolicy::default()
        }
    };
    (0..POLICIES).map(one).collect()
}

fn profiles(fields: &Fields) -> Vec<Profile> {
    let mut chance = Chance(2);
    let one = |at: usize| {
        let known = fields.all().iter().filter(|_| chance.below(10) < 7).cloned().collect::<Vec<Field>>();
        let facts: BTreeMap<String, Given> =
            known.iter().map(|field| (field.id.clone(), value(field, &mut chance))).collect();
        Profile { id: format!("e{at:06}"), name: format!("企业{at}"), credit_code: None, facts }
    };
    (0..ENTERPRISES).map(one).collect()
}

fn score() {
    let fields = fields();
    let book = Book::new(&fields, policies(&fields), "2026-11-25".parse().unwrap()).unwrap();
    let profiles = profiles(&fields);
    println!("| what | measured |\n|---|---|");
    let begun = Instant::now();
    let columns = Columns::of(&book, &profiles).unwrap();
    let reading = begun.elapsed();
    for threads in [1, 2] {
        let begun = Instant::now();
        let rows = book.batch(&columns, TOP, threads, &|_| {});
        let took = reading + begun.elapsed();
        println!(
            "| {ENTERPRISES} enterprises × {POLICIES} policies, the best {TOP} of each, {threads} thread(s) | {:.2} s |",
            took.as_secs_f64()
        );
        if threads == 2 {
            let met: usize = rows.iter().map(|row| row.satisfied).sum();
            let lacking: usize = rows.iter().map(|row| row.missing).sum();
            println!("| of {} pairs, met / lacking a fact | {met} / {lacking} |", ENTERPRISES * POLICIES);
            let begun = Instant::now();
            let mut same = 0;
            for at in (0..ENTERPRISES).step_by(ENTERPRISES / SAMPLE) {
                let found = book.matches(&profiles[at]).unwrap();
                let listed = found.iter().filter(|m| m.standing != Standing::Unsatisfied).take(TOP);
                let single: Vec<_> = listed.map(|m| (m.policy, m.standing, m.closeness)).collect();
                let batch: Vec<_> = rows[at].top.iter().map(|l| (l.policy, l.standing, l.closeness)).collect();
                same += usize::from(single == batch);
            }
            println!(
                "| single match of one enterprise with {POLICIES} policies, every condition marked | {:.2} ms |",
                begun.elapsed().as_secs_f64() * 1e3 / SAMPLE as f64
            );
            println!("| of {SAMPLE} enterprises, the same answers one by one | {same} |");
        }
    }
}

fn make(folder: &str) {
    let fields = fields();
    let write = |name: &str, lines: Vec<String>| {
        let mut file = std::io::BufWriter::new(std::fs::File::create(format!("{folder}/{name}")).unwrap());
        lines.iter().for_each(|line| writeln!(file, "{line}").unwrap());
    };
    write("policies.jsonl", policies(&fields).iter().map(|policy| serde_json::to_string(policy).unwrap()).collect());
    write("profiles.jsonl", profiles(&fields).iter().map(|profile| serde_json::to_string(profile).unwrap()).collect());
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("make") => make(&arguments[2]),
        _ => score(),
    }
}
