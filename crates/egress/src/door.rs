//! The door: whether a call is allowed, and to which addresses it goes.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures::future::BoxFuture;
use kernel::{Clock, DataLevel, Fault as _};
use url::{Host, Url};

use crate::address::{may_connect, plain};
use crate::record::Ticket;
use crate::whitelist::Entry;
use crate::{CallOutcome, CallRecord, Purpose, Recorder, Refused, Whitelist};

/// Gives the addresses of a host name. A test puts its own in the place of the system's.
pub type Resolver = Arc<dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Looks for personal data in a body; gives the kinds that were found. The door knows no text: whoever builds it does.
pub type BodyCheck = Arc<dyn Fn(&[u8]) -> Vec<String> + Send + Sync>;

/// The resolver of the operating system.
#[must_use]
pub fn system_resolver() -> Resolver {
    Arc::new(|host| {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
    })
}

/// How long a name may take to be resolved.
const RESOLVE_WITHIN: Duration = Duration::from_secs(5);

/// A place that may be called now: its addresses are checked and fixed. Only [`Egress::allow`] makes one.
#[derive(Debug, Clone)]
pub struct Allowed<T> {
    place: T,
    pub(crate) entry: Arc<Entry>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) purpose: Purpose,
    pub(crate) level: DataLevel,
}

impl Allowed<Url> {
    /// The URL that may be called.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.place
    }

    /// The name of the entry that allows it.
    #[must_use]
    pub fn entry(&self) -> &str {
        &self.entry.name
    }
}

/// What a kept connection pool is for: an entry, the addresses it was checked for, and how long connecting may take.
type PoolKey = (String, Vec<IpAddr>, Duration);

/// The door out. A clone is the same door.
#[derive(Clone)]
pub struct Egress(Arc<Inner>);

struct Inner {
    whitelist: RwLock<Arc<Whitelist>>,
    body_check: Option<BodyCheck>,
    recorder: Recorder,
    clock: Clock,
    resolver: Resolver,
    pools: Mutex<HashMap<PoolKey, reqwest::Client>>,
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.whitelist().names()).finish()
    }
}

impl Egress {
    /// A door with this whitelist.
    #[must_use]
    pub fn new(whitelist: Whitelist, recorder: Recorder, clock: Clock) -> Self {
        Self::with_resolver(whitelist, recorder, clock, system_resolver())
    }

    /// A door that resolves names in its own way.
    #[must_use]
    pub fn with_resolver(whitelist: Whitelist, recorder: Recorder, clock: Clock, resolver: Resolver) -> Self {
        Self::built(whitelist, None, recorder, clock, resolver)
    }

    /// A door that looks for personal data in every body before it leaves.
    #[must_use]
    pub fn with_body_check(whitelist: Whitelist, check: BodyCheck, recorder: Recorder, clock: Clock) -> Self {
        Self::built(whitelist, Some(check), recorder, clock, system_resolver())
    }

    fn built(
        whitelist: Whitelist,
        body_check: Option<BodyCheck>,
        recorder: Recorder,
        clock: Clock,
        resolver: Resolver,
    ) -> Self {
        let whitelist = RwLock::new(Arc::new(whitelist));
        Self(Arc::new(Inner { whitelist, body_check, recorder, clock, resolver, pools: Mutex::default() }))
    }

    /// The whitelist in force.
    #[must_use]
    pub fn whitelist(&self) -> Whitelist {
        Whitelist::clone(&self.list())
    }

    /// Puts another whitelist in force, for everybody who holds this door. Calls under way go on.
    pub fn put_in_force(&self, whitelist: Whitelist) {
        *self.0.whitelist.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(whitelist);
    }

