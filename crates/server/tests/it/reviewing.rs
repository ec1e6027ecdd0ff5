//! A sensitive question: nothing leaves before somebody other than the asker has signed it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::Started;

const QUESTION: &str = "试用期最长可以约定多久？";

async fn pending(started: &Started, asker: &str) -> (Value, String) {
    let token = started.login(asker).await;
    let run = started.ask(&token, "policy_interpretation", QUESTION).await;
    assert_eq!(run["status"], "in_review", "{run}");
    assert_eq!((run["answer"].as_str(), run["citations"].as_array().map(Vec::len)), (Some(""), Some(0)));
    (run, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn approval_releases_exactly_what_was_seen() {
    let started = Started::demo().await;
    let (run, clerk) = pending(&started, "clerk").await;
    let review = format!("/api/v1/reviews/{}", run["review_id"].as_str().unwrap());
    assert_eq!(started.get(&clerk, &review).await.status, StatusCode::FORBIDDEN);
    let reviewer = started.login("reviewer").await;
    let queue = started.get(&reviewer, "/api/v1/reviews?state=pending").await.json();
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
    let item = started.get(&reviewer, &review).await.json();
    assert_eq!(item["may_decide"], true);
    assert!(!item["checks"].as_array().unwrap().is_empty() && !item["sources"].as_array().unwrap().is_empty());
    let decided = started.post(&reviewer, &format!("{review}/decision"), &json!({ "decision": "approve" })).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.text);
    let seen = started.get(&clerk, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json();
    assert_eq!(seen["status"], "released");
    assert_eq!(seen["answer"], item["draft"]["answer"]);
    let twice = started.post(&reviewer, &format!("{review}/decision"), &json!({ "decision": "approve" })).await;
    assert_eq!((twice.status, twice.code().as_str()), (StatusCode::CONFLICT, "review.already_decided"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_checked_again_and_a_rejection_says_why() {
    let started = Started::demo().await;
    let reviewer = started.login("reviewer").await;
    let (run, clerk) = pending(&started, "clerk").await;
    let decision = format!("/api/v1/reviews/{}/decision", run["review_id"].as_str().unwrap());
    let unsafe_edit = json!({ "decision": "edit", "answer": "请联系张某，身份证号11010519491231002X。[1]" });
    let answer = started.post(&reviewer, &decision, &unsafe_edit).await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
    let edit = json!({ "decision": "edit", "answer": "试用期最长不得超过六个月。[1]" });
    let answer = started.post(&reviewer, &decision, &edit).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.json()["state"], "edited");
    let seen = started.get(&clerk, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json();
    assert!(seen["answer"].as_str().unwrap().contains("不得超过六个月"));

    let (run, clerk) = pending(&started, "operator").await;
    let decision = format!("/api/v1/reviews/{}/decision", run["review_id"].as_str().unwrap());
    let silent = started.post(&reviewer, &decision, &json!({ "decision": "reject" })).await;
    assert_eq!(silent.status, StatusCode::BAD_REQUEST, "{}", silent.text);
    let said = json!({ "decision": "reject", "reason": "口径不完整" });
    assert_eq!(started.post(&reviewer, &decision, &said).await.status, StatusCode::OK);
    let seen = started.get(&clerk, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json();
    assert_eq!((seen["status"].as_str(), seen["answer"].as_str()), (Some("rejected"), Some("")));
    assert_eq!(seen["refusal"]["reason"], "口径不完整");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reviews_the_own_question() {
    let started = Started::demo().await;
    let (run, reviewer) = pending(&started, "reviewer").await;
    let review = format!("/api/v1/reviews/{}", run["review_id"].as_str().unwrap());
    let item = started.get(&reviewer, &review).await.json();
    assert_eq!((item["may_decide"].as_bool(), item["why_not"].as_str()), (Some(false), Some("review.own_question")));
    let answer = started.post(&reviewer, &format!("{review}/decision"), &json!({ "decision": "approve" })).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "review.own_question"));
    started.stop().await;
}
