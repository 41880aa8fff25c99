//! Log lines that a hostile client could cause: one a minute.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two lines of the same kind.
const PAUSE: Duration = Duration::from_secs(60);

/// Lets one line pass, then none for a minute.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    passed: Option<Instant>,
}

impl Throttle {
    /// Whether the line may be written now.
    pub(super) fn passes(&mut self) -> bool {
        let passes = self.passed.is_none_or(|passed| passed.elapsed() >= PAUSE);
        if passes {
            self.passed = Some(Instant::now());
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE, Throttle};

    #[tokio::test(start_paused = true)]
    async fn one_line_passes_a_minute() {
        let mut throttle = Throttle::default();
        assert!(throttle.passes());
        assert!(!throttle.passes());
        tokio::time::advance(PAUSE).await;
        assert!(throttle.passes());
        assert!(!throttle.passes());
    }
}
