//! The literate cases of the scenarios: `scenarios/*/cases.md`, asked on the demo agency.
//!
//! A case is a `##` heading, a question after `>`, and a list: `- status: released|in_review|refused`,
//! `- code: no_basis`, `- cites: 《title》label`, `- says: words`.

use serde_json::Value;

use crate::platform::Started;

#[derive(Debug, Default)]
struct Case {
    name: String,
    question: String,
    wants: Vec<(String, String)>,
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
        } else if let Some(case) = cases.last_mut() {
            if let Some(question) = line.strip_prefix("> ") {
                case.question = question.to_owned();
            } else if let Some((key, value)) = line.strip_prefix("- ").and_then(|rest| rest.split_once(": ")) {
                case.wants.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    cases
}

fn failures(case: &Case, run: &Value) -> Vec<String> {
    let mut failed = Vec::new();
    for (key, value) in &case.wants {
        let ok = match key.as_str() {
            "status" => run["status"] == value.as_str(),
            "code" => run["refusal"]["code"] == value.as_str(),
            "says" => run["answer"].as_str().unwrap_or_default().contains(value.as_str()),
            "cites" => run["citations"].as_array().into_iter().flatten().any(|c| {
                let name = c["document"].as_str().unwrap_or_default().replace("中华人民共和国", "");
                format!("《{name}》{}", c["label"].as_str().unwrap_or_default()) == *value
            }),
            other => panic!("{}: unknown expectation `{other}`", case.name),
        };
        if !ok {
            let cited: Vec<String> = run["citations"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|c| {
                    format!(
                        "{} {}",
                        c["document"].as_str().unwrap_or_default(),
                        c["label"].as_str().unwrap_or_default()
                    )
                })
                .collect();
            failed.push(format!(
                "{}: {key} {value}; got {} {} {cited:?}",
                case.name, run["status"], run["refusal"]["code"]
            ));
        }
    }
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_every_scenario_comes_out_as_written() {
    let started = Started::demo().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut failed = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let scenario = entry.file_name().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(entry.path().join("cases.md")) else { continue };
        let cases = read(&text);
        assert!(cases.len() >= 20, "{scenario} has only {} cases", cases.len());
        // Cases of the flow `match` are enterprises, not questions: `entitlements` runs them.
        if std::fs::read_to_string(entry.path().join("scenario.toml")).unwrap().contains("flow = \"match\"") {
            continue;
        }
        // Limits are per asker and minute: several askers share the cases.
        let mut token = String::new();
        // Cases of drafted work orders ask for no status: the hotline's own tests run them.
        let asked = |case: &&Case| case.wants.iter().any(|(key, _)| key == "status");
        for (at, case) in cases.iter().filter(asked).enumerate() {
            if at.is_multiple_of(8) {
                token = match scenario.as_str() {
                    "citizen_questions" => String::new(),
                    _ => started.login(["clerk", "operator", "reviewer"][(at / 8) % 3]).await,
                };
            }
            count += 1;
            let run = started.ask(&token, &scenario, &case.question).await;
            failed.extend(failures(case, &run).into_iter().map(|f| format!("{scenario} — {f}")));
        }
    }
    assert!(count >= 90, "only {count} cases");
    assert!(failed.is_empty(), "{} of {count} cases:\n{}", failed.len(), failed.join("\n"));
    started.stop().await;
}
