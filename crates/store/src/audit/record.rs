//! The canonical form of an entry: the bytes that its hash covers.
//!
//! JSON with the keys in alphabetical order and no white space, so that anybody can rebuild it from the columns and
//! check the chain with other tools: `hash = SM3(prev as 32 bytes ‖ record as UTF-8)`.

use serde_json::Value;

use crate::tables::audit;

/// The record of a row.
pub(crate) fn bytes(row: &audit::Model) -> String {
    let parts = Parts {
        actor: &row.actor,
        at: row.at,
        deed: &row.deed,
        details: &row.details,
        outcome: &row.outcome,
        reason: row.reason.as_deref(),
        seq: row.seq,
        subject: &row.subject,
        trace_id: &row.trace_id,
    };
    joined(&parts)
}

/// The record of an entry as it is shown.
pub(crate) fn of_entry(entry: &super::Entry) -> String {
    let parts = Parts {
        actor: &entry.actor,
        at: entry.at.as_millis(),
        deed: &entry.deed,
        details: &canonical(&entry.details),
        outcome: &entry.outcome,
        reason: entry.reason.as_deref(),
        seq: entry.seq,
        subject: &entry.subject,
        trace_id: &entry.trace_id,
    };
    joined(&parts)
}

struct Parts<'p> {
    actor: &'p str,
    at: i64,
    deed: &'p str,
    details: &'p str,
    outcome: &'p str,
    reason: Option<&'p str>,
    seq: i64,
    subject: &'p str,
    trace_id: &'p str,
}

fn joined(parts: &Parts<'_>) -> String {
    let text = |text: &str| Value::from(text).to_string();
    format!(
        r#"{{"actor":{},"at":{},"deed":{},"details":{},"outcome":{},"reason":{},"seq":{},"subject":{},"trace_id":{}}}"#,
        text(parts.actor),
        parts.at,
        text(parts.deed),
        parts.details,
        text(parts.outcome),
        parts.reason.map_or_else(|| "null".to_owned(), text),
        parts.seq,
        text(parts.subject),
        text(parts.trace_id),
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
