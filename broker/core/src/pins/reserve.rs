//! The tries that SSH keys leave to others: to a disk that is unlocked with a PIN at boot, and to
//! an unclean power-off, which costs tries (TPM 2.0 Part 1, "Dictionary Attack Protection").

use std::time::Duration;

use super::error::Wait;
use sshtpm_ssh::tpm::Lockout;

/// The number of tries that SSH keys never use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve(pub u32);

impl Reserve {
    /// Whether a PIN may be passed on: the TPM is not in lockout, and has more tries left than are
    /// reserved.
    pub fn allows(self, lockout: &Lockout) -> bool {
        let left = lockout.max_tries.saturating_sub(lockout.counter);
        !lockout.in_lockout && left > self.of(lockout.max_tries)
    }

    /// Whether a PIN may be passed on for a user with `own` possibly wrong tries at the TPM, this
    /// one included. No user alone uses up the tries of all users, even of a TPM with few.
    pub fn leaves_others_some(self, lockout: &Lockout, own: usize) -> bool {
        let passed_on = lockout.max_tries.saturating_sub(self.of(lockout.max_tries));
        u32::try_from(own).is_ok_and(|own| own <= (passed_on / 2).max(1))
    }

    /// The longest time until [`Self::allows`] is true; `None` if the TPM forgets no tries by
    /// itself.
    pub(crate) fn wait(self, lockout: &Lockout) -> Option<Wait> {
        let most = lockout.max_tries.checked_sub(self.of(lockout.max_tries))?;
        let too_many = lockout.counter.saturating_add(1);
        let too_many = too_many.saturating_sub(most).max(1);
        let recovery = Duration::from_secs(lockout.recovery_seconds.into());
        let can_end = most > 0 && !recovery.is_zero();
        can_end.then(|| Wait(recovery.saturating_mul(too_many)))
    }

    /// Half of the tries of a chip that has few, so that PINs can be used there at all.
    fn of(self, max_tries: u32) -> u32 {
        self.0.min(max_tries / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lockout(counter: u32, max_tries: u32) -> Lockout {
        Lockout {
            counter,
            max_tries,
            recovery_seconds: 600,
            lockout_recovery_seconds: 86400,
            in_lockout: counter >= max_tries,
        }
    }

    fn allowed_up_to(reserve: u32, max_tries: u32) -> u32 {
        let allows = |counter| Reserve(reserve).allows(&lockout(counter, max_tries));
        (0..=max_tries)
            .find(|&counter| !allows(counter))
            .expect("an end")
    }

    #[test]
    fn tries_are_passed_on_until_the_reserve_is_left() {
        assert_eq!(allowed_up_to(8, 32), 24);
        assert_eq!(allowed_up_to(0, 32), 32);
        assert_eq!(allowed_up_to(8, 16), 8);
    }

    #[test]
    fn a_chip_with_few_tries_keeps_half_of_them() {
        assert_eq!(allowed_up_to(8, 10), 5);
        assert_eq!(allowed_up_to(8, 3), 2);
        assert_eq!(allowed_up_to(8, 1), 1);
    }

    #[test]
    fn one_user_gets_half_of_what_is_passed_on_and_one_try_in_any_case() {
        let share = |max_tries| {
            let all = lockout(0, max_tries);
            let allows = |own: &usize| Reserve(8).leaves_others_some(&all, *own);
            (1..).take_while(allows).count()
        };
        let shares = [32, 10, 5, 3, 1].map(share);
        assert_eq!(shares, [12, 2, 1, 1, 1]);
    }

    #[test]
    fn a_count_that_no_chip_has_is_no_reason_to_fail() {
        let wait = Reserve(8).wait(&lockout(u32::MAX, 32));
        assert_eq!(wait, Some(Wait(Duration::from_secs(600) * (u32::MAX - 24))));
    }

    #[test]
    fn a_chip_in_lockout_gets_nothing() {
        let locked = Lockout {
            in_lockout: true,
            ..lockout(0, 32)
        };
        assert!(!Reserve(0).allows(&locked));
        assert!(!Reserve(0).allows(&lockout(0, 0)));
    }

    #[test]
    fn the_wait_is_what_the_chip_needs_to_forget_enough() {
        let wait = |counter| Reserve(8).wait(&lockout(counter, 32));
        let of = |tries: u32| Some(Wait(Duration::from_secs(600) * tries));
        assert_eq!(wait(24), of(1));
        assert_eq!(wait(25), of(2));
        assert_eq!(wait(32), of(9));
    }

    #[test]
    fn a_chip_that_forgets_nothing_gives_no_time() {
        let never = Lockout {
            recovery_seconds: 0,
            ..lockout(32, 32)
        };
        assert_eq!(Reserve(8).wait(&never), None);
        assert_eq!(Reserve(8).wait(&lockout(0, 0)), None);
    }
}
