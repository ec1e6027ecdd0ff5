//! The sentences for people beside a validity. Their wording is data, not code.

use std::collections::HashMap;
use std::sync::LazyLock;

use kernel::Date;

use crate::conflicts::ConflictRule;

static NOTES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| include_str!("../data/notes.txt").lines().filter_map(|line| line.split_once(" = ")).collect());

fn note(key: &str, by: &str, day: Date) -> String {
    let day = if day == Date::MIN { String::new() } else { day.to_string() };
    NOTES.get(key).copied().unwrap_or(key).replace("{by}", by).replace("{day}", &day)
}

pub(crate) fn not_yet(from: Date) -> String {
    note("not_yet", "", from)
}

pub(crate) fn superseded(until: Date) -> String {
    note(if until == Date::MIN { "replaced" } else { "superseded" }, "", until)
}

pub(crate) fn repealed(by: &str, until: Date) -> String {
    note(if until == Date::MIN { "repealed_undated" } else { "repealed" }, by, until)
}

pub(crate) fn expired(until: Date) -> String {
    note("expired", "", until)
}

/// Which of two texts prevails, and by which rule.
pub(crate) fn conflict(rule: ConflictRule, winner: &str, loser: &str) -> String {
    let key = match rule {
        ConflictRule::HigherAuthority => "rule_higher_authority",
        ConflictRule::Newer => "rule_newer",
        ConflictRule::Special => "rule_special",
    };
    note(key, winner, Date::MIN).replace("{other}", loser)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_note_has_its_words() {
        let day = "2021-01-01".parse().unwrap();
        assert_eq!(super::repealed("民法典", day), "自2021-01-01起被《民法典》废止");
        for text in
            [super::not_yet(day), super::superseded(day), super::superseded(kernel::Date::MIN), super::expired(day)]
        {
            assert!(!text.is_ascii() && !text.contains('{'), "{text}");
        }
    }
}
