//! A try of a PIN, from its beginning to its result.

use std::sync::Arc;
use std::time::Duration;

use super::error::{PinError, Wait};
use super::guard::Before;
use super::key_id::KeyId;
use super::{Pin, Pins};
use crate::key::KeyRecord;
use sshtpm_ssh::tpm::Lockout;

/// What the TPM made of a PIN.
#[derive(Debug)]
pub struct Attempt<T> {
    /// How near the TPM was to lockout before.
    pub lockout: Lockout,
    /// What became of the PIN.
    pub outcome: Outcome<T>,
}

impl<T> Attempt<T> {
    /// The same with what `further` makes of the result.
    pub fn map<U>(self, further: impl FnOnce(T) -> U) -> Attempt<U> {
        let outcome = match self.outcome {
            Outcome::Right(done) => Outcome::Right(further(done)),
            Outcome::Wrong => Outcome::Wrong,
            Outcome::Spared => Outcome::Spared,
        };
        let lockout = self.lockout;
        Attempt { lockout, outcome }
    }
}

/// What became of a PIN at the TPM.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was right, and this is the result of the command that it authorized.
    Right(T),
    /// It was wrong.
    Wrong,
    /// The TPM was not asked: too few tries are left, in all or to this user.
    Spared,
}

/// The right to try a PIN once. If it is dropped without a result, the PIN counts as a wrong one.
#[derive(Debug)]
#[must_use = "a try counts as a wrong one until it is said what became of it"]
pub struct Try<'a> {
    pins: &'a Pins,
    key: KeyId,
    before: Before,
    began: Duration,
    is_over: bool,
}

impl Pins {
    /// Takes the right to try a PIN once. One at a time for each key.
    ///
    /// # Errors
    ///
    /// Another one is under way, or too many were wrong.
    pub(crate) fn begin(&self, key: KeyId, now: Duration) -> Result<Try<'_>, PinError> {
        let mut state = self.lock();
        let per_user = state.limits.tries_per_user;
        let before = state.guard.begin(&key, key.0.uid(), per_user, now)?;
        Ok(Try {
            pins: self,
            key,
            before,
            began: now,
            is_over: false,
        })
    }
}

impl Try<'_> {
    /// How many tries of this user the chip may remember as wrong, this one included.
    pub(crate) fn own(&self) -> usize {
        self.pins.lock().guard.own(self.key.0.uid())
    }

    /// Settles what the TPM made of the PIN by `now`.
    ///
    /// # Errors
    ///
    /// It was wrong, or was not tried.
    pub(crate) fn settle<T>(self, attempt: Attempt<T>, now: Duration) -> Result<T, PinError> {
        self.settle_and(attempt, now, None)
    }

    /// Settles it, and remembers a right PIN of the key in `record` for `lasting`, unless it was to
    /// be forgotten since.
    ///
    /// # Errors
    ///
    /// It was wrong, or was not tried.
    pub(crate) fn settle_and_remember<T>(
        self,
        attempt: Attempt<T>,
        now: Duration,
        (record, pin): (&KeyRecord, Arc<Pin>),
        lasting: Duration,
    ) -> Result<T, PinError> {
        let until = now.saturating_add(lasting);
        self.settle_and(attempt, now, Some((record, pin, until)))
    }

    /// The PIN never reached the chip.
    pub(crate) fn never_was(mut self) {
        self.is_over = true;
        let mut state = self.pins.lock();
        let uid = self.key.0.uid();
        state.guard.was_none(&self.key, uid, self.before);
    }

    fn settle_and<T>(
        self,
        attempt: Attempt<T>,
        now: Duration,
        remember: Option<(&KeyRecord, Arc<Pin>, Duration)>,
    ) -> Result<T, PinError> {
        let Attempt { lockout, outcome } = attempt;
        let recovery = Duration::from_secs(lockout.recovery_seconds.into());
        self.pins.lock().guard.learn(recovery);
        match outcome {
            Outcome::Right(value) => {
                self.was_right(remember);
                Ok(value)
            }
            Outcome::Wrong => Err(PinError::Wrong(self.was_wrong(now))),
            Outcome::Spared => Err(self.was_spared(&lockout, now)),
        }
    }

    fn was_right(mut self, remember: Option<(&KeyRecord, Arc<Pin>, Duration)>) {
        self.is_over = true;
        let mut state = self.pins.lock();
        let may_remember = state.guard.was_right(&self.key, self.key.0.uid());
        if let Some((record, pin, until)) = remember.filter(|_| may_remember) {
            state.remembered.insert(record, pin, until);
        }
    }

    fn was_spared(self, lockout: &Lockout, now: Duration) -> PinError {
        let (pins, uid) = (self.pins, self.key.0.uid());
        self.never_was();
        let reserve = pins.limits().reserve;
        let wait = reserve.wait(lockout);
        match reserve.allows(lockout) {
            true => pins.lock().guard.share_is_used(uid, now),
            false if lockout.in_lockout => PinError::Lockout(wait),
            false => PinError::Reserve(wait),
        }
    }

    fn was_wrong(mut self, now: Duration) -> Option<Wait> {
        self.is_over = true;
        self.pins.lock().guard.was_wrong(&self.key, now)
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.pins.lock().guard.was_wrong(&self.key, self.began);
        }
    }
}
