//! Views of scenarios.

use assistant::Scenario;
use models::ModelRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::common::Named;

/// The model a scenario is served by.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioModelView {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// The highest level of text it may read.
    pub level: String,
    /// Its filing number (备案号).
    pub filing_number: Option<String>,
}

/// A scenario somebody may use.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioView {
    /// Its id.
    pub id: String,
    /// Its Chinese title.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// What it is for, in Chinese.
    pub description: String,
    /// What it is for, in English.
    pub description_en: String,
    /// Its national class.
    pub class: String,
    /// Its stage.
    pub stage: String,
    /// Its order in the compute pool.
    pub priority: u8,
    /// The highest level of text it touches.
    pub level: String,
    /// Whether nothing leaves without a reviewer.
    pub sensitive: bool,
    /// `public` or `internal`.
    pub audience: String,
    /// The order of its steps: `answer`, `match`.
    pub flow: String,
    /// Whether it has calculators.
    pub calculators: bool,
    /// Whether something stands beside its answers.
    pub consults: bool,
    /// Where it looks things up.
    pub collections: Vec<Named>,
    /// Example questions.
    pub examples: Vec<String>,
    /// Example questions for the English interface.
    pub examples_en: Vec<String>,
    /// The model it is served by.
    pub model: Option<ScenarioModelView>,
    /// The longest question.
    pub max_question_chars: usize,
    /// That it is switched off for the caller, and what the caller is told; empty for the usual words.
    pub maintenance: Option<String>,
}

impl ScenarioView {
    /// The view of a scenario.
    #[must_use]
    pub fn of(scenario: &Scenario, collections: Vec<Named>, model: Option<&ModelRecord>) -> Self {
        let stage = serde_json::to_value(scenario.stage).ok();
        Self {
            id: scenario.id.to_string(),
            title: scenario.title.clone(),
            title_en: scenario.title_en.clone(),
            description: scenario.description.clone(),
            description_en: scenario.description_en.clone(),
            class: scenario.class.clone(),
            stage: stage.as_ref().and_then(|s| s.as_str()).unwrap_or_default().to_owned(),
            priority: scenario.priority,
            level: scenario.level.to_string(),
            sensitive: scenario.sensitive,
            audience: if scenario.stage.is_public() { "public" } else { "internal" }.to_owned(),
            flow: crate::views::run::word(&scenario.flow),
            calculators: scenario.parts.calculators.is_some(),
            consults: scenario.parts.consultation.is_some(),
            collections,
            examples: scenario.examples.zh.clone(),
            examples_en: scenario.examples.en.clone(),
            model: model.map(|m| ScenarioModelView {
                id: m.id.clone(),
                name: m.name.clone(),
                name_en: m.name_en.clone(),
                level: m.level.to_string(),
                filing_number: m.filing_number.clone(),
            }),
            max_question_chars: scenario.guard.max_question_chars,
            maintenance: None,
        }
    }
}
