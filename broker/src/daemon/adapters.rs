//! The real thing behind each port.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::authority::Polkit;
use crate::core::ports::Clock;
use crate::core::service::Ports;
use crate::store::FileStore;
use crate::tpm::TpmThread;

/// One adapter for each port.
#[derive(Debug)]
pub(super) struct Adapters {
    pub(super) tpm: TpmThread,
    pub(super) authority: Polkit,
    pub(super) store: FileStore,
}

impl Ports for Adapters {
    type Tpm = TpmThread;
    type Authority = Polkit;
    type Store = FileStore;
    type Clock = SystemClock;

    fn tpm(&self) -> &TpmThread {
        &self.tpm
    }

    fn authority(&self) -> &Polkit {
        &self.authority
    }

    fn store(&self) -> &FileStore {
        &self.store
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}

/// The clock of the machine.
#[derive(Debug)]
pub(super) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}
