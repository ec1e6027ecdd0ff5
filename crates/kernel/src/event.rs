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
    /// A question came to its end: released, in review or refused.
    AskFinished = "ask.finished",
    /// A question was received; written before anything is done for it.
    AskStarted = "ask.started",
    /// The audit log was read, with a reason.
    AuditRead = "audit.read",
    /// The audit chain was verified.
    AuditVerified = "audit.verified",
    /// A backup was written or restored.
    BackupMade = "backup.made",
    /// A collection was made or changed.
    CollectionChanged = "collection.changed",
    /// A conversation was removed by its owner.
    ConversationRemoved = "conversation.removed",
    /// A document came in, or a new version of it.
    DocumentImported = "document.imported",
    /// A document was removed from retrieval.
    DocumentRemoved = "document.removed",
    /// A call left the platform, or was refused at the door.
    EgressCalled = "egress.called",
    /// Feedback on an answer.
    FeedbackGiven = "feedback.given",
    /// A permission was refused.
    PermissionDenied = "permission.denied",
    /// A reviewer decided.
    ReviewDecided = "review.decided",
    /// An answer was put before a reviewer.
    ReviewRequested = "review.requested",
    /// A search outside a question.
    SearchDone = "search.done",
    /// A session began.
    SessionOpened = "session.opened",
    /// A login failed.
    SessionRefused = "session.refused",
    /// A session ended.
    SessionClosed = "session.closed",
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
