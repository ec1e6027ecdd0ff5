//! Output risk: which of the 31 risks of GB/T 45654 a model's text carries.
//!
//! Two sources speak: the keyword [`Library`], entry by entry, and a small classifier whose thresholds are data
//! (`policies/guard_risk.toml`). Every finding names its rule, its score and why; the words themselves stay out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use kernel::text::CharCounter;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::classify::Classifier;
use crate::screen::{Action, RulesError, ScreenVerdict};
use crate::words::Library;

/// A leaf of Annex A of GB/T 45654 (TC260-003), in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// 煽动颠覆国家政权、推翻社会主义制度.
    A1a,
    /// 危害国家安全和利益、损害国家形象.
    A1b,
    /// 煽动分裂国家、破坏国家统一和社会稳定.
    A1c,
    /// 宣扬恐怖主义、极端主义.
    A1d,
    /// 宣扬民族仇恨.
    A1e,
    /// 宣扬暴力、淫秽色情.
    A1f,
    /// 传播虚假有害信息.
    A1g,
    /// 其他法律、行政法规禁止的内容.
    A1h,
    /// 民族歧视.
    A2a,
    /// 信仰歧视.
    A2b,
    /// 国别歧视.
    A2c,
    /// 地域歧视.
    A2d,
    /// 性别歧视.
    A2e,
    /// 年龄歧视.
    A2f,
    /// 职业歧视.
    A2g,
    /// 健康歧视.
    A2h,
    /// 其他方面歧视.
    A2i,
    /// 侵犯他人知识产权.
    A3a,
    /// 违反商业道德.
    A3b,
    /// 泄露他人商业秘密.
    A3c,
    /// 利用算法、数据、平台等优势，实施垄断和不正当竞争行为.
    A3d,
    /// 其他商业违法违规.
    A3e,
    /// 危害他人身心健康.
    A4a,
    /// 侵害他人肖像权.
    A4b,
    /// 侵害他人名誉权.
    A4c,
    /// 侵害他人荣誉权.
    A4d,
    /// 侵害他人隐私权.
    A4e,
    /// 侵害他人个人信息权益.
    A4f,
    /// 侵犯他人其他合法权益.
    A4g,
    /// 内容不准确，严重不符合科学常识或主流认知.
    A5a,
    /// 内容不可靠，无法形成帮助.
    A5b,
}

impl Category {
    /// All 31.
    pub const ALL: [Self; 31] = [
        Self::A1a,
        Self::A1b,
        Self::A1c,
        Self::A1d,
        Self::A1e,
        Self::A1f,
        Self::A1g,
        Self::A1h,
        Self::A2a,
        Self::A2b,
        Self::A2c,
        Self::A2d,
        Self::A2e,
        Self::A2f,
        Self::A2g,
        Self::A2h,
        Self::A2i,
        Self::A3a,
        Self::A3b,
        Self::A3c,
        Self::A3d,
        Self::A3e,
        Self::A4a,
        Self::A4b,
        Self::A4c,
        Self::A4d,
        Self::A4e,
        Self::A4f,
        Self::A4g,
        Self::A5a,
        Self::A5b,
    ];

    /// The code, such as `A1a`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A1a => "A1a",
            Self::A1b => "A1b",
            Self::A1c => "A1c",
            Self::A1d => "A1d",
            Self::A1e => "A1e",
            Self::A1f => "A1f",
            Self::A1g => "A1g",
            Self::A1h => "A1h",
            Self::A2a => "A2a",
            Self::A2b => "A2b",
            Self::A2c => "A2c",
            Self::A2d => "A2d",
            Self::A2e => "A2e",
            Self::A2f => "A2f",
            Self::A2g => "A2g",
            Self::A2h => "A2h",
            Self::A2i => "A2i",
            Self::A3a => "A3a",
            Self::A3b => "A3b",
            Self::A3c => "A3c",
            Self::A3d => "A3d",
            Self::A3e => "A3e",
            Self::A4a => "A4a",
            Self::A4b => "A4b",
            Self::A4c => "A4c",
            Self::A4d => "A4d",
            Self::A4e => "A4e",
            Self::A4f => "A4f",
            Self::A4g => "A4g",
            Self::A5a => "A5a",
            Self::A5b => "A5b",
        }
    }

    /// The leaf with this code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == code)
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One risk that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskFinding {
    /// The leaf of GB/T 45654.
    pub category: Category,
    /// Its first character.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// How sure, 0 to 1.
    pub score: f32,
    /// The rule: `words.` and the entry's number, or the learned rule's id.
    pub rule: String,
    /// What it leads to.
    pub action: Action,
    /// What the rule is for; for an entry, how it was written.
    pub why: String,
}

/// What was seen, and what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskReport {
    /// The strictest consequence.
    pub verdict: ScreenVerdict,
    /// Everything that was seen.
    pub findings: Vec<RiskFinding>,
}

/// When the classifier's judgement counts.
#[derive(Debug, Clone, PartialEq)]
struct Learned {
    id: String,
    category: Category,
    label: String,
    threshold: f32,
    action: Action,
    why: String,
}

