//! The whitelist: which places outside may be called, for what, with what data.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use kernel::{DataLevel, Fault, Kind};
use serde::{Deserialize, Serialize};
use toml::Spanned;
use url::Url;

/// What a call is for. An entry serves one purpose; a place that serves two has two entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Leaving the head of the audit chain where this platform cannot change it.
    Anchor,
    /// Asking who somebody is, at an identity provider.
    Login,
    /// Asking a language or embedding model.
    Model,
    /// Telling another system that something happened.
    Notice,
}

impl Purpose {
    /// The name in the file and in the record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Login => "login",
            Self::Model => "model",
            Self::Notice => "notice",
        }
    }
}

/// The file is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}{}: {problem}", .field.as_deref().map(|field| format!(", `{field}`")).unwrap_or_default())]
pub struct BadWhitelist {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The field, where it is known.
    pub field: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

impl Fault for BadWhitelist {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        "egress.bad_whitelist"
    }
}

/// The places that may be called. Without entries nothing may.
#[derive(Debug, Clone, Default)]
pub struct Whitelist {
    pub(crate) entries: Vec<Arc<Entry>>,
}

/// A place that may be called.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) purpose: Purpose,
    pub(crate) scheme: String,
    /// As a URL spells it: lower case, IPv6 in brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// When there are any, only these addresses; otherwise only addresses of the open internet.
    pub(crate) addresses: Vec<IpNet>,
    /// The highest level of data that may be sent there.
    pub(crate) level: DataLevel,
    pub(crate) proxy: Option<Url>,
    /// Where the place is: a division code, or the code of a country.
    pub(crate) region: Option<String>,
    /// Whether personal data may be sent there.
    pub(crate) personal_data: bool,
    pub(crate) written: EntryText,
}

/// An entry as it is written, in the file or in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryText {
    /// Its name, of a-z, 0-9, - and _.
    pub name: String,
    /// What it is for: `anchor`, `login`, `model` or `notice`.
    pub purpose: Purpose,
    /// `https` or `http`.
    pub scheme: String,
    /// The host, exactly.
    pub host: String,
    /// The port; 443 or 80 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Only these address ranges; addresses of the open internet when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Where it is: six digits of a division, or two letters of a country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The highest level of data that may be sent there.
    pub level: DataLevel,
    /// The proxy it is reached through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Whether personal data may be sent there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal_data: bool,
}

#[derive(Serialize)]
struct WrittenFile<'e> {
    entry: &'e [EntryText],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    entry: Vec<SpannedEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpannedEntry {
    name: Spanned<String>,
    purpose: Spanned<Purpose>,
    scheme: Spanned<String>,
    host: Spanned<String>,
    port: Option<Spanned<u16>>,
    #[serde(default)]
    addresses: Vec<Spanned<String>>,
    region: Option<Spanned<String>>,
    level: Spanned<DataLevel>,
    proxy: Option<Spanned<String>>,
    #[serde(default)]
    personal_data: bool,
}

impl Whitelist {
    /// Reads `text`, the content of `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadWhitelist> {
        let parsed: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message();
            // "unknown field `hosts`, expected …" names the field; of a bad value it stands before the `=`.
            let field = match message.split('`').nth(1) {
                Some(field) if message.contains(" field `") => Some(field),
                _ => {
                    text.get(..at).and_then(|before| before.lines().last()?.split_once('=')).map(|(key, _)| key.trim())
                }
            };
            bad(file, text, at, field, message)
        })?;
        Self::default().grown(file, text, &parsed.entry)
    }

    /// This list with further entries, held to the same rules as those of a file.
    pub fn with(&self, file: &str, more: &[EntryText]) -> Result<Self, BadWhitelist> {
        let written = |problem: String| BadWhitelist { file: file.to_owned(), line: 0, field: None, problem };
        let text = toml::to_string(&WrittenFile { entry: more }).map_err(|error| written(error.to_string()))?;
        let parsed: File = toml::from_str(&text).map_err(|error| written(error.message().to_owned()))?;
        self.grown(file, &text, &parsed.entry)
    }

    /// The entries as they are written.
    pub fn entries(&self) -> impl Iterator<Item = &EntryText> {
        self.entries.iter().map(|entry| &entry.written)
    }

    fn grown(&self, file: &str, text: &str, more: &[SpannedEntry]) -> Result<Self, BadWhitelist> {
        let mut entries: Vec<Arc<Entry>> = self.entries.clone();
        for written in more {
            let entry = read(file, text, written)?;
            let twin = entries.iter().find(|other| other.serves(entry.purpose, &entry.scheme, &entry.host, entry.port));
            if let Some(twin) = twin {
                let problem = format!("the entry `{}` is for the same place and purpose", twin.name);
                return Err(bad(file, text, written.name.span().start, Some("name"), &problem));
            }
            if entries.iter().any(|other| other.name == entry.name) {
                return Err(bad(file, text, written.name.span().start, Some("name"), "another entry has this name"));
            }
            entries.push(Arc::new(entry));
        }
        Ok(Self { entries })
    }

    /// The names of the entries, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The entry for a place and purpose.
    pub(crate) fn find(&self, url: &Url, purpose: Purpose) -> Option<&Arc<Entry>> {
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        self.entries.iter().find(|entry| entry.serves(purpose, url.scheme(), host, port))
    }
}

