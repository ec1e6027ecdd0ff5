//! Formulas of calculators: the four operations, comparisons, `min`, `max`, `pow`, `round`, `floor` over exact decimals.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

/// Why a formula has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoValue {
    #[error("the formula breaks off")]
    End,
    #[error("`{0}` does not belong there")]
    Token(String),
    #[error("there is no value `{0}`")]
    Name(String),
    #[error("it divides by zero")]
    Zero,
    #[error("it is too large")]
    Overflow,
    #[error("the power is not a whole number between 0 and 1200")]
    Power,
    #[error("it is nested too deeply")]
    Depth,
}

/// How deeply a formula may be nested.
const DEPTH: usize = 40;

/// The value of a formula.
pub(super) fn value(text: &str, names: &BTreeMap<String, Decimal>) -> Result<Decimal, NoValue> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, names, depth: 0 };
    let value = reader.comparison()?;
    match reader.next() {
        None => Ok(value),
        Some(token) => Err(NoValue::Token(token)),
    }
}

/// The names a formula uses.
pub(super) fn names(text: &str) -> Vec<String> {
    let is_name =
        |token: &String| token.starts_with(|c: char| c.is_ascii_lowercase()) && !FUNCTIONS.contains(&token.as_str());
    tokens(text).unwrap_or_default().into_iter().filter(is_name).collect()
}

const FUNCTIONS: &[&str] = &["floor", "max", "min", "pow", "round"];

fn tokens(text: &str) -> Result<Vec<String>, NoValue> {
    let mut found: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut token = String::from(c);
        let more: fn(char) -> bool = match c {
            '0'..='9' => |c| c.is_ascii_digit() || c == '.',
            'a'..='z' => |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
            '<' | '>' | '=' => |c| c == '=',
            '+' | '-' | '*' | '/' | '(' | ')' | ',' => |_| false,
            other => return Err(NoValue::Token(other.to_string())),
        };
        while let Some(next) = chars.next_if(|c| more(*c)) {
            token.push(next);
        }
        found.push(token);
    }
    Ok(found)
}

struct Reader<'n> {
    tokens: Vec<String>,
    at: usize,
    names: &'n BTreeMap<String, Decimal>,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &str) -> bool {
        let is = self.peek() == token;
        self.at += usize::from(is);
        is
    }

    fn want(&mut self, token: &str) -> Result<(), NoValue> {
        if self.take(token) { Ok(()) } else { Err(self.next().map_or(NoValue::End, NoValue::Token)) }
    }

    fn comparison(&mut self) -> Result<Decimal, NoValue> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(NoValue::Depth);
        }
        let left = self.sum()?;
        let operator = self.peek().to_owned();
        let holds: fn(Decimal, Decimal) -> bool = match operator.as_str() {
            "<" => |a, b| a < b,
            "<=" => |a, b| a <= b,
            ">" => |a, b| a > b,
            ">=" => |a, b| a >= b,
            "==" => |a, b| a == b,
            _ => {
                self.depth -= 1;
                return Ok(left);
            }
        };
        self.at += 1;
        let right = self.sum()?;
        self.depth -= 1;
        Ok(if holds(left, right) { Decimal::ONE } else { Decimal::ZERO })
    }

    fn sum(&mut self) -> Result<Decimal, NoValue> {
        let mut total = self.product()?;
        loop {
            if self.take("+") {
                total = total.checked_add(self.product()?).ok_or(NoValue::Overflow)?;
            } else if self.take("-") {
                total = total.checked_sub(self.product()?).ok_or(NoValue::Overflow)?;
            } else {
                return Ok(total);
            }
        }
    }

    fn product(&mut self) -> Result<Decimal, NoValue> {
        let mut total = self.factor()?;
        loop {
            if self.take("*") {
                total = total.checked_mul(self.factor()?).ok_or(NoValue::Overflow)?;
            } else if self.take("/") {
                let by = self.factor()?;
                if by.is_zero() {
                    return Err(NoValue::Zero);
                }
                total = total.checked_div(by).ok_or(NoValue::Overflow)?;
            } else {
                return Ok(total);
            }
        }
    }

    fn factor(&mut self) -> Result<Decimal, NoValue> {
        let token = self.next().ok_or(NoValue::End)?;
        if token == "-" {
            return Ok(-self.factor()?);
        }
        if token == "(" {
            let inner = self.comparison()?;
            self.want(")")?;
            return Ok(inner);
        }
        if token.starts_with(|c: char| c.is_ascii_digit()) {
            return Decimal::from_str_exact(&token).map_err(|_| NoValue::Token(token));
        }
        if FUNCTIONS.contains(&token.as_str()) {
            let arguments = self.arguments()?;
            return call(&token, &arguments);
        }
        self.names.get(&token).copied().ok_or(NoValue::Name(token))
    }

    fn arguments(&mut self) -> Result<Vec<Decimal>, NoValue> {
        self.want("(")?;
        let mut all = vec![self.comparison()?];
        while self.take(",") {
            all.push(self.comparison()?);
        }
        self.want(")")?;
        Ok(all)
    }
}

fn call(name: &str, arguments: &[Decimal]) -> Result<Decimal, NoValue> {
    match (name, arguments) {
        ("min", all) => all.iter().min().copied().ok_or(NoValue::End),
        ("max", all) => all.iter().max().copied().ok_or(NoValue::End),
        ("round", [value]) => Ok(to_fen(*value)),
        ("floor", [value]) => Ok(value.floor()),
        ("floor", [value, step]) if !step.is_zero() => {
            let steps = value.checked_div(*step).ok_or(NoValue::Overflow)?.floor();
            steps.checked_mul(*step).ok_or(NoValue::Overflow)
        }
        ("pow", [base, exponent]) => power(*base, *exponent),
        _ => Err(NoValue::Token(name.to_owned())),
    }
}

/// Rounded to the fen (分), halves up, as bank statements are.
pub(super) fn to_fen(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// A whole power by multiplication. A decimal has 28 digits, so that 360 of them keep over 25.
fn power(base: Decimal, exponent: Decimal) -> Result<Decimal, NoValue> {
    if exponent != exponent.trunc() {
        return Err(NoValue::Power);
    }
    let times = u32::try_from(exponent).ok().filter(|times| *times <= 1200).ok_or(NoValue::Power)?;
    (0..times).try_fold(Decimal::ONE, |all, _| all.checked_mul(base)).ok_or(NoValue::Overflow)
}
