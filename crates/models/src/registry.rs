//! The registry of models: what each is, where it comes from, where it runs, which texts it may read. Data, reviewed.

use kernel::DataLevel;
use serde::{Deserialize, Serialize};

use crate::{Error, Route};

/// How a model is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendKind {
    /// Built in: quotes the evidence, needs no model, cannot invent.
    Extractive,
    /// A private OpenAI-compatible endpoint: vLLM, SGLang, MindIE, llama-server.
    Openai,
    /// A GGUF file in this process through llama.cpp; for programs built with the feature `llama`.
    Llama,
    /// Small and inside this program, such as the embedding that ships; whoever opens the platform brings it.
    Builtin,
}

/// What sort of model it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A common base (基础大模型).
    #[default]
    Base,
    /// An industry model (行业小模型): an adapter over a base, called `<base>:<adapter>` at the endpoint.
    Adapter,
    /// A small model for one task: embedding, classifier, recogniser, entailment.
    Task,
}

/// What a model can do. One per line, sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Chat completions.
    Chat,
    /// Vectors of texts.
    Embeddings,
    /// Answers in a given JSON schema.
    JsonSchema,
    /// Reasoning apart from the answer.
    Reasoning,
    /// Order of passages.
    Rerank,
    /// Calls of functions.
    Tools,
}

/// How the endpoint marks reasoning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// In a field of its own, or in `<think>…</think>`.
    #[default]
    Marked,
    /// The opening tag is missing: every answer begins with reasoning that `</think>` ends.
    Opened,
}

/// Where a model comes from (血缘).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lineage {
    /// The dataset it was trained on.
    pub dataset: Option<String>,
    /// The job that trained it.
    pub job: Option<String>,
    /// The evaluation that let it pass.
    pub evaluation: Option<String>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRecord {
    /// Its id in routes.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    #[serde(default)]
    pub name_en: String,
    /// How it is reached.
    pub backend: BackendKind,
    /// What sort of model it is.
    #[serde(default)]
    pub kind: ModelKind,
    /// The base of an adapter, by its id.
    #[serde(default)]
    pub base: Option<String>,
    /// Its version.
    #[serde(default)]
    pub version: Option<String>,
    /// SHA-256 or SM3 of its weights, as `sha256:…` or `sm3:…`.
    #[serde(default)]
    pub hash: Option<String>,
    /// The detached SM2 signature over the SM3 digest of its weights: 128 hexadecimal digits.
    #[serde(default)]
    pub signature: Option<String>,
    /// The public key that must have made the signature, 130 hexadecimal digits. A file without it is not served.
    #[serde(default)]
    pub signer: Option<String>,
    /// Where it comes from.
    #[serde(default)]
    pub lineage: Lineage,
    /// The highest level of text it may read.
    pub level: DataLevel,
    /// The filing number (备案号) of a generative model; 指引 2025-10 三(一) asks for a filed one.
    #[serde(default)]
    pub filing_number: Option<String>,
    /// The licence of its weights.
    #[serde(default)]
    pub licence: Option<String>,
    /// Where it runs, in words for people.
    #[serde(default)]
    pub runs_at: Option<String>,
    /// What it can do; an endpoint that says nothing chats.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// The endpoint up to and including `/v1`.
    #[serde(default)]
    pub url: Option<String>,
    /// The model's name at the endpoint, such as `deepseek-r1` or `<base>:<adapter>`.
    #[serde(default)]
    pub model: Option<String>,
    /// The GGUF file of a model in this process, or of its adapter: a path on every server that serves it.
    #[serde(default)]
    pub file: Option<String>,
    /// The longest conversation of a model in this process, in tokens; 4,096 or what it was made for when left out.
    #[serde(default)]
    pub context_tokens: Option<u32>,
    /// Threads of a model in this process; one a core when left out.
    #[serde(default)]
    pub threads: Option<u32>,
    /// Whether it may reason before it answers. Sentences of a model that reasons are looked at only after its
    /// reasoning has ended.
    #[serde(default = "default_reasons")]
    pub reasons: bool,
    /// How the endpoint marks reasoning.
    #[serde(default)]
    pub thinking: Thinking,
    /// The most requests at once; none for as many as come.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// Estimated energy of a thousand written tokens, in milliwatt-hours.
    #[serde(default)]
    pub energy_mwh_per_1k_tokens: u32,
    /// The most tokens it may write for one answer.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: u32,
    /// Seconds until the first token must have come.
    #[serde(default = "default_first_token_secs")]
    pub first_token_secs: u64,
    /// Seconds between two pieces of the stream.
    #[serde(default = "default_idle_secs")]
    pub idle_secs: u64,
    /// Seconds for the whole answer.
    #[serde(default = "default_total_secs")]
    pub total_secs: u64,
    /// How often a call is tried again before the first token.
    #[serde(default = "default_retries")]
    pub retries: u32,
}

