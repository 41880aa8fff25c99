//! Limits log lines that a hostile client can cause to one a minute.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// Time between two lines of one kind.
const PAUSE: Duration = Duration::from_secs(60);

/// Lets one line pass, then none for a minute.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    passed: Option<Instant>,
    suppressed: u64,
}

/// How many lines were suppressed since the last one. Belongs at the end of the next line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suppressed(u64);

impl Throttle {
    /// `Some` if the line may be written now.
    pub(super) fn passes(&mut self) -> Option<Suppressed> {
        if self.passed.is_some_and(|passed| passed.elapsed() < PAUSE) {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        }
        self.passed = Some(Instant::now());
        Some(Suppressed(std::mem::take(&mut self.suppressed)))
    }
}

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            count => write!(f, " (and {count} more since the last such line)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE, Suppressed, Throttle};

    #[tokio::test(start_paused = true)]
    async fn one_line_a_minute_passes_and_counts_those_that_did_not() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.passes(), Some(Suppressed(0)));
        assert_eq!(throttle.passes(), None);
        assert_eq!(throttle.passes(), None);
        tokio::time::advance(PAUSE).await;
        let passed = throttle.passes().unwrap();
        assert_eq!(passed, Suppressed(2));
        assert_eq!(passed.to_string(), " (and 2 more since the last such line)");
        tokio::time::advance(PAUSE).await;
        assert_eq!(throttle.passes().unwrap().to_string(), "");
    }
}
