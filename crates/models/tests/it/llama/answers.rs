//! What a model says: the same as on paper, whole and in pieces, within a grammar, as a vector.

use std::num::NonZeroU32;

use kernel::DataLevel;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use serde_json::{Value, json};

use super::tiny::{TINY, vocabulary};
use super::{Stage, ask, content, library, load, prompt, request};
use crate::gateway::{all, call, said};

/// The logits of llama.cpp after some tokens, under the adapter or not.
fn logits(stage: &Stage, tokens: &[usize], adapted: bool) -> Vec<f64> {
    let mut model = load(&stage.folder.path().join("tiny.gguf"));
    let adapter = adapted.then(|| model.lora_adapter_init(stage.folder.path().join("tax.gguf")).unwrap());
    let params = LlamaContextParams::default().with_n_ctx(NonZeroU32::new(256));
    let mut context = model.new_context(library(), params).unwrap();
    if let Some(mut adapter) = adapter {
        context.lora_adapter_set(&mut adapter, 1.0).unwrap();
    }
    let tokens: Vec<LlamaToken> = tokens.iter().map(|token| LlamaToken(i32::try_from(*token).unwrap())).collect();
    let mut batch = LlamaBatch::new(tokens.len(), 1);
    batch.add_sequence(&tokens, 0, false).unwrap();
    context.decode(&mut batch).unwrap();
    context.get_logits_ith(batch.n_tokens() - 1).iter().map(|x| f64::from(*x)).collect()
}

#[test]
fn logits_are_those_of_the_reference_with_and_without_an_adapter() {
    let stage = Stage::new();
    let tokens = stage.tokens(&prompt("the user is in the street"));
    assert!(tokens.len() > 10);
    for (reference, adapted) in [(stage.reference(), false), (stage.adapted(), true)] {
        let (want, got) = (reference.logits(&tokens), logits(&stage, &tokens, adapted));
        assert_eq!(want.len(), got.len());
        let off = want.iter().zip(&got).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let spread = want.iter().copied().fold(f64::MIN, f64::max) - want.iter().copied().fold(f64::MAX, f64::min);
        assert!(off < 0.02 && spread > 2.0, "adapted {adapted}: off by {off}, spread {spread}");
    }
    let apart =
        logits(&stage, &tokens, false).iter().zip(logits(&stage, &tokens, true)).any(|(a, b)| (a - b).abs() > 0.5);
    assert!(apart, "the adapter changes something");
}

/// What the reference says, as text, and how many tokens it is.
pub(super) fn on_paper(stage: &Stage, reference: &super::Reference, question: &str, count: usize) -> (String, usize) {
    let (vocabulary, _) = vocabulary();
    let tokens = reference.greedy(&stage.tokens(&prompt(question)), count);
    (tokens.iter().map(|token| vocabulary[*token].as_str()).collect(), tokens.len())
}

#[tokio::test]
async fn an_answer_is_the_one_on_paper_whole_and_in_pieces() {
    let stage = Stage::new();
    let models = stage.open();
    let (text, count) = on_paper(&stage, &stage.reference(), "where is the station", 24);
    assert!(count >= 8, "{count}: {text}");
    let extra = json!({ "max_tokens": count });
    let whole = ask(&models, "base", "where is the station", &extra).await.unwrap();
    assert_eq!(content(&whole), text);
    assert_eq!(whole["choices"][0]["finish_reason"], "length");
    let read = stage.tokens(&prompt("where is the station")).len();
    assert_eq!(
        (whole["usage"]["prompt_tokens"].as_u64(), whole["usage"]["completion_tokens"].as_u64()),
        (Some(read as u64), Some(count as u64))
    );
    let extra = json!({ "max_tokens": count, "stream": true, "stream_options": { "include_usage": true } });
    let answer = models.chat(&call(), request("base", "where is the station", &extra), &|_| {}).await.unwrap();
    let chunks = all(answer).await.unwrap();
    assert_eq!(said(&chunks, "content"), text);
    assert_eq!(chunks.last().unwrap()["usage"]["completion_tokens"], count);
}

