//! Routing: where a question belongs before anything is searched — an emergency, a complaint, a matter of one's own, or
//! nothing of ours. Rules as data (`policies/routing.toml`).
//!
//! A label never carries words of the question. Questions about the law of fires and violence stay answerable: only who
//! speaks of a danger now is sent to the emergency numbers alone.

use std::sync::LazyLock;

use regex::RegexSet;
use serde::{Deserialize, Serialize};

use crate::RefusalCode;

/// Where a question belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It complains or reports: the channels for that are named.
    Complaint,
    /// Somebody may be in danger.
    Emergency,
    /// Nothing of government.
    OutOfScope,
    /// Only the department's own records can say.
    PersonalCase,
    /// It carries a secrecy mark.
    Secrecy,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 5] = [Self::Complaint, Self::Emergency, Self::OutOfScope, Self::PersonalCase, Self::Secrecy];

    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Emergency => "emergency",
            Self::OutOfScope => "out_of_scope",
            Self::PersonalCase => "personal_case",
            Self::Secrecy => "secrecy",
        }
    }

    /// The refusal that ends a question so labelled; a complaint is no reason for one.
    #[must_use]
    pub fn refusal(self) -> Option<RefusalCode> {
        match self {
            Self::Complaint => None,
            Self::Emergency => Some(RefusalCode::Emergency),
            Self::OutOfScope => Some(RefusalCode::OutOfScope),
            Self::PersonalCase => Some(RefusalCode::PersonalCase),
            Self::Secrecy => Some(RefusalCode::SecrecyMark),
        }
    }
}

/// What is done with a question so labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The reader is told, and the question goes on.
    Notice,
    /// The question ends here with the next step.
    Refuse,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    label: Label,
    act: Act,
    any: Vec<String>,
    none: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesText {
    rule: Vec<RuleText>,
}

#[derive(Debug)]
struct Rule {
    label: Label,
    act: Act,
    any: RegexSet,
    none: RegexSet,
}

/// The rules, in order.
#[derive(Debug)]
pub struct Routes(Vec<Rule>);

static BUILT_IN: LazyLock<Routes> =
    LazyLock::new(|| Routes::parse(include_str!("../../../policies/routing.toml")).unwrap_or(Routes(Vec::new())));

impl Routes {
    /// The rules that ship.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads rules; says what is wrong with them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text: RulesText = toml::from_str(text).map_err(|error| error.to_string())?;
        let set = |patterns: &[String]| RegexSet::new(patterns).map_err(|error| error.to_string());
        let rule = |rule: &RuleText| {
            Ok(Rule { label: rule.label, act: rule.act, any: set(&rule.any)?, none: set(&rule.none)? })
        };
        text.rule.iter().map(rule).collect::<Result<_, String>>().map(Self)
    }

    /// Where a question belongs; `None` for an ordinary one.
    #[must_use]
    pub fn route(&self, question: &str) -> Option<(Label, Act)> {
        let plain: String = question.chars().filter(|c| !c.is_whitespace()).collect();
        let speaks = |rule: &&Rule| rule.any.is_match(&plain) && !rule.none.is_match(&plain);
        self.0.iter().find(speaks).map(|rule| (rule.label, rule.act))
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Label, Routes};

    #[test]
    fn danger_now_goes_to_the_numbers_and_questions_of_law_go_on() {
        let routes = Routes::parse(include_str!("../../../policies/routing.toml")).unwrap();
        let emergency = Some((Label::Emergency, Act::Refuse));
        for text in
            ["邻居家着火了，怎么办", "我不想活了", "有人正在被打，快来", "我朋友想跳楼", "孩子触电了怎么办！", "救命啊"]
        {
            assert_eq!(routes.route(text), emergency, "{text}");
        }
        let told = Some((Label::Emergency, Act::Notice));
        for text in [
            "火灾后保险怎么赔付？",
            "遭受家庭暴力可以申请人身安全保护令吗？",
            "房子着火了，物业有没有责任，法律怎么规定？",
        ] {
            assert_eq!(routes.route(text), told, "{text}");
        }
        assert_eq!(routes.route("帮我查一下我的公积金余额"), Some((Label::PersonalCase, Act::Refuse)));
        assert_eq!(routes.route("我的低保申请批下来了吗"), Some((Label::PersonalCase, Act::Refuse)));
        assert_eq!(routes.route("写一首关于春天的诗"), Some((Label::OutOfScope, Act::Refuse)));
        assert_eq!(routes.route("怎么举报欠薪的单位？"), Some((Label::Complaint, Act::Notice)));
        for text in [
            "公积金余额怎么查询？",
            "试用期最长可以约定多久？",
            "行政许可申请材料不齐全，应当怎样告知申请人？",
            "今天天气怎么样",
        ] {
            assert_eq!(routes.route(text), None, "{text}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_read_says_so() {
        assert!(Routes::parse("[[rule]]\nlabel = \"weather\"\nact = \"notice\"\nany = []\nnone = []\n").is_err());
        assert!(
            Routes::parse("[[rule]]\nlabel = \"complaint\"\nact = \"notice\"\nany = [\"(\"]\nnone = []\n").is_err()
        );
    }
}
