//! A finding: what a rule saw, where, how sure it is, and why. Never the value itself.

use kernel::text::Span;
use serde::{Deserialize, Serialize};

/// One finding in a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is: a kind of personal data such as `id_card`, or a category such as `secrecy_mark`.
    pub kind: String,
    /// Where, in characters of the text that was checked.
    #[serde(flatten)]
    pub span: Span,
    /// How sure the rule is, 0 to 1.
    pub score: f32,
    /// The rule that saw it, such as `id_card.check_digit`.
    pub rule: String,
    /// What became of the value; absent when nothing was replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<crate::Operator>,
}

/// How many findings of one kind, by one rule, with one outcome: what an auditor may see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FindingCount {
    /// The kind.
    pub kind: String,
    /// The rule.
    pub rule: String,
    /// What became of the values.
    pub operator: Option<crate::Operator>,
    /// How many.
    pub count: u32,
}

/// The findings counted by kind, rule and operator; never a value, never a place.
#[must_use]
pub fn counted(findings: &[Finding]) -> Vec<FindingCount> {
    let mut counts = std::collections::BTreeMap::new();
    for finding in findings {
        *counts.entry((&finding.kind, &finding.rule, finding.operator)).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|((kind, rule, operator), count)| FindingCount { kind: kind.clone(), rule: rule.clone(), operator, count })
        .collect()
}

/// A finding with the words it stands for: for the owner of the text alone, never for a log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundValue {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The words.
    pub text: String,
}

/// The words of findings that are in the order of their starts, in one pass over the text.
#[must_use]
pub fn with_values(text: &str, findings: Vec<Finding>) -> Vec<FoundValue> {
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let mut seen = 0;
    let mut byte_of = |chars: usize| {
        let at = chars.checked_sub(seen).and_then(|step| starts.nth(step)).unwrap_or(text.len());
        seen = chars + 1;
        at
    };
    let mut last_end = (usize::MAX, 0);
    findings
        .into_iter()
        .map(|finding| {
            // A finding may begin where the one before it ended.
            let from = if finding.span.start == last_end.0 { last_end.1 } else { byte_of(finding.span.start) };
            let to = if finding.span.end > finding.span.start { byte_of(finding.span.end) } else { from };
            last_end = (finding.span.end, to);
            FoundValue { text: text.get(from..to).unwrap_or_default().to_owned(), finding }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::with_values;
    use crate::{Options, find_personal_data};

    #[test]
    fn values_are_what_stands_at_the_findings() {
        let text = "电话13800138000京A12345，邮箱a@b.cn";
        let values: Vec<String> =
            with_values(text, find_personal_data(text, &Options::default())).into_iter().map(|v| v.text).collect();
        assert_eq!(values, ["13800138000", "京A12345", "a@b.cn"]);
    }
}
