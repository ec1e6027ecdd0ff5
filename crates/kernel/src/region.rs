//! Region (行政区划): a GB/T 2260 code and what it contains.

use serde::{Deserialize, Serialize};

/// A six-digit administrative division code, such as `510000` (四川省) or `510100` (成都市).
/// `000000` is the whole country.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Region(String);

/// The text is not a six-digit code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a six-digit division code")]
pub struct BadRegion(pub String);

impl Region {
    /// The whole country.
    #[must_use]
    pub fn country() -> Self {
        Self("000000".to_owned())
    }

    /// Reads a six-digit code.
    pub fn parse(code: &str) -> Result<Self, BadRegion> {
        if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(code.to_owned()))
        } else {
            Err(BadRegion(code.to_owned()))
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of the code that names this division: 0, 2, 4 or 6 digits.
    fn stem(&self) -> &str {
        let mut stem = self.0.as_str();
        for _ in 0..3 {
            match stem.strip_suffix("00") {
                Some(shorter) => stem = shorter,
                None => break,
            }
        }
        stem
    }

    /// Whether `other` lies in this region, or is it. A document of the country applies everywhere:
    /// `country.contains(x)` for all x.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.stem())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Region;

    fn r(code: &str) -> Region {
        Region::parse(code).unwrap()
    }

    #[test]
    fn a_region_contains_itself_and_what_lies_below() {
        assert!(Region::country().contains(&r("510100")));
        assert!(r("510000").contains(&r("510105")));
        assert!(r("510100").contains(&r("510100")));
        assert!(!r("510100").contains(&r("510000")));
        assert!(!r("510100").contains(&r("510300")));
        assert!(!r("110000").contains(&Region::country()));
    }

    #[test]
    fn anything_but_six_digits_is_refused() {
        for bad in ["", "51", "51010a", "5101000", "５１０１００"] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }
}
