//! What of the TPM's time a login takes, from what its commands take.
//!
//! Source: docs/internals/tpm.md, commands of each operation.

use std::time::Duration;

use sshtpm_ssh::measured::Measured;

use super::figures::Figures;

/// The parts of a login with P-256 keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Login {
    /// The user's key, if it is loaded: TPM2_Sign.
    pub(super) in_use: Duration,
    /// The first use of it: TPM2_Load and TPM2_Sign.
    pub(super) first_use: Duration,
    /// If it has a PIN that the broker remembers: a session and TPM2_Sign.
    pub(super) with_pin: Duration,
    /// sshd's host key, which is loaded or kept by the TPM: TPM2_Sign.
    pub(super) host_key: Duration,
}

impl Login {
    /// `None` if this TPM has no P-256.
    pub(super) fn of(figures: &Figures) -> Option<Self> {
        let sign = figures.median(Measured::SignP256)?;
        Some(Self {
            in_use: sign,
            first_use: figures.median(Measured::LoadP256)? + sign,
            with_pin: figures.median(Measured::Session)? + sign,
            host_key: sign,
        })
    }

    /// Logins in a second at most, if this TPM makes the host's signatures alone, because the users
    /// have theirs at home.
    pub(super) fn host_keys_per_second(self) -> f64 {
        1.0 / self.host_key.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::example;
    use super::*;

    #[test]
    fn a_login_is_the_sum_of_its_commands() {
        let figures = example(&[
            (Measured::Session, 12),
            (Measured::LoadP256, 9),
            (Measured::SignP256, 70),
        ]);
        let ms = Duration::from_millis;
        let expected = Login {
            in_use: ms(70),
            first_use: ms(79),
            with_pin: ms(82),
            host_key: ms(70),
        };
        assert_eq!(Login::of(&figures), Some(expected));
        assert_eq!(Login::of(&example(&[(Measured::Session, 12)])), None);
    }
}
