//! The record: its head outside the platform, details that come to the end of their term, differences.

use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::routing::post;
use kernel::{Clock, Entropy, Timestamp};
use serde_json::{Value, json};
use server::anchoring::{Outside, turn};
use server::config::Config;
use server::wiring::{Platform, audit_key};
use tokio::net::TcpListener;

use crate::platform::{Started, request};

const NEW_PASSWORD: &str = "Shuzheng#2027";

fn policy(folder: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(folder.join("policies")).unwrap();
    std::fs::write(folder.join("policies").join(name), text).unwrap();
}

/// A place on this machine: its port, what was posted to it, and the status that it answers with.
async fn keeper() -> (u16, Arc<Mutex<Vec<String>>>, Arc<AtomicU16>) {
    let (kept, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU16::new(200)));
    let (log, answer) = (Arc::clone(&kept), Arc::clone(&status));
    let take = move |body: String| {
        log.lock().unwrap().push(body);
        let status = StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap();
        async move { status }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = axum::Router::new().route("/anchors", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, kept, status)
}

async fn reader(started: &Started, password: &str) -> String {
    let body = json!({ "username": "auditor", "password": password });
    let answer = started.post("", "/api/v1/session", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let opened = started.post(&token, "/api/v1/audit/reading", &json!({ "reason": "核查审计锚定" })).await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.text);
    token
}

