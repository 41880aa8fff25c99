//! Which attributes an imported key has (TPM 2.0 Part 2, TPMA_OBJECT).

use super::NotImportable;
use crate::key::{Holding, Protection};

/// What the attributes say of the key's PIN: the lockout of the TPM does not concern a key without
/// one.
///
/// # Errors
///
/// They are not those of a key that may be imported.
pub(super) fn check(
    attributes: u32,
    holding: Holding,
    has_policy: bool,
) -> Result<Protection, NotImportable> {
    let is_set = |bit: u32| attributes & (1 << bit) != 0;
    let (set, clear): (&[_], &[_]) = match (holding, has_policy) {
        (Holding::Tpm, false) => (&[USER_WITH_AUTH, SIGN], &[]),
        (Holding::Tpm, true) => (&[SIGN], &[USER_WITH_AUTH]),
        (Holding::Sealed, false) => (&[USER_WITH_AUTH], &[SIGN]),
        (Holding::Sealed, true) => (&[], &[USER_WITH_AUTH, SIGN]),
    };
    if let Some((_, name)) = set.iter().find(|(bit, _)| !is_set(*bit)) {
        return Err(NotImportable::MustBeSet(name));
    }
    let mut clear = CLEAR.iter().chain(clear);
    if let Some((_, name)) = clear.find(|(bit, _)| is_set(*bit)) {
        return Err(NotImportable::MustBeClear(name));
    }
    let known = set.iter().chain(&[NO_DA]);
    let known = known.fold(0, |mask, (bit, _)| mask | (1_u32 << bit));
    match attributes & !known {
        0 if is_set(NO_DA.0) => Ok(Protection::Nothing),
        0 => Ok(Protection::Pin),
        _ => Err(NotImportable::MustBeClear("(a reserved bit)")),
    }
}

/// Without it only a policy can use the key, and with it nothing has to satisfy the policy.
const USER_WITH_AUTH: (u32, &str) = (6, "userWithAuth");

/// Set for a key with which the TPM signs. A sealed object with it would be a key for an HMAC,
/// which the TPM does not unseal.
const SIGN: (u32, &str) = (18, "sign");

/// Clear for a key without a PIN alone.
const NO_DA: (u32, &str) = (10, "noDA");

/// The first, third and fourth would say that the key was never outside this TPM. A restricted key
/// signs no digest that comes from SSH, and one that decrypts may be a parent, or serve another
/// program.
const CLEAR: [(u32, &str); 11] = [
    (1, "fixedTPM"),
    (2, "stClear"),
    (4, "fixedParent"),
    (5, "sensitiveDataOrigin"),
    (7, "adminWithPolicy"),
    (8, "firmwareLimited"),
    (9, "svnLimited"),
    (11, "encryptedDuplication"),
    (16, "restricted"),
    (17, "decrypt"),
    (19, "x509sign"),
];
