//! PKCS #1, `RSA PRIVATE KEY`.
//!
//! Specs: RFC 8017 A.1.2.

use ::pkcs1::RsaPrivateKey;
use der::Decode as _;

use crate::error::{Format, KeyFileError};
use crate::key::{PrivateKey, PrivatePart, Rsa, RsaNumbers};

/// Reads an RSA key.
///
/// # Errors
///
/// The bytes are damaged, or the key cannot be kept.
pub(crate) fn pkcs1(bytes: &[u8]) -> Result<PrivateKey, KeyFileError> {
    let damaged = |_| KeyFileError::Damaged(Format::Pkcs1);
    let key = RsaPrivateKey::from_der(bytes).map_err(damaged)?;
    let private = Rsa::new(RsaNumbers {
        modulus: key.modulus.as_bytes(),
        exponent: key.public_exponent.as_bytes(),
        primes: [key.prime1.as_bytes(), key.prime2.as_bytes()],
    })?;
    Ok(PrivateKey {
        private: PrivatePart::Rsa(private),
        comment: String::new(),
    })
}
