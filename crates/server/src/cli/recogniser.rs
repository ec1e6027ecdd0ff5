//! `shuzheng models train-recogniser`: trains the guard's recogniser of names, organisations and addresses.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use guard::recogniser::{Sample, TrainOptions, train};

use crate::cli::{print, say};

/// Train the guard's recogniser.
#[derive(Debug, Args)]
pub struct TrainRecogniser {
    /// Labelled texts, one JSON object a line: `{"text","entities":[{"kind","start","end"}]}`, places in characters;
    /// kinds: `person_name`, `organisation`, `public_body`, `address`, `place`.
    #[arg(long)]
    input: PathBuf,
    /// Where the weights are written.
    #[arg(long)]
    output: PathBuf,
    /// Passes over the texts.
    #[arg(long, default_value_t = TrainOptions::default().passes, value_parser = clap::value_parser!(u32).range(1..=50))]
    passes: u32,
    /// Rows of the table, as a power of two: 18 are four megabytes.
    #[arg(long, default_value_t = TrainOptions::default().rows, value_parser = clap::value_parser!(u32).range(12..=22))]
    rows: u32,
    /// Where chance begins: the same seed and texts give the same bytes.
    #[arg(long, default_value_t = TrainOptions::default().seed)]
    seed: u64,
}

impl TrainRecogniser {
    /// Trains; a line that cannot be read is said and passed over.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let file = File::open(&self.input).with_context(|| format!("cannot open `{}`", self.input.display()))?;
        let mut samples = Vec::new();
        let mut bad = 0_usize;
        for (n, line) in BufReader::new(file).split(b'\n').enumerate() {
            let line = line.context("the input broke off")?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice::<Sample>(&line) {
                Ok(sample) => samples.push(sample),
                Err(error) => {
                    bad += 1;
                    say(&format!("line {}: {error}", n + 1));
                }
            }
        }
        anyhow::ensure!(!samples.is_empty(), "`{}` holds no labelled text", self.input.display());
        let options = TrainOptions { passes: self.passes, rows: self.rows, seed: self.seed, ..TrainOptions::default() };
        let weights = train(&samples, &options, &mut |pass, error| {
            say(&format!("pass {pass} of {}: mean error {error:.5}", options.passes));
        })
        .write();
        std::fs::write(&self.output, &weights).with_context(|| format!("cannot write `{}`", self.output.display()))?;
        print(
            &serde_json::json!({"output": self.output, "bytes": weights.len(), "texts": samples.len(), "failed": bad})
                .to_string(),
        )?;
        Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
