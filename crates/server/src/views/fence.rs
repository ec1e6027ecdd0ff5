//! Views of the electronic fence: its policies, a decision with its reasons, what a change would do.

use identity::fence::{BadFence, Clause, Fact, Foreseen, Version};
use serde::Serialize;
use utoipa::ToSchema;

/// One policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClauseView {
    /// Its name.
    pub id: String,
    /// Its title in Chinese.
    pub title: String,
    /// Its title in English.
    pub title_en: String,
    /// `permit` or `forbid`.
    pub effect: String,
    /// What it means, in a sentence.
    pub says: String,
    /// Its words.
    pub text: String,
    /// The line of the whole text on which it begins.
    pub line: usize,
}

impl From<Clause> for ClauseView {
    fn from(clause: Clause) -> Self {
        Self {
            effect: clause.effect.as_str().to_owned(),
            id: clause.id,
            title: clause.title,
            title_en: clause.title_en,
            says: clause.says,
            text: clause.text,
            line: clause.line,
        }
    }
}

/// The fence in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct FenceView {
    /// Its text.
    pub text: String,
    /// Its policies.
    pub clauses: Vec<ClauseView>,
    /// Whether it differs from the one that ships.
    pub changed: bool,
    /// When it was changed.
    pub changed_at: Option<String>,
    /// By whom.
    pub changed_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What is wrong with the policies of the data folder; while there is anything, they are not in force.
    pub folder_mistakes: Vec<MistakeView>,
}

/// Something that is wrong with a text of policies.
#[derive(Debug, Serialize, ToSchema)]
pub struct MistakeView {
    /// The file.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
}

/// The mistakes as they are shown.
#[must_use]
pub fn mistakes(bad: &BadFence) -> Vec<MistakeView> {
    let view =
        |m: &identity::fence::Mistake| MistakeView { file: m.file.clone(), line: m.line, problem: m.problem.clone() };
    bad.0.iter().map(view).collect()
}

/// Something that a draft would take away or give.
#[derive(Debug, Serialize, ToSchema)]
pub struct FenceChangeView {
    /// Names of people; `visitor` for everybody without an account.
    pub people: Vec<String>,
    /// How many people.
    pub count: usize,
    /// What they would do: `ask`, `retrieve`, `generate` or a role's action.
    pub action: String,
    /// On what kind of thing: `platform`, `scenario`, `collection` or `model`.
    pub kind: String,
    /// Its name.
    pub over: String,
    /// From which zones.
    pub zones: Vec<String>,
}

/// What came of a check.
#[derive(Debug, Serialize, ToSchema)]
pub struct FenceCheckView {
    /// Whether the draft could be put in force.
    pub ok: bool,
    /// What is wrong with it.
    pub mistakes: Vec<MistakeView>,
    /// What it would take away.
    pub lost: Vec<FenceChangeView>,
    /// What it would give.
    pub gained: Vec<FenceChangeView>,
}

/// Something a policy looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactView {
    /// What, as the policies call it.
    pub name: String,
    /// Its value here.
    pub value: String,
}

impl From<Fact> for FactView {
    fn from(fact: Fact) -> Self {
        Self { name: fact.name, value: fact.value }
    }
}

/// Why something is allowed or refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct FenceAnswerView {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Whether a role and its clearance allow it.
    pub role_allows: bool,
    /// What the role lacks.
    pub role_lacks: Option<String>,
    /// The policies that decided; none when no policy permits it.
    pub because: Vec<ClauseView>,
    /// What these policies looked at.
    pub facts: Vec<FactView>,
}

impl From<Foreseen> for FenceAnswerView {
    fn from(foreseen: Foreseen) -> Self {
        Self {
            allowed: foreseen.allowed,
            role_allows: foreseen.role_allows,
            role_lacks: foreseen.role_lacks,
            because: foreseen.explanation.because.into_iter().map(ClauseView::from).collect(),
            facts: foreseen.explanation.facts.into_iter().map(FactView::from).collect(),
        }
    }
}

/// Somebody whom a change would touch.
#[derive(Debug, Serialize, ToSchema)]
pub struct FencePersonView {
    /// The account; `visitor` for everybody without one.
    pub id: String,
    /// The name.
    pub name: String,
    /// The department.
    pub department: Option<String>,
}

/// What another level would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct FenceImpactView {
    /// The level now.
    pub from: String,
    /// The level asked about.
    pub to: String,
    /// Who would be cut off.
    pub people_cut_off: Vec<FencePersonView>,
    /// Who would be let in.
    pub people_let_in: Vec<FencePersonView>,
    /// Zones from which nobody could reach it any more.
    pub zones_cut_off: Vec<String>,
    /// Scenarios that could no longer find anything in the collection.
    pub scenarios_cut_off: Vec<String>,
    /// Models that could no longer be given its text.
    pub models_cut_off: Vec<String>,
    /// Whether it takes protection away: it then counts only after a second person has approved it.
    pub needs_review: bool,
    /// The hash of all this: a change is asked for with it, so that nothing is confirmed that was not shown.
    pub hash: String,
}

/// What came of a change of a level.
#[derive(Debug, Serialize, ToSchema)]
pub struct LevelChangedView {
    /// `changed`: it counts from now on, on every server. `in_review`: a second person decides.
    pub state: String,
    /// The item of the queue of reviews, for `in_review`.
    pub review_id: Option<String>,
    /// What it does.
    pub impact: FenceImpactView,
}

/// A version of the fence.
#[derive(Debug, Serialize, ToSchema)]
pub struct FenceVersionView {
    /// Its number.
    pub version: i64,
    /// When it was put in force.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Its text.
    pub text: String,
}

impl From<Version> for FenceVersionView {
    fn from(version: Version) -> Self {
        Self {
            version: version.version,
            at: version.at.to_string(),
            by: version.by,
            reason: version.reason,
            text: version.text,
        }
    }
}
