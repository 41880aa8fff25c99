//! Limits log lines that a hostile client can cause to one a minute for each reason.
//!
//! A line for all reasons would let a client hide the reason that its user looks for.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// Time between two lines with one reason.
const PAUSE: Duration = Duration::from_secs(60);

/// Most reasons that are remembered. Others share one line. It is a few times the number of errors
/// that the broker has, and a few keys fail for one reason or the other.
const MAX_REASONS: usize = 64;

/// Lets one line with each reason pass, then none with that reason for a minute.
#[derive(Debug)]
pub(super) struct Throttle<R> {
    reasons: HashMap<R, Line>,
    others: Line,
}

#[derive(Debug, Default)]
struct Line {
    passed: Option<Instant>,
    suppressed: u64,
}

/// How many lines with the same reason were suppressed since the last one. Belongs at the end of
/// the next line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suppressed(u64);

impl<R> Default for Throttle<R> {
    /// A throttle that no line has passed.
    fn default() -> Self {
        Self {
            reasons: HashMap::new(),
            others: Line::default(),
        }
    }
}

impl<R: Eq + Hash> Throttle<R> {
    /// `Some` if a line with this reason may be written now.
    pub(super) fn passes(&mut self, reason: R) -> Option<Suppressed> {
        if !self.reasons.contains_key(&reason) && self.reasons.len() >= MAX_REASONS {
            self.reasons.retain(|_, line| line.rests());
        }
        if self.reasons.contains_key(&reason) || self.reasons.len() < MAX_REASONS {
            self.reasons.entry(reason).or_default().passes()
        } else {
            self.others.passes()
        }
    }
}

impl Line {
    /// Whether a line passed within the last minute.
    fn rests(&self) -> bool {
        self.passed.is_some_and(|passed| passed.elapsed() < PAUSE)
    }

    fn passes(&mut self) -> Option<Suppressed> {
        if self.rests() {
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
    use super::{MAX_REASONS, PAUSE, Suppressed, Throttle};

    #[tokio::test(start_paused = true)]
    async fn one_line_a_minute_passes_and_counts_those_that_did_not() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.passes("full"), Some(Suppressed(0)));
        assert_eq!(throttle.passes("full"), None);
        assert_eq!(throttle.passes("full"), None);
        tokio::time::advance(PAUSE).await;
        let passed = throttle.passes("full").unwrap();
        assert_eq!(passed, Suppressed(2));
        assert_eq!(passed.to_string(), " (and 2 more since the last such line)");
        tokio::time::advance(PAUSE).await;
        assert_eq!(throttle.passes("full").unwrap().to_string(), "");
    }

    #[tokio::test(start_paused = true)]
    async fn each_reason_has_a_line_and_a_count_of_its_own() {
        let mut throttle = Throttle::default();
        for _ in 0..3 {
            throttle.passes("frequent");
        }
        assert_eq!(throttle.passes("rare"), Some(Suppressed(0)));
        tokio::time::advance(PAUSE).await;
        assert_eq!(throttle.passes("rare"), Some(Suppressed(0)));
        assert_eq!(throttle.passes("frequent"), Some(Suppressed(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn reasons_without_number_share_a_line_and_fill_no_memory() {
        let mut throttle = Throttle::default();
        let reasons = 0..10 * MAX_REASONS;
        let passed = reasons.filter_map(|reason| throttle.passes(reason));
        assert_eq!(passed.count(), MAX_REASONS + 1);
        assert_eq!(throttle.reasons.len(), MAX_REASONS);
        tokio::time::advance(PAUSE).await;
        // Those that were not seen for a minute make room.
        assert!(throttle.passes(usize::MAX).is_some());
        assert_eq!(throttle.reasons.len(), 1);
    }
}
