//! Circuit breakers: a model that fails again and again is left alone for a while, then tried with one request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::Timestamp;
use serde::Serialize;

/// So many failures in a row open the circuit.
const FAILURES: u32 = 5;
/// The first rest; each failed trial doubles it.
const REST_MS: i64 = 5_000;
/// The longest rest.
const MAX_REST_MS: i64 = 120_000;
/// A conversation without a request for so long is forgotten.
const PIN_MS: i64 = 3_600_000;
/// Conversations remembered at once.
const MAX_PINS: usize = 20_000;

/// How a model has been lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// It answers.
    Closed,
    /// It failed and is left alone.
    Open,
    /// It rested and is tried with one request.
    HalfOpen,
}

#[derive(Debug, Clone, Copy)]
struct State {
    failures: u32,
    rest_ms: i64,
    open_until: Option<Timestamp>,
    trial_since: Option<Timestamp>,
}

/// The breakers of all models, and which model each conversation is with.
#[derive(Debug, Default)]
pub struct Breakers {
    models: Mutex<HashMap<String, State>>,
    pins: Mutex<HashMap<String, (String, Timestamp)>>,
}

impl Breakers {
    /// Whether a request may go to this model now. A trial counts as begun.
    #[must_use]
    pub fn allows(&self, model: &str, now: Timestamp) -> bool {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = models.get_mut(model) else { return true };
        let Some(until) = state.open_until else { return true };
        if now < until || state.trial_since.is_some_and(|since| now.millis_since(since) < MAX_REST_MS) {
            return false;
        }
        state.trial_since = Some(now);
        true
    }

    /// It answered.
    pub fn succeeded(&self, model: &str) {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).remove(model);
    }

    /// It did not. Gives whether the circuit has just opened.
    pub fn failed(&self, model: &str, now: Timestamp) -> bool {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let state = models.entry(model.to_owned()).or_insert(State {
            failures: 0,
            rest_ms: REST_MS,
            open_until: None,
            trial_since: None,
        });
        state.failures = state.failures.saturating_add(1);
        if state.trial_since.take().is_some() {
            state.rest_ms = (state.rest_ms * 2).min(MAX_REST_MS);
        } else if state.failures != FAILURES {
            return false;
        }
        state.open_until = Some(Timestamp::from_millis(now.as_millis() + state.rest_ms));
        true
    }

    /// How a model has been lately.
    #[must_use]
    pub fn of(&self, model: &str, now: Timestamp) -> Circuit {
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        match models.get(model).and_then(|state| state.open_until) {
            None => Circuit::Closed,
            Some(until) if now < until => Circuit::Open,
            Some(_) => Circuit::HalfOpen,
        }
    }

    /// The model that a conversation has been moved to.
    #[must_use]
    pub fn pinned(&self, conversation: &str, now: Timestamp) -> Option<String> {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        let (model, seen) = pins.get_mut(conversation)?;
        if now.millis_since(*seen) > PIN_MS {
            return None;
        }
        *seen = now;
        Some(model.clone())
    }

    /// A conversation is with this model from now on.
    pub fn pin(&self, conversation: &str, model: &str, now: Timestamp) {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        if pins.len() >= MAX_PINS {
            pins.retain(|_, (_, seen)| now.millis_since(*seen) <= PIN_MS);
            if pins.len() >= MAX_PINS {
                pins.clear();
            }
        }
        pins.insert(conversation.to_owned(), (model.to_owned(), now));
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::{Breakers, Circuit};

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn five_failures_open_a_trial_closes_and_a_failed_trial_rests_longer() {
        let breakers = Breakers::default();
        for n in 0..5 {
            assert!(breakers.allows("m", at(0)), "{n}");
            assert_eq!(breakers.failed("m", at(0)), n == 4);
        }
        assert!(!breakers.allows("m", at(4_999)));
        assert_eq!(breakers.of("m", at(4_999)), Circuit::Open);
        assert!(breakers.allows("m", at(5_000)));
        assert!(!breakers.allows("m", at(5_001)), "one trial at a time");
        assert!(breakers.failed("m", at(5_100)));
        assert!(!breakers.allows("m", at(15_000)));
        assert!(breakers.allows("m", at(15_200)));
        breakers.succeeded("m");
        assert_eq!(breakers.of("m", at(15_300)), Circuit::Closed);
        assert!(breakers.allows("m", at(15_300)) && breakers.allows("other", at(0)));
    }

    #[test]
    fn a_conversation_stays_with_the_model_it_was_moved_to() {
        let breakers = Breakers::default();
        assert_eq!(breakers.pinned("c", at(0)), None);
        breakers.pin("c", "second", at(0));
        assert_eq!(breakers.pinned("c", at(1_000)).as_deref(), Some("second"));
        assert_eq!(breakers.pinned("c", at(3_700_000)), None);
    }
}
