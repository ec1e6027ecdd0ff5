//! Why a call was not made, or did not succeed.

use std::net::IpAddr;

use kernel::{DataLevel, Fault, Kind};

use crate::Purpose;

/// The call is not allowed. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No entry of the whitelist names this place for this purpose.
    #[error("`{place}` is not on the whitelist for the purpose `{}`", .purpose.as_str())]
    NotListed {
        /// Scheme, host and port.
        place: String,
        /// What it was wanted for.
        purpose: Purpose,
    },
    /// The data is above what may be sent there.
    #[error("`{entry}` may be sent data up to the level {highest}, not {level}")]
    Level {
        /// The entry.
        entry: String,
        /// The highest level it allows.
        highest: DataLevel,
        /// The level of the data.
        level: DataLevel,
    },
    /// The name stands for an address that the entry does not allow.
    #[error("`{entry}` leads to the address {address}, which it does not name in `addresses`")]
    Address {
        /// The entry.
        entry: String,
        /// The address.
        address: IpAddr,
    },
    /// The URL carries a user or a password, or has no host.
    #[error("a URL with a user, a password or no host is not called")]
    Url,
    /// The name has no address now.
    #[error("`{host}` has no address")]
    Unresolved {
        /// The host.
        host: String,
    },
}

impl Fault for Refused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotListed { .. } | Self::Level { .. } | Self::Address { .. } => Kind::Denied,
            Self::Url => Kind::Invalid,
            Self::Unresolved { .. } => Kind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotListed { .. } => "egress.not_listed",
            Self::Level { .. } => "egress.level_too_high",
            Self::Address { .. } => "egress.address_refused",
            Self::Url => "egress.bad_url",
            Self::Unresolved { .. } => "egress.unresolved",
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::NotListed { .. } => {
                Some("add an entry for it to policies/egress.toml, if it may be called".to_owned())
            }
            Self::Level { entry, .. } => Some(format!(
                "raise `level` of the entry `{entry}` in policies/egress.toml, if its operator may see such data"
            )),
            Self::Address { entry, .. } => {
                Some(format!("name the address range in `addresses` of the entry `{entry}` in policies/egress.toml"))
            }
            Self::Url | Self::Unresolved { .. } => None,
        }
    }
}

/// The call was made, or begun, and did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body holds personal data. Nothing was sent.
    #[error("the body for `{entry}` holds personal data ({})", .kinds.join(", "))]
    PersonalData {
        /// The entry.
        entry: String,
        /// Of which kinds.
        kinds: Vec<String>,
    },
    /// No connection could be made.
    #[error("no connection to `{entry}`")]
    Connect {
        /// The entry.
        entry: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The first byte of the answer did not come in time.
    #[error("`{entry}` did not answer within {secs} s")]
    Silent {
        /// The entry.
        entry: String,
        /// How long was waited.
        secs: u64,
    },
    /// The answer began and then stood still, or took too long altogether.
    #[error("the answer of `{entry}` stopped coming after {bytes} bytes")]
    Stalled {
        /// The entry.
        entry: String,
        /// How much had come.
        bytes: u64,
    },
    /// The answer is larger than the caller takes.
    #[error("the answer of `{entry}` is larger than {limit} bytes")]
    TooLarge {
        /// The entry.
        entry: String,
        /// The limit.
        limit: u64,
    },
    /// The answer is not HTTP, or broke off.
    #[error("the answer of `{entry}` is broken")]
    Broken {
        /// The entry.
        entry: String,
        /// How.
        #[source]
        source: reqwest::Error,
    },
    /// The request or the settings of the connection cannot be used.
    #[error("the request to `{entry}` cannot be made")]
    Unusable {
        /// The entry.
        entry: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Connect { .. }
            | Self::Silent { .. }
            | Self::Stalled { .. }
            | Self::TooLarge { .. }
            | Self::Broken { .. } => Kind::Unavailable,
            Self::Unusable { .. } => Kind::Bug,
            Self::PersonalData { .. } => Kind::Denied,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "egress.no_connection",
            Self::Silent { .. } => "egress.silent",
            Self::Stalled { .. } => "egress.stalled",
            Self::TooLarge { .. } => "egress.too_large",
            Self::Broken { .. } => "egress.broken",
            Self::Unusable { .. } => "egress.unusable",
            Self::PersonalData { .. } => "egress.personal_data",
        }
    }
}
