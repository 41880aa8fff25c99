//! PKCS #8 that is not encrypted, `PRIVATE KEY`.
//!
//! Specs: RFC 5958, RFC 8410 (Ed25519).

use ::pkcs8::PrivateKeyInfo;
use der::Decode as _;
use der::asn1::{ObjectIdentifier, OctetStringRef};

use super::pkcs1::pkcs1;
use super::sec1::sec1;
use crate::error::{Format, KeyFileError, Unsuitable};
use crate::key::{Ed25519, PrivateKey, PrivatePart};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");

/// Reads a key of any type.
///
/// # Errors
///
/// The bytes are damaged, or the key cannot be kept.
pub(crate) fn pkcs8(bytes: &[u8]) -> Result<PrivateKey, KeyFileError> {
    let info = PrivateKeyInfo::from_der(bytes).map_err(|_| damaged())?;
    match info.algorithm.oid {
        RSA => pkcs1(info.private_key),
        EC => {
            let curve = info.algorithm.parameters_oid().ok();
            sec1(info.private_key, curve)
        }
        ED25519 => ed25519(&info),
        DSA => Err(Unsuitable::Dsa.into()),
        ED448 => Err(Unsuitable::Type("Ed448".to_owned()).into()),
        other => Err(Unsuitable::Type(other.to_string()).into()),
    }
}

fn ed25519(info: &PrivateKeyInfo<'_>) -> Result<PrivateKey, KeyFileError> {
    let seed = OctetStringRef::from_der(info.private_key).map_err(|_| damaged())?;
    let key = Ed25519::of_slice(seed.as_bytes()).ok_or(damaged())?;
    let claimed = info.public_key;
    if claimed.is_some_and(|claimed| claimed != key.public_bytes()) {
        return Err(KeyFileError::Mismatch);
    }
    Ok(PrivateKey {
        private: PrivatePart::Ed25519(key),
        comment: String::new(),
    })
}

fn damaged() -> KeyFileError {
    KeyFileError::Damaged(Format::Pkcs8)
}
