//! The canonical form of an entry: the bytes that its hash covers.
//!
//! JSON with the keys in alphabetical order and no white space, so that anybody can rebuild it from the columns and
//! check the chain with other tools: `hash = SM3(prev as 32 bytes ‖ record as UTF-8)`. An entry that keeps the digest of
//! its details has `details_sm3` in its record in place of `details`: the details can go, and the chain still holds.

use serde_json::Value;

use crate::digest::sm3_hex;
use crate::tables::audit;

/// What stands in the place of details that were taken away.
pub(crate) const SHORTENED: &str = "null";

/// What has become of the details of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// They are there. Whether they are the recorded ones, the digest or else the chain itself says.
    Whole,
    /// They were taken away; only their digest is left.
    Shortened,
    /// They are not the ones of the digest.
    Altered,
}

/// Compares details, as canonical text, with their digest.
pub(crate) fn kept(details: &str, digest: Option<&str>) -> Kept {
    match digest {
        None => Kept::Whole,
        Some(digest) if sm3_hex(details.as_bytes()) == digest => Kept::Whole,
        Some(_) if details == SHORTENED => Kept::Shortened,
        Some(_) => Kept::Altered,
    }
}

/// The record of a row.
pub(crate) fn bytes(row: &audit::Model) -> String {
    let parts = Parts {
        actor: &row.actor,
        at: row.at,
        deed: &row.deed,
        details: &row.details,
        details_sm3: row.details_sm3.as_deref(),
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
        details_sm3: entry.details_sm3.as_deref(),
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
    details_sm3: Option<&'p str>,
    outcome: &'p str,
    reason: Option<&'p str>,
    seq: i64,
    subject: &'p str,
    trace_id: &'p str,
}

fn joined(parts: &Parts<'_>) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let details = match parts.details_sm3 {
        None => format!(r#""details":{}"#, parts.details),
        Some(digest) => format!(r#""details_sm3":{}"#, text(digest)),
    };
    format!(
        r#"{{"actor":{},"at":{},"deed":{},{details},"outcome":{},"reason":{},"seq":{},"subject":{},"trace_id":{}}}"#,
        text(parts.actor),
        parts.at,
        text(parts.deed),
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

    use super::{Kept, bytes, canonical, kept};
    use crate::digest::sm3_hex;
    use crate::tables::audit;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [{"z": 1, "a": null}], "a": "民法典 \u{0} \"x\""});
        expect![[r#"{"a":"民法典 \u0000 \"x\"","b":[{"a":null,"z":1}]}"#]].assert_eq(&canonical(&value));
    }

    #[test]
    fn details_are_whole_shortened_or_altered() {
        let digest = sm3_hex(b"{}");
        assert_eq!(kept("{}", Some(&digest)), Kept::Whole);
        assert_eq!(kept("null", Some(&digest)), Kept::Shortened);
        assert_eq!(kept("{} ", Some(&digest)), Kept::Altered);
        // Details that were `null` from the beginning have lost nothing.
        assert_eq!(kept("null", Some(&sm3_hex(b"null"))), Kept::Whole);
        assert_eq!(kept("null", None), Kept::Whole);
    }

    #[test]
    fn a_record_is_one_line_of_json() {
        let mut row = audit::Model {
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
            details_sm3: None,
        };
        expect![[r#"{"actor":"user:usr_1","at":1795460000123,"deed":"ask.started","details":{"chars":12,"scenario":"policy_consultation"},"outcome":"done","reason":null,"seq":7,"subject":"run_1","trace_id":"t\"1"}"#]]
            .assert_eq(&bytes(&row));
        row.details_sm3 = Some("ab".to_owned());
        expect![[r#"{"actor":"user:usr_1","at":1795460000123,"deed":"ask.started","details_sm3":"ab","outcome":"done","reason":null,"seq":7,"subject":"run_1","trace_id":"t\"1"}"#]]
            .assert_eq(&bytes(&row));
    }
}
