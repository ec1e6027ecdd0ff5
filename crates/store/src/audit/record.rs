//! The canonical form of an entry: the bytes that its hash covers.
//!
//! JSON with the keys in alphabetical order and no white space, so that anybody can rebuild it from the columns and
//! check the chain with other tools: `hash = SM3(prev as 32 bytes ‖ record as UTF-8)`.

use serde_json::Value;

use crate::tables::audit;

/// The record of a row.
pub(crate) fn bytes(row: &audit::Model) -> String {
    let text = |text: &str| Value::from(text).to_string();
    format!(
        r#"{{"actor":{},"at":{},"deed":{},"details":{},"outcome":{},"reason":{},"seq":{},"subject":{},"trace_id":{}}}"#,
        text(&row.actor),
        row.at,
        text(&row.deed),
        row.details,
        text(&row.outcome),
        row.reason.as_deref().map_or_else(|| "null".to_owned(), text),
        row.seq,
        text(&row.subject),
        text(&row.trace_id),
    )
}

/// A JSON value with the keys of every object in alphabetical order and no white space.
pub(crate) fn canonical(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::{bytes, canonical};
    use crate::tables::audit;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [{"z": 1, "a": null}], "a": "民法典 \u{0} \"x\""});
        expect![[r#"{"a":"民法典 \u0000 \"x\"","b":[{"a":null,"z":1}]}"#]].assert_eq(&canonical(&value));
    }

    #[test]
    fn a_record_is_one_line_of_json() {
        let row = audit::Model {
            seq: 7,
            at: 1_795_460_000_123,
            deed: "ask.started".to_owned(),
            actor: "user:usr_1".to_owned(),
            subject: "run_1".to_owned(),
            outcome: "done".to_owned(),
            reason: None,
            details: canonical(&json!({"scenario": "policy_consultation", "chars": 12})),
            trace_id: "t\"1".to_owned(),
            prev: String::new(),
            hash: String::new(),
        };
        expect![[r#"{"actor":"user:usr_1","at":1795460000123,"deed":"ask.started","details":{"chars":12,"scenario":"policy_consultation"},"outcome":"done","reason":null,"seq":7,"subject":"run_1","trace_id":"t\"1"}"#]]
            .assert_eq(&bytes(&row));
    }
}
