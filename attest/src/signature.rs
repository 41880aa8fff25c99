//! The attestation key's signature.
//!
//! Specs: TPM 2.0 Part 2, §11.3.4 (`TPMT_SIGNATURE`).

use ring::signature::{self as algorithms, RsaPublicKeyComponents, UnparsedPublicKey};
use sshtpm_tpm2::marshal::{Malformed, Reader};
use sshtpm_tpm2::{Object, Public, Scheme, ids, point};

use crate::error::NotProved;

/// Longest `TPMT_SIGNATURE`, in bytes: that of RSA-4096 has 518.
pub(crate) const MAX_SIGNATURE_BYTES: usize = 600;

/// A signature, and the scheme in which it is.
#[derive(Debug)]
pub(crate) struct Signature {
    scheme: Scheme,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Ecdsa { r: Vec<u8>, s: Vec<u8> },
    Rsa(Vec<u8>),
}

impl Signature {
    pub(crate) fn read(signature: &[u8]) -> Result<Self, NotProved> {
        if signature.len() > MAX_SIGNATURE_BYTES {
            return Err(NotProved::Malformed("signature"));
        }
        read(signature).map_err(|Malformed| NotProved::Malformed("signature"))
    }

    /// Whether `key` made this signature of `message`, in the one scheme that its public area
    /// allows.
    pub(crate) fn verify(&self, key: &Public, message: &[u8]) -> Result<(), NotProved> {
        let (Object::Ecc { scheme, .. } | Object::Rsa { scheme, .. }) = &key.object else {
            return Err(NotProved::AttestationKeyAlgorithm);
        };
        if *scheme != Some(self.scheme) {
            return Err(NotProved::Signature);
        }
        let good = match (&key.object, &self.value) {
            (Object::Ecc { curve, x, y, .. }, Value::Ecdsa { r, s }) => {
                self.verify_ecdsa((*curve, x, y), (r, s), message)?
            }
            (Object::Rsa { .. }, Value::Rsa(bytes)) => self.verify_rsa(key, bytes, message)?,
            _ => false,
        };
        good.then_some(()).ok_or(NotProved::Signature)
    }

    fn verify_ecdsa(
        &self,
        (curve, x, y): (u16, &[u8], &[u8]),
        (r, s): (&[u8], &[u8]),
        message: &[u8],
    ) -> Result<bool, NotProved> {
        let (algorithm, bytes) = match (curve, self.scheme.hash) {
            (ids::NIST_P256, ids::SHA256) => (&algorithms::ECDSA_P256_SHA256_FIXED, 32),
            (ids::NIST_P384, ids::SHA384) => (&algorithms::ECDSA_P384_SHA384_FIXED, 48),
            _ => return Err(NotProved::AttestationKeyAlgorithm),
        };
        let point = point(curve, x, y).ok_or(NotProved::AttestationKeyAlgorithm)?;
        let Some(signature) = fixed(r, s, bytes) else {
            return Ok(false);
        };
        let key = UnparsedPublicKey::new(algorithm, point);
        Ok(key.verify(message, &signature).is_ok())
    }

    fn verify_rsa(&self, key: &Public, bytes: &[u8], message: &[u8]) -> Result<bool, NotProved> {
        let Object::Rsa {
            exponent, modulus, ..
        } = &key.object
        else {
            return Ok(false);
        };
        let algorithm = match (self.scheme.algorithm, self.scheme.hash) {
            (ids::RSASSA, ids::SHA256) => &algorithms::RSA_PKCS1_2048_8192_SHA256,
            (ids::RSAPSS, ids::SHA256) => &algorithms::RSA_PSS_2048_8192_SHA256,
            _ => return Err(NotProved::AttestationKeyAlgorithm),
        };
        let exponent = exponent.to_be_bytes();
        let zeros = exponent.iter().take_while(|&&byte| byte == 0).count();
        let key = RsaPublicKeyComponents {
            n: modulus.as_slice(),
            e: exponent.get(zeros..).unwrap_or_default(),
        };
        Ok(key.verify(algorithm, message, bytes).is_ok())
    }
}

fn read(signature: &[u8]) -> Result<Signature, Malformed> {
    let mut reader = Reader::new(signature);
    let scheme = Scheme {
        algorithm: reader.uint16()?,
        hash: reader.uint16()?,
    };
    let value = match scheme.algorithm {
        ids::ECDSA => Value::Ecdsa {
            r: reader.sized()?.to_vec(),
            s: reader.sized()?.to_vec(),
        },
        ids::RSASSA | ids::RSAPSS => Value::Rsa(reader.sized()?.to_vec()),
        _ => return Err(Malformed),
    };
    reader.end()?;
    Ok(Signature { scheme, value })
}

/// Both numbers in full length: some TPMs leave out zeros at their beginning.
fn fixed(r: &[u8], s: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let mut both = Vec::with_capacity(2 * bytes);
    for number in [r, s] {
        let missing = bytes.checked_sub(number.len())?;
        both.resize(both.len() + missing, 0);
        both.extend_from_slice(number);
    }
    Some(both)
}
