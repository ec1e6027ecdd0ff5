//! The bank of refusals over HTTP: what askers read changes when another person has approved it, and not before.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::{Answer, Started, request};

/// Nothing in the demo agency's law answers it.
const POEM: &str = "写一首关于春天的诗";

async fn put(started: &Started, token: &str, path: &str, body: &Value) -> Answer {
    let request = request("PUT", token, path).header("content-type", "application/json");
    started.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn entry(started: &Started, token: &str, name: &str) -> Value {
    let bank = started.get(token, "/api/v1/refusals").await.json();
    let found = bank["items"].as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {bank}")).clone()
}

fn words(message: &str) -> Value {
    json!({
        "words": {
            "message": message, "next_step": "请到政务服务大厅咨询。",
            "message_en": "We do not serve this.", "next_step_en": "Ask at the service hall.",
        },
        "why": "口径统一",
    })
}

/// The item that waits for a decision about this refusal.
async fn waiting(started: &Started, reviewer: &str, name: &str) -> String {
    let entry = entry(started, reviewer, name).await;
    format!("/api/v1/reviews/{}", entry["waiting"]["review_id"].as_str().unwrap_or_else(|| panic!("{entry}")))
}

async fn read_by_asker(started: &Started, token: &str) -> String {
    let run = started.ask(token, "policy_consultation", POEM).await;
    assert_eq!(run["refusal"]["code"], "out_of_scope", "{run}");
    run["refusal"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_words_are_read_when_another_person_approved_them_and_every_version_is_kept() {
    let started = Started::demo().await;
    let (clerk, reviewer, lead) =
        (started.login("clerk").await, started.login("reviewer").await, started.login("lead").await);
    let first = entry(&started, &reviewer, "out_of_scope").await;
    assert_eq!((&first["labels"], first["in_force"].is_null()), (&json!(["out_of_scope"]), true));
    let shipped = first["words"]["message"].as_str().unwrap().to_owned();
    assert_eq!(read_by_asker(&started, &clerk).await, shipped);

    let path = "/api/v1/refusals/out_of_scope";
    let said = put(&started, &reviewer, path, &words("本平台不提供这项服务。")).await;
    assert_eq!((said.status, &said.json()["words"]["message"]), (StatusCode::OK, &json!(shipped)), "{}", said.text);
    let again = put(&started, &lead, path, &words("另一种说法。")).await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "review.already_queued"));
    assert_eq!(read_by_asker(&started, &clerk).await, shipped, "nothing unapproved is read");

    let review = waiting(&started, &lead, "out_of_scope").await;
    let item = started.get(&lead, &review).await.json();
    assert_eq!((item["kind"].as_str(), &item["payload"]["before"]["message"]), (Some("refusal"), &json!(shipped)));
    let decision = format!("{review}/decision");
    let approve = json!({ "decision": "approve", "seen": item["content_hash"] });
    assert_eq!(started.post(&reviewer, &decision, &approve).await.code(), "review.own_question");
    let approved = started.post(&lead, &decision, &approve).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.text);
    assert_eq!(read_by_asker(&started, &clerk).await, "本平台不提供这项服务。");
    let english = request("POST", &clerk, "/api/v1/ask")
        .header("content-type", "application/json")
        .header("accept-language", "en")
        .body(Body::from(json!({ "scenario": "policy_consultation", "question": POEM }).to_string()))
        .unwrap();
    assert_eq!(started.send(english).await.json()["refusal"]["message"], "We do not serve this.");

    // A second change that is rejected leaves the first in force; both stay readable.
    let second = put(&started, &lead, path, &words("第二稿。")).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text);
    let review = waiting(&started, &reviewer, "out_of_scope").await;
    let reject = json!({ "decision": "reject", "reason": "没有下一步" });
    assert_eq!(started.post(&reviewer, &format!("{review}/decision"), &reject).await.status, StatusCode::OK);
    assert_eq!(read_by_asker(&started, &clerk).await, "本平台不提供这项服务。");
    let now = entry(&started, &reviewer, "out_of_scope").await;
    assert_eq!(
        (now["in_force"]["decided_by"].as_str(), now["in_force"]["proposed_by"].as_str(), now["waiting"].is_null()),
        (Some("许文静"), Some("林晓梅"), true),
        "{now}"
    );
    let versions = started.get(&reviewer, path).await.json();
    let states: Vec<&str> =
        versions["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["rejected", "approved"]);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_has_an_answer_for_every_risk_and_refuses_what_cannot_be_kept() {
    let started = Started::demo().await;
    let (clerk, reviewer, security) =
        (started.login("clerk").await, started.login("reviewer").await, started.login("security").await);
    assert_eq!(started.get(&clerk, "/api/v1/refusals").await.status, StatusCode::FORBIDDEN);
    let bank = started.get(&security, "/api/v1/refusals").await.json();
    let risks: usize = bank["items"].as_array().unwrap().iter().map(|one| one["risks"].as_array().unwrap().len()).sum();
    assert_eq!(risks, 31, "{bank}");
    assert!(entry(&started, &reviewer, "discrimination").await["risks"].as_array().unwrap().contains(&json!("A2a")));

    let path = "/api/v1/refusals/no_basis";
    assert_eq!(put(&started, &clerk, path, &words("没有依据。")).await.status, StatusCode::FORBIDDEN);
    let nobody = put(&started, &reviewer, "/api/v1/refusals/weather", &words("没有依据。")).await;
    assert_eq!((nobody.status, nobody.code().as_str()), (StatusCode::NOT_FOUND, "assistant.refusal_not_found"));
    for wrong in ["", &"长".repeat(301)] {
        let answer = put(&started, &reviewer, path, &words(wrong)).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "assistant.bad_refusal"));
    }
    let same = json!({ "words": entry(&started, &reviewer, "no_basis").await["words"], "why": "试一试" });
    assert_eq!(put(&started, &reviewer, path, &same).await.code(), "assistant.bad_refusal");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_a_risk_stopped_is_refused_with_the_words_for_that_risk() {
    let started = Started::demo().await;
    let (clerk, reviewer, security) =
        (started.login("clerk").await, started.login("reviewer").await, started.login("security").await);
    // The taught words of a person are the draft of the very same question; one of them becomes a listed word.
    let question = "试用期最长可以约定多久？";
    let run = started.ask(&clerk, "policy_interpretation", question).await;
    let edit =
        json!({ "decision": "edit", "answer": "劳动合同期限三年以上的，试用期不得超过六个月。[1]", "teach": true });
    let decision = format!("/api/v1/reviews/{}/decision", run["review_id"].as_str().unwrap());
    assert_eq!(started.post(&reviewer, &decision, &edit).await.status, StatusCode::OK);
    let word = json!({
        "term": "期限三年以上", "category": "A2a", "action": "block", "weight": 0.9, "reason": "试验"
    });
    let kept = put(&started, &security, "/api/v1/security/words", &word).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    let refused = started.ask(&clerk, "policy_interpretation", question).await;
    assert_eq!(refused["refusal"]["code"], "answer_unsafe", "{refused}");
    let words = entry(&started, &reviewer, "discrimination").await["words"].clone();
    assert_eq!(
        (&refused["refusal"]["message"], &refused["refusal"]["next_step"]),
        (&words["message"], &words["next_step"])
    );
    started.stop().await;
}
