//! Views of scenarios that are being built.

use std::collections::BTreeMap;

use assistant::building::{BuiltScenario, CaseOutcome, RiskFinding, RiskQuestion, read_cases};
use assistant::{Scenario, ScenarioFiles};
use serde::Serialize;
use utoipa::ToSchema;

/// A new scenario, for the description of the API.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read by the description only")]
pub struct NewScenarioBody {
    id: String,
    title: String,
    title_en: String,
    description: String,
    description_en: String,
    class: String,
    roles: Vec<String>,
    level: String,
    sensitive: Option<bool>,
    collections: Vec<String>,
    region: Option<String>,
    prompt: String,
    examples: Option<Vec<String>>,
    max_question_chars: usize,
    min_supported_percent: u8,
    cases: String,
    #[schema(value_type = Object)]
    screening: BTreeMap<String, bool>,
    reason: Option<String>,
}

/// The agency's own scenarios, and what a form needs to know.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftsView {
    /// The scenarios.
    pub items: Vec<ScenarioDraftView>,
    /// The questions of the screening.
    #[schema(value_type = Vec<Object>)]
    pub questions: Vec<RiskQuestion>,
    /// The national classes.
    pub classes: Vec<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// A prompt template to begin with.
    pub prompt: String,
}

/// A scenario of the agency's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioDraftView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its stage; empty when its record cannot be read.
    pub stage: String,
    /// Whether every answer waits for a reviewer.
    pub sensitive: bool,
    /// How many cases it has.
    pub cases: usize,
    /// Its files, by name.
    pub files: BTreeMap<String, String>,
}

impl ScenarioDraftView {
    /// The view of a folder.
    #[must_use]
    pub fn of(files: &ScenarioFiles, cases: &str) -> Self {
        let record: Option<Scenario> = toml::from_str(&files.record).ok();
        let mut all = files.parts.clone();
        all.insert("scenario.toml".to_owned(), files.record.clone());
        all.insert("prompt.md".to_owned(), files.prompt.clone());
        all.insert("cases.md".to_owned(), cases.to_owned());
        Self {
            id: files.folder.clone(),
            title: record.as_ref().map(|r| r.title.clone()).unwrap_or_default(),
            stage: record.as_ref().map(|r| crate::views::run::word(&r.stage)).unwrap_or_default(),
            sensitive: record.is_some_and(|r| r.sensitive),
            cases: read_cases(cases).len(),
            files: all,
        }
    }
}

/// A plan as files, with what the screening said.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuiltView {
    /// Its id.
    pub id: String,
    /// Its stage: `draft`.
    pub stage: String,
    /// Whether every answer waits for a reviewer.
    pub sensitive: bool,
    /// The files, by name.
    pub files: BTreeMap<String, String>,
    /// The screening: `high`, `questions` answered with yes, `signs` found.
    #[schema(value_type = Object)]
    pub risk: RiskFinding,
    /// How many cases it has.
    pub cases: usize,
}

impl From<BuiltScenario> for BuiltView {
    fn from(built: BuiltScenario) -> Self {
        Self {
            id: built.scenario.id.to_string(),
            stage: crate::views::run::word(&built.scenario.stage),
            sensitive: built.scenario.sensitive,
            files: built.files,
            risk: built.risk,
            cases: built.cases.len(),
        }
    }
}

/// What came of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseOutcomeView {
    /// Its heading.
    pub name: String,
    /// The question.
    pub question: String,
    /// `released`, `in_review` or `refused`.
    pub status: String,
    /// The code of the refusal.
    pub code: Option<String>,
    /// The answer, when it would be released.
    pub answer: String,
    /// What it cites.
    pub cites: Vec<String>,
    /// What was wanted and did not come; empty when the case holds.
    pub failed: Vec<String>,
}

impl From<CaseOutcome> for CaseOutcomeView {
    fn from(outcome: CaseOutcome) -> Self {
        let CaseOutcome { name, question, status, code, answer, cites, failed } = outcome;
        Self { name, question, status, code, answer, cites, failed }
    }
}