impl ModelRecord {
    /// Whether it can do this.
    #[must_use]
    pub fn can(&self, what: Capability) -> bool {
        let writes = matches!(self.backend, BackendKind::Openai | BackendKind::Llama);
        let unsaid = self.capabilities.is_empty() && writes;
        self.capabilities.contains(&what) || (what == Capability::Chat && unsaid)
    }
}

/// Models of one make (模型家族), by what each is for. A route may name `family/slot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Its id.
    pub id: String,
    /// Answers quickly.
    #[serde(default)]
    pub fast: Option<String>,
    /// Answers well.
    #[serde(default)]
    pub strong: Option<String>,
    /// Judges what others wrote.
    #[serde(default)]
    pub judge: Option<String>,
    /// Makes vectors.
    #[serde(default)]
    pub embed: Option<String>,
    /// Puts passages in order.
    #[serde(default)]
    pub rerank: Option<String>,
}

impl Family {
    /// The slots with their models.
    #[must_use]
    pub fn slots(&self) -> [(&'static str, Option<&String>); 5] {
        [
            ("fast", self.fast.as_ref()),
            ("strong", self.strong.as_ref()),
            ("judge", self.judge.as_ref()),
            ("embed", self.embed.as_ref()),
            ("rerank", self.rerank.as_ref()),
        ]
    }
}

/// What a department may use of the models (配额).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The department.
    pub department: String,
    /// Requests at once on each model that are kept free for it, never lent.
    #[serde(default)]
    pub guarantee: u32,
    /// Its share; what it does not use is lent, and given back as requests end.
    #[serde(default)]
    pub deserved: u32,
    /// The most at once; none for as many as there are.
    #[serde(default)]
    pub ceiling: Option<u32>,
    /// The most tokens in a calendar month.
    #[serde(default)]
    pub tokens_per_month: Option<u64>,
}

fn default_reasons() -> bool {
    true
}
fn default_max_tokens() -> u32 {
    2_048
}
fn default_first_token_secs() -> u64 {
    30
}
fn default_idle_secs() -> u64 {
    20
}
fn default_total_secs() -> u64 {
    180
}
fn default_retries() -> u32 {
    2
}

/// All models, routes, families and quotas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    #[serde(rename = "model", default)]
    models: Vec<ModelRecord>,
    #[serde(rename = "route", default)]
    routes: Vec<Route>,
    #[serde(rename = "family", default)]
    families: Vec<Family>,
    #[serde(rename = "quota", default)]
    quotas: Vec<Quota>,
}

/// A change of the registry while the platform runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", content = "value", rename_all = "snake_case")]
pub enum Change {
    /// Adds a model or replaces it.
    Model(Box<ModelRecord>),
    /// Takes a model out.
    RemoveModel(String),
    /// Adds a route or replaces it.
    Route(Route),
    /// Takes a route out.
    RemoveRoute(String),
    /// Adds a family or replaces it.
    Family(Family),
    /// Takes a family out.
    RemoveFamily(String),
    /// Sets a department's quota.
    Quota(Quota),
    /// Takes a department's quota away.
    RemoveQuota(String),
}

