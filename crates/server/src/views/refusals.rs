//! Views of the bank of refusals.

use std::collections::{BTreeMap, BTreeSet};

use assistant::refusals::{RefusalEntry, RefusalVersion, RefusalWords};
use identity::Person;
use kernel::Actor;
use kernel::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a refusal says and what to do next, in two languages.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalWordsView {
    /// What it says, in Chinese.
    pub message: String,
    /// What to do next, in Chinese.
    pub next_step: String,
    /// What it says, in English.
    pub message_en: String,
    /// What to do next, in English.
    pub next_step_en: String,
}

impl From<&RefusalWords> for RefusalWordsView {
    fn from(words: &RefusalWords) -> Self {
        Self {
            message: words.message.clone(),
            next_step: words.next_step.clone(),
            message_en: words.message_en.clone(),
            next_step_en: words.next_step_en.clone(),
        }
    }
}

impl From<RefusalWordsView> for RefusalWords {
    fn from(view: RefusalWordsView) -> Self {
        Self {
            message: view.message,
            next_step: view.next_step,
            message_en: view.message_en,
            next_step_en: view.next_step_en,
        }
    }
}

/// What was proposed for a refusal, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalVersionView {
    /// The item of the review queue.
    pub review_id: String,
    /// The words.
    pub words: RefusalWordsView,
    /// Why they were proposed.
    pub why: String,
    /// Who proposed them, by name.
    pub proposed_by: String,
    /// When.
    pub proposed_at: String,
    /// How the item stands, as in the queue.
    pub state: String,
    /// Who decided, by name; nobody while it waits or when it was taken back.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// What the reviewer said.
    pub reason: Option<String>,
}

/// One refusal of the bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalEntryView {
    /// Its name: a refusal code, or the answer to a risk.
    pub name: String,
    /// The routing labels that lead to it, such as `emergency`.
    pub labels: Vec<String>,
    /// The risks of GB/T 45654 that lead to it, such as `A1a`.
    pub risks: Vec<String>,
    /// The words in force.
    pub words: RefusalWordsView,
    /// The version they come from; nothing for what ships with the platform.
    pub in_force: Option<RefusalVersionView>,
    /// What waits for a decision.
    pub waiting: Option<RefusalVersionView>,
}

/// Names of people, by account.
pub type Names = BTreeMap<UserId, Person>;

/// Everybody who is named in these versions.
#[must_use]
pub fn people_in<'v>(versions: impl Iterator<Item = &'v RefusalVersion>) -> BTreeSet<UserId> {
    let mut people = BTreeSet::new();
    for version in versions {
        people.extend(user(&version.item.asker).cloned());
        people.extend(version.item.decided.as_ref().and_then(|decided| decided.by.clone()));
    }
    people
}

fn user(actor: &Actor) -> Option<&UserId> {
    match actor {
        Actor::User { id } => Some(id),
        Actor::Visitor { .. } | Actor::Key { .. } | Actor::System { .. } => None,
    }
}

impl RefusalVersionView {
    /// The view of a version.
    #[must_use]
    pub fn of(version: &RefusalVersion, names: &Names) -> Self {
        let item = &version.item;
        let name = |id: &UserId| names.get(id).map_or_else(|| id.to_string(), |person| person.name.clone());
        let decided = item.decided.as_ref();
        Self {
            review_id: item.id.to_string(),
            words: (&version.words).into(),
            why: version.why.clone(),
            proposed_by: user(&item.asker).map_or_else(|| item.asker.label(), name),
            proposed_at: item.asked_at.to_string(),
            state: item.state.as_str().to_owned(),
            decided_by: decided.and_then(|decided| decided.by.as_ref()).map(name),
            decided_at: decided.map(|decided| decided.at.to_string()),
            reason: decided.and_then(|decided| decided.reason.clone()),
        }
    }
}

impl RefusalEntryView {
    /// The view of an entry.
    #[must_use]
    pub fn of(entry: &RefusalEntry, names: &Names) -> Self {
        let version = |version: &RefusalVersion| RefusalVersionView::of(version, names);
        Self {
            name: entry.name.clone(),
            labels: entry.labels.iter().map(|label| label.as_str().to_owned()).collect(),
            risks: entry.risks.iter().map(|risk| risk.as_str().to_owned()).collect(),
            words: (&entry.words).into(),
            in_force: entry.in_force.as_ref().map(version),
            waiting: entry.waiting.as_ref().map(version),
        }
    }
}
