//! PINs: which are remembered and for how long, and who may try one.
//!
//! They are remembered here, in the broker, and in no process of a user's. Whoever asks for one
//! after its time is told that it is not known; [`Pins::sweep`] then wipes it.

mod attempt;
mod error;
mod guard;
mod key_id;
mod pin;
mod remembered;
mod reserve;

pub use attempt::{Attempt, Outcome, Try};
pub use error::{PinError, Wait};
pub use pin::{MAX_BYTES, Pin};
pub use reserve::Reserve;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::fingerprint::Fingerprint;
use super::identity::{Owner, Uid};
use super::key::KeyRecord;
use guard::Guard;
use key_id::{KeyId, id};
use remembered::Remembered;

/// How PINs are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinLimits {
    /// For how long a PIN is remembered at most.
    pub remember: Duration,
    /// How many tries are left to others.
    pub reserve: Reserve,
    /// How many wrong tries one user can have outstanding at the chip.
    pub tries_per_user: usize,
}

/// A working day; a quarter of the tries that a chip commonly has (32) for others; and as many wrong
/// ones as people are used to be allowed.
impl Default for PinLimits {
    fn default() -> Self {
        Self {
            remember: Duration::from_secs(8 * 3600),
            reserve: Reserve(8),
            tries_per_user: 5,
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

    /// From now on. What is remembered for longer is so for the new time at most.
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

    /// Whether a PIN may be tried now; for who wants to know before asking anybody.
    ///
    /// # Errors
    ///
    /// Another one is under way, or too many were wrong.
    pub(crate) fn check(&self, record: &KeyRecord, now: Duration) -> Result<(), PinError> {
        let mut state = self.lock();
        let per_user = state.limits.tries_per_user;
        let key = id(record);
        state.guard.check(&key, key.0.uid(), per_user, now)
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

    /// The chip was told to forget all wrong tries.
    pub(crate) fn reset_tries(&self) {
        self.lock().guard.reset();
    }

    /// Wipes what has had its time.
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
    /// Those that are being tried just now, too.
    fn forget(&mut self, of: impl Fn(&KeyId) -> bool) {
        self.remembered.forget(&of);
        self.guard.forget(of);
    }
}
