//! Whether a key is one that signs only what its TPM states.
//!
//! Specs: TPM 2.0 Part 1, "Attestation Keys"; Part 2, `TPMA_OBJECT`.

use sshtpm_tpm2::{Public, ids};

use crate::error::NotProved;

/// What has to be set, with its name.
const SET: [(u32, &str); 5] = [
    (ids::RESTRICTED, "restricted is not set"),
    (ids::SIGN, "sign is not set"),
    (ids::FIXED_TPM, "fixedTPM is not set"),
    (ids::FIXED_PARENT, "fixedParent is not set"),
    (ids::SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin is not set"),
];

/// # Errors
///
/// The key could sign something else, or need not be in a TPM. Its attributes are its own word:
/// that a TPM has it, an enrolment shows.
pub(crate) fn check(key: &Public) -> Result<(), NotProved> {
    if let Some((_, missing)) = SET.iter().find(|(bit, _)| !key.has(*bit)) {
        return Err(NotProved::NotAnAttestationKey(missing));
    }
    match key.has(ids::DECRYPT) {
        true => Err(NotProved::NotAnAttestationKey("decrypt is set")),
        false => Ok(()),
    }
}
