//! Small models: training the embedding; the other commands a later version serves, until then they say so and fail.

use std::process::ExitCode;

use clap::Subcommand;

use crate::cli::say;
use crate::cli::train::TrainEmbedding;

/// What to do with small models.
#[derive(Debug, Subcommand)]
pub enum Models {
    /// Train a retrieval embedding.
    TrainEmbedding(TrainEmbedding),
    /// Train a text classifier.
    TrainClassifier {
        /// Whatever follows.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<String>,
    },
    /// Classify texts.
    Classify {
        /// Whatever follows.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<String>,
    },
}

impl Models {
    /// Runs it, or says that it is not served yet.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let name = match self {
            Self::TrainEmbedding(train) => return train.run(),
            Self::TrainClassifier { .. } => "train-classifier",
            Self::Classify { .. } => "classify",
        };
        say(&format!("shuzheng: `models {name}` is not served yet; docs/gaps.md says what comes when"));
        Ok(ExitCode::from(3))
    }
}
