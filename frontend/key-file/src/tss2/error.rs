//! Why a file with a key of a TPM is refused.

use crate::bounds::MAX_FILE_BYTES;

/// Why a key of a TPM cannot be read from a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tss2Error {
    /// The file is longer than any key file.
    #[error("it is too long: a file with a key has at most {MAX_FILE_BYTES} bytes")]
    TooLong,
    /// There is no key of a TPM in it.
    #[error("it has no key of a TPM (TSS2 PRIVATE KEY)")]
    NoKey,
    /// The contents do not follow the format.
    #[error("it is damaged: what is in it is not a TSS2 private key")]
    Damaged,
    /// A part says another length than it has.
    #[error("it is damaged: its {0} is not as long as it says")]
    Length(&'static str),
    /// The type of the key is not known.
    #[error("it has a key of a TPM of the unknown type {0}")]
    Kind(String),
    /// The key has a policy.
    #[error("its key has a policy, and sshtpm keeps no such key")]
    Policy,
    /// A key that has to be imported comes without the secret for that.
    #[error("it is damaged: its key has to be imported, and the secret for that is missing")]
    NoSecret,
}
