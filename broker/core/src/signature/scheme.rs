//! Which scheme signs with a key, and what it signs: a digest, or for Ed25519 the data itself.
//!
//! Specs: RFC 9987 (flags of a sign request), RFC 8332 (RSA with SHA-2), RFC 5656 §3.1.2 (ECDSA,
//! and its hash for each curve), RFC 8709 §6 (Ed25519); TPM 2.0 Part 3, TPM2_Sign.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use ssh_key::{EcdsaCurve, HashAlg};

use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::DigestHash;

/// How one signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA with the hash of the curve (RFC 5656).
    Ecdsa(EcdsaCurve),
    /// RSASSA-PKCS1-v1_5 with SHA-256 (`rsa-sha2-256`).
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-512 (`rsa-sha2-512`).
    RsaSha512,
    /// Ed25519, without a hash before it (RFC 8709).
    Ed25519,
}

impl Scheme {
    /// Chooses by key and flags. RSA without a flag would be SHA-1 by the protocol's age; it gets
    /// SHA-512 instead, as OpenSSH's own `ssh-keygen -Y` expects of agents that dropped SHA-1.
    ///
    /// `None`: a flag that does not exist, or belongs to no key of this kind.
    pub(crate) fn choose(algorithm: Algorithm, flags: u32) -> Option<Self> {
        match (algorithm, flags) {
            (Algorithm::Ecdsa(curve), 0) => Some(Self::Ecdsa(curve)),
            (Algorithm::Rsa(_), SSH_AGENT_RSA_SHA2_256) => Some(Self::RsaSha256),
            (Algorithm::Rsa(_), 0 | SSH_AGENT_RSA_SHA2_512 | BOTH) => Some(Self::RsaSha512),
            (Algorithm::Ed25519, 0) => Some(Self::Ed25519),
            _ => None,
        }
    }

    /// What is signed. The TPM gets the hash of `data`, made here because chips are slow at it and
    /// some cannot take buffers of this size.
    pub(crate) fn to_sign(self, data: &[u8]) -> ToSign {
        let sha256 = || Digest::Sha256(Sha256::digest(data).into());
        let sha384 = || Digest::Sha384(Sha384::digest(data).into());
        let sha512 = || Digest::Sha512(Sha512::digest(data).into());
        let (family, digest) = match self {
            Self::Ecdsa(EcdsaCurve::NistP256) => (Family::Ecdsa, sha256()),
            Self::Ecdsa(EcdsaCurve::NistP384) => (Family::Ecdsa, sha384()),
            Self::Ecdsa(EcdsaCurve::NistP521) => (Family::Ecdsa, sha512()),
            Self::RsaSha256 => (Family::RsaSsa, sha256()),
            Self::RsaSha512 => (Family::RsaSsa, sha512()),
            Self::Ed25519 => return ToSign::Message(data.into()),
        };
        ToSign::Digest(DigestToSign::new(family, digest))
    }

    /// Whether that is what SSH calls it.
    pub(crate) fn is_named(self, name: &str) -> bool {
        self.ssh_algorithm().as_str() == name
    }

    /// What SSH calls it.
    pub(super) fn ssh_algorithm(self) -> ssh_key::Algorithm {
        match self {
            Self::Ecdsa(curve) => ssh_key::Algorithm::Ecdsa { curve },
            Self::RsaSha256 => ssh_key::Algorithm::Rsa {
                hash: Some(HashAlg::Sha256),
            },
            Self::RsaSha512 => ssh_key::Algorithm::Rsa {
                hash: Some(HashAlg::Sha512),
            },
            Self::Ed25519 => ssh_key::Algorithm::Ed25519,
        }
    }
}

/// RFC 9987, `SSH_AGENT_RSA_SHA2_256`.
const SSH_AGENT_RSA_SHA2_256: u32 = 2;
/// RFC 9987, `SSH_AGENT_RSA_SHA2_512`.
const SSH_AGENT_RSA_SHA2_512: u32 = 4;
const BOTH: u32 = SSH_AGENT_RSA_SHA2_256 | SSH_AGENT_RSA_SHA2_512;

