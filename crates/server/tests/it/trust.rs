//! Corrections, off-switches, feedback, scores, and signed copies of the record, over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::{Started, request};

const QUESTION: &str = "试用期最长可以约定多久？";

async fn teach(started: &Started) -> (Value, String) {
    let clerk = started.login("clerk").await;
    let run = started.ask(&clerk, "policy_interpretation", QUESTION).await;
    let review = format!("/api/v1/reviews/{}", run["review_id"].as_str().unwrap());
    let reviewer = started.login("reviewer").await;
    let edit =
        json!({ "decision": "edit", "answer": "劳动合同期限三年以上的，试用期不得超过六个月。[1]", "teach": true });
    let decided = started.post(&reviewer, &format!("{review}/decision"), &edit).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.text);
    let library = started.get(&reviewer, "/api/v1/corrections").await.json();
    assert_eq!(library["items"].as_array().map(Vec::len), Some(1), "{library}");
    (library["items"][0].clone(), reviewer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taught_edit_is_the_draft_of_the_very_same_question_and_waits_for_review_again() {
    let started = Started::demo().await;
    let (correction, reviewer) = teach(&started).await;
    assert_eq!((correction["state"].as_str(), correction["fresh"].as_bool()), (Some("active"), Some(true)));
    assert_eq!(correction["scenario"], "policy_interpretation");
    assert_eq!(correction["articles"].as_array().map(Vec::len), Some(1));

    // The same words in another dress, by another asker: the taught words stand before the reviewer.
    let operator = started.login("operator").await;
    let run = started.ask(&operator, "policy_interpretation", " 试用期最长可以约定多久? ").await;
    assert_eq!(
        (run["status"].as_str(), run["correction"].is_null()),
        (Some("in_review"), true),
        "nothing unreleased is told"
    );
    let review = format!("/api/v1/reviews/{}", run["review_id"].as_str().unwrap());
    let item = started.get(&reviewer, &review).await.json();
    assert_eq!(item["draft"]["answer"], "劳动合同期限三年以上的，试用期不得超过六个月。[1]");
    let approved = started.post(&reviewer, &format!("{review}/decision"), &json!({ "decision": "approve" })).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.text);
    let seen = started.get(&operator, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json();
    assert_eq!(
        (seen["correction"]["exact"].as_bool(), seen["correction"]["id"].clone()),
        (Some(true), correction["id"].clone())
    );
    // Another scenario is not its scope, and other figures are another question.
    let other = started.ask(&operator, "policy_consultation", QUESTION).await;
    assert_eq!(other["correction"], Value::Null);
    let one = format!("/api/v1/corrections/{}", correction["id"].as_str().unwrap());
    assert_eq!(started.get(&reviewer, &one).await.json()["hits"], 1);

    // Retired, it steers nothing.
    assert_eq!(
        started.post(&reviewer, &format!("{one}/retire"), &json!({ "reason": " " })).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        started.post(&reviewer, &format!("{one}/retire"), &json!({ "reason": "口径已调整" })).await.json()["state"],
        "retired"
    );
    let clerk = started.login("clerk").await;
    assert_eq!(started.get(&clerk, &one).await.status, StatusCode::FORBIDDEN);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_complaint_becomes_a_correction_when_another_person_has_approved_it() {
    let started = Started::demo().await;
    let (clerk, reviewer, lead) =
        (started.login("clerk").await, started.login("reviewer").await, started.login("lead").await);
    let run = started.ask(&clerk, "policy_consultation", QUESTION).await;
    assert_eq!(run["status"], "released", "{run}");
    let id = run["run_id"].as_str().unwrap();
    let said = json!({ "rating": "down", "reasons": ["incomplete"], "comment": "没说三个月的情形", "solved": false });
    assert_eq!(
        started.post(&clerk, &format!("/api/v1/runs/{id}/feedback"), &said).await.status,
        StatusCode::NO_CONTENT
    );
    let own = started.get(&clerk, &format!("/api/v1/runs/{id}")).await.json();
    assert_eq!((own["feedback"]["rating"].as_str(), own["feedback"]["solved"].as_bool()), (Some("down"), Some(false)));
    assert_eq!(started.get(&clerk, "/api/v1/feedback").await.status, StatusCode::FORBIDDEN);
    let complaint = started.get(&reviewer, "/api/v1/feedback?rating=down").await.json()["items"][0].clone();
    assert_eq!((complaint["run_id"].as_str(), complaint["solved"].as_bool()), (Some(id), Some(false)));

    // The first sentence of the answer alone, with the article it cites: supported, so that nobody need look again.
    let claim = &run["claims"][0];
    let cited = complaint["articles"].as_array().unwrap().iter().find(|a| a["n"] == claim["citations"][0]).unwrap();
    let right = format!("{}[1]", claim["text"].as_str().unwrap().trim());
    let body = json!({
        "question": complaint["question"], "wrong": complaint["answer"], "right": right,
        "articles": [cited["article_id"]], "scenario": "policy_consultation", "run_id": id,
    });
    let made = started.post(&reviewer, "/api/v1/corrections", &body).await;
    assert_eq!((made.status, made.json()["state"].as_str()), (StatusCode::CREATED, Some("in_review")), "{}", made.text);
    assert_eq!(started.ask(&clerk, "policy_consultation", QUESTION).await["correction"], Value::Null);
    let queue = started.get(&lead, "/api/v1/reviews?state=tasks").await.json();
    let item = &queue["items"][0];
    assert_eq!((item["kind"].as_str(), item["question"].as_str()), (Some("correction"), Some(QUESTION)));
    let decision = format!("/api/v1/reviews/{}/decision", item["id"].as_str().unwrap());
    let approve = json!({ "decision": "approve" });
    assert_eq!(started.post(&reviewer, &decision, &approve).await.code(), "review.own_question");
    let approved = started.post(&lead, &decision, &approve).await;
    assert_eq!((approved.status, approved.json()["run"].is_null()), (StatusCode::OK, true), "{}", approved.text);
    let now = started.ask(&clerk, "policy_consultation", QUESTION).await;
    assert_eq!(now["correction"]["exact"], true, "{now}");
    assert_eq!(now["answer"], right);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_works_from_the_next_question_on_and_says_so() {
    let started = Started::demo().await;
    let (clerk, security) = (started.login("clerk").await, started.login("security").await);
    let ask = json!({ "scenario": "policy_consultation", "question": QUESTION });
    let throw = async |target: &str, off: bool, reason: &str| {
        let body = json!({ "target": target, "off": off, "reason": reason, "notice": "系统升级，预计一小时" });
        started.post(&security, "/api/v1/switches", &body).await
    };
    assert_eq!(throw("scenario:policy_consultation", true, "").await.code(), "assistant.switch_needs_reason");
    assert_eq!(throw("scenario:nothing", true, "演练停用").await.status, StatusCode::NOT_FOUND);
    for target in ["scenario:policy_consultation", "channel:staff"] {
        assert_eq!(throw(target, true, "演练停用").await.status, StatusCode::OK);
        let refused = started.post(&clerk, "/api/v1/ask", &ask).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "assistant.switched_off")
        );
        assert!(refused.json()["detail"].as_str().unwrap().contains("系统升级"));
        let offered = started.get(&clerk, "/api/v1/scenarios").await.json();
        let scenario = offered["items"].as_array().unwrap().iter().find(|s| s["id"] == "policy_consultation").unwrap();
        assert_eq!(scenario["maintenance"], "系统升级，预计一小时");
        assert_eq!(throw(target, false, "演练结束").await.status, StatusCode::OK);
        assert_eq!(started.post(&clerk, "/api/v1/ask", &ask).await.status, StatusCode::OK);
    }
    // Citizens have a channel of their own; a model that is off leaves its routes, and an empty route says so.
    assert_eq!(throw("channel:citizen", true, "演练停用").await.status, StatusCode::OK);
    let public = json!({ "scenario": "citizen_questions", "question": QUESTION });
    assert_eq!(started.post("", "/api/v1/ask", &public).await.code(), "assistant.switched_off");
    assert_eq!(started.post(&clerk, "/api/v1/ask", &ask).await.status, StatusCode::OK);
    let all = started.get(&security, "/api/v1/switches").await.json();
    let models: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|s| s["target"].as_str())
        .filter(|t| t.starts_with("model:"))
        .collect();
    for model in models {
        assert_eq!(throw(model, true, "演练停用").await.status, StatusCode::OK);
    }
    assert_eq!(started.post(&clerk, "/api/v1/ask", &ask).await.code(), "assistant.switched_off");
    assert_eq!(started.get(&clerk, "/api/v1/switches").await.status, StatusCode::FORBIDDEN);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expert_scores_by_sentence_and_citation() {
    let started = Started::demo().await;
    let (clerk, reviewer) = (started.login("clerk").await, started.login("reviewer").await);
    let run = started.ask(&clerk, "policy_consultation", QUESTION).await;
    let path = format!("/api/v1/runs/{}/score", run["run_id"].as_str().unwrap());
    let list = started.get(&reviewer, "/api/v1/scoring").await.json();
    assert_eq!(list["items"][0]["run_id"], run["run_id"]);
    let put = async |token: &str, body: Value| {
        let request = request("PUT", token, &path).header("content-type", "application/json");
        started.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    };
    let score = json!({ "total": 4, "sentences": [{ "index": 0, "score": 5 }], "citations": [{ "n": 1, "bears": true, "remark": "准确" }] });
    assert_eq!(put(&clerk, score.clone()).await.status, StatusCode::FORBIDDEN);
    for bad in [
        json!({ "total": 6 }),
        json!({ "total": 3, "sentences": [{ "index": 99, "score": 3 }] }),
        json!({ "total": 3, "citations": [{ "n": 99, "bears": false }] }),
    ] {
        assert_eq!(put(&reviewer, bad).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(put(&reviewer, score).await.status, StatusCode::NO_CONTENT);
    let seen = started.get(&reviewer, &path).await.json();
    assert_eq!((seen["score"]["total"].as_i64(), seen["run"]["run_id"].clone()), (Some(4), run["run_id"].clone()));
    assert_eq!(started.get(&reviewer, "/api/v1/scoring").await.json()["items"].as_array().map(Vec::len), Some(0));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_record_is_signed_and_only_the_auditor_takes_it_out() {
    let started = Started::demo().await;
    for user in ["sysadmin", "security", "reviewer"] {
        let token = started.login(user).await;
        assert_eq!(started.get(&token, "/api/v1/audit/export").await.status, StatusCode::FORBIDDEN, "{user}");
    }
    let auditor = started.login("auditor").await;
    assert_eq!(started.get(&auditor, "/api/v1/audit/export").await.status, StatusCode::BAD_REQUEST);
    let reason = json!({ "reason": "季度审计抽查" });
    assert_eq!(started.post(&auditor, "/api/v1/audit/reading", &reason).await.status, StatusCode::OK);
    let copy = started.get(&auditor, "/api/v1/audit/export?from=2").await;
    assert_eq!(copy.status, StatusCode::OK, "{}", copy.text);
    let report = store::check_copy(&copy.text);
    assert!(report.ok, "{report:?}");
    assert!(report.entries > 3);
    // Any changed byte of it is found.
    let altered = copy.text.replacen("\"outcome\":\"done\"", "\"outcome\":\"gone\"", 1);
    assert_ne!(altered, copy.text);
    assert!(!store::check_copy(&altered).ok);
    let latest = started.get(&auditor, "/api/v1/audit?deed=audit.exported").await.json();
    assert_eq!(latest["items"].as_array().map(Vec::len), Some(1));
    started.stop().await;
}
