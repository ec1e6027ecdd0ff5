//! Screening rules: data an officer can read, test and switch. A bad rule is refused with its file, line and field.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::needs::Needs;
use crate::variants::{Sounds, is_han};

/// What a hit leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is counted, nothing else.
    Observe,
    /// A person should look.
    Review,
    /// It goes no further.
    Block,
}

/// A rule file that cannot be used. Nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {problem}")]
pub struct RulesError {
    /// The file's name as given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The field, such as `rule[3].patterns`.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl kernel::Fault for RulesError {
    fn kind(&self) -> kernel::Kind {
        kernel::Kind::Invalid
    }

    fn code(&self) -> &'static str {
        "guard.rules_invalid"
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    /// Words that are recognised by their sound too.
    #[serde(default)]
    sounds_like: Vec<Spanned<String>>,
    #[serde(default)]
    rule: Vec<RuleForm>,
    #[serde(default)]
    learned: Vec<LearnedForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LearnedForm {
    id: Spanned<String>,
    category: Spanned<String>,
    label: Spanned<String>,
    threshold: Spanned<f32>,
    threshold_latin: Spanned<f32>,
    threshold_context: Option<Spanned<f32>>,
    action: Action,
    why: Spanned<String>,
}

/// When the screening classifier's judgement counts.
#[derive(Debug)]
pub(crate) struct Learned {
    pub id: String,
    pub category: String,
    /// The label of the classifier whose probability is asked; `none` asks for its opposite.
    pub label: String,
    pub threshold: f32,
    /// In texts that are mostly Latin letters.
    pub threshold_latin: f32,
    /// In pasted and retrieved text; it is not asked there when absent.
    pub threshold_context: Option<f32>,
    pub action: Action,
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    id: Spanned<String>,
    category: Spanned<String>,
    patterns: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
    score: Spanned<f32>,
    action: Action,
    why: Spanned<String>,
    #[serde(default)]
    everywhere: bool,
}

/// One rule, ready.
#[derive(Debug)]
pub(crate) struct Rule {
    pub id: String,
    pub category: String,
    pub score: f32,
    pub action: Action,
    /// Also asked of pasted and retrieved text, where role words are common and harmless.
    pub everywhere: bool,
    pub unless: Vec<Regex>,
    pub why: String,
}

/// Rules, compiled into one automaton.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    /// The patterns of each rule. Each runs alone: it skips to its first letters, and together they would have a state
    /// for every mixture of half-read patterns.
    patterns: Vec<Vec<Regex>>,
    /// What a text must hold before a pattern is asked of it; the patterns of all rules in order.
    needs: Needs,
    pub(crate) learned: Vec<Learned>,
    pub(crate) sounds: Sounds,
}

/// The rules that ship.
static BUILT_IN: LazyLock<Rules> = LazyLock::new(|| {
    Rules::parse("policies/guard_rules.toml", include_str!("../../../../policies/guard_rules.toml"))
        .unwrap_or_else(|error| kernel::never!(Rules::closed(), "the shipped rules must parse: {error}"))
});

/// The longest pattern.
const PATTERN_BYTES: usize = 8 << 10;

impl Rules {
    /// The rules that ship with the platform.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// One rule that blocks everything: what is left when the shipped rules cannot be read.
    fn closed() -> Self {
        let rule = Rule {
            id: "rules.unreadable".to_owned(),
            category: "configuration".to_owned(),
            score: 1.0,
            action: Action::Block,
            everywhere: true,
            unless: Vec::new(),
            why: "The screening rules could not be read.".to_owned(),
        };
        let patterns = vec![Regex::new("").into_iter().collect()];
        Self { rules: vec![rule], patterns, needs: Needs::default(), learned: Vec::new(), sounds: Sounds::new([]) }
    }

