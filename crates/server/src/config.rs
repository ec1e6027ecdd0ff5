//! Configuration: one file, a few environment variables for secrets, defaults that run on one machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::reading::Bounds;

/// The configuration file of `--config`. Every field has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The database.
    pub database: Database,
    /// The blobs.
    pub blobs: BlobConfig,
    /// The server.
    pub server: Server,
    /// Sessions.
    pub session: Session,
    /// The agency that runs the platform.
    pub agency: Agency,
    /// Which networks are which zone.
    pub network: Network,
    /// How knowledge is searched.
    pub knowledge: KnowledgeConfig,
    /// What reading a file may cost.
    pub reading: Bounds,
    /// The record.
    pub audit: AuditConfig,
}

/// Where the head of the audit chain is kept besides the store.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// A file on another machine's storage to which the signed head is appended.
    pub anchor_file: Option<PathBuf>,
    /// An address that takes the signed head as the body of a `POST`. It must be on the whitelist
    /// (`policies/egress.toml`, purpose `anchor`).
    pub anchor_url: Option<egress::Url>,
    /// How often, in minutes; 60 when absent.
    pub anchor_minutes: Option<u32>,
}

impl AuditConfig {
    /// How long the head waits between two turns.
    #[must_use]
    pub fn anchor_every(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.anchor_minutes.unwrap_or(60).max(1)))
    }
}

/// How knowledge is searched.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KnowledgeConfig {
    /// A model file of `shuzheng models train-embedding` instead of the one that ships. The index is built anew when
    /// it changes.
    pub embedding: Option<PathBuf>,
    /// OpenAI-compatible embedding endpoints that collections can name in place of our own model. Each must be on the
    /// whitelist (`policies/egress.toml`, purpose `model`).
    pub endpoints: Vec<EndpointConfig>,
}

/// An OpenAI-compatible embedding endpoint. Its API key, if it has one, comes from the environment: `SHUZHENG_KEY_` and
/// its id in capitals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointConfig {
    /// Its id, as collections name it.
    pub id: String,
    /// Its name for people; the id when absent.
    #[serde(default)]
    pub name: String,
    /// Its address up to `/v1`; `/embeddings` is added.
    pub url: String,
    /// The model to ask for. Vectors are made anew when it changes.
    pub model: String,
    /// Seconds a call may take. A question waits for it before it is searched by words.
    #[serde(default = "five")]
    pub timeout_secs: u64,
}

fn five() -> u64 {
    5
}

/// Where rows are kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://user:password@host/db`; SQLite in the data folder when absent. `SHUZHENG_DATABASE_URL` wins.
    pub url: Option<String>,
}

/// Where blobs are kept. The secret key comes from `SHUZHENG_S3_SECRET_KEY`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlobConfig {
    /// An S3-compatible store instead of the data folder.
    pub s3: Option<S3>,
}

/// An S3-compatible store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Its address.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The region's name.
    #[serde(default)]
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// What stands before every name.
    #[serde(default)]
    pub prefix: String,
}

/// How the server listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Networks (CIDR) that may read `/metrics` besides loopback.
    pub metrics_networks: Vec<String>,
    /// The largest upload, in bytes.
    pub max_upload_bytes: usize,
    /// Seconds a request may take, streams excepted.
    pub request_secs: u64,
    /// Seconds in which running requests may end when the server stops.
    pub drain_secs: u64,
    /// Whether cookies are marked `Secure`; switch on behind TLS.
    pub secure_cookies: bool,
    /// Questions a minute from one address, over all scenarios.
    pub questions_per_minute_per_address: u32,
    /// Logins a minute from one address.
    pub logins_per_minute_per_address: u32,
    /// Trust `X-Forwarded-For` of these networks (CIDR): the reverse proxies in front.
    pub trusted_proxies: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            metrics_networks: Vec::new(),
            max_upload_bytes: 200 << 20,
            request_secs: 300,
            drain_secs: 20,
            secure_cookies: false,
            questions_per_minute_per_address: 600,
            logins_per_minute_per_address: 60,
            trusted_proxies: Vec::new(),
        }
    }
}

