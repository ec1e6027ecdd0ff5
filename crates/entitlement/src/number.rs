//! Numbers of facts and conditions: exact decimals with four places, so that comparing never rounds.

use serde::{Deserialize, Serialize};

/// How many parts make a whole.
const PARTS: i64 = 10_000;

/// An exact decimal with at most four places, such as an amount in yuan, a percentage or a head count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Number(i64);

impl Number {
    /// So many wholes; `None` when it does not fit.
    #[must_use]
    pub fn whole(wholes: i64) -> Option<Self> {
        wholes.checked_mul(PARTS).map(Self)
    }

    /// Reads `1234`, `-3.5`, `1,234.56` or full-width digits; `None` when it is none or has more than four places.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix(['-', '－', '−']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mut wholes, mut parts, mut places, mut seen) = (0i64, 0i64, None::<u32>, false);
        for c in digits.chars() {
            match (c, places) {
                (',' | '，' | ' ', None) if seen => {}
                ('.' | '．', None) if seen => places = Some(0),
                _ => {
                    let digit = i64::from(documents::numerals::digit_value(c).filter(|_| !is_chinese(c))?);
                    seen = true;
                    match &mut places {
                        None => wholes = wholes.checked_mul(10)?.checked_add(digit)?,
                        Some(4) if digit == 0 => {}
                        Some(4) => return None,
                        Some(places) => {
                            parts = parts * 10 + digit;
                            *places += 1;
                        }
                    }
                }
            }
        }
        if !seen || places == Some(0) {
            return None;
        }
        let parts = parts * 10i64.pow(4 - places.unwrap_or(0).min(4));
        let value = wholes.checked_mul(PARTS)?.checked_add(parts)?;
        Some(Self(if negative { -value } else { value }))
    }

    /// The number of ten-thousandths.
    #[must_use]
    pub fn parts(self) -> i64 {
        self.0
    }

    /// From ten-thousandths.
    #[must_use]
    pub fn from_parts(parts: i64) -> Self {
        Self(parts)
    }

    /// This many times as much, when it fits.
    #[must_use]
    pub fn times(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// The product, rounded towards zero to four places.
    #[must_use]
    pub fn product(self, other: Self) -> Option<Self> {
        let exact = i128::from(self.0) * i128::from(other.0) / i128::from(PARTS);
        i64::try_from(exact).ok().map(Self)
    }

    /// So many per cent of it, rounded down to hundredths (分), as a treasury pays.
    #[must_use]
    pub fn percent(self, rate: Self) -> Option<Self> {
        let exact = i128::from(self.0) * i128::from(rate.0) / i128::from(PARTS) / 100;
        i64::try_from(exact / 100 * 100).ok().map(Self)
    }
}

fn is_chinese(c: char) -> bool {
    !c.is_ascii() && !('０'..='９').contains(&c)
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wholes, parts) = (self.0.unsigned_abs() / 10_000, self.0.unsigned_abs() % 10_000);
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{wholes}")?;
        if parts > 0 {
            write!(f, ".{}", format!("{parts:04}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % PARTS == 0 {
            return serializer.serialize_i64(self.0 / PARTS);
        }
        // At most fifteen digits are exact in JSON; more are written as text, which is read as well.
        if self.0.unsigned_abs() < 1_000_000_000_000_000 {
            #[expect(clippy::cast_precision_loss, reason = "bounded on the line above")]
            return serializer.serialize_f64(self.0 as f64 / 10_000.0);
        }
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Number;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number with at most four decimal places")
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Number, E> {
                Number::whole(value).ok_or_else(|| E::custom("the number is too large"))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Number, E> {
                let value = i64::try_from(value).ok().and_then(Number::whole);
                value.ok_or_else(|| E::custom("the number is too large"))
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Number, E> {
                // `{}` prints the shortest digits that read back as the same float: the ones that were typed.
                let read = Number::parse(&format!("{value}"));
                read.ok_or_else(|| E::custom(format!("`{value}` has more than four decimal places or is too large")))
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Number, E> {
                Number::parse(value).ok_or_else(|| E::custom(format!("`{value}` is not a number")))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_read_back_what_they_wrote() {
        for text in ["0", "-3.5", "20000000", "0.0001", "1234.56"] {
            let number = Number::parse(text).unwrap();
            assert_eq!(number.to_string(), text);
            let json = serde_json::to_string(&number).unwrap();
            assert_eq!(serde_json::from_str::<Number>(&json).unwrap(), number, "{json}");
        }
        assert_eq!(Number::parse("1,234.50").unwrap().to_string(), "1234.5");
        assert_eq!(Number::parse("１２").unwrap().to_string(), "12");
        for text in ["", "-", "1.", ".5", "1.23456", "十二", "1e3", "12a", "99999999999999999999"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert!(serde_json::from_str::<Number>("0.00001").is_err());
        assert_eq!(
            Number::parse("333.33").unwrap().percent(Number::parse("10").unwrap()).unwrap().to_string(),
            "33.33"
        );
    }
}
