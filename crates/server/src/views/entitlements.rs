//! Views of policies, enterprises, matches and calculations.

use std::collections::BTreeMap;

use assistant::entitlements::{Enterprise, EnterpriseImport, KeptPolicy, PolicyImpact, PolicyVersion, SameName};
use entitlement::{
    Book, Calculation, Calculator, Calculators, Clash, EnterprisePolicy, Field, Fields, Match, Profile, ProposalNote,
    Standing, TableProblem, Theme,
};
use kernel::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The fields of enterprises and the themes of policies.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldsView {
    /// The fields: id, kind, titles, unit, options, what to supply.
    #[schema(value_type = Vec<Object>)]
    pub fields: Vec<Field>,
    /// The themes: id and titles.
    #[schema(value_type = Vec<Object>)]
    pub themes: Vec<Theme>,
    /// The scenario they belong to.
    pub scenario: String,
}

impl FieldsView {
    /// The lists.
    #[must_use]
    pub fn of(scenario: &str, fields: &Fields) -> Self {
        Self { fields: fields.all().to_vec(), themes: fields.themes().to_vec(), scenario: scenario.to_owned() }
    }
}

/// A kept policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyView {
    /// Its id.
    pub id: String,
    /// Its version, from 1; send it back when you change it.
    pub version: i32,
    /// `draft`, `published` or `withdrawn`.
    pub state: String,
    /// When it last changed.
    pub updated_at: String,
    /// How many conditions nobody has decided on.
    pub undecided: usize,
    /// The record: title, issuer, region, theme, conditions with evidence, benefit, window, cumulation, materials.
    #[schema(value_type = Object)]
    pub policy: EnterprisePolicy,
}

impl From<KeptPolicy> for PolicyView {
    fn from(kept: KeptPolicy) -> Self {
        let undecided =
            kept.policy.conditions.iter().filter(|c| c.state == entitlement::ConditionState::Proposed).count();
        Self {
            id: kept.policy.id.clone(),
            version: kept.version,
            state: kept.state.as_str().to_owned(),
            updated_at: kept.updated_at.to_string(),
            undecided,
            policy: kept.policy,
        }
    }
}

/// A version of a policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyVersionView {
    /// Its number.
    pub version: i32,
    /// How far it had come.
    pub state: String,
    /// When.
    pub changed_at: String,
    /// The actor.
    pub changed_by: String,
    /// The record.
    #[schema(value_type = Object)]
    pub policy: EnterprisePolicy,
}

impl From<PolicyVersion> for PolicyVersionView {
    fn from(version: PolicyVersion) -> Self {
        Self {
            version: version.version,
            state: version.state.as_str().to_owned(),
            changed_at: version.changed_at.to_string(),
            changed_by: version.changed_by,
            policy: version.policy,
        }
    }
}

/// A policy with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyFullView {
    /// The policy.
    #[serde(flatten)]
    pub kept: PolicyView,
    /// Its versions, the newest first; empty for those who do not manage policies.
    pub versions: Vec<PolicyVersionView>,
}

/// What the machine made of a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecomposedView {
    /// The drafts.
    pub policies: Vec<PolicyView>,
    /// What somebody should know: `code`, the place of the policy, label and words.
    #[schema(value_type = Vec<Object>)]
    pub notes: Vec<ProposalNote>,
}

/// One policy for an enterprise.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchView {
    /// The policy: title, issuer, conditions with evidence, benefit.
    #[schema(value_type = Object)]
    pub record: EnterprisePolicy,
    /// `satisfied`, `missing` or `unsatisfied`, closeness in thousandths, a mark for each condition, worth, opening, and
    /// why it cannot be granted without an application (empty when it can).
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub found: Match,
    /// Policies met as well that may not be had together with this one.
    pub not_together: Vec<String>,
}

/// Every policy for an enterprise, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchesView {
    /// The day that was matched for.
    pub day: String,
    /// How many are met.
    pub satisfied: usize,
    /// How many lack a fact.
    pub missing: usize,
    /// How many are not met.
    pub unsatisfied: usize,
    /// The policies.
    pub items: Vec<MatchView>,
}

