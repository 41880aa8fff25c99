//! The lifetime of ordinary keys (`-t`), which OpenSSH's agent is given as it is.
//!
//! Spec: sshd_config(5), "TIME FORMATS".

use std::str::FromStr;

/// Longest text, in bytes: a hundred years, with each unit.
const MAX_TEXT_BYTES: usize = 32;

/// A time that is not zero: numbers, each perhaps with one of the units s, m, h, d and w.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lifetime(String);

/// The text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write seconds, or numbers with the units s, m, h, d and w, as in 1h30m")]
pub(super) struct NotALifetime;

impl Lifetime {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Lifetime {
    type Err = NotALifetime;

    fn from_str(text: &str) -> Result<Self, NotALifetime> {
        let is_unit = |c: char| "sSmMhHdDwW".contains(c);
        let mut numbers = text.split_inclusive(is_unit);
        let is_number = |part: &str| {
            let digits = part.strip_suffix(is_unit).unwrap_or(part);
            !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
        };
        let is_time = !text.is_empty() && text.len() <= MAX_TEXT_BYTES && numbers.all(is_number);
        let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
        if !is_time || is_zero {
            return Err(NotALifetime);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Lifetime;

    #[test]
    fn a_time_is_written_as_for_sshd() {
        for text in ["60", "1h", "1h30m", "2W", "90M5"] {
            assert_eq!(text.parse::<Lifetime>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_text_that_is_not_a_time_is_refused() {
        let long = "1".repeat(33);
        for text in [
            "", "0", "0h0m", "h", "1y", "-1", "1 h", "1hh", "1.5h", &long,
        ] {
            assert!(text.parse::<Lifetime>().is_err(), "{text}");
        }
    }
}
