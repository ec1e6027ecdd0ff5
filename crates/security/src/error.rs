//! What can go wrong when officers look or change something.

use identity::Denied;
use kernel::{Fault, Kind};

/// An error of security.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field has a wrong form.
    #[error("`{field}`: {why}")]
    BadField {
        /// The field.
        field: &'static str,
        /// What would be right.
        why: &'static str,
    },
    /// The place asked for cannot stand on the whitelist.
    #[error("the place cannot be listed: {0}")]
    BadPlace(egress::BadWhitelist),
    /// Lines of words that cannot be read.
    #[error("{0}")]
    BadWords(guard::RulesError),
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// This rule stays as it is.
    #[error("the rule `{0}` is never switched: secrets must not enter")]
    FixedRule(String),
    /// Nobody decides on the own request.
    #[error("nobody decides on the own request; ask another security officer")]
    OwnRequest,
    /// It was decided already.
    #[error("it is `{0}` already")]
    Decided(&'static str),
    /// An incident does not go this way.
    #[error("an incident that is `{from}` does not become `{to}`")]
    BadStep {
        /// Where it stands.
        from: &'static str,
        /// Where it was to go.
        to: &'static str,
    },
    /// This needs somebody who is logged in.
    #[error("this needs a person")]
    PersonRequired,
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What stands in the store cannot be read.
    #[error("a record of security cannot be read")]
    Damaged,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<store::sea_orm::DbErr> for Error {
    fn from(error: store::sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::BadField { .. } | Self::BadPlace(_) | Self::BadWords(_) => Kind::Invalid,
            Self::NotFound { .. } => Kind::NotFound,
            Self::FixedRule(_) | Self::OwnRequest => Kind::Denied,
            Self::Decided(_) | Self::BadStep { .. } => Kind::Conflict,
            Self::PersonRequired => Kind::Unauthenticated,
            Self::Denied(denied) => denied.kind(),
            Self::Damaged => Kind::Bug,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadField { .. } => "security.bad_field",
            Self::BadPlace(_) => "security.bad_place",
            Self::BadWords(_) => "security.bad_words",
            Self::NotFound { .. } => "security.not_found",
            Self::FixedRule(_) => "security.fixed_rule",
            Self::OwnRequest => "security.own_request",
            Self::Decided(_) => "security.decided",
            Self::BadStep { .. } => "security.bad_step",
            Self::PersonRequired => "security.person_required",
            Self::Denied(denied) => denied.code(),
            Self::Damaged => "security.damaged",
            Self::Store(error) => error.code(),
        }
    }
}
