//! The one binary: the server, and commands over its data and its engines.

use std::process::ExitCode;

use clap::Parser as _;
use server::cli::Cli;

fn main() -> ExitCode {
    server::cli::run(Cli::parse())
}
