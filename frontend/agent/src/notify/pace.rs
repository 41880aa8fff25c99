//! How often there is a notification: a flood of signatures must not flood the desktop.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two notifications on one occasion, for one origin.
const PAUSE: Duration = Duration::from_secs(2);

/// When there was the last notification, and how many were left out since.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<Instant>,
    left_out: u64,
}

impl Pace {
    /// `Some` if there may be a notification now: how many were left out before it.
    pub(super) fn passes(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now < last + PAUSE) {
            self.leave_out();
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.left_out))
    }

    /// One is left out.
    pub(super) fn leave_out(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, PAUSE, Pace};

    #[tokio::test]
    async fn a_flood_becomes_one_notice_at_a_time_that_counts_the_others() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert_eq!(pace.passes(now), Some(0));
        for _ in 0..1000 {
            assert_eq!(pace.passes(now), None);
        }
        assert_eq!(pace.passes(now + PAUSE), Some(1000));
        assert_eq!(pace.passes(now + PAUSE * 2), Some(0));
    }
}
