//! How many certificates of an agent are verified.
//!
//! An agent can make up new certificates for each list. Without this bound each list would take as
//! long as two thousand signatures.

use std::time::{Duration, Instant};

/// Most certificates of an agent that are verified at once. Each takes a few milliseconds at most.
/// People have a few.
pub(super) const MAX_AT_ONCE: u32 = 64;

/// Time after which one more may be verified. An agent that makes them up takes less than a
/// hundredth of a processor.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// What is left of it.
#[derive(Debug)]
pub(super) struct Allowance {
    left: u32,
    /// From when on the next one comes.
    since: Option<Instant>,
}

impl Default for Allowance {
    /// All of it.
    fn default() -> Self {
        Self {
            left: MAX_AT_ONCE,
            since: None,
        }
    }
}

impl Allowance {
    /// Takes one at `now`, if one is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let is_left = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_left
    }

    fn refill(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        let pauses = now.saturating_duration_since(since).as_secs() / PAUSE.as_secs();
        let pauses = u32::try_from(pauses).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(pauses).min(MAX_AT_ONCE);
        if pauses > 0 {
            self.since = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, MAX_AT_ONCE, PAUSE};
    use std::time::Instant;

    #[test]
    fn what_was_taken_comes_back_one_by_one_up_to_the_bound() {
        let mut allowance = Allowance::default();
        let mut now = Instant::now();
        for _ in 0..MAX_AT_ONCE {
            assert!(allowance.take(now));
        }
        assert!(!allowance.take(now));
        now += PAUSE;
        assert!(allowance.take(now) && !allowance.take(now));
        now += PAUSE * (10 * MAX_AT_ONCE);
        let taken = std::iter::repeat_with(|| allowance.take(now));
        let taken = taken.take_while(|taken| *taken).count();
        assert_eq!(u32::try_from(taken), Ok(MAX_AT_ONCE));
    }
}
