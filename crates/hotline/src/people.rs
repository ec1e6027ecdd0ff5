//! Who calls (来电人): name, number and papers in what was said, shown masked unless a recorded reason opens them.

use guard::{Kind, Options, with_values};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::draft::Flag;
use crate::policy::Policy;

/// A caller, in full. Never serialised into a view but through [`Caller::masked`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caller {
    /// The name, or the family name.
    pub name: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The resident identity number, when one was given and is sound.
    pub id_card: Option<String>,
    /// Whether the caller wants no name taken.
    pub anonymous: bool,
}

impl Caller {
    /// As it may be shown without a reason: 张**, 138****8000.
    #[must_use]
    pub fn masked(&self) -> Self {
        let name = self.name.as_ref().map(|name| {
            let first: String = name.chars().take(1).collect();
            format!("{first}{}", "*".repeat(name.chars().count().saturating_sub(1).max(1)))
        });
        Self {
            name,
            phone: self.phone.as_deref().map(ends),
            id_card: self.id_card.as_deref().map(ends),
            anonymous: self.anonymous,
        }
    }

    /// Whether nothing is known of who calls.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.name.is_none() && self.phone.is_none() && self.id_card.is_none()
    }
}

/// The first three and the last four characters.
pub(crate) fn ends(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    if chars.len() < 8 {
        return "*".repeat(chars.len());
    }
    let head: String = chars.iter().take(3).collect();
    let tail: String = chars.iter().skip(chars.len() - 4).collect();
    format!("{head}{}{tail}", "*".repeat(chars.len() - 7))
}

/// The caller in a text, and what a person should look at.
pub(crate) fn caller(policy: &Policy, text: &str, now: Timestamp) -> (Caller, Vec<Flag>) {
    let kinds = vec![Kind::PersonName, Kind::Mobile, Kind::Landline, Kind::IdCard];
    let options = Options { today: Some(now.date()), kinds, ..Options::default() };
    let found = with_values(text, guard::find_personal_data(text, &options));
    let first = |kind: Kind| found.iter().find(|f| f.finding.kind == kind.as_str()).map(|f| f.text.clone());
    let introduced = introduced(policy, text);
    let name = match introduced {
        // What follows `我叫` is a name; the recogniser knows where it ends.
        Some(start) => found
            .iter()
            .find(|f| f.finding.kind == Kind::PersonName.as_str() && start.starts_with(f.text.as_str()))
            .map(|f| f.text.clone())
            .or_else(|| start.chars().next().filter(|c| is_han(*c)).map(String::from)),
        None => None,
    };
    let anonymous = policy.settings.secrecy.words.iter().any(|word| word.as_str() == "匿名" && text.contains("匿名"));
    let caller = Caller {
        name: if anonymous { None } else { name },
        phone: first(Kind::Mobile).or_else(|| first(Kind::Landline)),
        id_card: first(Kind::IdCard),
        anonymous,
    };
    (caller, wrong_identity_numbers(text, &found))
}

/// What follows the words by which somebody says a name.
fn introduced<'t>(policy: &Policy, text: &'t str) -> Option<&'t str> {
    policy.heard("name").iter().filter_map(|word| text.split_once(word.as_str()).map(|(_, rest)| rest)).next()
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Numbers that look like a resident identity number and are none: the place is named, the digits are not.
fn wrong_identity_numbers(text: &str, found: &[guard::FoundValue]) -> Vec<Flag> {
    let chars: Vec<char> = text.chars().collect();
    let mut flags = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let run = chars.iter().skip(at).take_while(|c| c.is_ascii_digit()).count();
        if run == 0 {
            at += 1;
            continue;
        }
        let last = chars.get(at + run).copied();
        let length = run + usize::from(run == 17 && matches!(last, Some('x' | 'X')));
        let known = found.iter().any(|f| f.finding.span.start <= at && at < f.finding.span.end);
        // 15, 17 and 19 digits: one lost, one too many, or the old form that the guard did not know.
        if !known && (length == 18 || (run == 17 && length == 17) || run == 19) {
            let number: String = chars.iter().skip(at).take(length).collect();
            let code = match (length, guard::identity_check(&number)) {
                (18, Some(false)) => "id_check_digit",
                (18, _) => "id_not_sound",
                _ => "id_length",
            };
            flags.push(Flag::new(code, ends(&number)));
        }
        at += length.max(1);
    }
    flags
}
