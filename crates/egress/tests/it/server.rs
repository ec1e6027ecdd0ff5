//! Servers on loopback that behave as they are told, and a door with a whitelist for them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use egress::{CallRecord, Egress, Url, Whitelist};
use kernel::{Clock, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What a server does after it has read the head of a request.
#[derive(Clone)]
pub(crate) enum Part {
    /// Writes this.
    Say(Vec<u8>),
    /// Stands still for ever.
    Hang,
}

pub(crate) fn say(text: &str) -> Part {
    Part::Say(text.replace('\n', "\r\n").into_bytes())
}

/// A server; it ends with this value.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Answers every connection with `parts` and closes it.
    pub(crate) async fn start(parts: Vec<Part>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let log = heard.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let (parts, log) = (parts.clone(), log.clone());
                connections.spawn(async move {
                    let mut head = Vec::new();
                    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                        let mut byte = [0; 256];
                        match socket.read(&mut byte).await {
                            Ok(0) | Err(_) => return,
                            Ok(n) => head.extend_from_slice(&byte[..n]),
                        }
                    }
                    log.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
                    for part in parts {
                        match part {
                            Part::Say(bytes) => {
                                if socket.write_all(&bytes).await.is_err() {
                                    return;
                                }
                            }
                            Part::Hang => futures::future::pending().await,
                        }
                    }
                });
            }
        });
        Self { port, heard, _tasks: tasks }
    }
}

/// A door, what it recorded, and how often names were resolved.
pub(crate) struct Door {
    pub(crate) egress: Egress,
    records: Arc<Mutex<Vec<CallRecord>>>,
    pub(crate) resolved: Arc<Mutex<Vec<String>>>,
}

impl Door {
    /// A door for `http://model.test:PORT`, whose names stand for `addresses`, one set after the other.
    pub(crate) fn to(port: u16, extra: &str, addresses: &[&[&str]]) -> Self {
        let text = format!(
            "[[entry]]\nname = \"model\"\npurpose = \"model\"\nscheme = \"http\"\nhost = \"model.test\"\nport = {port}\n\
             level = \"internal\"\n{extra}"
        );
        Self::with(&text, addresses)
    }

    pub(crate) fn with(whitelist: &str, addresses: &[&[&str]]) -> Self {
        let records: Arc<Mutex<Vec<CallRecord>>> = Arc::default();
        let resolved: Arc<Mutex<Vec<String>>> = Arc::default();
        let sets: Vec<Vec<IpAddr>> =
            addresses.iter().map(|set| set.iter().map(|address| address.parse().unwrap()).collect()).collect();
        let (clock, _) = Clock::manual(Timestamp::from_millis(0));
        let recorder = {
            let records = records.clone();
            Arc::new(move |record| records.lock().unwrap().push(record))
        };
        let resolver: egress::Resolver = {
            let resolved = resolved.clone();
            Arc::new(move |host| {
                let mut resolved = resolved.lock().unwrap();
                let set = sets.get(resolved.len()).or(sets.last()).cloned().unwrap_or_default();
                resolved.push(host);
                Box::pin(std::future::ready(Ok(set)))
            })
        };
        let whitelist = Whitelist::parse("egress.toml", whitelist).unwrap();
        Self { egress: Egress::with_resolver(whitelist, recorder, clock, resolver), records, resolved }
    }

    /// The records so far.
    pub(crate) fn records(&self) -> Vec<CallRecord> {
        self.records.lock().unwrap().clone()
    }

    /// The only record.
    pub(crate) fn record(&self) -> CallRecord {
        let records = self.records();
        assert_eq!(records.len(), 1, "{records:?}");
        records[0].clone()
    }
}

pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}