/// What a key signs. It is never logged.
#[derive(Clone, PartialEq, Eq)]
pub enum ToSign {
    /// With a key in the TPM: a digest.
    Digest(DigestToSign),
    /// With a sealed key: the data itself, 1 to
    /// [`MAX_SIGN_DATA_BYTES`](sshtpm_ssh::limits::MAX_SIGN_DATA_BYTES) bytes. Ed25519 hashes it
    /// twice, the second time behind what came of the first.
    Message(Arc<[u8]>),
}

impl fmt::Debug for ToSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(to_sign) => to_sign.fmt(f),
            Self::Message(data) => write!(f, "Message({} bytes)", data.len()),
        }
    }
}

/// What TPM2_Sign takes: a digest, and the scheme that signs it. Made by [`Scheme`] and for raw
/// keys by `Digested`, so that the two fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestToSign {
    family: Family,
    digest: Digest,
}

/// A scheme of the TPM (TPMT_SIG_SCHEME), whatever its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// TPM_ALG_ECDSA.
    Ecdsa,
    /// TPM_ALG_RSASSA.
    RsaSsa,
    /// TPM_ALG_RSAPSS.
    RsaPss,
}

impl DigestToSign {
    pub(super) fn new(family: Family, digest: Digest) -> Self {
        Self { family, digest }
    }

    /// The scheme that signs it.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The digest (TPM2B_DIGEST).
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// A hash to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256, 32 bytes.
    Sha256([u8; 32]),
    /// SHA-384, 48 bytes.
    Sha384([u8; 48]),
    /// SHA-512, 64 bytes.
    Sha512([u8; 64]),
}

impl Digest {
    /// `None` if `bytes` are not as many as `hash` makes.
    pub(super) fn of(hash: DigestHash, bytes: &[u8]) -> Option<Self> {
        match hash {
            DigestHash::Sha256 => bytes.try_into().ok().map(Self::Sha256),
            DigestHash::Sha384 => bytes.try_into().ok().map(Self::Sha384),
            DigestHash::Sha512 => bytes.try_into().ok().map(Self::Sha512),
        }
    }

    /// The 32, 48 or 64 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(hash) => hash,
            Self::Sha384(hash) => hash,
            Self::Sha512(hash) => hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sshtpm_ssh::algorithm::RsaBits;

    #[test]
    fn rsa_honours_each_sha2_flag_and_never_means_sha1() {
        let rsa = Algorithm::Rsa(RsaBits::B2048);
        assert_eq!(Scheme::choose(rsa, 2), Some(Scheme::RsaSha256));
        assert_eq!(Scheme::choose(rsa, 4), Some(Scheme::RsaSha512));
        assert_eq!(Scheme::choose(rsa, 6), Some(Scheme::RsaSha512));
        assert_eq!(Scheme::choose(rsa, 0), Some(Scheme::RsaSha512));
    }

    #[test]
    fn unknown_flags_and_rsa_flags_on_another_key_are_refused() {
        let rsa = Algorithm::Rsa(RsaBits::B2048);
        let ecdsa = Algorithm::Ecdsa(EcdsaCurve::NistP256);
        assert_eq!(Scheme::choose(rsa, 1), None);
        assert_eq!(Scheme::choose(rsa, 8), None);
        assert_eq!(Scheme::choose(ecdsa, 2), None);
        assert_eq!(Scheme::choose(ecdsa, u32::MAX), None);
    }

    #[test]
    fn each_curve_has_the_hash_of_rfc_5656() {
        let length = |curve| match Scheme::Ecdsa(curve).to_sign(b"") {
            ToSign::Digest(to_sign) => to_sign.digest().as_bytes().len(),
            ToSign::Message(_) => 0,
        };
        assert_eq!(length(EcdsaCurve::NistP256), 32);
        assert_eq!(length(EcdsaCurve::NistP384), 48);
        assert_eq!(length(EcdsaCurve::NistP521), 64);
    }

    #[test]
    fn ed25519_signs_the_data_itself_and_takes_no_flags() {
        let scheme = Scheme::choose(Algorithm::Ed25519, 0).expect("a scheme");
        assert_eq!(scheme.to_sign(b"data"), ToSign::Message((*b"data").into()));
        for flags in [1, 2, 4, u32::MAX] {
            assert_eq!(Scheme::choose(Algorithm::Ed25519, flags), None);
        }
    }
}
