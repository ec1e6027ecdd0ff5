//! Building a scenario (搭建场景): a record made from a form, screened for high risk, tried on its cases, and left as files
//! that can be reviewed. It starts as a draft that nobody can use.

mod cases;

use std::collections::BTreeMap;

use guard::Profile;
use identity::{Action, Cx, Scope};
use kernel::event::Deed;
use kernel::ids::{CollectionId, ScenarioId};
use kernel::{DataLevel, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::flows::rehearse::Rehearsal;
use crate::scenario::{Examples, Flow, Limits, Retrieval, Stage};
use crate::{Assistant, Error, Known, Scenario, ScenarioFiles, Scenarios};

pub use cases::{Case, CaseOutcome, read_cases};

/// The most cases of one dry run.
pub const MOST_CASES: usize = 100;

/// A question of the screening.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RiskQuestion {
    /// Its id.
    pub id: String,
    /// In Chinese.
    pub text: String,
    /// In English.
    pub text_en: String,
}

/// The screening for high risk, from `policies/screening.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskScreening {
    /// Words that make a scenario look as if it decided about people.
    pub signs: Vec<String>,
    /// The questions.
    pub questions: Vec<RiskQuestion>,
}

impl RiskScreening {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::BadScenario {
            file: "policies/screening.toml".to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        })
    }
}

/// What a form says of a new scenario.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioPlan {
    /// The name of its folder: lower-case letters, digits and `_`.
    pub id: ScenarioId,
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
    /// Roles that may use it later.
    pub roles: Vec<String>,
    /// The highest level of text it may touch.
    pub level: DataLevel,
    /// Whether every answer waits for a reviewer.
    #[serde(default)]
    pub sensitive: bool,
    /// The collections it searches.
    pub collections: Vec<CollectionId>,
    /// The region whose rules apply.
    #[serde(default)]
    pub region: Option<Region>,
    /// The prompt template.
    pub prompt: String,
    /// Example questions.
    #[serde(default)]
    pub examples: Vec<String>,
    /// The longest question.
    pub max_question_chars: usize,
    /// The least share of statements that the evidence must support.
    pub min_supported_percent: u8,
    /// Its cases, as `cases.md`.
    pub cases: String,
    /// The answers to the screening, by question.
    pub screening: BTreeMap<String, bool>,
    /// Why it is built although it looks risky.
    #[serde(default)]
    pub reason: String,
}

/// What the screening says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskFinding {
    /// Whether it counts as high risk: then every answer waits for a person and it never goes to the public.
    pub high: bool,
    /// The questions answered with yes.
    pub questions: Vec<String>,
    /// The words that were found in title, description and prompt.
    pub signs: Vec<String>,
    /// Questions without an answer.
    pub unanswered: Vec<String>,
}

