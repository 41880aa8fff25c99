//! Whether a user may try a PIN now. The TPM counts wrong PINs of all users together, so the broker
//! bounds those of each user before they reach it.
//!
//! A try counts as a wrong one from its beginning. It is taken back when the PIN was right or never
//! reached the TPM. So a caller gains nothing by leaving during a try.

mod kept;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::error::{PinError, Wait};
use super::key_id::KeyId;
use crate::identity::Uid;

/// What is known of tries that were wrong, in the time of [`crate::ports::Clock::since_boot`].
#[derive(Debug)]
pub(super) struct Guard {
    keys: HashMap<KeyId, Tries>,
    /// The users whose wrong tries the TPM remembers, and when they were, the oldest first. The TPM
    /// forgets them in this order, and so does the guard: all users together get no more tries than
    /// it forgets.
    outstanding: VecDeque<(Uid, Duration)>,
    /// When the chip last forgot one, or last had one more to forget: with each wrong try its time
    /// begins anew ("DASelfHeal" and "DARegisterFailure" of the reference code, TPM 2.0 Part 4).
    forgot: Duration,
    /// How long it takes to forget one.
    recovery: Duration,
}

/// The tries of one key since its PIN was last right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tries {
    wrong: u32,
    not_before: Duration,
    under_way: UnderWay,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum UnderWay {
    #[default]
    Nothing,
    Try,
    /// A try whose PIN will not be remembered: it was to be forgotten while it was tried.
    TryToForget,
}

/// The tries of a key before one began, to take that one back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before(Tries);

/// Wrong tries that cost no delay: a person mistypes once.
const FREE: u32 = 1;

/// The delay after the first wrong try that costs one; it doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest delay of a key. With it, 10,000 PINs take more than a year.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// How long a key's wrong tries are remembered after it could be tried again.
const FORGET_KEY: Duration = Duration::from_secs(24 * 3600);

/// The recovery time until the TPM says it. systemd and Windows set ten minutes to two hours.
const UNKNOWN_RECOVERY: Duration = Duration::from_secs(7200);

/// Wrong tries of all users that are remembered, many times what any chip allows.
const MOST_OUTSTANDING: usize = 1024;

impl Default for Guard {
    fn default() -> Self {
        Self {
            keys: HashMap::new(),
            outstanding: VecDeque::new(),
            forgot: Duration::ZERO,
            recovery: UNKNOWN_RECOVERY,
        }
    }
}

impl Guard {
    /// Whether a PIN of `key` may be tried for `uid` now.
    ///
    /// # Errors
    ///
    /// It may not: another one is under way, or too many were wrong.
    pub(super) fn check(
        &mut self,
        key: &KeyId,
        uid: Uid,
        per_user: usize,
        now: Duration,
    ) -> Result<(), PinError> {
        self.pass(now);
        let tries = self.keys.get(key).copied().unwrap_or_default();
        if tries.under_way != UnderWay::Nothing {
            return Err(PinError::UnderWay);
        }
        if let Some(wait) = wait_until(tries.not_before, now) {
            return Err(PinError::Key(wait));
        }
        let is_full = self.outstanding.len() >= MOST_OUTSTANDING;
        if self.own(uid) >= per_user || is_full {
            return Err(PinError::User(self.next_forgotten_of(uid, now)));
        }
        Ok(())
    }

    /// Begins a try, as a wrong one; one at a time for each key.
    ///
    /// # Errors
    ///
    /// As [`Self::check`].
    pub(super) fn begin(
        &mut self,
        key: &KeyId,
        uid: Uid,
        per_user: usize,
        now: Duration,
    ) -> Result<Before, PinError> {
        self.check(key, uid, per_user, now)?;
        let tries = self.keys.entry(key.clone()).or_default();
        let before = Before(*tries);
        *tries = tries.and_a_wrong_one(now);
        tries.under_way = UnderWay::Try;
        self.count(uid, now);
        Ok(before)
    }

    /// The try that began is over, and stays counted. Says how long the next one has to wait.
    pub(super) fn was_wrong(&mut self, key: &KeyId, now: Duration) -> Option<Wait> {
        self.forgot = self.forgot.max(now);
        let tries = self.keys.get_mut(key)?;
        tries.under_way = UnderWay::Nothing;
        wait_until(tries.not_before, now)
    }

    /// The try that began was right, which makes up for all wrong ones of the key. Says whether the
    /// PIN may be remembered.
    pub(super) fn was_right(&mut self, key: &KeyId, uid: Uid) -> bool {
        self.take_back(uid);
        let tries = self.keys.remove(key);
        tries.is_none_or(|tries| tries.under_way != UnderWay::TryToForget)
    }

