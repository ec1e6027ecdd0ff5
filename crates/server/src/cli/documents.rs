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
        let Self::Extract { files } = self;
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
