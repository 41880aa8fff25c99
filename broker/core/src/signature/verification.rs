//! Whether something is a signature of some data by a key.
//!
//! `ring` does what it can: for P-256 it takes a fifth of the time that the crates behind `ssh-key`
//! do, and this is the larger part of what the broker computes for a signature. It has no P-521.
//!
//! Specs: FIPS 186-5, §6.4 (ECDSA); RFC 8017, §8.2.2 (RSASSA-PKCS1-v1_5).

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use signature::Verifier as _;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{EcdsaCurve, Signature};

use super::{BadSignature, RawSignature, Scheme};

/// Bytes of a coordinate, and of each number in a signature.
const P256_BYTES: usize = 32;
const P384_BYTES: usize = 48;

/// `raw` and `signature` are the same, as the TPM and as SSH have it.
///
/// # Errors
///
/// It is no signature of `data` by `key`.
pub(super) fn verify(
    raw: &RawSignature,
    signature: &Signature,
    scheme: Scheme,
    key: &KeyData,
    data: &[u8],
) -> Result<(), BadSignature> {
    match (scheme, raw, key) {
        (
            Scheme::Ecdsa(EcdsaCurve::NistP256),
            RawSignature::Ecdsa { r, s },
            KeyData::Ecdsa(key),
        ) => {
            let signature = fixed::<P256_BYTES>(r, s)?;
            verify_ecdsa(&ECDSA_P256_SHA256_FIXED, key, data, &signature)
        }
        (
            Scheme::Ecdsa(EcdsaCurve::NistP384),
            RawSignature::Ecdsa { r, s },
            KeyData::Ecdsa(key),
        ) => {
            let signature = fixed::<P384_BYTES>(r, s)?;
            verify_ecdsa(&ECDSA_P384_SHA384_FIXED, key, data, &signature)
        }
        (Scheme::RsaSha256, RawSignature::Rsa(raw), KeyData::Rsa(key)) => {
            verify_rsa(&RSA_PKCS1_2048_8192_SHA256, key, data, raw)
        }
        (Scheme::RsaSha512, RawSignature::Rsa(raw), KeyData::Rsa(key)) => {
            verify_rsa(&RSA_PKCS1_2048_8192_SHA512, key, data, raw)
        }
        _ => key.verify(data, signature).map_err(|_| BadSignature),
    }
}

fn verify_ecdsa(
    algorithm: &'static EcdsaVerificationAlgorithm,
    key: &EcdsaPublicKey,
    data: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let key = UnparsedPublicKey::new(algorithm, key.as_sec1_bytes());
    key.verify(data, signature).map_err(|_| BadSignature)
}

fn verify_rsa(
    parameters: &RsaParameters,
    key: &RsaPublicKey,
    data: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let n = key.n.as_positive_bytes().ok_or(BadSignature)?;
    let e = key.e.as_positive_bytes().ok_or(BadSignature)?;
    let key = RsaPublicKeyComponents { n, e };
    let verified = key.verify(parameters, data, signature);
    verified.map_err(|_| BadSignature)
}

/// Both numbers with leading zeros, `BYTES` each, in a row.
fn fixed<const BYTES: usize>(r: &[u8], s: &[u8]) -> Result<Vec<u8>, BadSignature> {
    let [r, s] = [padded::<BYTES>(r)?, padded::<BYTES>(s)?];
    Ok([r, s].concat())
}

fn padded<const BYTES: usize>(number: &[u8]) -> Result<[u8; BYTES], BadSignature> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..).unwrap_or_default();
    let mut padded = [0; BYTES];
    let start = BYTES.checked_sub(digits.len()).ok_or(BadSignature)?;
    let place = padded.get_mut(start..).ok_or(BadSignature)?;
    place.copy_from_slice(digits);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_all_its_bytes_whatever_zeros_it_came_with() {
        assert_eq!(padded::<4>(&[1, 2]), Ok([0, 0, 1, 2]));
        assert_eq!(padded::<2>(&[0, 0, 0, 1, 2]), Ok([1, 2]));
        assert_eq!(padded::<2>(&[]), Ok([0, 0]));
        assert_eq!(padded::<2>(&[1, 2, 3]), Err(BadSignature));
    }
}
