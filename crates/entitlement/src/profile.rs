//! An enterprise's profile: who it is and what is known of it. What is not known is missing, never assumed.

use std::collections::BTreeMap;

use kernel::Wrong;
use serde::{Deserialize, Serialize};

use crate::field::{BadField, Fact, Fields, Given};

/// What is known of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its id: whatever the sender calls it.
    #[serde(default)]
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its unified social credit code (统一社会信用代码).
    #[serde(default)]
    pub credit_code: Option<String>,
    /// The facts, by field.
    #[serde(default)]
    pub facts: BTreeMap<String, Given>,
}

/// What is wrong with a credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditCodeProblem {
    /// It does not have 18 characters.
    Length,
    /// It has a character that no code has.
    Characters,
    /// A check character is wrong: it was mistyped.
    CheckDigit,
}

impl CreditCodeProblem {
    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Characters => "characters",
            Self::CheckDigit => "check_digit",
        }
    }
}

/// Checks a unified social credit code (GB 32100): shape and both check characters.
pub fn check_credit_code(code: &str) -> Result<(), CreditCodeProblem> {
    if code.chars().count() != 18 {
        return Err(CreditCodeProblem::Length);
    }
    if !code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return Err(CreditCodeProblem::Characters);
    }
    if guard::is_credit_code(code) { Ok(()) } else { Err(CreditCodeProblem::CheckDigit) }
}

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProfile {
    /// A fact.
    #[error(transparent)]
    Fact(#[from] BadField),
    /// The credit code.
    #[error("the credit code `{code}` is wrong ({})", problem.as_str())]
    CreditCode {
        /// The code.
        code: String,
        /// What is wrong with it.
        problem: CreditCodeProblem,
    },
}

impl BadProfile {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fact(_) => "entitlement.bad_fact",
            Self::CreditCode { .. } => "entitlement.bad_credit_code",
        }
    }

    /// What is wrong, for whoever filled it in.
    #[must_use]
    pub fn wrong(&self) -> Option<Wrong> {
        match self {
            Self::Fact(bad) => bad.wrong(),
            Self::CreditCode { code, problem } => {
                Some(Wrong::new("credit_code", problem.as_str(), self.to_string()).with("given", code))
            }
        }
    }
}

impl Profile {
    /// Checks the code and every fact.
    pub fn check(&self, fields: &Fields) -> Result<(), BadProfile> {
        self.cells(fields).map(drop)
    }

    /// The profile with every fact as its field writes it.
    #[must_use]
    pub fn settled(mut self, fields: &Fields) -> Self {
        for (id, given) in &mut self.facts {
            if let Some(field) = fields.get(id) {
                *given = field.settled(given);
            }
        }
        self
    }

    /// The facts in the order of the fields; `None` where nothing is known.
    pub(crate) fn cells(&self, fields: &Fields) -> Result<Vec<Option<Fact>>, BadProfile> {
        if let Some(code) = &self.credit_code {
            check_credit_code(code).map_err(|problem| BadProfile::CreditCode { code: code.clone(), problem })?;
        }
        let mut cells = vec![None; fields.all().len()];
        for (id, given) in &self.facts {
            let fact = fields.read(id, given)?;
            if let Some(cell) = fields.position(id).and_then(|at| cells.get_mut(at)) {
                *cell = Some(fact);
            }
        }
        Ok(cells)
    }
}
