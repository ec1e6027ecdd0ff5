//! What was entered into a calculator: read as people write figures, or everything that is wrong with it at once.

use std::collections::BTreeMap;

use kernel::Wrong;
use rust_decimal::Decimal;

use super::{BadCalculation, Calculator, Input, InputChoice, Inputs};

/// Figures, and ids of choices, by the input's id.
type Read = (BTreeMap<String, Decimal>, BTreeMap<String, String>);

/// The inputs as figures and choices, or everything that is wrong with them.
pub(super) fn read_inputs(rule: &Calculator, inputs: &Inputs) -> Result<Read, BadCalculation> {
    let (mut figures, mut choices) = (BTreeMap::new(), BTreeMap::new());
    let unasked = inputs.keys().filter(|id| !rule.inputs.iter().any(|input| input.id == **id));
    let mut wrong: Vec<Wrong> =
        unasked.map(|id| Wrong::new(id, "not_asked", format!("`{id}`: is not asked for")).with("given", id)).collect();
    for input in &rule.inputs {
        let given = inputs.get(&input.id).map(|text| text.trim()).filter(|text| !text.is_empty());
        match (given.or(input.default.as_deref()), input.choices.is_empty()) {
            (None, free) => wrong.push(input.wrong(if free { "missing" } else { "missing_choice" }, "is missing", "")),
            (Some(text), true) => match input.figure(text) {
                Ok(figure) => drop(figures.insert(input.id.clone(), figure)),
                Err(bad) => wrong.push(bad),
            },
            (Some(text), false) => match input.choices.iter().find(|choice| choice.id == text) {
                Some(choice) => drop(choices.insert(input.id.clone(), choice.id.clone())),
                None => wrong.push(input.wrong("option", &format!("`{text}` is none of the choices"), text)),
            },
        }
    }
    if wrong.is_empty() { Ok((figures, choices)) } else { Err(BadCalculation::Inputs(wrong)) }
}

impl Input {
    /// A figure within its bounds.
    fn figure(&self, text: &str) -> Result<Decimal, Wrong> {
        let says = match read_figure(text, &self.unit).filter(|figure| figure.scale() <= 6) {
            None => format!("`{text}` is not a number"),
            Some(figure) => match (self.min.filter(|min| figure < *min), self.max.filter(|max| figure > *max)) {
                (Some(min), _) => format!("must be at least {min}"),
                (_, Some(max)) => format!("must be at most {max}"),
                _ if self.whole && figure != figure.trunc() => "must be a whole number".to_owned(),
                _ => return Ok(figure),
            },
        };
        // Whatever is wrong with a figure, the reader is told all that it must be.
        let reason = match (self.min, self.max, self.whole) {
            (Some(_), Some(_), false) => "between",
            (Some(_), Some(_), true) => "whole_between",
            (Some(_), None, _) => "at_least",
            (None, Some(_), _) => "at_most",
            (None, None, true) => "whole",
            (None, None, false) => "number",
        };
        Err(self.wrong(reason, &says, text))
    }

    fn wrong(&self, reason: &'static str, says: &str, given: &str) -> Wrong {
        let bound = |bound: Option<Decimal>| bound.map(|bound| grouped(&bound.to_string())).unwrap_or_default();
        let choices = |name: fn(&InputChoice) -> &String| {
            self.choices.iter().map(|choice| name(choice).as_str()).collect::<Vec<_>>().join(" / ")
        };
        Wrong::new(&self.id, reason, format!("`{}`: {says}", self.id))
            .with("name", &self.title)
            .with("name_en", &self.title_en)
            .with("given", given)
            .with("least", bound(self.min))
            .with("most", bound(self.max))
            .with("options", choices(|choice| &choice.title))
            .with("options_en", choices(|choice| &choice.title_en))
    }
}

/// Digits in groups of three, as large amounts are read.
fn grouped(digits: &str) -> String {
    let (wholes, parts) = digits.split_once('.').map_or((digits, None), |(wholes, parts)| (wholes, Some(parts)));
    let count = wholes.chars().count();
    let mut out = String::new();
    for (at, digit) in wholes.chars().enumerate() {
        if at > 0 && (count - at).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    match parts {
        Some(parts) => format!("{out}.{parts}"),
        None => out,
    }
}

/// A figure as people write it: full-width digits, commas and spaces between digits, the unit behind it, and 万 before 元.
fn read_figure(text: &str, unit: &str) -> Option<Decimal> {
    let plain: String =
        text.chars().map(kernel::text::half_width).filter(|c| !matches!(c, ',' | ' ' | '\u{3000}')).collect();
    let bare = plain.strip_suffix(unit).unwrap_or(&plain);
    match bare.strip_suffix('万').filter(|_| unit == "元") {
        Some(wholes) => Decimal::from_str_exact(wholes).ok()?.checked_mul(Decimal::from(10_000)),
        None => Decimal::from_str_exact(bare).ok(),
    }
}
