//! One enterprise against the sample policies: condition by condition, in order, with what is missing.

use std::collections::BTreeMap;

use entitlement::{
    Book, ClashKind, Condition, ConditionState, EnterprisePolicy, Given, InstantBar, Number, Opening, Operator,
    Profile, Standing, Window, clashes, impact,
};

use crate::{day, fields, policies};

pub(crate) fn profile(facts: &[(&str, Given)]) -> Profile {
    let facts: BTreeMap<String, Given> = facts.iter().map(|(id, given)| ((*id).to_owned(), given.clone())).collect();
    Profile { id: "x".to_owned(), name: "某企业".to_owned(), credit_code: None, facts }
}

pub(crate) fn number(text: &str) -> Given {
    Given::Number(Number::parse(text).unwrap())
}

fn text(text: &str) -> Given {
    Given::Text(text.to_owned())
}

fn list(options: &[&str]) -> Given {
    Given::List(options.iter().map(|o| (*o).to_owned()).collect())
}

/// The sample policies as a person confirmed them.
fn confirmed() -> Vec<EnterprisePolicy> {
    let mut all = policies();
    for condition in all.iter_mut().flat_map(|policy| &mut policy.conditions) {
        condition.state = ConditionState::Confirmed;
    }
    all
}

fn software_house() -> Profile {
    profile(&[
        ("region", text("510104")),
        ("established", text("2018-05-06")),
        ("entity_type", text("company")),
        ("size", text("small")),
        ("industry", text("I")),
        ("qualification", list(&["high_tech", "tech_sme"])),
        ("revenue", number("42000000")),
        ("rd_spending", number("6200000")),
        ("rd_ratio", number("14.8")),
        ("first_recognition", Given::Flag(true)),
        ("dishonest", Given::Flag(false)),
        ("abnormal", Given::Flag(false)),
    ])
}

#[test]
fn each_condition_is_met_not_met_or_missing() {
    let book = Book::new(&fields(), confirmed(), day("2026-11-25")).unwrap();
    let found = book.matches(&software_house()).unwrap();
    let title = |at: usize| book.policies()[at].title.as_str();
    let standing = |wanted: &str| found.iter().find(|m| title(m.policy) == wanted).map(|m| m.standing);
    assert_eq!(standing("高新技术企业认定奖励"), Some(Standing::Satisfied));
    assert_eq!(standing("研发费用补贴"), Some(Standing::Satisfied));
    assert_eq!(standing("发明专利资助"), Some(Standing::Missing));
    assert_eq!(standing("技术改造补助"), Some(Standing::Unsatisfied));
    // The most valuable that is met comes first: 10 % of 6.2 million.
    assert_eq!(title(found[0].policy), "研发费用补贴");
    assert_eq!(found[0].worth.amount, Number::parse("620000"));
    assert_eq!(found[0].opening, Opening::Open { days_left: Some(36) });
    let patents = found.iter().find(|m| title(m.policy) == "发明专利资助").unwrap();
    let lacks: Vec<&str> = patents.marks.iter().filter_map(|mark| mark.supply.as_deref()).collect();
    assert_eq!(lacks, ["patents"]);
    assert!(found.windows(2).all(|pair| pair[0].standing <= pair[1].standing));
}

#[test]
fn nothing_is_granted_without_an_application_unless_all_is_clear() {
    let book = Book::new(&fields(), confirmed(), day("2026-11-25")).unwrap();
    let found = book.matches(&software_house()).unwrap();
    let bars = |wanted: &str| {
        found.iter().find(|m| book.policies()[m.policy].title == wanted).map(|m| m.instant_bars.clone()).unwrap()
    };
    assert_eq!(bars("高新技术企业认定奖励"), []);
    assert_eq!(bars("研发费用补贴"), [InstantBar::NotShared]);
    // The same policy as the machine proposed it waits for a person.
    let proposed = Book::new(&fields(), policies(), day("2026-11-25")).unwrap();
    let found = proposed.matches(&software_house()).unwrap();
    assert!(found.iter().all(|m| m.instant_bars.contains(&InstantBar::Unconfirmed)));
    // The day after the last one, nobody can apply.
    let late = Book::new(&fields(), confirmed(), day("2027-01-01")).unwrap();
    let found = late.matches(&software_house()).unwrap();
    let award = found.iter().find(|m| late.policies()[m.policy].title == "高新技术企业认定奖励").unwrap();
    assert_eq!((award.opening, award.instant_bars.as_slice()), (Opening::Closed, &[InstantBar::NotOpen][..]));
}

#[test]
fn a_policy_without_conditions_is_never_met_by_default() {
    let empty = EnterprisePolicy { id: "p".to_owned(), ..EnterprisePolicy::default() };
    let book = Book::new(&fields(), vec![empty], day("2026-11-25")).unwrap();
    let found = book.matches(&software_house()).unwrap();
    assert_eq!(found[0].standing, Standing::Missing);
    assert!(found[0].instant_bars.contains(&InstantBar::Judgement));
}

