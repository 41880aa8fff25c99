//! What is said of keys that the TPM does not sign with, but only seals.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::origin::Holding;

/// What a person should know of such a key.
const TOLD: &str = "The TPM seals this key, because no TPM signs with Ed25519. Only this TPM can \
    unseal it, but sshtpm-broker has the private key in its memory to sign. The private part of an \
    ECDSA or RSA key never leaves the TPM.";

/// A line about `key`, if it is sealed.
pub(crate) fn note(key: &KeyInfo) -> Option<&'static str> {
    is_sealed(key).then_some(TOLD)
}

/// How the TPM has `key`: the words before "the TPM".
pub(crate) fn held(key: &KeyInfo) -> &'static str {
    match key.holding.0 {
        Holding::Tpm => "in",
        Holding::Sealed => "sealed by",
    }
}

/// Whether the TPM only seals it.
pub(crate) fn is_sealed(key: &KeyInfo) -> bool {
    key.holding.0 == Holding::Sealed
}

/// How many of `keys` are sealed, as the rest of a sentence about them; nothing if none is.
pub(crate) fn counted(keys: &[KeyInfo]) -> String {
    match keys.iter().filter(|key| is_sealed(key)).count() {
        0 => String::new(),
        1 if keys.len() == 1 => "; the TPM seals it, and the broker signs".to_owned(),
        sealed if sealed == keys.len() => "; the TPM seals them, and the broker signs".to_owned(),
        sealed => format!("; the TPM seals {sealed} of them, and signs with the others"),
    }
}
