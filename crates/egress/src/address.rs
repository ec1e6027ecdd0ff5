//! Addresses: which ones a name may stand for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether `address` may be connected to: it lies in one of `ranges`, or, where no ranges are given, in the open
/// internet. A name that suddenly stands for an inner address (DNS rebinding) thus leads nowhere.
pub(crate) fn may_connect(address: IpAddr, ranges: &[IpNet]) -> bool {
    let address = plain(address);
    if ranges.is_empty() { is_open_internet(address) } else { ranges.iter().any(|range| range.contains(&address)) }
}

/// An IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is the IPv4 address: that is where the system connects.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn is_open_internet(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_open_v4(v4),
        IpAddr::V6(v6) => is_open_v6(v6),
    }
}

/// What the IANA registry of special IPv4 addresses leaves over.
fn is_open_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local() // 169.254.169.254: the metadata of cloud machines.
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && b & 0xC0 == 64) // 100.64.0.0/10: carriers; 100.100.100.200 is the metadata of Alibaba Cloud.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xFE == 18);
    !special
}

/// Of IPv6 only the global unicast block, without the parts that lead to IPv4 addresses or to nobody.
fn is_open_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global = first & 0xE000 == 0x2000;
    // Teredo, ORCHID and other protocol blocks, and documentation.
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0DB8))
        || first == 0x2002 // 6to4.
        || (first == 0x3FFF && second < 0x1000);
    global && !special
}

#[cfg(test)]
mod tests {
    use super::may_connect;

    #[test]
    fn inner_addresses_are_not_the_open_internet() {
        let inner = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ];
        for address in inner {
            assert!(!may_connect(address.parse().unwrap(), &[]), "{address}");
        }
        for address in ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "2400:3200::1", "::ffff:1.1.1.1"] {
            assert!(may_connect(address.parse().unwrap(), &[]), "{address}");
        }
    }

    #[test]
    fn named_ranges_are_the_only_ones() {
        let ranges = ["10.20.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for address in ["10.20.3.4", "::ffff:10.20.3.4", "fd12::1"] {
            assert!(may_connect(address.parse().unwrap(), &ranges), "{address}");
        }
        for address in ["10.21.0.1", "1.1.1.1", "127.0.0.1", "2400:3200::1"] {
            assert!(!may_connect(address.parse().unwrap(), &ranges), "{address}");
        }
    }
}
