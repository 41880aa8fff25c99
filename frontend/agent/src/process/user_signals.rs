//! Catches the signals that are for users, and whose default action would end the agent.
//!
//! Specs: signal(7); ssh-agent(1), which forgets its keys at SIGUSR1 since OpenSSH 10.1.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::keys::Keys;

/// Receives SIGUSR1 and SIGUSR2 instead of the default action, for as long as the process lives.
#[derive(Debug)]
pub(crate) struct UserSignals {
    first: Signal,
    second: Signal,
}

impl UserSignals {
    /// Catches the signals.
    ///
    /// # Errors
    ///
    /// The process has no file descriptor left for the signals.
    pub(crate) fn install() -> io::Result<Self> {
        Ok(Self {
            first: signal(SignalKind::user_defined1())?,
            second: signal(SignalKind::user_defined2())?,
        })
    }

    /// Makes the broker forget the PINs of the user at each SIGUSR1. SIGUSR2 has no meaning yet and
    /// does nothing. Never returns.
    pub(crate) async fn obey(mut self, keys: &impl Keys) {
        loop {
            tokio::select! {
                _ = self.first.recv() => forget(keys).await,
                _ = self.second.recv() => info!("ignored SIGUSR2, which has no meaning here"),
            }
        }
    }
}

async fn forget(keys: &impl Keys) {
    // `Keys` has logged an error.
    if keys.forget_pins().await.is_ok() {
        info!("SIGUSR1: the broker forgot the PINs of this user");
    }
}
