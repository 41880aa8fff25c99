//! SEC 1, `EC PRIVATE KEY`.
//!
//! Specs: RFC 5915.

use ::sec1::{EcParameters, EcPrivateKey};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use ssh_key::EcdsaCurve;

use crate::error::{Format, KeyFileError, Unsuitable};
use crate::key::{Ecdsa, PrivateKey, PrivatePart};

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Reads an ECDSA key. `outer` is the curve that PKCS #8 names around it, if it does.
///
/// # Errors
///
/// The bytes are damaged, or the key cannot be kept.
pub(crate) fn sec1(
    bytes: &[u8],
    outer: Option<ObjectIdentifier>,
) -> Result<PrivateKey, KeyFileError> {
    let key = EcPrivateKey::from_der(bytes).map_err(|_| damaged())?;
    let inner = key.parameters.and_then(EcParameters::named_curve);
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(KeyFileError::Mismatch),
        (Some(named), _) | (None, Some(named)) => curve_of(named)?,
        (None, None) => return Err(damaged()),
    };
    let private = Ecdsa::new(curve, key.private_key)?;
    if key
        .public_key
        .is_some_and(|point| !private.has_point(point))
    {
        return Err(KeyFileError::Mismatch);
    }
    Ok(PrivateKey {
        private: PrivatePart::Ecdsa(private),
        comment: String::new(),
    })
}

fn curve_of(name: ObjectIdentifier) -> Result<EcdsaCurve, KeyFileError> {
    match name {
        P256 => Ok(EcdsaCurve::NistP256),
        P384 => Ok(EcdsaCurve::NistP384),
        P521 => Ok(EcdsaCurve::NistP521),
        other => Err(Unsuitable::Type(format!("ECDSA with the curve {other}")).into()),
    }
}

fn damaged() -> KeyFileError {
    KeyFileError::Damaged(Format::Sec1)
}
