//! Asking: answers that resolve, refusals that say why, and who may see what.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::json;

use crate::platform::{Started, request};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cites_articles_that_resolve_to_its_words() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let run = started.ask(&token, "policy_consultation", "政府信息公开申请应当在多长时间内答复？").await;
    assert_eq!(run["status"], "released", "{run}");
    assert!(run["answer"].as_str().unwrap().contains("20个工作日"), "{run}");
    let citations = run["citations"].as_array().unwrap();
    assert!(!citations.is_empty());
    for citation in citations {
        let path = format!(
            "/api/v1/articles/{}?version={}",
            citation["article_id"].as_str().unwrap(),
            citation["version_id"].as_str().unwrap()
        );
        let article = started.get(&token, &path).await;
        assert_eq!(article.status, StatusCode::OK, "{}", article.text);
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let text = plain(article.json()["text"].as_str().unwrap());
        assert!(text.contains(&plain(citation["quote"].as_str().unwrap())), "{citation}");
        assert_eq!(citation["validity"]["status"], "in_force");
    }
    for claim in run["claims"].as_array().unwrap() {
        assert_eq!(claim["verdict"], "supported", "{claim}");
    }
    let label = run["label"]["text"].as_str().unwrap();
    assert!(label.contains("人工智能") && label.contains("生成"));
    // The same run, read again.
    let again = started.get(&token, &format!("/api/v1/runs/{}", run["run_id"].as_str().unwrap())).await;
    assert_eq!(again.json()["answer"], run["answer"]);
    assert!(again.json()["steps"].as_array().unwrap().len() >= 5);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_basis_or_is_secret_is_refused_and_not_stored() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    for (question, code) in [
        ("今天天气怎么样", "no_basis"),
        ("", "empty_question"),
        ("   \n ", "empty_question"),
        ("机密★10年 关于某专项行动的部署，请归纳要点", "secrecy_mark"),
    ] {
        let run = started.ask(&token, "policy_consultation", question).await;
        assert_eq!(run["status"], "refused", "{question} {run}");
        assert_eq!(run["refusal"]["code"], code, "{question}");
        assert!(!run["refusal"]["message"].as_str().unwrap().is_empty());
        assert!(!run["refusal"]["next_step"].as_str().unwrap().is_empty());
        assert_eq!(run["answer"], "");
        if code == "secrecy_mark" {
            assert_eq!(run["question"], "", "a secret must not be stored");
        }
    }
    let long = "规".repeat(1001);
    assert_eq!(started.ask(&token, "policy_consultation", &long).await["refusal"]["code"], "too_long");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_is_answered_by_what_speaks_of_the_new_need_or_says_that_nothing_does() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let first = started.ask(&token, "policy_consultation", "失业保险金可以领多长时间？").await;
    let go_on = async |conversation: &serde_json::Value, question: &str| {
        let body = json!({ "scenario": "policy_consultation", "question": question, "conversation_id": conversation });
        started.post(&token, "/api/v1/ask", &body).await.json()
    };
    let said = first["answer"].as_str().unwrap();
    assert!(said.contains("个月"), "{first}");
    // The facts asked back are those that the answer varies by.
    let companion = |run: &serde_json::Value| format!("/api/v1/runs/{}/companion", run["run_id"].as_str().unwrap());
    let beside = started.get(&token, &companion(&first)).await.json();
    let asks: Vec<&str> = beside["follow_ups"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap()).collect();
    assert_eq!(asks, ["insured_years"], "{beside}");

    let materials = go_on(&first["conversation_id"], "那需要什么材料？").await;
    assert_eq!(materials["status"], "released", "{materials}");
    let answer = materials["answer"].as_str().unwrap();
    assert!(answer.contains("证明") && answer.contains("失业登记"), "{answer}");
    assert!(!answer.contains("最长"), "the term is not told again: {answer}");
    let place = go_on(&first["conversation_id"], "去哪里办？").await;
    assert_eq!(place["status"], "released", "{place}");
    assert!(place["question"].as_str().unwrap().ends_with("？ 去哪里办？"), "{place}");
    assert!(place["answer"].as_str().unwrap().contains("机构"), "{place}");

    // What was told already is told again rather than what another law asks for.
    let permit = started.ask(&token, "policy_consultation", "居住证需要什么条件可以申请？").await;
    let papers = go_on(&permit["conversation_id"], "那需要什么材料？").await;
    let cited = papers["citations"].as_array().unwrap();
    assert!(!cited.is_empty() && cited.iter().all(|c| c["document"] == "居住证暂行条例"), "{papers}");

    // Of a matter for which nothing speaks of a fee, that is said.
    let probation = started.ask(&token, "policy_consultation", "试用期最长可以约定多久？").await;
    let fee = go_on(&probation["conversation_id"], "收费吗？").await;
    assert_eq!((&fee["status"], &fee["refusal"]["code"]), (&json!("refused"), &json!("no_basis")), "{fee}");
    let told = fee["notices"].as_array().unwrap().iter().find(|n| n["code"] == "need_not_told").unwrap();
    assert!(told["text"].as_str().unwrap().contains("是否收费"), "{told}");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_tells_all_changes_and_the_versions_of_the_years_asked() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let question = "有限责任公司股东的出资应当在几年内缴足？和2020年有什么不同？";
    let run = started.ask(&token, "policy_consultation", question).await;
    let path = format!("/api/v1/runs/{}/companion", run["run_id"].as_str().unwrap());
    let beside = started.get(&token, &path).await.json();
    let law = &beside["compared"].as_array().unwrap().iter().find(|c| c["from"] == "2018-10-26").unwrap().clone();
    assert_eq!(law["to"], "2024-07-01", "{law}");
    let (from, to) = (law["from_version"].as_str().unwrap(), law["to_version"].as_str().unwrap());
    let path = format!("/api/v1/documents/{}/difference?from={from}&to={to}", law["document_id"].as_str().unwrap());
    let whole = started.get(&token, &path).await.json();
    let changed = whole["items"].as_array().unwrap().iter().filter(|item| item["kind"] != "same").count();
    assert_eq!(law["changes"], json!(changed));
    assert!(changed > 12 && beside["changes"].as_array().unwrap().len() == 12, "{changed}");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_in_a_question_is_neither_stored_nor_shown() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let question = "我的身份证号是11010519491231002X，手机13800138000，试用期最长可以约定多久？";
    let run = started.ask(&token, "policy_consultation", question).await;
    let stored = run["question"].as_str().unwrap();
    assert!(!stored.contains("11010519491231002X") && !stored.contains("13800138000"), "{stored}");
    let history = started.get(&token, "/api/v1/conversations").await;
    assert!(!history.text.contains("13800138000"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_say_what_and_where() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let post = async |body: Vec<u8>| {
        let request = request("POST", &token, "/api/v1/ask").header(header::CONTENT_TYPE, "application/json");
        started.send(request.body(Body::from(body)).unwrap()).await
    };
    let answer = post(br#"{"scenario":"nowhere","question":"x"}"#.to_vec()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "assistant.scenario_not_found"));
    let answer = post(br#"{"scenario":"policy_consultation","question":"x","modle":1}"#.to_vec()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "http.bad_field"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("modle"));
    let answer = post(b"{\"scenario\":\"policy_consultation\",\"question\":\"\xff\xfe\"}".to_vec()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "http.bad_encoding"));
    let answer = post(b"{".to_vec()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "http.bad_json"));
    let answer = post(vec![b' '; 2 << 20]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text);
    for answer in [post(b"{".to_vec()).await, started.get(&token, "/api/v1/nowhere").await] {
        let problem = answer.json();
        for field in ["type", "title", "status", "code", "detail", "next_step", "trace_id"] {
            assert!(!problem[field].is_null(), "{field} {problem}");
        }
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    }
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_sees_public_scenarios_and_only_their_own_runs() {
    let started = Started::demo().await;
    let scenarios = started.get("", "/api/v1/scenarios").await;
    let ids: Vec<String> =
        scenarios.json()["items"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["citizen_questions", "provident_fund", "enterprise_policies"]);
    let asked = request("POST", "", "/api/v1/ask").header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "scenario": "citizen_questions", "question": "试用期最长可以约定多久？" });
    let answer = started.send(asked.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(answer.json()["status"], "released", "{}", answer.text);
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("sz_visitor="));
    let path = format!("/api/v1/runs/{}", answer.json()["run_id"].as_str().unwrap());
    let own = request("GET", "", &path).header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    assert_eq!(started.send(own).await.status, StatusCode::OK);
    assert_eq!(started.get("", &path).await.status, StatusCode::NOT_FOUND);
    let clerk = started.login("clerk").await;
    assert_eq!(started.get(&clerk, &path).await.status, StatusCode::NOT_FOUND);
    // Internal scenarios and internal texts are not theirs.
    let body = json!({ "scenario": "policy_consultation", "question": "试用期最长可以约定多久？" });
    assert_eq!(started.post("", "/api/v1/ask", &body).await.status, StatusCode::UNAUTHORIZED);
    let run = started.ask("", "citizen_questions", "首问负责制的首问责任人是谁？").await;
    for citation in run["citations"].as_array().unwrap() {
        assert!(!citation["document"].as_str().unwrap().contains("首问负责制"), "{citation}");
    }
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_outcome_and_sends_released_text_only() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let ask = async |scenario: &str| {
        let body = json!({ "scenario": scenario, "question": "试用期最长可以约定多久？" });
        started.post(&token, "/api/v1/ask?stream=true", &body).await.text
    };
    let events = ask("policy_consultation").await;
    assert!(events.contains("event: step") && events.contains("event: segment") && events.contains("event: outcome"));
    let sensitive = ask("policy_interpretation").await;
    assert!(sensitive.contains("in_review") && !sensitive.contains("event: segment"), "{sensitive}");
    assert!(!sensitive.contains("六个月"), "unreleased text left: {sensitive}");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_leaves_as_a_file_with_both_labels() {
    let started = Started::demo().await;
    let token = started.login("clerk").await;
    let run = started.ask(&token, "policy_consultation", "试用期最长可以约定多久？").await;
    let path = format!("/api/v1/runs/{}/export", run["run_id"].as_str().unwrap());
    for format in ["docx", "pdf", "ofd", "md"] {
        let answer = started.get_bytes(&token, &format!("{path}?format={format}")).await;
        let report = documents::check_label("answer", &answer, &documents::Limits::default());
        assert!(report.ok, "{format} {report:?}");
        let label = report.implicit.unwrap();
        assert_eq!(label.produce_id, run["run_id"].as_str().unwrap());
        assert_eq!(label.reserved_code_1, run["label"]["aigc"]["ReservedCode1"].as_str().unwrap());
        let (document, _) = documents::read("answer", &answer, &documents::Limits::default());
        assert!(document.text.split_whitespace().collect::<String>().contains("六个月"), "{format}");
    }
    assert_eq!(started.get(&token, &format!("{path}?format=exe")).await.code(), "http.bad_field");
    // Nobody else's, and nothing that waits for a reviewer.
    let other = started.login("operator").await;
    assert_eq!(started.get(&other, &format!("{path}?format=md")).await.status, StatusCode::NOT_FOUND);
    let held = started.ask(&token, "policy_interpretation", "试用期最长可以约定多久？").await;
    let path = format!("/api/v1/runs/{}/export?format=md", held["run_id"].as_str().unwrap());
    assert_eq!(started.get(&token, &path).await.code(), "assistant.not_released");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn danger_is_answered_with_the_numbers_and_the_law_of_it_with_both() {
    let started = Started::demo().await;
    let run = started.ask("", "citizen_questions", "邻居家着火了，怎么办").await;
    assert_eq!((run["status"].as_str(), run["routing"].as_str()), (Some("refused"), Some("emergency")));
    assert_eq!(run["refusal"]["code"], "emergency");
    assert!(run["refusal"]["next_step"].as_str().unwrap().contains("119"));
    assert_eq!(run["question"], "", "nothing unscreened is kept");
    let body = json!({ "scenario": "citizen_questions", "question": "遭受家庭暴力可以申请人身安全保护令吗？" });
    let events = started.post("", "/api/v1/ask?stream=true", &body).await.text;
    let (notice, search) = (events.find("event: notice").unwrap(), events.find("retrieve").unwrap());
    assert!(notice < search && events.contains("110"), "the numbers come before anything is searched: {events}");
    let run = started.ask("", "citizen_questions", "帮我查一下我的公积金余额").await;
    assert_eq!(
        (run["refusal"]["code"].as_str(), run["routing"].as_str()),
        (Some("personal_case"), Some("personal_case"))
    );
    let run = started.ask("", "citizen_questions", "今天天气怎么样").await;
    let searched = run["refusal"]["searched"].as_array().unwrap();
    assert!(!searched.is_empty() && searched.iter().all(|name| !name.as_str().unwrap().is_ascii()), "{searched:?}");
    started.stop().await;
}
