//! Nothing else in the workspace can open a connection to the outside: not by its code, and not by what it depends on.

use std::path::{Path, PathBuf};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// The code of a file without its tests, which talk to servers of their own.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    text.get(..tests).unwrap_or_default().to_owned()
}

#[test]
fn no_other_code_opens_a_connection() {
    // Each opens a socket, makes a client, or resolves a name.
    let doors = [
        "TcpStream::connect",
        "TcpSocket",
        "UdpSocket",
        "UnixStream::connect",
        "ToSocketAddrs",
        "to_socket_addrs",
        "lookup_host",
        "reqwest::",
        "hyper::client",
        "hyper_util::client",
        "HttpConnector",
        "tonic::",
        "ureq::",
        "isahc::",
        "surf::",
        "awc::",
        "curl::",
        "native_tls::",
        "rustls::",
        "\"curl\"",
        "\"wget\"",
        "\"ssh\"",
        "\"nc\"",
    ];
    let mut sources = Vec::new();
    for krate in std::fs::read_dir(crates()).unwrap() {
        let krate = krate.unwrap().path();
        // Other crates may take what egress gives; how it is made is seen below.
        if krate.file_name().is_some_and(|name| name != "egress") && krate.join("src").is_dir() {
            files(&krate.join("src"), ".rs", &mut sources);
        }
    }
    assert!(sources.len() > 150, "the sources were not found");
    let mut open = Vec::new();
    for path in sources {
        let text = code(&path);
        for door in doors.iter().filter(|door| text.contains(**door)) {
            open.push(format!("{}: {door}", path.strip_prefix(crates()).unwrap().display()));
        }
    }
    assert!(open.is_empty(), "only egress opens connections: {open:#?}");
}

#[test]
fn no_other_crate_depends_on_a_client() {
    let clients = [
        "reqwest",
        "hyper",
        "ureq",
        "isahc",
        "surf",
        "awc",
        "curl",
        "tonic",
        "tungstenite",
        "socket2",
        "lettre",
        "redis",
    ];
    let mut manifests = Vec::new();
    for krate in std::fs::read_dir(crates()).unwrap() {
        manifests.push(krate.unwrap().path().join("Cargo.toml"));
    }
    let mut owners = Vec::new();
    for manifest in manifests.iter().filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(manifest).unwrap();
        let table: toml::Table = text.parse().unwrap();
        for section in ["dependencies", "build-dependencies"] {
            let Some(names) = table.get(section).and_then(toml::Value::as_table) else { continue };
            for name in names.keys().filter(|name| clients.contains(&name.as_str())) {
                let krate = manifest.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
                owners.push(format!("{krate}: {name}"));
            }
        }
    }
    // The store's own two connections, to PostgreSQL and S3, are inside its engines (ADR 0006).
    assert_eq!(owners, ["egress: reqwest"]);
    // And nothing follows proxies of the environment or redirects by itself.
    let door = std::fs::read_to_string(crates().join("egress/src/door.rs")).unwrap();
    for must in ["Policy::none()", ".no_proxy()", ".resolve_to_addrs("] {
        assert!(door.contains(must), "{must}");
    }
    assert_eq!(door.matches("Client::builder()").count(), 1);
}
