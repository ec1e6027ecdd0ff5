//! Who may go out, and where to.

use egress::{CallOutcome, Purpose, Refused, Request, Url};
use kernel::{DataLevel, Fault as _};

use crate::server::{Door, Server, say, url};

const LOOPBACK: &str = "addresses = [\"127.0.0.0/8\"]\n";

async fn refused(door: &Door, url: &Url, level: DataLevel) -> Refused {
    let refused = door.egress.allow(url, Purpose::Model, level).await.unwrap_err();
    assert_eq!(door.records().last().unwrap().outcome, CallOutcome::Refused { code: refused.code() });
    refused
}

#[tokio::test]
async fn what_is_not_listed_is_refused() {
    let door = Door::to(8080, LOOPBACK, &[&["127.0.0.1"]]);
    for place in [
        "http://other.test:8080/",
        "http://model.test:8081/",
        "https://model.test:8080/",
        "http://sub.model.test:8080/",
        "http://model.test.evil.test:8080/",
        "http://127.0.0.1:8080/",
        "http://[::1]:8080/",
        "http://model.test/",
        "file:///etc/passwd",
        "ftp://model.test:8080/",
    ] {
        let code = refused(&door, &url(place), DataLevel::Public).await.code();
        let wanted = if place.starts_with("file") { "egress.bad_url" } else { "egress.not_listed" };
        assert_eq!(code, wanted, "{place}");
    }
    let for_login = door.egress.allow(&url("http://model.test:8080/"), Purpose::Login, DataLevel::Public).await;
    assert_eq!(for_login.unwrap_err().code(), "egress.not_listed");
    for place in ["http://user@model.test:8080/", "http://user:pw@model.test:8080/"] {
        assert_eq!(refused(&door, &url(place), DataLevel::Public).await.code(), "egress.bad_url");
    }
    assert!(door.resolved.lock().unwrap().is_empty(), "no name leaves for a place that is not listed");
    assert!(door.egress.allow(&url("http://MODEL.test:8080/v1"), Purpose::Model, DataLevel::Public).await.is_ok());
}

#[tokio::test]
async fn data_above_the_level_stays_inside() {
    let door = Door::to(8080, LOOPBACK, &[&["127.0.0.1"]]);
    let place = url("http://model.test:8080/v1/chat?q=secret");
    for level in [DataLevel::Public, DataLevel::Internal] {
        assert!(door.egress.allow(&place, Purpose::Model, level).await.is_ok());
    }
    let refused = refused(&door, &place, DataLevel::Sensitive).await;
    assert_eq!(refused.code(), "egress.level_too_high");
    assert!(refused.next_step().unwrap().contains("policies/egress.toml"));
    let record = door.record();
    assert_eq!((record.place.as_str(), record.level), ("http://model.test:8080", DataLevel::Sensitive));
    assert_eq!(record.entry.as_deref(), Some("model"));
    assert!(!format!("{record:?}").contains("secret"));
}

#[tokio::test]
async fn a_name_that_stands_for_an_inner_address_leads_nowhere() {
    let place = url("http://model.test:8080/");
    for inner in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.100.100.200", "::1", "::ffff:127.0.0.1", "fe80::1"] {
        // One inner address among open ones is enough.
        let door = Door::to(8080, "", &[&["1.1.1.1", inner]]);
        assert_eq!(refused(&door, &place, DataLevel::Public).await.code(), "egress.address_refused", "{inner}");
        assert!(door.record().address.is_some());
    }
    let door = Door::to(8080, "addresses = [\"10.20.0.0/16\"]\n", &[&["10.21.0.1"]]);
    assert_eq!(refused(&door, &place, DataLevel::Public).await.code(), "egress.address_refused");
    let door = Door::to(8080, "", &[&[]]);
    let nowhere = refused(&door, &place, DataLevel::Public).await;
    assert_eq!((nowhere.code(), nowhere.kind()), ("egress.unresolved", kernel::Kind::Unavailable));
}

#[tokio::test]
async fn the_checked_address_is_the_one_connected_to() {
    let server = Server::start(vec![say("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")]).await;
    // The second time the name stands for another address (DNS rebinding): it must not be asked a second time.
    let door = Door::to(server.port, LOOPBACK, &[&["127.0.0.1"], &["169.254.169.254"]]);
    let place = url(&format!("http://model.test:{}/v1", server.port));
    let allowed = door.egress.allow(&place, Purpose::Model, DataLevel::Internal).await.unwrap();
    for _ in 0..2 {
        let answer = door.egress.send(&allowed, Request::get()).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
    }
    assert_eq!(*door.resolved.lock().unwrap(), ["model.test"]);
    assert!(server.heard.lock().unwrap()[0].contains(&format!("host: model.test:{}", server.port)));
    assert_eq!(door.records()[1].address, Some("127.0.0.1".parse().unwrap()));

    let again = door.egress.allow(&place, Purpose::Model, DataLevel::Internal).await.unwrap_err();
    assert_eq!(again.code(), "egress.address_refused");
    assert_eq!(server.heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_redirect_is_a_new_place() {
    let inner = Server::start(vec![say("HTTP/1.1 200 OK\nContent-Length: 6\n\nsecret")]).await;
    let location = format!("http://127.0.0.1:{}/latest/meta-data", inner.port);
    let answer = format!("HTTP/1.1 307 Temporary Redirect\nLocation: {location}\nContent-Length: 0\n\n");
    let server = Server::start(vec![say(&answer)]).await;
    let door = Door::to(server.port, LOOPBACK, &[&["127.0.0.1"]]);
    let place = url(&format!("http://model.test:{}/v1", server.port));
    let allowed = door.egress.allow(&place, Purpose::Model, DataLevel::Internal).await.unwrap();
    let answer = door.egress.send(&allowed, Request::post(b"question".to_vec())).await.unwrap();
    assert_eq!(answer.status, 307);
    let redirect = answer.redirect().unwrap();
    assert_eq!(redirect.as_str(), location);
    assert_eq!(refused(&door, &redirect, DataLevel::Internal).await.code(), "egress.not_listed");
    assert!(inner.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_proxy_is_what_the_addresses_mean() {
    let proxy = Server::start(vec![say("HTTP/1.1 200 OK\nContent-Length: 3\n\nvia")]).await;
    let door = Door::to(80, &format!("{LOOPBACK}proxy = \"http://proxy.test:{}\"\n", proxy.port), &[&["127.0.0.1"]]);
    let place = url("http://model.test/v1");
    let allowed = door.egress.allow(&place, Purpose::Model, DataLevel::Public).await.unwrap();
    let answer = door.egress.send(&allowed, Request::get()).await.unwrap();
    assert_eq!(answer.body, b"via");
    assert_eq!(*door.resolved.lock().unwrap(), ["proxy.test"]);
    assert!(proxy.heard.lock().unwrap()[0].starts_with("GET http://model.test/v1 HTTP/1.1"));
}
