//! What can go wrong with calls and work orders.

use kernel::{Fault, Kind};

use crate::state::Refused;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The hotline could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such call, or not for this person.
    #[error("there is no call `{0}`")]
    NoCall(String),
    /// There is no such work order, or not for this person.
    #[error("there is no work order `{0}`")]
    NoOrder(String),
    /// A field that cannot stand.
    #[error("`{field}`: {problem}")]
    BadField {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else changed it meanwhile.
    #[error("the work order is at version {now}, not {seen}: read it again")]
    Changed {
        /// What the caller saw.
        seen: i32,
        /// What it is.
        now: i32,
    },
    /// The time for it is over.
    #[error("`{0}` came after its limit")]
    TooLate(&'static str),
    /// The call is with another operator, or over.
    #[error("the call is `{0}`")]
    CallNotOpen(&'static str),
    /// A call that never ends.
    #[error("the call holds {0} characters, which is the most: end it and make the work order")]
    CallFull(usize),
    /// The table of work orders that was handed in cannot be read at all.
    #[error("the table cannot be read: {0}")]
    BadTable(String),
    /// Something in the store that cannot be read.
    #[error("a stored {what} cannot be read")]
    BadRecord {
        /// What it is.
        what: &'static str,
        /// The reader's message.
        #[source]
        source: serde_json::Error,
    },
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] identity::Denied),
    /// Store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoCall(_) | Self::NoOrder(_) => Kind::NotFound,
            Self::BadField { .. } | Self::BadTable(_) => Kind::Invalid,
            Self::Refused(_) | Self::Changed { .. } | Self::TooLate(_) | Self::CallNotOpen(_) | Self::CallFull(_) => {
                Kind::Conflict
            }
            Self::BadRecord { .. } => Kind::Bug,
            Self::Denied(e) => e.kind(),
            Self::Store(e) => e.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoCall(_) => "hotline.call_not_found",
            Self::NoOrder(_) => "hotline.order_not_found",
            Self::BadField { .. } => "hotline.bad_field",
            Self::Refused(_) => "hotline.step_refused",
            Self::Changed { .. } => "hotline.order_changed",
            Self::TooLate(_) => "hotline.too_late",
            Self::CallNotOpen(_) => "hotline.call_not_open",
            Self::CallFull(_) => "hotline.call_full",
            Self::BadTable(_) => "hotline.bad_table",
            Self::BadRecord { .. } => "hotline.bad_record",
            Self::Denied(e) => e.code(),
            Self::Store(e) => e.code(),
        }
    }
}

impl From<store::sea_orm::DbErr> for Error {
    fn from(error: store::sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}
