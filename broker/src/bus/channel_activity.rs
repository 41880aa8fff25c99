//! What the client of a channel does with it, and its end if others need its place more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// The activity of one channel.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    given_up: Notify,
}

#[derive(Debug)]
struct State {
    /// Calls that have no answer yet.
    under_way: usize,
    /// When the last answer went out, or the channel was begun.
    quiet_since: Instant,
    is_given_up: bool,
}

impl Activity {
    /// That of a channel which was begun at `now`, and on which nothing is under way.
    pub(super) fn begun(now: Instant) -> Self {
        let state = State {
            under_way: 0,
            quiet_since: now,
            is_given_up: false,
        };
        Self {
            state: Mutex::new(state),
            given_up: Notify::new(),
        }
    }

    /// A call came in. `false`: it came too late, and the channel ends.
    pub(super) fn begins_call(&self) -> bool {
        let mut state = self.lock();
        if !state.is_given_up {
            state.under_way += 1;
        }
        !state.is_given_up
    }

    /// A call that came in was answered at `now`.
    pub(super) fn ends_call(&self, now: Instant) {
        let mut state = self.lock();
        state.under_way = state.under_way.saturating_sub(1);
        state.quiet_since = now;
    }

    /// Since when nothing is under way; `None` if something is.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.under_way == 0).then_some(state.quiet_since)
    }

    /// Ends the channel, unless something is under way. Returns whether it ends.
    pub(super) fn give_up(&self) -> bool {
        let mut state = self.lock();
        if state.under_way == 0 {
            state.is_given_up = true;
            self.given_up.notify_one();
        }
        state.is_given_up
    }

    /// Returns when the channel has to end. One task waits for that.
    pub(super) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Each change is whole, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_channel_is_quiet_when_each_of_its_calls_has_an_answer() {
        let now = Instant::now();
        let activity = Activity::begun(now);
        assert_eq!(activity.quiet_since(), Some(now));
        assert!(activity.begins_call() && activity.begins_call());
        activity.ends_call(now);
        assert_eq!(activity.quiet_since(), None);
        let later = now + std::time::Duration::from_secs(1);
        activity.ends_call(later);
        assert_eq!(activity.quiet_since(), Some(later));
    }

    #[test]
    fn a_channel_in_use_is_not_given_up() {
        let activity = Activity::begun(Instant::now());
        assert!(activity.begins_call());
        assert!(!activity.give_up());
        assert!(activity.given_up().now_or_never().is_none());
    }

    #[test]
    fn a_channel_that_was_given_up_takes_no_call() {
        let activity = Activity::begun(Instant::now());
        assert!(activity.give_up());
        assert!(!activity.begins_call());
        assert!(activity.given_up().now_or_never().is_some());
    }
}
