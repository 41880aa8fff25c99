//! Moments, in the time zone of the reader.

use jiff::tz::TimeZone;

/// Day, hour and minute; `?` is a time beyond all calendars.
pub(crate) fn local_time(seconds: u64, zone: &TimeZone) -> String {
    formatted(seconds, zone, "%Y-%m-%d %H:%M")
}

/// The day alone.
pub(crate) fn local_day(seconds: u64, zone: &TimeZone) -> String {
    formatted(seconds, zone, "%Y-%m-%d")
}

fn formatted(seconds: u64, zone: &TimeZone, format: &str) -> String {
    let time = i64::try_from(seconds).map(jiff::Timestamp::from_second);
    match time {
        Ok(Ok(time)) => time.to_zoned(zone.clone()).strftime(format).to_string(),
        _ => "?".to_owned(),
    }
}
