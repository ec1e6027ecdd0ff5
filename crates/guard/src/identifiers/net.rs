//! Addresses on the net: e-mail, web, IPv4 and IPv6. The standard library parses; we only find the ends.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Hit;
use super::place::before;
use crate::kind::Kind;

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(step) =
        bytes.get(from..).and_then(|rest| rest.iter().position(|b| matches!(b, b'@' | b':' | b'.' | 0xEF)))
    {
        let at = from + step;
        let mut next = at + 1;
        let hit = match bytes.get(at..) {
            Some([b'@', ..]) => email(text, at, 1),
            Some([0xEF, 0xBC, 0xA0, ..]) => email(text, at, 3),
            Some([0xEF, ..]) => {
                next = at + 3;
                None
            }
            Some([b':', b'/', b'/', ..]) => url(text, at),
            Some([b':' | b'.', ..]) => match dotted(bytes, at) {
                Some(end) => {
                    let hit = if bytes.get(at) == Some(&b':') { ipv6(text, at) } else { ipv4(text, at) };
                    // One run is looked at once: 1.1.1.1.1… is no address anywhere.
                    next = if hit.is_none() && bytes.get(end) != Some(&b'@') { end } else { next };
                    hit
                }
                None => bare_url(text, at),
            },
            _ => None,
        };
        from = hit.map_or(next, |hit| hit.end.max(at + 1));
        hits.extend(hit);
    }
}

/// The end of the run of numbers, points and colons around byte `at`, when it has a number on both sides or a second colon.
fn dotted(bytes: &[u8], at: usize) -> Option<usize> {
    let numeral = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_hexdigit() || *b == b':');
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    let doubled = bytes.get(at) == Some(&b':') && bytes.get(at + 1) == Some(&b':');
    if !(numeral(before) || doubled) || !numeral(bytes.get(at + 1)) {
        return None;
    }
    // Letters beyond f end the run: a host's name is not skipped over.
    let end = tail_while(bytes, at, usize::MAX, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    Some(end.max(at + 1))
}

fn tail_while(bytes: &[u8], from: usize, max: usize, keep: impl Fn(u8) -> bool) -> usize {
    from + bytes.get(from..).unwrap_or_default().iter().take(max).take_while(|b| keep(**b)).count()
}

fn head_while(bytes: &[u8], to: usize, max: usize, keep: impl Fn(u8) -> bool) -> usize {
    to - bytes.get(..to).unwrap_or_default().iter().rev().take(max).take_while(|b| keep(**b)).count()
}

/// Labels of a host: at least two, the last of letters.
fn is_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').take(12).collect();
    labels.len() >= 2
        && labels
            .iter()
            .all(|label| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'))
        && labels.last().is_some_and(|last| last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic()))
}

fn email(text: &str, at: usize, width: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let start = head_while(bytes, at, 65, |b| b.is_ascii_alphanumeric() || b"._%+-".contains(&b));
    let end = tail_while(bytes, at + width, 254, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let local = text.get(start..at)?;
    let trimmed = local.trim_start_matches(['.', '-', '+', '%']);
    let host = text.get(at + width..end)?.trim_end_matches(['.', '-']);
    if trimmed.is_empty() || trimmed.len() > 64 || !is_host(host) {
        return None;
    }
    Some(Hit {
        kind: Kind::Email,
        start: start + local.len() - trimmed.len(),
        end: at + width + host.len(),
        score: 0.98,
        rule: "email.form",
    })
}

fn is_url_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'*+,;=%|".contains(&b)
}

fn url(text: &str, colon: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let start = head_while(bytes, colon, 8, |b| b.is_ascii_alphabetic());
    let scheme = text.get(start..colon)?.to_ascii_lowercase();
    let scheme = ["https", "http", "ftp", "ftps", "ws", "wss"]
        .into_iter()
        .filter(|s| scheme.ends_with(s))
        .max_by_key(|s| s.len())?;
    let start = colon - scheme.len();
    let end = tail_while(bytes, colon + 3, 4_096, is_url_byte);
    let rest = text.get(colon + 3..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    (rest.len() >= 3 && rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'[')).then(|| Hit {
        kind: Kind::Url,
        start,
        end: colon + 3 + rest.len(),
        score: 0.97,
        rule: "url.scheme",
    })
}

