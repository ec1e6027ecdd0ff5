//! Work on items over HTTP: two signatures, returns, withdrawals, duplicates, claims, exceptions.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::Started;

const QUESTION: &str = "试用期最长可以约定多久？";

/// The clerk's question that waits, the clerk, the address of its item.
async fn waiting(started: &Started) -> (Value, String, String) {
    let clerk = started.login("clerk").await;
    let run = started.ask(&clerk, "policy_interpretation", QUESTION).await;
    assert_eq!(run["status"], "in_review", "{run}");
    let review = format!("/api/v1/reviews/{}", run["review_id"].as_str().unwrap());
    (run, clerk, review)
}

async fn run_of(started: &Started, token: &str, run: &Value) -> Value {
    started.get(token, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countersigned_answer_leaves_with_the_second_signature_and_not_before() {
    let started = Started::demo().await;
    let (run, clerk, review) = waiting(&started).await;
    let (reviewer, lead) = (started.login("reviewer").await, started.login("lead").await);
    let item = started.get(&reviewer, &review).await.json();
    let seen = item["content_hash"].clone();
    let edited = json!({ "answer": "试用期最长不得超过六个月。[1]", "seen": seen });
    let half = started.post(&reviewer, &format!("{review}/countersign"), &edited).await;
    assert_eq!(
        (half.status, half.json()["state"].as_str()),
        (StatusCode::OK, Some("countersign_edited")),
        "{}",
        half.text
    );
    let waits = run_of(&started, &clerk, &run).await;
    assert_eq!((waits["status"].as_str(), waits["answer"].as_str()), (Some("in_review"), Some("")));
    assert_eq!(waits["review"]["state"], "countersign_edited");
    let approve = json!({ "decision": "approve" });
    let same = started.post(&reviewer, &format!("{review}/decision"), &approve).await;
    assert_eq!((same.status, same.code().as_str()), (StatusCode::FORBIDDEN, "review.second_signer"));
    // The second one sees the words that stand now, and signs them only.
    let item = started.get(&lead, &review).await.json();
    assert_eq!(item["proposal"]["answer"], "试用期最长不得超过六个月。[1]");
    let stale = json!({ "decision": "approve", "seen": seen });
    let refused = started.post(&lead, &format!("{review}/decision"), &stale).await;
    assert_eq!(refused.code(), "review.other_draft");
    let stands = json!({ "decision": "approve", "seen": item["content_hash"] });
    let whole = started.post(&lead, &format!("{review}/decision"), &stands).await;
    assert_eq!((whole.status, whole.json()["state"].as_str()), (StatusCode::OK, Some("edited")), "{}", whole.text);
    let released = run_of(&started, &clerk, &run).await;
    assert_eq!(
        (released["status"].as_str(), released["answer"].as_str()),
        (Some("released"), Some("试用期最长不得超过六个月。[1]"))
    );
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_back_and_what_is_taken_back_reach_the_asker() {
    let started = Started::demo().await;
    let (run, clerk, review) = waiting(&started).await;
    let reviewer = started.login("reviewer").await;
    let back = json!({ "reason": "请说明劳动合同期限" });
    assert_eq!(started.post(&reviewer, &format!("{review}/return"), &back).await.status, StatusCode::OK);
    let seen = run_of(&started, &clerk, &run).await;
    assert_eq!(
        (seen["review"]["state"].as_str(), seen["review"]["reason"].as_str()),
        (Some("returned"), Some("请说明劳动合同期限"))
    );
    let note = json!({ "note": "三年期合同" });
    let stranger = started.login("operator").await;
    assert_eq!(started.post(&stranger, &format!("{review}/resubmit"), &note).await.status, StatusCode::NOT_FOUND);
    assert_eq!(started.post(&clerk, &format!("{review}/resubmit"), &note).await.json()["state"], "pending");
    let past = started.get(&reviewer, &review).await.json()["history"].clone();
    assert_eq!(past.as_array().unwrap().last().unwrap()["reason"], "三年期合同");

    // Asked again, the first request makes room; taken back, nothing waits any more.
    let again = started.ask(&clerk, "policy_interpretation", QUESTION).await;
    let first = run_of(&started, &clerk, &run).await;
    assert_eq!((first["status"].as_str(), first["refusal"]["code"].as_str()), (Some("refused"), Some("withdrawn")));
    let second = format!("/api/v1/reviews/{}", again["review_id"].as_str().unwrap());
    assert_eq!(started.post(&stranger, &format!("{second}/withdraw"), &json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(started.post(&clerk, &format!("{second}/withdraw"), &json!({})).await.json()["state"], "withdrawn");
    assert_eq!(run_of(&started, &clerk, &again).await["status"], "refused");
    let queue = started.get(&reviewer, "/api/v1/reviews?state=pending").await.json();
    assert_eq!(queue["items"].as_array().map(Vec::len), Some(0));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_keeps_others_off_and_an_exception_is_sent_another_way() {
    let started = Started::demo().await;
    let (_, _, review) = waiting(&started).await;
    let (reviewer, lead) = (started.login("reviewer").await, started.login("lead").await);
    let claimed = started.post(&reviewer, &format!("{review}/claim"), &json!({})).await;
    assert!(claimed.json()["claimed_until"].is_string(), "{}", claimed.text);
    let approve = json!({ "decision": "approve" });
    let other = started.post(&lead, &format!("{review}/decision"), &approve).await;
    assert_eq!((other.status, other.code().as_str()), (StatusCode::CONFLICT, "review.claimed"));
    assert_eq!(
        started.get(&lead, "/api/v1/reviews?state=tasks").await.json()["items"].as_array().map(Vec::len),
        Some(0)
    );
    assert_eq!(started.post(&lead, &format!("{review}/release"), &json!({})).await.status, StatusCode::OK);

    // To a department without reviewers: an exception, not a silent wait; the lead sends it on.
    let nowhere = json!({ "department": "hotline" });
    assert_eq!(started.post(&reviewer, &format!("{review}/assign"), &nowhere).await.status, StatusCode::FORBIDDEN);
    assert_eq!(started.post(&lead, &format!("{review}/assign"), &nowhere).await.status, StatusCode::OK);
    let system = identity::Cx::system(&started.platform.store, "test").await.unwrap();
    started.platform.assistant.reviews().tend(&system, &|_| true).await.unwrap();
    let exceptions = started.get(&reviewer, "/api/v1/reviews?state=exceptions").await.json();
    assert_eq!(exceptions["items"][0]["trouble"], "no_reviewer");
    assert_eq!(started.post(&reviewer, &format!("{review}/decision"), &approve).await.code(), "review.not_assigned");
    let policy = json!({ "department": "policy" });
    assert_eq!(started.post(&lead, &format!("{review}/assign"), &policy).await.status, StatusCode::OK);
    assert_eq!(started.post(&reviewer, &format!("{review}/decision"), &approve).await.status, StatusCode::OK);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_names_a_deputy_and_a_lead_says_who_is_competent() {
    let started = Started::demo().await;
    let (reviewer, lead) = (started.login("reviewer").await, started.login("lead").await);
    let all = started.get(&reviewer, "/api/v1/reviewers").await.json();
    let id_of = |name: &str| {
        let one = all["items"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
        one["id"].as_str().unwrap().to_owned()
    };
    let put = async |token: &str, path: String, body: Value| {
        let request = crate::platform::request("PUT", token, &path).header("content-type", "application/json");
        started.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    };
    let (first, second) = (id_of("林晓梅"), id_of("许文静"));
    let away = json!({ "deputy": second, "away_from": "2020-01-01T00:00:00+08:00" });
    let set = put(&reviewer, "/api/v1/reviewers/me".to_owned(), away).await;
    assert_eq!((set.status, set.json()["away"].as_bool()), (StatusCode::OK, Some(true)), "{}", set.text);
    let competent = json!({ "competences": ["labour"] });
    let own = put(&reviewer, format!("/api/v1/reviewers/{first}"), competent.clone()).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let set = put(&lead, format!("/api/v1/reviewers/{first}"), competent).await;
    assert_eq!(set.json()["competences"], json!(["labour"]), "{}", set.text);
    started.stop().await;
}
