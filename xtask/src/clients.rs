//! The official OpenAI clients against the gateway: both fetched from their registries, a mock endpoint behind it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::http::Client;
use crate::launch::{DemoServer, Scratch};
use crate::repo;
use crate::step::{self, run};

/// The versions that are tested: clients change their wire format now and then.
const PYTHON: &str = "openai==3.57.0";
const NODE: &str = "openai@7.57.0";

/// Runs both clients against a freshly built server.
pub(crate) fn clients(given: Option<&str>) -> Result<()> {
    let binary = match given {
        Some(binary) => PathBuf::from(binary),
        None => step::debug_server()?,
    };
    let cache = PathBuf::from(std::env::var("HOME").context("no home folder")?).join(".cache/shuzheng/clients");
    std::fs::create_dir_all(&cache)?;
    let (python, modules) = (python(&cache)?, node(&cache)?);
    let scratch = Scratch::new("clients")?;
    let data = scratch.folder("data")?;
    let scripts = repo::root().join("xtask/clients");
    let upstream = Upstream::start(&scripts)?;
    policies(&data, upstream.port)?;
    let server = DemoServer::start(&binary, &data)?;
    let base = format!("http://{}", server.address);
    let key = key(&server.address)?;
    let with = |command: &mut Command| -> Result<()> {
        let command = command
            .env("BASE_URL", &base)
            .env("KEY", &key)
            .env("UPSTREAM", format!("http://127.0.0.1:{}", upstream.port));
        run(command.env("MODULES", &modules).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1"))
    };
    with(Command::new(&python).arg(scripts.join("client.py")))?;
    with(Command::new("node").arg(scripts.join("client.mjs")))?;
    server.stop()
}

fn python(cache: &Path) -> Result<PathBuf> {
    let venv = cache.join(format!("python-{PYTHON}"));
    let python = venv.join("bin/python");
    if !venv.join("ready").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            .context("python3 -m venv: install python3-venv")?;
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check", PYTHON]))?;
        std::fs::write(venv.join("ready"), "")?;
    }
    Ok(python)
}

fn node(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("node-{NODE}"));
    if !folder.join("ready").exists() {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("package.json"), "{\"private\":true}")?;
        run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error", NODE])
            .current_dir(&folder))?;
        std::fs::write(folder.join("ready"), "")?;
    }
    Ok(folder)
}

struct Upstream {
    child: Child,
    port: u16,
}

impl Upstream {
    fn start(scripts: &Path) -> Result<Self> {
        let mut child = Command::new("python3").arg(scripts.join("upstream.py")).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let port = line
            .trim()
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .context("the mock endpoint did not start")?;
        Ok(Self { child, port })
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shipped registry with one more model, route and door.
fn policies(data: &Path, port: u16) -> Result<()> {
    let own = data.join("policies");
    std::fs::create_dir_all(&own)?;
    let shipped = std::fs::read_to_string(repo::root().join("policies/models.toml"))?;
    let model = format!(
        "\n[[model]]\nid = \"mock\"\nname = \"mock\"\nbackend = \"openai\"\nurl = \"http://127.0.0.1:{port}/v1\"\nmodel = \"mock\"\nlevel = \"internal\"\nconcurrency = 16\n\n[[route]]\nid = \"chat\"\nmodels = [\"mock\"]\n"
    );
    std::fs::write(own.join("models.toml"), shipped + &model)?;
    let door = format!(
        "[[entry]]\nname = \"mock\"\npurpose = \"model\"\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {port}\naddresses = [\"127.0.0.1\"]\nlevel = \"internal\"\n"
    );
    Ok(std::fs::write(own.join("egress.toml"), door)?)
}

fn key(address: &str) -> Result<String> {
    let mut client = Client::connect(address)?;
    client.login("models", "Shuzheng#2026")?;
    let body = json!({ "name": "clients", "department": "technology", "role": "clerk", "scopes": ["route:*", "scenario:*", "embeddings"] });
    let made = client.post("/api/v1/keys", &body)?;
    let key = made.get("secret").and_then(Value::as_str).unwrap_or_default().to_owned();
    ensure!(key.starts_with("sz-"), "no key was made");
    Ok(key)
}
