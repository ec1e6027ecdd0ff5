//! A policy for enterprises (惠企政策) as a record that can be matched: conditions, benefit, window, each with its clause.

use kernel::{Date, Region};
use serde::{Deserialize, Serialize};

use crate::field::{Fields, Given};
use crate::number::Number;

/// The words of the policy that bear a part of the record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clause {
    /// The article in the knowledge base, when the policy came from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_id: Option<String>,
    /// The article's label.
    pub label: String,
    /// The words.
    pub quote: String,
}

/// How a fact is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal; for a flag the only one.
    Eq,
    /// Less.
    Lt,
    /// At most.
    Le,
    /// More.
    Gt,
    /// At least.
    Ge,
    /// One of.
    In,
    /// None of.
    NotIn,
    /// In the region.
    Within,
}

/// What a person has said about a proposed condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionState {
    /// The machine read it; nobody has looked yet.
    #[default]
    Proposed,
    /// A person confirmed it, or wrote it.
    Confirmed,
    /// A person said it is none.
    Rejected,
}

/// One condition. Without a field, only a person can judge it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Conditions of one group are alternatives; every group must hold.
    pub group: u32,
    /// The field; absent when no fact decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    /// With what. For a day: years up to today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Given>,
    /// Where it stands.
    pub evidence: Clause,
    /// What a person has said.
    pub state: ConditionState,
}

/// What kind of benefit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenefitKind {
    /// 奖励.
    Reward,
    /// 补贴、补助、资助.
    #[default]
    Subsidy,
    /// 贴息.
    Interest,
    /// 减免、返还.
    Relief,
    /// Anything else.
    Other,
}

/// What is given. The amount is exact where the policy states it; a rate needs the fact it is a share of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Benefit {
    /// The kind.
    pub kind: BenefitKind,
    /// An amount in yuan, once or for each unit of `base`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// A share in per cent of `base`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Number>,
    /// The field it is a share of, or that is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The most, in yuan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<Number>,
    /// Where it stands.
    pub evidence: Clause,
}

/// When one may apply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Clause>,
}

/// Among which policies only the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Those of the same theme (同类政策不重复享受).
    #[default]
    Theme,
    /// Those of the same document that say so too (符合本措施多项奖励条件的，就高不重复).
    Document,
}

/// Whether it may be had together with others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cumulation {
    /// Not together with certain others: the highest counts (就高不重复).
    pub only_highest: bool,
    /// With which others.
    pub among: Among,
    /// Not together with these, by id.
    pub never_with: Vec<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Clause>,
}

/// A policy that can be matched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnterprisePolicy {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The document it is a clause of.
    pub document: String,
    /// Who issued it.
    pub issuer: String,
    /// Its document number (文号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_number: Option<String>,
    /// Where it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// What it is about, in a word: policies of one theme are compared with each other.
    pub theme: String,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// What is given.
    pub benefit: Benefit,
    /// When one may apply.
    pub window: Window,
    /// Whether it may be had together with others.
    pub cumulation: Cumulation,
    /// What to hand in.
    pub materials: Vec<String>,
    /// Who takes applications.
    pub department: String,
}

impl EnterprisePolicy {
    /// The policy with the value of every condition as its field writes it.
    #[must_use]
    pub fn settled(mut self, fields: &Fields) -> Self {
        for condition in &mut self.conditions {
            let field = condition.field.as_deref().and_then(|id| fields.get(id));
            if let (Some(field), Some(value)) = (field, &mut condition.value) {
                *value = field.settled(value);
            }
        }
        self
    }

    /// Whether a person has decided on every condition.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.conditions.iter().all(|condition| condition.state != ConditionState::Proposed)
    }

    /// The conditions that count.
    pub fn live(&self) -> impl Iterator<Item = (usize, &Condition)> {
        self.conditions.iter().enumerate().filter(|(_, condition)| condition.state != ConditionState::Rejected)
    }
}
