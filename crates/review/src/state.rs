//! The states of an item and the steps between them: a closed table, decided purely.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for somebody.
    Pending,
    /// One person has signed it as it is; another must.
    Countersign,
    /// One person has signed it with other words; another must.
    CountersignEdited,
    /// It went back to whoever put it in, with a reason.
    Returned,
    /// It was approved as it was.
    Approved,
    /// It was approved with other words.
    Edited,
    /// It was rejected.
    Rejected,
    /// The asker took it back.
    Withdrawn,
}

/// What somebody does with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Takes it to work on it.
    Claim,
    /// Puts it back for others.
    Release,
    /// Signs it as it stands.
    Approve,
    /// Signs it with other words.
    Edit,
    /// Keeps it in.
    Reject,
    /// Sends it back to whoever put it in.
    Return,
    /// Puts what was sent back before the reviewers again.
    Resubmit,
    /// Takes it back for good.
    Withdraw,
    /// Its deadline passed: more people may decide.
    Escalate,
    /// Somebody sends it to another department or competence.
    Assign,
}

/// How many different people must sign (四眼).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Signatures {
    /// One, who is never the asker.
    #[default]
    One,
    /// Two different ones, none of them the asker.
    Two,
}

impl TryFrom<u8> for Signatures {
    type Error = &'static str;

    fn try_from(count: u8) -> Result<Self, Self::Error> {
        match count {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("one or two people sign"),
        }
    }
}