/// Which networks are which zone (网络区域) of the electronic fence. Loopback is the machine; what no list names is the
/// internet. A request that says it was forwarded, by a proxy that is not trusted, counts as from the internet; so does
/// one of a trusted proxy that does not say for whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The agency's own network (内网), as CIDR.
    pub intranet: Vec<String>,
    /// The government extranet (政务外网), as CIDR.
    pub extranet: Vec<String>,
    /// The nearest zone that anything arriving at this listener can be in: `internet` for a server that faces it.
    pub listener: Option<identity::Zone>,
    /// The nearest zone of what comes through a proxy.
    pub proxies: Vec<ProxyZone>,
}

/// A proxy that serves one zone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyZone {
    /// The proxy's address, as CIDR. It must be among `server.trusted_proxies` too.
    pub network: String,
    /// The nearest zone of what it forwards. `machine` says as well that what comes from here without
    /// `X-Forwarded-For` is this address's own.
    pub zone: identity::Zone,
}

impl Default for Network {
    fn default() -> Self {
        let lists = |list: &[&str]| list.iter().map(|network| (*network).to_owned()).collect();
        Self {
            // The private ranges of RFC 1918 and RFC 4193, and those of link-local and of carriers.
            intranet: lists(&[
                "10.0.0.0/8",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "169.254.0.0/16",
                "fc00::/7",
                "fe80::/10",
            ]),
            extranet: Vec::new(),
            listener: None,
            proxies: Vec::new(),
        }
    }
}

/// How long a login lasts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Minutes without a request after which a session ends. GB/T 22239—2019 8.1.4.1 b.
    pub idle_minutes: u32,
    /// Hours after which a session ends in any case.
    pub max_hours: u32,
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_minutes: 30, max_hours: 12 }
    }
}

/// The agency that runs the platform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agency {
    /// Its name, as shown.
    pub name: String,
    /// The 27-character code of TC260-PG-20252A that AI labels name as producer.
    pub provider_code: String,
}

impl Default for Agency {
    fn default() -> Self {
        // A synthetic code that passes the check digits: an agency puts its own here.
        Self { name: String::new(), provider_code: "001111440106XXXXXXX27510001".to_owned() }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration `{path}`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is wrong.
    #[error("{path}: {problem}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and field.
        problem: String,
    },
}

impl Config {
    /// Reads the file, or gives the defaults when there is none, and takes secrets from the environment.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = match path {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
                toml::from_str(&text).map_err(|error| ConfigError::Wrong {
                    path: path.to_owned(),
                    problem: error.to_string().trim_end().to_owned(),
                })?
            }
        };
        if let Some(url) = env("SHUZHENG_DATABASE_URL") {
            config.database.url = Some(url);
        }
        Ok(config)
    }

    /// The S3 secret key.
    #[must_use]
    pub fn s3_secret() -> Option<String> {
        env("SHUZHENG_S3_SECRET_KEY")
    }

    /// The private SM2 key that signs copies of the record, 64 hexadecimal digits: `SHUZHENG_AUDIT_KEY`.
    #[must_use]
    pub fn audit_key() -> Option<String> {
        env("SHUZHENG_AUDIT_KEY")
    }

    /// The API key of a model: `SHUZHENG_KEY_` and its id in capitals.
    #[must_use]
    pub fn model_key(id: &str) -> Option<String> {
        let name: String =
            id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        env(&format!("SHUZHENG_KEY_{name}"))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Parses `ADDR:PORT`.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not ADDR:PORT, such as 127.0.0.1:8080"))
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shuzheng.toml");
        std::fs::write(&file, "[session]\nidle_minuets = 10\n").unwrap();
        let said = Config::load(Some(&file)).unwrap_err().to_string();
        assert!(said.contains("line 2") && said.contains("idle_minuets"), "{said}");
    }
}