    fn list(&self) -> Arc<Whitelist> {
        Arc::clone(&self.0.whitelist.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The kinds of personal data that keep a body from leaving to this entry.
    pub(crate) fn personal_data(&self, entry: &Entry, body: &[u8]) -> Vec<String> {
        match &self.0.body_check {
            Some(check) if !entry.personal_data && !body.is_empty() => check(body),
            Some(_) | None => Vec::new(),
        }
    }

    /// Whether `url` may be called for `purpose` with data of `level`. The name is resolved here, once; every
    /// address must be allowed; the call goes to these addresses and no others.
    ///
    /// A redirect is a new place: ask again with [`crate::Answer::redirect`].
    pub async fn allow(&self, url: &Url, purpose: Purpose, level: DataLevel) -> Result<Allowed<Url>, Refused> {
        let judged = self.judge(url, purpose, level).await;
        if let Err(refused) = &judged {
            let entry = self.list().find(url, purpose).map(|entry| entry.name.clone());
            let mut ticket = self.ticket(url, entry, purpose, level);
            ticket.record.outcome = CallOutcome::Refused { code: refused.code() };
            if let Refused::Address { address, .. } = refused {
                ticket.record.address = Some(*address);
            }
        }
        judged
    }

    async fn judge(&self, url: &Url, purpose: Purpose, level: DataLevel) -> Result<Allowed<Url>, Refused> {
        if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Url);
        }
        let list = self.list();
        let Some(entry) = list.find(url, purpose) else {
            return Err(Refused::NotListed { place: place(url), purpose });
        };
        if level > entry.level {
            return Err(Refused::Level { entry: entry.name.clone(), highest: entry.level, level });
        }
        let addresses = self.addresses(entry.dialled(url)).await?;
        if let Some(address) = addresses.iter().find(|address| !may_connect(**address, &entry.addresses)) {
            return Err(Refused::Address { entry: entry.name.clone(), address: *address });
        }
        Ok(Allowed { place: url.clone(), entry: entry.clone(), addresses, purpose, level })
    }

    async fn addresses(&self, dialled: &Url) -> Result<Vec<IpAddr>, Refused> {
        let name = match dialled.host() {
            Some(Host::Ipv4(address)) => return Ok(vec![address.into()]),
            Some(Host::Ipv6(address)) => return Ok(vec![plain(address.into())]),
            Some(Host::Domain(name)) => name.to_owned(),
            None => return Err(Refused::Url),
        };
        let unresolved = || Refused::Unresolved { host: name.clone() };
        let asked = tokio::time::timeout(RESOLVE_WITHIN, (self.0.resolver)(name.clone())).await;
        let mut found: Vec<IpAddr> = match asked {
            Ok(Ok(found)) => found.into_iter().map(plain).collect(),
            Ok(Err(_)) | Err(_) => return Err(unresolved()),
        };
        found.sort();
        found.dedup();
        if found.is_empty() { Err(unresolved()) } else { Ok(found) }
    }

    pub(crate) fn ticket(&self, url: &Url, entry: Option<String>, purpose: Purpose, level: DataLevel) -> Ticket {
        let record = CallRecord {
            at: self.0.clock.now(),
            entry,
            region: self.list().find(url, purpose).and_then(|entry| entry.region.clone()),
            place: place(url),
            address: None,
            purpose,
            level,
            method: None,
            sent_bytes: 0,
            received_bytes: 0,
            millis: 0,
            outcome: CallOutcome::Abandoned,
        };
        Ticket::begin(record, self.0.recorder.clone(), self.0.clock.clone())
    }

    /// The connections to an allowed place. They are kept, and given only for the addresses they were made for.
    pub(crate) fn pool(&self, allowed: &Allowed<Url>, connect: Duration) -> Result<reqwest::Client, reqwest::Error> {
        const POOLS: usize = 64;
        let key = (allowed.entry.name.clone(), allowed.addresses.clone(), connect);
        let mut pools = self.0.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key) {
            return Ok(pool.clone());
        }
        let pool = connections(allowed, connect)?;
        if pools.len() >= POOLS {
            // A name whose addresses change all the time; calls under way keep their connections.
            pools.clear();
        }
        pools.insert(key, pool.clone());
        Ok(pool)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes a client")]
fn connections(allowed: &Allowed<Url>, connect: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let entry = &allowed.entry;
    let dialled = entry.dialled(allowed.url());
    let port = dialled.port_or_known_default().unwrap_or_default();
    let pinned: Vec<SocketAddr> = allowed.addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(connect)
        .https_only(entry.scheme == "https")
        .pool_idle_timeout(Duration::from_secs(30))
        .resolve_to_addrs(dialled.host_str().unwrap_or_default(), &pinned);
    let builder = match &entry.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.clone())?),
        // Not from the environment either.
        None => builder.no_proxy(),
    };
    builder.build()
}

fn place(url: &Url) -> String {
    match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
        _ => format!("{}:", url.scheme()),
    }
}
