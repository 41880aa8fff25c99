//! Whether a user sits at this machine: their login sessions at its seats, as logind tells them.
//!
//! These are not the sessions of SSH, which are in [`session`](crate::session).
//!
//! Specs: org.freedesktop.login1(5), sd-login(3).

use thiserror::Error;

use sshtpm_ssh::error_kind::ErrorKind;

/// What logind tells of one login session.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its class: whose session it is.
    pub class: &'a str,
    /// Its seat; empty if it has none.
    pub seat: &'a str,
    /// Whether it comes over the network.
    pub is_remote: bool,
    /// Its state: whether it is in the foreground, or ends.
    pub state: &'a str,
    /// Whether its screen is locked, as the desktop says.
    pub is_locked: bool,
}

/// A login session of a person at a seat: a screen and a keyboard of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    is_in_front: bool,
    is_locked: bool,
}

impl Login {
    /// The session, if it is one of a person at a seat, and does not end.
    pub fn at_a_seat(told: &Told<'_>) -> Option<Self> {
        let is_there = !told.seat.is_empty() && !told.is_remote;
        if !is_there || !is_of_a_person(told.class) || told.state == CLOSING {
            return None;
        }
        Some(Self {
            is_in_front: told.state == ACTIVE,
            is_locked: told.is_locked,
        })
    }
}

/// In the foreground of its seat.
const ACTIVE: &str = "active";

/// Logged out, with processes left.
const CLOSING: &str = "closing";

/// Not the sessions of cron jobs, of the user's service manager (which stays for lingering users),
/// and of login screens.
pub fn is_of_a_person(class: &str) -> bool {
    class == "user" || class.starts_with("user-")
}

/// Whether the user of `logins` has an unlocked one in the foreground.
///
/// # Errors
///
/// The user has none.
pub(crate) fn check(logins: &[Login]) -> Result<(), NotUnlocked> {
    let mut in_front = logins.iter().filter(|login| login.is_in_front).peekable();
    if in_front.peek().is_none() {
        return Err(NotUnlocked::Away);
    }
    match in_front.all(|login| login.is_locked) {
        true => Err(NotUnlocked::Locked),
        false => Ok(()),
    }
}

/// Whether one of `logins` is locked.
pub(crate) fn is_locked(logins: &[Login]) -> bool {
    logins.iter().any(|login| login.is_locked)
}

/// logind did not say which login sessions a user has: it is not there, slow, or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTold;

/// Why a key that signs only in an unlocked session of its owner does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotUnlocked {
    /// The screen is locked.
    #[error(
        "this key signs only while your session at this machine is unlocked, and its screen is \
         locked; unlock the screen and try again, or lift the limit with `sshtpm restrict \
         --no-while-unlocked`"
    )]
    Locked,
    /// There is no session in the foreground.
    #[error(
        "this key signs only while you are logged in at a screen of this machine, in the \
         foreground, and you are not; a login over the network does not count; log in there and \
         try again, or lift the limit with `sshtpm restrict --no-while-unlocked`"
    )]
    Away,
    /// logind does not say.
    #[error(
        "this key signs only while your session at this machine is unlocked, and systemd-logind \
         does not say whether it is; try again, and have an administrator look at `systemctl \
         status systemd-logind`"
    )]
    NotTold,
}

impl NotUnlocked {
    /// What the caller can do about it.
    pub fn kind(self) -> ErrorKind {
        ErrorKind::NoUnlockedSession
    }
}

impl From<NotTold> for NotUnlocked {
    fn from(_: NotTold) -> Self {
        Self::NotTold
    }
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