    /// Reads a rule file. Patterns are regular expressions without look-around: they run in linear time, all at once,
    /// over the normalised text (half-width, lower case).
    ///
    /// # Errors
    /// Names the file, the line and the field of the first mistake.
    pub fn parse(file: &str, text: &str) -> Result<Self, RulesError> {
        let line_of = |at: usize| text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let error = |at: usize, field: String, problem: String| RulesError {
            file: file.to_owned(),
            line: line_of(at),
            field,
            problem,
        };
        let form: FileForm = toml::from_str(text)
            .map_err(|e| error(e.span().map_or(0, |s| s.start), "toml".to_owned(), e.message().to_owned()))?;
        let mut rules: Vec<Rule> = Vec::with_capacity(form.rule.len());
        let mut patterns: Vec<Vec<Regex>> = Vec::with_capacity(form.rule.len());
        for (n, rule) in form.rule.iter().enumerate() {
            let field = |name: &str| format!("rule[{n}].{name}");
            let compile = |name: &str, pattern: &Spanned<String>| {
                if pattern.as_ref().len() > PATTERN_BYTES {
                    let problem = format!("is longer than {PATTERN_BYTES} bytes");
                    return Err(error(pattern.span().start, field(name), problem));
                }
                // A Unicode word boundary would leave the fast automaton; Chinese has no such boundaries.
                let source = pattern.as_ref().replace(r"\b", r"(?-u:\b)");
                let regex = RegexBuilder::new(&source).size_limit(4 << 20).multi_line(true).build().map_err(|e| {
                    let problem = e.to_string().lines().last().unwrap_or_default().to_owned();
                    error(pattern.span().start, field(name), problem)
                })?;
                if regex.is_match("") {
                    return Err(error(pattern.span().start, field(name), "matches the empty text".to_owned()));
                }
                Ok(regex)
            };
            for (name, value) in [("id", &rule.id), ("category", &rule.category), ("why", &rule.why)] {
                if value.as_ref().trim().is_empty() {
                    return Err(error(value.span().start, field(name), "is empty".to_owned()));
                }
            }
            if rules.iter().any(|r| r.id == *rule.id.as_ref()) {
                return Err(error(rule.id.span().start, field("id"), format!("`{}` is there twice", rule.id.as_ref())));
            }
            if !(0.0..=1.0).contains(rule.score.as_ref()) {
                return Err(error(rule.score.span().start, field("score"), "must be from 0 to 1".to_owned()));
            }
            if rule.patterns.is_empty() {
                return Err(error(rule.id.span().start, field("patterns"), "is empty".to_owned()));
            }
            patterns.push(rule.patterns.iter().map(|p| compile("patterns", p)).collect::<Result<_, _>>()?);
            let unless = rule.unless.iter().map(|p| compile("unless", p)).collect::<Result<_, _>>()?;
            rules.push(Rule {
                id: rule.id.as_ref().clone(),
                category: rule.category.as_ref().clone(),
                score: *rule.score.as_ref(),
                action: rule.action,
                everywhere: rule.everywhere,
                unless,
                why: rule.why.as_ref().clone(),
            });
        }
        let mut learned: Vec<Learned> = Vec::with_capacity(form.learned.len());
        for (n, rule) in form.learned.iter().enumerate() {
            let field = |name: &str| format!("learned[{n}].{name}");
            for (name, value) in
                [("id", &rule.id), ("category", &rule.category), ("label", &rule.label), ("why", &rule.why)]
            {
                if value.as_ref().trim().is_empty() {
                    return Err(error(value.span().start, field(name), "is empty".to_owned()));
                }
            }
            if rules.iter().any(|r| r.id == *rule.id.as_ref()) || learned.iter().any(|r| r.id == *rule.id.as_ref()) {
                return Err(error(rule.id.span().start, field("id"), format!("`{}` is there twice", rule.id.as_ref())));
            }
            let thresholds = [
                ("threshold", Some(&rule.threshold)),
                ("threshold_latin", Some(&rule.threshold_latin)),
                ("threshold_context", rule.threshold_context.as_ref()),
            ];
            for (name, value) in thresholds.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                if !(0.05..=1.0).contains(value.as_ref()) {
                    return Err(error(value.span().start, field(name), "must be from 0.05 to 1".to_owned()));
                }
            }
            learned.push(Learned {
                id: rule.id.as_ref().clone(),
                category: rule.category.as_ref().clone(),
                label: rule.label.as_ref().clone(),
                threshold: *rule.threshold.as_ref(),
                threshold_latin: *rule.threshold_latin.as_ref(),
                threshold_context: rule.threshold_context.as_ref().map(|t| *t.as_ref()),
                action: rule.action,
                why: rule.why.as_ref().clone(),
            });
        }
        for (n, word) in form.sounds_like.iter().enumerate() {
            if word.as_ref().chars().count() < 2 || !word.as_ref().chars().all(is_han) {
                let problem = "must be at least two Han characters".to_owned();
                return Err(error(word.span().start, format!("sounds_like[{n}]"), problem));
            }
        }
        let sounds = Sounds::new(form.sounds_like.iter().map(|w| w.as_ref().as_str()));
        let mut needs = Needs::default();
        patterns.iter().flatten().for_each(|pattern| needs.add(pattern.as_str()));
        needs.ready();
        Ok(Self { rules, patterns, needs, learned, sounds })
    }

    /// The rules, for an officer.
    pub(crate) fn cards(&self) -> Vec<crate::RuleCard> {
        let card = |id: &str, category: &str, action: Action, why: &str| crate::RuleCard {
            id: id.to_owned(),
            side: crate::Side::Input,
            category: category.to_owned(),
            action,
            why: why.to_owned(),
            fixed: false,
        };
        let written = self.rules.iter().map(|rule| card(&rule.id, &rule.category, rule.action, &rule.why));
        let learned = self.learned.iter().map(|rule| card(&rule.id, &rule.category, rule.action, &rule.why));
        written.chain(learned).collect()
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len() + self.learned.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rules that match, each with the first place where it does (bytes).
    pub(crate) fn matches<'r>(&'r self, text: &str) -> Vec<(&'r Rule, std::ops::Range<usize>)> {
        let held = self.needs.held(text);
        let mut first = 0;
        self.rules
            .iter()
            .zip(&self.patterns)
            .filter_map(|(rule, patterns)| {
                let numbers = first..;
                first += patterns.len();
                let asked = patterns.iter().zip(numbers).filter(|(_, n)| self.needs.may_match(*n, &held));
                let place = asked.map(|(regex, _)| regex.find(text)).find_map(|found| found)?.range();
                (!rule.unless.iter().any(|regex| regex.is_match(text))).then_some((rule, place))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    fn error(text: &str) -> String {
        Rules::parse("rules.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_named_by_file_line_and_field() {
        let rule =
            |extra: &str| format!("[[rule]]\nid = \"a\"\ncategory = \"c\"\naction = \"block\"\nwhy = \"w\"\n{extra}");
        assert_eq!(
            error(&rule("score = 1.0\npatterns = [\"(a\"]\n")),
            "rules.toml:7: rule[0].patterns: error: unclosed group"
        );
        assert_eq!(
            error(&rule("score = 2.0\npatterns = [\"a\"]\n")),
            "rules.toml:6: rule[0].score: must be from 0 to 1"
        );
        assert_eq!(
            error(&rule("score = 1.0\npatterns = [\"a*\"]\n")),
            "rules.toml:7: rule[0].patterns: matches the empty text"
        );
        assert!(
            error(&rule("score = 1.0\npatterns = [\"a\"]\nsevere = true\n"))
                .starts_with("rules.toml:8: toml: unknown field `severe`")
        );
        let twice = rule("score = 1.0\npatterns = [\"a\"]\n").repeat(2);
        assert_eq!(error(&twice), "rules.toml:9: rule[1].id: `a` is there twice");
    }

    #[test]
    fn the_shipped_rules_parse() {
        assert!(Rules::built_in().len() >= 10);
    }
}
