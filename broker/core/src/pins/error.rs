//! Why a PIN does not open a key now.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use sshtpm_ssh::error_kind::ErrorKind;

/// Why a PIN does not open a key: the right PIN, time, or the administrator of the TPM can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PinError {
    /// The key has a PIN, and none is remembered or given.
    #[error("the key has a PIN; give it with `sshtpm unlock`")]
    Required,
    /// The PIN is wrong; the next one can be tried after this time.
    #[error("the PIN is wrong{}", when(.0))]
    Wrong(Option<Wait>),
    /// Another PIN of the key or the user is being tried.
    #[error("another PIN of yours is being tried; try again when that is done")]
    UnderWay,
    /// Too many PINs of this key were wrong.
    #[error("this key was given too many wrong PINs; try again in {0}")]
    Key(Wait),
    /// The user gave too many wrong PINs.
    #[error(
        "you gave too many wrong PINs, which the TPM counts for all users; try again in {0}, or \
         have an administrator look at `sshtpm tpm lockout`"
    )]
    User(Wait),
    /// The tries that are left at the TPM are not for SSH keys.
    #[error(
        "the TPM was given too many wrong PINs or passwords, and its remaining tries are not for \
         SSH keys; {}",
        help(.0)
    )]
    Reserve(Option<Wait>),
    /// The TPM is in lockout.
    #[error("the TPM is in lockout and accepts no PIN, not even the right one; {}", help(.0))]
    Lockout(Option<Wait>),
    /// The password of the lockout hierarchy is wrong, or was wrong too recently.
    #[error(
        "the password of the lockout hierarchy is wrong, or was wrong too recently; `sshtpm tpm \
         lockout` says how long to wait"
    )]
    LockoutPassword,
    /// A screen of the user's is locked, which has PINs forgotten.
    #[error(
        "the PINs of your keys are forgotten while the screen of a session of yours is locked, as \
         the administrator wants it; unlock the screen, or end that session, and try again"
    )]
    ScreenLocked,
    /// logind does not say whether a screen is locked.
    #[error(
        "the PINs of your keys are forgotten while your screen is locked, and systemd-logind does \
         not say whether it is; try again, and have an administrator look at `systemctl status \
         systemd-logind`"
    )]
    ScreenNotTold,
}

impl PinError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Required => ErrorKind::PinRequired,
            Self::Wrong(_) | Self::LockoutPassword => ErrorKind::WrongPin,
            Self::UnderWay | Self::Key(_) | Self::User(_) | Self::Reserve(_) | Self::Lockout(_) => {
                ErrorKind::PinTriesExceeded
            }
            Self::ScreenLocked | Self::ScreenNotTold => ErrorKind::NoUnlockedSession,
        }
    }
}

fn when(wait: &Option<Wait>) -> String {
    let when = wait.map(|wait| format!("; try again in {wait}"));
    when.unwrap_or_default()
}

fn help(wait: &Option<Wait>) -> String {
    let when = wait.map(|wait| format!("try again in {wait}, or "));
    format!(
        "{}have an administrator look at `sshtpm tpm lockout`",
        when.unwrap_or_default()
    )
}

/// How long it takes until something can be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl fmt::Display for Wait {
    /// In one unit, rounded up, so that a try after this time is not too early.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0);
        match seconds {
            0..=1 => f.write_str("a second"),
            2..120 => write!(f, "{seconds} seconds"),
            120..7200 => write!(f, "{} minutes", seconds.div_ceil(60)),
            7200.. => write!(f, "{} hours", seconds.div_ceil(3600)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_one_unit_and_never_too_short() {
        for (milliseconds, text) in [
            (0, "a second"),
            (999, "a second"),
            (1001, "2 seconds"),
            (119_000, "119 seconds"),
            (120_001, "3 minutes"),
            (7_199_000, "120 minutes"),
            (7_200_001, "3 hours"),
        ] {
            let wait = Wait(Duration::from_millis(milliseconds));
            assert_eq!(wait.to_string(), text);
        }
    }

    #[test]
    fn an_error_says_what_helps_and_when() {
        let wait = Some(Wait(Duration::from_secs(600)));
        for error in [PinError::Reserve(wait), PinError::Lockout(wait)] {
            let text = error.to_string();
            assert!(text.contains("try again in 10 minutes"), "{text}");
            assert!(text.contains("`sshtpm tpm lockout`"), "{text}");
        }
        let text = PinError::Lockout(None).to_string();
        assert!(!text.contains("try again"), "{text}");
    }
}