impl MatchesView {
    /// The view of what was found.
    #[must_use]
    pub fn of(book: &Book, found: Vec<Match>, day: Date) -> Self {
        let count = |standing: Standing| found.iter().filter(|m| m.standing == standing).count();
        let (satisfied, missing, unsatisfied) =
            (count(Standing::Satisfied), count(Standing::Missing), count(Standing::Unsatisfied));
        let met: Vec<usize> = found.iter().filter(|m| m.standing == Standing::Satisfied).map(|m| m.policy).collect();
        let clashes = entitlement::clashes(book.policies());
        let items = found.into_iter().filter_map(|found| {
            let record = book.policies().get(found.policy)?.clone();
            let other = |clash: &Clash| match clash.policies {
                [a, b] if a == found.policy && met.contains(&b) => book.policies().get(b),
                [a, b] if b == found.policy && met.contains(&a) => book.policies().get(a),
                _ => None,
            };
            let apart = clashes.iter().filter(|clash| clash.kind == entitlement::ClashKind::NotTogether);
            let not_together = match found.standing {
                Standing::Satisfied => apart.filter_map(other).map(|policy| policy.title.clone()).collect(),
                Standing::Missing | Standing::Unsatisfied => Vec::new(),
            };
            Some(MatchView { record, found, not_together })
        });
        Self { day: day.to_string(), satisfied, missing, unsatisfied, items: items.collect() }
    }
}

/// Two policies that clash.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClashView {
    /// `not_together` or `different_condition`.
    pub kind: String,
    /// Both ids.
    pub ids: Vec<String>,
    /// Both titles.
    pub titles: Vec<String>,
    /// The field they differ in.
    pub field: Option<String>,
    /// The clauses.
    #[schema(value_type = Vec<Object>)]
    pub evidence: Vec<entitlement::Clause>,
}

impl ClashView {
    /// With the policies' names.
    #[must_use]
    pub fn of(policies: &[EnterprisePolicy], clash: Clash) -> Self {
        let named = |read: fn(&EnterprisePolicy) -> &String| {
            clash.policies.iter().filter_map(|at| policies.get(*at)).map(|policy| read(policy).clone()).collect()
        };
        Self {
            kind: crate::views::run::word(&clash.kind),
            ids: named(|policy| &policy.id),
            titles: named(|policy| &policy.title),
            field: clash.field,
            evidence: clash.evidence,
        }
    }
}

/// An enterprise by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseNameView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What a change of a policy does.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyImpactView {
    /// How many enterprises were looked at.
    pub enterprises: usize,
    /// Those who gain.
    pub gain: Vec<EnterpriseNameView>,
    /// Those who lose.
    pub lose: Vec<EnterpriseNameView>,
    /// Those who now lack a fact.
    pub must_supply: Vec<EnterpriseNameView>,
    /// Those who get more.
    pub more: Vec<EnterpriseNameView>,
    /// Those who get less.
    pub less: Vec<EnterpriseNameView>,
}

impl From<PolicyImpact> for PolicyImpactView {
    fn from(impact: PolicyImpact) -> Self {
        let named =
            |list: Vec<(String, String)>| list.into_iter().map(|(id, name)| EnterpriseNameView { id, name }).collect();
        Self {
            enterprises: impact.enterprises,
            gain: named(impact.gain),
            lose: named(impact.lose),
            must_supply: named(impact.must_supply),
            more: named(impact.more),
            less: named(impact.less),
        }
    }
}

/// An enterprise.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its credit code.
    pub credit_code: Option<String>,
    /// Its profile.
    #[schema(value_type = Object)]
    pub profile: Profile,
    /// When it last changed.
    pub updated_at: String,
    /// Others with the same name.
    pub same_name: Vec<String>,
}

