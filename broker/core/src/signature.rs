//! How data is signed: which hash, what the TPM is given, and what SSH gets.
//!
//! Specs: RFC 9987 (flags of a sign request), RFC 8332 (RSA with SHA-2), RFC 5656 §3.1.2 (ECDSA,
//! and its hash for each curve), RFC 4253 §6.6 (signature blobs).

mod verification;

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use ssh_key::public::KeyData;
use ssh_key::{EcdsaCurve, HashAlg, Mpint, Signature};

use super::algorithm::Algorithm;

/// How one signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Ecdsa(EcdsaCurve),
    RsaSha256,
    RsaSha512,
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
            _ => None,
        }
    }

    /// What the TPM signs: the hash of `data`, made here because chips are slow at it and some
    /// cannot take buffers of this size.
    pub(crate) fn digest(self, data: &[u8]) -> Digest {
        match self {
            Self::Ecdsa(EcdsaCurve::NistP256) | Self::RsaSha256 => {
                Digest::Sha256(Sha256::digest(data).into())
            }
            Self::Ecdsa(EcdsaCurve::NistP384) => Digest::Sha384(Sha384::digest(data).into()),
            Self::Ecdsa(EcdsaCurve::NistP521) | Self::RsaSha512 => {
                Digest::Sha512(Sha512::digest(data).into())
            }
        }
    }

    /// Whether that is what SSH calls it.
    pub(crate) fn is_named(self, name: &str) -> bool {
        self.ssh_algorithm().as_str() == name
    }

    fn ssh_algorithm(self) -> ssh_key::Algorithm {
        match self {
            Self::Ecdsa(curve) => ssh_key::Algorithm::Ecdsa { curve },
            Self::RsaSha256 => ssh_key::Algorithm::Rsa {
                hash: Some(HashAlg::Sha256),
            },
            Self::RsaSha512 => ssh_key::Algorithm::Rsa {
                hash: Some(HashAlg::Sha512),
            },
        }
    }
}

/// RFC 9987, `SSH_AGENT_RSA_SHA2_256`.
const SSH_AGENT_RSA_SHA2_256: u32 = 2;
/// RFC 9987, `SSH_AGENT_RSA_SHA2_512`.
const SSH_AGENT_RSA_SHA2_512: u32 = 4;
const BOTH: u32 = SSH_AGENT_RSA_SHA2_256 | SSH_AGENT_RSA_SHA2_512;

/// A hash to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Digest {
    Sha256([u8; 32]),
    Sha384([u8; 48]),
    Sha512([u8; 64]),
}

impl Digest {
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(hash) => hash,
            Self::Sha384(hash) => hash,
            Self::Sha512(hash) => hash,
        }
    }
}

/// A signature as a TPM gives it (TPM 2.0 Part 2, TPMT_SIGNATURE): numbers, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawSignature {
    Ecdsa { r: Vec<u8>, s: Vec<u8> },
    Rsa(Vec<u8>),
}

/// Turns what a TPM gave into an SSH signature blob, and releases it only if it is a signature of
/// `data` by `key`: a faulty or interposed chip must not have the last word.
///
/// # Errors
///
/// The signature is malformed, or does not verify.
pub(crate) fn release(
    raw: &RawSignature,
    scheme: Scheme,
    key: &KeyData,
    data: &[u8],
) -> Result<Vec<u8>, BadSignature> {
    let signature = to_ssh(raw, scheme).map_err(|_| BadSignature)?;
    verification::verify(raw, &signature, scheme, key, data)?;
    encode(&signature).map_err(|_| BadSignature)
}

fn encode(value: &impl ssh_encoding::Encode) -> ssh_encoding::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes)?;
    Ok(bytes)
}

fn to_ssh(raw: &RawSignature, scheme: Scheme) -> ssh_key::Result<Signature> {
    let data = match raw {
        RawSignature::Ecdsa { r, s } => {
            let mut data = encode(&Mpint::from_positive_bytes(r)?)?;
            data.extend(encode(&Mpint::from_positive_bytes(s)?)?);
            data
        }
        RawSignature::Rsa(number) => number.clone(),
    };
    Signature::new(scheme.ssh_algorithm(), data)
}

/// A TPM returned something that is not a signature of this data by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::RsaBits;

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
        let length = |curve| Scheme::Ecdsa(curve).digest(b"").as_bytes().len();
        assert_eq!(length(EcdsaCurve::NistP256), 32);
        assert_eq!(length(EcdsaCurve::NistP384), 48);
        assert_eq!(length(EcdsaCurve::NistP521), 64);
    }

    // P-256 key and deterministic signature of "sample" from RFC 6979, appendix A.2.5.
    const PUBLIC: &str = "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
                          7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    const R: &str = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
    const S: &str = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
        (0..text.len()).step_by(2).map(byte).collect()
    }

    fn key() -> KeyData {
        let point = ssh_key::public::EcdsaPublicKey::from_sec1_bytes(&hex(PUBLIC));
        KeyData::Ecdsa(point.expect("a point"))
    }

    fn raw() -> RawSignature {
        RawSignature::Ecdsa {
            r: hex(R),
            s: hex(S),
        }
    }

    const P256: Scheme = Scheme::Ecdsa(EcdsaCurve::NistP256);

    #[test]
    fn a_good_signature_is_released_as_an_ssh_blob() {
        let blob = release(&raw(), P256, &key(), b"sample").expect("verifies");
        assert_eq!(&blob[..23], b"\0\0\0\x13ecdsa-sha2-nistp256");
    }

    #[test]
    fn leading_zeros_from_the_tpm_do_not_matter() {
        let mut r = vec![0, 0];
        r.extend(hex(R));
        let padded = RawSignature::Ecdsa { r, s: hex(S) };
        let blob = release(&padded, P256, &key(), b"sample");
        assert_eq!(blob, release(&raw(), P256, &key(), b"sample"));
    }

    #[test]
    fn a_signature_of_other_data_is_not_released() {
        assert_eq!(release(&raw(), P256, &key(), b"simple"), Err(BadSignature));
    }

    #[test]
    fn a_signature_of_another_form_is_not_released() {
        let rsa = RawSignature::Rsa(vec![7; 256]);
        assert_eq!(release(&rsa, P256, &key(), b"sample"), Err(BadSignature));
        assert_eq!(
            release(&rsa, Scheme::RsaSha512, &key(), b"sample"),
            Err(BadSignature)
        );
        let empty = RawSignature::Ecdsa {
            r: vec![],
            s: vec![],
        };
        assert_eq!(release(&empty, P256, &key(), b"sample"), Err(BadSignature));
    }
}
