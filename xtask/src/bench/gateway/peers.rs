//! Other gateways from their registries, kept in `~/.cache/shuzheng/peers`. What cannot be installed or does not answer
//! is said and left out.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::Bench;
use crate::program::{Program, free_address};
use crate::target::{Target, Who};

/// The versions that are measured: a figure is of one version.
const LITELLM: &str = "1.108.7";
const PORTKEY: &str = "1.15.2";
/// With later ones Portkey answers 500 to every stream (Portkey-AI/gateway issue 1389).
const PORTKEY_HONO: &str = "1.14.1";
/// Both workers of LiteLLM load; only the first one's end is seen.
const SETTLE: Duration = Duration::from_secs(5);

const NGINX: &str = "\
daemon off;
worker_processes auto;
pid FOLDER/nginx.pid;
error_log /dev/null crit;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  upstream mock { server UPSTREAM; keepalive 512; }
  server {
    listen ADDRESS;
    keepalive_requests 1000000000;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_buffering off;
    }
  }
}
";

/// Those that run here, each when it has answered.
pub(crate) async fn all(bench: &Bench) -> Vec<Target> {
    let mut found = Vec::new();
    let started = [(Who::LiteLlm, litellm(bench)), (Who::Portkey, portkey(bench)), (Who::Nginx, nginx(bench))];
    for (who, started) in started {
        let ready = match started {
            Ok(target) => target.ready().await,
            Err(error) => Err(error),
        };
        match ready {
            Ok(target) => found.push(target),
            Err(error) => println!("SKIPPED {}: {error:#}", who.label()),
        }
    }
    tokio::time::sleep(SETTLE).await;
    found
}

fn litellm(bench: &Bench) -> Result<Target> {
    let venv = installed(&format!("litellm-{LITELLM}"), |folder| {
        done(Command::new("python3").args(["-m", "venv"]).arg(folder)).context("python3 -m venv")?;
        let package = format!("litellm[proxy]=={LITELLM}");
        done(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check", &package]))
    })?;
    let model = |name: &str| {
        format!(
            "  - model_name: {name}\n    litellm_params:\n      model: openai/{name}\n      api_base: http://{}/v1\n      api_key: x\n",
            bench.upstream
        )
    };
    let config = bench.scratch.join("litellm.yaml");
    let models = [model("mock"), model("slow")].concat();
    std::fs::write(&config, format!("model_list:\n{models}litellm_settings:\n  telemetry: false\n"))?;
    let address = free_address()?;
    let mut command = Command::new(venv.join("bin/litellm"));
    command.args(["--host", "127.0.0.1", "--port", &address.port().to_string(), "--num_workers", "2", "--config"]);
    command.arg(&config).env("LITELLM_LOG", "ERROR").env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    // Without a key of its own it starts only when it is told that this is meant.
    command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true");
    let program = Program::at(without_proxies(&mut command), address)?;
    Ok(Target::new(Who::LiteLlm, program, vec![("authorization", "Bearer sk-x".to_owned())]))
}

fn portkey(bench: &Bench) -> Result<Target> {
    let folder = installed(&format!("portkey-{PORTKEY}"), |folder| {
        let package =
            serde_json::json!({ "private": true, "overrides": { "@hono/node-server": PORTKEY_HONO } }).to_string();
        std::fs::write(folder.join("package.json"), package)?;
        let package = format!("@portkey-ai/gateway@{PORTKEY}");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", &package]).current_dir(folder);
        done(&mut npm)
    })?;
    let address = free_address()?;
    let mut command = Command::new("node");
    command.arg(folder.join("node_modules/@portkey-ai/gateway/build/start-server.js"));
    command.arg(format!("--port={}", address.port())).arg("--headless").env("NODE_ENV", "production");
    let program = Program::at(without_proxies(&mut command), address)?;
    let headers = vec![
        ("x-portkey-provider", "openai".to_owned()),
        ("x-portkey-custom-host", format!("http://{}/v1", bench.upstream)),
        ("authorization", "Bearer x".to_owned()),
    ];
    Ok(Target::new(Who::Portkey, program, headers))
}

fn nginx(bench: &Bench) -> Result<Target> {
    // Not in the path of everybody.
    let places = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"];
    let Some(binary) = places.into_iter().find(|name| done(Command::new(name).arg("-v")).is_ok()) else {
        bail!("it is not installed")
    };
    let folder = bench.scratch.join("nginx");
    std::fs::create_dir_all(&folder)?;
    let address = free_address()?;
    let config = folder.join("nginx.conf");
    std::fs::write(&config, nginx_config(&folder, bench.upstream, address))?;
    let program = Program::at(Command::new(binary).arg("-p").arg(&folder).arg("-c").arg(&config), address)?;
    Ok(Target::new(Who::Nginx, program, Vec::new()))
}

fn nginx_config(folder: &Path, upstream: SocketAddr, address: SocketAddr) -> String {
    let text = NGINX.replace("FOLDER", &folder.display().to_string());
    text.replace("UPSTREAM", &upstream.to_string()).replace("ADDRESS", &address.to_string())
}

/// The folder of a package, filled once.
fn installed(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let home = std::env::var("HOME").context("no home folder")?;
    let folder = PathBuf::from(home).join(".cache/shuzheng/peers").join(name);
    if !folder.join("ready").exists() {
        println!("installing {name}");
        std::fs::create_dir_all(&folder)?;
        fill(&folder)?;
        std::fs::write(folder.join("ready"), "")?;
    }
    Ok(folder)
}

/// What is asked runs on this machine, whatever proxy the way out needs.
fn without_proxies(command: &mut Command) -> &mut Command {
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1")
}

fn done(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{name}`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{name}`: {}", said.lines().last().unwrap_or("failed"));
    Ok(())
}