#[tokio::test]
async fn stop_words_end_an_answer_and_are_not_shown() {
    let stage = Stage::new();
    let models = stage.open();
    let whole = ask(&models, "base", "where is the station", &json!({})).await.unwrap();
    let text = content(&whole);
    let stop: String = text.chars().skip(4).take(3).collect();
    let short = ask(&models, "base", "where is the station", &json!({ "stop": [stop] })).await.unwrap();
    assert_eq!(content(&short), text.split(&stop).next().unwrap());
    assert_eq!(short["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn a_seed_gives_the_same_answer_again_and_another_one_another() {
    let stage = Stage::new();
    let models = stage.open();
    let mut said = Vec::new();
    for seed in [7, 7, 8] {
        let extra = json!({ "temperature": 1.5, "top_p": 0.95, "seed": seed });
        said.push(content(&ask(&models, "base", "tell me", &extra).await.unwrap()).to_owned());
    }
    assert_eq!(said[0], said[1]);
    assert_ne!(said[0], said[2]);
}

#[tokio::test]
async fn an_answer_follows_a_schema_a_choice_or_a_grammar() {
    let stage = Stage::new();
    let models = stage.open();
    let schema = json!({ "type": "object", "additionalProperties": false, "required": ["open", "day"],
        "properties": { "open": { "type": "boolean" }, "day": { "enum": ["周一", "周二"] } } });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
    let extra = json!({ "response_format": format, "max_tokens": 200 });
    let completion = ask(&models, "base", "is it open", &extra).await.unwrap();
    let value: Value = serde_json::from_str(content(&completion)).unwrap_or_else(|e| panic!("{e}: {completion}"));
    assert!(value["open"].is_boolean() && ["周一", "周二"].contains(&value["day"].as_str().unwrap()), "{value}");
    let extra = json!({ "guided_choice": ["yes", "no"] });
    let completion = ask(&models, "base", "is it open", &extra).await.unwrap();
    assert!(["yes", "no"].contains(&content(&completion)), "{completion}");
    let extra = json!({ "response_format": { "type": "grammar", "grammar": "root ::= \"周\" [一二]+ \"。\"" } });
    let completion = ask(&models, "base", "几点开门", &extra).await.unwrap();
    let said = content(&completion);
    assert!(said.starts_with('周') && said.chars().all(|c| "周一二。\u{fffd}".contains(c)), "{said}");
    let bad = json!({ "response_format": { "type": "grammar", "grammar": "root ::= nowhere" } });
    let error = ask(&models, "base", "几点开门", &bad).await.unwrap_err();
    assert!(error.to_string().contains("grammar"), "{error}");
}

#[tokio::test]
async fn vectors_are_those_on_paper() {
    let stage = Stage::new();
    let models = stage.open();
    let texts = ["the user is here", "another text that is longer", "the user is here"].map(str::to_owned).to_vec();
    let (model, made) = models.embed(&call(), "base", texts.clone()).await.unwrap();
    assert_eq!((model.id.as_str(), made.vectors.len()), ("tiny", 3));
    let mut tokens = 0;
    for (text, vector) in texts.iter().zip(&made.vectors) {
        let read = stage.tokens(text);
        tokens += read.len();
        let want = stage.reference().vector(&read);
        assert_eq!(vector.len(), TINY.width);
        let alike: f64 = want.iter().zip(vector).map(|(a, b)| a * f64::from(*b)).sum();
        assert!(alike > 0.9999, "{text}: {alike}");
    }
    assert_eq!(made.tokens as usize, tokens);
    assert_eq!(made.vectors[0], made.vectors[2]);
}

#[tokio::test]
async fn a_draft_is_written_from_the_evidence() {
    let stage = Stage::new();
    let models = stage.open();
    let drafted = crate::openai::ask(&models, "base", DataLevel::Internal, "试用期多久？").await.unwrap();
    assert_eq!(drafted.model.id, "tiny");
    let usage = &drafted.draft.usage;
    assert!(usage.tokens_in > 100 && usage.tokens_out > 10 && usage.first_token_ms > 0, "{usage:?}");
    assert!(usage.tokens_in + usage.tokens_out <= 512, "{usage:?}");
    let again = crate::openai::ask(&models, "base", DataLevel::Internal, "试用期多久？").await.unwrap();
    assert_eq!(again.draft.text(), drafted.draft.text());
    assert!(stage.work().known >= u64::from(usage.tokens_in) - 1);
}
