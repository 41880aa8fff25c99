//! Why a key was not wrapped.

use sshtpm_ssh::limits::MAX_PIN_BYTES;
use sshtpm_tpm2::NotShared;

/// Why a key was not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWrapped {
    /// The public key of the parent is not valid.
    #[error(transparent)]
    Parent(#[from] NotShared),
    /// The PIN is longer than a TPM takes.
    #[error("a PIN has at most {MAX_PIN_BYTES} bytes")]
    Pin,
}