impl Entry {
    fn serves(&self, purpose: Purpose, scheme: &str, host: &str, port: u16) -> bool {
        self.purpose == purpose && self.scheme == scheme && self.host == host && self.port == port
    }

    /// The URL of what the socket connects to: the proxy, or else the place itself.
    pub(crate) fn dialled<'a>(&'a self, url: &'a Url) -> &'a Url {
        self.proxy.as_ref().unwrap_or(url)
    }
}

fn bad(file: &str, text: &str, at: usize, field: Option<&str>, problem: &str) -> BadWhitelist {
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    BadWhitelist {
        file: file.to_owned(),
        line,
        field: field.map(str::to_owned),
        problem: problem.trim_end().to_owned(),
    }
}

fn read(file: &str, text: &str, written: &SpannedEntry) -> Result<Entry, BadWhitelist> {
    let bad = |at: std::ops::Range<usize>, field: &str, problem: &str| bad(file, text, at.start, Some(field), problem);
    let name = written.name.get_ref();
    if name.is_empty()
        || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    {
        return Err(bad(written.name.span(), "name", "a name has only a-z, 0-9, - and _"));
    }
    let scheme = written.scheme.get_ref();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(bad(written.scheme.span(), "scheme", "the scheme is `https` or `http`"));
    }
    let host = written.host.get_ref();
    let url = Url::parse(&format!("{scheme}://{host}/"))
        .ok()
        .filter(|url| url.host_str().is_some_and(|read| !read.is_empty()) && is_bare(url) && url.port().is_none());
    let Some(url) = url else {
        return Err(bad(written.host.span(), "host", "not a host name or address; the port has its own field"));
    };
    let port = match &written.port {
        None => url.port_or_known_default().unwrap_or(443),
        Some(port) if *port.get_ref() == 0 => return Err(bad(port.span(), "port", "the port is 1 to 65535")),
        Some(port) => *port.get_ref(),
    };
    let mut addresses = Vec::new();
    for range in &written.addresses {
        let read = range.get_ref();
        let net = read.parse::<IpNet>().or_else(|_| read.parse::<IpAddr>().map(IpNet::from));
        addresses.push(
            net.map_err(|_| bad(range.span(), "addresses", "not an address range such as `10.20.0.0/16`"))?.trunc(),
        );
    }
    let proxy = match &written.proxy {
        None => None,
        Some(proxy) => {
            let url = Url::parse(proxy.get_ref())
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && is_bare(url));
            let problem = "not a proxy such as `http://proxy.example.internal:3128`; no user or password";
            Some(url.ok_or_else(|| bad(proxy.span(), "proxy", problem))?)
        }
    };
    let region = match &written.region {
        None => None,
        Some(region) => {
            let code = region.get_ref();
            let division = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
            let country = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
            if !division && !country {
                return Err(bad(region.span(), "region", "six digits of a division, or two letters of a country"));
            }
            // What leaves the country is public, whatever an entry says.
            if country && code != "CN" && *written.level.get_ref() > DataLevel::Public {
                return Err(bad(written.level.span(), "level", "only `public` data is sent abroad"));
            }
            Some(code.clone())
        }
    };
    Ok(Entry {
        written: EntryText {
            name: name.clone(),
            purpose: *written.purpose.get_ref(),
            scheme: scheme.clone(),
            host: host.clone(),
            port: written.port.as_ref().map(|port| *port.get_ref()),
            addresses: written.addresses.iter().map(|range| range.get_ref().clone()).collect(),
            region: region.clone(),
            level: *written.level.get_ref(),
            proxy: written.proxy.as_ref().map(|proxy| proxy.get_ref().clone()),
            personal_data: written.personal_data,
        },
        region,
        personal_data: written.personal_data,
        name: name.clone(),
        purpose: *written.purpose.get_ref(),
        scheme: scheme.clone(),
        host: url.host_str().unwrap_or_default().to_owned(),
        port,
        addresses,
        level: *written.level.get_ref(),
        proxy,
    })
}

