//! A moment, as people write it.
//!
//! Specs: the Gregorian calendar; POSIX.1, "Seconds Since the Epoch".

use std::fmt;

/// A moment, in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utc(pub u64);

const SECONDS_OF_DAY: u64 = 86_400;

/// Days of 400 years, after which the calendar repeats itself.
const DAYS_OF_ERA: u64 = 146_097;

/// Later moments are told in seconds: no certificate is meant to live that long.
const LAST_YEAR: u64 = 9999;

impl Utc {
    /// Year, month and day; `None` after [`LAST_YEAR`].
    fn date(self) -> Option<(u64, u64, u64)> {
        let days = self.0 / SECONDS_OF_DAY;
        let mut year = 1970 + days / DAYS_OF_ERA * 400;
        let mut left = days % DAYS_OF_ERA;
        while left >= days_of_year(year) {
            left -= days_of_year(year);
            year += 1;
        }
        let mut month = 1;
        while left >= days_of_month(year, month) {
            left -= days_of_month(year, month);
            month += 1;
        }
        (year <= LAST_YEAR).then_some((year, month, left + 1))
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((year, month, day)) = self.date() else {
            return write!(f, "{} seconds after 1970", self.0);
        };
        let of_day = self.0 % SECONDS_OF_DAY;
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(
            f,
            "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"
        )
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::Utc;

    #[test]
    fn a_moment_reads_as_date_prints_it() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_767_225_599, "2025-12-31 23:59:59 UTC"),
            (1_795_921_782, "2026-11-29 03:09:42 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (12_622_780_800, "2370-01-01 00:00:00 UTC"),
            (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(Utc(seconds).to_string(), text);
        }
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_told_in_seconds() {
        assert_eq!(
            Utc(253_402_300_800).to_string(),
            "253402300800 seconds after 1970"
        );
        assert_eq!(
            Utc(u64::MAX).to_string(),
            format!("{} seconds after 1970", u64::MAX)
        );
    }
}
