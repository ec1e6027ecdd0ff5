//! Policies for enterprises and calculators through the front door, and the literate cases of both scenarios.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use entitlement::{Fields, read_table};
use kernel::{Clock, Timestamp};
use serde_json::{Value, json};
use server::config::Config;

use crate::platform::Started;

const FIELDS: &str = include_str!("../../../../scenarios/enterprise_policies/fields.toml");

/// The demo agency on the day the cases were written for.
async fn demo() -> Started {
    let (clock, _) = Clock::manual(Timestamp::parse_rfc3339("2026-11-25T09:00:00+08:00").unwrap());
    Started::start_at(true, Config::default(), clock).await
}

#[derive(Debug, Default)]
struct Case {
    name: String,
    given: String,
    wants: Vec<(String, String)>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = format!("{}/../../scenarios/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut cases: Vec<Case> = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
        } else if let Some(case) = cases.last_mut() {
            if let Some(given) = line.strip_prefix("> ") {
                case.given = given.to_owned();
            } else if let Some((key, value)) = line.strip_prefix("- ").and_then(|rest| rest.split_once(": ")) {
                case.wants.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    assert!(cases.len() >= 20, "{file} has only {} cases", cases.len());
    cases
}

fn pairs(given: &str) -> Vec<(String, String)> {
    given.split('；').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// An enterprise as it would stand in a table; what a table would refuse goes to the server as it is.
fn profile(given: &str) -> Value {
    let pairs = pairs(given);
    let mut heading: Vec<String> = pairs.iter().map(|(k, _)| k.clone()).collect();
    let mut row: Vec<String> = pairs.iter().map(|(_, v)| v.clone()).collect();
    heading.push("企业名称".to_owned());
    row.push("某企业".to_owned());
    let imported = read_table(&Fields::parse(FIELDS).unwrap(), &[heading, row]);
    if let Some((_, profile)) = imported.profiles.first() {
        return serde_json::to_value(profile).unwrap();
    }
    let code = pairs.iter().find(|(k, _)| k == "统一社会信用代码").map(|(_, v)| v);
    let facts: BTreeMap<&str, &str> =
        pairs.iter().filter(|(k, _)| k == "企业规模").map(|(_, v)| ("size", v.as_str())).collect();
    json!({ "name": "某企业", "credit_code": code, "facts": facts })
}

fn holds(items: &[Value], key: &str, value: &str) -> bool {
    let (title, wanted) = value.split_once(" = ").unwrap_or((value, ""));
    let Some(item) = items.iter().find(|item| item["record"]["title"] == title) else { return false };
    match key {
        "satisfied" | "missing" | "unsatisfied" => item["standing"] == key,
        "amount" if wanted == "unknown" => item["worth"]["amount"].is_null(),
        "amount" => {
            item["worth"]["amount"] == wanted.parse::<f64>().unwrap()
                || item["worth"]["amount"] == wanted.parse::<i64>().unwrap_or(-1)
        }
        "instant" => item["instant_bars"] == json!([]),
        "apart" => item["not_together"].as_array().unwrap().iter().any(|title| title == wanted),
        "needs" => item["marks"].as_array().unwrap().iter().any(|mark| {
            mark["standing"] == "missing"
                && (mark["supply"] == wanted || wanted == "person" && mark["supply"].is_null())
        }),
        other => panic!("unknown expectation `{other}`"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_matching_comes_out_as_written() {
    let started = demo().await;
    let mut failed = Vec::new();
    for (at, case) in cases("enterprise_policies/cases.md").iter().enumerate() {
        let token = if at.is_multiple_of(2) { started.login("clerk").await } else { started.login("operator").await };
        let body = json!({ "profile": profile(&case.given) });
        let answer = started.post(&token, "/api/v1/enterprise_policies/matches", &body).await;
        for (key, value) in &case.wants {
            let ok = match key.as_str() {
                "error" => answer.status == StatusCode::BAD_REQUEST && answer.code() == *value,
                _ if answer.status != StatusCode::OK => false,
                _ => holds(answer.json()["items"].as_array().unwrap(), key, value),
            };
            if !ok {
                let got = answer.json()["items"].as_array().map(|items| {
                    let title = value.split(" = ").next().unwrap();
                    items
                        .iter()
                        .find(|item| item["record"]["title"] == title)
                        .map(|item| format!("{} {} {}", item["standing"], item["worth"], item["marks"]))
                });
                failed.push(format!("{}: {key} {value}; got {} {got:?}", case.name, answer.status));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_calculation_comes_out_as_written() {
    let started = demo().await;
    let mut failed = Vec::new();
    for (at, case) in cases("provident_fund/calculations.md").iter().enumerate() {
        let token = if at.is_multiple_of(2) { started.login("clerk").await } else { started.login("operator").await };
        let (name, given) = case.given.split_once('：').unwrap();
        let inputs: BTreeMap<String, String> = pairs(given).into_iter().collect();
        let path = format!("/api/v1/calculations/provident_fund/{name}");
        let answer = started.post(&token, &path, &json!({ "inputs": inputs })).await;
        let got = answer.json();
        let figures: Vec<&Value> = got["figures"].as_array().into_iter().flatten().collect();
        let unmet: Vec<&Value> = got["unmet"].as_array().into_iter().flatten().collect();
        let sources =
            figures.iter().flat_map(|f| f["sources"].as_array().unwrap()).chain(unmet.iter().map(|u| &u["source"]));
        let cited: Vec<String> = sources
            .map(|s| format!("《{}》{}", s["document"].as_str().unwrap_or(""), s["label"].as_str().unwrap_or("")))
            .collect();
        for (key, value) in &case.wants {
            let ok = match key.as_str() {
                "error" => answer.code() == *value,
                "says" => got["detail"].as_str().unwrap_or_default().contains(value),
                "unmet" => unmet.iter().any(|u| u["says"].as_str().unwrap().starts_with(value)),
                "cites" => cited.contains(value),
                id => figures.iter().any(|figure| figure["id"] == id && figure["value"] == value.as_str()),
            };
            if !ok {
                failed.push(format!("{}: {key} {value}; got {} {}", case.name, answer.status, answer.text));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_proposed_confirmed_published_and_matched() {
    let started = demo().await;
    let steward = started.login("steward").await;
    let text =
        "第一条　对年营业收入500万元以上的餐饮企业，给予一次性奖励3万元。\n\n第二条　申报截止时间为2026年12月15日。";
    let body = json!({ "title": "锦城市餐饮奖励办法（示例）", "text": text, "region": "510100" });
    let made = started.post(&steward, "/api/v1/enterprise_policies", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let draft = made.json()["policies"][0].clone();
    assert_eq!(draft["state"], "draft");
    assert_eq!(draft["undecided"], 2);
    let (id, mut policy) = (draft["id"].as_str().unwrap().to_owned(), draft["policy"].clone());
    let path = format!("/api/v1/enterprise_policies/{id}");

    // Nobody but those who manage policies sees it, and it cannot be published as it is.
    let clerk = started.login("clerk").await;
    assert_eq!(started.get(&clerk, &path).await.code(), "entitlement.policy_not_found");
    let publish = |policy: &Value, version: i32| json!({ "version": version, "state": "published", "policy": policy });
    let put = async |token: &str, body: Value| {
        let request = crate::platform::request("PUT", token, &path).header("content-type", "application/json");
        started.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    };
    let early = put(&steward, publish(&policy, 1)).await;
    assert_eq!((early.status, early.code().as_str()), (StatusCode::CONFLICT, "entitlement.conditions_undecided"));

    // The impact is told before anything is published.
    let impact = started.post(&steward, &format!("{path}/impact"), &json!({ "policy": policy })).await.json();
    assert_eq!(impact["enterprises"], 12);

    for condition in policy["conditions"].as_array_mut().unwrap() {
        condition["state"] = json!("confirmed");
    }
    assert_eq!(put(&clerk, publish(&policy, 1)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(put(&steward, publish(&policy, 1)).await.status, StatusCode::OK);
    let late = put(&steward, publish(&policy, 1)).await;
    assert_eq!((late.status, late.code().as_str()), (StatusCode::CONFLICT, "entitlement.policy_outdated"));

    // A visitor is matched with it; nothing of the visitor is kept.
    let profile = json!({ "name": "老街面馆", "facts": { "revenue": 6_000_000, "industry": "H" } });
    let found = started.post("", "/api/v1/enterprise_policies/matches", &json!({ "profile": profile })).await.json();
    let first = &found["items"][0];
    assert_eq!((first["record"]["id"].as_str(), first["standing"].as_str()), (Some(id.as_str()), Some("satisfied")));
    assert_eq!(first["opening"], json!({ "state": "open", "days_left": 20 }));
    assert!(first["record"]["conditions"][0]["evidence"]["quote"].as_str().unwrap().contains("年营业收入500万元以上"));

    // Raising the bar: who loses is known, and the old version stays.
    policy["conditions"][0]["value"] = json!(100_000_000);
    assert_eq!(put(&steward, publish(&policy, 2)).await.status, StatusCode::OK);
    let full = started.get(&steward, &path).await.json();
    assert_eq!(full["versions"].as_array().unwrap().len(), 3);
    assert_eq!(full["versions"][1]["policy"]["conditions"][0]["value"], 5_000_000);

    let wrong = json!({ "title": "x", "text": "", "region": "510100" });
    assert_eq!(started.post(&steward, "/api/v1/enterprise_policies", &wrong).await.code(), "entitlement.no_text");
    let none = json!({ "title": "倡议书", "text": "鼓励企业诚信经营。" });
    let told = started.post(&steward, "/api/v1/enterprise_policies", &none).await.json();
    assert_eq!((told["policies"].clone(), told["notes"][0]["code"].clone()), (json!([]), json!("no_benefit")));
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_enterprises_is_kept_told_and_matched_all_at_once() {
    let started = demo().await;
    let clerk = started.login("clerk").await;
    let table = "企业名称,统一社会信用代码,营业收入（万元）,企业规模\n新甲公司,91510104MA10000178,3000,小型\n新乙公司,91510104MA10000179,3000,小型\n锦城鑫达商贸有限公司,,三千,小型\n锦城鑫达商贸有限公司,,300,小型\n";
    let done = started.upload(&clerk, "/api/v1/enterprises/import", "企业.csv", table.as_bytes()).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let done = done.json();
    assert_eq!((done["added"].clone(), done["changed"].clone()), (json!(1), json!(1)));
    let told: Vec<String> =
        done["problems"].as_array().unwrap().iter().map(|p| format!("{} {}", p["code"], p["row"])).collect();
    assert_eq!(told, ["\"bad_credit_code\" 3", "\"bad_cell\" 4"]);
    assert_eq!(done["same_names"]["锦城鑫达商贸有限公司"].as_array().unwrap().len(), 2);

    let wrong = started.upload(&clerk, "/api/v1/enterprises/import", "说明.txt", "这不是表格。".as_bytes()).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::BAD_REQUEST, "entitlement.no_table"));
    let visitor = started.upload("", "/api/v1/enterprises/import", "企业.csv", table.as_bytes()).await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);

    let found = started.get(&clerk, "/api/v1/enterprises/91510104MA10000178/matches").await.json();
    assert!(found["satisfied"].as_u64().is_some());
    let begun = started.post(&clerk, "/api/v1/matching_batches", &json!({ "top": 5 })).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    let path = format!("/api/v1/matching_batches/{}", begun.json()["job_id"].as_str().unwrap());
    let mut batch = json!(null);
    for _ in 0..600 {
        batch = started.get(&clerk, &path).await.json();
        if batch["state"] == "succeeded" || batch["state"] == "failed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((batch["state"].clone(), batch["enterprises"].clone()), (json!("succeeded"), json!(13)), "{batch}");
    let file = started.get(&clerk, &format!("{path}/file")).await;
    let lines: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 13);
    // The file says what the single match says.
    for line in &lines {
        let single =
            started.get(&clerk, &format!("/api/v1/enterprises/{}/matches", line["id"].as_str().unwrap())).await.json();
        assert_eq!((&line["satisfied"], &line["missing"]), (&single["satisfied"], &single["missing"]));
        for (listed, item) in line["policies"].as_array().unwrap().iter().zip(single["items"].as_array().unwrap()) {
            assert_eq!((&listed["policy"], &listed["standing"]), (&item["record"]["id"], &item["standing"]));
        }
    }
    started.stop().await;
}
