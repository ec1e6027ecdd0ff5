//! Validity (效力): computed from what documents say, never taken from a source's own label.
//!
//! Four things end a version: a newer version of the same title, another document that repeals it by name, its own
//! expiry clause, and a law that is not loaded but known to have taken its place ([`successors`]). Each is read from
//! text; [`windows`] puts them together for one collection.

mod clauses;
mod successors;
mod titles;

use kernel::Date;
use kernel::ids::DocumentId;
use serde::{Deserialize, Serialize};

pub use clauses::{Clauses, RepealClause, read_clauses};
pub use successors::{Successor, successor, successors};
pub use titles::title_key;

/// Whether a text applies at a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 现行有效.
    InForce,
    /// 已修改: a newer version took its place.
    Amended,
    /// 已废止: repealed by another document, or expired.
    Repealed,
    /// 尚未生效.
    NotYetInForce,
    /// The document does not say since when; nothing says that it ended.
    Unknown,
}

/// The answer to "does this apply, and since when?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The status at the date asked.
    pub status: Status,
    /// The first day it applies.
    pub from: Option<Date>,
    /// The first day it no longer applies.
    pub until: Option<Date>,
    /// What ended it, or how `from` is known: a sentence for people.
    pub note: Option<String>,
    /// What took its place, where that is known.
    #[serde(default)]
    pub replaced_by: Option<Replacement>,
}

/// What took the place of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The document, where the collection has it.
    pub document_id: Option<DocumentId>,
    /// Its title.
    pub title: String,
}

/// What a version says about its own time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The normalised title, from [`title_key`].
    pub title: String,
    /// The order in which versions of one title came in.
    pub order: u64,
    /// The first day it applies, when it is known.
    pub from: Option<Date>,
    /// The first day after its own expiry clause.
    pub expires: Option<Date>,
    /// The normalised titles that it repeals as a whole, each with a day where the clause names one of its own.
    pub repeals: Vec<(String, Option<Date>)>,
}

impl Facts {
    /// From when to when the newer version of two applies is a matter of their first days; of two with the same day
    /// the one that came in later counts.
    fn starts(&self) -> Date {
        self.from.unwrap_or(Date::MIN)
    }
}

/// What ends a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The version at this place of the input took its place.
    Superseded(usize),
    /// The version at this place of the input repeals it.
    Repealed(usize),
    /// Its own clause.
    Expired,
    /// A law that is not loaded, from the list of [`successors`].
    Listed(&'static Successor),
}

/// When a version applies: from `from` (included) until `until` (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day it applies; [`Date::MIN`] when it is not known.
    pub from: Date,
    /// The first day it no longer applies; [`Date::MAX`] when nothing ends it.
    pub until: Date,
    /// What ends it.
    pub ending: Option<Ending>,
}

impl Window {
    /// Whether it applies at `day`.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day < self.until
    }

    /// The status at `day`.
    #[must_use]
    pub fn status(&self, day: Date) -> Status {
        if day < self.from {
            Status::NotYetInForce
        } else if day < self.until {
            if self.from == Date::MIN { Status::Unknown } else { Status::InForce }
        } else if matches!(self.ending, Some(Ending::Superseded(_))) {
            Status::Amended
        } else {
            Status::Repealed
        }
    }
}