impl EnterpriseView {
    /// The view of an enterprise, with others of its name.
    #[must_use]
    pub fn of(kept: Enterprise, same: Option<SameName>) -> Self {
        Self {
            id: kept.id,
            name: kept.profile.name.clone(),
            credit_code: kept.profile.credit_code.clone(),
            profile: kept.profile,
            updated_at: kept.updated_at.to_string(),
            same_name: same.map(|same| same.ids).unwrap_or_default(),
        }
    }
}

/// What came of a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseImportView {
    /// How many were added.
    pub added: usize,
    /// How many have new facts.
    pub changed: usize,
    /// What is wrong, by row and column.
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<TableProblem>,
    /// Names that others have too, with their ids.
    #[schema(value_type = Object)]
    pub same_names: BTreeMap<String, Vec<String>>,
}

impl From<EnterpriseImport> for EnterpriseImportView {
    fn from(import: EnterpriseImport) -> Self {
        Self {
            added: import.added,
            changed: import.changed,
            problems: import.problems,
            same_names: import.same_names.into_iter().map(|same| (same.name, same.ids)).collect(),
        }
    }
}

/// A batch that was put into the queue, or how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    /// The job.
    pub job_id: String,
    /// `queued`, `running`, `succeeded` or `failed`.
    pub state: String,
    /// From 0 to 1.
    pub progress: f64,
    /// When it was made.
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// How many enterprises.
    pub enterprises: Option<u64>,
    /// How many policies.
    pub policies: Option<u64>,
    /// How many pairs are met.
    pub satisfied: Option<u64>,
    /// How many enterprises meet at least one policy.
    pub with_any: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
}

impl From<store::Job> for BatchView {
    fn from(job: store::Job) -> Self {
        let figure = |key: &str| job.result.as_ref().and_then(|result| result.get(key)?.as_u64());
        Self {
            enterprises: figure("enterprises"),
            policies: figure("policies"),
            satisfied: figure("satisfied"),
            with_any: figure("with_any"),
            job_id: job.id.to_string(),
            state: job.state.as_str().to_owned(),
            progress: job.progress,
            created_at: job.created_at.to_string(),
            finished_at: job.finished_at.map(|at| at.to_string()),
            error: job.error.map(|error| error.code),
        }
    }
}

/// A city whose rules are known.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityView {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// Whether its rules were written as an example.
    pub sample: bool,
}

/// The calculators of a scenario.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalculatorsView {
    /// The cities.
    pub cities: Vec<CityView>,
    /// The calculators: id, titles, inputs, checks and steps with their formulas and sources.
    #[schema(value_type = Vec<Object>)]
    pub calculators: Vec<Calculator>,
}

impl CalculatorsView {
    /// The view of a scenario's calculators.
    #[must_use]
    pub fn of(calculators: &Calculators) -> Self {
        let cities = calculators.cities().map(|(id, title, title_en, sample)| CityView {
            id: id.to_owned(),
            title: title.to_owned(),
            title_en: title_en.to_owned(),
            sample,
        });
        Self { cities: cities.collect(), calculators: calculators.all().to_vec() }
    }
}

/// What a calculator gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalculationView {
    /// Figures in order, each with its rule in words, formula, the formula with figures, and sources; or the conditions
    /// that are not met.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub calculation: Calculation,
}

/// What to compute.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalculationBody {
    /// The city whose rules apply; the first when absent.
    #[serde(default)]
    pub city: Option<String>,
    /// What was entered, by the input's id: numbers as text or as numbers.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: BTreeMap<String, Entered>,
}

/// A number or a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Entered {
    /// A text.
    Text(String),
    /// A number, as it was written.
    Number(serde_json::Number),
}

impl Entered {
    /// As text.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// What stands beside an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanionView {
    /// `follow_ups` (facts asked back, with options), `words` (hard words in plain ones), `next` (place, materials,
    /// deadline, condition, term, each a sentence of an article), `compared` (the two versions of each document, with the
    /// number of their changes), `changes` (the first articles that read otherwise), `one_version`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub companion: assistant::consultation::Companion,
}
