//! The rest of an agent behind that cost time or memory for nothing.

use std::time::Duration;

use tokio::time::Instant;

/// The first rest: an agent that hung for a moment is back soon. Each further one in a row is twice
/// as long.
const FIRST: Duration = Duration::from_secs(30);

/// The longest rest. Somebody who restarts an agent that hung waits no longer for it, and one that
/// hangs for ever delays one list in that time.
const LONGEST: Duration = Duration::from_secs(120);

/// Whether an agent rests. All connections of one origin share it, so that an agent that hangs
/// delays one list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    last: Duration,
    until: Option<Instant>,
}

impl Rest {
    /// Whether the agent is left alone now.
    pub(super) fn is_on(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() < until)
    }

    /// Begins a rest, unless one is on: what several connections saw at once is one error.
    pub(super) fn begin(&mut self) {
        if !self.is_on() {
            self.last = (self.last * 2).clamp(FIRST, LONGEST);
            self.until = Some(Instant::now() + self.last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LONGEST, Rest};
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn each_rest_in_a_row_is_longer_up_to_a_bound() {
        let mut rest = Rest::default();
        let mut length = FIRST;
        for _ in 0..6 {
            rest.begin();
            // Another connection sees the same error.
            rest.begin();
            advance(length).await;
            assert!(!rest.is_on());
            assert_eq!(rest.last, length);
            length = (length * 2).min(LONGEST);
        }
        assert_eq!(rest.last, LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_lasts_until_its_end() {
        let mut rest = Rest::default();
        assert!(!rest.is_on());
        rest.begin();
        advance(FIRST / 2).await;
        assert!(rest.is_on());
    }
}
