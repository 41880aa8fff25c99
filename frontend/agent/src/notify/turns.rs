//! How often there is a notification: a flood of signatures must not flood the desktop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// Time between two notifications on one occasion, for one origin.
const PAUSE: Duration = Duration::from_secs(2);

/// The turns of the notifications on one occasion, for one origin. Cloning shares them.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    places: Arc<Semaphore>,
    /// When the last turn began. A turn that waits for its time keeps the others waiting.
    last: Arc<Mutex<Option<Instant>>>,
}

/// The right to show one notification, as long as this lives.
#[derive(Debug)]
pub(super) struct Turn {
    /// Nobody closes the semaphore, so this is a place.
    _place: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// As many turns at a time as there are `places`.
    pub(super) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            last: Arc::default(),
        }
    }

    /// Waits for a place, and then until the pause after the last turn is over.
    pub(super) async fn next(&self) -> Turn {
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            sleep_until(last + PAUSE).await;
        }
        *last = Some(Instant::now());
        Turn { _place: place }
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, PAUSE, Turns};
    use futures_util::future::FutureExt;

    #[tokio::test(start_paused = true)]
    async fn a_turn_begins_no_sooner_than_a_pause_after_the_last_one() {
        let (turns, begin) = (Turns::new(1), Instant::now());
        for number in 0..3 {
            drop(turns.next().await);
            assert_eq!(begin.elapsed(), PAUSE * number);
        }
        tokio::time::sleep(PAUSE * 5).await;
        assert!(turns.next().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_as_many_turns_at_a_time_as_places() {
        let turns = Turns::new(2);
        let first = turns.next().await;
        let _second = turns.next().await;
        tokio::time::sleep(PAUSE).await;
        assert!(turns.next().now_or_never().is_none());
        drop(first);
        assert!(turns.next().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_notification_that_no_longer_waits_takes_no_turn() {
        let turns = Turns::new(1);
        drop(turns.next().await);
        assert!(turns.next().now_or_never().is_none());
        tokio::time::sleep(PAUSE).await;
        assert!(turns.next().now_or_never().is_some());
    }
}
