//! What one city sets: clocks, departments, words, questions. Read and checked at start; a mistake names its place.

use std::collections::BTreeMap;

use guard::classify::Classifier;
use kernel::Region;
use kernel::ids::DepartmentId;
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::clocks::Clocks;
use crate::draft::{AppealKind, Urgency};
use crate::places::Gazetteer;
use crate::state::Bounds;
use crate::taxonomy::Taxonomy;

/// A file of the hotline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct BadPolicy {
    /// The file.
    pub file: String,
    /// What is wrong with it, with line and field.
    pub problem: String,
}

/// The files of one city, as texts.
#[derive(Debug, Clone, Default)]
pub struct PolicyFiles {
    /// `hotline.toml`.
    pub settings: String,
    /// `hotline_categories.jsonl`.
    pub categories: String,
    /// `hotline_streets.tsv`.
    pub streets: String,
    /// `holidays_*.toml`: name and text.
    pub holidays: Vec<(String, String)>,
    /// A trained classifier of messages, when the city has one.
    pub classifier: Option<Vec<u8>>,
}

/// Everything one city sets.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) settings: Settings,
    pub(crate) taxonomy: Taxonomy,
    pub(crate) gazetteer: Gazetteer,
    pub(crate) classifier: Option<Classifier>,
    calendar: Calendar,
    day_ends: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    schema: u32,
    pub(crate) region: Region,
    day_ends: String,
    #[serde(default)]
    aliases: BTreeMap<String, Region>,
    clocks: Clocks,
    pub(crate) limits: Limits,
    pub(crate) repeats: Repeats,
    pub(crate) hot: HotTerms,
    pub(crate) kinds: Vec<KindWords>,
    pub(crate) urgent: UrgentTerms,
    pub(crate) secrecy: Words,
    pub(crate) declined: Vec<DeclinedWords>,
    pub(crate) questions: Vec<QuestionWords>,
    pub(crate) heard: BTreeMap<String, Vec<String>>,
    pub(crate) reply: ReplyTerms,
    pub(crate) places: PlaceTerms,
    pub(crate) speakers: Speakers,
    departments: Vec<Department>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    extensions: u8,
    pub(crate) extension_percent: u32,
    returns: u8,
    redos: u8,
    pub(crate) remind_percent: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repeats {
    pub(crate) likeness: f32,
    pub(crate) days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HotTerms {
    pub(crate) likeness: f32,
    pub(crate) least: usize,
    pub(crate) stop: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KindWords {
    pub(crate) kind: AppealKind,
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UrgentTerms {
    pub(crate) denied_before: Vec<String>,
    pub(crate) denied_after: Vec<String>,
    pub(crate) words: Vec<UrgentWords>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UrgentWords {
    pub(crate) level: Urgency,
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) hand_over: Option<String>,
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclinedWords {
    pub(crate) code: String,
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionWords {
    pub(crate) missing: String,
    pub(crate) zh: String,
    pub(crate) en: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyTerms {
    pub(crate) investigation: Vec<String>,
    pub(crate) result: Vec<String>,
    pub(crate) next_step: Vec<String>,
    pub(crate) empty: Vec<String>,
    pub(crate) basis: Vec<String>,
    pub(crate) template: String,
    pub(crate) template_basis: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceTerms {
    pub(crate) ends: Vec<String>,
    pub(crate) before: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Speakers {
    pub(crate) caller: Vec<String>,
    pub(crate) operator: Vec<String>,
}

/// A department that handles work orders (承办单位).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Its id in work orders.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// The department of this platform whose staff handle its orders.
    #[serde(default)]
    pub account: Option<DepartmentId>,
    /// The place it answers for; everywhere when absent.
    #[serde(default)]
    pub region: Option<Region>,
}

/// The questions that the draft can find missing; each needs its words.
const QUESTIONS: [&str; 8] = ["place", "time", "object", "contact", "name", "before", "secrecy", "safety"];

impl Policy {
    /// Reads and checks all files.
    pub fn parse(files: &PolicyFiles) -> Result<Self, BadPolicy> {
        let bad = |problem: String| BadPolicy { file: "policies/hotline.toml".to_owned(), problem };
        let settings: Settings =
            toml::from_str(&files.settings).map_err(|error| bad(error.to_string().trim_end().to_owned()))?;
        let day_ends = minute(&settings.day_ends)
            .ok_or_else(|| bad(format!("line {}, field `day_ends`: not `HH:MM`", line(&files.settings, "day_ends"))))?;
        if let Some((field, problem)) = settings.problem() {
            return Err(bad(format!("line {}, field `{field}`: {problem}", line(&files.settings, field))));
        }
        let known: Vec<&str> = settings.departments.iter().map(|department| department.id.as_str()).collect();
        let taxonomy = Taxonomy::parse("policies/hotline_categories.jsonl", &files.categories, &known)?;
        let calendar = Calendar::parse(&files.holidays)?;
        let gazetteer = Gazetteer::new(&settings.region, &settings.aliases, &files.streets)?;
        let classifier = match &files.classifier {
            None => None,
            Some(bytes) => Some(Classifier::read(bytes).map_err(|error| BadPolicy {
                file: "the hotline's classifier".to_owned(),
                problem: error.to_string(),
            })?),
        };
        Ok(Self { settings, taxonomy, gazetteer, classifier, calendar, day_ends })
    }

    /// The working days.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The limits of time.
    #[must_use]
    pub fn clocks(&self) -> &Clocks {
        &self.settings.clocks
    }

    /// The minute at which a working day ends.
    #[must_use]
    pub fn day_ends(&self) -> i64 {
        self.day_ends
    }

    /// How often things may be done.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let Limits { extensions, returns, redos, .. } = self.settings.limits;
        Bounds { extensions, returns, redos }
    }

    /// The categories.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The places.
    #[must_use]
    pub fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }

    /// The departments.
    #[must_use]
    pub fn departments(&self) -> &[Department] {
        &self.settings.departments
    }

    /// A department.
    #[must_use]
    pub fn department(&self, id: &str) -> Option<&Department> {
        self.settings.departments.iter().find(|department| department.id == id)
    }

    /// The city.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.settings.region
    }

    pub(crate) fn heard(&self, what: &str) -> &[String] {
        self.settings.heard.get(what).map_or(&[], Vec::as_slice)
    }
}

impl Settings {
    /// The first field that cannot stand, and why.
    fn problem(&self) -> Option<(&'static str, String)> {
        if self.schema != 1 {
            return Some(("schema", "this program reads schema 1".to_owned()));
        }
        for (n, department) in self.departments.iter().enumerate() {
            if self.departments.iter().skip(n + 1).any(|other| other.id == department.id) {
                return Some(("departments", format!("`{}` is there twice", department.id)));
            }
        }
        if self.departments.is_empty() {
            return Some(("departments", "names nobody".to_owned()));
        }
        if !(0.0..=1.0).contains(&self.repeats.likeness) || !(0.0..=1.0).contains(&self.hot.likeness) {
            return Some(("likeness", "must lie between 0 and 1".to_owned()));
        }
        if self.limits.extension_percent > 100 {
            return Some(("extension_percent", "an extension is not longer than the first limit".to_owned()));
        }
        if !(1..=100).contains(&self.limits.remind_percent) {
            return Some(("remind_percent", "must lie between 1 and 100".to_owned()));
        }
        let missing = QUESTIONS.iter().find(|wanted| !self.questions.iter().any(|q| q.missing == **wanted));
        missing.map(|wanted| ("questions", format!("has no words for `{wanted}`")))
    }
}

fn minute(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

/// The line on which a field or table stands, from 1; 1 when it is not there.
fn line(text: &str, field: &str) -> usize {
    let stands = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(['=', ']']))
    };
    text.lines().position(stands).map_or(1, |at| at + 1)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Policy, PolicyFiles};

    pub(crate) fn files() -> PolicyFiles {
        PolicyFiles {
            settings: include_str!("../../../policies/hotline.toml").to_owned(),
            categories: include_str!("../../../policies/hotline_categories.jsonl").to_owned(),
            streets: include_str!("../../../policies/hotline_streets.tsv").to_owned(),
            holidays: vec![(
                "policies/holidays_2026.toml".to_owned(),
                include_str!("../../../policies/holidays_2026.toml").to_owned(),
            )],
            classifier: None,
        }
    }

    pub(crate) fn policy() -> Policy {
        Policy::parse(&files()).unwrap()
    }

    #[test]
    fn the_files_that_ship_are_sound() {
        let policy = policy();
        assert!(policy.taxonomy().leaves().len() >= 50);
        for leaf in policy.taxonomy().leaves() {
            assert!(leaf.department.as_deref().is_some_and(|id| policy.department(id).is_some()), "{leaf:?}");
        }
    }

    #[test]
    fn a_mistake_names_file_line_and_field() {
        for (from, to, wanted) in [
            ("schema = 1", "schema = 2", "policies/hotline.toml: line 6, field `schema`: this program reads schema 1"),
            ("day_ends = \"17:30\"", "day_ends = \"5 pm\"", "field `day_ends`: not `HH:MM`"),
            ("accept = { hours = 2 }", "accept = { minutes = 2 }", "unknown variant `minutes`"),
            ("extension_percent = 100", "extension_percent = 150", "not longer than the first limit"),
            ("missing = \"safety\"", "missing = \"danger\"", "has no words for `safety`"),
            ("\"锦城市\" = \"510100\"", "\"锦城市\" = \"5101\"", "line"),
            ("id = \"ecology\"", "id = \"housing\"", "`housing` is there twice"),
            ("id = \"tax\"", "id = \"taxes\"", "hotline_categories.jsonl: line"),
        ] {
            let mut files = files();
            assert!(files.settings.contains(from), "{from}");
            files.settings = files.settings.replacen(from, to, 1);
            let said = Policy::parse(&files).unwrap_err().to_string();
            assert!(said.contains(wanted), "{said}");
        }
    }
}
