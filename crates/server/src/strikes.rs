//! Strikes: how often each caller went over a limit lately, and until when it is blocked. So many callers are
//! remembered at once; then those who went over a limit longest ago are forgotten first, and those who are blocked last.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::Timestamp;

use crate::limits::Response;

/// Callers remembered at once.
const MOST_REMEMBERED: usize = 50_000;

/// Where a caller stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Times over a limit.
    pub count: u32,
    last: Timestamp,
    blocked_until: Option<Timestamp>,
}

impl Standing {
    /// Until when the caller is blocked, if it is.
    #[must_use]
    pub fn blocked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|until| *until > now)
    }
}

/// The strikes of all callers.
#[derive(Debug)]
pub struct Strikes {
    bounds: Response,
    most: usize,
    callers: Mutex<HashMap<String, Standing>>,
}

impl Strikes {
    /// None yet.
    #[must_use]
    pub fn new(bounds: Response) -> Self {
        Self { bounds, most: MOST_REMEMBERED, callers: Mutex::default() }
    }

    /// Where a caller stands; nothing when it went over no limit lately.
    #[must_use]
    pub fn of(&self, caller: &str, now: Timestamp) -> Option<Standing> {
        self.locked().get(caller).copied().filter(|standing| self.counts(standing, now))
    }

    /// One more time over a limit. Whether the caller is blocked from now on.
    pub fn add(&self, caller: &str, now: Timestamp) -> bool {
        let mut callers = self.locked();
        let known = callers.get(caller).filter(|standing| self.counts(standing, now));
        let count = known.map_or(0, |known| known.count).saturating_add(1);
        let blocked = count >= self.bounds.block_after;
        let blocked_until = blocked.then(|| now.plus_secs(self.bounds.block_secs));
        self.put(&mut callers, caller, Standing { count, last: now, blocked_until });
        blocked
    }

    /// A challenge was solved: the caller is only slowed down again.
    pub fn ease(&self, caller: &str, now: Timestamp) {
        let eased = Standing { count: self.bounds.slow_after, last: now, blocked_until: None };
        self.put(&mut self.locked(), caller, eased);
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Standing>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self, standing: &Standing, now: Timestamp) -> bool {
        let lately = now.millis_since(standing.last) < self.bounds.forget_secs.saturating_mul(1000);
        lately || standing.blocked_until(now).is_some()
    }

    fn put(&self, callers: &mut HashMap<String, Standing>, caller: &str, standing: Standing) {
        if callers.len() >= self.most && !callers.contains_key(caller) {
            self.make_room(callers, standing.last);
        }
        callers.insert(caller.to_owned(), standing);
    }

    /// Forgets until a sixteenth is free, so that this is done once in thousands of callers.
    fn make_room(&self, callers: &mut HashMap<String, Standing>, now: Timestamp) {
        callers.retain(|_, standing| self.counts(standing, now));
        let free = (self.most / 16).max(1);
        let too_many = callers.len().saturating_add(free).saturating_sub(self.most);
        let mut order: Vec<_> = callers
            .iter()
            .map(|(caller, standing)| (standing.blocked_until(now).is_some(), standing.last, caller.clone()))
            .collect();
        order.sort_unstable();
        for (_, _, caller) in order.into_iter().take(too_many) {
            callers.remove(&caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::Strikes;
    use crate::limits::Response;

    const BOUNDS: Response = Response {
        slow_after: 1,
        slow_millis: 1,
        slowed_at_once: 1,
        challenge_after: 2,
        block_after: 3,
        block_secs: 600,
        forget_secs: 900,
        challenge_bits: 1,
    };

    fn strikes() -> Strikes {
        Strikes { most: 32, ..Strikes::new(BOUNDS) }
    }

    #[test]
    fn a_crowd_of_others_lifts_no_block_and_takes_no_more_room() {
        let (strikes, now) = (strikes(), Timestamp::from_millis(1_795_460_000_000));
        assert_eq!([0, 1, 2].map(|_| strikes.add("blocked", now)), [false, false, true]);
        for other in 0..1_000 {
            strikes.add(&format!("other {other}"), now.plus_secs(1 + other / 10));
        }
        let later = now.plus_secs(101);
        assert!(strikes.of("blocked", later).is_some_and(|standing| standing.blocked_until(later).is_some()));
        assert!(strikes.of("other 999", later).is_some() && strikes.of("other 0", later).is_none());
        assert!(strikes.locked().len() <= 32);
        // Blocks alone have no more room either; the oldest end first.
        for blocked in 0..100 {
            for _ in 0..3 {
                strikes.add(&format!("blocked {blocked}"), later.plus_secs(blocked));
            }
        }
        let end = later.plus_secs(100);
        assert!(strikes.locked().len() <= 32 && strikes.of("blocked", end).is_none());
        assert!(strikes.of("blocked 99", end).is_some_and(|standing| standing.blocked_until(end).is_some()));
    }

    #[test]
    fn what_is_long_ago_is_forgotten_and_a_solved_challenge_eases() {
        let (strikes, now) = (strikes(), Timestamp::from_millis(1_795_460_000_000));
        for _ in 0..3 {
            strikes.add("a", now);
        }
        assert!(strikes.of("a", now.plus_secs(899)).is_some_and(|a| a.blocked_until(now.plus_secs(601)).is_none()));
        assert!(strikes.of("a", now.plus_secs(900)).is_none());
        strikes.ease("a", now);
        assert_eq!(strikes.of("a", now).map(|a| (a.count, a.blocked_until(now))), Some((1, None)));
    }
}
