//! The working-day calendar (工作日历): weekends, holidays and make-up days, one file a year.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Date, Timestamp};
use serde::Deserialize;

use crate::policy::BadPolicy;

/// Which days are worked. A year without a file has its weekends only, and says so.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    years: BTreeMap<i16, Year>,
}

#[derive(Debug, Clone, Default)]
struct Year {
    holidays: BTreeSet<Date>,
    make_up: BTreeSet<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: i16,
    holidays: Vec<String>,
    make_up: Vec<Date>,
}

/// The longest holiday, in days: a typing error must not make a year of them.
const LONGEST: usize = 31;

impl Calendar {
    /// Reads one file a year: `(name, text)`.
    pub fn parse(files: &[(String, String)]) -> Result<Self, BadPolicy> {
        let mut years = BTreeMap::new();
        for (name, text) in files {
            let bad = |problem: String| BadPolicy { file: name.clone(), problem };
            let file: File = toml::from_str(text).map_err(|error| bad(error.to_string().trim_end().to_owned()))?;
            let mut year = Year::default();
            for range in &file.holidays {
                let days = days(range).ok_or_else(|| bad(format!("`{range}` is not `YYYY-MM-DD..YYYY-MM-DD`")))?;
                year.holidays.extend(days);
            }
            year.make_up.extend(&file.make_up);
            let all = year.holidays.iter().chain(&year.make_up);
            if let Some(day) = all.into_iter().find(|day| day.year() != file.year) {
                return Err(bad(format!("{day} does not lie in {}", file.year)));
            }
            if let Some(day) = year.holidays.intersection(&year.make_up).next() {
                return Err(bad(format!("{day} is a holiday and a make-up day")));
            }
            if years.insert(file.year, year).is_some() {
                return Err(bad(format!("{} is there twice", file.year)));
            }
        }
        Ok(Self { years })
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_worked(&self, day: Date) -> bool {
        let weekday = day.weekday().to_monday_zero_offset() < 5;
        self.years
            .get(&day.year())
            .map_or(weekday, |year| year.make_up.contains(&day) || (weekday && !year.holidays.contains(&day)))
    }

    /// Whether the holidays of a day's year are known.
    #[must_use]
    pub fn knows(&self, day: Date) -> bool {
        self.years.contains_key(&day.year())
    }

    /// The years whose holidays are known.
    #[must_use]
    pub fn years(&self) -> Vec<i16> {
        self.years.keys().copied().collect()
    }

    /// The `count`th working day after `day`; the day itself is not counted (民法典第二百零一条).
    #[must_use]
    pub fn after(&self, day: Date, count: u32) -> Date {
        let mut at = day;
        let mut left = count;
        while left > 0 {
            let Ok(next) = at.tomorrow() else { break };
            at = next;
            left -= u32::from(self.is_worked(at));
        }
        at
    }

    /// The instant at which a term of working days from `from` ends: at minute `day_ends` of its last day.
    #[must_use]
    pub fn due(&self, from: Timestamp, working_days: u32, day_ends: i64) -> Timestamp {
        Timestamp::of_day(self.after(from.date(), working_days), day_ends)
    }

    /// How many working days lie between two days, the first not counted.
    #[must_use]
    pub fn between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut at = from;
        while at < to {
            let Ok(next) = at.tomorrow() else { break };
            at = next;
            count += u32::from(self.is_worked(at));
        }
        count
    }
}

fn days(range: &str) -> Option<Vec<Date>> {
    let (from, to) = range.split_once("..")?;
    let (from, to): (Date, Date) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    let all: Vec<Date> = std::iter::successors(Some(from), |day| day.tomorrow().ok())
        .take_while(|day| *day <= to)
        .take(LONGEST)
        .collect();
    (all.last() == Some(&to)).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::Calendar;

    fn calendar() -> Calendar {
        Calendar::parse(&[
            ("holidays_2025.toml".to_owned(), include_str!("../../../policies/holidays_2025.toml").to_owned()),
            ("holidays_2026.toml".to_owned(), include_str!("../../../policies/holidays_2026.toml").to_owned()),
        ])
        .unwrap()
    }

    #[test]
    fn terms_pass_over_weekends_and_holidays_and_count_make_up_days() {
        let calendar = calendar();
        for (from, days, wanted) in [
            // Monday to Wednesday.
            ("2026-11-23", 2, "2026-11-25"),
            // Over a weekend.
            ("2026-11-27", 1, "2026-11-30"),
            // The National Day week: 10 October is worked.
            ("2026-09-30", 2, "2026-10-09"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-09-30", 4, "2026-10-12"),
            // Received on a Sunday.
            ("2026-11-22", 1, "2026-11-23"),
            // From one year into the next, over the Spring Festival.
            ("2025-12-31", 1, "2026-01-04"),
            ("2026-02-13", 1, "2026-02-14"),
            ("2026-02-14", 1, "2026-02-24"),
            // A term of no days ends on its own day.
            ("2026-11-25", 0, "2026-11-25"),
        ] {
            assert_eq!(calendar.after(from.parse().unwrap(), days).to_string(), wanted, "{from} + {days}");
        }
    }

    #[test]
    fn the_years_have_the_working_days_that_the_state_council_left_them() {
        let calendar = calendar();
        let year = |year: i16| {
            calendar.between(format!("{}-12-31", year - 1).parse().unwrap(), format!("{year}-12-31").parse().unwrap())
        };
        // 365 days, 104 days of weekends, 13 days of holidays since 2025 (国务院令第795号).
        assert_eq!((year(2025), year(2026)), (248, 248));
        assert!(!calendar.knows("2027-01-01".parse().unwrap()));
        // A year that nobody has announced has its weekends.
        assert!(calendar.is_worked("2027-01-01".parse().unwrap()));
    }

    #[test]
    fn a_wrong_file_says_what_is_wrong() {
        for (text, wanted) in [
            ("year = 2026\nholidays = [\"2026-01-01\"]\nmake_up = []", "`2026-01-01` is not"),
            ("year = 2026\nholidays = [\"2025-01-01..2025-01-02\"]\nmake_up = []", "2025-01-01 does not lie in 2026"),
            ("year = 2026\nholidays = [\"2026-02-05..2026-02-01\"]\nmake_up = []", "is not"),
            (
                "year = 2026\nholidays = [\"2026-02-05..2026-02-06\"]\nmake_up = [\"2026-02-06\"]",
                "is a holiday and a make-up",
            ),
            ("year = 2026\nholiday = []", "unknown field"),
        ] {
            let said = Calendar::parse(&[("holidays.toml".to_owned(), text.to_owned())]).unwrap_err().to_string();
            assert!(said.contains(wanted) && said.starts_with("holidays.toml"), "{said}");
        }
    }
}
