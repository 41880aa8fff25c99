//! A moment in the past, as people type it for `--since`.
//!
//! Source: systemd.time(7), PARSING TIMESTAMPS, whose forms these are: a date, a time, both, a time
//! zone, `now`, `today`, `yesterday`, `@` and seconds since 1970, and a span that ended now.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// When to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Since(Timestamp);

/// What is expected, for an error.
const EXPECTED: &str = "expected a time such as 2h, 3 days, yesterday, 08:30, 2026-01-31 or \
                        2026-01-31 08:30";

impl Since {
    /// Whether what happened `seconds` after 1970-01-01 UTC was then or later.
    pub(crate) fn includes(self, seconds: u64) -> bool {
        i64::try_from(seconds).is_ok_and(|seconds| seconds >= self.0.as_second())
    }

    fn read(text: &str, now: &Zoned) -> Option<Self> {
        let text = text.trim();
        let midnight = || now.start_of_day().ok();
        let zoned = match text.to_ascii_lowercase().as_str() {
            "now" => Some(now.clone()),
            "today" => midnight(),
            "yesterday" => midnight().and_then(|day| day.checked_sub(1.day()).ok()),
            _ => absolute(text, now).or_else(|| before(text, now)),
        };
        zoned.map(|zoned| Self(zoned.timestamp()))
    }
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text, &Zoned::now()).ok_or(EXPECTED)
    }
}

fn absolute(text: &str, now: &Zoned) -> Option<Zoned> {
    let zone = now.time_zone();
    if let Some(seconds) = text.strip_prefix('@') {
        let time = Timestamp::from_second(seconds.parse().ok()?).ok()?;
        return Some(time.to_zoned(zone.clone()));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.to_zoned(zone.clone()));
    }
    let local = match text.contains(':') {
        true => text.parse::<DateTime>().ok().or_else(|| {
            let time: Time = text.parse().ok()?;
            Some(now.date().to_datetime(time))
        }),
        false => text.parse::<Date>().ok().map(DateTime::from),
    };
    local?.to_zoned(zone.clone()).ok()
}

/// `2h`, `2h ago` and `-2h` are all two hours before now.
fn before(text: &str, now: &Zoned) -> Option<Zoned> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = text.strip_suffix("ago").unwrap_or(text).trim_end();
    let is_span = text.starts_with(|first: char| first.is_ascii_digit());
    let span: Span = is_span.then(|| text.parse().ok())??;
    now.checked_sub(span).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Zoned;

    use super::Since;

    fn read(text: &str) -> Option<String> {
        let now: Zoned = "2026-03-02T10:30:00+01:00[Europe/Berlin]".parse().unwrap();
        Since::read(text, &now).map(|since| since.0.to_string())
    }

    #[test]
    fn a_time_is_typed_as_for_journalctl() {
        for (text, time) in [
            ("now", "2026-03-02T09:30:00Z"),
            ("today", "2026-03-01T23:00:00Z"),
            ("Yesterday", "2026-02-28T23:00:00Z"),
            ("1h", "2026-03-02T08:30:00Z"),
            ("-1h30m", "2026-03-02T08:00:00Z"),
            ("2 days ago", "2026-02-28T09:30:00Z"),
            ("1 week", "2026-02-23T09:30:00Z"),
            ("08:15", "2026-03-02T07:15:00Z"),
            ("2026-02-01", "2026-01-31T23:00:00Z"),
            ("2026-02-01 08:15", "2026-02-01T07:15:00Z"),
            ("2026-02-01T08:15:20", "2026-02-01T07:15:20Z"),
            ("2026-02-01T08:15:20Z", "2026-02-01T08:15:20Z"),
            ("@1000000000", "2001-09-09T01:46:40Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "ago",
            "soon",
            "8",
            "25:00",
            "2026-13-01",
            "@x",
            "1 fortnight",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_included() {
        let since = Since(jiff::Timestamp::from_second(100).unwrap());
        assert!(since.includes(100) && since.includes(101) && !since.includes(99));
        assert!(!since.includes(u64::MAX));
    }
}
