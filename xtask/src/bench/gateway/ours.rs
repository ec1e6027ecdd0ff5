//! The platform over the mock upstream: a data folder with two models, a key, and the server that ships.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::Bench;
use crate::program::Program;

/// The route of quick answers, and that of streams that take long.
pub(crate) const FAST: &str = "chat";
pub(crate) const SLOW: &str = "slow";
/// More places than any load takes.
pub(crate) const MANY: u32 = 4096;
/// More than any load asks for.
const UNLIMITED: u32 = 1_000_000_000;

/// A data folder that a server can be started on.
pub(crate) struct Ours<'b> {
    binary: &'b Path,
    data: PathBuf,
    /// SQLite in the data folder without one.
    database: Option<String>,
}

impl<'b> Ours<'b> {
    /// Makes the folder. `slow_places` is how many slow streams may run at once.
    pub(crate) fn make(bench: &'b Bench, name: &str, slow_places: u32, database: Option<&str>) -> Result<Self> {
        let data = bench.scratch.join(name);
        let policies = data.join("policies");
        std::fs::create_dir_all(&policies)?;
        std::fs::write(policies.join("models.toml"), models(bench.upstream, slow_places))?;
        std::fs::write(policies.join("egress.toml"), door(bench.upstream))?;
        std::fs::write(policies.join("limits.toml"), limits())?;
        Ok(Self { binary: &bench.binary, data, database: database.map(str::to_owned) })
    }

    /// A key for every route.
    pub(crate) fn key(&self) -> Result<String> {
        let who = ["--username", "bench", "--name", "bench", "--role", "models", "--department", "bench"];
        let place = ["--department-name", "bench", "--region", "510000"];
        self.run(&[&["accounts", "appoint"], &who[..], &place[..]].concat())?;
        let key = ["--name", "bench", "--department", "bench", "--role", "clerk", "--scope", "route:*"];
        let made: Value = serde_json::from_str(self.run(&[&["keys", "create"], &key[..]].concat())?.trim())?;
        Ok(made.get("secret").and_then(Value::as_str).context("no key was made")?.to_owned())
    }

    /// Starts the server.
    pub(crate) fn serve(&self) -> Result<Program> {
        let log = self.data.with_extension("log");
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Program::announced(command.stderr(std::fs::File::create(&log)?)).with_context(|| {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            format!("shuzheng serve: {}", said.lines().last().unwrap_or("no message"))
        })
    }

    fn run(&self, args: &[&str]) -> Result<String> {
        let output = self.command(args).output()?;
        ensure!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.binary);
        command.args(args).arg("--data").arg(&self.data).env_remove("SHUZHENG_DATABASE_URL");
        command.envs(self.database.iter().map(|url| ("SHUZHENG_DATABASE_URL", url)));
        command
    }
}

/// Two models of the mock upstream, each with its route. Whoever waits for a slow one waits longer than ids live.
fn models(upstream: SocketAddr, slow_places: u32) -> String {
    let model = |id: &str, places: u32| {
        format!(
            "[[model]]\nid = \"{id}\"\nname = \"{id}\"\nbackend = \"openai\"\nurl = \"http://{upstream}/v1\"\nmodel = \"{id}\"\nlevel = \"internal\"\nconcurrency = {places}\ntotal_secs = 900\n"
        )
    };
    let route = |id: &str, model: &str| {
        format!("[[route]]\nid = \"{id}\"\nmodels = [\"{model}\"]\nqueue = {MANY}\nwait_secs = 120\n")
    };
    let built_in =
        "[[model]]\nid = \"extractive\"\nname = \"x\"\nbackend = \"extractive\"\nlevel = \"sensitive\"\n".to_owned();
    let models = [built_in, model("mock", MANY), model("slow", slow_places)];
    let routes =
        [route("default", "extractive"), route("builtin", "extractive"), route(FAST, "mock"), route(SLOW, "slow")];
    [models.concat(), routes.concat()].concat()
}

/// The mock upstream on the whitelist.
fn door(upstream: SocketAddr) -> String {
    format!(
        "[[entry]]\nname = \"mock\"\npurpose = \"model\"\nscheme = \"http\"\nhost = \"{}\"\nport = {}\naddresses = [\"127.0.0.0/8\"]\nlevel = \"internal\"\n",
        upstream.ip(),
        upstream.port()
    )
}

/// The limits that ship, without those that one address with one key would meet: of requests, tokens and
/// connections.
fn limits() -> String {
    let mut section = "";
    let mut text = String::new();
    for line in include_str!("../../../../policies/limits.toml").lines() {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split_once('=').map_or("", |(key, _)| key.trim());
        let is_raised = match section {
            "[requests]" | "[tokens]" => true,
            "[connections]" => key == "per_address",
            _ => false,
        };
        if is_raised && !key.is_empty() && !line.starts_with('#') {
            let most = if section == "[connections]" { MANY } else { UNLIMITED };
            text.push_str(&format!("{key} = {most}\n"));
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
