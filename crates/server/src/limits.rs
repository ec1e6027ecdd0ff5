//! Limits at the door: how often, how much and how many at once, for an address, a visitor, a person, a department, a
//! scenario. Counted in memory by each server for itself; what must hold over several servers is in the store.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::Clock as Ticking;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use kernel::{Clock, Timestamp};
use serde::Deserialize;

/// Callers remembered at once by one limit.
const MAX_CALLERS: usize = 100_000;

/// `policies/limits.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections.
    pub connections: Connections,
    /// Everything, a minute.
    pub requests: Requests,
    /// Questions, a minute.
    pub questions: Questions,
    /// Questions at the same time.
    pub concurrent: Concurrent,
    /// Tokens, an hour.
    pub tokens: Tokens,
    /// The same question again.
    pub duplicates: Duplicates,
    /// Harmful inputs.
    pub harmful: Harmful,
    /// What follows.
    pub response: Response,
    /// Too many at once.
    pub overload: Overload,
}

/// Bounds of connections.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// Open at once.
    pub most: usize,
    /// Of them from one address.
    pub per_address: usize,
    /// Seconds until the head of a request has come.
    pub header_secs: u64,
    /// Seconds between two pieces of a body.
    pub body_secs: u64,
}

/// Requests a minute.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// From one address.
    pub address: u32,
    /// By one person.
    pub user: u32,
    /// By one program, where its key does not say how many.
    #[serde(default = "requests_of_a_key")]
    pub key: u32,
}

fn requests_of_a_key() -> u32 {
    60_000
}

/// Questions a minute.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// By one person.
    pub user: u32,
    /// By one department.
    pub department: u32,
    /// In one scenario.
    pub scenario: u32,
}

/// Questions at the same time.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concurrent {
    /// Of one visitor.
    pub visitor: u32,
    /// Of one person.
    pub user: u32,
    /// From one address.
    pub address: u32,
    /// Of one department.
    pub department: u32,
}

/// Tokens an hour.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// For one visitor.
    pub visitor: u32,
    /// For all visitors of one address.
    #[serde(default = "tokens_of_an_address")]
    pub address: u32,
    /// For one person.
    pub user: u32,
    /// For one department.
    pub department: u32,
}

fn tokens_of_an_address() -> u32 {
    5_000_000
}

/// The same question in ten minutes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// By one caller.
    pub caller: u32,
    /// By everybody together.
    pub everybody: u32,
}

/// Harmful inputs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harmful {
    /// The refusals that count.
    pub refusals: Vec<String>,
    /// In a row.
    pub in_a_row: i32,
    /// On one day.
    pub per_day: i32,
    /// From one address on one day.
    pub per_day_of_address: i32,
}

/// The graduated response.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Slower after so many times over a limit.
    pub slow_after: u32,
    /// By so much.
    pub slow_millis: u64,
    /// So many questions of one address wait at once because they are slowed down; more are turned away.
    #[serde(default = "slowed_at_once")]
    pub slowed_at_once: u32,
    /// A challenge after so many.
    pub challenge_after: u32,
    /// Blocked after so many.
    pub block_after: u32,
    /// For so long.
    pub block_secs: i64,
    /// Forgotten after so long.
    pub forget_secs: i64,
    /// How hard the challenge is.
    pub challenge_bits: u32,
}

fn slowed_at_once() -> u32 {
    16
}

/// Too many questions at once.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overload {
    /// Worked on at once; 0 for four for each processor.
    pub running: usize,
    /// Waiting.
    pub waiting: usize,
    /// No longer than this.
    pub wait_millis: u64,
}

impl Limits {
    /// Reads the file. A mistake is named with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, String> {
        let limits: Self = toml::from_str(text).map_err(|error| format!("{file}: {}", error.to_string().trim_end()))?;
        let response = &limits.response;
        if !(response.slow_after <= response.challenge_after && response.challenge_after <= response.block_after) {
            return Err(format!("{file}: `response`: `slow_after`, `challenge_after`, `block_after` must rise"));
        }
        if !(1..=24).contains(&response.challenge_bits) {
            return Err(format!("{file}: `challenge_bits` must lie between 1 and 24"));
        }
        Ok(limits)
    }
}

/// The platform's clock as the rate limiter reads it.
#[derive(Clone)]
struct Ticks {
    clock: Clock,
    since: Timestamp,
}

impl Ticking for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = self.clock.now().millis_since(self.since).max(0);
        Nanos::new(u64::try_from(millis).unwrap_or(0).saturating_mul(1_000_000))
    }
}

type Keyed = RateLimiter<String, DashMapStateStore<String>, Ticks, NoOpMiddleware<Nanos>>;

/// How often each caller may do something, a minute. Different callers may have different shares.
pub struct Limiter {
    ticks: Ticks,
    shares: Mutex<HashMap<u32, Arc<Keyed>>>,
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limiter")
    }
}

