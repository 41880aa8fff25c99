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

use super::numbers::{P256_BYTES, P384_BYTES, fixed};
use super::{BadSignature, RawSignature, Scheme};

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