async fn put(started: &Started, token: &str, path: &str, body: &Value) -> StatusCode {
    let put = request("PUT", token, path).header(header::CONTENT_TYPE, "application/json");
    started.send(put.body(Body::from(body.to_string())).unwrap()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_goes_to_a_listed_address_and_a_failed_turn_is_made_good() {
    let (port, kept, status) = keeper().await;
    let folder = tempfile::tempdir().unwrap();
    let list = format!(
        "[[entry]]\nname = \"archive\"\npurpose = \"anchor\"\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {port}\n\
         addresses = [\"127.0.0.1/32\"]\nlevel = \"public\"\n"
    );
    policy(folder.path(), "egress.toml", &list);
    let mut config = Config::default();
    config.audit.anchor_url = Some(format!("http://127.0.0.1:{port}/anchors?key=geheim").parse().unwrap());
    config.audit.anchor_file = Some(folder.path().join("anchors.jsonl"));
    let places = Outside::of(&config.audit);
    let file = folder.path().join("anchors.jsonl");
    let started = Started::start_in(folder, true, config, Clock::system()).await;
    let platform = &started.platform;
    let key = audit_key(platform.store.folder(), platform.store.entropy()).unwrap();

    status.store(503, Ordering::SeqCst);
    Box::pin(turn(platform, &key, &places)).await.unwrap();
    let sysadmin = started.login("sysadmin").await;
    let anchors = started.get(&sysadmin, "/api/v1/system/status").await.json()["audit"]["anchors"].clone();
    assert_eq!((&anchors[0]["to"], &anchors[0]["problem"]), (&json!("file"), &Value::Null), "{anchors}");
    assert_eq!((&anchors[1]["to"], &anchors[1]["problem"]), (&json!("webhook"), &json!("audit.anchor_status")));
    assert_eq!(anchors[1]["done_at"], Value::Null);

    status.store(204, Ordering::SeqCst);
    Box::pin(turn(platform, &key, &places)).await.unwrap();
    let anchors = started.get(&sysadmin, "/api/v1/system/status").await.json()["audit"]["anchors"].clone();
    assert_eq!(anchors[1]["problem"], Value::Null, "{anchors}");
    assert!(anchors[1]["done_at"].is_string() && anchors[1]["failed_at"].is_string(), "{anchors}");

    // What arrived is the head as it was, and the file has the same lines.
    let arrived = kept.lock().unwrap().clone();
    assert_eq!(std::fs::read_to_string(file).unwrap(), arrived.iter().map(|l| format!("{l}\n")).collect::<String>());
    let line: Value = serde_json::from_str(&arrived[1]).unwrap();
    let said: Value = serde_json::from_str(line["anchor"].as_str().unwrap()).unwrap();
    let after = said["seq"].as_i64().unwrap() + 1;
    let auditor = reader(&started, "Shuzheng#2026").await;
    let page = started.get(&auditor, &format!("/api/v1/audit?after={after}&limit=1")).await.json();
    assert_eq!(page["items"][0]["hash"], said["head"]);

    // An address that no entry names gets nothing, and the record says why.
    let other = Outside::Webhook("http://127.0.0.1:9/anchors".parse().unwrap());
    Box::pin(turn(platform, &key, &[other])).await.unwrap();
    assert_eq!(kept.lock().unwrap().len(), 2);
    let entries = started.get(&auditor, "/api/v1/audit?deed=audit.anchored").await.json();
    let end = |entry: &Value| (entry["outcome"].clone(), entry["details"]["code"].clone());
    let ended: Vec<(Value, Value)> = entries["items"].as_array().unwrap().iter().rev().map(end).collect();
    let wanted = [
        (json!("done"), Value::Null),
        (json!("failed"), json!("audit.anchor_status")),
        (json!("done"), Value::Null),
        (json!("done"), Value::Null),
        (json!("refused"), json!("egress.not_listed")),
    ];
    assert_eq!(ended, wanted);
    assert!(!entries.to_string().contains("geheim"), "what an address may hold as a secret stays out of the record");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn details_past_their_term_go_and_the_chain_and_its_copies_hold() {
    let folder = tempfile::tempdir().unwrap();
    let class = "[[class]]\nname = \"people\"\nmonths = 6\ndeeds = [\"account.changed\"]\n";
    policy(folder.path(), "retention.toml", class);
    let (clock, hand) = Clock::manual(Timestamp::parse_rfc3339("2026-11-25T09:00:00+08:00").unwrap());
    let started = Started::start_in(folder, true, Config::default(), clock).await;
    let shorten = async || {
        let mut count = 0;
        for class in &started.platform.retention {
            count += started.platform.store.audit().shorten(class).await.unwrap();
        }
        count
    };
    started.login("auditor").await;
    assert_eq!(shorten().await, 0, "nothing is past its term");
    hand.advance_secs(187 * 86_400);
    let gone = shorten().await;
    assert!(gone > 3, "{gone}");

    // The password is past its own term as well.
    let token = started.login("auditor").await;
    let change = json!({ "current": "Shuzheng#2026", "new": NEW_PASSWORD });
    assert_eq!(put(&started, &token, "/api/v1/session/password", &change).await, StatusCode::NO_CONTENT);
    let auditor = reader(&started, NEW_PASSWORD).await;
    let verified = started.get(&auditor, "/api/v1/audit/verify").await.json();
    assert_eq!((&verified["ok"], &verified["shortened"]), (&json!(true), &json!(gone)), "{verified}");
    let accounts = started.get(&auditor, "/api/v1/audit?deed=account.changed").await.json();
    let items = accounts["items"].as_array().unwrap();
    let (newest, oldest) = (&items[0], &items[items.len() - 1]);
    assert_eq!((&newest["shortened"], &newest["details"]["changed"]), (&json!(false), &json!(["password"])));
    assert_eq!((&oldest["shortened"], &oldest["details"]), (&json!(true), &Value::Null), "{oldest}");
    assert_eq!(oldest["actor"], json!("system:demo agency"), "who and what stay: {oldest}");
    assert!(oldest["subject"].as_str().unwrap().starts_with("department:"), "{oldest}");
    let told = started.get(&auditor, "/api/v1/audit?deed=audit.shortened").await.json();
    assert_eq!(told["items"][0]["details"]["entries"], json!(gone), "{told}");
    let copy = store::check_copy(&started.get(&auditor, "/api/v1/audit/export").await.text);
    assert_eq!((copy.ok, copy.shortened), (true, gone), "{:?}", copy.problem);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_below_six_months_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    policy(folder.path(), "retention.toml", "[[class]]\nname = \"calls\"\nmonths = 3\ndeeds = [\"egress.called\"]\n");
    let config = Config::default();
    let opening = Platform::open(folder.path(), &config, Clock::system(), Entropy::system());
    let said = Box::pin(opening).await.err().unwrap().to_string();
    assert!(said.contains("policies/retention.toml") && said.contains("at least 6"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_officers_change_is_on_record_before_and_after() {
    let started = Started::demo().await;
    let security = started.login("security").await;
    let rules = started.get(&security, "/api/v1/security/rules").await.json();
    let rule = rules["items"].as_array().unwrap().iter().find(|rule| rule["fixed"] == json!(false)).unwrap();
    let body = json!({ "rule": rule["id"], "mode": "observe", "reason": "误报太多" });
    assert_eq!(put(&started, &security, "/api/v1/security/rules", &body).await, StatusCode::OK);
    let auditor = reader(&started, "Shuzheng#2026").await;
    let entries = started.get(&auditor, "/api/v1/audit?deed=policy.changed").await.json();
    let details = &entries["items"][0]["details"];
    assert_eq!((&details["before"], &details["after"]), (&json!("enforce"), &json!("observe")), "{entries}");
    started.stop().await;
}
