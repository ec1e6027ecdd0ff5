//! What can go wrong while serving.

use kernel::{Fault, Kind, Wrong};

/// The assistant could not do its work. A refusal is not an error: it is an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A scenario folder cannot be used.
    #[error("{file}: {problem}")]
    BadScenario {
        /// The file.
        file: String,
        /// What is wrong, with line and field.
        problem: String,
    },
    /// There is no such scenario, or not for this asker.
    #[error("there is no scenario `{0}`")]
    NoScenario(String),
    /// There is no such run, or not for this asker.
    #[error("there is no run `{0}`")]
    NoRun(String),
    /// There is no such conversation, or not for this asker.
    #[error("there is no conversation `{0}`")]
    NoConversation(String),
    /// The edited answer must not leave.
    #[error("the edited answer fails {rules}")]
    EditUnsafe {
        /// The rules it fails.
        rules: String,
    },
    /// A review item and its run do not fit together.
    #[error("the checked answer is not what the reviewer was shown")]
    HashMismatch,
    /// It is switched off for now.
    #[error("`{target}` is switched off: {notice}")]
    SwitchedOff {
        /// What.
        target: String,
        /// What users are told.
        notice: String,
    },
    /// There is nothing to switch by this name.
    #[error("there is no switch `{0}`")]
    NoSwitch(String),
    /// A switch is thrown for a reason.
    #[error("a switch needs a reason of 4 to 500 characters, and a notice of at most 500")]
    SwitchNeedsReason,
    /// A level cannot be changed like this.
    #[error("{0}")]
    BadLevel(&'static str),
    /// Somebody else changed it since the caller looked.
    #[error("`{0}` is protected otherwise by now: look at it again")]
    LevelMoved(String),
    /// The scenario was raised above every model of its route.
    #[error("no model of the route `{route}` may read `{level}`, the level of the scenario `{scenario}`")]
    NoModelAtLevel {
        /// The scenario.
        scenario: String,
        /// Its level.
        level: kernel::DataLevel,
        /// Its route.
        route: String,
    },
    /// There is no such correction, or not for this reader.
    #[error("there is no correction `{0}`")]
    NoCorrection(String),
    /// A correction that cannot be kept.
    #[error("{0}")]
    BadCorrection(&'static str),
    /// There is no such refusal in the bank.
    #[error("there is no refusal `{0}`")]
    NoRefusal(String),
    /// Words of a refusal that cannot be kept.
    #[error("{0}")]
    BadRefusal(&'static str),
    /// What stands in the store cannot be read.
    #[error("{0} in the store cannot be read")]
    Damaged(&'static str),
    /// Feedback that cannot be taken.
    #[error("{0}")]
    BadFeedback(&'static str),
    /// A stored record cannot be read.
    #[error("a stored {what} cannot be read")]
    BadRecord {
        /// What it is.
        what: &'static str,
        /// The reader's message.
        #[source]
        source: serde_json::Error,
    },
    /// Policies, enterprises, calculations.
    #[error(transparent)]
    Entitlement(#[from] crate::entitlements::Unentitled),
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] identity::Denied),
    /// Identity.
    #[error(transparent)]
    Identity(#[from] identity::Error),
    /// Knowledge.
    #[error(transparent)]
    Knowledge(#[from] knowledge::Error),
    /// Models.
    #[error(transparent)]
    Models(#[from] models::Error),
    /// Review.
    #[error(transparent)]
    Review(#[from] review::Error),
    /// Store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::BadScenario { .. } | Self::BadFeedback(_) | Self::EditUnsafe { .. } => Kind::Invalid,
            Self::SwitchedOff { .. } | Self::NoModelAtLevel { .. } => Kind::Unavailable,
            Self::LevelMoved(_) => Kind::Conflict,
            Self::BadLevel(_) => Kind::Invalid,
            Self::SwitchNeedsReason | Self::BadCorrection(_) | Self::BadRefusal(_) => Kind::Invalid,
            Self::NoSwitch(_) | Self::NoCorrection(_) | Self::NoRefusal(_) => Kind::NotFound,
            Self::Damaged(_) => Kind::Bug,
            Self::NoScenario(_) | Self::NoRun(_) | Self::NoConversation(_) => Kind::NotFound,
            Self::HashMismatch | Self::BadRecord { .. } => Kind::Bug,
            Self::Entitlement(e) => e.kind(),
            Self::Denied(e) => e.kind(),
            Self::Identity(e) => e.kind(),
            Self::Knowledge(e) => e.kind(),
            Self::Models(e) => e.kind(),
            Self::Review(e) => e.kind(),
            Self::Store(e) => e.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadScenario { .. } => "assistant.bad_scenario",
            Self::NoScenario(_) => "assistant.scenario_not_found",
            Self::NoRun(_) => "assistant.run_not_found",
            Self::NoConversation(_) => "assistant.conversation_not_found",
            Self::EditUnsafe { .. } => "assistant.edit_unsafe",
            Self::SwitchedOff { .. } => "assistant.switched_off",
            Self::NoSwitch(_) => "assistant.switch_not_found",
            Self::SwitchNeedsReason => "assistant.switch_needs_reason",
            Self::BadLevel(_) => "assistant.bad_level",
            Self::LevelMoved(_) => "assistant.level_moved",
            Self::NoModelAtLevel { .. } => "assistant.no_model_at_level",
            Self::NoCorrection(_) => "assistant.correction_not_found",
            Self::BadCorrection(_) => "assistant.bad_correction",
            Self::NoRefusal(_) => "assistant.refusal_not_found",
            Self::BadRefusal(_) => "assistant.bad_refusal",
            Self::Damaged(_) => "assistant.damaged",
            Self::HashMismatch => "assistant.hash_mismatch",
            Self::BadFeedback(_) => "assistant.bad_feedback",
            Self::BadRecord { .. } => "assistant.bad_record",
            Self::Entitlement(e) => e.code(),
            Self::Denied(e) => e.code(),
            Self::Identity(e) => e.code(),
            Self::Knowledge(e) => e.code(),
            Self::Models(e) => e.code(),
            Self::Review(e) => e.code(),
            Self::Store(e) => e.code(),
        }
    }

    fn wrong(&self) -> Vec<Wrong> {
        match self {
            Self::Entitlement(e) => e.wrong(),
            _ => Vec::new(),
        }
    }
}
