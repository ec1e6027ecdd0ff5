//! Faults: what a caller can do about an error, its stable code, and what exactly is wrong with an input.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What kind of failure it is. The server turns it into a status; a worker turns it into "again" or "never".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The input is wrong; the same input will fail again.
    Invalid,
    /// Nobody is logged in, or the session is over.
    Unauthenticated,
    /// The actor may not do this.
    Denied,
    /// There is no such thing, or not for this actor.
    NotFound,
    /// The state does not allow it now.
    Conflict,
    /// Too much; try again later.
    Overloaded,
    /// Something we depend on is not there; try again later.
    Unavailable,
    /// Served by a later version.
    Unsupported,
    /// Our mistake.
    Bug,
}

impl Kind {
    /// Whether trying again later can help.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Overloaded | Self::Unavailable)
    }
}

/// An error that says its kind and its stable code, such as `knowledge.article_not_found`.
///
/// `Display` is for the log and for an English reader; the server owns the Chinese title of each code.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What the caller can do about it.
    fn kind(&self) -> Kind;
    /// The stable code: the crate's name, a dot, snake case.
    fn code(&self) -> &'static str;
    /// What the reader should do next, when there is something better than the code's standard text.
    fn next_step(&self) -> Option<String> {
        None
    }
    /// What is wrong with the input, part by part, where that is known.
    fn wrong(&self) -> Vec<Wrong> {
        Vec::new()
    }
}

/// The most characters of a value that is told back.
const TOLD: usize = 200;

/// One thing that is wrong with an input. The server has a text for each reason, in two languages, and fills the values
/// in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The part of the input, as its sender names it.
    pub field: String,
    /// Why, in snake case, such as `too_large`.
    pub reason: &'static str,
    /// The same in English, for the log and for programs.
    pub says: String,
    /// What the text tells, by name, such as `given`; a name ending in `_en` is for the English text.
    pub values: BTreeMap<&'static str, String>,
}

impl Wrong {
    /// Something wrong with a field.
    #[must_use]
    pub fn new(field: &str, reason: &'static str, says: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason, says: says.into(), values: BTreeMap::new() }
    }

    /// With a value for the text, cut to what a line can hold.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.values.insert(name, value.as_ref().chars().take(TOLD).collect());
        self
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.says)
    }
}

/// For what cannot happen: stops a debug build, and in a release build evaluates to the safe branch given.
///
/// The safe branch is always *do not release*.
#[macro_export]
macro_rules! never {
    ($safe:expr, $($why:tt)+) => {{
        debug_assert!(false, $($why)+);
        $safe
    }};
}
