//! Views of models, routes, the queue, usage and keys.

use std::fmt::Write as _;
use std::sync::Arc;

use assistant::Scenario;
use identity::ApiKey;
use kernel::{DataLevel, Timestamp};
use models::{Call, Family, Health, ModelRecord, Models, Probed, QueueLine, Quota, Registry, UsageLine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::run::word;

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// Its id in routes.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// `base`, `adapter` or `task`.
    pub kind: String,
    /// `extractive`, `openai` or `builtin`.
    pub backend: String,
    /// The base of an adapter.
    pub base: Option<String>,
    /// Its name at the endpoint.
    pub model: Option<String>,
    /// The endpoint.
    pub url: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The hash of its weights.
    pub hash: Option<String>,
    /// The dataset it was trained on.
    pub dataset: Option<String>,
    /// The job that trained it.
    pub job: Option<String>,
    /// The evaluation that let it pass.
    pub evaluation: Option<String>,
    /// The highest level of text it may read.
    pub level: String,
    /// Its filing number (备案号).
    pub filing_number: Option<String>,
    /// The licence of its weights.
    pub licence: Option<String>,
    /// Where it runs.
    pub runs_at: Option<String>,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// The most requests at once.
    pub concurrency: Option<u32>,
    /// `up` or `down`.
    pub health: String,
    /// `closed`, `open` (left alone after failures) or `half_open`.
    pub circuit: String,
    /// The routes it serves.
    pub routes: Vec<String>,
}

/// A route.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteView {
    /// Its id.
    pub id: String,
    /// What it names: models or `family/slot`, first choice first.
    pub models: Vec<String>,
    /// The models that stand behind it now, first choice first.
    pub resolved: Vec<String>,
    /// How many may wait.
    pub queue: u32,
    /// Seconds a request may wait.
    pub wait_secs: u32,
    /// Milliseconds without a first token after which the next model is asked as well.
    pub hedge_ms: Option<u32>,
    /// The priority of calls without a scenario.
    pub priority: u8,
    /// The scenarios it serves.
    pub scenarios: Vec<String>,
}

/// A family and its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct FamilyView {
    /// Its id.
    pub id: String,
    /// Answers quickly.
    pub fast: Option<String>,
    /// Answers well.
    pub strong: Option<String>,
    /// Judges what others wrote.
    pub judge: Option<String>,
    /// Makes vectors.
    pub embed: Option<String>,
    /// Puts passages in order.
    pub rerank: Option<String>,
}

/// What a department may use.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaView {
    /// The department.
    pub department: String,
    /// Kept free for it.
    pub guarantee: u32,
    /// Its share.
    pub deserved: u32,
    /// The most at once.
    pub ceiling: Option<u32>,
    /// The most tokens in a calendar month.
    pub tokens_per_month: Option<u64>,
    /// What it used of them.
    pub tokens_used: i64,
}

/// Everything that is registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelsView {
    /// Models.
    pub models: Vec<ModelView>,
    /// Routes.
    pub routes: Vec<RouteView>,
    /// Families.
    pub families: Vec<FamilyView>,
    /// Quotas.
    pub quotas: Vec<QuotaView>,
}

