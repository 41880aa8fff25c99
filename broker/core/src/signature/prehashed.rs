//! Whether something is a signature of a digest by a key.
//!
//! `ring`, which verifies signatures of data, does not take digests; the crates behind `ssh-key`
//! do.
//!
//! Specs: FIPS 186-5 §6.4 (ECDSA); RFC 8017 §8.2.2 (RSASSA-PKCS1-v1_5), §9.1.2 (EMSA-PSS).

use rsa::{Pkcs1v15Sign, Pss};
use sha2::{Sha256, Sha384, Sha512};
use signature::hazmat::PrehashVerifier;
use ssh_key::public::{EcdsaPublicKey, RsaPublicKey};

use super::numbers::{P256_BYTES, P384_BYTES, P521_BYTES, fixed};
use super::{BadSignature, Released};
use sshtpm_ssh::digest_scheme::DigestHash;

/// Bytes of a signature that are neither digest nor salt: EMSA-PSS has a byte between the padding
/// and the salt, and one at the end.
const PSS_FRAME_BYTES: usize = 2;

/// Both numbers in full length, if they are a signature of `digest` by `key`.
///
/// # Errors
///
/// They are not.
pub(super) fn ecdsa(
    key: &EcdsaPublicKey,
    digest: &[u8],
    (r, s): (&[u8], &[u8]),
) -> Result<Vec<u8>, BadSignature> {
    match key {
        EcdsaPublicKey::NistP256(_) => {
            let numbers = fixed::<P256_BYTES>(r, s)?;
            verify::<p256::ecdsa::VerifyingKey, p256::ecdsa::Signature>(key, digest, numbers)
        }
        EcdsaPublicKey::NistP384(_) => {
            let numbers = fixed::<P384_BYTES>(r, s)?;
            verify::<p384::ecdsa::VerifyingKey, p384::ecdsa::Signature>(key, digest, numbers)
        }
        EcdsaPublicKey::NistP521(_) => {
            let numbers = fixed::<P521_BYTES>(r, s)?;
            verify::<p521::ecdsa::VerifyingKey, p521::ecdsa::Signature>(key, digest, numbers)
        }
    }
}

fn verify<K, S>(
    key: &EcdsaPublicKey,
    digest: &[u8],
    numbers: Vec<u8>,
) -> Result<Vec<u8>, BadSignature>
where
    K: for<'a> TryFrom<&'a EcdsaPublicKey> + PrehashVerifier<S>,
    S: for<'a> TryFrom<&'a [u8]>,
{
    let key = K::try_from(key).map_err(|_| BadSignature)?;
    let signature = S::try_from(&numbers).map_err(|_| BadSignature)?;
    let verified = key.verify_prehash(digest, &signature);
    verified.map(|()| numbers).map_err(|_| BadSignature)
}

/// Whether `raw` is a signature of `digest` by `key`.
///
/// # Errors
///
/// It is not.
pub(super) fn pkcs1(
    key: &RsaPublicKey,
    hash: DigestHash,
    digest: &[u8],
    raw: &[u8],
) -> Result<(), BadSignature> {
    let scheme = match hash {
        DigestHash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        DigestHash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        DigestHash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    };
    let key = rsa::RsaPublicKey::try_from(key).map_err(|_| BadSignature)?;
    key.verify(scheme, digest, raw).map_err(|_| BadSignature)
}

/// Whether `raw` is a signature of `digest` by `key`, and of which salt.
///
/// # Errors
///
/// It is not one.
pub(super) fn pss(
    key: &RsaPublicKey,
    hash: DigestHash,
    digest: &[u8],
    raw: &[u8],
) -> Result<Released, BadSignature> {
    let key = rsa::RsaPublicKey::try_from(key).map_err(|_| BadSignature)?;
    let verify = |salt| key.verify(with_salt(hash, salt), digest, raw);
    if verify(hash.bytes()).is_ok() {
        return Ok(Released::Signature(raw.to_vec()));
    }
    let longest = raw.len().checked_sub(hash.bytes() + PSS_FRAME_BYTES);
    let longest = longest.ok_or(BadSignature)?;
    let verified = verify(longest).map_err(|_| BadSignature);
    verified.map(|()| Released::LongestSalt)
}

fn with_salt(hash: DigestHash, bytes: usize) -> Pss {
    match hash {
        DigestHash::Sha256 => Pss::new_with_salt::<Sha256>(bytes),
        DigestHash::Sha384 => Pss::new_with_salt::<Sha384>(bytes),
        DigestHash::Sha512 => Pss::new_with_salt::<Sha512>(bytes),
    }
}

#[cfg(test)]
#[path = "prehashed_tests.rs"]
mod tests;
