//! The command line. One file per group of commands; `CONTRACT` fixes names, inputs and outputs.

pub mod accounts;
pub mod audit;
pub mod backup;
pub mod batch;
pub mod doctor;
pub mod documents;
pub mod guard;
pub mod hotline;
pub mod keys;
pub mod knowledge;
pub mod models;
pub mod policies;
pub mod recogniser;
pub mod serve;
pub mod train;
pub mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// 数政: a private, auditable large-model platform for digital government.
#[derive(Debug, Parser)]
#[command(name = "shuzheng", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What is logged: `error`, `warn`, `info`, `debug`, or a filter such as `store=debug,info`.
    #[arg(long, global = true, default_value = "warn", env = "SHUZHENG_LOG")]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server.
    Serve(serve::Serve),
    /// Check store, index, audit chain, models, disk and clock.
    Doctor(doctor::Doctor),
    /// Read documents.
    #[command(subcommand)]
    Documents(documents::Command),
    /// Import into a knowledge base, search it, answer from it.
    #[command(subcommand)]
    Knowledge(knowledge::Command),
    /// De-identify, screen, verify.
    #[command(subcommand)]
    Guard(guard::Command),
    /// Draft work orders of the 12345 hotline.
    #[command(subcommand)]
    Hotline(hotline::Command),
    /// Train and use small models.
    #[command(subcommand)]
    Models(models::Command),
    /// Decompose policies for enterprises and match enterprises with them.
    #[command(subcommand)]
    Policies(policies::Command),
    /// The first administrators, and an administrator's forgotten password.
    #[command(subcommand)]
    Accounts(accounts::Command),
    /// Keys of the model gateway.
    #[command(subcommand)]
    Keys(keys::Command),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Write a backup of a data folder, also while the server runs.
    Backup(backup::Backup),
    /// Restore a backup into an empty data folder.
    Restore(backup::Restore),
    /// Print the description of the HTTP API.
    Openapi,
    /// Print which role may do what.
    Roles,
    /// Read one file as the server's own child; not for people.
    #[command(hide = true, name = crate::reading::child::COMMAND)]
    ReadDocument,
}

/// The data folder and its configuration.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The data folder.
    #[arg(long)]
    pub data: PathBuf,
    /// The configuration file.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Runs a command line.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let log = match &cli.command {
        // A server tells its administrator what it does.
        Command::Serve(_) if cli.log == "warn" => "info",
        _ => cli.log.as_str(),
    };
    crate::logs::start(log);
    let outcome = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Documents(command) => command.run(),
        Command::Knowledge(command) => command.run(),
        Command::Guard(command) => command.run(),
        Command::Hotline(command) => command.run(),
        Command::Models(command) => command.run(),
        Command::Policies(command) => command.run(),
        Command::Accounts(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Openapi => openapi(),
        Command::Roles => roles(),
        Command::ReadDocument => Ok(crate::reading::child::run()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            say(&format!("shuzheng: {}", chain(&error)));
            ExitCode::from(2)
        }
    }
}

/// An error and its causes in one line.
fn chain(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Writes a line to stderr.
pub fn say(line: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Writes a line to stdout, and tells when nobody reads any more.
pub fn print(line: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// A runtime for commands.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn openapi() -> anyhow::Result<ExitCode> {
    print(&description()?)?;
    Ok(ExitCode::SUCCESS)
}

/// The description of the HTTP API, as committed in `api/openapi.json`.
pub fn description() -> anyhow::Result<String> {
    let (_, description) = crate::http::api(0).split_for_parts();
    Ok(description.to_pretty_json()?)
}

fn roles() -> anyhow::Result<ExitCode> {
    print(identity::Roles::embedded()?.matrix().trim_end())?;
    Ok(ExitCode::SUCCESS)
}
