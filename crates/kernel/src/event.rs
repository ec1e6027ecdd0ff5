//! What the audit log records: a closed list of deeds, and how each ended.

use serde::{Deserialize, Serialize};

macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// A deed that is recorded. One per line, sorted by code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Deed {$(
            $(#[$doc])*
            #[serde(rename = $code)]
            $name,
        )*}

        impl Deed {
            /// All deeds, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code, such as `ask.started`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {$(Self::$name => $code),*}
            }

            /// Reads a code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                match code {$($code => Some(Self::$name),)* _ => None}
            }
        }
    };
}

deeds! {
    /// An account was made, changed, locked or given roles.
    AccountChanged = "account.changed",
    /// An expert scored an answer.
    AnswerScored = "answer.scored",
    /// A question came to its end: released, in review or refused.
    AskFinished = "ask.finished",
    /// A question was received; written before anything is done for it.
    AskStarted = "ask.started",
    /// The head of the audit chain was written outside the platform.
    AuditAnchored = "audit.anchored",
    /// A signed copy of the audit log was taken out.
    AuditExported = "audit.exported",
    /// The audit log was read, with a reason.
    AuditRead = "audit.read",
    /// Entries past the term of their class gave up their details; their hashes stay.
    AuditShortened = "audit.shortened",
    /// The audit chain was verified.
    AuditVerified = "audit.verified",
    /// A backup was written or restored.
    BackupMade = "backup.made",
    /// A caller was suspended after harmful inputs, or let in again by an officer.
    CallerSuspended = "caller.suspended",
    /// A collection was made or changed.
    CollectionChanged = "collection.changed",
    /// A conversation was removed by its owner.
    ConversationRemoved = "conversation.removed",
    /// A correction was added, changed, retired or sent back to review.
    CorrectionChanged = "correction.changed",
    /// A document came in, or a new version of it.
    DocumentImported = "document.imported",
    /// A document was removed from retrieval.
    DocumentRemoved = "document.removed",
    /// A call left the platform, or was refused at the door.
    EgressCalled = "egress.called",
    /// Enterprises were added or changed.
    EnterpriseChanged = "enterprise.changed",
    /// A policy for enterprises was proposed, confirmed or published.
    EnterprisePolicyChanged = "enterprise_policy.changed",
    /// Feedback on an answer.
    FeedbackGiven = "feedback.given",
    /// A draft held a canary: a system prompt or a restricted document was about to leave.
    CanaryLeaked = "guard.canary_leaked",
    /// A call to the hotline was taken or ended.
    HotlineCall = "hotline.call",
    /// Work orders were brought in from a table.
    HotlineImported = "hotline.imported",
    /// A work order was made, or took a step.
    HotlineOrder = "hotline.order",
    /// A caller's name and number were shown, with a reason.
    HotlineRevealed = "hotline.revealed",
    /// An incident was opened or moved on.
    IncidentChanged = "incident.changed",
    /// A key of the model gateway was made or revoked.
    KeyChanged = "key.changed",
    /// Enterprises were matched with policies.
    MatchingDone = "matching.done",
    /// Models were called; one entry anchors a batch of calls by its hash.
    ModelsCalled = "model.called",
    /// A model, route, family or quota was changed.
    ModelChanged = "model.changed",
    /// A permission was refused.
    PermissionDenied = "permission.denied",
    /// A policy was changed: the fence, a rule of the guard, its words, the whitelist.
    PolicyChanged = "policy.changed",
    /// A reviewer decided.
    ReviewDecided = "review.decided",
    /// An item under review was taken, put back, sent on, signed by the first of two, or escalated.
    ReviewMoved = "review.moved",
    /// Something was put before reviewers.
    ReviewRequested = "review.requested",
    /// What a reviewer is competent for, or who stands in, was changed.
    ReviewerChanged = "reviewer.changed",
    /// A scenario was built, changed or taken back.
    ScenarioChanged = "scenario.changed",
    /// A search outside a question.
    SearchDone = "search.done",
    /// A session began.
    SessionOpened = "session.opened",
    /// A login failed.
    SessionRefused = "session.refused",
    /// A session ended.
    SessionClosed = "session.closed",
    /// A scenario, a channel or a model was switched off or on.
    SwitchThrown = "switch.thrown",
    /// The server started.
    ServerStarted = "system.started",
    /// The server stopped in order.
    ServerStopped = "system.stopped",
    /// The platform acted for itself past a permission, with a reason.
    SystemActed = "system.acted",
}

/// How a deed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedOutcome {
    /// It was done.
    Done,
    /// It was not allowed, or a check stopped it.
    Refused,
    /// It could not be done.
    Failed,
}

impl DeedOutcome {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Deed;

    #[test]
    fn codes_are_unique_and_read_back() {
        for deed in Deed::ALL {
            assert_eq!(Deed::parse(deed.code()), Some(*deed));
        }
        assert_eq!(Deed::parse("nothing"), None);
    }
}
