//! A digest that a raw key is asked to sign, and how.
//!
//! Specs: FIPS 186-5 §6.4 (ECDSA); RFC 8017 §8.1 (RSASSA-PSS) and §8.2 (RSASSA-PKCS1-v1_5).

use ssh_key::public::KeyData;
use thiserror::Error;

use super::{
    BadSignature, Digest, DigestToSign, Family, RawSignature, Released, ToSign, prehashed,
};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::{DigestHash, DigestScheme};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::word::Word as _;

/// A digest, and a scheme by which a key of one algorithm signs it.
#[derive(Clone, Debug)]
pub(crate) struct Digested {
    scheme: DigestScheme,
    hash: DigestHash,
    digest: Digest,
}

impl Digested {
    /// `digest`, for a key of `algorithm` to sign by `scheme`.
    ///
    /// # Errors
    ///
    /// Such a key does not sign so, or the digest has another length.
    pub(crate) fn new(
        scheme: DigestScheme,
        digest: &[u8],
        algorithm: Algorithm,
    ) -> Result<Self, NotADigest> {
        let hash = scheme.hash_of(algorithm);
        let hash = hash.ok_or(NotADigest::OtherKeys { scheme, algorithm })?;
        let wrong_length = || NotADigest::Length {
            got: digest.len(),
            wanted: hash.bytes(),
        };
        let digest = Digest::of(hash, digest).ok_or_else(wrong_length)?;
        Ok(Self {
            scheme,
            hash,
            digest,
        })
    }

    /// Whether a TPM chooses the length of a salt for it.
    pub(crate) fn has_salt(&self) -> bool {
        matches!(self.scheme, DigestScheme::RsaPss(_))
    }

    pub(super) fn to_sign(&self) -> ToSign {
        let family = match self.scheme {
            DigestScheme::Ecdsa => Family::Ecdsa,
            DigestScheme::RsaPkcs1(_) => Family::RsaSsa,
            DigestScheme::RsaPss(_) => Family::RsaPss,
        };
        ToSign::Digest(DigestToSign::new(family, self.digest.clone()))
    }

    /// The signature in full length, if it is one of this digest by `key`.
    ///
    /// # Errors
    ///
    /// It is not.
    pub(super) fn release(
        &self,
        raw: &RawSignature,
        key: &KeyData,
    ) -> Result<Released, BadSignature> {
        let digest = self.digest.as_bytes();
        match (raw, key, self.scheme) {
            (RawSignature::Ecdsa { r, s }, KeyData::Ecdsa(key), DigestScheme::Ecdsa) => {
                prehashed::ecdsa(key, digest, (r, s)).map(Released::Signature)
            }
            (RawSignature::Rsa(raw), KeyData::Rsa(key), DigestScheme::RsaPkcs1(_)) => {
                prehashed::pkcs1(key, self.hash, digest, raw)?;
                Ok(Released::Signature(raw.clone()))
            }
            (RawSignature::Rsa(raw), KeyData::Rsa(key), DigestScheme::RsaPss(_)) => {
                prehashed::pss(key, self.hash, digest, raw)
            }
            _ => Err(BadSignature),
        }
    }
}

/// Why a digest is not signed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotADigest {
    /// The scheme is for other keys.
    #[error("{algorithm} keys do not sign by {}; use {}", .scheme.word(), fitting(*.algorithm))]
    OtherKeys {
        /// The scheme.
        scheme: DigestScheme,
        /// The algorithm of the key.
        algorithm: Algorithm,
    },
    /// The digest is shorter or longer than what the hash makes.
    #[error("the digest has {got} bytes; this key and scheme sign digests of {wanted} bytes")]
    Length {
        /// Its length in bytes.
        got: usize,
        /// That of the digests which are signed so.
        wanted: usize,
    },
    /// The TPM makes a salt that few programs take.
    #[error(
        "this TPM signs by RSASSA-PSS with the longest salt, which TLS 1.3 and others refuse; use \
         rsa-pkcs1-sha256, or generate an ECDSA key"
    )]
    LongestSalt,
}

/// The schemes of keys of `algorithm`.
fn fitting(algorithm: Algorithm) -> String {
    let schemes = DigestScheme::ALL.iter();
    let fitting = schemes.filter(|scheme| scheme.hash_of(algorithm).is_some());
    let names: Vec<_> = fitting.map(|scheme| scheme.word()).collect();
    names.join(", ")
}

impl NotADigest {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherKeys { .. } | Self::LongestSalt => ErrorKind::UnsupportedAlgorithm,
            Self::Length { .. } => ErrorKind::InvalidArgs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssh_key::EcdsaCurve;
    use sshtpm_ssh::algorithm::RsaBits;

    const P256: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP256);
    const RSA: Algorithm = Algorithm::Rsa(RsaBits::B2048);

    #[test]
    fn a_digest_has_exactly_the_length_of_its_hash() {
        for (curve, wanted) in [
            (EcdsaCurve::NistP256, 32),
            (EcdsaCurve::NistP384, 48),
            (EcdsaCurve::NistP521, 64),
        ] {
            for got in [0, 20, 31, 32, 33, 48, 64, 65, 66] {
                let digest = vec![7; got];
                let made = Digested::new(DigestScheme::Ecdsa, &digest, Algorithm::Ecdsa(curve));
                match got == wanted {
                    true => assert!(made.is_ok()),
                    false => assert_eq!(made.err(), Some(NotADigest::Length { got, wanted })),
                }
            }
        }
    }

    #[test]
    fn a_scheme_of_other_keys_is_refused_with_those_that_fit() {
        let refused = Digested::new(DigestScheme::Ecdsa, &[7; 32], RSA).err();
        let refused = refused.expect("a refusal");
        assert_eq!(refused.kind(), ErrorKind::UnsupportedAlgorithm);
        let text = refused.to_string();
        assert!(text.contains("ssh-rsa 2048 keys do not sign by ecdsa; use rsa-pkcs1-sha256,"));
        let pss = DigestScheme::RsaPss(DigestHash::Sha256);
        assert!(Digested::new(pss, &[7; 32], P256).is_err());
    }

    #[test]
    fn each_scheme_is_one_of_the_tpm() {
        for (scheme, algorithm, family) in [
            (DigestScheme::Ecdsa, P256, Family::Ecdsa),
            (
                DigestScheme::RsaPkcs1(DigestHash::Sha256),
                RSA,
                Family::RsaSsa,
            ),
            (
                DigestScheme::RsaPss(DigestHash::Sha256),
                RSA,
                Family::RsaPss,
            ),
        ] {
            let digested = Digested::new(scheme, &[7; 32], algorithm).expect("fitting");
            let ToSign::Digest(to_sign) = digested.to_sign() else {
                panic!("not a digest");
            };
            assert_eq!(to_sign.family(), family);
            assert_eq!(to_sign.digest().as_bytes(), [7; 32]);
        }
    }
}
