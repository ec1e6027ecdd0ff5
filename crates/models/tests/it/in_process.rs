//! Models in this process as the registry sees them, in a program with and without llama.cpp.

use models::Registry;

const BASE: &str =
    "[[model]]\nid='q'\nname='x'\nbackend='llama'\nlevel='internal'\nfile='/nowhere/q.gguf'\nmodel='qwen'\n";

#[test]
fn records_name_their_files_and_adapters_run_where_their_base_does() {
    let adapter = "[[model]]\nid='q-tax'\nname='x'\nkind='adapter'\nbase='q'\nbackend='llama'\nlevel='internal'\nfile='/nowhere/tax.gguf'\nmodel='qwen:tax'\n";
    let whole = format!("{BASE}{adapter}");
    Registry::parse("models.toml", &whole).unwrap();
    for (from, to, said) in [
        ("file='/nowhere/q.gguf'\n", "", "model `q` needs `file`"),
        ("qwen:tax", "llama:tax", "adapter `q-tax` is for the base `llama`, not for `q`"),
        (
            "base='q'\nbackend='llama'",
            "base='q'\nurl='http://a/v1'\nbackend='openai'",
            "adapter `q-tax` runs where its base `q` does",
        ),
    ] {
        let error = Registry::parse("models.toml", &whole.replace(from, to)).unwrap_err().to_string();
        assert_eq!(error, format!("models.toml: {said}"));
    }
}

#[cfg(not(feature = "llama"))]
#[tokio::test]
async fn a_program_without_llama_cpp_says_so() {
    use std::sync::Arc;

    use kernel::{Clock, Fault as _, Kind};
    use models::{Health, Models};

    use crate::gateway::{call, egress, request};

    let registry = Registry::parse("models.toml", &format!("{BASE}[[route]]\nid='default'\nmodels=['q']\n")).unwrap();
    let models = Models::open(registry, &egress(&[]), &Clock::system(), Arc::new(|_: &str| None)).unwrap();
    let error = models.chat(&call(), request("default", "你好", false), &|_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("models.not_built", Kind::Unsupported));
    assert!(error.to_string().contains("feature `llama`"), "{error}");
    assert_eq!(models.health().await[0].1, Health::Down);
}
