//! The state of the TPM, and the watchdog that notices when it hangs.
//!
//! A command to a TPM cannot be cancelled: the thread that waits for it stays where it is. So the
//! watchdog does not stop the thread; it tells all waiting callers that the TPM hangs, and refuses
//! new ones until the command has come back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::timing::Timing;
use sshtpm_core::key::ParentName;
use sshtpm_core::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::tpm::TpmState;

/// The command under way, and how well it is watched.
#[derive(Debug, Default)]
struct Watched {
    /// By when it has to be back.
    deadline: Option<Instant>,
    /// When the watchdog looks without being woken. Commands follow each other in tenths of a
    /// millisecond, and to wake a task for each would cost as much as a hand-over of the job.
    looks_at: Option<Instant>,
}

/// Shared between the thread that owns the TPM, the watchdog and the waiting callers.
#[derive(Debug)]
pub(super) struct State {
    address: String,
    status: watch::Sender<TpmStatus>,
    /// Status changes only while this is locked, so that a command that comes back late cannot be
    /// called hung afterwards.
    watched: Mutex<Watched>,
    /// Wakes the watchdog when it would look too late.
    sooner: Notify,
    timing: Mutex<Timing>,
}

impl State {
    pub(super) fn new(address: String, timing: Timing) -> Self {
        let reason = format!("the TPM at {address} has not answered yet");
        let status = TpmStatus {
            state: TpmState::Starting,
            reason,
            parent: None,
            facts: None,
        };
        Self {
            address,
            status: watch::Sender::new(status),
            watched: Mutex::default(),
            sooner: Notify::new(),
            timing: Mutex::new(timing),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<TpmStatus> {
        self.status.subscribe()
    }

    /// How long commands may take that are begun now.
    pub(super) fn timing(&self) -> Timing {
        *self.timing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command that is under way keeps its deadline.
    pub(super) fn set_timing(&self, timing: Timing) {
        *self.timing.lock().unwrap_or_else(PoisonError::into_inner) = timing;
    }

    /// A command is on its way and has to be back within `limit`.
    pub(super) fn begin(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut watched = self.lock();
        watched.deadline = Some(deadline);
        if watched.looks_at.is_none_or(|then| then > deadline) {
            watched.looks_at = Some(deadline);
            self.sooner.notify_one();
        }
    }

    /// The command came back, and the TPM with this parent can be used.
    pub(super) fn is_ready(&self, parent: &ParentName, facts: Option<&TpmFacts>) {
        let now = TpmStatus {
            state: TpmState::Ready,
            reason: String::new(),
            parent: Some(parent.clone()),
            facts: facts.cloned(),
        };
        self.end(|_| now);
    }

    /// The command came back, and the TPM cannot be used. What is known about it stays known.
    pub(super) fn is_closed(&self, state: TpmState, reason: String) {
        self.end(|status| TpmStatus {
            state,
            reason,
            parent: status.parent.clone(),
            facts: status.facts.clone(),
        });
    }

    fn end(&self, now: impl FnOnce(&TpmStatus) -> TpmStatus) {
        let mut watched = self.lock();
        watched.deadline = None;
        self.status.send_if_modified(|status| {
            let now = now(status);
            let changed = *status != now;
            *status = now;
            changed
        });
    }

    /// Says that the TPM hangs if the command under way is late. When to look again; `None` if
    /// there is nothing to wait for.
    fn look(&self) -> Option<Instant> {
        let mut watched = self.lock();
        let late = watched.deadline.filter(|then| *then <= Instant::now());
        if late.is_some() {
            watched.deadline = None;
            self.hangs();
        }
        watched.looks_at = watched.deadline;
        watched.looks_at
    }

    fn hangs(&self) {
        tracing::warn!(tpm = %self.address, "the TPM does not answer");
        self.status.send_modify(|status| {
            status.state = TpmState::Hung;
            status.reason = format!(
                "the TPM at {} does not answer; if this lasts, power the machine off and on again",
                self.address
            );
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the commands. It is dropped with the last user of the runtime.
pub(super) async fn watchdog(state: Arc<State>) {
    loop {
        match state.look() {
            None => state.sooner.notified().await,
            Some(then) => {
                tokio::select! {
                    () = state.sooner.notified() => {}
                    () = tokio::time::sleep_until(then) => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn parent() -> ParentName {
        ParentName::new(vec![0, 11, 7]).expect("a Name")
    }

    /// A TPM with its watchdog.
    fn watched() -> Arc<State> {
        let timing = Timing {
            command: LIMIT,
            generation: LIMIT,
        };
        let state = Arc::new(State::new("a device".to_owned(), timing));
        tokio::spawn(watchdog(Arc::clone(&state)));
        state
    }

    async fn answers_after(state: &State, time: Duration) {
        tokio::time::sleep(time).await;
        state.is_ready(&parent(), None);
    }

    fn is(state: &State) -> TpmState {
        state.subscribe().borrow().state
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_command_makes_the_tpm_hang_until_it_is_back() {
        let state = watched();
        state.begin(LIMIT);
        answers_after(&state, LIMIT / 2).await;
        // The watchdog still sleeps for the command before.
        state.begin(LIMIT);
        tokio::time::sleep(LIMIT - Duration::from_secs(1)).await;
        assert_eq!(is(&state), TpmState::Ready);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(is(&state), TpmState::Hung);
        answers_after(&state, LIMIT).await;
        assert_eq!(is(&state), TpmState::Ready);
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_with_less_time_is_watched_in_time() {
        let state = watched();
        state.begin(LIMIT);
        answers_after(&state, Duration::from_secs(1)).await;
        state.begin(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(is(&state), TpmState::Hung);
    }

    #[tokio::test(start_paused = true)]
    async fn commands_in_a_row_do_not_wake_the_watchdog() {
        let state = watched();
        state.begin(LIMIT);
        let looks_at = state.lock().looks_at;
        answers_after(&state, Duration::from_secs(1)).await;
        for _ in 0..3 {
            state.begin(LIMIT);
            assert_eq!(state.lock().looks_at, looks_at);
            answers_after(&state, Duration::from_secs(1)).await;
        }
    }
}
