//! What is in force, over HTTP: as of a date, with what replaced what, and what the reader is told.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::platform::Started;

/// The first hit of a search in the demo laws.
async fn hit(started: &Started, token: &str, query: &str, as_of: &str) -> Value {
    let body = json!({ "collection": "laws", "query": query, "as_of": as_of });
    let found = started.post(token, "/api/v1/search", &body).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    found.json()["hits"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_law_is_read_as_of_a_day_with_its_timeline_and_its_difference() {
    let started = Started::demo().await;
    let clerk = started.login("clerk").await;
    let question = "公司法股东出资期限";
    let (old, new) =
        (hit(&started, &clerk, question, "2020-01-01").await, hit(&started, &clerk, question, "2025-01-01").await);
    assert_eq!((&old["document_id"], &old["validity"]["until"]), (&new["document_id"], &json!("2024-07-01")));
    assert_eq!(new["validity"]["from"], "2024-07-01");
    let document = new["document_id"].as_str().unwrap();
    let line = started.get(&clerk, &format!("/api/v1/documents/{document}/timeline")).await.json();
    let current: Vec<bool> = line["items"].as_array().unwrap().iter().map(|item| item["current"] == true).collect();
    assert_eq!(current, [false, true], "{line}");
    let difference = started.get(&clerk, &format!("/api/v1/documents/{document}/difference")).await.json();
    assert!(difference["counts"]["changed"].as_u64().unwrap() > 50, "{}", difference["counts"]);
    let article = new["article_id"].as_str().unwrap();
    for path in ["cited_by", "cites", "conflicts"] {
        let answer = started.get(&clerk, &format!("/api/v1/articles/{article}/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} {}", answer.text);
        assert!(answer.json()["items"].is_array());
    }
    let fresh = started.get(&clerk, "/api/v1/collections/laws/freshness").await.json();
    assert!(fresh["in_force"].as_u64().unwrap() > 50 && fresh["superseded"].as_u64().unwrap() > 0, "{fresh}");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_repealed_law_is_told_what_replaced_it() {
    let started = Started::demo().await;
    let clerk = started.login("clerk").await;
    let run = started.ask(&clerk, "policy_consultation", "合同法第五十二条规定哪些合同无效？").await;
    let notices = run["notices"].as_array().unwrap();
    let told = notices.iter().find(|notice| notice["code"] == "law_repealed").unwrap_or_else(|| panic!("{run}"));
    assert!(told["text"].as_str().unwrap().contains("民法典"), "{told}");
    let body = json!({ "collection": "laws", "query": "合同法第五十二条" });
    let found = started.post(&clerk, "/api/v1/search", &body).await.json();
    assert_eq!(found["notices"][0]["code"], "law_repealed");
    // A question that nothing answers is kept for who looks after the collection.
    started.ask(&clerk, "policy_consultation", "今天晚上吃什么菜比较好？").await;
    let gaps = started.get(&clerk, "/api/v1/collections/laws/gaps").await.json();
    assert_eq!(gaps["items"][0]["question"], "今天晚上吃什么菜比较好？", "{gaps}");
    started.stop().await;
}