impl ModelsView {
    /// The view of the registry as it is now.
    #[must_use]
    pub fn of(models: &Models, health: &[(ModelRecord, Health)], scenarios: &[Arc<Scenario>], now: Timestamp) -> Self {
        let registry = models.registry();
        let names = |records: Vec<&ModelRecord>| records.into_iter().map(|m| m.id.clone()).collect::<Vec<_>>();
        let serves = |id: &str| {
            let serves = |route: &&models::Route| registry.of_route(route).iter().any(|model| model.id == id);
            registry.routes().iter().filter(serves).map(|route| route.id.clone()).collect::<Vec<String>>()
        };
        let model = |record: &ModelRecord| ModelView {
            id: record.id.clone(),
            name: record.name.clone(),
            name_en: record.name_en.clone(),
            kind: word(&record.kind),
            backend: word(&record.backend),
            base: record.base.clone(),
            model: record.model.clone(),
            url: record.url.clone(),
            version: record.version.clone(),
            hash: record.hash.clone(),
            dataset: record.lineage.dataset.clone(),
            job: record.lineage.job.clone(),
            evaluation: record.lineage.evaluation.clone(),
            level: record.level.to_string(),
            filing_number: record.filing_number.clone(),
            licence: record.licence.clone(),
            runs_at: record.runs_at.clone(),
            capabilities: record.capabilities.iter().map(word).collect(),
            concurrency: record.concurrency,
            health: health.iter().find(|(m, _)| m.id == record.id).map_or("down".to_owned(), |(_, h)| word(h)),
            circuit: word(&models.breakers().of(&record.id, now)),
            routes: serves(&record.id),
        };
        let route = |route: &models::Route| RouteView {
            id: route.id.clone(),
            models: route.models.clone(),
            resolved: names(registry.of_route(route)),
            queue: route.queue,
            wait_secs: route.wait_secs,
            hedge_ms: route.hedge_ms,
            priority: route.priority,
            scenarios: scenarios.iter().filter(|s| s.route == route.id).map(|s| s.id.to_string()).collect(),
        };
        let family = |family: &Family| FamilyView {
            id: family.id.clone(),
            fast: family.fast.clone(),
            strong: family.strong.clone(),
            judge: family.judge.clone(),
            embed: family.embed.clone(),
            rerank: family.rerank.clone(),
        };
        let quota = |quota: &Quota| QuotaView {
            department: quota.department.clone(),
            guarantee: quota.guarantee,
            deserved: quota.deserved,
            ceiling: quota.ceiling,
            tokens_per_month: quota.tokens_per_month,
            tokens_used: models.meter().used_this_month(&format!("department:{}", quota.department)),
        };
        Self {
            models: registry.models().iter().map(model).collect(),
            routes: registry.routes().iter().map(route).collect(),
            families: registry.families().iter().map(family).collect(),
            quotas: registry.quotas().iter().map(quota).collect(),
        }
    }
}

/// What raising a level would take away.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpactView {
    /// The scenario.
    pub scenario: String,
    /// Its Chinese title.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// Its route.
    pub route: String,
    /// Models that could no longer serve it.
    pub lost: Vec<String>,
    /// Models that still could.
    pub left: Vec<String>,
}

impl ImpactView {
    /// The view, when the scenario's route would lose a model.
    #[must_use]
    pub fn of(registry: &Registry, scenario: &Scenario, level: DataLevel) -> Option<Self> {
        let route = registry.route(&scenario.route)?;
        let lost: Vec<String> = registry.lost_at(route, level).into_iter().map(|m| m.id.clone()).collect();
        let left = registry.of_route(route).into_iter().filter(|m| m.level >= level).map(|m| m.id.clone()).collect();
        (!lost.is_empty()).then(|| Self {
            scenario: scenario.id.to_string(),
            title: scenario.title.clone(),
            title_en: scenario.title_en.clone(),
            route: route.id.clone(),
            lost,
            left,
        })
    }
}

/// What runs and waits in one place.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueLineView {
    /// The model that runs it; for waiting requests the route.
    pub place: String,
    /// The scenario; empty for calls by route.
    pub scenario: String,
    /// The department.
    pub department: String,
    /// How many run.
    pub running: u32,
    /// How many wait.
    pub waiting: u32,
    /// How long the oldest has waited.
    pub oldest_wait_ms: i64,
    /// How many run above the department's own share.
    pub borrowed: u32,
}

impl From<QueueLine> for QueueLineView {
    fn from(line: QueueLine) -> Self {
        Self {
            place: line.place,
            scenario: line.scenario,
            department: line.department,
            running: line.running,
            waiting: line.waiting,
            oldest_wait_ms: line.oldest_wait_ms,
            borrowed: line.borrowed,
        }
    }
}

/// What was used on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageView {
    /// The day.
    pub day: String,
    /// Of what.
    pub name: String,
    /// How many calls.
    pub calls: i64,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// Tokens of reasoning among them.
    pub tokens_reasoning: i64,
    /// Milliseconds in the queue, summed.
    pub wait_ms: i64,
    /// Milliseconds to the first token, summed.
    pub first_token_ms: i64,
    /// Milliseconds altogether, summed.
    pub total_ms: i64,
    /// Estimated energy in milliwatt-hours.
    pub energy_mwh: i64,
}

impl From<UsageLine> for UsageView {
    fn from(line: UsageLine) -> Self {
        Self {
            day: line.day,
            name: line.name,
            calls: line.calls,
            tokens_in: line.tokens_in,
            tokens_out: line.tokens_out,
            tokens_reasoning: line.tokens_reasoning,
            wait_ms: line.wait_ms,
            first_token_ms: line.first_token_ms,
            total_ms: line.total_ms,
            energy_mwh: line.energy_mwh,
        }
    }
}