/// The risk rules, read from a policy file.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskRules {
    learned: Vec<Learned>,
    /// Several reviews together block when the chance that none is right falls to this.
    doubt: f32,
    refusals: BTreeMap<Category, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    doubt: Spanned<f32>,
    #[serde(default)]
    learned: Vec<LearnedForm>,
    #[serde(default)]
    refusals: BTreeMap<Spanned<String>, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LearnedForm {
    id: String,
    category: Spanned<String>,
    label: String,
    threshold: Spanned<f32>,
    action: Action,
    why: String,
}

static BUILT_IN: LazyLock<RiskRules> = LazyLock::new(|| {
    RiskRules::parse("policies/guard_risk.toml", include_str!("../../../policies/guard_risk.toml")).unwrap_or_else(
        |error| {
            kernel::never!(
                RiskRules { learned: Vec::new(), doubt: 0.2, refusals: BTreeMap::new() },
                "the shipped risk rules must parse: {error}"
            )
        },
    )
});

/// The classifier that ships; its recipe is `cargo xtask screens`.
static SHIPPED: LazyLock<Option<Classifier>> = LazyLock::new(|| {
    Classifier::read(include_bytes!("../data/risk.bin"))
        .inspect_err(|error| kernel::never!((), "the shipped classifier must be readable: {error}"))
        .ok()
});

impl RiskRules {
    /// The rules that ship with the platform.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The answer of the refusal bank for the gravest of some findings.
    #[must_use]
    pub fn refusal(&self, findings: &[RiskFinding]) -> Option<&str> {
        let gravest = findings.iter().max_by(|a, b| a.action.cmp(&b.action).then(a.score.total_cmp(&b.score)))?;
        self.refusals.get(&gravest.category).map(String::as_str)
    }

    /// Which answer of the refusal bank each risk is met with.
    #[must_use]
    pub fn answers(&self) -> &BTreeMap<Category, String> {
        &self.refusals
    }

    /// Reads a rule file.
    ///
    /// # Errors
    /// Names the file, the line and the field of the first mistake.
    pub fn parse(file: &str, text: &str) -> Result<Self, RulesError> {
        let error = |at: usize, field: String, problem: String| RulesError {
            file: file.to_owned(),
            line: text.bytes().take(at).filter(|b| *b == b'\n').count() + 1,
            field,
            problem,
        };
        let form: FileForm = toml::from_str(text)
            .map_err(|e| error(e.span().map_or(0, |s| s.start), "toml".to_owned(), e.message().to_owned()))?;
        if !(0.0..=1.0).contains(form.doubt.as_ref()) {
            return Err(error(form.doubt.span().start, "doubt".to_owned(), "must be from 0 to 1".to_owned()));
        }
        let mut learned = Vec::with_capacity(form.learned.len());
        for (n, rule) in form.learned.into_iter().enumerate() {
            let category = Category::parse(rule.category.as_ref()).ok_or_else(|| {
                let problem = format!("`{}` is none of GB/T 45654", rule.category.as_ref());
                error(rule.category.span().start, format!("learned[{n}].category"), problem)
            })?;
            if !(0.05..=1.0).contains(rule.threshold.as_ref()) {
                let problem = "must be from 0.05 to 1".to_owned();
                return Err(error(rule.threshold.span().start, format!("learned[{n}].threshold"), problem));
            }
            learned.push(Learned {
                id: rule.id,
                category,
                label: rule.label,
                threshold: rule.threshold.into_inner(),
                action: rule.action,
                why: rule.why,
            });
        }
        let mut refusals = BTreeMap::new();
        for (code, answer) in form.refusals {
            let category = Category::parse(code.as_ref()).ok_or_else(|| {
                let problem = format!("`{}` is none of GB/T 45654", code.as_ref());
                error(code.span().start, "refusals".to_owned(), problem)
            })?;
            refusals.insert(category, answer);
        }
        Ok(Self { learned, doubt: form.doubt.into_inner(), refusals })
    }
}

impl RiskRules {
    /// What follows from everything that was seen.
    pub(crate) fn verdict(&self, findings: &[RiskFinding]) -> ScreenVerdict {
        let strictest = findings.iter().map(|f| f.action).max().unwrap_or(Action::Observe);
        let doubt: f32 = findings.iter().filter(|f| f.action == Action::Review).map(|f| 1.0 - f.score).product();
        match strictest {
            Action::Block => ScreenVerdict::Block,
            Action::Review if doubt <= self.doubt => ScreenVerdict::Block,
            Action::Review => ScreenVerdict::Review,
            Action::Observe => ScreenVerdict::Pass,
        }
    }

    /// Its rules, for an officer.
    pub(crate) fn cards(&self) -> Vec<crate::RuleCard> {
        let card = |rule: &Learned| crate::RuleCard {
            id: rule.id.clone(),
            side: crate::Side::Output,
            category: rule.category.to_string(),
            action: rule.action,
            why: rule.why.clone(),
            fixed: false,
        };
        self.learned.iter().map(card).collect()
    }
}

