//! How a raw key signs a digest: the schemes of `SignDigest`.
//!
//! Specs: FIPS 186-5 §6.4 (ECDSA); RFC 8017 §8.1 (RSASSA-PSS) and §8.2 (RSASSA-PKCS1-v1_5).

use ssh_key::EcdsaCurve;

use crate::algorithm::Algorithm;
use crate::limits::MAX_DIGEST_BYTES;
use crate::word::Word;

/// The hash that made a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestHash {
    /// Length of its digests in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => MAX_DIGEST_BYTES,
        }
    }
}

/// How a digest is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestScheme {
    /// ECDSA. The digest is as long as the hash of the curve (RFC 5656).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(DigestHash),
    /// RSASSA-PSS with MGF1 of the same hash, and a salt as long as the digest.
    RsaPss(DigestHash),
}

impl Word for DigestScheme {
    const ALL: &'static [Self] = &[
        Self::Ecdsa,
        Self::RsaPkcs1(DigestHash::Sha256),
        Self::RsaPkcs1(DigestHash::Sha384),
        Self::RsaPkcs1(DigestHash::Sha512),
        Self::RsaPss(DigestHash::Sha256),
        Self::RsaPss(DigestHash::Sha384),
        Self::RsaPss(DigestHash::Sha512),
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Ecdsa => "ecdsa",
            Self::RsaPkcs1(DigestHash::Sha256) => "rsa-pkcs1-sha256",
            Self::RsaPkcs1(DigestHash::Sha384) => "rsa-pkcs1-sha384",
            Self::RsaPkcs1(DigestHash::Sha512) => "rsa-pkcs1-sha512",
            Self::RsaPss(DigestHash::Sha256) => "rsa-pss-sha256",
            Self::RsaPss(DigestHash::Sha384) => "rsa-pss-sha384",
            Self::RsaPss(DigestHash::Sha512) => "rsa-pss-sha512",
        }
    }
}

impl DigestScheme {
    /// The hash whose digests a key of `algorithm` signs so. `None`: such keys do not sign so.
    pub fn hash_of(self, algorithm: Algorithm) -> Option<DigestHash> {
        match (self, algorithm) {
            (Self::Ecdsa, Algorithm::Ecdsa(EcdsaCurve::NistP256)) => Some(DigestHash::Sha256),
            (Self::Ecdsa, Algorithm::Ecdsa(EcdsaCurve::NistP384)) => Some(DigestHash::Sha384),
            (Self::Ecdsa, Algorithm::Ecdsa(EcdsaCurve::NistP521)) => Some(DigestHash::Sha512),
            (Self::RsaPkcs1(hash) | Self::RsaPss(hash), Algorithm::Rsa(_)) => Some(hash),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_found_again_by_its_word() {
        for scheme in DigestScheme::ALL {
            assert_eq!(DigestScheme::of_word(scheme.word()), Some(*scheme));
        }
        assert_eq!(DigestScheme::of_word("rsa-pkcs1-sha1"), None);
    }

    #[test]
    fn each_key_signs_by_the_schemes_of_its_kind_alone() {
        for algorithm in Algorithm::ALL {
            let fitting = |scheme: &&DigestScheme| scheme.hash_of(algorithm).is_some();
            let count = DigestScheme::ALL.iter().filter(fitting).count();
            let expected = match algorithm {
                Algorithm::Ecdsa(_) => 1,
                Algorithm::Rsa(_) => 6,
                Algorithm::Ed25519 => 0,
            };
            assert_eq!(count, expected, "{algorithm}");
        }
    }

    #[test]
    fn no_digest_is_longer_than_its_bound() {
        let hashes = [DigestHash::Sha256, DigestHash::Sha384, DigestHash::Sha512];
        assert_eq!(hashes.map(DigestHash::bytes), [32, 48, 64]);
        assert_eq!(
            hashes.map(DigestHash::bytes).iter().max(),
            Some(&MAX_DIGEST_BYTES)
        );
    }
}
