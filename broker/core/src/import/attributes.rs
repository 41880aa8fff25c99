//! Which attributes an imported key has (TPM 2.0 Part 2, TPMA_OBJECT).

use super::NotImportable;
use crate::key::Protection;

/// What the attributes say of the key's PIN: the lockout of the TPM does not concern a key without
/// one.
///
/// # Errors
///
/// They are not those of a key that may be imported.
pub(super) fn check(attributes: u32) -> Result<Protection, NotImportable> {
    let is_set = |bit: u32| attributes & (1 << bit) != 0;
    if let Some((_, name)) = SET.into_iter().find(|(bit, _)| !is_set(*bit)) {
        return Err(NotImportable::MustBeSet(name));
    }
    if let Some((_, name)) = CLEAR.into_iter().find(|(bit, _)| is_set(*bit)) {
        return Err(NotImportable::MustBeClear(name));
    }
    let known = SET.iter().chain(&[NO_DA]);
    let known = known.fold(0, |mask, (bit, _)| mask | (1_u32 << bit));
    match attributes & !known {
        0 if is_set(NO_DA.0) => Ok(Protection::Nothing),
        0 => Ok(Protection::Pin),
        _ => Err(NotImportable::MustBeClear("(a reserved bit)")),
    }
}

/// Without userWithAuth only a policy could use the key.
const SET: [(u32, &str); 2] = [(6, "userWithAuth"), (18, "sign")];

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
