//! The registry of models: what each is, where it runs, which texts it may read. Data, reviewed.

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
    /// The highest level of text it may read.
    pub level: DataLevel,
    /// The filing number (备案号) of a generative model; 指引 2025-10 三(一) asks for a filed one.
    #[serde(default)]
    pub filing_number: Option<String>,
    /// The licence of its weights.
    #[serde(default)]
    pub licence: Option<String>,
    /// The endpoint up to and including `/v1`.
    #[serde(default)]
    pub url: Option<String>,
    /// The model's name at the endpoint, such as `deepseek-r1` or `<base>:<adapter>`.
    #[serde(default)]
    pub model: Option<String>,
    /// Whether it may reason before it answers. Sentences of a model that reasons are looked at only after its
    /// reasoning has ended.
    #[serde(default = "default_reasons")]
    pub reasons: bool,
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

/// All models and routes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    #[serde(rename = "model", default)]
    models: Vec<ModelRecord>,
    #[serde(rename = "route", default)]
    routes: Vec<Route>,
}

impl Registry {
    /// Reads `policies/models.toml`; `file` is its name in error messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let registry: Self = toml::from_str(text)
            .map_err(|error| Error::BadRegistry { file: file.to_owned(), problem: error.to_string() })?;
        let bad = |problem: String| Error::BadRegistry { file: file.to_owned(), problem };
        for (at, model) in registry.models.iter().enumerate() {
            if registry.models.iter().take(at).any(|other| other.id == model.id) {
                return Err(bad(format!("model `{}` stands twice", model.id)));
            }
            if model.backend == BackendKind::Openai && (model.url.is_none() || model.model.is_none()) {
                return Err(bad(format!("model `{}` needs `url` and `model`", model.id)));
            }
        }
        for route in &registry.routes {
            if let Some(unknown) = route.models.iter().find(|id| registry.model(id).is_none()) {
                return Err(bad(format!("route `{}` names unknown model `{unknown}`", route.id)));
            }
            if route.models.is_empty() {
                return Err(bad(format!("route `{}` has no model", route.id)));
            }
        }
        Ok(registry)
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
            unknown field `levle`, expected one of `id`, `name`, `name_en`, `backend`, `level`, `filing_number`, `licence`, `url`, `model`, `reasons`, `max_tokens`, `first_token_secs`, `idle_secs`, `total_secs`, `retries`
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
}
