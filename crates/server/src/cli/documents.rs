//! `shuzheng documents`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::cli::{print, say};
use crate::reading::{Bounds, Reading};

/// Nobody watches: the line comes when the file is read.
struct Nobody;

impl documents::Watch for Nobody {}

/// What to do with documents.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the labels of generated content back from files and pictures: one JSON line a file.
    CheckLabel {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Read files into structured text: one JSON line a file.
    Extract {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let files = match self {
            Self::Extract { files } => files,
            Self::CheckLabel { files } => return check_labels(&files),
        };
        let reading = Reading::new(Bounds::default());
        let mut bad = false;
        for (number, path) in (1..).zip(&files) {
            match std::fs::read(path) {
                Ok(bytes) => {
                    let name = path.to_string_lossy();
                    let (document, defects) = reading.read(&name, &bytes, &mut Nobody);
                    print(&documents::line(&name, &document, &defects))?;
                }
                Err(error) => {
                    bad = true;
                    let error = serde_json::json!({ "code": "cli.unreadable", "message": format!("`{}`: {error}", path.display()) });
                    print(&serde_json::json!({ "line": number, "error": error }).to_string())?;
                }
            }
        }
        if bad {
            say("some files could not be read");
        }
        Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// What one file says of being generated.
#[derive(serde::Serialize)]
struct LabelLine {
    path: String,
    #[serde(flatten)]
    report: documents::LabelReport,
}

/// Exit status 1 when any file is not labelled as it must be.
fn check_labels(files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let mut bad = false;
    for (number, path) in (1..).zip(files) {
        let line = match std::fs::read(path) {
            Ok(bytes) => {
                let path = path.to_string_lossy().into_owned();
                let report = documents::check_label(&path, &bytes, &documents::Limits::default());
                bad |= !report.ok;
                serde_json::to_string(&LabelLine { path, report })?
            }
            Err(error) => {
                bad = true;
                let error = serde_json::json!({ "code": "cli.unreadable", "message": format!("`{}`: {error}", path.display()) });
                serde_json::json!({ "line": number, "error": error }).to_string()
            }
        };
        print(&line)?;
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
