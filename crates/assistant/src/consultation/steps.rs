//! Next steps (下一步): what a sentence says about going on. A time limit for the reader is told from how long an office
//! takes or a right lasts, and from a condition that has a time in it.

use serde::{Deserialize, Serialize};

use super::has_sign;

/// What a next step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Where to go.
    Place,
    /// What to hand in.
    Materials,
    /// By when the reader must act.
    Deadline,
    /// What must hold first.
    Condition,
    /// How long it takes or lasts.
    Term,
}

/// The signs by which a sentence says what to do next. `…` in a sign stands for any words between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NextSigns {
    /// Where to go.
    pub place: Vec<String>,
    /// What to hand in.
    pub materials: Vec<String>,
    /// How a limit of time is written: 日内.
    pub limit: Vec<String>,
    /// Signs of a limit that the reader must keep, whatever follows.
    pub due: Vec<String>,
    /// An office as the one who must act; its limit is how long it takes.
    pub office: Vec<String>,
    /// What a person does within a limit.
    pub act: Vec<String>,
    /// What must hold first.
    pub condition: Vec<String>,
    /// How long something lasts.
    pub term: Vec<String>,
}

/// What a time is counted in.
const UNITS: &[&str] = &["日", "天", "月", "年", "个月", "个工作日"];

impl NextSigns {
    /// What a sentence says about going on, if anything.
    pub(super) fn kind_of(&self, sentence: &str) -> Option<StepKind> {
        let timed = has_time(sentence);
        let limit = if timed { self.limit_of(sentence) } else { None };
        if limit.is_some() {
            return limit;
        }
        if has_sign(sentence, &self.materials) {
            Some(StepKind::Materials)
        } else if has_sign(sentence, &self.place) {
            Some(StepKind::Place)
        } else if timed && has_sign(sentence, &self.term) {
            Some(StepKind::Term)
        } else if has_sign(sentence, &self.condition) {
            Some(StepKind::Condition)
        } else {
            None
        }
    }

    /// Whose limit of time a sentence sets, clause by clause; the reader's goes first.
    fn limit_of(&self, sentence: &str) -> Option<StepKind> {
        let of_clause = |clause: &str| {
            if has_sign(clause, &self.due) {
                return Some(StepKind::Deadline);
            }
            let places = self.limit.iter().filter_map(|sign| clause.split_once(sign.as_str()));
            let (before, after) = places.min_by_key(|(before, _)| before.len())?;
            let own = !has_sign(before, &self.office) && has_sign(after, &self.act);
            Some(if own { StepKind::Deadline } else { StepKind::Term })
        };
        sentence.split(['；', '\n']).filter_map(of_clause).min()
    }
}

/// Whether a sentence has a length of time or a day: a number right before a unit.
fn has_time(sentence: &str) -> bool {
    let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百半两".contains(c);
    UNITS.iter().any(|unit| {
        sentence.match_indices(*unit).any(|(at, _)| sentence.get(..at).is_some_and(|front| front.ends_with(is_number)))
    })
}
