//! Sessions, history, feedback, audit, accounts: what the page does behind its screens.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::json;

use crate::platform::{Started, request};

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_changes_things_only_with_the_anti_forgery_header() {
    let started = Started::demo().await;
    let body = json!({ "username": "clerk", "password": "Shuzheng#2026" });
    let login = started.post("", "/api/v1/session", &body).await;
    let cookie = login.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let ask = |csrf: bool| {
        let mut builder = request("POST", "", "/api/v1/ask")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/json");
        if csrf {
            builder = builder.header("x-requested-with", "shuzheng");
        }
        let body = json!({ "scenario": "policy_consultation", "question": "试用期多久？" });
        builder.body(Body::from(body.to_string())).unwrap()
    };
    let refused = started.send(ask(false)).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "http.csrf"));
    assert_eq!(started.send(ask(true)).await.status, StatusCode::OK);
    let me = request("GET", "", "/api/v1/session").header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    assert_eq!(started.send(me).await.json()["user"]["username"], "clerk");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_says_neither_which_nor_more_than_five_times() {
    let started = Started::demo().await;
    let try_as = async |name: &str| {
        started.post("", "/api/v1/session", &json!({ "username": name, "password": "wrong-Password1" })).await
    };
    let unknown = try_as("nobody").await;
    let known = try_as("clerk").await;
    assert_eq!((unknown.status, unknown.code()), (known.status, known.code()));
    assert_eq!(known.status, StatusCode::UNAUTHORIZED);
    for _ in 0..4 {
        try_as("clerk").await;
    }
    let right = json!({ "username": "clerk", "password": "Shuzheng#2026" });
    let locked = started.post("", "/api/v1/session", &right).await;
    assert_eq!((locked.status, locked.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "identity.too_many_attempts"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_kept_searched_removed_and_brought_back() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let run = started.ask(&token, "policy_consultation", "试用期最长可以约定多久？").await;
    let conversation = run["conversation_id"].as_str().unwrap().to_owned();
    let next = json!({ "scenario": "policy_consultation", "question": "试用期工资有什么要求？", "conversation_id": conversation });
    assert_eq!(started.post(&token, "/api/v1/ask", &next).await.status, StatusCode::OK);
    let titles = async |query: &str| {
        let list = started.get(&token, &format!("/api/v1/conversations{query}")).await.json();
        list["items"].as_array().unwrap().iter().map(|c| c["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles("").await, ["试用期最长可以约定多久？"]);
    assert_eq!(titles("?q=%E5%85%AC%E7%A7%AF%E9%87%91").await, Vec::<String>::new());
    let whole = started.get(&token, &format!("/api/v1/conversations/{conversation}")).await.json();
    assert_eq!(whole["runs"].as_array().unwrap().len(), 2);
    let operator = started.login("operator").await;
    assert_eq!(
        started.get(&operator, &format!("/api/v1/conversations/{conversation}")).await.status,
        StatusCode::NOT_FOUND
    );
    let remove = request("DELETE", &token, &format!("/api/v1/conversations/{conversation}"));
    assert_eq!(started.send(remove.body(Body::empty()).unwrap()).await.status, StatusCode::NO_CONTENT);
    assert!(titles("").await.is_empty());
    let restore = format!("/api/v1/conversations/{conversation}/restore");
    assert_eq!(started.post(&token, &restore, &json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(titles("").await.len(), 1);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_the_askers_own_and_replaces_itself() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let run = started.ask(&token, "policy_consultation", "试用期最长可以约定多久？").await;
    let path = format!("/api/v1/runs/{}/feedback", run["run_id"].as_str().unwrap());
    let down = json!({ "rating": "down", "reasons": ["incomplete"], "comment": "请打13800138000" });
    assert_eq!(started.post(&token, &path, &down).await.status, StatusCode::NO_CONTENT);
    assert_eq!(started.post(&token, &path, &json!({ "rating": "up" })).await.status, StatusCode::NO_CONTENT);
    let read = started.get(&token, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json();
    assert_eq!(read["feedback"]["rating"], "up");
    let operator = started.login("operator").await;
    assert_eq!(started.post(&operator, &path, &down).await.status, StatusCode::NOT_FOUND);
    let wrong = json!({ "rating": "sideways" });
    assert_eq!(started.post(&token, &path, &wrong).await.status, StatusCode::BAD_REQUEST);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_opens_with_a_reason_that_is_itself_recorded() {
    let started = Started::demo().await;
    let clerk = started.login("clerk").await;
    let run = started.ask(&clerk, "policy_consultation", "试用期最长可以约定多久？").await;
    let auditor = started.login("auditor").await;
    let closed = started.get(&auditor, "/api/v1/audit?limit=5").await.json();
    assert_eq!(closed["items"][0]["withheld"], true);
    assert!(closed["items"][0]["actor"].is_null() && closed["items"][0]["hash"].is_string());
    let filter = started.get(&auditor, "/api/v1/audit?actor=user:x").await;
    assert_eq!(filter.status, StatusCode::BAD_REQUEST);
    let no_reason = started.post(&auditor, "/api/v1/audit/reading", &json!({ "reason": "  " })).await;
    assert_eq!(no_reason.status, StatusCode::BAD_REQUEST);
    let opened = started.post(&auditor, "/api/v1/audit/reading", &json!({ "reason": "季度抽查" })).await;
    assert_eq!(opened.status, StatusCode::OK);
    let open = started.get(&auditor, "/api/v1/audit?limit=100").await.json();
    let entries = open["items"].as_array().unwrap();
    assert_eq!((entries[0]["deed"].as_str(), entries[0]["reason"].as_str()), (Some("audit.read"), Some("季度抽查")));
    let of_run: Vec<&str> =
        entries.iter().filter(|e| e["subject"] == run["run_id"]).map(|e| e["deed"].as_str().unwrap()).collect();
    assert_eq!(of_run, ["ask.finished", "ask.started"]);
    assert!(!open.to_string().contains("试用期"), "the log holds ids, not words");
    // Paging: every entry once, the newest first.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = started.get(&auditor, &format!("/api/v1/audit?limit=7{cursor}")).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&after={next}"),
            None => break,
        }
    }
    let whole: Vec<i64> = (1..=seen[0]).rev().collect();
    assert_eq!(seen, whole);
    let verified = started.get(&auditor, "/api/v1/audit/verify").await.json();
    assert_eq!((verified["ok"].as_bool(), verified["entries"].as_i64()), (Some(true), Some(seen[0])));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_by_one_and_given_roles_by_another() {
    let started = Started::demo().await;
    let sysadmin = started.login("sysadmin").await;
    let security = started.login("security").await;
    let new = json!({ "username": "wang.min", "name": "王敏", "department": "approval" });
    let made = started.post(&sysadmin, "/api/v1/accounts", &new).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let id = made.json()["account"]["id"].as_str().unwrap().to_owned();
    let roles = |token: &str, roles: serde_json::Value| {
        let builder = request("PATCH", token, &format!("/api/v1/accounts/{id}"));
        builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({ "roles": roles }).to_string()))
            .unwrap()
    };
    assert_eq!(started.send(roles(&sysadmin, json!(["clerk"]))).await.status, StatusCode::FORBIDDEN);
    let two = started.send(roles(&security, json!(["auditor", "security"]))).await;
    assert!(two.status.is_client_error(), "two of the three administrators: {}", two.text);
    assert_eq!(started.send(roles(&security, json!(["clerk"]))).await.status, StatusCode::OK);
    let password = made.json()["one_time_password"].as_str().unwrap().to_owned();
    let login = json!({ "username": "wang.min", "password": password });
    let first = started.post("", "/api/v1/session", &login).await.json();
    assert_eq!(first["must_change_password"], true);
    let token = first["token"].as_str().unwrap();
    let ask = json!({ "scenario": "policy_consultation", "question": "试用期多久？" });
    let early = started.post(token, "/api/v1/ask", &ask).await;
    assert_eq!(early.code(), "identity.password_change_required");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_shows_scores_and_health_answers() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let body = json!({ "collection": "laws", "query": "劳动合同法第三十九条", "top": 3 });
    let found = started.post(&token, "/api/v1/search", &body).await.json();
    assert_eq!(found["hits"][0]["label"], "第三十九条", "{found}");
    assert_eq!(found["hits"][0]["document"], "中华人民共和国劳动合同法");
    let old = json!({ "collection": "laws", "query": "劳动合同 解除", "top": 3, "as_of": "1990-01-01" });
    let found = started.post(&token, "/api/v1/search", &old).await.json();
    assert!(found["hits"].as_array().unwrap().iter().all(|hit| hit["document"] != "中华人民共和国劳动合同法"));
    for path in ["/healthz", "/readyz", "/metrics", "/api/openapi.json"] {
        assert_eq!(started.get("", path).await.status, StatusCode::OK, "{path}");
    }
    let metrics = started.get("", "/metrics").await.text;
    assert!(metrics.contains("shuzheng_audit_entries"), "{metrics}");
    let gateway = started.post("", "/v1/chat/completions", &json!({})).await;
    assert_eq!((gateway.status, gateway.code().as_str()), (StatusCode::UNAUTHORIZED, "identity.login_required"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_permit_is_recorded() {
    let started = Started::demo().await;
    let clerk = started.login("clerk").await;
    assert_eq!(started.get(&clerk, "/api/v1/audit").await.status, StatusCode::FORBIDDEN);
    let auditor = started.login("auditor").await;
    let refused = started.get(&auditor, "/api/v1/audit?deed=permission.denied").await.json();
    assert_eq!(refused["items"].as_array().unwrap().len(), 1, "{refused}");
    assert_eq!(refused["items"][0]["outcome"], "refused");
    started.stop().await;
}
