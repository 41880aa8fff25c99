//! How close the TPM is to its dictionary-attack lockout.
//!
//! A lockout affects SSH keys with a PIN and other objects that have a password, such as a disk
//! key. It does not affect SSH keys without a PIN.

use sshtpm_ssh::tpm::Lockout;

use super::finding::Finding;
use crate::probe::bus::NoAnswer;
use crate::tpm_lockout::recovery;

/// Whether the TPM counts failed tries, or is locked.
pub(crate) fn check(lockout: &Result<Lockout, NoAnswer>) -> Finding {
    let lockout = match lockout {
        Ok(lockout) => lockout,
        Err(NoAnswer::Unknown) => return Finding::skipped("this broker is too old to say"),
        Err(error) => return Finding::skipped(format!("the broker does not say: {error}")),
    };
    let Lockout {
        counter, max_tries, ..
    } = lockout;
    if lockout.in_lockout {
        Finding::fail(
            format!("the TPM is locked, after {counter} failed tries of {max_tries}"),
            format!(
                "SSH keys with a PIN and other objects with a password cannot be used now.\n\
                 SSH keys without a PIN still sign.\n{}\n\
                 An administrator can make it forget them now: `sudo sshtpm tpm lockout --reset`.",
                recovery(lockout.recovery_seconds)
            ),
        )
    } else if *counter > 0 {
        Finding::warn(
            format!("the TPM remembers {counter} failed tries; it locks at {max_tries}"),
            format!(
                "A wrong PIN or password was entered, or a program is guessing.\n{}",
                recovery(lockout.recovery_seconds)
            ),
        )
    } else {
        Finding::ok(format!(
            "the TPM remembers no failed tries; it locks at {max_tries}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::tpm::Lockout;

    use super::{NoAnswer, check};
    use crate::checks::finding::Finding;

    const FRESH: Lockout = Lockout {
        counter: 0,
        max_tries: 32,
        recovery_seconds: 7200,
        lockout_recovery_seconds: 86400,
        in_lockout: false,
    };

    #[test]
    fn a_tpm_that_counts_nothing_is_fine() {
        assert!(matches!(check(&Ok(FRESH)), Finding::Ok(_)));
    }

    #[test]
    fn failed_tries_are_a_warning_that_says_when_they_are_forgotten() {
        let lockout = Lockout {
            counter: 3,
            ..FRESH
        };
        let Finding::Warn(advice) = check(&Ok(lockout)) else {
            panic!("no warning");
        };
        assert!(
            advice.next.ends_with("The TPM forgets one every 2 h."),
            "{advice:?}"
        );
    }

    #[test]
    fn a_lockout_fails_and_says_how_it_ends() {
        let lockout = Lockout {
            counter: 32,
            in_lockout: true,
            recovery_seconds: 0,
            ..FRESH
        };
        let Finding::Fail(advice) = check(&Ok(lockout)) else {
            panic!("it did not fail");
        };
        assert!(advice.next.contains("tpm lockout --reset"), "{advice:?}");
    }

    #[test]
    fn a_broker_that_does_not_tell_is_not_held_against_the_tpm() {
        assert!(matches!(
            check(&Err(NoAnswer::Unknown)),
            Finding::Skipped(_)
        ));
        assert!(matches!(check(&Err(NoAnswer::Silent)), Finding::Skipped(_)));
    }
}