    /// The try that began never reached the chip.
    pub(super) fn was_none(&mut self, key: &KeyId, uid: Uid, before: Before) {
        self.take_back(uid);
        // Whose keys nobody tried takes no room: who adopts a key chooses its fingerprint.
        if before.0 == Tries::default() {
            self.keys.remove(key);
        } else {
            self.keys.insert(key.clone(), before.0);
        }
    }

    /// A PIN that was remembered turned out to be wrong, at the chip.
    pub(super) fn one_was_wrong(&mut self, key: &KeyId, uid: Uid, now: Duration) {
        let tries = self.keys.entry(key.clone()).or_default();
        *tries = tries.and_a_wrong_one(now);
        self.count(uid, now);
        self.forgot = self.forgot.max(now);
    }

    /// How many tries of a user the chip may remember as wrong, those under way included.
    pub(super) fn own(&self, uid: Uid) -> usize {
        self.outstanding.iter().filter(|one| one.0 == uid).count()
    }

    /// Why a user has to wait after using up a share of the TPM's tries.
    pub(super) fn share_is_used(&mut self, uid: Uid, now: Duration) -> PinError {
        self.pass(now);
        let mut of_user = self.keys.iter().filter(|(key, _)| key.0.uid() == uid);
        match of_user.any(|(_, tries)| tries.under_way != UnderWay::Nothing) {
            true => PinError::UnderWay,
            false => PinError::User(self.next_forgotten_of(uid, now)),
        }
    }

    /// PINs that are being tried for these keys are not to be remembered.
    pub(super) fn forget(&mut self, of: impl Fn(&KeyId) -> bool) {
        for (_, tries) in self.keys.iter_mut().filter(|(key, _)| of(key)) {
            if tries.under_way == UnderWay::Try {
                tries.under_way = UnderWay::TryToForget;
            }
        }
    }

    /// How long the chip takes to forget a try, as it says; 0 if it forgets none by itself. We give
    /// it a quarter more: its clock may be slow by 15 % (TPM 2.0 Part 1, "Time"), and it may have
    /// seen a try later than we began it.
    pub(super) fn learn(&mut self, recovery: Duration) {
        self.recovery = if recovery.is_zero() {
            UNKNOWN_RECOVERY
        } else {
            recovery + recovery / 4
        };
    }

    /// The TPM was told to forget all tries, so the delays of keys end, too.
    pub(super) fn reset(&mut self) {
        self.outstanding.clear();
        self.keys.retain(|_, tries| {
            tries.wrong = 0;
            tries.not_before = Duration::ZERO;
            tries.under_way != UnderWay::Nothing
        });
    }

    /// Forgets what time has forgotten.
    pub(super) fn pass(&mut self, now: Duration) {
        while !self.outstanding.is_empty() && now.saturating_sub(self.forgot) >= self.recovery {
            self.outstanding.pop_front();
            self.forgot += self.recovery;
        }
        self.keys.retain(|_, tries| {
            let is_old = now.saturating_sub(tries.not_before) >= FORGET_KEY;
            tries.under_way != UnderWay::Nothing || !is_old
        });
    }

    fn count(&mut self, uid: Uid, now: Duration) {
        if self.outstanding.is_empty() {
            self.forgot = now;
        }
        self.outstanding.push_back((uid, now));
    }

    fn take_back(&mut self, uid: Uid) {
        if let Some(last) = self.outstanding.iter().rposition(|one| one.0 == uid) {
            self.outstanding.remove(last);
        }
    }

    /// When the first try of the user is forgotten, or else the first of all.
    fn next_forgotten_of(&self, uid: Uid, now: Duration) -> Wait {
        let place = self.outstanding.iter().position(|one| one.0 == uid);
        let further = u32::try_from(place.unwrap_or(0)).unwrap_or(u32::MAX);
        let at = self.forgot + self.recovery.saturating_mul(further.saturating_add(1));
        Wait(at.saturating_sub(now))
    }
}

impl Tries {
    fn and_a_wrong_one(self, now: Duration) -> Self {
        let wrong = self.wrong.saturating_add(1);
        Self {
            wrong,
            not_before: now + delay(wrong),
            ..self
        }
    }
}

fn delay(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_DELAY
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(LONGEST_DELAY),
    }
}

fn wait_until(moment: Duration, now: Duration) -> Option<Wait> {
    moment
        .checked_sub(now)
        .filter(|wait| !wait.is_zero())
        .map(Wait)
}

#[cfg(test)]
mod tests;
