//! Labels of generated content (标识办法, GB 45438—2025): the implicit one in a file's metadata, the explicit one in
//! its words, written in one place and read back by the same rules.
//!
//! A file carries exactly one implicit label. Values are codes of printable ASCII without quotes and backslashes, so
//! that they survive every container.

mod image;
mod provider;
mod read;

pub use image::{ImageLabelError, label_image};
pub use provider::is_provider_code;
pub use read::{ExplicitLabel, LabelReport, check_label};

use serde::{Deserialize, Serialize};

/// The implicit label of GB 45438—2025, Annex E.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AigcLabel {
    /// `1` generated, `2` possibly, `3` suspected.
    #[serde(rename = "Label")]
    pub label: String,
    /// The 27-character code of who generated it.
    #[serde(rename = "ContentProducer")]
    pub content_producer: String,
    /// The generator's own number.
    #[serde(rename = "ProduceID")]
    pub produce_id: String,
    /// The generator's integrity data.
    #[serde(rename = "ReservedCode1", default)]
    pub reserved_code_1: String,
    /// The code of who spreads it.
    #[serde(rename = "ContentPropagator", default)]
    pub content_propagator: String,
    /// The spreader's own number.
    #[serde(rename = "PropagateID", default)]
    pub propagate_id: String,
    /// The spreader's integrity data.
    #[serde(rename = "ReservedCode2", default)]
    pub reserved_code_2: String,
}

/// The name of the label in every container.
pub(crate) const KEY: &str = "AIGC";

impl AigcLabel {
    /// The seven fields with their names, in the standard's order.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 7] {
        [
            ("Label", &self.label),
            ("ContentProducer", &self.content_producer),
            ("ProduceID", &self.produce_id),
            ("ReservedCode1", &self.reserved_code_1),
            ("ContentPropagator", &self.content_propagator),
            ("PropagateID", &self.propagate_id),
            ("ReservedCode2", &self.reserved_code_2),
        ]
    }

    /// The label as one line of JSON. Characters that the standard does not allow in values are left out.
    #[must_use]
    pub fn json(&self) -> String {
        let fields: Vec<String> =
            self.fields().iter().map(|(name, value)| format!("\"{name}\":\"{}\"", plain(value))).collect();
        format!("{{{}}}", fields.join(","))
    }

    /// What is wrong with the values, as stable codes.
    pub(crate) fn problems(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        if !matches!(self.label.as_str(), "1" | "2" | "3") {
            found.push("label_value");
        }
        if !is_provider_code(&self.content_producer) {
            found.push("producer_code");
        }
        if !self.content_propagator.is_empty() && !is_provider_code(&self.content_propagator) {
            found.push("propagator_code");
        }
        if self.produce_id.is_empty() {
            found.push("produce_id_missing");
        }
        if self.fields().iter().any(|(_, value)| plain(value) != *value) {
            found.push("characters");
        }
        found
    }
}

/// A value with the characters that Annex E allows: 0x21, 0x23–0x5B, 0x5D–0x7E.
fn plain(value: &str) -> String {
    value.chars().filter(|c| matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')).collect()
}

/// Reads a label's JSON, with or without the outer `AIGC`, its `Label` as string or number.
fn parse(json: &str) -> Result<AigcLabel, &'static str> {
    let mut value: serde_json::Value = serde_json::from_str(json.trim()).map_err(|_| "not_json")?;
    if let Some(inner) = value.as_object().filter(|o| o.len() == 1).and_then(|o| o.get(KEY)) {
        value = match inner {
            // Some writers put the inner object as a string.
            serde_json::Value::String(text) => serde_json::from_str(text).map_err(|_| "not_json")?,
            other => other.clone(),
        };
    }
    let fields = value.as_object_mut().ok_or("not_an_object")?;
    if let Some(number) = fields.get("Label").and_then(serde_json::Value::as_u64) {
        fields.insert("Label".to_owned(), number.to_string().into());
    }
    serde_json::from_value(value)
        .map_err(|error| if error.to_string().contains("unknown field") { "unknown_field" } else { "field_missing" })
}

/// Whether a text names both elements of a visible label: 人工智能 or AI, and 生成 or 合成 (GB 45438—2025 5.1).
#[must_use]
pub fn is_explicit_label(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let by = lower.contains("人工智能")
        || lower.match_indices("ai").any(|(at, _)| {
            // A word of its own: 由AI生成, not "email" or "detail".
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
            edge(lower.get(..at).and_then(|t| t.chars().next_back()))
                && edge(lower.get(at + 2..).and_then(|t| t.chars().next()))
        });
    by && (lower.contains("生成") || lower.contains("合成"))
}

#[cfg(test)]
mod tests {
    use super::{AigcLabel, is_explicit_label, parse};

    fn label() -> AigcLabel {
        AigcLabel {
            label: "1".into(),
            content_producer: "001191110102MAD55U9H0F10002".into(),
            produce_id: "run_1".into(),
            reserved_code_1: String::new(),
            content_propagator: String::new(),
            propagate_id: String::new(),
            reserved_code_2: String::new(),
        }
    }

    #[test]
    fn a_label_is_read_wrapped_and_bare_and_a_strange_field_is_none() {
        let bare = label().json();
        assert_eq!(parse(&bare), Ok(label()));
        assert_eq!(parse(&format!("{{\"AIGC\":{bare}}}")), Ok(label()));
        assert_eq!(parse(&bare.replace("\"Label\":\"1\"", "\"Label\":1")), Ok(label()));
        assert_eq!(parse(&bare.replace("ReservedCode2", "Reserved")), Err("unknown_field"));
        assert_eq!(parse("{\"Label\":\"1\"}"), Err("field_missing"));
        assert_eq!(parse("1"), Err("not_an_object"));
        assert!(label().problems().is_empty());
        let bad =
            AigcLabel { label: "4".into(), content_producer: "数政".into(), produce_id: String::new(), ..label() };
        assert_eq!(bad.problems(), ["label_value", "producer_code", "produce_id_missing", "characters"]);
    }

    /// STANDARDS §3, computed vectors.
    #[test]
    fn a_visible_label_names_both_elements() {
        for text in ["以上内容由人工智能技术合成完成。", "ai合成内容仅供参考", "本内容由AI生成，仅供参考"]
        {
            assert!(is_explicit_label(text), "{text}");
        }
        for text in ["AI 助手为您服务，请问有什么可以帮您？", "人工审核", "email 生成"] {
            assert!(!is_explicit_label(text), "{text}");
        }
    }
}
