//! From where a request comes: the address behind trusted proxies, and its network zone (网络区域).

use std::net::IpAddr;

use anyhow::Context as _;
use axum::http::HeaderMap;
use identity::Zone;
use ipnet::IpNet;

use crate::config::Config;

/// The networks of the configuration, read.
#[derive(Debug)]
pub struct Networks {
    trusted: Vec<IpNet>,
    intranet: Vec<IpNet>,
    extranet: Vec<IpNet>,
    listener: Zone,
    proxies: Vec<(IpNet, Zone)>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The caller's address.
    pub address: IpAddr,
    /// Its zone.
    pub zone: Zone,
}

impl Networks {
    /// Reads the lists of the configuration. A wrong one is named.
    pub fn read(config: &Config) -> anyhow::Result<Self> {
        let one = |field: &str, text: &str| -> anyhow::Result<IpNet> {
            let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            net.with_context(|| format!("{field}: `{text}` is not a network such as 10.0.0.0/8"))
        };
        let all = |field: &str, texts: &[String]| -> anyhow::Result<Vec<IpNet>> {
            texts.iter().map(|text| one(field, text)).collect()
        };
        let network = &config.network;
        let proxies = network.proxies.iter().map(|proxy| Ok((one("network.proxies", &proxy.network)?, proxy.zone)));
        Ok(Self {
            trusted: all("server.trusted_proxies", &config.server.trusted_proxies)?,
            intranet: all("network.intranet", &network.intranet)?,
            extranet: all("network.extranet", &network.extranet)?,
            listener: network.listener.unwrap_or(Zone::Machine),
            proxies: proxies.collect::<anyhow::Result<_>>()?,
        })
    }

    /// The caller of a connection from `direct` with these headers.
    #[must_use]
    pub fn origin(&self, direct: IpAddr, headers: &HeaderMap) -> Origin {
        let direct = plain(direct);
        // As bytes: a header with signs that are no text is a header all the same.
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
        let (address, through) = match forwarded {
            None if headers.contains_key("forwarded") => (direct, Zone::Internet),
            // A proxy that does not say for whom it asks may ask for anybody.
            None if self.is_trusted(direct) && !self.is_machine(direct) => (direct, Zone::Internet),
            None => (direct, Zone::Machine),
            // The last entry is the one our own proxy wrote.
            Some(list) if self.is_trusted(direct) => {
                let last = list.as_bytes().rsplit(|byte| *byte == b',').next();
                let last = last.and_then(|bytes| std::str::from_utf8(bytes).ok());
                match last.and_then(|text| text.trim().parse().ok()) {
                    Some(client) => (plain(client), Zone::Machine),
                    None => (direct, Zone::Internet),
                }
            }
            // Somebody stands in between whom the configuration does not know: the safe branch is the far zone.
            Some(_) => (direct, Zone::Internet),
        };
        let by_proxy = self.proxies.iter().filter(|(network, _)| network.contains(&direct)).map(|(_, zone)| *zone);
        let nearest = by_proxy.chain([through, self.listener]).max().unwrap_or(Zone::Internet);
        Origin { address, zone: self.zone(address).max(nearest) }
    }

