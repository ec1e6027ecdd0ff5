//! Levels of what is there already: changed after their impact was seen, at once or by a second person, on all servers.

use axum::http::StatusCode;
use kernel::DataLevel;
use kernel::ids::{CollectionId, ScenarioId};
use serde_json::{Value, json};
use server::config::{Config, Database};
use store::AuditFilter;
use store::testing::Postgres;

use crate::platform::{Answer, Started};

const QUESTION: &str = "试用期最长可以约定多久？";

/// What a change would do.
async fn impact(started: &Started, token: &str, asked: &Value) -> Value {
    let answer = started.post(token, "/api/v1/fence/impact", asked).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

/// Asks for a change, with the hash of an impact.
async fn change(started: &Started, token: &str, asked: &Value, hash: &Value, reason: &str) -> Answer {
    let mut body = asked.clone();
    body["impact"] = hash.clone();
    body["reason"] = json!(reason);
    started.post(token, "/api/v1/fence/levels", &body).await
}

fn level(started: &Started, id: &str) -> DataLevel {
    started.platform.knowledge.collection(&CollectionId::parse(id).unwrap()).unwrap().level
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_raised_after_its_impact_was_seen_and_lowered_by_a_second_person() {
    let started = Started::demo().await;
    let (security, clerk) = (started.login("security").await, started.login("clerk").await);
    let run = started.ask("", "citizen_questions", QUESTION).await;
    assert_eq!(run["status"], "released", "{run}");
    let article = format!("/api/v1/articles/{}", run["citations"][0]["article_id"].as_str().unwrap());
    assert_eq!(started.get("", &article).await.status, StatusCode::OK);

    let raise = json!({ "collection": "laws", "level": "internal" });
    let shown = impact(&started, &security, &raise).await;
    assert_eq!(shown["needs_review"], false, "{shown}");
    assert!(shown["people_cut_off"].to_string().contains("visitor"), "{shown}");
    assert_eq!(impact(&started, &security, &raise).await["hash"], shown["hash"], "the same state has one hash");

    // Not by others, not without a reason, not for another impact than the one that stands now.
    let denied = change(&started, &clerk, &raise, &shown["hash"], "数据目录调整").await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "{}", denied.text);
    let silent = change(&started, &security, &raise, &shown["hash"], " ").await;
    assert_eq!((silent.status, silent.code()), (StatusCode::BAD_REQUEST, "assistant.bad_level".to_owned()));
    let stale = change(&started, &security, &raise, &json!("0".repeat(64)), "数据目录调整").await;
    assert_eq!((stale.status, stale.code()), (StatusCode::CONFLICT, "fence.impact_changed".to_owned()));
    assert_eq!(stale.json()["current"]["hash"], shown["hash"], "{}", stale.text);
    assert_eq!(level(&started, "laws"), DataLevel::Public);

    let changed = change(&started, &security, &raise, &shown["hash"], "数据目录调整").await;
    assert_eq!(changed.json()["state"], "changed", "{}", changed.text);
    assert_eq!(level(&started, "laws"), DataLevel::Internal);
    assert_ne!(started.get("", &article).await.status, StatusCode::OK);
    let filter = AuditFilter { subject: Some("collection:laws".to_owned()), ..AuditFilter::default() };
    let entries = started.platform.store.audit().page(None, 5, &filter).await.unwrap();
    assert_eq!((entries[0].deed.as_str(), entries[0].reason.as_deref()), ("collection.changed", Some("数据目录调整")));
    // What was shown before belongs to another state.
    let again = change(&started, &security, &raise, &shown["hash"], "数据目录调整").await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);

    let lower = json!({ "collection": "laws", "level": "public" });
    let shown = impact(&started, &security, &lower).await;
    assert_eq!(shown["needs_review"], true, "{shown}");
    let asked = change(&started, &security, &lower, &shown["hash"], "目录恢复公开").await.json();
    assert_eq!(asked["state"], "in_review", "{asked}");
    assert_eq!(level(&started, "laws"), DataLevel::Internal);
    let twice = change(&started, &security, &lower, &shown["hash"], "目录恢复公开").await;
    assert_eq!((twice.status, twice.code()), (StatusCode::CONFLICT, "review.already_queued".to_owned()));
    let decision = format!("/api/v1/reviews/{}/decision", asked["review_id"].as_str().unwrap());
    let approve = json!({ "decision": "approve" });
    assert_eq!(started.post(&security, &decision, &approve).await.status, StatusCode::FORBIDDEN);
    let reviewer = started.login("reviewer").await;
    let decided = started.post(&reviewer, &decision, &approve).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.text);
    assert_eq!(level(&started, "laws"), DataLevel::Public);
    assert_eq!(started.get("", &article).await.status, StatusCode::OK);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_less_protection_counts_only_for_the_state_it_was_made_for() {
    let started = Started::demo().await;
    let (security, reviewer) = (started.login("security").await, started.login("reviewer").await);
    let lower = json!({ "collection": "internal-rules", "level": "public" });
    let shown = impact(&started, &security, &lower).await;
    let asked = change(&started, &security, &lower, &shown["hash"], "拟向社会公开").await.json();
    let raise = json!({ "collection": "internal-rules", "level": "sensitive" });
    let shown = impact(&started, &security, &raise).await;
    let raised = change(&started, &security, &raise, &shown["hash"], "含敏感内容").await;
    assert_eq!(raised.json()["state"], "changed", "{}", raised.text);
    let decision = format!("/api/v1/reviews/{}/decision", asked["review_id"].as_str().unwrap());
    let late = started.post(&reviewer, &decision, &json!({ "decision": "approve" })).await;
    assert_eq!((late.status, late.code()), (StatusCode::CONFLICT, "assistant.level_moved".to_owned()));
    assert_eq!(level(&started, "internal-rules"), DataLevel::Sensitive);
    let reject = json!({ "decision": "reject", "reason": "级别已提高" });
    assert_eq!(started.post(&reviewer, &decision, &reject).await.status, StatusCode::OK);
    // Another owner is a change too, and a department that is not there is none.
    let nobody = json!({ "collection": "internal-rules", "level": "sensitive", "department": "nobody" });
    assert_eq!(started.post(&security, "/api/v1/fence/impact", &nobody).await.status, StatusCode::BAD_REQUEST);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_that_is_raised_is_served_by_models_of_its_level_only() {
    let started = Started::demo().await;
    let (security, models) = (started.login("security").await, started.login("models").await);
    let small = json!({ "id": "small", "name": "小模型", "backend": "extractive", "level": "internal" });
    for value in [
        json!({ "what": "model", "value": small }),
        json!({ "what": "route", "value": { "id": "default", "models": ["small"] } }),
    ] {
        let answer = started.post(&models, "/api/v1/models", &value).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let reviewer = started.login("reviewer").await;
    let run = started.ask(&reviewer, "policy_consultation", QUESTION).await;
    assert_eq!(run["model"]["id"], "small", "{run}");

    let raise = json!({ "scenario": "policy_consultation", "level": "sensitive" });
    let shown = impact(&started, &security, &raise).await;
    assert_eq!(shown["models_cut_off"], json!(["小模型"]), "{shown}");
    let changed = change(&started, &security, &raise, &shown["hash"], "涉及敏感资料").await;
    assert_eq!(changed.json()["state"], "changed", "{}", changed.text);
    let body = json!({ "scenario": "policy_consultation", "question": QUESTION });
    let refused = started.post(&reviewer, "/api/v1/ask", &body).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "assistant.no_model_at_level".to_owned()),
        "{}",
        refused.text
    );
    let both = json!({ "what": "route", "value": { "id": "default", "models": ["small", "extractive"] } });
    assert_eq!(started.post(&models, "/api/v1/models", &both).await.status, StatusCode::OK);
    let run = started.ask(&reviewer, "policy_consultation", QUESTION).await;
    assert_eq!(run["model"]["id"], "extractive", "{run}");

    let public = json!({ "scenario": "citizen_questions", "level": "internal" });
    let shown = impact(&started, &security, &public).await;
    let kept = change(&started, &security, &public, &shown["hash"], "试着提高").await;
    assert_eq!((kept.status, kept.code()), (StatusCode::BAD_REQUEST, "assistant.bad_level".to_owned()));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_one_server_raises_holds_on_the_next_request_to_another() {
    let Some(postgres) = Postgres::start() else { return };
    let url = Some(postgres.database("shuzheng").await.unwrap());
    let config = Config { database: Database { url }, ..Config::default() };
    let one = Started::start(true, config.clone()).await;
    let two = Started::start(false, config).await;
    let (security, clerk) = (one.login("security").await, one.login("clerk").await);
    two.platform.knowledge.follow().await.unwrap();
    let body = json!({ "scenario": "policy_consultation", "question": QUESTION });
    assert_eq!(two.post(&clerk, "/api/v1/ask", &body).await.status, StatusCode::OK);
    for (asked, reason) in [
        (json!({ "collection": "laws", "level": "internal" }), "目录调整"),
        (json!({ "scenario": "policy_consultation", "level": "sensitive" }), "涉及敏感资料"),
    ] {
        let shown = impact(&one, &security, &asked).await;
        let changed = change(&one, &security, &asked, &shown["hash"], reason).await;
        assert_eq!(changed.json()["state"], "changed", "{}", changed.text);
    }
    // The clerk may still ask; what it is asked under holds on both.
    assert_eq!(two.post(&clerk, "/api/v1/ask", &body).await.status, StatusCode::OK);
    let scenario = ScenarioId::parse("policy_consultation").unwrap();
    assert_eq!(two.platform.assistant.scenarios().get(&scenario).unwrap().level, DataLevel::Sensitive);
    assert_eq!(level(&two, "laws"), DataLevel::Internal);
    one.stop().await;
    two.stop().await;
}
