//! Reading again: what was asked before is open only as far as the fence of that moment lets its asker ask.

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{StatusCode, header};
use kernel::{Clock, Entropy};
use serde_json::{Value, json};
use server::config::Config;
use server::wiring::{migrations, options};
use store::Store;

use crate::platform::{Answer, Started, request};

const QUESTION: &str = "试用期最长可以约定多久？";
const RECORD: &str = include_str!("../../../../scenarios/citizen_questions/scenario.toml");
const PROMPT: &str = include_str!("../../../../scenarios/citizen_questions/prompt.md");

/// A request that counts as from the internet: forwarded by somebody whom the configuration does not know.
fn from_outside(method: &str, token: &str, path: &str) -> Builder {
    request(method, token, path).header("x-forwarded-for", "203.0.113.9")
}

async fn outside(started: &Started, token: &str, path: &str) -> Answer {
    started.send(from_outside("GET", token, path).body(Body::empty()).unwrap()).await
}

async fn post_outside(started: &Started, token: &str, path: &str, body: &Value) -> Answer {
    let request = from_outside("POST", token, path).header(header::CONTENT_TYPE, "application/json");
    started.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// A request of the visitor with this cookie.
async fn visit(started: &Started, builder: Builder, cookie: &str) -> Answer {
    started.send(builder.header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

fn run_of(run: &Value) -> String {
    format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())
}

/// Every way to read a run.
fn ways(run: &Value) -> Vec<String> {
    let path = run_of(run);
    let conversation = format!("/api/v1/conversations/{}", run["conversation_id"].as_str().unwrap());
    let beside = ["/companion", "/events", "/export?format=md"].map(|end| format!("{path}{end}"));
    beside.into_iter().chain([path, conversation]).collect()
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

/// A whole list, one item a page; no page is empty but that of an empty list.
async fn walk(started: &Started, token: &str, path: &str, field: &str) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = started.get(token, &format!("{path}?limit=1{after}")).await.json();
        all.extend(texts(&page, field));
        let Some(next) = page["next"].as_str() else { return all };
        assert_eq!(texts(&page, field).len(), 1, "{page}");
        after = format!("&after={}", next.replace('+', "%2B"));
    }
}

/// Puts a fence in force: the one that ships, and `more`.
async fn put_fence(started: &Started, security: &str, shipped: &str, more: &str) {
    let body = json!({ "text": format!("{shipped}{more}"), "reason": "检查" });
    let put = request("PUT", security, "/api/v1/fence").header(header::CONTENT_TYPE, "application/json");
    let changed = started.send(put.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
}

/// The subjects of the refusals in the record, the latest first.
async fn refusals(started: &Started) -> Vec<String> {
    let auditor = started.login("auditor").await;
    started.post(&auditor, "/api/v1/audit/reading", &json!({ "reason": "核查拒绝记录" })).await;
    texts(&started.get(&auditor, "/api/v1/audit?deed=permission.denied").await.json(), "subject")
}

fn assert_fenced(answer: &Answer, path: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "identity.fenced"), "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_inside_is_not_read_from_the_internet() {
    let started = Started::demo().await;
    let clerk = started.login("clerk").await;
    let inner = started.ask(&clerk, "policy_consultation", QUESTION).await;
    let public = started.ask(&clerk, "citizen_questions", QUESTION).await;
    assert_eq!((&inner["status"], &public["status"]), (&json!("released"), &json!("released")));

    for path in ways(&inner) {
        assert_eq!(started.get(&clerk, &path).await.status, StatusCode::OK, "{path}");
        assert_fenced(&outside(&started, &clerk, &path).await, &path);
    }
    for path in ways(&public) {
        assert_eq!(outside(&started, &clerk, &path).await.status, StatusCode::OK, "{path}");
    }
    let feedback = format!("{}/feedback", run_of(&inner));
    assert_fenced(&post_outside(&started, &clerk, &feedback, &json!({ "rating": "up" })).await, &feedback);
    // It is not gone on with either, not even by a question in a scenario that is open.
    let next = json!({
        "scenario": "citizen_questions", "question": QUESTION, "conversation_id": inner["conversation_id"],
    });
    assert_fenced(&post_outside(&started, &clerk, "/api/v1/ask", &next).await, "ask");

    // Each refusal is in the record; a list that leaves something out is none.
    let lists = [("/api/v1/runs", "run_id", "run_id"), ("/api/v1/conversations", "id", "conversation_id")];
    for (path, field, of) in lists {
        assert_eq!(texts(&outside(&started, &clerk, path).await.json(), field), [public[of].as_str().unwrap()]);
        assert_eq!(started.get(&clerk, path).await.json()["items"].as_array().unwrap().len(), 2);
    }
    let expected = vec!["scenario:policy_consultation".to_owned(); ways(&inner).len() + 2];
    assert_eq!(refusals(&started).await, expected);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_that_shuts_somebody_out_of_a_scenario_shuts_their_history_in_it() {
    const SHUT: &str = r#"
@id("test.shut")
@title("t")
forbid (principal in Role::"clerk", action == Action::"ask", resource == Scenario::"policy_consultation");
"#;
    let started = Started::demo().await;
    let (security, clerk) = (started.login("security").await, started.login("clerk").await);
    let mut asked = Vec::new();
    for scenario in ["policy_consultation", "citizen_questions", "policy_consultation", "citizen_questions"] {
        asked.push(started.ask(&clerk, scenario, QUESTION).await);
    }
    asked.push(started.ask(&clerk, "policy_consultation", QUESTION).await);
    let newest_first = |scenario: Option<&str>, field: &str| -> Vec<String> {
        let wanted = asked.iter().rev().filter(|run| scenario.is_none_or(|id| run["scenario"] == id));
        wanted.map(|run| run[field].as_str().unwrap().to_owned()).collect()
    };
    let shipped = started.get(&security, "/api/v1/fence").await.json()["text"].as_str().unwrap().to_owned();

    put_fence(&started, &security, &shipped, SHUT).await;
    for path in ways(&asked[0]) {
        assert_fenced(&started.get(&clerk, &path).await, &path);
    }
    assert_eq!(started.get(&clerk, &run_of(&asked[1])).await.status, StatusCode::OK);
    // No page is short because of what is left out, and none says that there is more when there is not.
    let open = Some("citizen_questions");
    assert_eq!(walk(&started, &clerk, "/api/v1/runs", "run_id").await, newest_first(open, "run_id"));
    let conversations = newest_first(open, "conversation_id");
    assert_eq!(walk(&started, &clerk, "/api/v1/conversations", "id").await, conversations);

    // Nothing was deleted.
    put_fence(&started, &security, &shipped, "").await;
    assert_eq!(started.get(&clerk, &run_of(&asked[0])).await.status, StatusCode::OK);
    assert_eq!(walk(&started, &clerk, "/api/v1/runs", "run_id").await, newest_first(None, "run_id"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_closed_with_a_collection_that_it_quotes() {
    const SHUT: &str = r#"
@id("test.internal")
@title("t")
forbid (principal in Role::"clerk", action == Action::"retrieve", resource is Collection)
when { resource.level > 0 };
"#;
    let started = Started::demo().await;
    let (security, clerk) = (started.login("security").await, started.login("clerk").await);
    let laws = started.ask(&clerk, "policy_consultation", QUESTION).await;
    let body = json!({
        "scenario": "policy_consultation", "question": "12345工单应当在多长时间内派单？",
        "conversation_id": laws["conversation_id"],
    });
    let rules = started.post(&clerk, "/api/v1/ask", &body).await.json();
    let quotes_rules = |run: &Value| run["citations"].to_string().contains("工单办理规范");
    assert!(quotes_rules(&rules) && !quotes_rules(&laws), "{rules} {laws}");

    let shipped = started.get(&security, "/api/v1/fence").await.json()["text"].as_str().unwrap().to_owned();
    put_fence(&started, &security, &shipped, SHUT).await;
    assert_fenced(&started.get(&clerk, &run_of(&rules)).await, "rules");
    assert_eq!(refusals(&started).await, ["collection:internal-rules"]);
    assert_eq!(started.get(&clerk, &run_of(&laws)).await.status, StatusCode::OK);
    // The newest one is left out, and its place on the page is taken by the next.
    let own = [laws["run_id"].as_str().unwrap()];
    assert_eq!(walk(&started, &clerk, "/api/v1/runs", "run_id").await, own);
    let conversation = format!("/api/v1/conversations/{}", laws["conversation_id"].as_str().unwrap());
    let shown = started.get(&clerk, &conversation).await.json();
    assert_eq!(shown["runs"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown["runs"][0]["run_id"], laws["run_id"]);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_in_a_scenario_that_is_gone_is_for_staff_and_not_from_the_internet() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("scenarios/passing");
    std::fs::create_dir_all(&own).unwrap();
    let record = RECORD.replacen("id = \"citizen_questions\"", "id = \"passing\"", 1);
    std::fs::write(own.join("scenario.toml"), record).unwrap();
    std::fs::write(own.join("prompt.md"), PROMPT).unwrap();
    let started = Started::start_in(folder, true, Config::default(), Clock::system()).await;
    let clerk = started.login("clerk").await;
    let staff = started.ask(&clerk, "passing", QUESTION).await;
    let body = json!({ "scenario": "passing", "question": QUESTION });
    let asked = started.post("", "/api/v1/ask", &body).await;
    let cookie = asked.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let (staff, visitors) = (run_of(&staff), run_of(&asked.json()));
    // A public scenario's answers are their asker's from anywhere.
    assert_eq!(outside(&started, &clerk, &staff).await.status, StatusCode::OK);
    let read = visit(&started, from_outside("GET", "", &visitors), &cookie).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text);

    // The same store in a folder without the scenario.
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    Box::pin(started.platform.store.backup(&backup)).await.unwrap();
    started.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let target = options(folder.path(), &Config::default());
    let restoring = Store::restore(&backup, target, migrations(), Clock::system(), Entropy::system());
    Box::pin(restoring).await.unwrap();
    let started = Started::start_in(folder, false, Config::default(), Clock::system()).await;
    let clerk = started.login("clerk").await;

    assert_eq!(started.get(&clerk, &staff).await.status, StatusCode::OK);
    assert_eq!(walk(&started, &clerk, "/api/v1/runs", "run_id").await.len(), 1);
    assert_fenced(&outside(&started, &clerk, &staff).await, &staff);
    let read = visit(&started, request("GET", "", &visitors), &cookie).await;
    assert_eq!((read.status, read.code().as_str()), (StatusCode::UNAUTHORIZED, "identity.login_required"));
    for path in ["/api/v1/runs", "/api/v1/conversations"] {
        assert_eq!(outside(&started, &clerk, path).await.json()["items"], json!([]), "{path}");
        let list = visit(&started, request("GET", "", path), &cookie).await;
        assert_eq!(list.json()["items"], json!([]), "{path}");
    }
    started.stop().await;
}
