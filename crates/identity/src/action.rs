//! Action: what somebody may be allowed to do, and to whose duty it belongs.

use serde::{Deserialize, Serialize};

/// Whose work an action is. The three administrators are separated (三员分立, GB/T 22239-2019 8.1.5): their duties
/// never meet in one role, and none of them meets the agency's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duty {
    /// The agency's own work: questions, knowledge, reviews, models.
    Business,
    /// The system administrator's: accounts and the machine.
    System,
    /// The security administrator's: who holds which role.
    Security,
    /// The auditor's: the record.
    Audit,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $code:literal for [$($duty:ident),+]),* $(,)?) => {
        /// What somebody may be allowed to do. One per line, sorted by code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Action {$(
            $(#[$doc])*
            #[serde(rename = $code)]
            $name,
        )*}

        impl Action {
            /// All actions, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code, such as `review.decide`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {$(Self::$name => $code),*}
            }

            /// Reads a code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                match code {$($code => Some(Self::$name),)* _ => None}
            }

            /// Whose duties it may be part of.
            #[must_use]
            pub fn duties(self) -> &'static [Duty] {
                match self {$(Self::$name => &[$(Duty::$duty),+]),*}
            }
        }
    };
}

actions! {
    /// Make, change, lock and unlock accounts, reset passwords.
    ManageAccounts = "account.manage" for [System],
    /// See the list of accounts.
    ReadAccounts = "account.read" for [System, Security],
    /// Score an answer by sentence and citation.
    ScoreAnswers = "answer.score" for [Business],
    /// Ask a question in a scenario.
    Ask = "ask" for [Business],
    /// Take a signed copy of the record out, and anchor its head outside.
    ExportAudit = "audit.export" for [Audit],
    /// Read the audit log, with a reason.
    ReadAudit = "audit.read" for [Audit],
    /// Verify the audit chain.
    VerifyAudit = "audit.verify" for [Audit],
    /// Make and change collections.
    ManageCollections = "collection.manage" for [Business],
    /// Read the documents and articles of a collection.
    ReadCollections = "collection.read" for [Business],
    /// Add, change and retire corrections.
    ManageCorrections = "correction.manage" for [Business],
    /// Bring documents into a collection.
    ImportDocuments = "document.import" for [Business],
    /// Take documents out of a collection.
    RemoveDocuments = "document.remove" for [Business],
    /// Ask for a new place on the whitelist of outgoing calls.
    RequestEgress = "egress.request" for [Business, System, Security],
    /// Keep enterprises and match all of them.
    ManageEnterprises = "enterprise.manage" for [Business],
    /// Decompose policies for enterprises, confirm their conditions and publish them.
    ManageEnterprisePolicies = "enterprise_policy.manage" for [Business],
    /// Rate an answer one was given.
    GiveFeedback = "feedback.give" for [Business],
    /// Try the guard's rules on a text of one's own; nothing is kept.
    TestGuard = "guard.test" for [Security],
    /// Handle the work orders of one's own department: sign, answer, ask for more time, give back.
    HandleOrders = "hotline.handle" for [Business],
    /// See work orders and hot issues.
    ReadHotline = "hotline.read" for [Business],
    /// See a caller's name and number, with a reason that is recorded.
    RevealCallers = "hotline.reveal" for [Business],
    /// Grant more time and returns, check answers, remind departments.
    SuperviseOrders = "hotline.supervise" for [Business],
    /// Take calls, make and dispatch work orders, call back.
    TakeCalls = "hotline.take" for [Business],
    /// Change models and routes.
    ManageModels = "model.manage" for [Business],
    /// See models and routes.
    ReadModels = "model.read" for [Business],
    /// Change the fence, the guard's rules and words, and the whitelist; lift suspensions; lead incidents.
    ManagePolicies = "policy.manage" for [Security],
    /// Read these, and what they stopped.
    ReadPolicies = "policy.read" for [Security, Audit],
    /// Send items to another department or competence, and say who is competent for what.
    AssignReviews = "review.assign" for [Business],
    /// Decide what a reviewer must decide.
    DecideReviews = "review.decide" for [Business],
    /// See the queue of reviews.
    ReadReviews = "review.read" for [Business],
    /// Give roles to accounts and take them away.
    GrantRoles = "role.grant" for [Security],
    /// Build a scenario and try it; it starts as a draft.
    BuildScenarios = "scenario.build" for [Business],
    /// Search a collection outside a question.
    Search = "search" for [Business],
    /// Switch a scenario, a channel or a model off and on again.
    ThrowSwitches = "switch.throw" for [Business, Security],
    /// Back up, and start jobs again.
    ManageSystem = "system.manage" for [System],
    /// See the state of the platform.
    ReadSystem = "system.read" for [Business, System, Security],
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn codes_are_unique_sorted_and_read_back() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.code()), Some(*action));
        }
        assert!(Action::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        assert_eq!(Action::parse("everything"), None);
    }
}
