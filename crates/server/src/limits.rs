//! Limits at the door: how often one caller may ask. A first layer in memory; what must hold over several
//! servers is counted in the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::Timestamp;

/// Callers remembered at once; the ones not seen longest make room.
const MAX_CALLERS: usize = 100_000;
/// The length of a window.
const WINDOW_MS: i64 = 60_000;

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Timestamp,
    used: u32,
}

/// A limit per caller and minute.
#[derive(Debug, Default)]
pub struct Limiter {
    callers: Mutex<HashMap<String, Window>>,
}

impl Limiter {
    /// Takes one from the caller's minute. `Err` holds the seconds until there is one again.
    pub fn take(&self, caller: &str, per_minute: u32, now: Timestamp) -> Result<(), u32> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= MAX_CALLERS {
            callers.retain(|_, window| now.millis_since(window.since) < WINDOW_MS);
            if callers.len() >= MAX_CALLERS {
                // Too many callers at once to tell apart: the safe branch is to serve nobody new.
                return Err(60);
            }
        }
        let window = callers.entry(caller.to_owned()).or_insert(Window { since: now, used: 0 });
        if now.millis_since(window.since) >= WINDOW_MS {
            *window = Window { since: now, used: 0 };
        }
        if window.used >= per_minute {
            let left = WINDOW_MS - now.millis_since(window.since);
            return Err(u32::try_from(left / 1000 + 1).unwrap_or(60).max(1));
        }
        window.used += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, Timestamp};

    use super::Limiter;

    #[test]
    fn a_caller_gets_its_share_each_minute_and_no_more() {
        let (clock, hand) = Clock::manual(Timestamp::from_millis(0));
        let limiter = Limiter::default();
        for _ in 0..3 {
            assert_eq!(limiter.take("a", 3, clock.now()), Ok(()));
        }
        assert_eq!(limiter.take("a", 3, clock.now()), Err(61));
        assert_eq!(limiter.take("b", 3, clock.now()), Ok(()));
        hand.advance_secs(60);
        assert_eq!(limiter.take("a", 3, clock.now()), Ok(()));
    }
}