impl Change {
    /// What it is about, such as `model:deepseek`.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Model(model) => format!("model:{}", model.id),
            Self::RemoveModel(id) => format!("model:{id}"),
            Self::Route(route) => format!("route:{}", route.id),
            Self::RemoveRoute(id) => format!("route:{id}"),
            Self::Family(family) => format!("family:{}", family.id),
            Self::RemoveFamily(id) => format!("family:{id}"),
            Self::Quota(quota) => format!("quota:{}", quota.department),
            Self::RemoveQuota(id) => format!("quota:{id}"),
        }
    }
}

fn put<T>(list: &mut Vec<T>, new: T, same: impl Fn(&T, &T) -> bool) {
    match list.iter().position(|old| same(old, &new)) {
        Some(at) => {
            if let Some(old) = list.get_mut(at) {
                *old = new;
            }
        }
        None => list.push(new),
    }
}

impl Registry {
    /// Reads `policies/models.toml`; `file` is its name in error messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let registry: Self = toml::from_str(text)
            .map_err(|error| Error::BadRegistry { file: file.to_owned(), problem: error.to_string() })?;
        registry.check().map_err(|problem| Error::BadRegistry { file: file.to_owned(), problem })?;
        Ok(registry)
    }

    /// The registry after a change, when it still makes sense.
    pub fn changed(&self, change: &Change) -> Result<Self, Error> {
        let mut next = self.clone();
        match change.clone() {
            Change::Model(model) => put(&mut next.models, *model, |a, b| a.id == b.id),
            Change::RemoveModel(id) => next.models.retain(|model| model.id != id),
            Change::Route(route) => put(&mut next.routes, route, |a, b| a.id == b.id),
            Change::RemoveRoute(id) => next.routes.retain(|route| route.id != id),
            Change::Family(family) => put(&mut next.families, family, |a, b| a.id == b.id),
            Change::RemoveFamily(id) => next.families.retain(|family| family.id != id),
            Change::Quota(quota) => put(&mut next.quotas, quota, |a, b| a.department == b.department),
            Change::RemoveQuota(id) => next.quotas.retain(|quota| quota.department != id),
        }
        next.check().map_err(|problem| Error::BadChange { problem })?;
        Ok(next)
    }

    fn check(&self) -> Result<(), String> {
        for (at, model) in self.models.iter().enumerate() {
            if self.models.iter().take(at).any(|other| other.id == model.id) {
                return Err(format!("model `{}` stands twice", model.id));
            }
            self.check_model(model)?;
        }
        for family in &self.families {
            if let Some((slot, Some(id))) =
                family.slots().iter().find(|(_, id)| id.is_some_and(|id| self.model(id).is_none()))
            {
                return Err(format!("family `{}` names unknown model `{id}` as `{slot}`", family.id));
            }
        }
        for (at, route) in self.routes.iter().enumerate() {
            if self.routes.iter().take(at).any(|other| other.id == route.id) {
                return Err(format!("route `{}` stands twice", route.id));
            }
            if let Some(unknown) = route.models.iter().find(|id| self.resolve(id).is_none()) {
                return Err(format!("route `{}` names unknown model `{unknown}`", route.id));
            }
            if route.models.is_empty() {
                return Err(format!("route `{}` has no model", route.id));
            }
        }
        for quota in &self.quotas {
            if quota.guarantee.max(quota.deserved) > quota.ceiling.unwrap_or(u32::MAX) {
                return Err(format!("quota of `{}`: `ceiling` is below what it guarantees", quota.department));
            }
        }
        Ok(())
    }

    fn check_model(&self, model: &ModelRecord) -> Result<(), String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if model.id.is_empty() || model.id.len() > 64 || !model.id.bytes().all(plain) {
            return Err(format!("model `{}`: an id is 1 to 64 of letters, digits, `_`, `-` and `.`", model.id));
        }
        if model.backend == BackendKind::Openai && (model.url.is_none() || model.model.is_none()) {
            return Err(format!("model `{}` needs `url` and `model`", model.id));
        }
        if model.signature.is_some() && model.signer.is_none() {
            return Err(format!("model `{}`: a `signature` is checked against a `signer`: name one", model.id));
        }
        if model.backend == BackendKind::Llama && model.file.is_none() {
            return Err(format!("model `{}` needs `file`", model.id));
        }
        if model.concurrency == Some(0) {
            return Err(format!("model `{}`: `concurrency` is 1 or more, or left out", model.id));
        }
        match (model.kind, &model.base) {
            (ModelKind::Adapter, None) => Err(format!("adapter `{}` needs `base`", model.id)),
            (ModelKind::Adapter, Some(base)) => match self.model(base) {
                Some(base) if base.kind == ModelKind::Base => {
                    let named = model.model.as_deref().and_then(|name| name.split_once(':'));
                    // An adapter over another base gives nonsense: the name at the endpoint says which base it is for.
                    match named {
                        _ if (model.backend == BackendKind::Llama) != (base.backend == BackendKind::Llama) => {
                            Err(format!("adapter `{}` runs where its base `{}` does", model.id, base.id))
                        }
                        Some((of, _)) if base.model.as_deref().is_some_and(|name| name != of) => {
                            Err(format!("adapter `{}` is for the base `{of}`, not for `{}`", model.id, base.id))
                        }
                        _ if model.level > base.level => {
                            Err(format!("adapter `{}` may not read more than its base `{}`", model.id, base.id))
                        }
                        _ => Ok(()),
                    }
                }
                _ => Err(format!("adapter `{}` names unknown base `{base}`", model.id)),
            },
            (_, Some(_)) => Err(format!("model `{}` is no adapter and has a `base`", model.id)),
            (_, None) => Ok(()),
        }
    }

    /// The model that a route's entry stands for: a model's id, or `family/slot`.
    #[must_use]
    pub fn resolve(&self, entry: &str) -> Option<&ModelRecord> {
        match entry.split_once('/') {
            None => self.model(entry),
            Some((family, slot)) => {
                let family = self.families.iter().find(|one| one.id == family)?;
                let (_, id) = family.slots().into_iter().find(|(name, _)| *name == slot)?;
                self.model(id?)
            }
        }
    }

    /// The models of a route, first choice first, each once.
    #[must_use]
    pub fn of_route(&self, route: &Route) -> Vec<&ModelRecord> {
        let mut found: Vec<&ModelRecord> = Vec::new();
        for model in route.models.iter().filter_map(|entry| self.resolve(entry)) {
            if !found.iter().any(|known| known.id == model.id) {
                found.push(model);
            }
        }
        found
    }

    /// The models that a name stands for: those of a route, or one model.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<&ModelRecord> {
        match self.route(name) {
            Some(route) => self.of_route(route),
            None => self.resolve(name).into_iter().collect(),
        }
    }

    /// The models of a route that could no longer be used if its texts had this level.
    #[must_use]
    pub fn lost_at(&self, route: &Route, level: DataLevel) -> Vec<&ModelRecord> {
        self.of_route(route).into_iter().filter(|model| model.level < level).collect()
    }

    /// The route without the models that may not read texts of this level.
    #[must_use]
    pub fn at_level(&self, route: &Route, level: DataLevel) -> Route {
        let may = |entry: &&String| self.resolve(entry).is_some_and(|model| model.level >= level);
        Route { models: route.models.iter().filter(may).cloned().collect(), ..route.clone() }
    }

    /// All models, in the order of the file.
    #[must_use]
    pub fn models(&self) -> &[ModelRecord] {
        &self.models
    }

    /// All routes.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// All families.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// All quotas.
    #[must_use]
    pub fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    /// One model.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&ModelRecord> {
        self.models.iter().find(|model| model.id == id)
    }

    /// One route.
    #[must_use]
    pub fn route(&self, id: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.id == id)
    }

    /// A department's quota.
    #[must_use]
    pub fn quota(&self, department: &str) -> Option<&Quota> {
        self.quotas.iter().find(|quota| quota.department == department)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Registry;

    fn check(text: &str, expected: &Expect) {
        let said = match Registry::parse("models.toml", text) {
            Ok(registry) => format!("{} models, {} routes", registry.models().len(), registry.routes().len()),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&said);
    }

    const GOOD: &str = "[[model]]\nid='extractive'\nname='内置'\nbackend='extractive'\nlevel='sensitive'\n[[route]]\nid='default'\nmodels=['extractive']\n";

    #[test]
    fn a_registry_says_what_is_wrong_with_it() {
        check(GOOD, &expect!["1 models, 1 routes"]);
        check(
            &GOOD.replace("level", "levle"),
            &expect![[r#"
            models.toml: TOML parse error at line 5, column 1
              |
            5 | levle='sensitive'
              | ^^^^^
            unknown field `levle`, expected one of `id`, `name`, `name_en`, `backend`, `kind`, `base`, `version`, `hash`, `signature`, `signer`, `lineage`, `level`, `filing_number`, `licence`, `runs_at`, `capabilities`, `url`, `model`, `file`, `context_tokens`, `threads`, `reasons`, `thinking`, `concurrency`, `energy_mwh_per_1k_tokens`, `max_tokens`, `first_token_secs`, `idle_secs`, `total_secs`, `retries`
        "#]],
        );
        check(
            &GOOD.replace("models=['extractive']", "models=['gpt']"),
            &expect!["models.toml: route `default` names unknown model `gpt`"],
        );
        check(
            &GOOD.replace("models=['extractive']", "models=[]"),
            &expect!["models.toml: route `default` has no model"],
        );
        check(&format!("{GOOD}{GOOD}"), &expect!["models.toml: model `extractive` stands twice"]);
    }

    #[test]
    fn adapters_families_and_quotas_are_checked() {
        let base = "[[model]]\nid='r1'\nname='x'\nbackend='openai'\nlevel='internal'\nurl='http://a/v1'\nmodel='deepseek-r1'\n";
        let adapter = "[[model]]\nid='hotline'\nname='x'\nkind='adapter'\nbase='r1'\nbackend='openai'\nlevel='internal'\nurl='http://a/v1'\nmodel='deepseek-r1:hotline'\n";
        let rest = "[[family]]\nid='gov'\nfast='hotline'\nstrong='r1'\n[[route]]\nid='default'\nmodels=['gov/fast','gov/strong','r1']\n";
        let whole = format!("{base}{adapter}{rest}");
        let registry = Registry::parse("models.toml", &whole).unwrap();
        let ids: Vec<&str> =
            registry.of_route(registry.route("default").unwrap()).iter().map(|m| m.id.as_str()).collect();
        assert_eq!(ids, ["hotline", "r1"]);
        for (from, to, said) in [
            ("base='r1'", "base='r2'", "adapter `hotline` names unknown base `r2`"),
            ("deepseek-r1:hotline", "qwen:hotline", "adapter `hotline` is for the base `qwen`, not for `r1`"),
            ("base='r1'\n", "", "adapter `hotline` needs `base`"),
            ("gov/fast", "gov/slow", "route `default` names unknown model `gov/slow`"),
            ("fast='hotline'", "fast='none'", "family `gov` names unknown model `none` as `fast`"),
            (
                "[[family]]",
                "[[quota]]\ndepartment='a'\ndeserved=5\nceiling=2\n[[family]]",
                "quota of `a`: `ceiling` is below what it guarantees",
            ),
        ] {
            let error = Registry::parse("models.toml", &whole.replace(from, to)).unwrap_err().to_string();
            assert_eq!(error, format!("models.toml: {said}"));
        }
    }
}
