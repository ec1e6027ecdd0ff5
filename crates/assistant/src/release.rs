//! Release: the one way from a checked draft to a person. What is not [`Released`] cannot be shown.

use std::sync::LazyLock;

use guard::{CheckStatus, Checked, RefusalCode};
use review::Approval;

use crate::{Error, Scenario};

/// What happens with a checked draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It leaves at once.
    Release,
    /// A person decides; the reason names the rule that asks for it.
    Review(String),
    /// Nothing leaves, and no person is asked.
    Refuse(RefusalCode),
}

/// Rules whose failure no reviewer may pass: what they stop must not be read by more people.
fn is_hard(rule: &str) -> bool {
    rule.starts_with("leak.") || rule.starts_with("output.")
}

/// Decides by the scenario's record. Pure.
#[must_use]
pub fn decide(scenario: &Scenario, checked: &Checked) -> Decision {
    if checked.draft().segments.is_empty() {
        return Decision::Refuse(RefusalCode::NoBasis);
    }
    let failed =
        |hard: bool| checked.checks().iter().find(|c| c.status == CheckStatus::Fail && is_hard(&c.rule) == hard);
    if failed(true).is_some() {
        return Decision::Refuse(RefusalCode::AnswerUnsafe);
    }
    if scenario.sensitive {
        return Decision::Review("scenario.sensitive".to_owned());
    }
    let open = checked.checks().iter().find(|c| c.status != CheckStatus::Pass);
    match failed(false).or(open) {
        Some(check) => Decision::Review(check.rule.clone()),
        None => Decision::Release,
    }
}

/// An answer that may be shown. Made only here.
#[derive(Debug)]
pub struct Released {
    // INVARIANT: passed `decide` as `Release`, or carries the approval of exactly this content.
    checked: Checked,
    approval: Option<Approval>,
}

impl Released {
    /// The answer with its checks.
    #[must_use]
    pub fn checked(&self) -> &Checked {
        &self.checked
    }

    /// Who approved it, where a person had to.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }
}

/// Releases what the scenario lets go without a person.
pub(crate) fn publish(scenario: &Scenario, checked: Checked) -> Result<Released, Decision> {
    match decide(scenario, &checked) {
        Decision::Release => Ok(Released { checked, approval: None }),
        other => Err(other),
    }
}

/// A statement that may be shown while the rest is still being written. Made only here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyStatement {
    // INVARIANT: belongs to a beginning of the draft that `decide` would release as a whole.
    index: usize,
    text: String,
    citations: Vec<u32>,
}

impl EarlyStatement {
    /// Its place in the answer, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its words.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The citations that bear it.
    #[must_use]
    pub fn citations(&self) -> &[u32] {
        &self.citations
    }
}

/// Releases the next statements of a beginning of a draft, `shown` of which are out already. What is checked is the
/// whole beginning, so a leak or a listed word spread over sentences is seen; a statement leaves only when as much text
/// as the longest listed word with its partings was checked behind it. A sentence that needs a person, or whose
/// exception has not been told yet, holds back itself and all that follows.
pub(crate) fn publish_early(scenario: &Scenario, checked: &Checked, shown: usize) -> Vec<EarlyStatement> {
    static WINDOW: LazyLock<usize> = LazyLock::new(|| guard::words::Library::built_in().longest() * 4);
    if checked.removed() > 0 || decide(scenario, checked) != Decision::Release {
        return Vec::new();
    }
    let segments = &checked.draft().segments;
    let mut behind = 0;
    let mut free = segments.len();
    while let Some(segment) = free.checked_sub(1).and_then(|last| segments.get(last)).filter(|_| behind < *WINDOW) {
        behind += segment.text.chars().count();
        free -= 1;
    }
    let statement = |(index, s): (usize, &guard::DraftSegment)| EarlyStatement {
        index,
        text: format!("{}{}{}", s.lead, s.text, s.tail),
        citations: s.citations.clone(),
    };
    segments.iter().enumerate().take(free).skip(shown).map(statement).collect()
}

/// Releases what a reviewer approved: exactly the content whose hash the approval carries, and never past a
/// hard rule.
pub(crate) fn publish_approved(checked: Checked, approval: Approval) -> Result<Released, Error> {
    if !approval.admits(&checked) {
        return Err(Error::HashMismatch);
    }
    let hard: Vec<&str> = checked
        .checks()
        .iter()
        .filter(|c| c.status == CheckStatus::Fail && is_hard(&c.rule))
        .map(|c| c.rule.as_str())
        .collect();
    if !hard.is_empty() {
        return Err(Error::EditUnsafe { rules: hard.join(", ") });
    }
    Ok(Released { checked, approval: Some(approval) })
}
