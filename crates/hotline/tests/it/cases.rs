//! The drafts of `scenarios/hotline_assist/cases.md`. A case is a `##` heading, what was said after `>`, and a list of
//! what the draft must say. Cases with a `status` ask the answer flow and are run with the whole platform.

use hotline::Draft;
use kernel::Timestamp;

use crate::platform::policy;

struct Case {
    name: String,
    said: String,
    wants: Vec<(String, String)>,
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case { name: name.to_owned(), said: String::new(), wants: Vec::new() });
        } else if let Some(case) = cases.last_mut() {
            if let Some(said) = line.strip_prefix("> ") {
                case.said += said;
                case.said.push('\n');
            } else if let Some((key, value)) = line.strip_prefix("- ").and_then(|rest| rest.split_once(": ")) {
                case.wants.push((key.to_owned(), value.trim().to_owned()));
            }
        }
    }
    cases
}

/// What a draft says to one key.
fn said(draft: &Draft, key: &str, wanted: &str) -> String {
    let list = |all: Vec<String>| all.into_iter().find(|one| one == wanted).unwrap_or_default();
    let handler = |one: &hotline::Assignee| one.department.clone();
    match key {
        "kind" => draft.kind.value.as_str().to_owned(),
        "category" => draft.category.as_ref().map(|c| c.value.path[2].clone()).unwrap_or_default(),
        "place" => draft.place.value.region.as_ref().map_or("-".to_owned(), ToString::to_string),
        "detail" => draft.place.value.detail.clone(),
        "urgency" => draft.urgency.value.as_str().to_owned(),
        "hand_over" => draft.hand_over.clone().unwrap_or_default(),
        "secrecy" => if draft.secrecy.value { "yes" } else { "no" }.to_owned(),
        "responsible" => draft.responsible.as_ref().map(handler).unwrap_or_default(),
        "assists" => list(draft.assisting.iter().map(handler).collect()),
        "asks" => list(draft.follow_ups.iter().map(|ask| ask.missing.clone()).collect()),
        "flag" => list(draft.flags.iter().map(|flag| flag.code.clone()).collect()),
        "says" => if draft.summary.contains(wanted) { wanted } else { &draft.summary }.to_owned(),
        "hides" => {
            let shown = [&draft.content, &draft.summary].iter().any(|text| text.contains(wanted));
            if shown { String::new() } else { wanted.to_owned() }
        }
        "declined" => draft.declined.as_ref().map(|reason| reason.code.clone()).unwrap_or_default(),
        "name" => draft.caller.masked().name.unwrap_or_default(),
        "phone" => draft.caller.masked().phone.unwrap_or_default(),
        other => panic!("unknown expectation `{other}`"),
    }
}

#[test]
fn every_case_is_drafted_as_written() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/hotline_assist/cases.md");
    let cases = read(&std::fs::read_to_string(path).unwrap());
    let policy = policy();
    let now = Timestamp::parse_rfc3339("2026-11-25T10:00:00+08:00").unwrap();
    let mut failed = Vec::new();
    let mut count = 0;
    for case in cases.iter().filter(|case| case.wants.iter().all(|(key, _)| key != "status")) {
        count += 1;
        let draft = hotline::draft(&policy, &hotline::utterances(&policy, &case.said), now);
        for (key, wanted) in &case.wants {
            let got = said(&draft, key, wanted);
            if got != *wanted {
                failed.push(format!("{}: {key} {wanted}; got `{got}`", case.name));
            }
        }
    }
    assert!(count >= 20, "only {count} cases");
    assert!(failed.is_empty(), "{} expectations of {count} cases:\n{}", failed.len(), failed.join("\n"));
}