impl From<Signatures> for u8 {
    fn from(signatures: Signatures) -> Self {
        match signatures {
            Signatures::One => 1,
            Signatures::Two => 2,
        }
    }
}

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Countersign,
        Self::CountersignEdited,
        Self::Returned,
        Self::Approved,
        Self::Edited,
        Self::Rejected,
        Self::Withdrawn,
    ];

    /// Those in which reviewers have something to do.
    pub const OPEN: [Self; 3] = [Self::Pending, Self::Countersign, Self::CountersignEdited];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Countersign => "countersign",
            Self::CountersignEdited => "countersign_edited",
            Self::Returned => "returned",
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

    /// Where a step leads when so many must sign; `None` where it is not possible. Nothing leads out of a decision,
    /// and a change of words asks for every signature anew.
    #[must_use]
    pub fn after(self, step: Step, needed: Signatures) -> Option<Self> {
        match self {
            Self::Pending => match step {
                Step::Claim | Step::Release | Step::Escalate | Step::Assign => Some(self),
                Step::Approve => Some(match needed {
                    Signatures::One => Self::Approved,
                    Signatures::Two => Self::Countersign,
                }),
                Step::Edit => Some(match needed {
                    Signatures::One => Self::Edited,
                    Signatures::Two => Self::CountersignEdited,
                }),
                Step::Reject => Some(Self::Rejected),
                Step::Return => Some(Self::Returned),
                Step::Withdraw => Some(Self::Withdrawn),
                Step::Resubmit => None,
            },
            Self::Countersign | Self::CountersignEdited => match step {
                Step::Claim | Step::Release | Step::Escalate | Step::Assign => Some(self),
                Step::Approve => Some(if self == Self::Countersign { Self::Approved } else { Self::Edited }),
                Step::Edit => Some(Self::CountersignEdited),
                Step::Reject => Some(Self::Rejected),
                Step::Return => Some(Self::Returned),
                Step::Withdraw => Some(Self::Withdrawn),
                Step::Resubmit => None,
            },
            Self::Returned => match step {
                Step::Resubmit => Some(Self::Pending),
                Step::Withdraw => Some(Self::Withdrawn),
                Step::Claim
                | Step::Release
                | Step::Approve
                | Step::Edit
                | Step::Reject
                | Step::Return
                | Step::Escalate
                | Step::Assign => None,
            },
            Self::Approved | Self::Edited | Self::Rejected | Self::Withdrawn => None,
        }
    }

    /// Whether what was put in may leave, or take effect.
    #[must_use]
    pub fn is_release(self) -> bool {
        match self {
            Self::Approved | Self::Edited => true,
            Self::Pending
            | Self::Countersign
            | Self::CountersignEdited
            | Self::Returned
            | Self::Rejected
            | Self::Withdrawn => false,
        }
    }

    /// Whether reviewers have something to do.
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_final(self) -> bool {
        !self.is_open() && self != Self::Returned
    }

    /// Whether one person has signed and another must.
    #[must_use]
    pub fn is_half_signed(self) -> bool {
        matches!(self, Self::Countersign | Self::CountersignEdited)
    }

    /// The whole table as text, for the test and the documents.
    #[must_use]
    pub fn table(needed: Signatures) -> String {
        let width = 19;
        let mut text = format!("{:<width$}", "");
        for step in Step::ALL {
            let _ = write!(text, "{:<width$}", step.as_str());
        }
        for state in Self::ALL {
            let mut line = format!("{:<width$}", state.as_str());
            for step in Step::ALL {
                let _ = write!(line, "{:<width$}", state.after(step, needed).map_or("-", Self::as_str));
            }
            text = format!("{}\n{}", text.trim_end(), line.trim_end());
        }
        text.push('\n');
        text
    }
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 10] = [
        Self::Claim,
        Self::Release,
        Self::Approve,
        Self::Edit,
        Self::Reject,
        Self::Return,
        Self::Resubmit,
        Self::Withdraw,
        Self::Escalate,
        Self::Assign,
    ];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Approve => "approve",
            Self::Edit => "edit",
            Self::Reject => "reject",
            Self::Return => "return",
            Self::Resubmit => "resubmit",
            Self::Withdraw => "withdraw",
            Self::Escalate => "escalate",
            Self::Assign => "assign",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect;
    use proptest::prelude::*;

    use super::{Signatures, State, Step};

    #[test]
    fn one_signature_is_enough_where_the_rule_asks_for_one() {
        expect![[r#"
                               claim              release            approve            edit               reject             return             resubmit           withdraw           escalate           assign
            pending            pending            pending            approved           edited             rejected           returned           -                  withdrawn          pending            pending
            countersign        countersign        countersign        approved           countersign_edited rejected           returned           -                  withdrawn          countersign        countersign
            countersign_edited countersign_edited countersign_edited edited             countersign_edited rejected           returned           -                  withdrawn          countersign_edited countersign_edited
            returned           -                  -                  -                  -                  -                  -                  pending            withdrawn          -                  -
            approved           -                  -                  -                  -                  -                  -                  -                  -                  -                  -
            edited             -                  -                  -                  -                  -                  -                  -                  -                  -                  -
            rejected           -                  -                  -                  -                  -                  -                  -                  -                  -                  -
            withdrawn          -                  -                  -                  -                  -                  -                  -                  -                  -                  -
        "#]].assert_eq(&State::table(Signatures::One));
    }

    #[test]
    fn two_signatures_where_the_rule_asks_for_two() {
        expect![[r#"
                               claim              release            approve            edit               reject             return             resubmit           withdraw           escalate           assign
            pending            pending            pending            countersign        countersign_edited rejected           returned           -                  withdrawn          pending            pending
            countersign        countersign        countersign        approved           countersign_edited rejected           returned           -                  withdrawn          countersign        countersign
            countersign_edited countersign_edited countersign_edited edited             countersign_edited rejected           returned           -                  withdrawn          countersign_edited countersign_edited
            returned           -                  -                  -                  -                  -                  -                  pending            withdrawn          -                  -
            approved           -                  -                  -                  -                  -                  -                  -                  -                  -                  -
            edited             -                  -                  -                  -                  -                  -                  -                  -                  -                  -
            rejected           -                  -                  -                  -                  -                  -                  -                  -                  -                  -
            withdrawn          -                  -                  -                  -                  -                  -                  -                  -                  -                  -
        "#]].assert_eq(&State::table(Signatures::Two));
    }

    #[test]
    fn names_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("released"), None);
    }

    /// What `decide` adds to the table: the second signature is another person's.
    fn walk(needed: Signatures, steps: &[(Step, u8)]) -> (State, BTreeSet<u8>) {
        let (mut state, mut signed) = (State::Pending, BTreeSet::new());
        for (step, who) in steps {
            if *step == Step::Approve && state.is_half_signed() && signed.contains(who) {
                continue;
            }
            let Some(next) = state.after(*step, needed) else { continue };
            match step {
                Step::Approve => drop(signed.insert(*who)),
                Step::Edit => signed = BTreeSet::from([*who]),
                Step::Return | Step::Resubmit => signed.clear(),
                _ => {}
            }
            state = next;
        }
        (state, signed)
    }

    proptest! {
        /// No way from any state to a release around the signatures that the rule demands.
        #[test]
        fn no_path_reaches_release_with_fewer_signatures_than_the_rule_demands(
            two in any::<bool>(),
            steps in prop::collection::vec((prop::sample::select(Step::ALL.as_slice()), 0_u8..4), 0..24),
        ) {
            let needed = if two { Signatures::Two } else { Signatures::One };
            let (state, signed) = walk(needed, &steps);
            if state.is_release() {
                prop_assert!(signed.len() >= usize::from(u8::from(needed)), "{state:?} {signed:?} {steps:?}");
            }
        }

        #[test]
        fn nothing_leads_out_of_a_decision(
            state in prop::sample::select(State::ALL.as_slice()),
            step in prop::sample::select(Step::ALL.as_slice()),
            two in any::<bool>(),
        ) {
            let needed = if two { Signatures::Two } else { Signatures::One };
            if state.is_final() {
                prop_assert_eq!(state.after(step, needed), None);
            }
        }
    }
}