/// A scenario as files, with what the screening said.
#[derive(Debug, Clone, PartialEq)]
pub struct BuiltScenario {
    /// The scenario.
    pub scenario: Scenario,
    /// The files, by name.
    pub files: BTreeMap<String, String>,
    /// The screening.
    pub risk: RiskFinding,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// Screens a plan.
#[must_use]
pub fn screen(screening: &RiskScreening, plan: &ScenarioPlan) -> RiskFinding {
    let answered =
        |yes: bool| move |question: &&RiskQuestion, plan: &ScenarioPlan| plan.screening.get(&question.id) == Some(&yes);
    let is_yes = answered(true);
    let ids = |list: Vec<&RiskQuestion>| list.into_iter().map(|question| question.id.clone()).collect::<Vec<_>>();
    let questions = ids(screening.questions.iter().filter(|question| is_yes(question, plan)).collect());
    let unanswered = ids(screening.questions.iter().filter(|q| !plan.screening.contains_key(&q.id)).collect());
    let text = [plan.title.as_str(), plan.description.as_str(), plan.prompt.as_str()].join("\n");
    let signs: Vec<String> = screening.signs.iter().filter(|sign| text.contains(sign.as_str())).cloned().collect();
    // A word alone may mislead: a reason that a reviewer reads clears it, never a yes.
    let high = !questions.is_empty() || !signs.is_empty() && plan.reason.trim().is_empty();
    RiskFinding { high, questions, signs, unanswered }
}

/// Makes the files of a plan and checks them as they would be checked at start.
pub fn build(screening: &RiskScreening, known: &Known, plan: &ScenarioPlan) -> Result<BuiltScenario, Error> {
    let file = format!("scenarios/{}/scenario.toml", plan.id);
    let bad = |problem: String| Error::BadScenario { file: file.clone(), problem };
    let is_name = plan.id.as_str().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_name || !plan.id.as_str().starts_with(|c: char| c.is_ascii_lowercase()) || plan.id.as_str().len() < 3 {
        return Err(bad("field `id`: 3 or more of a-z, 0-9 and _, beginning with a letter".to_owned()));
    }
    let risk = screen(screening, plan);
    if !risk.unanswered.is_empty() {
        return Err(bad(format!("field `screening`: no answer to {}", risk.unanswered.join(", "))));
    }
    if risk.high && plan.reason.trim().is_empty() {
        return Err(bad("field `reason`: a scenario of high risk needs one".to_owned()));
    }
    if plan.roles.iter().any(|role| role == "citizen") {
        return Err(bad("field `roles`: a draft is internal; the public comes with a later stage".to_owned()));
    }
    let cases = read_cases(&plan.cases);
    if cases.is_empty() || cases.len() > MOST_CASES {
        return Err(bad(format!("field `cases`: 1 to {MOST_CASES} cases, there are {}", cases.len())));
    }
    let scenario = Scenario {
        id: plan.id.clone(),
        title: plan.title.clone(),
        title_en: plan.title_en.clone(),
        description: plan.description.clone(),
        description_en: plan.description_en.clone(),
        class: plan.class.clone(),
        flow: Flow::Answer,
        stage: Stage::Draft,
        roles: plan.roles.clone(),
        priority: 50,
        level: plan.level,
        // INVARIANT: high risk never answers without a person.
        sensitive: plan.sensitive || risk.high,
        route: known.routes.first().cloned().unwrap_or_default(),
        retrieval: Retrieval { collections: plan.collections.clone(), top: 8, region: plan.region.clone() },
        review: review::Terms::within(240),
        guard: Profile {
            max_question_chars: plan.max_question_chars,
            min_supported_percent: plan.min_supported_percent,
            ..Profile::default()
        },
        limits: Limits { questions_per_minute: 20 },
        examples: Examples { zh: plan.examples.clone(), en: Vec::new() },
        gates: Vec::new(),
        prompt: String::new(),
        parts: crate::Parts::default(),
    };
    let record = toml::to_string_pretty(&scenario).map_err(|error| bad(error.to_string()))?;
    let folders = [ScenarioFiles {
        folder: plan.id.to_string(),
        record: record.clone(),
        prompt: plan.prompt.clone(),
        parts: BTreeMap::new(),
    }];
    let scenarios = Scenarios::load(&folders, known)?;
    let scenario = scenarios
        .get(&plan.id)
        .map(|one| Scenario::clone(&one))
        .ok_or_else(|| bad("cannot be read back".to_owned()))?;
    let screened = json!({ "answers": plan.screening, "signs": risk.signs, "high": risk.high, "reason": plan.reason });
    let screened = toml::to_string_pretty(&screened).map_err(|error| bad(error.to_string()))?;
    let files = BTreeMap::from([
        ("scenario.toml".to_owned(), record),
        ("prompt.md".to_owned(), plan.prompt.clone()),
        ("cases.md".to_owned(), plan.cases.clone()),
        ("screening.toml".to_owned(), screened),
    ]);
    Ok(BuiltScenario { scenario, files, risk, cases })
}

impl Assistant {
    /// Whether the caller may build over these collections: who builds must be able to search what the scenario will.
    pub fn may_build(&self, cx: &Cx, collections: &[CollectionId]) -> Result<(), Error> {
        cx.permit(Action::BuildScenarios, &Scope::Platform).map(drop)?;
        for id in collections {
            cx.permit(Action::Search, &self.knowledge().collection(id)?.scope()).map(drop)?;
        }
        Ok(())
    }

    /// Records that a draft was written or taken back.
    pub async fn note_building(&self, cx: &Cx, id: &ScenarioId, details: serde_json::Value) -> Result<(), Error> {
        let subject = format!("scenario:{id}");
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let record = cx.record(Deed::ScenarioChanged, subject, details);
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Runs cases of a draft through the answer flow with the built-in backend. Nothing is kept or released.
    pub async fn dry_run(&self, cx: &Cx, scenario: &Scenario, cases: &[Case]) -> Result<Vec<CaseOutcome>, Error> {
        self.may_build(cx, &scenario.retrieval.collections)?;
        // The flow runs as the platform, past the asker's own fence; the line above held the builder to it.
        let system = Cx::system(cx.store(), "dry run of a scenario").await?;
        let permit = system.permit(Action::Ask, &crate::flows::answer::scope(scenario))?;
        let rehearsal = Rehearsal::of(scenario.clone());
        let mut outcomes = Vec::with_capacity(cases.len());
        for case in cases.iter().take(MOST_CASES) {
            let rehearsed = Box::pin(self.rehearse(&system, &permit, &rehearsal, &case.question, None)).await?;
            outcomes.push(cases::judge(case, &rehearsed));
        }
        Ok(outcomes)
    }
}
