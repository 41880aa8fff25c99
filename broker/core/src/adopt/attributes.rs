//! Which attributes an adopted key has (TPM 2.0 Part 2, TPMA_OBJECT).

use super::NotAdoptable;
use crate::import::NotImportable;

/// Whether the TPM protects an authorization value of the key against guessing (noDA is clear).
///
/// # Errors
///
/// They are not those of a key that may be adopted.
pub(super) fn check(attributes: u32) -> Result<bool, NotAdoptable> {
    let is_set = |bit: u32| attributes & (1 << bit) != 0;
    // No key of sshtpm decrypts. Without this, a stolen record would be worth something.
    if !is_set(DECRYPT) {
        return Err(NotAdoptable::OurShape);
    }
    if let Some((_, name)) = SET.iter().find(|(bit, _)| !is_set(*bit)) {
        return Err(NotImportable::MustBeSet(name).into());
    }
    if let Some((_, name)) = CLEAR.iter().find(|(bit, _)| is_set(*bit)) {
        return Err(NotImportable::MustBeClear(name).into());
    }
    if is_set(FIXED_TPM) != is_set(FIXED_PARENT) {
        return Err(NotAdoptable::HalfFixed);
    }
    if is_set(FIXED_TPM) && !is_set(SENSITIVE_DATA_ORIGIN) {
        return Err(NotImportable::MustBeSet("sensitiveDataOrigin").into());
    }
    let either = [
        FIXED_TPM,
        FIXED_PARENT,
        SENSITIVE_DATA_ORIGIN,
        NO_DA,
        DECRYPT,
    ];
    let known = SET.iter().map(|(bit, _)| *bit).chain(either);
    match attributes & !known.fold(0, |mask, bit| mask | (1_u32 << bit)) {
        0 => Ok(!is_set(NO_DA)),
        _ => Err(NotImportable::MustBeClear("(a reserved bit)").into()),
    }
}

const FIXED_TPM: u32 = 1;
const FIXED_PARENT: u32 = 4;
/// The TPM made the private part: set in each key that was never elsewhere. A key that was wrapped
/// for the TPM may have it as well.
const SENSITIVE_DATA_ORIGIN: u32 = 5;
const NO_DA: u32 = 10;
const DECRYPT: u32 = 17;

/// Without userWithAuth only a policy could use the key, and without sign nothing would sign.
const SET: [(u32, &str); 2] = [(6, "userWithAuth"), (18, "sign")];

/// A restricted key signs no digest that comes from SSH. With adminWithPolicy the authorization
/// value could not be changed, and what is stClear ends with the next start of the machine.
const CLEAR: [(u32, &str); 7] = [
    (2, "stClear"),
    (7, "adminWithPolicy"),
    (8, "firmwareLimited"),
    (9, "svnLimited"),
    (11, "encryptedDuplication"),
    (16, "restricted"),
    (19, "x509sign"),
];
