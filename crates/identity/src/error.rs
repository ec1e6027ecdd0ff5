//! What can go wrong when somebody logs in or an account changes.

use kernel::{Fault, Kind};

use crate::permit::Denied;
use crate::roles::{BadPolicy, BadRoles, RoleId};

/// A rule that a new password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordRule {
    /// At least 8 characters.
    TooShort,
    /// At most 128 characters.
    TooLong,
    /// Three of: lower case, upper case, digits, others.
    TooFewClasses,
    /// It must not contain the user name.
    ContainsUsername,
}

impl PasswordRule {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::TooFewClasses => "too_few_classes",
            Self::ContainsUsername => "contains_username",
        }
    }
}

/// An error of identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The user name or the password is wrong. Which of them is not said.
    #[error("the user name or the password is wrong")]
    BadCredentials,
    /// Too many failures for this name.
    #[error("too many failed logins; try again in {retry_after_secs} seconds")]
    TooManyAttempts {
        /// When it is worth trying again.
        retry_after_secs: i64,
    },
    /// The password was right, and the account is locked by an administrator.
    #[error("the account is locked; ask the system administrator")]
    AccountLocked,
    /// There is no such session, or it is over.
    #[error("the session is over; log in again")]
    SessionOver,
    /// This needs somebody who is logged in.
    #[error("log in first")]
    LoginRequired,
    /// The new password breaks rules.
    #[error("the new password breaks rules: {}", .0.iter().map(|rule| rule.as_str()).collect::<Vec<_>>().join(", "))]
    WeakPassword(Vec<PasswordRule>),
    /// The new password is one of the last ones.
    #[error("the new password was used before; choose one that is not among the last {0}")]
    PasswordReused(usize),
    /// Somebody else has this user name.
    #[error("the user name `{0}` is taken")]
    UsernameTaken(String),
    /// A field has a wrong form.
    #[error("`{field}`: {why}")]
    BadField {
        /// The field.
        field: &'static str,
        /// What would be right.
        why: &'static str,
    },
    /// There is no such account.
    #[error("there is no such account")]
    AccountNotFound,
    /// There is no such department.
    #[error("there is no department `{0}`")]
    DepartmentNotFound(String),
    /// There is no such session of this account.
    #[error("there is no such session")]
    SessionNotFound,
    /// These roles cannot be held together, or do not exist.
    #[error(transparent)]
    BadRoles(#[from] BadRoles),
    /// Nobody changes the rights of the own account.
    #[error(
        "nobody locks the own account, resets the own password or changes the own roles; ask another administrator"
    )]
    OwnAccount,
    /// The password of an administrator cannot be reset by another one: whoever sets it could take the account over.
    #[error("an administrator's password is reset at the machine, not by another administrator")]
    AdministratorReset,
    /// An administrator's role needs a password that only its owner knows.
    #[error("the account still has the password it was given; its owner must log in and change it first")]
    PasswordNotOwn,
    /// Without this account nobody would hold the role.
    #[error("this is the last account with the role `{0}`; give it to another account first")]
    LastAdministrator(RoleId),
    /// Somebody else changed the account in between.
    #[error("the account was changed by somebody else in the meantime; look again")]
    AccountChanged,
    /// Too many logins at once.
    #[error("too many logins at once; try again in a moment")]
    Busy,
    /// There is no such key of the gateway.
    #[error("there is no such key")]
    KeyUnknown,
    /// The key has ended or was revoked.
    #[error("the key has ended or was revoked; ask the model operators for a new one")]
    KeyOver,
    /// The key may not be used from this network.
    #[error("the key may not be used from this network")]
    KeyOutside,
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A policy file is wrong.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// The policies of the fence are wrong; those in force stay.
    #[error(transparent)]
    Fence(#[from] crate::fence::BadFence),
    /// What stands in the store cannot be read.
    #[error("the record of {what} cannot be read")]
    Damaged {
        /// What it is about.
        what: &'static str,
    },
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
            Self::BadCredentials | Self::SessionOver | Self::LoginRequired | Self::KeyUnknown | Self::KeyOver => {
                Kind::Unauthenticated
            }
            Self::KeyOutside => Kind::Denied,
            Self::TooManyAttempts { .. } | Self::Busy => Kind::Overloaded,
            Self::AccountLocked | Self::OwnAccount | Self::AdministratorReset => Kind::Denied,
            Self::WeakPassword(_) | Self::PasswordReused(_) | Self::BadField { .. } => Kind::Invalid,
            Self::BadRoles(BadRoles::Unknown(_) | BadRoles::Citizen) => Kind::Invalid,
            Self::BadRoles(BadRoles::NotSeparated { .. }) => Kind::Conflict,
            Self::UsernameTaken(_) | Self::LastAdministrator(_) | Self::AccountChanged | Self::PasswordNotOwn => {
                Kind::Conflict
            }
            Self::AccountNotFound | Self::DepartmentNotFound(_) | Self::SessionNotFound => Kind::NotFound,
            Self::Denied(denied) => denied.kind(),
            Self::Policy(policy) => policy.kind(),
            Self::Fence(fence) => fence.kind(),
            Self::Damaged { .. } => Kind::Bug,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadCredentials => "identity.bad_credentials",
            Self::TooManyAttempts { .. } => "identity.too_many_attempts",
            Self::AccountLocked => "identity.account_locked",
            Self::SessionOver => "identity.session_over",
            Self::LoginRequired => "identity.login_required",
            Self::WeakPassword(_) => "identity.weak_password",
            Self::PasswordReused(_) => "identity.password_reused",
            Self::UsernameTaken(_) => "identity.username_taken",
            Self::BadField { .. } => "identity.bad_field",
            Self::AccountNotFound => "identity.account_not_found",
            Self::DepartmentNotFound(_) => "identity.department_not_found",
            Self::SessionNotFound => "identity.session_not_found",
            Self::BadRoles(BadRoles::Unknown(_) | BadRoles::Citizen) => "identity.bad_role",
            Self::BadRoles(BadRoles::NotSeparated { .. }) => "identity.separated_roles",
            Self::OwnAccount => "identity.own_account",
            Self::AdministratorReset => "identity.administrator_reset",
            Self::PasswordNotOwn => "identity.password_not_own",
            Self::LastAdministrator(_) => "identity.last_administrator",
            Self::AccountChanged => "identity.account_changed",
            Self::Busy => "identity.busy",
            Self::KeyUnknown => "identity.key_unknown",
            Self::KeyOver => "identity.key_over",
            Self::KeyOutside => "identity.key_outside",
            Self::Denied(denied) => denied.code(),
            Self::Policy(policy) => policy.code(),
            Self::Fence(fence) => fence.code(),
            Self::Damaged { .. } => "identity.damaged",
            Self::Store(error) => error.code(),
        }
    }
}
