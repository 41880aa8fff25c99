//! What the public area of a certified key has to say.
//!
//! Specs: TPM 2.0 Part 1, "Object Attributes"; Part 2, `TPMA_OBJECT`.

use ssh_key::public::KeyData;
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::origin::Holding;
use sshtpm_tpm2::{Public, ids};

use crate::error::NotProved;

/// What has to be set. fixedTPM is what counts: no TPM imports a key with it, and none loads a
/// forged public area. sensitiveDataOrigin alone is the word of its maker.
const SET: [(u32, NotProved); 4] = [
    (ids::FIXED_TPM, NotProved::NotFixedToTheTpm),
    (ids::FIXED_PARENT, NotProved::NotFixedToItsParent),
    (ids::SENSITIVE_DATA_ORIGIN, NotProved::NotGeneratedByTheTpm),
    (ids::SIGN, NotProved::CannotSign),
];

const CLEAR: [(u32, NotProved); 2] = [
    (ids::RESTRICTED, NotProved::Restricted),
    (ids::DECRYPT, NotProved::Decrypts),
];

/// Checks the attributes of the key, and that nothing else lets it be used than the claims say.
pub(crate) fn check(key: &Public, claims: &Claims) -> Result<(), NotProved> {
    if let Some((_, error)) = SET.iter().find(|(bit, _)| !key.has(*bit)) {
        return Err(error.clone());
    }
    if let Some((_, error)) = CLEAR.iter().find(|(bit, _)| key.has(*bit)) {
        return Err(error.clone());
    }
    if claims.holding == Holding::Sealed {
        return Err(NotProved::ClaimedSealed);
    }
    // A key that is bound to PCRs is used by its policy alone, and any other key without one. Which
    // policy that is, the claims do not say.
    let is_bound = claims.pcrs.is_some();
    if key.has(ids::USER_WITH_AUTH) == is_bound || key.policy.is_empty() == is_bound {
        return Err(NotProved::OtherAuthorization);
    }
    match claims.pin && key.has(ids::NO_DA) {
        true => Err(NotProved::PinUnguarded),
        false => Ok(()),
    }
}

/// The key for SSH, if it is the one that is `wanted` and the one that the claims name.
pub(crate) fn ssh_key(
    key: &Public,
    claims: &Claims,
    wanted: Option<&Fingerprint>,
) -> Result<KeyData, NotProved> {
    let key = key.ssh_key().ok_or(NotProved::NotAnSshKey)?;
    let fingerprint = Fingerprint::of(&key);
    if wanted.is_some_and(|wanted| *wanted != fingerprint) {
        return Err(NotProved::OtherKey);
    }
    match fingerprint == claims.fingerprint {
        true => Ok(key),
        false => Err(NotProved::OtherFingerprint),
    }
}
