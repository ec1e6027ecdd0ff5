//! Many conversations over one base: side by side, by turns of adapters, each from what is known already.

use std::time::Duration;

use futures::future::join_all;
use models::Answer;
use serde_json::json;

use super::answers::on_paper;
use super::{Stage, ask, content, request};
use crate::gateway::call;

#[tokio::test]
async fn answers_side_by_side_are_those_one_by_one() {
    let stage = Stage::new();
    let models = stage.open();
    let questions: Vec<String> = (0..8).map(|n| format!("question {n} about the {}", "street ".repeat(n))).collect();
    let mut alone = Vec::new();
    for question in &questions {
        alone.push(content(&ask(&models, "base", question, &json!({})).await.unwrap()).to_owned());
    }
    // A fresh engine, so that nothing is known from before.
    drop(models);
    let models = stage.open();
    let none = json!({});
    let together = join_all(questions.iter().map(|question| ask(&models, "base", question, &none))).await;
    for (alone, together) in alone.iter().zip(together) {
        assert_eq!(content(&together.unwrap()), alone);
    }
    let work = stage.work();
    assert_eq!(work.loads, 1);
    assert!(work.written > work.steps * 2, "four write in one step: {work:?}");
}

#[tokio::test]
async fn adapters_take_turns_over_one_base_that_is_loaded_once() {
    let stage = Stage::new();
    let models = stage.open();
    let question = "where is the station";
    let (base, base_count) = on_paper(&stage, &stage.reference(), question, 24);
    let (tax, tax_count) = on_paper(&stage, &stage.adapted(), question, 24);
    assert!(base_count >= 4 && tax_count >= 4 && base != tax, "{base} {tax}");
    let check = async |route: &'static str| {
        let (text, count) = if route == "base" { (&base, base_count) } else { (&tax, tax_count) };
        let completion = ask(&models, route, question, &json!({ "max_tokens": count })).await.unwrap();
        assert_eq!(content(&completion), text, "{route}");
    };
    for route in ["base", "tax", "base", "tax"] {
        check(route).await;
    }
    let many = ["base", "tax", "tax", "base", "tax", "base", "base", "tax"];
    join_all(many.map(&check)).await;
    let work = stage.work();
    assert_eq!(work.loads, 1, "the base is loaded once");
    assert!(work.switches >= 3, "{work:?}");
}

#[tokio::test]
async fn what_is_known_is_not_read_again_and_changes_nothing() {
    let stage = Stage::new();
    let models = stage.open();
    let rules = "the street is long and the station is at its end. ".repeat(4);
    let (first, second) = (format!("{rules} one"), format!("{rules} two"));
    let cold = ask(&models, "base", &second, &json!({})).await.unwrap();
    assert_eq!(cold["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
    drop(models);
    let models = stage.open();
    ask(&models, "base", &first, &json!({})).await.unwrap();
    let before = stage.work();
    let warm = ask(&models, "base", &second, &json!({})).await.unwrap();
    let after = stage.work();
    assert_eq!(content(&warm), content(&cold));
    let prompt = warm["usage"]["prompt_tokens"].as_u64().unwrap();
    let known = warm["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
    assert!(known * 2 > prompt, "{known} of {prompt}");
    assert_eq!(after.known - before.known, known);
    // All but the last written token are read as well.
    let written = warm["usage"]["completion_tokens"].as_u64().unwrap();
    assert_eq!(after.evaluated - before.evaluated, prompt - known + written - 1);
    // What an adapter has read is of no use to the base.
    let other = ask(&models, "tax", &second, &json!({})).await.unwrap();
    assert_eq!(other["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
}

#[tokio::test]
async fn a_client_that_goes_away_stops_the_model_and_its_place_is_free() {
    let stage = Stage::new();
    let models = stage.open();
    let extra = json!({ "stream": true, "max_tokens": 400 });
    let mut streams = Vec::new();
    for n in 0..4 {
        let question = format!("question {n}");
        let answer = models.chat(&call(), request("base", &question, &extra), &|_| {}).await.unwrap();
        let Answer::Stream(mut stream) = answer else { panic!("a stream") };
        stream.next().await.unwrap();
        streams.push(stream);
    }
    drop(streams);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let written = stage.work().written;
    assert!(written < 4 * 300, "{written}: each client holds back its answer after some pieces");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(stage.work().written, written, "nothing more is written for nobody");
    ask(&models, "base", "question 5", &json!({})).await.unwrap();
}
