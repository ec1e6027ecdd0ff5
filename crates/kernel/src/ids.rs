//! Typed ids. An id is its kind's prefix, the time it was made and chance, so ids of one kind sort by age.

use serde::{Deserialize, Serialize};

use crate::{Clock, Entropy};

/// The text is not an id of the wanted kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a {kind} id")]
pub struct BadId {
    /// What was wanted, such as `run`.
    pub kind: &'static str,
    /// What was given, cut to 80 characters.
    pub text: String,
}

/// Makes new ids from a clock and chance.
#[derive(Debug, Clone)]
pub struct IdSource {
    clock: Clock,
    entropy: Entropy,
}

impl IdSource {
    /// An id source over this clock and this chance.
    #[must_use]
    pub fn new(clock: Clock, entropy: Entropy) -> Self {
        Self { clock, entropy }
    }

    /// 12 hexadecimal digits of time and 20 of chance (80 bits).
    fn next(&self, prefix: &str) -> String {
        let millis = self.clock.now().as_millis();
        format!("{prefix}_{millis:012x}{}", self.entropy.hex::<10>())
    }
}

/// Whether `text` may be an id at all: 1 to 80 of `a-z 0-9 _ - .`.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 80
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.'))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new id.
            #[must_use]
            pub fn generate(source: &IdSource) -> Self {
                Self(source.next($prefix))
            }

            /// Reads an id from outside: 1 to 80 of `a-z 0-9 _ - .`.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                if is_plain(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadId { kind: $prefix, text: text.chars().take(80).collect() })
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An article (条) of one document, stable over its versions while its text does not change.
    ArticleId = "art",
    /// A call to the hotline (来电).
    CallId = "cal",
    /// A collection (知识库): chosen by its owner, such as `laws`.
    CollectionId = "col",
    /// A conversation (会话): a person's questions in one scenario, in order.
    ConversationId = "con",
    /// A correction (纠错条目) of the library.
    CorrectionId = "cor",
    /// A department (部门): chosen in the organisation tree.
    DepartmentId = "dep",
    /// A document (文档) of a collection, over all its versions.
    DocumentId = "doc",
    /// An incident (安全事件).
    IncidentId = "inc",
    /// A durable job (任务).
    JobId = "job",
    /// A key (密钥) of a program that uses the model gateway.
    KeyId = "key",
    /// A call (调用) of a model through the gateway or for a question.
    ModelCallId = "mcl",
    /// A work order (工单) of the hotline.
    OrderId = "wor",
    /// A request for a place outside (出域申请).
    PlaceRequestId = "plc",
    /// A review item (复核单).
    ReviewId = "rev",
    /// A run (一次问答): one question and all that was done for it.
    RunId = "run",
    /// A scenario (场景): the name of its folder.
    ScenarioId = "scn",
    /// A user account (账号).
    UserId = "usr",
    /// A version of a document (文档版本).
    VersionId = "ver",
    /// An anonymous visitor (访客) of the citizen page.
    VisitorId = "vis",
}

#[cfg(test)]
mod tests {
    use super::{CollectionId, IdSource, RunId};
    use crate::{Clock, Entropy, Timestamp};

    #[test]
    fn ids_sort_by_age_and_read_back() {
        let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
        let source = IdSource::new(clock, Entropy::seeded(1));
        let first = RunId::generate(&source);
        hand.advance_secs(1);
        let second = RunId::generate(&source);
        assert!(first < second);
        assert_eq!(RunId::parse(first.as_str()), Ok(first.clone()));
        assert!(first.as_str().starts_with("run_"));
    }

    #[test]
    fn hostile_ids_are_refused() {
        for bad in ["", "../etc", "A", "a b", "民法典", &"a".repeat(81), "a\0"] {
            assert!(CollectionId::parse(bad).is_err(), "{bad}");
        }
        assert!(CollectionId::parse("laws-2026.v1_a").is_ok());
    }
}
