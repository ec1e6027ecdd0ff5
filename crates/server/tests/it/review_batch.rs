//! Several decisions at once over HTTP: each its own, what was not seen or needs four eyes left out by name.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::Started;

const BATCH: &str = "/api/v1/reviews/decisions";
const PLAIN: &str = "试用期最长可以约定多久？";
const POLITE: &str = "请问试用期最长可以约定多久？";

/// Questions that wait, and their items as the reviewer sees them.
async fn waiting(started: &Started, reviewer: &str) -> (String, Vec<Value>, Vec<Value>) {
    let (clerk, operator) = (started.login("clerk").await, started.login("operator").await);
    let (mut runs, mut items) = (Vec::new(), Vec::new());
    for (asker, question) in [(&clerk, PLAIN), (&operator, PLAIN), (&clerk, POLITE), (&operator, POLITE)] {
        let run = started.ask(asker, "policy_interpretation", question).await;
        assert_eq!(run["status"], "in_review", "{run}");
        let review = format!("/api/v1/reviews/{}", run["review_id"].as_str().unwrap());
        items.push(started.get(reviewer, &review).await.json());
        runs.push(run);
    }
    (clerk, runs, items)
}

fn seen(item: &Value) -> Value {
    json!({ "id": item["id"], "seen": item["content_hash"] })
}

fn codes(answer: &Value) -> Vec<&str> {
    let lines = answer["items"].as_array().unwrap();
    lines.iter().map(|line| line["code"].as_str().or(line["state"].as_str()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_decides_one_by_one_and_says_of_each_what_came_of_it() {
    let started = Started::demo().await;
    let (reviewer, lead) = (started.login("reviewer").await, started.login("lead").await);
    let (clerk, runs, items) = waiting(&started, &reviewer).await;
    // One of them gets a first signature, so that another must sign.
    let half = format!("/api/v1/reviews/{}/countersign", items[1]["id"].as_str().unwrap());
    assert_eq!(started.post(&lead, &half, &json!({})).await.status, StatusCode::OK);

    let body = json!({
        "decision": "approve",
        "items": [
            seen(&items[0]), seen(&items[1]), { "id": items[2]["id"] },
            { "id": items[3]["id"], "seen": "0".repeat(64) },
        ],
    });
    let answer = started.post(&reviewer, BATCH, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let lines = answer.json();
    assert_eq!(
        codes(&lines),
        ["approved", "review.batch_four_eyes", "review.batch_unseen", "review.other_draft"],
        "{lines}"
    );
    let released = started.get(&clerk, &format!("/api/v1/runs/{}", runs[0]["run_id"].as_str().unwrap())).await.json();
    assert_eq!(released["status"], "released");

    // Once more: what is decided stays so, the rest is rejected with one reason, each with its own record.
    let rest = [seen(&items[0]), seen(&items[2]), seen(&items[3])];
    let body = json!({ "decision": "reject", "reason": "口径不完整", "items": rest });
    let lines = started.post(&reviewer, BATCH, &body).await.json();
    assert_eq!(codes(&lines), ["review.already_decided", "rejected", "rejected"], "{lines}");
    for place in [2, 3] {
        let past = started.get(&reviewer, &format!("/api/v1/reviews/{}", items[place]["id"].as_str().unwrap())).await;
        let past = past.json()["history"].clone();
        assert_eq!(past.as_array().unwrap().last().unwrap()["reason"], "口径不完整");
    }
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_needs_a_reviewer_a_reason_and_one_kind() {
    let started = Started::demo().await;
    let reviewer = started.login("reviewer").await;
    let (clerk, _, items) = waiting(&started, &reviewer).await;
    let approve = json!({ "decision": "approve", "items": [seen(&items[0])] });
    assert_eq!(started.post(&clerk, BATCH, &approve).await.status, StatusCode::FORBIDDEN);
    for wrong in [
        json!({ "decision": "return", "reason": " ", "items": [seen(&items[0])] }),
        json!({ "decision": "edit", "items": [seen(&items[0])] }),
        json!({ "decision": "approve", "items": [] }),
    ] {
        assert_eq!(started.post(&reviewer, BATCH, &wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    // Words of a refusal are another kind than answers.
    let lead = started.login("lead").await;
    let words = json!({
        "words": {
            "message": "没有依据。", "next_step": "请拨打 12345。",
            "message_en": "No basis.", "next_step_en": "Call 12345.",
        },
        "why": "更短",
    });
    let put = crate::platform::request("PUT", &lead, "/api/v1/refusals/no_basis");
    let put = put.header("content-type", "application/json");
    let entry = started.send(put.body(axum::body::Body::from(words.to_string())).unwrap()).await.json();
    let other = entry["waiting"]["review_id"].as_str().unwrap_or_else(|| panic!("{entry}"));
    let other = started.get(&reviewer, &format!("/api/v1/reviews/{other}")).await.json();
    let body = json!({ "decision": "return", "reason": "请补充情况", "items": [seen(&items[0]), seen(&other)] });
    let lines = started.post(&reviewer, BATCH, &body).await.json();
    assert_eq!(codes(&lines), ["returned", "review.batch_mixed"], "{lines}");
    started.stop().await;
}
