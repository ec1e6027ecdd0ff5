//! Calculators: rules that are data, applied exactly, each figure with the article it follows from.

mod formula;
mod inputs;

use std::collections::BTreeMap;

use kernel::Wrong;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use formula::{names, to_fen, value};
use inputs::read_inputs;

/// Why nothing can be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCalculation {
    /// The file of rules.
    #[error("{0}")]
    Rules(String),
    /// No such calculator or city.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// Calculator or city.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Inputs are missing or wrong: all of them, so that a form is filled in at once.
    #[error("{}", told(.0))]
    Inputs(Vec<Wrong>),
    /// A formula.
    #[error("`{step}`: {problem}")]
    Formula {
        /// The step.
        step: String,
        /// What is wrong.
        problem: String,
    },
}

impl BadCalculation {
    /// What is wrong, for whoever asked for figures; nothing for a file of rules, which no form sends.
    #[must_use]
    pub fn wrong(&self) -> Vec<Wrong> {
        match self {
            Self::Rules(_) => Vec::new(),
            Self::Unknown { what, id } => vec![Wrong::new(what, "no_choice", self.to_string()).with("given", id)],
            Self::Inputs(all) => all.clone(),
            Self::Formula { step, .. } => vec![Wrong::new(step, "formula", self.to_string()).with("given", step)],
        }
    }
}

fn told(all: &[Wrong]) -> String {
    let told: Vec<&str> = all.iter().map(|wrong| wrong.says.as_str()).collect();
    told.join("; ")
}

/// An article a rule rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    /// Its id in the file.
    pub id: String,
    /// The document.
    pub document: String,
    /// The article's label.
    pub label: String,
    /// The words.
    pub quote: String,
    /// Whether it was written as an example and is no real document's.
    #[serde(default)]
    pub sample: bool,
}

/// A figure the rules of a city fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    #[serde(default)]
    value: Option<Decimal>,
    /// The input whose choice decides.
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, Decimal>,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct City {
    id: String,
    title: String,
    title_en: String,
    #[serde(default)]
    sample: bool,
    parameters: BTreeMap<String, Parameter>,
}

/// A choice of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputChoice {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
}

/// What a calculator asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// The unit.
    #[serde(default)]
    pub unit: String,
    /// The least.
    #[serde(default)]
    pub min: Option<Decimal>,
    /// The most.
    #[serde(default)]
    pub max: Option<Decimal>,
    /// Whether only whole numbers make sense.
    #[serde(default)]
    pub whole: bool,
    /// What is taken when nothing is said.
    #[serde(default)]
    pub default: Option<String>,
    /// The choices, when it is one.
    #[serde(default)]
    pub choices: Vec<InputChoice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    formula: String,
    says: String,
    says_en: String,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    id: String,
    title: String,
    title_en: String,
    formula: String,
    #[serde(default)]
    unit: String,
    /// Whether it is what was asked for, and not on the way to it.
    #[serde(default)]
    result: bool,
    #[serde(default)]
    source: Option<String>,
    /// The formula in words.
    #[serde(default)]
    words: String,
    #[serde(default)]
    words_en: String,
}

/// One calculator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calculator {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// What it asks.
    pub inputs: Vec<Input>,
    #[serde(default)]
    checks: Vec<Check>,
    steps: Vec<Step>,
}

/// What was entered, by the input's id.
pub type Inputs = BTreeMap<String, String>;

/// A figure with the rule it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// The value, exact, as text.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// Whether it is what was asked for.
    pub result: bool,
    /// The rule in Chinese words.
    pub words: String,
    /// The rule in English words.
    pub words_en: String,
    /// The formula.
    pub formula: String,
    /// The formula with its figures.
    pub filled: String,
    /// The articles it rests on.
    pub sources: Vec<Sourced>,
}

/// A condition that does not hold, with its article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmet {
    /// What is not met, in Chinese.
    pub says: String,
    /// What is not met, in English.
    pub says_en: String,
    /// The article.
    pub source: Option<Sourced>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Calculation {
    /// The calculator.
    pub calculator: String,
    /// The city whose rules were applied.
    pub city: String,
    /// The city's name.
    pub city_title: String,
    /// Whether these rules were written as an example.
    pub sample: bool,
    /// Conditions that are not met; then there are no figures.
    pub unmet: Vec<Unmet>,
    /// The figures, in order.
    pub figures: Vec<Figure>,
}

/// The calculators of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calculators {
    sources: Vec<Sourced>,
    cities: Vec<City>,
    calculators: Vec<Calculator>,
}

impl Calculators {
    /// Reads and checks a file of rules: every formula names only what exists, every figure has its article.
    pub fn parse(text: &str) -> Result<Self, BadCalculation> {
        let rules: Self = toml::from_str(text).map_err(|error| BadCalculation::Rules(error.to_string()))?;
        let bad = |text: String| Err(BadCalculation::Rules(text));
        for city in &rules.cities {
            for (name, parameter) in &city.parameters {
                if rules.source(&parameter.source).is_none() {
                    return bad(format!(
                        "`{}.{name}` names a source `{}` that is not there",
                        city.id, parameter.source
                    ));
                }
                if parameter.value.is_none() == parameter.values.is_empty() {
                    return bad(format!("`{}.{name}` needs either `value` or `values`", city.id));
                }
            }
            for calculator in &rules.calculators {
                let mut known: Vec<&str> =
                    calculator.inputs.iter().filter(|i| i.choices.is_empty()).map(|i| i.id.as_str()).collect();
                known.extend(city.parameters.keys().map(String::as_str));
                let formulas = calculator.checks.iter().map(|check| (None, &check.formula));
                for (id, formula) in formulas.chain(calculator.steps.iter().map(|step| (Some(&step.id), &step.formula)))
                {
                    if let Some(name) = names(formula).into_iter().find(|name| !known.contains(&name.as_str())) {
                        return bad(format!(
                            "`{}` of `{}` uses `{name}`, which {} does not have",
                            formula, calculator.id, city.id
                        ));
                    }
                    known.extend(id.map(String::as_str));
                }
                let cited = calculator
                    .checks
                    .iter()
                    .map(|check| &check.source)
                    .chain(calculator.steps.iter().map(|step| &step.source));
                if let Some(id) = cited.flatten().find(|id| rules.source(id).is_none()) {
                    return bad(format!("`{}` names a source `{id}` that is not there", calculator.id));
                }
            }
        }
        Ok(rules)
    }