/// `www.example.cn/path`, without a scheme.
fn bare_url(text: &str, dot: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let start = head_while(bytes, dot, 4, |b| b.is_ascii_alphanumeric());
    if !text.get(start..dot)?.eq_ignore_ascii_case("www") {
        return None;
    }
    let end = tail_while(bytes, dot + 1, 2_048, is_url_byte);
    let rest = text.get(dot + 1..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    let host = rest.split(['/', '?', ':', '#']).next()?;
    is_host(host).then(|| Hit { kind: Kind::Url, start, end: dot + 1 + rest.len(), score: 0.95, rule: "url.www" })
}

/// Words that say a dotted number is an address.
const NAMED: &[&str] = &[
    "IP",
    "ip",
    "Ip",
    "地址",
    "服务器",
    "主机",
    "网关",
    "掩码",
    "DNS",
    "dns",
    "访问",
    "登录",
    "host",
    "server",
    "来源",
    "内网",
    "外网",
];
/// Words that say it is not.
const NUMBERED: &[&str] =
    &["版本", "版", "V", "v", "Version", "version", "ver", "第", "章", "节", "条", "升级", "固件", "系统"];

fn ipv4(text: &str, dot: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let start = head_while(bytes, dot, 4, |b| b.is_ascii_digit());
    if dot - start == 0 || dot - start > 3 {
        return None;
    }
    let end = tail_while(bytes, dot, 16, |b| b.is_ascii_digit() || b == b'.');
    let value = text.get(start..end)?.trim_end_matches('.');
    let address: Ipv4Addr = value.parse().ok()?;
    let end = start + value.len();
    // Part of something longer: 1.2.3.4.5, v1.2.3.4, 1.2.3.4-beta.
    let touches = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_'));
    let longer = touches(start.checked_sub(1).and_then(|i| bytes.get(i)))
        || start.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'.')
        || touches(bytes.get(end));
    if longer || address.is_unspecified() || address.is_broadcast() {
        return None;
    }
    let head = before(text, start, 10);
    let named = NAMED.iter().any(|word| head.contains(word));
    let near = before(text, start, 4);
    if !named && (NUMBERED.iter().any(|word| near.contains(word)) || address.octets().iter().all(|n| *n < 20)) {
        return None;
    }
    Some(Hit { kind: Kind::IpAddress, start, end, score: if named { 0.97 } else { 0.85 }, rule: "ip_address.v4" })
}

fn ipv6(text: &str, colon: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let keep = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let start = head_while(bytes, colon, 5, keep);
    let end = tail_while(bytes, colon, 45, keep);
    let value = text.get(start..end)?;
    // 12:30, 标题:正文 and a::b end here.
    if value.len() < 6 || value.bytes().filter(|b| *b == b':').count() < 2 {
        return None;
    }
    let touches = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    if touches(start.checked_sub(1).and_then(|i| bytes.get(i))) || touches(bytes.get(end)) {
        return None;
    }
    let lead = value.len() - value.trim_start_matches('.').len();
    let (value, start) = match value.strip_prefix(':') {
        Some(rest) if !rest.starts_with(':') => (rest, start + 1),
        _ => (value.get(lead..)?, start + lead),
    };
    let value = value.trim_end_matches('.');
    let value = if value.ends_with("::") { value } else { value.trim_end_matches(':') };
    let address: Ipv6Addr = value.parse().ok()?;
    let groups = value.split(':').filter(|group| !group.is_empty()).count();
    let named = NAMED.iter().any(|word| before(text, start, 10).contains(word));
    (named || (groups >= 3 && value.bytes().any(|b| b.is_ascii_digit()) && !address.is_unspecified())).then(|| Hit {
        kind: Kind::IpAddress,
        start,
        end: start + value.len(),
        score: 0.95,
        rule: "ip_address.v6",
    })
}
