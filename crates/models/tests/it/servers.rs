//! What real inference servers send, replayed: each deviation becomes the one form that clients know.

use models::Answer;
use serde_json::Value;

use crate::endpoint::{Endpoint, Mood};
use crate::gateway::{all, call, open, request, said};

async fn replay(events: &[&str]) -> Vec<Value> {
    let events = events.iter().map(|event| (*event).to_owned()).collect();
    let endpoint = Endpoint::start(vec![Mood::Events(events)]).await;
    let models = open(endpoint.port, 1);
    all(models.chat(&call(), request("default", "你好", true), &|_| {}).await.unwrap()).await.unwrap()
}

fn usage(chunks: &[Value]) -> (u64, u64, u64) {
    let usage = &chunks.last().unwrap()["usage"];
    let n = |value: &Value| value.as_u64().unwrap();
    (
        n(&usage["prompt_tokens"]),
        n(&usage["completion_tokens"]),
        n(&usage["completion_tokens_details"]["reasoning_tokens"]),
    )
}

#[tokio::test]
async fn vllm_reasoning_and_usage_in_a_chunk_without_choices() {
    let head = r#""id":"chatcmpl-1a","object":"chat.completion.chunk","created":1771496703,"model":"deepseek-r1""#;
    let chunks = replay(&[
        &format!(r#"{{{head},"choices":[{{"index":0,"delta":{{"role":"assistant","content":"","reasoning_content":null}},"logprobs":null,"finish_reason":null}}],"usage":{{"prompt_tokens":94,"total_tokens":94,"completion_tokens":0}},"prompt_token_ids":null}}"#),
        &format!(r#"{{{head},"choices":[{{"index":0,"delta":{{"reasoning":"先看"}},"logprobs":null,"finish_reason":null,"token_ids":null}}]}}"#),
        &format!(r#"{{{head},"choices":[{{"index":0,"delta":{{"reasoning_content":"法条"}},"logprobs":null,"finish_reason":null}}]}}"#),
        &format!(r#"{{{head},"choices":[{{"index":0,"delta":{{"content":"六个月"}},"logprobs":null,"finish_reason":null,"stop_reason":null}}]}}"#),
        &format!(r#"{{{head},"choices":[{{"index":0,"delta":{{"content":""}},"logprobs":null,"finish_reason":"stop","stop_reason":null}}]}}"#),
        &format!(r#"{{{head},"choices":[],"usage":{{"prompt_tokens":94,"total_tokens":107,"completion_tokens":13,"completion_tokens_details":{{"reasoning_tokens":6}}}}}}"#),
        "[DONE]",
    ])
    .await;
    assert_eq!(said(&chunks, "reasoning_content"), "先看法条");
    assert_eq!(said(&chunks, "content"), "六个月");
    assert_eq!(usage(&chunks), (94, 13, 6));
    assert!(chunks.iter().all(|c| c["id"] == "chatcmpl-1a" && c["object"] == "chat.completion.chunk"));
    assert!(chunks.iter().all(|c| c["created"] == 1_771_496_703_i64 && c["model"] == "r1"));
}

#[tokio::test]
async fn vllm_gives_two_calls_of_functions_one_index() {
    let call = |id: &str, name: &str, arguments: &str| {
        let name = if name.is_empty() { "null".to_owned() } else { format!("\"{name}\"") };
        format!(
            r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,"id":"{id}","type":"function","function":{{"name":{name},"arguments":"{arguments}"}}}}]}},"finish_reason":null}}]}}"#
        )
    };
    let events = [
        call("chatcmpl-tool-a", "weather", ""),
        call("", "", r#"{\"city\":"#),
        call("", "", r#"\"成都\"}"#),
        call("chatcmpl-tool-b", "time", ""),
        call("", "", "{}"),
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#.to_owned(),
        "[DONE]".to_owned(),
    ];
    let chunks = replay(&events.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let calls: Vec<&Value> =
        chunks.iter().filter_map(|c| c["choices"][0]["delta"]["tool_calls"].as_array()).flatten().collect();
    let seen: Vec<(u64, &str, &str, &str)> = calls
        .iter()
        .map(|c| {
            let f = &c["function"];
            (
                c["index"].as_u64().unwrap(),
                c["id"].as_str().unwrap(),
                f["name"].as_str().unwrap(),
                f["arguments"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(seen, [(0, "chatcmpl-tool-a", "weather", r#"{"city":"成都"}"#), (1, "chatcmpl-tool-b", "time", "{}")]);
    assert!(chunks.iter().any(|c| c["choices"][0]["finish_reason"] == "tool_calls"));
}

#[tokio::test]
async fn sglang_nulls_everything_it_does_not_say_and_errors_in_the_middle() {
    let event = |field: &str, text: &str| {
        let (content, reasoning) = if field == "content" {
            (format!("\"{text}\""), "null".to_owned())
        } else {
            ("null".to_owned(), format!("\"{text}\""))
        };
        format!(
            r#"{{"id":"fea4","object":"chat.completion.chunk","created":1756216933,"model":"m","choices":[{{"index":0,"delta":{{"role":null,"content":{content},"reasoning_content":{reasoning},"tool_calls":null}},"logprobs":null,"finish_reason":null,"matched_stop":null}}],"usage":null}}"#
        )
    };
    let last = r#"{"id":"fea4","object":"chat.completion.chunk","created":1756216933,"model":"m","choices":[{"index":0,"delta":{"role":null,"content":"","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"stop","matched_stop":151645}],"usage":null}"#;
    let counts = r#"{"id":"fea4","object":"chat.completion.chunk","created":1756216933,"model":"m","choices":[],"usage":{"prompt_tokens":12,"total_tokens":20,"completion_tokens":8,"prompt_tokens_details":null,"reasoning_tokens":3}}"#;
    let chunks = replay(&[&event("reasoning", "想"), &event("content", "六个月"), last, counts, "[DONE]"]).await;
    assert_eq!((said(&chunks, "reasoning_content").as_str(), said(&chunks, "content").as_str()), ("想", "六个月"));
    assert_eq!(usage(&chunks), (12, 8, 3));

    let broken =
        vec![event("content", "六"), r#"{"object":"error","message":"KV cache pool is full","code":500}"#.to_owned()];
    let endpoint = Endpoint::start(vec![Mood::Events(broken)]).await;
    let models = open(endpoint.port, 1);
    let answer = models.chat(&call(), request("default", "你好", true), &|_| {}).await.unwrap();
    let error = all(answer).await.unwrap_err();
    assert_eq!(kernel::Fault::code(&error), "models.garbage");
}

#[tokio::test]
async fn mindie_counts_with_the_last_piece_times_its_work_and_ends_without_done() {
    let chunks = replay(&[
        r#"{"id":"endpoint_common_1","object":"chat.completion.chunk","created":1741688262,"model":"deepseek","usage":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"<think>\n想"},"finish_reason":null}]}"#,
        r#"{"id":"endpoint_common_1","object":"chat.completion.chunk","created":1741688262,"model":"deepseek","usage":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"一想</think>六个月"},"finish_reason":null}]}"#,
        r#"{"id":"endpoint_common_1","object":"chat.completion.chunk","created":1741688262,"model":"deepseek","full_text":"x","usage":{"prompt_tokens":31,"completion_tokens":9,"total_tokens":40,"batch_size":[1],"queue_wait_time":[5318]},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}],"prefill_time":200,"decode_time_arr":[56,28]}"#,
    ])
    .await;
    assert_eq!(said(&chunks, "content"), "六个月");
    assert!(said(&chunks, "reasoning_content").contains("想一想"));
    assert_eq!(usage(&chunks), (31, 9, 0));

    // With some models it gives all at once although pieces were asked for.
    let whole = r#"{"id":"endpoint_common_2","object":"chat.completion","created":1741688262,"model":"deepseek","choices":[{"index":0,"message":{"role":"assistant","content":"六个月","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"prefill_time":40,"decode_time_arr":[]}"#;
    let endpoint = Endpoint::start(vec![Mood::Says(200, "application/json", whole.to_owned())]).await;
    let models = open(endpoint.port, 1);
    let chunks = all(models.chat(&call(), request("default", "你好", true), &|_| {}).await.unwrap()).await.unwrap();
    assert_eq!(said(&chunks, "content"), "六个月");
    assert_eq!(usage(&chunks), (3, 2, 0));
}

#[tokio::test]
async fn llama_server_times_every_piece_and_refuses_while_it_loads() {
    let piece = |delta: &str, finish: &str| {
        format!(
            r#"{{"choices":[{{"finish_reason":{finish},"index":0,"delta":{delta}}}],"created":1781492231,"id":"chatcmpl-qC6","model":"m.gguf","system_fingerprint":"b9554-d403f00ec","object":"chat.completion.chunk","timings":{{"cache_n":7,"prompt_n":10,"prompt_ms":251.51,"predicted_n":78,"predicted_ms":1119.721}}}}"#
        )
    };
    let chunks = replay(&[
        &piece(r#"{"role":"assistant","content":null}"#, "null"),
        &piece(r#"{"reasoning_content":"想"}"#, "null"),
        &piece(r#"{"content":"六个月"}"#, "null"),
        &piece("{}", r#""length""#),
        r#"{"choices":[],"created":1781492231,"id":"chatcmpl-qC6","model":"m.gguf","object":"chat.completion.chunk","usage":{"completion_tokens":4,"prompt_tokens":17,"total_tokens":21},"timings":{"prompt_n":10}}"#,
        "[DONE]",
    ])
    .await;
    assert_eq!((said(&chunks, "reasoning_content").as_str(), said(&chunks, "content").as_str()), ("想", "六个月"));
    assert!(chunks.iter().any(|c| c["choices"][0]["finish_reason"] == "length"));
    assert_eq!(usage(&chunks), (17, 4, 0));

    let loading = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    let endpoint = Endpoint::start(vec![Mood::Says(503, "application/json", loading.to_owned())]).await;
    let error = open(endpoint.port, 1).chat(&call(), request("default", "你好", true), &|_| {}).await.unwrap_err();
    assert_eq!(kernel::Fault::code(&error), "models.refused");
}

#[tokio::test]
async fn pages_streams_without_end_and_wrong_requests_are_told_apart() {
    for (mood, code) in [
        (Mood::Says(200, "text/html", "<html>login</html>".to_owned()), "models.garbage"),
        (Mood::Says(200, "application/json", "<html>".to_owned()), "models.garbage"),
        (Mood::Says(200, "application/json", "{\"hello\":1}".to_owned()), "models.garbage"),
        (Mood::Says(400, "application/json", r#"{"error":{"message":"too long"}}"#.to_owned()), "models.rejected"),
        (Mood::Says(401, "application/json", "{}".to_owned()), "models.refused"),
    ] {
        let endpoint = Endpoint::start(vec![mood]).await;
        let error = open(endpoint.port, 1).chat(&call(), request("default", "你好", false), &|_| {}).await.unwrap_err();
        assert_eq!(kernel::Fault::code(&error), code);
    }
    // An answer without end is cut.
    let long =
        format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{}"}}}}]}}"#, "一二三四五六七八九十，".repeat(8_000));
    let endpoint = Endpoint::start(vec![Mood::Hangs(vec![long; 10])]).await;
    let answer = open(endpoint.port, 1).chat(&call(), request("default", "你好", true), &|_| {}).await.unwrap();
    assert!(matches!(answer, Answer::Stream(_)));
    assert_eq!(kernel::Fault::code(&all(answer).await.unwrap_err()), "models.garbage");
}