/// The windows of all versions of one collection, in the order of the input.
#[must_use]
pub fn windows(facts: &[Facts]) -> Vec<Window> {
    use std::collections::HashMap;

    let mut windows: Vec<Window> = facts
        .iter()
        .map(|fact| Window { from: fact.from.unwrap_or(Date::MIN), until: Date::MAX, ending: None })
        .collect();

    let mut same_title: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, fact) in facts.iter().enumerate() {
        same_title.entry(&fact.title).or_default().push(at);
    }
    let end = |windows: &mut Vec<Window>, at: usize, day: Date, ending: Ending| {
        if let Some(window) = windows.get_mut(at)
            && (window.ending.is_none() || day < window.until)
        {
            window.until = day;
            window.ending = Some(ending);
        }
    };
    let starts = |at: usize| facts.get(at).map_or(Date::MIN, Facts::starts);
    for versions in same_title.values_mut() {
        versions.sort_by_key(|at| (starts(*at), facts.get(*at).map(|f| f.order)));
        for pair in versions.windows(2) {
            if let [older, newer] = *pair {
                end(&mut windows, older, starts(newer), Ending::Superseded(newer));
            }
        }
    }
    for (at, fact) in facts.iter().enumerate() {
        for (title, since) in fact.repeals.iter().filter(|(title, _)| *title != fact.title) {
            let day = since.unwrap_or(starts(at));
            for repealed in same_title.get(title.as_str()).into_iter().flatten() {
                // A law that was made again under the same name after the repeal is not the one that was repealed.
                if starts(*repealed) < day || (day == Date::MIN && *repealed != at) {
                    end(&mut windows, *repealed, day, Ending::Repealed(at));
                }
            }
        }
        if let Some(day) = fact.expires {
            end(&mut windows, at, day, Ending::Expired);
        }
        if let Some(successor) = successor(&fact.title, fact.starts()) {
            end(&mut windows, at, successor.since, Ending::Listed(successor));
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::{Ending, Facts, Status, windows};
    use kernel::Date;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn fact(title: &str, order: u64, from: Option<&str>) -> Facts {
        Facts { title: title.into(), order, from: from.map(day), ..Facts::default() }
    }

    #[test]
    fn a_newer_version_of_the_title_ends_the_older_one() {
        let w = windows(&[fact("公司法", 1, Some("2018-10-26")), fact("公司法", 2, Some("2024-07-01"))]);
        assert_eq!(w[0].until, day("2024-07-01"));
        assert_eq!(w[0].ending, Some(Ending::Superseded(1)));
        assert_eq!(w[0].status(day("2024-06-30")), Status::InForce);
        assert_eq!(w[0].status(day("2024-07-01")), Status::Amended);
        assert_eq!(w[1].status(day("2024-06-30")), Status::NotYetInForce);
        assert_eq!(w[1].status(day("2024-07-01")), Status::InForce);
    }

    #[test]
    fn the_order_of_import_does_not_matter_when_dates_are_known() {
        let a = windows(&[fact("x", 2, Some("2018-01-01")), fact("x", 1, Some("2024-01-01"))]);
        assert_eq!(a[0].ending, Some(Ending::Superseded(1)));
        assert_eq!(a[1].ending, None);
    }

    #[test]
    fn a_correction_with_the_same_date_hides_the_older_text() {
        let w = windows(&[fact("x", 1, None), fact("x", 2, None)]);
        assert!(!w[0].contains(day("2020-01-01")));
        assert!(w[1].contains(day("2020-01-01")));
        assert_eq!(w[1].status(day("2020-01-01")), Status::Unknown);
    }

    #[test]
    fn a_repeal_by_name_ends_a_law_but_not_its_later_namesake() {
        let mut code = fact("民法典", 1, Some("2021-01-01"));
        code.repeals = vec![("合同法".into(), None), ("民法典".into(), None)];
        let w = windows(&[code, fact("合同法", 1, Some("1999-10-01")), fact("合同法", 2, Some("2030-01-01"))]);
        assert_eq!(w[1].ending, Some(Ending::Repealed(0)));
        assert_eq!(w[1].status(day("2021-01-01")), Status::Repealed);
        assert_eq!(w[1].status(day("2020-12-31")), Status::InForce);
        assert_eq!(w[2].ending, None);
        assert_eq!(w[0].ending, None, "a law does not repeal itself");
    }

    #[test]
    fn an_expiry_clause_ends_a_text() {
        let mut rule = fact("办法", 1, Some("2020-03-01"));
        rule.expires = Some(day("2025-03-01"));
        let w = windows(&[rule]);
        assert_eq!(w[0].status(day("2025-02-28")), Status::InForce);
        assert_eq!(w[0].status(day("2025-03-01")), Status::Repealed);
    }

    #[test]
    fn a_repeal_may_name_its_own_day() {
        let mut rule = fact("新办法", 1, Some("2022-01-01"));
        rule.repeals = vec![("旧办法".into(), Some(day("2023-01-01")))];
        let w = windows(&[rule, fact("旧办法", 1, Some("2010-01-01"))]);
        assert_eq!(w[1].status(day("2022-12-31")), Status::InForce);
        assert_eq!(w[1].status(day("2023-01-01")), Status::Repealed);
    }

    #[test]
    fn a_law_whose_successor_is_not_loaded_ends_all_the_same() {
        let w = windows(&[fact("合同法", 1, Some("1999-10-01")), fact("婚姻法", 1, None)]);
        for window in w {
            let Some(Ending::Listed(successor)) = window.ending else { panic!("{window:?}") };
            assert_eq!((successor.by.as_str(), window.until), ("中华人民共和国民法典", day("2021-01-01")));
        }
    }
}
