//! The reply to a caller (答复): a draft from the cited answer, and the check of what a department wrote — complete,
//! relevant, with a basis, in time.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::likeness::shared;
use crate::policy::Policy;

/// The shortest reply that can say what was found and what was done.
const LEAST_CHARS: usize = 40;
/// A reply that shares less of its pairs of characters with its appeal speaks of something else (docs/benchmarks.md).
const LEAST_SHARED: f32 = 0.08;

/// One quality of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyCheck {
    /// `complete`, `relevant`, `basis` or `timely`.
    pub quality: String,
    /// Whether it has it.
    pub ok: bool,
    /// What is missing, as codes: `result`, `investigation`, `next_step`, `length`, `promise`.
    pub missing: Vec<String>,
}

/// An article a reply may rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// The title of the document.
    pub document: String,
    /// The article.
    pub label: String,
    /// Its words.
    pub quote: String,
}

/// Checks a reply before it goes out.
#[must_use]
pub fn check(policy: &Policy, appeal: &str, reply: &str, due: Option<Timestamp>, now: Timestamp) -> Vec<ReplyCheck> {
    let terms = &policy.settings.reply;
    let has = |words: &[String]| words.iter().any(|word| reply.contains(word.as_str()));
    let mut missing = Vec::new();
    if reply.chars().filter(|c| !c.is_whitespace()).count() < LEAST_CHARS {
        missing.push("length");
    }
    for (code, words) in
        [("investigation", &terms.investigation), ("result", &terms.result), ("next_step", &terms.next_step)]
    {
        if !has(words) {
            missing.push(code);
        }
    }
    // 「已阅」「请耐心等待」 is no answer, whatever stands around it.
    if has(&terms.empty) && !has(&terms.result) {
        missing.push("promise");
    }
    let as_check = |quality: &str, missing: Vec<&str>| ReplyCheck {
        quality: quality.to_owned(),
        ok: missing.is_empty(),
        missing: missing.into_iter().map(str::to_owned).collect(),
    };
    vec![
        as_check("complete", missing),
        as_check("relevant", if is_relevant(policy, appeal, reply) { vec![] } else { vec!["subject"] }),
        as_check("basis", if cites(policy, reply) { vec![] } else { vec!["article"] }),
        as_check("timely", if due.is_none_or(|due| now <= due) { vec![] } else { vec!["late"] }),
    ]
}

/// Whether a reply speaks of what was asked: it shares words of weight with the appeal.
#[must_use]
pub fn is_relevant(policy: &Policy, appeal: &str, reply: &str) -> bool {
    shared(appeal, reply, &policy.settings.hot.stop) >= LEAST_SHARED
}

/// Whether a reply names a rule: 《…》, 第…条, or the words by which a rule is named.
fn cites(policy: &Policy, reply: &str) -> bool {
    let titled = reply.split_once('《').is_some_and(|(_, rest)| rest.contains('》'));
    let article = reply.split('第').skip(1).any(|rest| rest.chars().take(12).any(|c| c == '条'));
    titled || article || policy.settings.reply.basis.iter().any(|word| reply.contains(word.as_str()))
}

/// A draft of the reply in the city's form: the matter, what is to be found out, the rule, where to turn.
#[must_use]
pub fn draft(policy: &Policy, summary: &str, department: &str, bases: &[Basis]) -> String {
    let terms = &policy.settings.reply;
    let named: String = bases
        .iter()
        .take(2)
        .map(|basis| {
            terms
                .template_basis
                .replace("{document}", &basis.document)
                .replace("{label}", &basis.label)
                .replace("{quote}", &basis.quote)
        })
        .collect();
    terms
        .template
        .replace("{summary}", summary.trim_end_matches(['。', '！', '？', '；']))
        .replace("{department}", department)
        .replace("{basis}", &named)
}

#[cfg(test)]
mod tests {
    use super::{Basis, check, draft};
    use crate::policy::tests::policy;
    use kernel::Timestamp;

    const APPEAL: &str = "阳光花园小区3栋电梯坏了三天，物业一直不修";

    fn missing(reply: &str, late: bool) -> String {
        let now = Timestamp::from_millis(1_000_000);
        let due = Timestamp::from_millis(if late { 0 } else { 2_000_000 });
        check(&policy(), APPEAL, reply, Some(due), now)
            .into_iter()
            .filter(|check| !check.ok)
            .map(|check| format!("{}:{}", check.quality, check.missing.join(",")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_reply_is_checked_for_what_callers_complain_about() {
        let good = "您好，您反映的阳光花园小区3栋电梯故障问题收悉。经我局现场核实，3栋电梯因主板损坏停运。依据《中华人民共和国特种设备安全法》第四十条，已责令物业于11月27日前修复，现已恢复运行。如有疑问请拨打028-00000000。";
        assert_eq!(missing(good, false), "");
        assert_eq!(missing(good, true), "timely:late");
        assert_eq!(
            missing("已阅，请耐心等待。", false),
            "complete:length,investigation,result,next_step,promise relevant:subject basis:article"
        );
        let other = "您好，您咨询的养老保险问题收悉。经核实，根据有关规定，灵活就业人员可以在户籍地参保，已为您登记。如有疑问请拨打12333咨询，感谢支持。";
        assert_eq!(missing(other, false), "relevant:subject");
    }

    #[test]
    fn a_draft_names_the_matter_and_the_rule_and_leaves_the_facts_open() {
        let basis =
            Basis {
                document: "物业管理条例".into(), label: "第三十五条".into(), quote: "物业服务企业应当……".into()
            };
        let text = draft(&policy(), APPEAL, "市场监督管理局", &[basis]);
        assert!(text.contains(APPEAL) && text.contains("《物业管理条例》第三十五条"), "{text}");
        assert!(text.contains("____") && !text.contains('{'), "{text}");
    }
}
