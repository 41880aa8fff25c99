//! A refusal that lasts until keys or sshd's configuration change.

use std::fmt::Display;

use crate::error::Failure;

/// What cannot be done then.
pub(crate) const CANNOT: &str = "cannot make sshd use the host keys in the TPM";

/// Exit status: to try again is in vain. `sshtpm-host-keygen.service` does not.
const STATUS: u8 = 5;

/// The failure for this reason, with what to do next.
pub(crate) fn refused(why: impl Display, next: &str) -> Failure {
    unchanged(why, next).with_status(STATUS)
}

/// The same, but trying again may help. Host keys that were generated before stay.
pub(crate) fn unchanged(why: impl Display, next: &str) -> Failure {
    Failure::new(CANNOT, why).and_next(format!("sshd's configuration was not changed. {next}"))
}
