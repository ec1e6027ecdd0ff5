//! `shuzheng keys`: keys of the model gateway, at the machine.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use identity::{Action, Cx, KeyScope, NewKey, RoleId, Scope};
use ipnet::IpNet;
use kernel::ids::{DepartmentId, KeyId};
use kernel::{Clock, Entropy, Timestamp};
use serde_json::json;

use crate::cli::{DataArgs, print, runtime};
use crate::config::Config;
use crate::wiring::Platform;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key and print it, once.
    Create(Create),
    /// Print every key, one JSON line each; without the secrets, which nobody has.
    List(DataArgs),
    /// Revoke a key.
    Revoke(Revoke),
}

/// Make a key.
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    data: DataArgs,
    /// What it is for.
    #[arg(long)]
    name: String,
    /// Whose it is.
    #[arg(long, value_parser = |text: &str| DepartmentId::parse(text).map_err(|error| error.to_string()))]
    department: DepartmentId,
    /// The business role it acts with.
    #[arg(long, value_parser = |text: &str| RoleId::parse(text).map_err(|error| error.to_string()))]
    role: RoleId,
    /// What it opens: `route:ID`, `route:*`, `scenario:ID`, `scenario:*`, `embeddings`, `mcp`.
    #[arg(long = "scope", required = true, value_parser = |text: &str| KeyScope::parse(text).map_err(|error| error.to_string()))]
    scopes: Vec<KeyScope>,
    /// A network it may be used from; any when left out.
    #[arg(long = "network")]
    networks: Vec<IpNet>,
    /// The most tokens in one calendar month.
    #[arg(long)]
    tokens_per_month: Option<i64>,
    /// The most requests in one minute.
    #[arg(long)]
    requests_per_minute: Option<i32>,
    /// When it ends by itself, such as 2027-01-01T00:00:00Z.
    #[arg(long, value_parser = |text: &str| Timestamp::parse_rfc3339(text).ok_or("not an RFC 3339 time"))]
    expires_at: Option<Timestamp>,
}

/// Revoke a key.
#[derive(Debug, Args)]
pub struct Revoke {
    #[command(flatten)]
    data: DataArgs,
    /// Its id.
    #[arg(long, value_parser = |text: &str| KeyId::parse(text).map_err(|error| error.to_string()))]
    id: KeyId,
}

impl Command {
    /// Runs it. With SQLite the server must be stopped: one process works with a data folder.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => at_the_machine(&create.data.clone(), "keys create", async |platform, cx| {
                let new = NewKey {
                    name: create.name,
                    department: create.department,
                    role: create.role,
                    scopes: create.scopes,
                    networks: create.networks,
                    tokens_per_month: create.tokens_per_month,
                    requests_per_minute: create.requests_per_minute,
                    expires_at: create.expires_at,
                };
                let permit = cx.permit(Action::ManageModels, &Scope::Platform)?;
                let (key, secret) = platform.identity.create_key(cx, &permit, &new).await?;
                Ok(print(&json!({ "id": key.id, "name": key.name, "secret": secret }).to_string())?)
            }),
            Self::List(data) => at_the_machine(&data, "keys list", async |platform, cx| {
                let permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
                for key in platform.identity.keys(cx, &permit).await? {
                    print(&serde_json::to_string(&key)?)?;
                }
                Ok(())
            }),
            Self::Revoke(revoke) => at_the_machine(&revoke.data, "keys revoke", async |platform, cx| {
                let permit = cx.permit(Action::ManageModels, &Scope::Platform)?;
                let key = platform.identity.revoke_key(cx, &permit, &revoke.id).await?;
                Ok(print(&serde_json::to_string(&key)?)?)
            }),
        }
    }
}

/// Opens the platform, acts for it with a reason in the record, and closes it again.
pub(crate) fn at_the_machine<F>(data: &DataArgs, reason: &str, act: F) -> anyhow::Result<ExitCode>
where
    F: AsyncFnOnce(&Platform, &Cx) -> anyhow::Result<()>,
{
    let config = Config::load(data.config.as_deref())?;
    runtime()?.block_on(async {
        let platform = Box::pin(Platform::open(&data.data, &config, Clock::system(), Entropy::system())).await?;
        let cx = Cx::system(&platform.store, reason).await?;
        let outcome = act(&platform, &cx).await;
        platform.store.close().await;
        outcome
    })?;
    Ok(ExitCode::SUCCESS)
}
