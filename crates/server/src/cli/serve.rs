//! `shuzheng serve`: start, say where, drain on SIGTERM.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use kernel::event::Deed;
use kernel::{Clock, Entropy};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::abuse::Abuse;
use crate::cli::{print, runtime, say};
use crate::config::{Config, listen_address};
use crate::http::{App, router};
use crate::networks::Networks;
use crate::proofs::Proofs;
use crate::wiring::Platform;
use crate::{anchoring, connections, demo, measures, workers};

/// Start the server.
#[derive(Debug, Args)]
pub struct Serve {
    /// The data folder.
    #[arg(long)]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_parser = listen_address)]
    listen: SocketAddr,
    /// Load the demo agency into an empty data folder.
    #[arg(long)]
    demo: bool,
    /// The configuration file.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Serve {
    /// Runs until SIGTERM or Ctrl-C.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let config = Config::load(self.config.as_deref())?;
        let runtime = runtime()?;
        let outcome = runtime.block_on(self.serve(config));
        // Work that was detached does not keep a stopped server alive.
        runtime.shutdown_timeout(Duration::from_secs(1));
        outcome
    }

    async fn serve(self, config: Config) -> anyhow::Result<ExitCode> {
        // The port before the store: a second start with the same line fails without touching anything.
        let listener = TcpListener::bind(self.listen).await.with_context(|| {
            format!("cannot listen on {}: choose another --listen, or stop what uses it", self.listen)
        })?;
        let address = listener.local_addr()?;
        // Dictionaries and classifiers are unpacked beside the start, so that the first question is as quick as the next.
        let warm = tokio::task::spawn_blocking(guard::warm_up);
        let platform = Platform::open(&self.data, &config, Clock::system(), Entropy::system()).await?;
        if self.demo {
            demo::load(&platform).await?;
        }
        let platform = Arc::new(platform);
        drop(measures::install());
        platform.note(Deed::ServerStarted).await?;

        let (drain, draining) = watch::channel(false);
        let mut running = workers::start(&platform, &draining);
        let drain_secs = config.server.drain_secs;
        let places = anchoring::Outside::of(&config.audit);
        if !places.is_empty() {
            let anchoring = anchoring::keep(Arc::clone(&platform), places, config.audit.anchor_every());
            running.spawn(workers::until(draining.clone(), anchoring));
        }
        let bounds = platform.limits.connections;
        let app = app(Arc::clone(&platform), config, draining.clone())?;
        let router = router(app);
        warm.await?;
        print(&format!("listening on http://{address}"))?;
        if self.demo {
            demo::announce(address);
        }
        let mut server = std::pin::pin!(connections::serve(listener, router, bounds, draining.clone()));
        tokio::select! {
            () = &mut server => {}
            () = stop_asked() => {
                tracing::info!("stopping: running requests may end");
                drain.send_replace(true);
                let limit = Duration::from_secs(drain_secs);
                match tokio::time::timeout(limit, &mut server).await {
                    Ok(()) => {}
                    Err(_) => say("some requests did not end in time and were cut off"),
                }
            }
        }
        running.shutdown().await;
        platform.note(Deed::ServerStopped).await?;
        platform.store.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// The state of handlers.
pub fn app(platform: Arc<Platform>, config: Config, draining: watch::Receiver<bool>) -> anyhow::Result<App> {
    let networks = |field: &str, texts: &[String]| -> anyhow::Result<Vec<ipnet::IpNet>> {
        texts
            .iter()
            .map(|text| {
                text.parse().with_context(|| format!("server.{field}: `{text}` is not a network such as 10.0.0.0/8"))
            })
            .collect()
    };
    let (limits, clock) = (platform.limits.clone(), platform.store.clock().clone());
    let proofs = Proofs::new(&platform.challenge_secret);
    let abuse = Abuse::new(limits, platform.security.clone(), clock, proofs.clone());
    Ok(App {
        started_at: platform.store.clock().now(),
        networks: Arc::new(Networks::read(&config)?),
        metrics_networks: Arc::new(networks("metrics_networks", &config.server.metrics_networks)?),
        abuse: Arc::new(abuse),
        proofs,
        platform,
        config: Arc::new(config),
        draining,
    })
}

/// Waits for SIGTERM or Ctrl-C.
async fn stop_asked() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}
