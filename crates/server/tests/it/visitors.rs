//! Visitors: a cookie that proves itself, and limits that a thrown-away cookie does not lift.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{StatusCode, header};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use kernel::ids::{ScenarioId, VisitorId};
use kernel::{Clock, Timestamp};
use serde_json::json;
use server::abuse::{Abuse, Asker};
use server::config::Config;
use server::proofs::Proofs;

use crate::platform::{Answer, Started, request};

const QUESTION: &str = "试用期最长可以约定多久？";
const LIMITS: &str = include_str!("../../../../policies/limits.toml");

/// The demo agency with some lines of the limits changed. Its clock stands still, so that no share fills up again.
async fn limited(changes: &[(&str, &str)], config: Config) -> Started {
    let mut limits = LIMITS.to_owned();
    for (from, to) in changes {
        assert_eq!(limits.matches(from).count(), 1, "{from}");
        limits = limits.replace(from, to);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("policies/limits.toml"), limits).unwrap();
    let (clock, _) = Clock::manual(Timestamp::parse_rfc3339("2026-11-25T09:00:00+08:00").unwrap());
    Started::start_in(folder, true, config, clock).await
}

/// A citizen's question from an address, with a cookie or without (an empty one).
async fn ask(started: &Started, address: &str, cookie: &str) -> Answer {
    let body = json!({ "scenario": "citizen_questions", "question": QUESTION });
    let mut asked = request("POST", "", "/api/v1/ask").header(header::CONTENT_TYPE, "application/json");
    if !address.is_empty() {
        asked = asked.header("x-forwarded-for", address);
    }
    if !cookie.is_empty() {
        asked = asked.header(header::COOKIE, cookie);
    }
    started.send(asked.body(Body::from(body.to_string())).unwrap()).await
}

