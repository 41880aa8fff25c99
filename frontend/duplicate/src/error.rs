//! Why a key was not wrapped.

use sshtpm_ssh::limits::MAX_PIN_BYTES;

/// Why a key was not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWrapped {
    /// The public key of the parent is no point of its curve.
    #[error("the public key of the TPM's storage key is not on its curve")]
    Point,
    /// The public key of the parent is no RSA key.
    #[error("the public key of the TPM's storage key is no RSA key")]
    Modulus,
    /// The PIN is longer than a TPM takes.
    #[error("a PIN has at most {MAX_PIN_BYTES} bytes")]
    Pin,
}
