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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_input_is_told_part_by_part_in_the_readers_language() {
    let started = demo().await;
    let token = started.login("clerk").await;
    let send = async |language: &str, path: &str, body: &Value| {
        let request = crate::platform::request("POST", &token, path).header("content-type", "application/json");
        let request = request.header("accept-language", language).body(axum::body::Body::from(body.to_string()));
        started.send(request.unwrap()).await.json()
    };
    // The field with its name and text, of every error.
    let told = |problem: &Value| -> Vec<String> {
        let errors = problem["errors"].as_array().unwrap().iter();
        errors.map(|e| [&e["field"], &e["name"], &e["text"]].map(|v| v.as_str().unwrap()).join(" | ")).collect()
    };
    let loan = "/api/v1/calculations/provident_fund/loan_limit";
    let inputs = json!({ "inputs": {
        "household": "family", "months": "六个月", "balance": "-1", "price": "1500000", "income": "12000", "rate": "3",
    } });
    let zh = send("zh-CN", loan, &inputs).await;
    assert_eq!(zh["code"], "entitlement.bad_inputs");
    assert_eq!(
        told(&zh),
        [
            "rate | rate | 不需要“rate”这一项，请去掉",
            "household | 缴存情况 | “family”不能用，请从这些中选择：单方缴存 / 夫妻双方缴存",
            "home | 购房套数 | 请选择",
            "months | 连续缴存月数 | “六个月”不能用，请填 0 到 720 之间的整数",
            "balance | 账户余额（夫妻合计） | “-1”不能用，请填 0 到 100,000,000 之间的数字",
        ]
    );
    let en = send("en", loan, &inputs).await;
    assert_eq!(en["detail"], zh["detail"], "the detail is for whoever integrates, in English always");
    assert_eq!(
        told(&en)[3],
        "months | Months of deposit without a gap | “六个月” cannot be used: enter a whole number from 0 to 720"
    );
    let none = send("zh-CN", "/api/v1/calculations/provident_fund/income_tax", &json!({ "inputs": {} })).await;
    assert_eq!(told(&none), ["calculator | calculator | 没有“income_tax”，请从列表中选择"]);

    let matches = "/api/v1/enterprise_policies/matches";
    for (facts, wanted) in [
        (json!({ "revenue": "很多" }), "revenue | 营业收入 | “很多”不能用，请填数字"),
        (json!({ "region": "成都" }), "“成都”不是行政区划代码，请填 6 位数字"),
        (json!({ "established": "去年" }), "“去年”不是日期，请按 2019-05-06 的写法填写"),
        (json!({ "dishonest": "否" }), "“否”不能用，请填是（true）或否（false）"),
        (json!({ "size": "中小企业" }), "“中小企业”不能用，请从这些中选择："),
        (json!({ "turnover": 1 }), "没有“turnover”这个字段，请从字段列表中选择"),
    ] {
        let problem = send("zh-CN", matches, &json!({ "profile": { "name": "某企业", "facts": facts } })).await;
        assert_eq!(problem["code"], "entitlement.bad_fact", "{problem}");
        assert!(told(&problem)[0].contains(wanted), "{problem}");
    }
    let mistyped = json!({ "profile": { "name": "某企业", "credit_code": "91510104MA10000179" } });
    let problem = send("zh-CN", matches, &mistyped).await;
    assert!(told(&problem)[0].contains("校验码不对"), "{problem}");
    // What is right has no errors beside it.
    assert!(send("zh-CN", matches, &json!({ "x": 1 })).await.get("errors").is_none());

    // A condition of a policy that cannot be tested, with its place.
    let steward = started.login("steward").await;
    let kept = started.get(&steward, "/api/v1/enterprise_policies").await.json()["items"][0].clone();
    let path = format!("/api/v1/enterprise_policies/{}/impact", kept["id"].as_str().unwrap());
    let mut policy = kept["policy"].clone();
    policy["conditions"] = json!([{ "group": 0, "field": "revenue", "operator": "within", "value": 5 }]);
    let problem = started.post(&steward, &path, &json!({ "policy": policy })).await.json();
    assert_eq!(told(&problem), ["condition 1 | 营业收入 | 这个字段不能这样比较，请换一种比较方式或值"]);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_division_code_comes_back_as_the_text_it_is() {
    let started = demo().await;
    let token = started.login("clerk").await;
    for given in [json!("510104"), json!(510_104)] {
        let facts = json!({ "region": given, "established": "20180506", "revenue": "6,000,000" });
        let body = json!({ "profile": { "name": "某企业", "facts": facts } });
        let found = started.post(&token, "/api/v1/enterprise_policies/matches", &body).await.json();
        let marks = found["items"].as_array().unwrap().iter().flat_map(|item| {
            let conditions = item["record"]["conditions"].as_array().unwrap();
            item["marks"].as_array().unwrap().iter().map(move |mark| {
                let condition = usize::try_from(mark["condition"].as_u64().unwrap()).unwrap();
                (conditions.get(condition).map(|c| c["field"].clone()), mark["actual"].clone())
            })
        });
        let actual: Vec<Value> =
            marks.filter(|(field, _)| *field == Some(json!("region"))).map(|(_, actual)| actual).collect();
        assert!(!actual.is_empty() && actual.iter().all(|actual| *actual == json!("510104")), "{actual:?}");
        let values =
            found["items"].as_array().unwrap().iter().flat_map(|i| i["record"]["conditions"].as_array().unwrap());
        let mut regions = values.filter(|c| c["field"] == "region").map(|c| &c["value"]);
        assert!(regions.all(Value::is_string), "{found}");
        let kept = started.post(&token, "/api/v1/enterprises", &body["profile"]).await;
        assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text);
        let facts = kept.json()["profile"]["facts"].clone();
        assert_eq!((&facts["region"], &facts["revenue"]), (&json!("510104"), &json!(6_000_000)), "{facts}");
    }
    started.stop().await;
}