impl UsageView {
    /// One line of a table. Names are ids of ours; one that a spreadsheet would compute is quoted.
    pub fn csv(&self, text: &mut String) {
        let name = self.name.replace('"', "\"\"");
        let guard = if name.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
        let _ = writeln!(
            text,
            "{},\"{guard}{name}\",{},{},{},{},{},{},{},{}",
            self.day,
            self.calls,
            self.tokens_in,
            self.tokens_out,
            self.tokens_reasoning,
            self.wait_ms,
            self.first_token_ms,
            self.total_ms,
            self.energy_mwh
        );
    }
}

/// One call: counts and codes, never a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelCallView {
    /// Which.
    pub id: String,
    /// When it came.
    pub at: String,
    /// Who.
    pub actor: String,
    /// For which department.
    pub department: String,
    /// In which scenario.
    pub scenario: String,
    /// By which route.
    pub route: String,
    /// The model.
    pub model: String,
    /// `done`, `cancelled`, `cut_off`, or a code.
    pub outcome: String,
    /// Whether it was streamed.
    pub stream: bool,
    /// Tokens read.
    pub tokens_in: u32,
    /// Tokens written.
    pub tokens_out: u32,
    /// Tokens of reasoning among them.
    pub tokens_reasoning: u32,
    /// Whether the tokens are an estimate.
    pub estimated: bool,
    /// Milliseconds in the queue.
    pub wait_ms: u32,
    /// Milliseconds to the first token.
    pub first_token_ms: u32,
    /// Milliseconds altogether.
    pub total_ms: u32,
    /// Estimated energy in milliwatt-hours.
    pub energy_mwh: u32,
    /// How many values were replaced on the way in.
    pub masked: u32,
}

impl From<Call> for ModelCallView {
    fn from(call: Call) -> Self {
        Self {
            id: call.id,
            at: Timestamp::from_millis(call.at).to_string(),
            actor: call.actor,
            department: call.department,
            scenario: call.scenario,
            route: call.route,
            model: call.model,
            outcome: call.outcome,
            stream: call.stream,
            tokens_in: call.tokens_in,
            tokens_out: call.tokens_out,
            tokens_reasoning: call.tokens_reasoning,
            estimated: call.estimated,
            wait_ms: call.wait_ms,
            first_token_ms: call.first_token_ms,
            total_ms: call.total_ms,
            energy_mwh: call.energy_mwh,
            masked: call.masked,
        }
    }
}

/// What an endpoint says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbedView {
    /// The models it lists.
    pub models: Vec<String>,
    /// Which program it seems to be; empty when it does not say.
    pub program: String,
    /// The longest context in tokens.
    pub context_tokens: Option<u64>,
}

impl From<Probed> for ProbedView {
    fn from(probed: Probed) -> Self {
        Self { models: probed.models, program: probed.program, context_tokens: probed.context_tokens }
    }
}

/// A key. The secret is not in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Which.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub shown: String,
    /// Whose it is.
    pub department: String,
    /// The role it acts with.
    pub role: String,
    /// What it opens.
    pub scopes: Vec<String>,
    /// The networks it may be used from; empty for any.
    pub networks: Vec<String>,
    /// The most tokens in one calendar month.
    pub tokens_per_month: Option<u64>,
    /// What it used of them.
    pub tokens_used: i64,
    /// The most requests in one minute.
    pub requests_per_minute: Option<u32>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: String,
    /// When it ends by itself.
    pub expires_at: Option<String>,
    /// `active`, `expired` or `revoked`.
    pub state: String,
}

impl KeyView {
    /// The view of a key.
    #[must_use]
    pub fn of(key: &ApiKey, tokens_used: i64, now: Timestamp) -> Self {
        let state = match (key.revoked_at, key.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(end)) if end <= now => "expired",
            _ => "active",
        };
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            shown: key.shown.clone(),
            department: key.department.to_string(),
            role: key.role.to_string(),
            scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            networks: key.networks.iter().map(ToString::to_string).collect(),
            tokens_per_month: key.tokens_per_month,
            tokens_used,
            requests_per_minute: key.requests_per_minute,
            created_by: key.created_by.clone(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|end| end.to_string()),
            state: state.to_owned(),
        }
    }
}

/// A key that was made, with its secret: shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyView {
    /// The key.
    pub key: KeyView,
    /// The secret: the bearer token of its owner.
    pub secret: String,
}
