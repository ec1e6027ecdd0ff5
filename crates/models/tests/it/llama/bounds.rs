//! Files, templates, requests and clients that are not as they should be: clear words, no crash.

use kernel::Fault as _;
use models::{Answer, Health};
use serde_json::json;

use super::tiny::{self, CHATML, TINY};
use super::{Stage, ask, request};
use crate::gateway::call;

async fn error(stage: &Stage, route: &str) -> String {
    let error = ask(&stage.open(), route, "hello", &json!({})).await.unwrap_err();
    assert_eq!(error.code(), "models.broken", "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_file_that_is_cut_or_foreign_says_so() {
    let stage = Stage::new();
    let path = stage.folder.path().join("tiny.gguf");
    let whole = std::fs::read(&path).unwrap();
    let wrong = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    for (bytes, says) in [
        (whole[..whole.len() - 100].to_vec(), "cut"),
        (whole[..2_000].to_vec(), "cut"),
        (Vec::new(), "cut"),
        (b"<html><body>Not Found</body></html>".repeat(9), "no GGUF file"),
        (wrong(4, 9), "version 9"),
        (wrong(15, 0x7f), "counts more"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let said = error(&stage, "base").await;
        assert!(said.contains(says), "{says}: {said}");
        assert_eq!(stage.open().health().await[0].1, Health::Down);
    }
    std::fs::remove_file(&path).unwrap();
    assert!(error(&stage, "base").await.contains("tiny.gguf"));
    // A whole file is found as soon as it is there.
    let models = stage.open();
    ask(&models, "base", "hello", &json!({})).await.unwrap_err();
    std::fs::write(&path, &whole).unwrap();
    ask(&models, "base", "hello", &json!({})).await.unwrap();
}

#[tokio::test]
async fn a_build_that_llama_cpp_does_not_know_is_an_error_and_no_crash() {
    let stage = Stage::new();
    tiny::write(
        &stage.folder.path().join("tiny.gguf"),
        &[("general.architecture", tiny::Value::Text("abacus"))],
        &stage.base,
    );
    // The file itself is sound, but its template is missing; an embedding needs none.
    let models = stage.open();
    let error = models.embed(&call(), "base", vec!["x".to_owned()]).await.unwrap_err().to_string();
    assert!(error.contains("`abacus`"), "{error}");
}

#[tokio::test]
async fn an_adapter_for_another_base_is_refused_and_the_base_goes_on() {
    let stage = Stage::new();
    let path = stage.folder.path().join("tax.gguf");
    let wide = tiny::Shape { width: 96, ..TINY };
    let mut deep = tiny::adapter(&TINY, 3);
    deep.iter_mut().for_each(|tensor| tensor.name = tensor.name.replace("blk.1", "blk.7"));
    let writes: [(&dyn Fn(), &str); 4] = [
        (&|| tiny::write_adapter(&path, "llama", &tiny::adapter(&wide, 3)), "another shape"),
        (&|| tiny::write_adapter(&path, "llama", &deep), "blk.7"),
        (&|| tiny::write_adapter(&path, "qwen2", &stage.adapter), "for `qwen2`"),
        (&|| tiny::write_model(&path, &TINY, &stage.base, CHATML), "no LoRA adapter"),
    ];
    let models = stage.open();
    for (write, says) in writes {
        write();
        let error = ask(&models, "tax", "hello", &json!({})).await.unwrap_err().to_string();
        assert!(error.contains(says), "{says}: {error}");
        ask(&models, "base", "hello", &json!({})).await.unwrap();
    }
    tiny::write_adapter(&path, "llama", &stage.adapter);
    ask(&models, "tax", "hello", &json!({})).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(stage.work().loads, 1);
}

#[tokio::test]
async fn a_template_that_loops_or_is_missing_says_so() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
    assert!(error(&Stage::with_template(endless), "base").await.contains("does not end"));
    assert!(error(&Stage::with_template(""), "base").await.contains("no chat template"));
    let long = "x".repeat(200_000);
    assert!(error(&Stage::with_template(&long), "base").await.contains("longer than"));
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_the_callers_mistake() {
    let stage = Stage::new();
    let models = stage.open();
    let error = ask(&models, "base", &"street ".repeat(600), &json!({})).await.unwrap_err();
    assert_eq!(error.code(), "models.rejected");
    assert!(error.to_string().contains("tokens"), "{error}");
    let error = models.embed(&call(), "base", vec!["street ".repeat(600)]).await.unwrap_err();
    assert_eq!(error.code(), "models.rejected");
    // An answer ends where the conversation is full.
    let full = ask(&models, "base", &"street ".repeat(60), &json!({ "max_tokens": 400 })).await.unwrap();
    let (read, written) = (&full["usage"]["prompt_tokens"], &full["usage"]["completion_tokens"]);
    assert!(read.as_u64().unwrap() + written.as_u64().unwrap() <= 512, "{full}");
}

#[tokio::test]
async fn a_client_that_does_not_read_pauses_its_answer_until_its_time_is_over() {
    let stage = Stage::new();
    let mut text = toml::to_string(&stage.registry()).unwrap();
    text = text.replace("total_secs = 30", "total_secs = 1");
    let registry = models::Registry::parse("models.toml", &text).unwrap();
    let keys = std::sync::Arc::new(|_: &str| None);
    let models = models::Models::open(registry, &crate::gateway::egress(&[]), &kernel::Clock::system(), keys).unwrap();
    let extra = json!({ "stream": true, "max_tokens": 400 });
    let answer = models.chat(&call(), request("base", "hello", &extra), &|_| {}).await.unwrap();
    let Answer::Stream(mut stream) = answer else { panic!("a stream") };
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
    assert!(stage.work().written < 100, "{:?}", stage.work());
    let error = loop {
        match stream.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the answer came to its end"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "models.timeout");
}
