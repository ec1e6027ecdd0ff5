//! Literate cases (用例): a heading, a question after `>`, and what must come of it.

use serde::Serialize;

use crate::flows::rehearse::Rehearsed;

/// A case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its heading.
    pub name: String,
    /// The question.
    pub question: String,
    /// What must come of it: `status`, `code`, `cites`, `says`.
    pub wants: Vec<(String, String)>,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// Its heading.
    pub name: String,
    /// The question.
    pub question: String,
    /// `released`, `in_review` or `refused`.
    pub status: String,
    /// The code of the refusal or the rule that asks for a person.
    pub code: Option<String>,
    /// The answer, when it would be released.
    pub answer: String,
    /// What it cites: `《title》label`.
    pub cites: Vec<String>,
    /// What was wanted and did not come.
    pub failed: Vec<String>,
}

/// Reads `cases.md`.
#[must_use]
pub fn read_cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case { name: name.trim().to_owned(), ..Case::default() });
        } else if let Some(case) = cases.last_mut() {
            if let Some(question) = line.strip_prefix("> ") {
                question.trim().clone_into(&mut case.question);
            } else if let Some((key, value)) = line.strip_prefix("- ").and_then(|rest| rest.split_once(": ")) {
                case.wants.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    cases.retain(|case| !case.question.is_empty());
    cases
}

/// Holds what came against what was wanted.
pub(super) fn judge(case: &Case, got: &Rehearsed) -> CaseOutcome {
    let status = match (&got.refusal, got.held) {
        (None, _) => "released",
        (Some(_), true) => "in_review",
        (Some(_), false) => "refused",
    };
    let short = |title: &str| title.trim_start_matches("中华人民共和国").to_owned();
    let name = |document: &str, label: &str| format!("《{}》{label}", short(document));
    let released = got.citations.iter().map(|(citation, _)| name(&citation.document, &citation.label));
    // What waits for a person is held against the case too; its text is not shown.
    let (waiting, sources) = got.draft.clone().unwrap_or_default();
    let cites: Vec<String> = released.chain(sources.iter().map(|(document, label)| name(document, label))).collect();
    let holds = |key: &str, value: &str| match key {
        "status" => value == status,
        "code" => got.refusal.as_deref() == Some(value),
        "says" => got.answer.contains(value) || waiting.contains(value),
        "cites" => cites.iter().any(|cited| cited == value),
        _ => false,
    };
    let failed = case.wants.iter().filter(|(key, value)| !holds(key, value));
    CaseOutcome {
        name: case.name.clone(),
        question: case.question.clone(),
        status: status.to_owned(),
        code: got.refusal.clone(),
        answer: got.answer.clone(),
        failed: failed.map(|(key, value)| format!("{key}: {value}")).collect(),
        cites,
    }
}
