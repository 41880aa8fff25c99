//! The adapters behind the core's ports.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::future::{BoxFuture, FutureExt as _};
use rustix::time::{ClockId, clock_gettime};

use crate::authority::{Polkit, Signals};
use crate::bus::{Arrivals, UserDatabase};
use crate::sessions::Seats;
use crate::store::{CountStore, FileStore, UseStore};
use crate::tpm::TpmThread;
use sshtpm_core::ports::{Clock, Ports};

impl Signals for Arrivals {
    fn are_heard(&self) -> BoxFuture<'_, ()> {
        self.are_handed_on().boxed()
    }
}

/// One adapter for each port.
#[derive(Debug)]
pub(super) struct Adapters {
    pub(super) tpm: TpmThread,
    pub(super) authority: Polkit,
    pub(super) store: FileStore,
    pub(super) uses: UseStore,
    pub(super) counts: CountStore,
    pub(super) seats: Seats,
}

impl Ports for Adapters {
    type Tpm = TpmThread;
    type Authority = Polkit;
    type Store = FileStore;
    type Uses = UseStore;
    type Counts = CountStore;
    type Seats = Seats;
    type Users = UserDatabase;
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

    fn uses(&self) -> &UseStore {
        &self.uses
    }

    fn counts(&self) -> &CountStore {
        &self.counts
    }

    fn seats(&self) -> &Seats {
        &self.seats
    }

    fn users(&self) -> &UserDatabase {
        &UserDatabase
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

    fn since_boot(&self) -> Duration {
        let now = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
    }

    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}