async fn get(started: &Started, cookie: &str, path: &str) -> Answer {
    started.send(request("GET", "", path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_visitors_id_in_the_record_does_not_become_the_visitor() {
    let started = Started::demo().await;
    let asked = ask(&started, "", "").await;
    let own = cookie(&asked);
    let run = format!("/api/v1/runs/{}", asked.json()["run_id"].as_str().unwrap());

    let auditor = started.login("auditor").await;
    started.post(&auditor, "/api/v1/audit/reading", &json!({ "reason": "核查群众提问" })).await;
    let record = started.get(&auditor, "/api/v1/audit?deed=ask.started").await.json();
    let id = record["items"][0]["actor"].as_str().unwrap().strip_prefix("visitor:").unwrap().to_owned();
    assert!(own.starts_with(&format!("sz_visitor={id}.")), "{own}");

    assert_eq!(get(&started, &own, &run).await.status, StatusCode::OK);
    for proof in [String::new(), ".".to_owned(), format!(".{}", "0".repeat(64))] {
        let forged = format!("sz_visitor={id}{proof}");
        assert_eq!(get(&started, &forged, &run).await.status, StatusCode::NOT_FOUND, "{forged}");
        let runs = get(&started, &forged, "/api/v1/runs").await;
        assert_eq!(runs.json()["items"], json!([]), "{forged}");
        // It counts as none: a cookie of one's own comes back.
        let other = cookie(&get(&started, &forged, "/api/v1/scenarios").await);
        assert!(other.starts_with("sz_visitor=vis_") && !other.contains(&id), "{other}");
    }
    let known = get(&started, &own, "/api/v1/scenarios").await;
    assert!(!known.headers.contains_key(header::SET_COOKIE));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_or_thrown_away_cookie_lifts_no_strike() {
    let mut config = Config::default();
    config.server.questions_per_minute_per_address = 1;
    let started = limited(&[], config).await;
    let own = cookie(&ask(&started, "", "").await);
    let mut codes = Vec::new();
    for n in 0..7 {
        let forged = match n % 3 {
            0 => String::new(),
            1 => format!("sz_visitor=vis_{n}"),
            _ => format!("sz_visitor=vis_{n}.{n:064x}"),
        };
        codes.push(ask(&started, "", &forged).await.code());
    }
    assert_eq!(codes.first().map(String::as_str), Some("http.too_many_questions"));
    assert_eq!(codes.last().map(String::as_str), Some("abuse.challenge"));
    // A neighbour with a cookie of ours answers for what that visitor did.
    assert_eq!(ask(&started, "", &own).await.code(), "http.too_many_questions");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_without_a_cookie_are_counted_by_address() {
    let changes = [("visitor = 100000\n", "visitor = 1\n")];
    let started = limited(&changes, Config::default()).await;
    let first = ask(&started, "", "").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert_eq!(ask(&started, "", "").await.code(), "abuse.tokens");
    assert_eq!(ask(&started, "", "sz_visitor=vis_1").await.code(), "abuse.tokens");
    // With a cookie there is a share of one's own.
    let own = cookie(&first);
    assert_eq!(ask(&started, "", &own).await.status, StatusCode::OK);
    assert_eq!(ask(&started, "", &own).await.code(), "abuse.tokens");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_visitors_use_is_counted_for_their_address_too() {
    let changes = [("address = 5000000 ", "address = 1 ")];
    let started = limited(&changes, Config::default()).await;
    let first = ask(&started, "", "").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert_eq!(ask(&started, "", &cookie(&first)).await.code(), "abuse.tokens");
    // People with an account pay for themselves.
    let clerk = started.login("clerk").await;
    started.ask(&clerk, "policy_consultation", QUESTION).await;
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_at_once_without_a_cookie_are_counted_by_address() {
    let started = Started::demo().await;
    let platform = &started.platform;
    let proofs = Proofs::new(&platform.challenge_secret);
    let abuse = Abuse::new(platform.limits.clone(), platform.security.clone(), Clock::system(), proofs);
    let scenario = ScenarioId::parse("citizen_questions").unwrap();
    let scenario = platform.assistant.scenarios().get(&scenario).unwrap().clone();
    let most = platform.limits.concurrent.visitor;
    let admit = async |address: [u8; 4], is_new: bool| {
        let visitor = platform.identity.visitor(VisitorId::generate(platform.store.ids()));
        let asker = Asker::of(&visitor, IpAddr::from(address), is_new);
        abuse.question(&asker, &scenario, QUESTION, 600).await
    };
    let mut running = Vec::new();
    for _ in 0..most {
        running.push(admit([203, 0, 113, 7], true).await.unwrap());
    }
    let over = admit([203, 0, 113, 7], true).await.unwrap_err();
    assert_eq!(over.code(), "abuse.too_many_at_once");
    // Another address, and a visitor with a cookie, are others.
    running.push(admit([203, 0, 113, 8], true).await.unwrap());
    running.push(admit([203, 0, 113, 7], false).await.unwrap());
    drop(running);
    assert!(admit([203, 0, 113, 7], true).await.is_ok());
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slowed_down_keeps_no_place_from_others_and_not_many_wait() {
    let mut config = Config::default();
    config.server.questions_per_minute_per_address = 1;
    config.server.trusted_proxies = vec!["127.0.0.1".to_owned()];
    // One place in all, and a wait that does not end while this test runs.
    let changes = [
        ("running = 0 ", "running = 1 "),
        ("slow_after = 3 ", "slow_after = 1 "),
        ("slow_millis = 800\n", "slow_millis = 600000\n"),
        ("slowed_at_once = 16 ", "slowed_at_once = 2 "),
    ];
    let started = limited(&changes, config).await;
    let (often, other) = ("203.0.113.7", "203.0.113.8");
    assert_eq!(ask(&started, often, "").await.status, StatusCode::OK);
    assert_eq!(ask(&started, often, "").await.code(), "http.too_many_questions");
    let mut waiting: FuturesUnordered<_> = (0..3).map(|_| ask(&started, often, "")).collect();
    let over = waiting.next().await.unwrap();
    assert_eq!((over.status, over.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "abuse.too_many_at_once"));
    assert!(over.headers.contains_key(header::RETRY_AFTER));
    // Two wait, and the only place is free.
    assert_eq!(waiting.len(), 2);
    let answered = ask(&started, other, "").await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    drop(waiting);
    started.stop().await;
}
