//! The parameters and the public key of keys with which the TPM signs.
//!
//! Specs: TPM 2.0 Part 2, TPMS_ECC_PARMS, TPMS_RSA_PARMS, TPMU_PUBLIC_ID.

use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{EcdsaCurve, Mpint};

use super::NotImportable;
use super::reader::Reader;
use sshtpm_ssh::algorithm::Algorithm;

/// Whose program chose the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MadeBy {
    /// sshtpm: an ECDSA key is bound to the hash of its curve, and a coordinate has full length.
    Us,
    /// Another program: a key that signs and decrypts has the scheme Null, and the TPM may have
    /// left leading zeros of a coordinate out.
    Others,
}

/// Kind, length and public key of an ECC key.
///
/// # Errors
///
/// The parameters are not those of a key for SSH.
pub(crate) fn ecc(
    reader: &mut Reader<'_>,
    made_by: MadeBy,
) -> Result<(Algorithm, KeyData), NotImportable> {
    is_null(reader, NotImportable::Symmetric)?;
    let hash = match (reader.u16()?, made_by) {
        (ECDSA, MadeBy::Us) => Some(reader.u16()?),
        (NULL, MadeBy::Others) => None,
        _ => return Err(NotImportable::Scheme),
    };
    let curve = reader.u16()?;
    let (curve, its_hash, length) = match curve {
        P256 => (EcdsaCurve::NistP256, SHA256, 32),
        P384 => (EcdsaCurve::NistP384, SHA384, 48),
        P521 => (EcdsaCurve::NistP521, SHA512, 66),
        other => return Err(NotImportable::Curve(other)),
    };
    if hash.is_some_and(|hash| hash != its_hash) {
        return Err(NotImportable::Scheme);
    }
    is_null(reader, NotImportable::Kdf)?;
    let mut point = vec![SEC1_UNCOMPRESSED];
    for _ in ["x", "y"] {
        coordinate(&mut point, reader.sized()?, length, made_by)?;
    }
    let point = EcdsaPublicKey::from_sec1_bytes(&point).map_err(|_| NotImportable::Point)?;
    Ok((Algorithm::Ecdsa(curve), KeyData::Ecdsa(point)))
}

/// Adds a coordinate in the full `length`.
fn coordinate(
    point: &mut Vec<u8>,
    bytes: &[u8],
    length: usize,
    made_by: MadeBy,
) -> Result<(), NotImportable> {
    let missing = length.checked_sub(bytes.len());
    let missing = missing.ok_or(NotImportable::Point)?;
    if bytes.is_empty() || (made_by == MadeBy::Us && missing > 0) {
        return Err(NotImportable::Point);
    }
    point.resize(point.len() + missing, 0);
    point.extend(bytes);
    Ok(())
}

/// Kind, length and public key of an RSA key.
///
/// # Errors
///
/// The parameters are not those of a key for SSH.
pub(crate) fn rsa(reader: &mut Reader<'_>) -> Result<(Algorithm, KeyData), NotImportable> {
    is_null(reader, NotImportable::Symmetric)?;
    is_null(reader, NotImportable::Scheme)?;
    let bits = reader.u16()?;
    let algorithm =
        Algorithm::from_name_and_bits("ssh-rsa", bits.into()).ok_or(NotImportable::Bits(bits))?;
    match reader.u32()? {
        DEFAULT_EXPONENT | EXPONENT => {}
        other => return Err(NotImportable::Exponent(other)),
    }
    let modulus = reader.sized()?;
    let is_whole = modulus.len() == usize::from(bits / 8)
        && modulus.first().is_some_and(|byte| byte & 0x80 != 0)
        && modulus.last().is_some_and(|byte| byte & 1 != 0);
    if !is_whole {
        return Err(NotImportable::Modulus);
    }
    let number = |bytes| Mpint::from_positive_bytes(bytes).map_err(|_| NotImportable::Modulus);
    let public = KeyData::Rsa(RsaPublicKey {
        e: number(&EXPONENT.to_be_bytes())?,
        n: number(modulus)?,
    });
    Ok((algorithm, public))
}

/// # Errors
///
/// `error`, if the next algorithm is not Null.
pub(super) fn is_null(reader: &mut Reader<'_>, error: NotImportable) -> Result<(), NotImportable> {
    match reader.u16()? {
        NULL => Ok(()),
        _ => Err(error),
    }
}

// TPM 2.0 Part 2, TPM_ALG_ID.
pub(crate) const SHA256: u16 = 0x000b;
const SHA384: u16 = 0x000c;
const SHA512: u16 = 0x000d;
const NULL: u16 = 0x0010;
const ECDSA: u16 = 0x0018;

// TPM 2.0 Part 2, TPM_ECC_CURVE.
const P256: u16 = 0x0003;
const P384: u16 = 0x0004;
const P521: u16 = 0x0005;

/// TPM 2.0 Part 2, TPMS_RSA_PARMS: an exponent of zero means [`EXPONENT`].
const DEFAULT_EXPONENT: u32 = 0;
const EXPONENT: u32 = 65537;

/// SEC 1, §2.3.3: a point with both coordinates.
const SEC1_UNCOMPRESSED: u8 = 4;