impl Limiter {
    /// A limiter on this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let since = clock.now();
        Self { ticks: Ticks { clock, since }, shares: Mutex::default() }
    }

    /// Takes one from the caller's minute. `Err` holds the seconds until there is one again.
    pub fn take(&self, caller: &str, per_minute: u32) -> Result<(), u32> {
        let Some(share) = NonZeroU32::new(per_minute) else { return Err(60) };
        let keyed = Arc::clone(
            self.shares.lock().unwrap_or_else(PoisonError::into_inner).entry(per_minute).or_insert_with(|| {
                Arc::new(RateLimiter::new(Quota::per_minute(share), DashMapStateStore::default(), self.ticks.clone()))
            }),
        );
        if keyed.len() >= MAX_CALLERS {
            keyed.retain_recent();
            if keyed.len() >= MAX_CALLERS {
                // Too many callers at once to tell apart: the safe branch is to serve nobody new.
                return Err(60);
            }
        }
        keyed.check_key(&caller.to_owned()).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.ticks.now());
            u32::try_from(wait.as_secs() + 1).unwrap_or(60)
        })
    }
}

/// Sums of one hour by caller.
#[derive(Debug, Default)]
pub struct Meter {
    used: Mutex<HashMap<String, (i64, u32)>>,
}

impl Meter {
    fn hour(now: Timestamp) -> i64 {
        now.as_millis().div_euclid(3_600_000)
    }

    /// Whether the caller has something left of this hour. `Err` holds the seconds until the next.
    pub fn left(&self, caller: &str, most: u32, now: Timestamp) -> Result<(), u32> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        match used.get(caller) {
            Some((hour, sum)) if *hour == Self::hour(now) && *sum >= most => {
                let secs = 3_600 - now.as_millis().div_euclid(1000).rem_euclid(3_600);
                Err(u32::try_from(secs).unwrap_or(3_600).max(1))
            }
            _ => Ok(()),
        }
    }

    /// Counts what was used. Gives the sum.
    pub fn add(&self, caller: &str, amount: u32, now: Timestamp) -> u32 {
        let hour = Self::hour(now);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MAX_CALLERS {
            used.retain(|_, (then, _)| *then == hour);
            if used.len() >= MAX_CALLERS {
                used.clear();
            }
        }
        let entry = used.entry(caller.to_owned()).or_insert((hour, 0));
        if entry.0 != hour {
            *entry = (hour, 0);
        }
        entry.1 = entry.1.saturating_add(amount);
        entry.1
    }
}

/// How many at the same time, by caller.
#[derive(Debug, Clone, Default)]
pub struct Counter {
    running: Arc<Mutex<HashMap<String, u32>>>,
}

/// One that is counted; it stops counting when dropped.
#[derive(Debug)]
pub struct Counted {
    counter: Counter,
    caller: String,
}

impl Counter {
    /// Counts one more of the caller, when it has fewer than `most`.
    pub fn enter(&self, caller: &str, most: u32) -> Option<Counted> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(caller.to_owned()).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted { counter: self.clone(), caller: caller.to_owned() })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut running = self.counter.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(&self.caller) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                running.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, Timestamp};

    use super::{Counter, Limiter, Limits, Meter};

    const SHIPPED: &str = include_str!("../../../policies/limits.toml");

    #[test]
    fn a_caller_gets_its_share_each_minute_and_no_more() {
        let (clock, hand) = Clock::manual(Timestamp::from_millis(0));
        let limiter = Limiter::new(clock);
        for _ in 0..3 {
            assert_eq!(limiter.take("a", 3), Ok(()));
        }
        assert!(limiter.take("a", 3).is_err_and(|secs| (1..=21).contains(&secs)));
        assert_eq!(limiter.take("b", 3), Ok(()));
        hand.advance_secs(60);
        assert_eq!(limiter.take("a", 3), Ok(()));
        assert_eq!(limiter.take("a", 0), Err(60));
    }

    #[test]
    fn an_hour_has_an_end() {
        let meter = Meter::default();
        let now = Timestamp::from_millis(1_795_460_000_000);
        assert_eq!(meter.add("a", 90, now), 90);
        assert_eq!(meter.left("a", 100, now), Ok(()));
        meter.add("a", 90, now);
        assert!(meter.left("a", 100, now).is_err() && meter.left("b", 100, now).is_ok());
        assert!(meter.left("a", 100, now.plus_secs(3_600)).is_ok());
    }

    #[test]
    fn what_ends_is_not_counted_any_more() {
        let counter = Counter::default();
        let one = counter.enter("a", 1).unwrap();
        assert!(counter.enter("a", 1).is_none() && counter.enter("b", 1).is_some());
        drop(one);
        assert!(counter.enter("a", 1).is_some());
    }

    #[test]
    fn the_file_that_ships_is_read_and_mistakes_are_named() {
        let limits = Limits::parse("policies/limits.toml", SHIPPED).unwrap();
        assert_eq!((limits.harmful.in_a_row, limits.harmful.per_day), (3, 5));
        let said = Limits::parse("limits.toml", &SHIPPED.replace("per_day =", "perday =")).unwrap_err();
        assert!(said.contains("limits.toml") && said.contains("perday"), "{said}");
        let said = Limits::parse("limits.toml", &SHIPPED.replace("block_after = 30", "block_after = 1")).unwrap_err();
        assert!(said.contains("must rise"), "{said}");
        // A file of one's own from before these lines were there.
        let older = SHIPPED.replace("slowed_at_once =", "# =").replace("address = 5000000", "# =");
        let older = Limits::parse("limits.toml", &older).unwrap();
        assert_eq!((older.response.slowed_at_once, older.tokens.address), (16, 5_000_000));
    }
}
