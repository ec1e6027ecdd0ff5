//! The states of an item and the steps between them: a closed table.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for somebody.
    Pending,
    /// It was approved as it was.
    Approved,
    /// It was approved with other words.
    Edited,
    /// It was rejected.
    Rejected,
    /// The asker took the question back.
    Withdrawn,
}

/// What somebody does with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Lets it out as it is.
    Approve,
    /// Lets it out with other words.
    Edit,
    /// Keeps it in.
    Reject,
    /// Takes the question back.
    Withdraw,
}

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Approved, Self::Edited, Self::Rejected, Self::Withdrawn];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Edited => "edited",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads a name written by [`State::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Where a step leads; `None` where it is not possible. Nothing leads out of a decision.
    #[must_use]
    pub fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Pending, Step::Approve) => Some(Self::Approved),
            (Self::Pending, Step::Edit) => Some(Self::Edited),
            (Self::Pending, Step::Reject) => Some(Self::Rejected),
            (Self::Pending, Step::Withdraw) => Some(Self::Withdrawn),
            (Self::Approved | Self::Edited | Self::Rejected | Self::Withdrawn, _) => None,
        }
    }

    /// Whether the answer may leave.
    #[must_use]
    pub fn is_release(self) -> bool {
        match self {
            Self::Approved | Self::Edited => true,
            Self::Pending | Self::Rejected | Self::Withdrawn => false,
        }
    }

    /// The whole table as text, for the test and the documents.
    #[must_use]
    pub fn table() -> String {
        let mut text = String::from("           ");
        for step in Step::ALL {
            let _ = write!(text, "{:<11}", step.as_str());
        }
        for state in Self::ALL {
            let mut line = format!("{:<11}", state.as_str());
            for step in Step::ALL {
                let _ = write!(line, "{:<11}", state.after(step).map_or("-", Self::as_str));
            }
            text = format!("{}\n{}", text.trim_end(), line.trim_end());
        }
        text.push('\n');
        text
    }
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 4] = [Self::Approve, Self::Edit, Self::Reject, Self::Withdraw];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Edit => "edit",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::State;

    #[test]
    fn nothing_leads_out_of_a_decision() {
        expect![[r#"
                       approve    edit       reject     withdraw
            pending    approved   edited     rejected   withdrawn
            approved   -          -          -          -
            edited     -          -          -          -
            rejected   -          -          -          -
            withdrawn  -          -          -          -
        "#]]
        .assert_eq(&State::table());
    }

    #[test]
    fn names_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("released"), None);
    }
}
