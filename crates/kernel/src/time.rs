//! Time: an instant in milliseconds, a calendar date, and the clock that a request carries.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use jiff::civil::Date;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. RFC 3339 in JSON, an integer in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The first day of the count.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// China Standard Time, the civil time of every date in the platform: UTC+8, no daylight saving.
const CHINA: jiff::tz::Offset = jiff::tz::Offset::constant(8);

impl Timestamp {
    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This instant plus `secs` seconds, saturating.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar date in China at this instant.
    #[must_use]
    pub fn date(self) -> Date {
        CHINA.to_datetime(self.to_jiff()).date()
    }

    /// The minute of the day in China at this instant, 0 to 1439.
    #[must_use]
    pub fn minute_of_day(self) -> i64 {
        self.0.div_euclid(60_000).saturating_add(8 * 60).rem_euclid(24 * 60)
    }

    /// The instant at which this minute of this day begins in China.
    #[must_use]
    pub fn of_day(date: Date, minute: i64) -> Self {
        let days = date.duration_since(EPOCH).as_hours() / 24;
        Self(days * 86_400_000 + (minute - 8 * 60) * 60_000)
    }

    /// Reads RFC 3339, with any offset.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 at UTC+08:00, with milliseconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let civil = CHINA.to_datetime(self.to_jiff());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+08:00",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            civil.millisecond()
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// Where "now" comes from. Decisions take a clock or an instant, never the machine's clock directly, so that
/// tests and replays see the same time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn system() -> Self {
        Self(Arc::new(|| Timestamp(jiff::Timestamp::now().as_millisecond())))
    }

    /// A clock that a test moves by hand.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hand = ManualClock(Arc::new(std::sync::atomic::AtomicI64::new(start.0)));
        let reader = hand.clone();
        let clock = Self(Arc::new(move || Timestamp(reader.0.load(std::sync::atomic::Ordering::SeqCst))));
        (clock, hand)
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The hand of a manual clock.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<std::sync::atomic::AtomicI64>);

impl ManualClock {
    /// Moves the clock forward by `secs` seconds.
    pub fn advance_secs(&self, secs: i64) {
        self.0.fetch_add(secs.saturating_mul(1000), std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Timestamp};

    #[test]
    fn a_time_reads_back_what_it_wrote() {
        let at = Timestamp::from_millis(1_795_460_000_123);
        assert_eq!(at.to_string(), "2026-11-24T02:53:20.123+08:00");
        assert_eq!(Timestamp::parse_rfc3339(&at.to_string()), Some(at));
        assert_eq!(at.date().to_string(), "2026-11-24");
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
        assert_eq!(at.minute_of_day(), 2 * 60 + 53);
        assert_eq!(Timestamp::of_day(at.date(), 2 * 60 + 53).to_string(), "2026-11-24T02:53:00.000+08:00");
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let (clock, hand) = Clock::manual(Timestamp::from_millis(0));
        assert_eq!(clock.now(), clock.now());
        hand.advance_secs(60);
        assert_eq!(clock.now().as_millis(), 60_000);
    }
}
