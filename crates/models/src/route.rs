//! A route: which models serve a scenario, in order of preference.

use serde::{Deserialize, Serialize};

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its id in scenarios.
    pub id: String,
    /// Models or `family/slot`, first choice first; the next one serves when one is not there.
    pub models: Vec<String>,
    /// How many may wait; more are turned away at once.
    #[serde(default = "default_queue")]
    pub queue: u32,
    /// Seconds a request may wait before it is turned away.
    #[serde(default = "default_wait_secs")]
    pub wait_secs: u32,
    /// Milliseconds without a first token after which the next model is asked as well; never when absent.
    #[serde(default)]
    pub hedge_ms: Option<u32>,
    /// The priority of calls that come without a scenario, 0 to 100.
    #[serde(default = "default_priority")]
    pub priority: u8,
}

fn default_queue() -> u32 {
    64
}
fn default_wait_secs() -> u32 {
    30
}
fn default_priority() -> u8 {
    30
}