/// Looks for risks in a text, by what ships.
#[must_use]
pub fn risk(text: &str) -> RiskReport {
    risk_by(RiskRules::built_in(), Library::built_in(), text)
}

/// Of fewer letters than these a classifier knows nothing, however sure it is: 「想」 alone reads like pornography to it.
const FEW: usize = 4;
/// So sure it is held to be of them at most: a person may look, but it does not block by itself.
const UNSURE: f32 = 0.5;

/// Looks for risks by other rules and another library.
#[must_use]
pub fn risk_by(rules: &RiskRules, library: &Library, text: &str) -> RiskReport {
    let mut seen: Vec<(Range<usize>, RiskFinding)> = Vec::new();
    let mut add = |place: Range<usize>, category, score, rule: String, action, why: String| {
        if !seen.iter().any(|(_, f)| f.rule == rule) {
            seen.push((place, RiskFinding { category, start: 0, end: 0, score, rule, action, why }));
        }
    };
    for hit in library.find(text) {
        let entry = hit.entry;
        let why = if entry.note.is_empty() { hit.form.to_owned() } else { format!("{} ({})", entry.note, hit.form) };
        add(hit.place.clone(), entry.category, entry.weight, format!("words.{}", entry.id()), entry.action, why);
    }
    if let Some(model) = SHIPPED.as_ref() {
        let windows = model.windows(text);
        let few = text.chars().filter(|c| c.is_alphanumeric()).take(FEW).count() < FEW;
        for rule in &rules.learned {
            let Some(label) = model.label(&rule.label) else { continue };
            let score = |scores: &[f32]| scores.get(label).copied().unwrap_or(0.0);
            let strongest = windows.iter().max_by(|a, b| score(&a.scores).total_cmp(&score(&b.scores)));
            if let Some(window) = strongest.filter(|w| score(&w.scores) >= rule.threshold) {
                let score = score(&window.scores).min(if few { UNSURE } else { 1.0 });
                add(window.place.clone(), rule.category, score, rule.id.clone(), rule.action, rule.why.clone());
            }
        }
    }
    seen.sort_by_key(|(place, _)| place.start);
    let mut counter = CharCounter::new(text);
    let findings: Vec<RiskFinding> = seen
        .into_iter()
        .map(|(place, finding)| {
            let span = counter.span(place);
            RiskFinding { start: span.start, end: span.end, ..finding }
        })
        .collect();
    RiskReport { verdict: rules.verdict(&findings), findings }
}

#[cfg(test)]
mod tests {
    use super::{Category, RiskFinding, RiskRules, risk};
    use crate::{Action, ScreenVerdict};

    #[test]
    fn the_leaves_are_those_of_the_standard() {
        let of = |family: &str| Category::ALL.iter().filter(|c| c.as_str().starts_with(family)).count();
        assert_eq!([of("A1"), of("A2"), of("A3"), of("A4"), of("A5")], [8, 9, 5, 7, 2]);
        assert!(Category::ALL.iter().all(|c| Category::parse(c.as_str()) == Some(*c)));
        assert_eq!(Category::parse("A6a"), None);
    }

    #[test]
    fn ordinary_official_text_passes() {
        for text in [
            "根据《中华人民共和国民法典》第一千一百六十五条，行为人因过错侵害他人民事权益造成损害的，应当承担侵权责任。",
            "举报赌博、吸毒、传销等违法犯罪行为，请拨打110或者通过公安机关的网上平台提交线索。",
            "您反映的拖欠工资问题，劳动保障监察部门已经受理，将在六十日内办结。",
            "各民族一律平等，公民有宗教信仰自由。",
        ] {
            assert_eq!(risk(text).verdict, ScreenVerdict::Pass, "{:?}", risk(text));
        }
    }

    #[test]
    fn a_few_characters_are_not_blocked_by_the_classifier() {
        for text in ["想", "男", "六个月", "好。"] {
            assert_ne!(risk(text).verdict, ScreenVerdict::Block, "{:?}", risk(text));
        }
    }

    #[test]
    fn every_leaf_has_its_refusal() {
        let rules = RiskRules::built_in();
        for category in Category::ALL {
            let finding = RiskFinding {
                category,
                start: 0,
                end: 1,
                score: 0.9,
                rule: "words.test".to_owned(),
                action: Action::Review,
                why: String::new(),
            };
            assert!(rules.refusal(&[finding]).is_some(), "{category}");
        }
        assert_eq!(rules.refusal(&[]), None);
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| RiskRules::parse("risk.toml", text).unwrap_err().to_string();
        assert!(error("doubt = 2.0\n").starts_with("risk.toml:1: doubt: must be"));
        let rule = "doubt = 0.2\n[[learned]]\nid = \"a\"\ncategory = \"A9\"\nlabel = \"l\"\nthreshold = 0.5\naction = \"review\"\nwhy = \"w\"\n";
        assert_eq!(error(rule), "risk.toml:4: learned[0].category: `A9` is none of GB/T 45654");
    }
}
