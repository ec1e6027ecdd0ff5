//! Screening rules: data an officer can read, test and switch. A bad rule is refused with its file, line and field.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use toml::Spanned;

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
    #[serde(default)]
    rule: Vec<RuleForm>,
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
}

/// Rules, compiled into one automaton.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    patterns: Vec<(usize, Regex)>,
    set: RegexSet,
}

/// The rules that ship.
static BUILT_IN: LazyLock<Rules> = LazyLock::new(|| {
    Rules::parse("policies/guard_rules.toml", include_str!("../../../../policies/guard_rules.toml"))
        .unwrap_or_else(|error| kernel::never!(Rules::closed(), "the shipped rules must parse: {error}"))
});

/// The largest automaton a rule file may become.
const SIZE_LIMIT: usize = 64 << 20;

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
        };
        let patterns = Regex::new("").into_iter().map(|regex| (0, regex)).collect();
        Self { rules: vec![rule], patterns, set: RegexSet::new([""]).unwrap_or_else(|_| RegexSet::empty()) }
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
        let mut patterns = Vec::new();
        for (n, rule) in form.rule.iter().enumerate() {
            let field = |name: &str| format!("rule[{n}].{name}");
            let compile = |name: &str, pattern: &Spanned<String>| {
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
            for pattern in &rule.patterns {
                patterns.push((n, compile("patterns", pattern)?));
            }
            let unless = rule.unless.iter().map(|p| compile("unless", p)).collect::<Result<_, _>>()?;
            rules.push(Rule {
                id: rule.id.as_ref().clone(),
                category: rule.category.as_ref().clone(),
                score: *rule.score.as_ref(),
                action: rule.action,
                everywhere: rule.everywhere,
                unless,
            });
        }
        let set = RegexSetBuilder::new(patterns.iter().map(|(_, regex)| regex.as_str()))
            .multi_line(true)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|e| error(0, "rule".to_owned(), e.to_string()))?;
        Ok(Self { rules, patterns, set })
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that match, each with the first place where it does (bytes).
    pub(crate) fn matches<'r>(&'r self, text: &str) -> Vec<(&'r Rule, std::ops::Range<usize>)> {
        let mut found: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
        for i in &self.set.matches(text) {
            let Some((n, regex)) = self.patterns.get(i) else { continue };
            if let (Some(place), false) = (regex.find(text), found.iter().any(|(m, _)| m == n)) {
                found.push((*n, place.range()));
            }
        }
        found
            .into_iter()
            .filter_map(|(n, place)| Some((self.rules.get(n)?, place)))
            .filter(|(rule, _)| !rule.unless.iter().any(|regex| regex.is_match(text)))
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
