//! Two servers on one PostgreSQL: what one does, the other sees; and a database that is gone for a moment.

use axum::http::StatusCode;
use serde_json::json;
use server::config::{Config, Database};
use store::testing::Postgres;

use crate::platform::Started;

async fn config(postgres: &Postgres) -> Config {
    Config { database: Database { url: Some(postgres.database("shuzheng").await.unwrap()) }, ..Config::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_one_server_is_reviewed_on_another() {
    let Some(postgres) = Postgres::start() else { return };
    let config = config(&postgres).await;
    let one = Started::start(true, config.clone()).await;
    let two = Started::start(false, config).await;
    // What one signs, such as a visitor's cookie, the other knows.
    assert_eq!(one.platform.challenge_secret, two.platform.challenge_secret);
    // A session opened on one is known on the other, and so are the demo texts once its index has followed.
    let clerk = one.login("clerk").await;
    two.platform.knowledge.follow().await.unwrap();
    let run = two.ask(&clerk, "policy_interpretation", "试用期最长可以约定多久？").await;
    assert_eq!(run["status"], "in_review", "{run}");
    let reviewer = two.login("reviewer").await;
    let decision = format!("/api/v1/reviews/{}/decision", run["review_id"].as_str().unwrap());
    let decided = one.post(&reviewer, &decision, &json!({ "decision": "approve" })).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.text);
    let seen = two.get(&clerk, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await.json();
    assert_eq!(seen["status"], "released");
    assert!(seen["answer"].as_str().unwrap().contains("六个月"));
    let auditor = one.login("auditor").await;
    assert_eq!(two.get(&auditor, "/api/v1/audit/verify").await.json()["ok"], true);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_for_a_moment_is_said_and_survived() {
    let Some(mut postgres) = Postgres::start() else { return };
    let started = Started::start(true, config(&postgres).await).await;
    let clerk = started.login("clerk").await;
    let body = json!({ "scenario": "policy_consultation", "question": "试用期最长可以约定多久？" });
    assert_eq!(started.post(&clerk, "/api/v1/ask", &body).await.status, StatusCode::OK);
    postgres.stop();
    let gone = started.post(&clerk, "/api/v1/ask", &body).await;
    assert_eq!(
        (gone.status, gone.code().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        "{}",
        gone.text
    );
    assert!(gone.json()["next_step"].as_str().unwrap().contains("自动重连"));
    postgres.go_on().unwrap();
    let mut back = started.post(&clerk, "/api/v1/ask", &body).await;
    for _ in 0..50 {
        if back.status == StatusCode::OK {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        back = started.post(&clerk, "/api/v1/ask", &body).await;
    }
    assert_eq!(back.status, StatusCode::OK, "{}", back.text);
    started.stop().await;
}
