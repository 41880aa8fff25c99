//! PINs: which ones are remembered, for how long, and whether one may be tried.
//!
//! The broker remembers PINs; no process of a user does. A PIN is not given out after its time, and
//! the next sweep wipes it.

mod attempt;
mod error;
mod guard;
mod key_id;
mod pin;
mod remembered;
mod reserve;

pub use attempt::{Attempt, Outcome, Try};
pub use error::{PinError, Wait};
pub(crate) use key_id::{KeyId, id};
pub use pin::Pin;
pub use reserve::Reserve;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::counts::Counts;
use super::identity::{Owner, Uid};
use super::key::KeyRecord;
use guard::Guard;
use remembered::Remembered;
use sshtpm_ssh::fingerprint::Fingerprint;

/// How long PINs are remembered, and how many may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinLimits {
    /// The longest time that a PIN is remembered.
    pub remember: Duration,
    /// The tries that are left to others.
    pub reserve: Reserve,
    /// Wrong tries of one user that the TPM may not have forgotten.
    pub tries_per_user: usize,
    /// What a locked screen does to them.
    pub locked_screen: LockedScreen,
}

/// What a locked screen does to the PINs of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockedScreen {
    /// Nothing.
    LeavesPins,
    /// They are forgotten, and none is remembered until it is unlocked.
    ForgetsPins,
}

/// A working day; a quarter of the usual 32 tries for others; and five wrong ones for a user, which
/// people know from other systems. People who use `ssh` in the background go on when they lock.
impl Default for PinLimits {
    fn default() -> Self {
        Self {
            remember: Duration::from_secs(8 * 3600),
            reserve: Reserve(8),
            tries_per_user: 5,
            locked_screen: LockedScreen::LeavesPins,
        }
    }
}

/// The PINs that are remembered, and the tries that were wrong.
#[derive(Debug, Default)]
pub struct Pins {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    limits: PinLimits,
    remembered: Remembered,
    guard: Guard,
}

impl Pins {
    pub(crate) fn limits(&self) -> PinLimits {
        self.lock().limits
    }

    /// Changes the limits from now on. PINs that are remembered for longer than the new time are
    /// not.
    pub(crate) fn set_limits(&self, limits: PinLimits, now: Duration) {
        let mut state = self.lock();
        state.limits = limits;
        state
            .remembered
            .shorten(now.saturating_add(limits.remember));
    }

    /// The PIN of a key, if it is remembered for what the key is now.
    pub(crate) fn of(&self, record: &KeyRecord, now: Duration) -> Option<Arc<Pin>> {
        self.lock().remembered.get(record, now)
    }

    /// Whether a PIN may be tried now. It is asked before a person is.
    ///
    /// # Errors
    ///
    /// Another one is under way, or too many were wrong.
    pub(crate) fn check(&self, key: &KeyId, now: Duration) -> Result<(), PinError> {
        let mut state = self.lock();
        let per_user = state.limits.tries_per_user;
        state.guard.check(key, key.0.uid(), per_user, now)
    }

    /// The TPM did not take a PIN that was remembered.
    pub(crate) fn was_wrong(&self, record: &KeyRecord, now: Duration) {
        let mut state = self.lock();
        let key = id(record);
        state.guard.one_was_wrong(&key, key.0.uid(), now);
        state.forget(|other| *other == key);
    }

    /// Forgets the PIN of one key.
    pub(crate) fn forget(&self, owner: &Owner, fingerprint: Fingerprint) {
        let mut state = self.lock();
        state.forget(|(of, key)| of == owner && *key == fingerprint);
    }

    /// Forgets the PINs of a user.
    pub(crate) fn forget_user(&self, uid: Uid) {
        self.lock().forget(|(of, _)| of.uid() == uid);
    }

    /// Forgets all PINs.
    pub(crate) fn forget_all(&self) {
        self.lock().forget(|_| true);
    }

    /// The TPM was told to forget all wrong tries.
    pub(crate) fn reset_tries(&self) {
        self.lock().guard.reset();
    }

    /// Users with wrong tries.
    pub(crate) fn users(&self) -> BTreeSet<Uid> {
        self.lock().guard.users()
    }

    /// What is counted of `uid`, as of `now`.
    pub(crate) fn counts_of(&self, uid: Uid, now: Duration) -> Counts {
        let mut state = self.lock();
        state.guard.pass(now);
        state.guard.counts_of(uid)
    }

    /// Goes on with what was counted before the broker started.
    pub(crate) fn restore(&self, kept: &[(Uid, Counts)]) {
        self.lock().guard.restore(kept);
    }

    /// Wipes the PINs whose time is over.
    pub(crate) fn sweep(&self, now: Duration) {
        let mut state = self.lock();
        state.remembered.sweep(now);
        state.guard.pass(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets PINs that are being tried, too.
    fn forget(&mut self, of: impl Fn(&KeyId) -> bool) {
        self.remembered.forget(&of);
        self.guard.forget(of);
    }
}
