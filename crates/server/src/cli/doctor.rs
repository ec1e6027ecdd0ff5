//! `shuzheng doctor`: is everything in order? Reads only, so it may run beside the server.

use std::process::ExitCode;

use clap::Args;
use identity::Roles;
use kernel::{Clock, Entropy};
use models::Registry;
use serde::Serialize;
use store::Store;

use crate::assets;
use crate::cli::{DataArgs, print, runtime};
use crate::config::Config;
use crate::wiring;

/// Free disk below this is a finding.
const MIN_FREE_BYTES: u64 = 1 << 30;
/// A clock before this is wrong: the day this was written.
const EARLIEST: i64 = 1_795_392_000_000;

/// Check a data folder.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    data: DataArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Examined {
    name: &'static str,
    ok: bool,
    detail: String,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Examined>,
}

impl Doctor {
    /// Runs it. Exit status 1 when something is not in order.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let checks = runtime()?.block_on(self.examine());
        let report = Report { ok: checks.iter().all(|check| check.ok), checks };
        if self.json {
            print(&serde_json::to_string(&report)?)?;
        } else {
            for check in &report.checks {
                print(&format!("{}  {:<14} {}", if check.ok { "ok  " } else { "FAIL" }, check.name, check.detail))?;
            }
        }
        Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn examine(&self) -> Vec<Examined> {
        let mut checks = vec![self.configuration(), self.policies(), clock()];
        let config = Config::load(self.data.config.as_deref()).unwrap_or_default();
        let options = wiring::options(&self.data.data, &config);
        let store = match Store::open_read_only(options, Clock::system(), Entropy::system()).await {
            Ok(store) => store,
            Err(error) => {
                checks.push(Examined { name: "store", ok: false, detail: error.to_string() });
                return checks;
            }
        };
        let status = store.status().await;
        let found = store.check().await.unwrap_or_else(|error| vec![error.to_string()]);
        let detail = if found.is_empty() { format!("{} bytes, sound", status.size_bytes) } else { found.join("; ") };
        checks.push(Examined { name: "store", ok: status.ok && found.is_empty(), detail });
        checks.push(Examined {
            name: "disk",
            ok: status.disk_free_bytes >= MIN_FREE_BYTES,
            detail: format!("{} MiB free, {} MiB wanted", status.disk_free_bytes >> 20, MIN_FREE_BYTES >> 20),
        });
        checks.push(match store.audit().verify().await {
            Ok(report) if report.ok => {
                Examined { name: "audit", ok: true, detail: format!("{} entries, chain whole", report.entries) }
            }
            Ok(report) => Examined {
                name: "audit",
                ok: false,
                detail: format!("chain broken at entry {}", report.first_bad.unwrap_or_default()),
            },
            Err(error) => Examined { name: "audit", ok: false, detail: error.to_string() },
        });
        checks.push(match store.jobs().counts().await {
            Ok(jobs) => Examined {
                name: "jobs",
                ok: jobs.failed == 0,
                detail: format!("{} queued, {} running, {} given up", jobs.queued, jobs.running, jobs.failed),
            },
            Err(error) => Examined { name: "jobs", ok: false, detail: error.to_string() },
        });
        let index = self.data.data.join("index");
        checks.push(Examined {
            name: "index",
            ok: true,
            detail: if index.is_dir() { "present".to_owned() } else { "will be built at the next start".to_owned() },
        });
        store.close().await;
        checks
    }

    fn configuration(&self) -> Examined {
        match Config::load(self.data.config.as_deref()) {
            Ok(_) => Examined { name: "configuration", ok: true, detail: "readable".to_owned() },
            Err(error) => Examined { name: "configuration", ok: false, detail: error.to_string() },
        }
    }

    fn policies(&self) -> Examined {
        let own = Some(self.data.data.as_path());
        let read = |name: &str| assets::policy(own, name).map_err(|error| format!("policies/{name}: {error}"));
        let looked = || -> Result<String, String> {
            let roles = Roles::load("policies/roles.toml", &read("roles.toml")?).map_err(|e| e.to_string())?;
            let registry = Registry::parse("policies/models.toml", &read("models.toml")?).map_err(|e| e.to_string())?;
            let folders = assets::scenarios(own).map_err(|e| e.to_string())?;
            let known = assistant::Known {
                roles: roles.iter().map(|role| role.id.as_str().to_owned()).collect(),
                routes: registry.routes().iter().map(|route| route.id.clone()).collect(),
                ..assistant::Known::default()
            };
            let scenarios = assistant::Scenarios::load(&folders, &known).map_err(|e| e.to_string())?;
            Ok(format!("{} scenarios, {} models", scenarios.all().len(), registry.models().len()))
        };
        match looked() {
            Ok(detail) => Examined { name: "policies", ok: true, detail },
            Err(detail) => Examined { name: "policies", ok: false, detail },
        }
    }
}

fn clock() -> Examined {
    let now = Clock::system().now();
    let ok = now.as_millis() >= EARLIEST;
    Examined {
        name: "clock",
        ok,
        detail: if ok { now.to_string() } else { format!("{now} lies in the past: set the clock") },
    }
}