    /// The calculators.
    #[must_use]
    pub fn all(&self) -> &[Calculator] {
        &self.calculators
    }

    /// The cities: id, Chinese and English name, and whether the rules are an example.
    pub fn cities(&self) -> impl Iterator<Item = (&str, &str, &str, bool)> {
        self.cities.iter().map(|city| (city.id.as_str(), city.title.as_str(), city.title_en.as_str(), city.sample))
    }

    fn source(&self, id: &str) -> Option<&Sourced> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// Computes. Without a city the first one's rules apply.
    pub fn compute(
        &self,
        calculator: &str,
        city: Option<&str>,
        inputs: &Inputs,
    ) -> Result<Calculation, BadCalculation> {
        let unknown = |what: &'static str, id: &str| BadCalculation::Unknown { what, id: id.to_owned() };
        let rule = self
            .calculators
            .iter()
            .find(|one| one.id == calculator)
            .ok_or_else(|| unknown("calculator", calculator))?;
        let city = match city {
            None => self.cities.first(),
            Some(id) => self.cities.iter().find(|one| one.id == id),
        }
        .ok_or_else(|| unknown("city", city.unwrap_or_default()))?;
        let (mut known, choices) = read_inputs(rule, inputs)?;
        let mut bears: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, parameter) in &city.parameters {
            let chosen = parameter.by.as_ref().and_then(|by| choices.get(by));
            if let Some(value) = parameter.value.or_else(|| parameter.values.get(chosen?).copied()) {
                known.insert(name.clone(), value);
                bears.insert(name, &parameter.source);
            }
        }
        let formula_error = |step: &str, problem: &dyn std::fmt::Display| BadCalculation::Formula {
            step: step.to_owned(),
            problem: problem.to_string(),
        };
        let mut calculation = Calculation {
            calculator: rule.id.clone(),
            city: city.id.clone(),
            city_title: city.title.clone(),
            sample: city.sample,
            unmet: Vec::new(),
            figures: Vec::new(),
        };
        for check in &rule.checks {
            let holds = value(&check.formula, &known).map_err(|error| formula_error(&check.formula, &error))?;
            if holds.is_zero() {
                let by_name = || names(&check.formula).iter().find_map(|name| bears.get(name.as_str()).copied());
                let source = check.source.as_deref().or_else(by_name).and_then(|id| self.source(id)).cloned();
                let fill = |words: &str| filled_words(words, &known);
                calculation.unmet.push(Unmet { says: fill(&check.says), says_en: fill(&check.says_en), source });
            }
        }
        if !calculation.unmet.is_empty() {
            return Ok(calculation);
        }
        for step in &rule.steps {
            let found = value(&step.formula, &known).map_err(|error| formula_error(&step.id, &error))?;
            let found = if step.unit == "元" { to_fen(found) } else { found };
            let used = names(&step.formula);
            let mut cited: Vec<&str> = step.source.as_deref().into_iter().collect();
            cited.extend(used.iter().filter_map(|name| bears.get(name.as_str()).copied()));
            let mut sources: Vec<Sourced> = Vec::new();
            for source in cited.into_iter().filter_map(|id| self.source(id)) {
                if !sources.contains(source) {
                    sources.push(source.clone());
                }
            }
            calculation.figures.push(Figure {
                id: step.id.clone(),
                title: step.title.clone(),
                title_en: step.title_en.clone(),
                value: shown(found, &step.unit),
                unit: step.unit.clone(),
                result: step.result,
                words: filled_words(&step.words, &known),
                words_en: filled_words(&step.words_en, &known),
                formula: step.formula.clone(),
                filled: filled(&step.formula, &known),
                sources,
            });
            known.insert(step.id.clone(), found);
        }
        Ok(calculation)
    }
}

/// Money with its two places, other figures without empty ones.
fn shown(value: Decimal, unit: &str) -> String {
    if unit == "元" { format!("{value:.2}") } else { value.round_dp(6).normalize().to_string() }
}

/// `{name}` in words for people becomes the figure.
fn filled_words(words: &str, known: &BTreeMap<String, Decimal>) -> String {
    let mut out = words.to_owned();
    for (name, value) in known {
        out = out.replace(&format!("{{{name}}}"), &value.normalize().to_string());
    }
    out
}

/// The formula with figures in place of names.
fn filled(formula: &str, known: &BTreeMap<String, Decimal>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in formula.chars().chain(std::iter::once(' ')) {
        if c.is_ascii_lowercase() || c == '_' || (!word.is_empty() && c.is_ascii_digit()) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            match known.get(&word) {
                Some(value) => out.push_str(&value.normalize().to_string()),
                None => out.push_str(&word),
            }
            word.clear();
        }
        out.push(c);
    }
    out.trim_end().to_owned()
}
