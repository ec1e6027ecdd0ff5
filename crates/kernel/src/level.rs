//! Data level (数据级别): who may see a text at all. Compared, never interpreted.

use serde::{Deserialize, Serialize};

/// The level of a document, a collection, a scenario or a person's clearance. Ordered from open to closed.
///
/// State secrets and work secrets have no level here on purpose: they must not enter this platform
/// (涉密不上网、上网不涉密).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataLevel {
    /// 公开: may be shown to anybody.
    Public,
    /// 内部: for staff of the agency.
    Internal,
    /// 敏感: for named roles only.
    Sensitive,
}

impl DataLevel {
    /// All levels, open to closed.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Sensitive];

    /// The name used in JSON, configuration and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Sensitive => "sensitive",
        }
    }

    /// Reads a name written by [`DataLevel::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// The rank in the store, so that a query can filter with `<=`.
    #[must_use]
    pub fn rank(self) -> i16 {
        match self {
            Self::Public => 0,
            Self::Internal => 1,
            Self::Sensitive => 2,
        }
    }

    /// Reads a rank; an unknown rank is the most closed level.
    #[must_use]
    pub fn from_rank(rank: i16) -> Self {
        match rank {
            0 => Self::Public,
            1 => Self::Internal,
            _ => Self::Sensitive,
        }
    }
}

impl std::fmt::Display for DataLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::DataLevel;

    #[test]
    fn names_and_ranks_round_trip_and_keep_the_order() {
        for level in DataLevel::ALL {
            assert_eq!(DataLevel::parse(level.as_str()), Some(level));
            assert_eq!(DataLevel::from_rank(level.rank()), level);
        }
        assert!(DataLevel::Public < DataLevel::Internal && DataLevel::Internal < DataLevel::Sensitive);
        assert_eq!(DataLevel::from_rank(99), DataLevel::Sensitive);
        assert_eq!(DataLevel::parse("secret"), None);
    }
}