/// Nothing but scheme, host and port.
fn is_bare(url: &Url) -> bool {
    url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Whitelist;

    const GOOD: &str = r#"
[[entry]]
name = "deepseek"
purpose = "model"
scheme = "https"
host = "API.deepseek.com"
level = "public"
"#;

    fn check(from: &str, to: &str, wanted: &Expect) {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD);
        wanted.assert_eq(&Whitelist::parse("egress.toml", &text).unwrap_err().to_string());
    }

    #[test]
    fn a_host_is_spelt_as_a_url_spells_it() {
        let list = Whitelist::parse("egress.toml", GOOD).unwrap();
        assert_eq!((list.entries[0].host.as_str(), list.entries[0].port), ("api.deepseek.com", 443));
        assert_eq!(Whitelist::parse("egress.toml", "").unwrap().names().count(), 0);
    }

    #[test]
    fn entries_that_are_added_are_held_to_the_same_rules() {
        let list = Whitelist::parse("egress.toml", GOOD).unwrap();
        let mut more = list.entries().next().unwrap().clone();
        assert!(list.with("request", std::slice::from_ref(&more)).unwrap_err().to_string().contains("same place"));
        more.host = "other.example".to_owned();
        assert!(list.with("request", std::slice::from_ref(&more)).unwrap_err().to_string().contains("this name"));
        more.name = "other".to_owned();
        let both = list.with("request", std::slice::from_ref(&more)).unwrap();
        assert_eq!(both.names().collect::<Vec<_>>(), ["deepseek", "other"]);
        more.addresses = vec!["10.0.0".to_owned()];
        assert!(list.with("request", &[more]).unwrap_err().to_string().contains("address range"));
    }

    #[test]
    fn mistakes_are_named_by_line_and_field() {
        check(
            "level",
            "levels",
            &expect![[
                r#"egress.toml, line 7, `levels`: unknown field `levels`, expected one of `name`, `purpose`, `scheme`, `host`, `port`, `addresses`, `region`, `level`, `proxy`, `personal_data`"#
            ]],
        );
        check("level = \"public\"", "", &expect!["egress.toml, line 2, `level`: missing field `level`"]);
        check(
            "public",
            "secret",
            &expect![
                "egress.toml, line 7, `level`: unknown variant `secret`, expected one of `public`, `internal`, `sensitive`"
            ],
        );
        check(
            "\"model\"",
            "\"fun\"",
            &expect![
                "egress.toml, line 4, `purpose`: unknown variant `fun`, expected one of `anchor`, `login`, `model`, `notice`"
            ],
        );
        check("https", "ftp", &expect!["egress.toml, line 5, `scheme`: the scheme is `https` or `http`"]);
        check(
            "API.deepseek.com",
            "a b",
            &expect!["egress.toml, line 6, `host`: not a host name or address; the port has its own field"],
        );
        check(
            "API.deepseek.com",
            "a.com:8443",
            &expect!["egress.toml, line 6, `host`: not a host name or address; the port has its own field"],
        );
        check(
            "API.deepseek.com",
            "user@a.com",
            &expect!["egress.toml, line 6, `host`: not a host name or address; the port has its own field"],
        );
        check("level =", "port = 0\nlevel =", &expect!["egress.toml, line 7, `port`: the port is 1 to 65535"]);
        check(
            "level =",
            "port = 70000\nlevel =",
            &expect!["egress.toml, line 7, `port`: invalid value: integer `70000`, expected u16"],
        );
        check(
            "level =",
            "addresses = [\n  \"10.0.0.0/8\",\n  \"10.0.0\"]\nlevel =",
            &expect!["egress.toml, line 9, `addresses`: not an address range such as `10.20.0.0/16`"],
        );
        check(
            "level =",
            "proxy = \"http://user:pw@p:1\"\nlevel =",
            &expect![
                "egress.toml, line 7, `proxy`: not a proxy such as `http://proxy.example.internal:3128`; no user or password"
            ],
        );
        check(
            "level =",
            "region = \"China\"\nlevel =",
            &expect!["egress.toml, line 7, `region`: six digits of a division, or two letters of a country"],
        );
        check(
            "level = \"public\"",
            "region = \"US\"\nlevel = \"internal\"",
            &expect!["egress.toml, line 8, `level`: only `public` data is sent abroad"],
        );
        check("[[entry]]", "[entry]", &expect!["egress.toml, line 2: invalid type: map, expected a sequence"]);
        let twice = format!("{GOOD}{GOOD}");
        let error = Whitelist::parse("egress.toml", &twice).unwrap_err();
        expect!["egress.toml, line 10, `name`: the entry `deepseek` is for the same place and purpose"]
            .assert_eq(&error.to_string());
    }
}
