//! Every operation of the API without a login, and with the login of somebody who may not.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::Value;

use crate::platform::{Started, request};

/// What anybody may call. This list may only shrink.
const PUBLIC: &[&str] = &[
    "DELETE /api/v1/conversations/{id}",
    "GET /api/v1/articles/{id}",
    "GET /api/v1/articles/{id}/cited_by",
    "GET /api/v1/articles/{id}/cites",
    "GET /api/v1/calculations/{id}",
    "GET /api/v1/challenge",
    "GET /api/v1/conversations",
    "GET /api/v1/conversations/{id}",
    "GET /api/v1/documents/{id}/articles",
    "GET /api/v1/documents/{id}/timeline",
    "GET /api/v1/enterprise_fields",
    "GET /api/v1/enterprise_policies",
    "GET /api/v1/enterprise_policies/clashes",
    "GET /api/v1/enterprise_policies/{id}",
    "GET /api/v1/runs",
    "GET /api/v1/runs/{id}",
    "GET /api/v1/runs/{id}/companion",
    "GET /api/v1/runs/{id}/events",
    "GET /api/v1/runs/{id}/export",
    "GET /api/v1/scenarios",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "POST /api/v1/ask",
    "POST /api/v1/calculations/{id}/{name}",
    "POST /api/v1/conversations/{id}/restore",
    "POST /api/v1/enterprise_policies/matches",
    "POST /api/v1/reviews/{id}/resubmit",
    "POST /api/v1/reviews/{id}/withdraw",
    "POST /api/v1/runs/{id}/feedback",
    "POST /api/v1/session",
];

fn operations() -> Vec<(String, String)> {
    let description: Value = serde_json::from_str(&server::cli::description().unwrap()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if ["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                all.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_public_list_answers_without_a_login() {
    let started = Started::empty().await;
    let mut open = BTreeSet::new();
    for (method, path) in operations() {
        let uri = path.replace("{id}", "none").replace("{name}", "none");
        let request = request(&method, "", &uri).header(header::CONTENT_TYPE, "application/json");
        let answer = started.send(request.body(Body::from("{}")).unwrap()).await;
        if answer.status == StatusCode::UNAUTHORIZED {
            assert_eq!(answer.code(), "identity.login_required", "{method} {path}");
        } else {
            open.insert(format!("{method} {path}"));
        }
    }
    let public: BTreeSet<String> = PUBLIC.iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(open, public);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_nobody_has_opens_nothing() {
    let started = Started::empty().await;
    for (method, path) in operations() {
        if PUBLIC.contains(&format!("{method} {path}").as_str()) && !path.starts_with("/api/v1/ask") {
            continue;
        }
        let uri = path.replace("{id}", "none").replace("{name}", "none");
        let request = request(&method, &"0".repeat(64), &uri).header(header::CONTENT_TYPE, "application/json");
        let body = r#"{"scenario":"citizen_questions","question":"x"}"#;
        let answer = started.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {}", answer.text);
    }
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_administrators_keep_to_their_own() {
    let started = Started::demo().await;
    let mut tokens = std::collections::BTreeMap::new();
    for user in ["clerk", "reviewer", "operator", "steward", "models", "sysadmin", "security", "auditor"] {
        tokens.insert(user, started.login(user).await);
    }
    for (path, allowed) in [
        ("/api/v1/audit", &["auditor"][..]),
        ("/api/v1/audit/verify", &["auditor"]),
        ("/api/v1/accounts", &["sysadmin", "security"]),
        ("/api/v1/reviews", &["reviewer"]),
        ("/api/v1/fence", &["security"]),
        ("/api/v1/security", &["security"]),
        ("/api/v1/security/words", &["security"]),
        ("/api/v1/egress", &["models", "sysadmin", "security"]),
        ("/api/v1/system/status", &["models", "sysadmin", "security"]),
        ("/api/v1/collections/laws/documents", &["clerk", "reviewer", "operator", "steward", "models"]),
    ] {
        for (user, token) in &tokens {
            let sees = started.get(token, path).await.status == StatusCode::OK;
            assert_eq!(sees, allowed.contains(user), "{user} {path}");
        }
    }
    // None of the three may ask: their work is not the agency's business.
    for user in ["sysadmin", "security", "auditor"] {
        let body = serde_json::json!({ "scenario": "policy_consultation", "question": "试用期多久？" });
        let answer = started.post(&tokens[user], "/api/v1/ask", &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{user}");
    }
    started.stop().await;
}
