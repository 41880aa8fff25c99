//! Signals that ask the program to stop.
//!
//! Purpose: a command that is interrupted still ends `pkttyagent`, clears the spinner and takes
//! back a half-made change of sshd's configuration. All of that hangs on `Drop`; so the signals
//! become a future that is raced against the command, which is dropped when it loses.

use tokio::signal::unix::{SignalKind, signal};

use super::error::Failure;

/// Waits for SIGINT, SIGTERM or SIGHUP, and returns what to end with.
pub(crate) async fn wait() -> Failure {
    tokio::select! {
        failure = wait_for(SignalKind::interrupt()) => failure,
        failure = wait_for(SignalKind::terminate()) => failure,
        failure = wait_for(SignalKind::hangup()) => failure,
    }
}

async fn wait_for(kind: SignalKind) -> Failure {
    match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
            Failure::Interrupted(u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX))
        }
        Err(error) => Failure::new("cannot wait for signals", error),
    }
}
