//! A scenario (场景): one reviewed record that scheduling, guarding, reviewing, releasing and rollout all read.

use guard::Profile;
use kernel::ids::{CollectionId, ScenarioId};
use kernel::{DataLevel, Region};
use serde::{Deserialize, Serialize};

/// How far a scenario has advanced. Only measurements move it forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Being written; nobody may use it.
    Draft,
    /// A few named roles inside.
    InternalPilot,
    /// Everybody inside whose role is named.
    Internal,
    /// A share of the public.
    PublicPilot,
    /// Everybody.
    Public,
}

impl Stage {
    /// Whether citizens may use it.
    #[must_use]
    pub fn is_public(self) -> bool {
        self >= Self::PublicPilot
    }
}

/// The steps a question goes through. One value per flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Search, draft, check, release or review: [`crate::flows::answer`].
    Answer,
    /// Match an enterprise with policies: [`crate::entitlements`]. Questions go through the answer flow.
    Match,
}

/// The 13 items in which 《政务领域人工智能大模型部署应用指引》 (2025-10-10) sorts uses.
pub const CLASSES: [&str; 13] = [
    "智能问答",
    "辅助办理",
    "政策服务",
    "智能巡检",
    "辅助执法监管",
    "市场风险预测",
    "辅助文书起草",
    "资料检索",
    "智能分办",
    "灾害预警",
    "应急处置",
    "政策评估",
    "智能辅助评审",
];

/// Where a scenario looks things up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retrieval {
    /// The collections it may search.
    pub collections: Vec<CollectionId>,
    /// How many articles are put before the model.
    pub top: usize,
    /// The region whose rules apply; national rules always do.
    #[serde(default)]
    pub region: Option<Region>,
}

/// How much one asker may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Questions a minute for one person or visitor.
    pub questions_per_minute: u32,
}

/// Questions shown to somebody who does not know what to ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Examples {
    /// In Chinese.
    pub zh: Vec<String>,
    /// For the English interface.
    pub en: Vec<String>,
}

/// What must be measured before a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The stage it guards.
    pub to: Stage,
    /// What is measured.
    pub metric: String,
    /// The least value that passes.
    pub at_least: f64,
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name of its folder.
    pub id: ScenarioId,
    /// Its Chinese title.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// What it is for, in Chinese.
    pub description: String,
    /// What it is for, in English.
    pub description_en: String,
    /// Its national class, one of [`CLASSES`].
    pub class: String,
    /// Its flow.
    pub flow: Flow,
    /// How far it has advanced.
    pub stage: Stage,
    /// Roles that may use it.
    pub roles: Vec<String>,
    /// Its order in the compute pool, 0 (may wait) to 100 (first).
    pub priority: u8,
    /// The highest level of text it may touch.
    pub level: DataLevel,
    /// Whether nothing leaves without a named reviewer.
    pub sensitive: bool,
    /// The model route.
    pub route: String,
    /// Where it looks things up.
    pub retrieval: Retrieval,
    /// How its answers are reviewed.
    pub review: review::Terms,
    /// Its guard profile.
    #[serde(default)]
    pub guard: Profile,
    /// How much one asker may use it.
    pub limits: Limits,
    /// Example questions.
    #[serde(default)]
    pub examples: Examples,
    /// What must be measured before a stage.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// The prompt template, from `prompt.md`.
    #[serde(skip)]
    pub prompt: String,
    /// What else its folder holds.
    #[serde(skip)]
    pub parts: crate::Parts,
}
