//! Models in this process: a model that the test makes, held against the same model on paper.

mod answers;
mod bounds;
pub(crate) mod reference;
mod sharing;
pub(crate) mod tiny;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use kernel::Clock;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use models::backend::llama::{Llama, Work};
use models::{ChatRequest, Error, Models, Registry};
use serde_json::{Value, json};

use crate::gateway::{all, call, egress};
use reference::Reference;
use tiny::{CHATML, TINY, Tensor};

/// A base with an adapter on disk, and the registry over them.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) base: Vec<Tensor>,
    pub(crate) adapter: Vec<Tensor>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with_template(CHATML)
    }

    pub(crate) fn with_template(template: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (base, adapter) = (tiny::weights(&TINY, 1), tiny::adapter(&TINY, 2));
        tiny::write_model(&folder.path().join("tiny.gguf"), &TINY, &base, template);
        tiny::write_adapter(&folder.path().join("tax.gguf"), "llama", &adapter);
        Self { folder, base, adapter }
    }

    pub(crate) fn reference(&self) -> Reference {
        Reference::new(&TINY, &self.base)
    }

    pub(crate) fn adapted(&self) -> Reference {
        self.reference().with_adapter(&self.adapter, 8.0)
    }

    pub(crate) fn registry(&self) -> Registry {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let rest = "backend='llama'\nlevel='internal'\nreasons=false\nmax_tokens=400\nconcurrency=4\nthreads=2\nretries=0\ntotal_secs=30\n";
        let text = format!(
            "[[model]]\nid='tiny'\nname='x'\nmodel='tiny'\nfile='{}'\ncapabilities=['chat','embeddings']\n{rest}\
             [[model]]\nid='tax'\nname='x'\nmodel='tiny:tax'\nkind='adapter'\nbase='tiny'\nfile='{}'\n{rest}\
             [[route]]\nid='base'\nmodels=['tiny']\n[[route]]\nid='tax'\nmodels=['tax']\n",
            at("tiny.gguf"),
            at("tax.gguf"),
        );
        Registry::parse("policies/models.toml", &text).unwrap()
    }

    pub(crate) fn open(&self) -> Models {
        Models::open(self.registry(), &egress(&[]), &Clock::system(), Arc::new(|_: &str| None)).unwrap()
    }

    /// Looks at what the base and its adapters have done, all together.
    pub(crate) fn work(&self) -> Work {
        Llama::new(self.registry().model("tiny").unwrap(), None, Clock::system()).work()
    }

    /// The tokens of a text.
    pub(crate) fn tokens(&self, text: &str) -> Vec<usize> {
        let model = load(&self.folder.path().join("tiny.gguf"));
        let tokens = model.vocab().tokenize(text.as_bytes(), false, true);
        tokens.into_iter().map(|token| usize::try_from(token.0).unwrap()).collect()
    }
}

/// llama.cpp itself, for a look past our own code.
pub(crate) fn library() -> &'static LlamaBackend {
    // Dropping it would end it for all tests.
    static LIBRARY: OnceLock<LlamaBackend> = OnceLock::new();
    LIBRARY.get_or_init(|| LlamaBackend::init().unwrap_or(LlamaBackend {}))
}

pub(crate) fn load(path: &Path) -> LlamaModel {
    LlamaModel::load_from_file(library(), path, &LlamaModelParams::default()).unwrap()
}

/// The prompt that the template makes of one message.
pub(crate) fn prompt(said: &str) -> String {
    format!("<|im_start|>user\n{said}<|im_end|>\n<|im_start|>assistant\n")
}

/// A request that always takes the most likely token.
pub(crate) fn request(route: &str, said: &str, extra: &Value) -> ChatRequest {
    let mut body = json!({ "model": route, "temperature": 0, "max_tokens": 24,
        "messages": [{ "role": "user", "content": said }] });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    ChatRequest::parse(body.to_string().as_bytes()).unwrap()
}

/// All of an answer as one completion.
pub(crate) async fn ask(models: &Models, route: &str, said: &str, extra: &Value) -> Result<Value, Error> {
    let answer = models.chat(&call(), request(route, said, extra), &|_| {}).await?;
    Ok(all(answer).await?.remove(0))
}

pub(crate) fn content(completion: &Value) -> &str {
    completion["choices"][0]["message"]["content"].as_str().unwrap()
}
