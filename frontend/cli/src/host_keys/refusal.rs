//! A refusal that lasts until keys or sshd's configuration change.

use crate::error::Failure;

/// What cannot be done then.
pub(crate) const CANNOT: &str = "cannot make sshd use the host keys in the TPM";

/// Exit status: to try again is in vain. `sshtpm-host-keygen.service` does not.
const STATUS: u8 = 5;

/// The failure for this reason, with what to do next.
pub(crate) fn refused(why: impl std::fmt::Display, next: &str) -> Failure {
    Failure::new(CANNOT, why)
        .and_next(format!("Nothing was changed. {next}"))
        .with_status(STATUS)
}