fn revenue_at_least(id: &str, theme: &str, value: &str) -> EnterprisePolicy {
    let condition = Condition {
        field: Some("revenue".to_owned()),
        operator: Some(Operator::Ge),
        value: Some(number(value)),
        state: ConditionState::Confirmed,
        ..Condition::default()
    };
    EnterprisePolicy {
        id: id.to_owned(),
        title: id.to_owned(),
        theme: theme.to_owned(),
        conditions: vec![condition],
        ..EnterprisePolicy::default()
    }
}

#[test]
fn a_change_says_who_gains_and_who_loses() {
    let (old, new) = (revenue_at_least("p", "growth", "20000000"), revenue_at_least("p", "growth", "30000000"));
    let with = |revenue: &str| profile(&[("revenue", number(revenue))]);
    let profiles = [with("10000000"), with("25000000"), with("40000000"), profile(&[])];
    let raised = impact(&fields(), Some(&old), Some(&new), &profiles, day("2026-11-25")).unwrap();
    assert_eq!((raised.gain, raised.lose), (vec![], vec![1]));
    let lowered = impact(&fields(), Some(&new), Some(&old), &profiles, day("2026-11-25")).unwrap();
    assert_eq!((lowered.gain, lowered.lose), (vec![1], vec![]));
    let withdrawn = impact(&fields(), Some(&old), None, &profiles, day("2026-11-25")).unwrap();
    assert_eq!(withdrawn.lose, [1, 2]);
}

#[test]
fn policies_that_clash_are_told() {
    let (a, b) = (revenue_at_least("a", "growth", "20000000"), revenue_at_least("b", "growth", "30000000"));
    let kinds = |list: &[EnterprisePolicy]| clashes(list).iter().map(|clash| clash.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&[a.clone(), b.clone()]), [ClashKind::DifferentCondition]);
    let mut only_highest = a.clone();
    only_highest.cumulation.only_highest = true;
    assert_eq!(kinds(&[only_highest, b.clone()]), [ClashKind::NotTogether, ClashKind::DifferentCondition]);
    assert_eq!(kinds(&[a.clone(), revenue_at_least("b", "trade", "30000000")]), []);
    // Policies that are never open on one day do not contradict each other.
    let early = EnterprisePolicy { window: Window { until: Some(day("2025-12-31")), ..Window::default() }, ..a };
    let late = EnterprisePolicy { window: Window { from: Some(day("2026-01-01")), ..Window::default() }, ..b };
    assert_eq!(kinds(&[early, late]), []);
}

#[test]
fn sample_policies_that_may_not_be_had_together_are_told() {
    let policies = policies();
    let apart: Vec<String> = clashes(&policies)
        .iter()
        .filter(|clash| clash.kind == ClashKind::NotTogether)
        .map(|clash| clash.policies.map(|at| policies[at].title.as_str()).join(" / "))
        .collect();
    assert_eq!(
        apart,
        [
            "高新技术企业认定奖励 / 重新认定奖励",
            "高新技术企业认定奖励 / 中试平台支持",
            "重新认定奖励 / 中试平台支持",
            "技术改造补助 / 小规模技改补助",
            "专精特新奖励 / 专精特新中小企业奖励",
            "首次升规奖励 / 增产奖励",
        ]
    );
    // Another document that says the same of its own items has nothing to do with these.
    let mut other = policies[0].clone();
    other.document = "另一份措施".to_owned();
    assert_eq!(clashes(&[policies[0].clone(), other]), []);
}

#[test]
fn what_cannot_be_tested_is_named() {
    let wrong = |change: fn(&mut EnterprisePolicy)| {
        let mut policy = revenue_at_least("p", "growth", "1");
        change(&mut policy);
        Book::new(&fields(), vec![policy], day("2026-11-25")).unwrap_err().to_string()
    };
    let unknown = wrong(|p| p.conditions[0].field = Some("turnover".to_owned()));
    assert_eq!(unknown, "policy `p`, condition 1: there is no field `turnover`");
    let text = wrong(|p| p.conditions[0].value = Some(Given::Text("many".to_owned())));
    assert_eq!(text, "policy `p`, condition 1: `revenue` takes a number, not `many`");
    let within = wrong(|p| p.conditions[0].operator = Some(Operator::Within));
    assert_eq!(within, "policy `p`, condition 1: `revenue` cannot be compared that way");
    let window = wrong(|p| {
        p.window.from = Some("2026-05-01".parse().unwrap());
        p.window.until = Some("2026-04-01".parse().unwrap());
    });
    assert_eq!(window, "policy `p`, window: it opens on 2026-05-01 and closes before, on 2026-04-01");
    let bad = profile(&[("size", text_given("huge"))]);
    let book = Book::new(&fields(), policies(), day("2026-11-25")).unwrap();
    assert_eq!(book.matches(&bad).unwrap_err().code(), "entitlement.bad_fact");
    let mistyped = Profile { credit_code: Some("91510104MA10000179".to_owned()), ..profile(&[]) };
    assert_eq!(
        book.matches(&mistyped).unwrap_err().to_string(),
        "the credit code `91510104MA10000179` is wrong (check_digit)"
    );
}

fn text_given(words: &str) -> Given {
    text(words)
}
