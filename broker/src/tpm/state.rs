//! The state of the TPM, and the watchdog that notices when it hangs.
//!
//! A command to a TPM cannot be cancelled: the thread that waits for it stays where it is. So the
//! watchdog does not stop the thread; it tells all waiting callers that the TPM hangs, and refuses
//! new ones until the command has come back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::timing::Timing;
use sshtpm_core::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::tpm::TpmState;

/// Shared between the thread that owns the TPM, the watchdog and the waiting callers.
#[derive(Debug)]
pub(super) struct State {
    address: String,
    status: watch::Sender<TpmStatus>,
    /// By when the command under way has to be back. Status changes only while this is locked, so
    /// that a command that comes back late cannot be called hung afterwards.
    deadline: Mutex<Option<Instant>>,
    deadlines: watch::Sender<Option<Instant>>,
    timing: Mutex<Timing>,
}

impl State {
    pub(super) fn new(address: String, timing: Timing) -> Self {
        let reason = format!("the TPM at {address} has not answered yet");
        let status = TpmStatus {
            state: TpmState::Starting,
            reason,
            facts: None,
        };
        Self {
            address,
            status: watch::Sender::new(status),
            deadline: Mutex::new(None),
            deadlines: watch::Sender::new(None),
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
        let deadline = Some(Instant::now() + limit);
        *self.lock() = deadline;
        self.deadlines.send_replace(deadline);
    }

    /// The command came back, and this is how things stand.
    pub(super) fn end(&self, state: TpmState, reason: String, facts: Option<&TpmFacts>) {
        let mut deadline = self.lock();
        *deadline = None;
        self.deadlines.send_replace(None);
        self.status.send_if_modified(|status| {
            let now = TpmStatus {
                state,
                reason,
                facts: facts.cloned().or_else(|| status.facts.clone()),
            };
            let changed = *status != now;
            *status = now;
            changed
        });
    }

    fn expire(&self, expired: Instant) {
        let deadline = self.lock();
        if *deadline != Some(expired) {
            return;
        }
        tracing::warn!(tpm = %self.address, "the TPM does not answer");
        self.status.send_modify(|status| {
            status.state = TpmState::Hung;
            status.reason = format!(
                "the TPM at {} does not answer; if this lasts, power the machine off and on again",
                self.address
            );
        });
        drop(deadline);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the deadlines for as long as there is a `State`.
pub(super) async fn watchdog(state: Arc<State>) {
    let mut deadlines = state.deadlines.subscribe();
    loop {
        let deadline = *deadlines.borrow_and_update();
        let changed = match deadline {
            None => deadlines.changed().await,
            Some(deadline) => {
                tokio::select! {
                    changed = deadlines.changed() => changed,
                    () = tokio::time::sleep_until(deadline) => {
                        state.expire(deadline);
                        deadlines.changed().await
                    }
                }
            }
        };
        if changed.is_err() {
            return;
        }
    }
}
