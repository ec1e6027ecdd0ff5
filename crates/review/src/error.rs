//! What can go wrong with a review.

use identity::Denied;
use kernel::ids::ReviewId;
use kernel::{Fault, Kind};

use crate::state::State;

/// An error of review.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such item, or not for this permit.
    #[error("there is no review `{0}`")]
    NotFound(ReviewId),
    /// Somebody else was faster.
    #[error("the review was already decided: it is {}", .0.as_str())]
    AlreadyDecided(State),
    /// It stands where this cannot be done with it.
    #[error("this cannot be done with the review now: it is {}", .0.as_str())]
    NotNow(State),
    /// Somebody else works on it.
    #[error("somebody else works on this review")]
    Claimed,
    /// It is for another department or competence.
    #[error("the review is for another department or competence")]
    NotAssigned,
    /// The second signature is another person's.
    #[error("the second signature must be another person's")]
    SecondSigner,
    /// Only answers are edited; anything else is sent back.
    #[error("only answers are edited; send it back instead")]
    NotEditable,
    /// A profile that cannot be.
    #[error("the competences, deputy or times of the profile cannot be")]
    BadProfile,
    /// Nobody decides on an answer to the own question.
    #[error("nobody decides on an answer to the own question; another reviewer must")]
    OwnQuestion,
    /// A decision is a person's.
    #[error("only a person can decide")]
    PersonRequired,
    /// What was seen is not what waits.
    #[error("the draft is not the one that was seen; open it again")]
    OtherDraft,
    /// A rejection says why.
    #[error("a rejection needs a reason")]
    ReasonRequired,
    /// An edited answer has words.
    #[error("the edited answer is empty")]
    AnswerRequired,
    /// A text is too long.
    #[error("`{field}` is longer than {limit} characters")]
    TooLong {
        /// The field.
        field: &'static str,
        /// The most characters.
        limit: usize,
    },
    /// The edited answer fails a check.
    #[error("the edited answer fails {}", .0.join(", "))]
    EditFails(Vec<String>),
    /// The draft has no hash, so nobody can sign it.
    #[error("the draft was not checked")]
    Unchecked,
    /// Only the asker takes a question back.
    #[error("only the asker takes a question back")]
    NotTheAsker,
    /// The run has an item already.
    #[error("this run waits for a review already")]
    AlreadyQueued,
    /// The cursor is not one that a page gave.
    #[error("the cursor is not one that a page gave")]
    BadCursor,
    /// What stands in the store cannot be read.
    #[error("the record of a review cannot be read")]
    Damaged,
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Identity failed.
    #[error(transparent)]
    Identity(#[from] identity::Error),
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
            Self::NotFound(_) => Kind::NotFound,
            Self::AlreadyDecided(_) | Self::OtherDraft | Self::AlreadyQueued => Kind::Conflict,
            Self::NotNow(_) | Self::Claimed => Kind::Conflict,
            Self::OwnQuestion | Self::PersonRequired | Self::NotTheAsker => Kind::Denied,
            Self::NotAssigned | Self::SecondSigner => Kind::Denied,
            Self::NotEditable | Self::BadProfile => Kind::Invalid,
            Self::ReasonRequired | Self::AnswerRequired | Self::TooLong { .. } | Self::EditFails(_) => Kind::Invalid,
            Self::BadCursor => Kind::Invalid,
            Self::Unchecked | Self::Damaged => Kind::Bug,
            Self::Denied(denied) => denied.kind(),
            Self::Identity(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "review.not_found",
            Self::AlreadyDecided(_) => "review.already_decided",
            Self::NotNow(_) => "review.not_now",
            Self::Claimed => "review.claimed",
            Self::NotAssigned => "review.not_assigned",
            Self::SecondSigner => "review.second_signer",
            Self::NotEditable => "review.not_editable",
            Self::BadProfile => "review.bad_profile",
            Self::OwnQuestion => "review.own_question",
            Self::PersonRequired => "review.person_required",
            Self::OtherDraft => "review.other_draft",
            Self::ReasonRequired => "review.reason_required",
            Self::AnswerRequired => "review.answer_required",
            Self::TooLong { .. } => "review.too_long",
            Self::EditFails(_) => "review.edit_fails",
            Self::Unchecked => "review.unchecked",
            Self::NotTheAsker => "review.not_the_asker",
            Self::AlreadyQueued => "review.already_queued",
            Self::BadCursor => "review.bad_cursor",
            Self::Damaged => "review.damaged",
            Self::Denied(denied) => denied.code(),
            Self::Identity(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
