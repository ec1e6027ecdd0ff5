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
    /// The endpoint says that the request is wrong.
    #[error("model `{model}` rejected the request ({status}): {problem}")]
    Rejected {
        /// The model.
        model: String,
        /// The HTTP status, 400 to 499.
        status: u16,
        /// What it says, cut; for the caller, never for a log.
        problem: String,
    },
    /// There is no such route.
    #[error("there is no route `{0}`")]
    NoRoute(String),
    /// The change would leave the registry without sense.
    #[error("{problem}")]
    BadChange {
        /// What would be wrong.
        problem: String,
    },
    /// The request is wrong.
    #[error("`{field}`: {problem}")]
    BadRequest {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The model cannot do this.
    #[error("the model cannot do {what}")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// The model runs in the process itself, and this program was built without llama.cpp.
    #[error("model `{model}` needs a program that was built with the feature `llama`")]
    NotBuilt {
        /// The model.
        model: String,
    },
    /// The guard stopped the text on its way in.
    #[error("the guard stopped the text: {}", .0.code.as_str())]
    Stopped(guard::Refusal),
    /// The guard stopped the answer on its way out.
    #[error("the guard stopped the answer")]
    AnswerStopped,
    /// Too many wait already.
    #[error("{waiting} requests wait for the route `{route}` already")]
    QueueFull {
        /// The route.
        route: String,
        /// How many.
        waiting: u32,
    },
    /// No place became free in time.
    #[error("no place on the route `{route}` within {secs} s")]
    QueueTimeout {
        /// The route.
        route: String,
        /// How long was waited.
        secs: u32,
    },
    /// Every model of the route is left alone after failures.
    #[error("no model of the route `{route}` answers now")]
    AllDown {
        /// The route.
        route: String,
    },
    /// The budget of this month does not cover the request.
    #[error("what is left of the {budget} tokens a month of `{who}` does not cover this request and all it may write")]
    BudgetSpent {
        /// Whose.
        who: String,
        /// How much it is.
        budget: u64,
    },
    /// A model file that is brought in is not what it says.
    #[error("{problem}")]
    BadFile {
        /// What is wrong.
        problem: String,
    },
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] identity::Denied),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The endpoint sent something that is not the agreed format.
    #[error("model `{model}` sent something that is not an answer: {problem}")]
    Garbage {
        /// The model.
        model: String,
        /// What was wrong, without the text itself.
        problem: String,
    },
}

impl From<store::sea_orm::DbErr> for Error {
    fn from(error: store::sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Rejected { .. }
            | Self::BadChange { .. }
            | Self::BadRequest { .. }
            | Self::Unsupported { .. }
            | Self::Stopped(_)
            | Self::AnswerStopped
            | Self::BadFile { .. } => Kind::Invalid,
            Self::NoRoute(_) => Kind::NotFound,
            Self::NotBuilt { .. } => Kind::Unsupported,
            Self::BudgetSpent { .. } => Kind::Overloaded,
            Self::QueueFull { .. } | Self::QueueTimeout { .. } | Self::AllDown { .. } => Kind::Unavailable,
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
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
            Self::Rejected { .. } => "models.rejected",
            Self::NoRoute(_) => "models.no_route",
            Self::BadChange { .. } => "models.bad_change",
            Self::BadRequest { .. } => "models.bad_request",
            Self::Unsupported { .. } => "models.unsupported",
            Self::NotBuilt { .. } => "models.not_built",
            Self::Stopped(_) => "models.stopped",
            Self::AnswerStopped => "models.answer_stopped",
            Self::QueueFull { .. } => "models.queue_full",
            Self::QueueTimeout { .. } => "models.queue_timeout",
            Self::AllDown { .. } => "models.all_down",
            Self::BudgetSpent { .. } => "models.budget_spent",
            Self::BadFile { .. } => "models.bad_file",
            Self::Denied(denied) => denied.code(),
            Self::Store(error) => error.code(),
        }
    }
}
