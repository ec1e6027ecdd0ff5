//! A route: which models serve a scenario, in order of preference.

use serde::{Deserialize, Serialize};

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its id in scenarios.
    pub id: String,
    /// Models, first choice first; the next one serves when one is not there.
    pub models: Vec<String>,
}
