//! Spans of time, as people type and read them.

use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::SignedDuration;

/// Seconds of an hour and of a minute.
const HOUR: u32 = 3600;
const MINUTE: u32 = 60;

/// A span of whole seconds, such as `8h` or `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeSpan(NonZeroU32);

impl TimeSpan {
    /// Its length.
    pub(crate) fn seconds(self) -> u32 {
        self.0.get()
    }
}

impl FromStr for TimeSpan {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span: SignedDuration = text
            .parse()
            .map_err(|_| "expected a time such as 8h, 30m or 1h30m")?;
        let seconds = u32::try_from(span.as_secs()).ok();
        let seconds = seconds.filter(|_| span.subsec_nanos() == 0);
        seconds
            .and_then(NonZeroU32::new)
            .map(Self)
            .ok_or("expected from 1s to 100 years, in whole seconds")
    }
}

/// `seconds` in the largest unit of which they are a whole number.
pub(crate) fn in_words(seconds: u32) -> String {
    if seconds.is_multiple_of(HOUR) {
        format!("{} h", seconds / HOUR)
    } else if seconds.is_multiple_of(MINUTE) {
        format!("{} min", seconds / MINUTE)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::{TimeSpan, in_words};

    fn seconds(text: &str) -> Option<u32> {
        text.parse().ok().map(TimeSpan::seconds)
    }

    #[test]
    fn times_are_typed_as_people_type_them() {
        assert_eq!(seconds("8h"), Some(8 * 3600));
        assert_eq!(seconds("30m"), Some(1800));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("90 seconds"), Some(90));
    }

    #[test]
    fn what_is_no_time_or_none_at_all_is_refused() {
        for text in ["", "8", "h", "0s", "-1h", "500ms", "never", "99999999999h"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_told_in_the_largest_whole_unit() {
        assert_eq!(in_words(7200), "2 h");
        assert_eq!(in_words(600), "10 min");
        assert_eq!(in_words(61), "61 s");
    }
}
