//! Calculators against figures worked out elsewhere, and half-filled forms.

use std::collections::BTreeMap;

use entitlement::{BadCalculation, Calculation, Calculators};

use crate::calculators;

fn compute(name: &str, inputs: &[(&str, &str)]) -> Result<Calculation, BadCalculation> {
    let inputs: BTreeMap<String, String> =
        inputs.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    calculators().compute(name, None, &inputs)
}

fn figures(name: &str, inputs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let done = compute(name, inputs).unwrap();
    assert_eq!(done.unmet, [], "{name}");
    done.figures.into_iter().map(|figure| (figure.id, figure.value)).collect()
}

#[test]
fn payments_are_exact_to_the_fen() {
    // Worked out with fifty digits: 4003.3971…, 10542.9252…, 2791.7978….
    for (principal, home, years, payment) in [
        ("1000000", "first", "30", "4003.40"),
        ("600000", "first", "5", "10542.93"),
        ("500000", "second", "20", "2791.80"),
    ] {
        let got = figures("equal_payment", &[("principal", principal), ("home", home), ("years", years)]);
        assert_eq!(got["payment"], payment);
    }
    let got = figures("equal_principal", &[("principal", "600,000"), ("home", "first"), ("years", "30")]);
    assert_eq!((got["first_payment"].as_str(), got["interest"].as_str()), ("2966.67", "234650.00"));
    assert_eq!((got["less"].as_str(), got["last_payment"].as_str()), ("3.61", "1670.28"));
}

#[test]
fn the_loan_limit_is_the_least_of_its_bounds() {
    let form = |balance: &'static str, price: &'static str, income: &'static str, household: &'static str| {
        let form = [
            ("household", household),
            ("home", "first"),
            ("months", "12"),
            ("balance", balance),
            ("price", price),
            ("income", income),
        ];
        figures("loan_limit", &form)["limit"].clone()
    };
    assert_eq!(form("18000", "1500000", "12000", "single"), "360000.00");
    assert_eq!(form("90000", "1500000", "12000", "single"), "600000.00");
    assert_eq!(form("90000", "1500000", "12000", "couple"), "1000000.00");
    assert_eq!(form("90000", "1000000", "12000", "couple"), "800000.00");
    assert_eq!(form("90000", "1500000", "3000", "couple"), "374000.00");
}

#[test]
fn figures_are_read_as_people_write_them() {
    let own = |wage: &str| {
        let done = compute("deposit", &[("wage", wage), ("own_rate", "１２%"), ("employer_rate", "12")])?;
        Ok::<_, BadCalculation>(done.figures.iter().find(|f| f.id == "own").map(|f| f.value.clone()))
    };
    for wage in ["8000", "８０００元", "8,000.00", "8 000", "0.8万元", "0.8万"] {
        assert_eq!(own(wage).unwrap().as_deref(), Some("960.00"), "{wage}");
    }
    for wage in ["八千", "8000万万元", "元", "-", "8000美元"] {
        assert!(own(wage).is_err(), "{wage}");
    }
}

#[test]
fn every_figure_shows_its_rule_and_a_condition_its_article() {
    let calculators: Calculators = calculators();
    assert!(calculators.cities().all(|(_, _, _, sample)| sample));
    let done = compute("deposit", &[("wage", "8000"), ("own_rate", "12"), ("employer_rate", "12")]).unwrap();
    let own = done.figures.iter().find(|figure| figure.id == "own").unwrap();
    assert_eq!((own.value.as_str(), own.filled.as_str()), ("960.00", "8000 * 12 / 100"));
    assert_eq!(own.sources[0].label, "第十六条");
    let low = compute("deposit", &[("wage", "8000"), ("own_rate", "4"), ("employer_rate", "12")]).unwrap();
    assert!(low.figures.is_empty());
    assert_eq!(low.unmet[0].says, "个人缴存比例不得低于5%");
    assert_eq!(low.unmet[0].source.as_ref().map(|source| source.label.as_str()), Some("第十八条"));
    let short = compute(
        "loan_limit",
        &[
            ("household", "single"),
            ("home", "first"),
            ("months", "3"),
            ("balance", "1"),
            ("price", "1"),
            ("income", "1"),
        ],
    );
    assert_eq!(short.unwrap().unmet[0].says, "应当连续足额缴存6个月以上，现为3个月");
}

#[test]
fn withdrawals_keep_what_must_stay() {
    let rent = [("balance", "5000"), ("rent_paid", "20000"), ("rent_months", "12")];
    assert_eq!(figures("withdrawal_rent", &rent)["limit"], "4990.00");
    let rent = [("balance", "50000"), ("rent_paid", "20000"), ("rent_months", "12")];
    assert_eq!(figures("withdrawal_rent", &rent)["limit"], "18000.00");
    assert_eq!(figures("withdrawal_purchase", &[("balance", "5"), ("paid", "300000")])["limit"], "0.00");
    assert_eq!(figures("withdrawal_repayment", &[("balance", "80000"), ("repaid", "36000.5")])["limit"], "36000.50");
}

#[test]
fn half_a_form_is_told_whole() {
    let wrong = compute("loan_limit", &[("household", "family"), ("months", "1.5"), ("price", "-3"), ("rate", "1")]);
    let wrong = wrong.unwrap_err();
    assert!(wrong.to_string().contains("none of the choices") && wrong.to_string().contains("whole number"), "{wrong}");
    let BadCalculation::Inputs(all) = &wrong else { panic!("inputs") };
    let told: Vec<(&str, &str)> = all.iter().map(|one| (one.field.as_str(), one.reason)).collect();
    assert_eq!(
        told,
        [
            ("rate", "not_asked"),
            ("household", "option"),
            ("home", "missing_choice"),
            ("months", "whole_between"),
            ("balance", "missing"),
            ("price", "between"),
            ("income", "missing"),
        ]
    );
    assert_eq!((all[3].values["given"].as_str(), all[3].values["most"].as_str()), ("1.5", "720"));
    assert!(matches!(compute("tax", &[]), Err(BadCalculation::Unknown { what: "calculator", .. })));
}

#[test]
fn rules_that_name_what_is_not_there_are_refused() {
    let text = include_str!("../../../../scenarios/provident_fund/rules.toml");
    let refused = |from: &str, to: &str| Calculators::parse(&text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(refused("base * own_rate", "bass * own_rate").contains("uses `bass`"));
    assert!(refused("source = \"jc3\"", "source = \"jc99\"").contains("`jc99` that is not there"));
}