    fn is_trusted(&self, direct: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&direct))
    }

    /// Whether the configuration says that what comes from here without a word of forwarding is this address's own.
    fn is_machine(&self, direct: IpAddr) -> bool {
        self.proxies.iter().any(|(network, zone)| *zone == Zone::Machine && network.contains(&direct))
    }

    fn zone(&self, address: IpAddr) -> Zone {
        let among = |list: &[IpNet]| list.iter().any(|network| network.contains(&address));
        if address.is_loopback() {
            Zone::Machine
        } else if among(&self.extranet) {
            Zone::Extranet
        } else if among(&self.intranet) {
            Zone::Intranet
        } else {
            Zone::Internet
        }
    }
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use identity::Zone;

    use super::Networks;
    use crate::config::Config;

    fn origin(config: &Config, direct: &str, forwarded: Option<&'static str>) -> (String, Zone) {
        let mut headers = HeaderMap::new();
        if let Some(list) = forwarded {
            headers.insert("x-forwarded-for", HeaderValue::from_static(list));
        }
        let origin = Networks::read(config).unwrap().origin(direct.parse().unwrap(), &headers);
        (origin.address.to_string(), origin.zone)
    }

    #[test]
    fn a_forged_header_that_is_no_text_hides_nobody() {
        let mut config = Config::default();
        config.server.trusted_proxies = vec!["127.0.0.1".to_owned()];
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_bytes(b"\xff, 203.0.113.9").unwrap());
        let origin = Networks::read(&config).unwrap().origin("127.0.0.1".parse().unwrap(), &headers);
        assert_eq!((origin.address.to_string().as_str(), origin.zone), ("203.0.113.9", Zone::Internet));
    }

    #[test]
    fn a_trusted_proxy_that_does_not_say_for_whom_is_the_internet_unless_listed_as_machine() {
        let mut config = Config::default();
        config.server.trusted_proxies = vec!["127.0.0.1".to_owned(), "10.0.0.5".to_owned()];
        let zone = |config: &Config, direct: &str, forwarded| origin(config, direct, forwarded).1;
        assert_eq!(zone(&config, "127.0.0.1", None), Zone::Internet);
        assert_eq!(zone(&config, "10.0.0.5", None), Zone::Internet);
        // Not a proxy: itself. And a proxy that says for whom.
        assert_eq!(zone(&config, "::1", None), Zone::Machine);
        assert_eq!(zone(&config, "127.0.0.1", Some("10.0.0.1")), Zone::Intranet);
        let machine = |network: &str| crate::config::ProxyZone { network: network.to_owned(), zone: Zone::Machine };
        config.network.proxies = vec![machine("127.0.0.1"), machine("10.0.0.5")];
        assert_eq!(zone(&config, "127.0.0.1", None), Zone::Machine);
        assert_eq!(zone(&config, "10.0.0.5", None), Zone::Intranet);
        assert_eq!(zone(&config, "127.0.0.1", Some("203.0.113.9")), Zone::Internet);
    }

    #[test]
    fn zones_come_from_lists_proxies_and_the_listener() {
        let mut config = Config::default();
        let check = |config: &Config, direct: &str, forwarded, address: &str, zone: Zone| {
            assert_eq!(origin(config, direct, forwarded), (address.to_owned(), zone), "{direct} {forwarded:?}");
        };
        check(&config, "127.0.0.1", None, "127.0.0.1", Zone::Machine);
        check(&config, "::1", None, "::1", Zone::Machine);
        check(&config, "10.1.2.3", None, "10.1.2.3", Zone::Intranet);
        check(&config, "::ffff:10.1.2.3", None, "10.1.2.3", Zone::Intranet);
        check(&config, "203.0.113.9", None, "203.0.113.9", Zone::Internet);
        // Nobody talks himself into the intranet, and an unknown proxy is no way in.
        check(&config, "203.0.113.9", Some("10.0.0.1"), "203.0.113.9", Zone::Internet);
        check(&config, "10.0.0.5", Some("10.0.0.1"), "10.0.0.5", Zone::Internet);
        config.server.trusted_proxies = vec!["10.0.0.5".to_owned()];
        check(&config, "10.0.0.5", Some("1.2.3.4, 10.0.0.1"), "10.0.0.1", Zone::Intranet);
        check(&config, "10.0.0.5", Some("10.0.0.1, 1.2.3.4"), "1.2.3.4", Zone::Internet);
        check(&config, "10.0.0.5", Some("nonsense"), "10.0.0.5", Zone::Internet);
        config.network.extranet = vec!["10.9.0.0/16".to_owned()];
        check(&config, "10.9.1.1", None, "10.9.1.1", Zone::Extranet);
        let proxy = crate::config::ProxyZone { network: "10.0.0.5".to_owned(), zone: Zone::Extranet };
        config.network.proxies = vec![proxy];
        check(&config, "10.0.0.5", Some("10.0.0.1"), "10.0.0.1", Zone::Extranet);
        config.network.listener = Some(Zone::Internet);
        check(&config, "127.0.0.1", None, "127.0.0.1", Zone::Internet);
        config.network.intranet = vec!["10.0.0.0/40".to_owned()];
        let said = format!("{:#}", Networks::read(&config).unwrap_err());
        assert!(said.starts_with("network.intranet: `10.0.0.0/40`"), "{said}");
    }
}
