//! The guard's test box: for the security officer alone, with what was found and where.

use axum::http::StatusCode;
use serde_json::json;

use crate::platform::Started;

#[tokio::test(flavor = "multi_thread")]
async fn the_security_officer_tries_the_rules_and_nobody_else() {
    let started = Started::demo().await;
    let security = started.login("security").await;
    let text = "联系电话13800138000，请尽快回复。";
    let answer = started.post(&security, "/api/v1/guard/deidentify", &json!({ "text": text })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let found = answer.json();
    assert_eq!(found["findings"][0]["kind"], "mobile", "{found}");
    assert_eq!(found["findings"][0]["text"], "13800138000", "{found}");
    assert_eq!((&found["findings"][0]["start"], &found["findings"][0]["end"]), (&json!(4), &json!(15)), "{found}");
    assert!(!found["text"].as_str().unwrap().contains("13800138000"), "{found}");
    let marked = json!({ "text": "机密★5年 关于某事项的通知" });
    let screened = started.post(&security, "/api/v1/guard/screen", &marked).await.json();
    assert_eq!(screened["verdict"], "block", "{screened}");
    let claim = json!({ "answer": "试用期不得超过六个月。", "evidence": ["试用期不得超过三个月。"] });
    let verified = started.post(&security, "/api/v1/guard/verify", &claim).await.json();
    assert_eq!(
        (&verified["supported"], verified["claims"].as_array().unwrap().len()),
        (&json!(false), 1),
        "{verified}"
    );
    let long = json!({ "text": "甲".repeat(20_001) });
    assert_eq!(started.post(&security, "/api/v1/guard/screen", &long).await.status, StatusCode::BAD_REQUEST);
    let clerk = started.login("clerk").await;
    let refused = started.post(&clerk, "/api/v1/guard/screen", &marked).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    started.stop().await;
}
