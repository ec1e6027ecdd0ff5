//! What can go wrong with a model, in terms of what a caller can do.

use kernel::{DataLevel, Fault, Kind};

/// A model gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No model of the route may read text of this level, or the route is empty.
    #[error("no model on the route may read text of level `{level}`: add one in policies/models.toml")]
    NoModel {
        /// The level of the text.
        level: DataLevel,
    },
    /// `policies/models.toml` cannot be used.
    #[error("{file}: {problem}")]
    BadRegistry {
        /// The file.
        file: String,
        /// What is wrong, with its line.
        problem: String,
    },
    /// A prompt template cannot be rendered.
    #[error("prompt template of `{scenario}` cannot be rendered")]
    BadPrompt {
        /// The scenario.
        scenario: String,
        /// The template's own message.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The door out refused the call.
    #[error("egress refused the call to model `{model}`: allow it in policies/egress.toml")]
    NotAllowed {
        /// The model.
        model: String,
        /// The refusal.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The endpoint did not answer in time, or stopped answering.
    #[error("model `{model}` did not answer within {secs} s")]
    Timeout {
        /// The model.
        model: String,
        /// The limit that passed.
        secs: u64,
    },
    /// The endpoint could not be reached, or broke off.
    #[error("model `{model}` broke off: {problem}")]
    Broken {
        /// The model.
        model: String,
        /// What happened, without the answer's text.
        problem: String,
    },
    /// The endpoint refused the request.
    #[error("model `{model}` answered status {status}")]
    Refused {
        /// The model.
        model: String,
        /// The HTTP status.
        status: u16,
    },
    /// The endpoint sent something that is not the agreed format.
    #[error("model `{model}` sent something that is not an answer: {problem}")]
    Garbage {
        /// The model.
        model: String,
        /// What was wrong, without the text itself.
        problem: String,
    },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoModel { .. } | Self::BadRegistry { .. } | Self::BadPrompt { .. } => Kind::Bug,
            Self::NotAllowed { .. } => Kind::Denied,
            Self::Timeout { .. } | Self::Broken { .. } | Self::Garbage { .. } => Kind::Unavailable,
            Self::Refused { status, .. } => {
                if *status == 429 {
                    Kind::Overloaded
                } else {
                    Kind::Unavailable
                }
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoModel { .. } => "models.no_model",
            Self::BadRegistry { .. } => "models.bad_registry",
            Self::BadPrompt { .. } => "models.bad_prompt",
            Self::NotAllowed { .. } => "models.not_allowed",
            Self::Timeout { .. } => "models.timeout",
            Self::Broken { .. } => "models.broken",
            Self::Refused { .. } => "models.refused",
            Self::Garbage { .. } => "models.garbage",
        }
    }
}
