//! The private part of an Ed25519 key, and signing with it.
//!
//! Specs: RFC 8032, §5.1.5 and §5.1.6.

use std::fmt;

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use ssh_key::public::{Ed25519PublicKey, KeyData};
use zeroize::Zeroizing;

use crate::tpm::failure::{Cause, Failure};
use sshtpm_core::signature::RawSignature;

/// Length of a seed in bytes (RFC 8032, §5.1.5).
pub(super) const SEED_BYTES: usize = 32;

/// The private part of an Ed25519 key. It is never logged, cannot be cloned, and is overwritten
/// when it is dropped. It stays at one place of the heap: what is moved leaves copies.
pub(in crate::tpm) struct Seed(Box<Zeroizing<[u8; SEED_BYTES]>>);

impl Seed {
    pub(super) fn new(bytes: Zeroizing<[u8; SEED_BYTES]>) -> Self {
        Self(Box::new(bytes))
    }

    /// Copies what the TPM had sealed.
    ///
    /// # Errors
    ///
    /// It is not a seed.
    pub(super) fn of_unsealed(bytes: &[u8]) -> Result<Self, Failure> {
        let mut seed = Box::new(Zeroizing::new([0; SEED_BYTES]));
        if bytes.len() != SEED_BYTES {
            return Err(not_its("what was sealed is not the seed of an Ed25519 key"));
        }
        seed.copy_from_slice(bytes);
        Ok(Self(seed))
    }

    pub(super) fn as_bytes(&self) -> &[u8; SEED_BYTES] {
        &self.0
    }

    /// The public key that belongs to it.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn public(&self) -> Result<KeyData, Failure> {
        let pair = Ed25519KeyPair::from_seed_unchecked(self.as_bytes());
        let public = pair
            .ok()
            .and_then(|pair| pair.public_key().as_ref().try_into().ok());
        let public = public.ok_or_else(|| refused("a seed without a public key"))?;
        Ok(KeyData::Ed25519(Ed25519PublicKey(public)))
    }

    /// Signs, if `public` is the public key that belongs to the seed: with another one, a signature
    /// would give the seed away, and a record with another one was tampered with.
    ///
    /// # Errors
    ///
    /// It is another public key.
    pub(in crate::tpm) fn sign(
        &self,
        public: &KeyData,
        message: &[u8],
    ) -> Result<RawSignature, Failure> {
        let pair = public.ed25519().and_then(|public| {
            Ed25519KeyPair::from_seed_and_public_key(self.as_bytes(), &public.0).ok()
        });
        let pair = pair.ok_or_else(|| not_its("the sealed seed is that of another public key"))?;
        let signature = pair.sign(message);
        let bytes = signature.as_ref().try_into();
        let bytes = bytes.map_err(|_| refused("a signature of another length"))?;
        Ok(RawSignature::Ed25519(bytes))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

fn refused(answer: &str) -> Failure {
    Failure::Other(unsealed(answer))
}

fn not_its(answer: &str) -> Failure {
    Failure::NotItsSeed(unsealed(answer))
}

fn unsealed(answer: &str) -> Cause {
    Cause {
        command: "TPM2_Unseal",
        answer: answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, §7.1, TEST 2.
    const SEED: [u8; 32] = [
        0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e,
        0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8,
        0xa6, 0xfb,
    ];
    const PUBLIC: [u8; 32] = [
        0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e,
        0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4,
        0x66, 0x0c,
    ];
    const SIGNATURE_BEGINS: [u8; 4] = [0x92, 0xa0, 0x09, 0xa9];

    fn public(bytes: [u8; 32]) -> KeyData {
        KeyData::Ed25519(Ed25519PublicKey(bytes))
    }

    #[test]
    fn a_seed_has_the_public_key_and_signature_of_rfc_8032() {
        let seed = Seed::of_unsealed(&SEED).expect("a seed");
        assert_eq!(seed.public(), Ok(public(PUBLIC)));
        let signed = seed.sign(&public(PUBLIC), &[0x72]).expect("a signature");
        let RawSignature::Ed25519(bytes) = signed else {
            panic!("{signed:?} is another kind of signature");
        };
        assert!(bytes.starts_with(&SIGNATURE_BEGINS), "{bytes:x?}");
    }

    #[test]
    fn a_seed_does_not_sign_for_another_public_key() {
        let seed = Seed::of_unsealed(&SEED).expect("a seed");
        let mut other = PUBLIC;
        other[0] ^= 1;
        assert!(seed.sign(&public(other), &[0x72]).is_err());
    }

    #[test]
    fn other_sealed_data_is_no_seed() {
        for length in [0, 31, 33, 64] {
            assert!(Seed::of_unsealed(&vec![7; length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_seed_is_not_printed() {
        let seed = Seed::of_unsealed(&SEED).expect("a seed");
        assert_eq!(format!("{seed:?}"), "Seed");
    }
}
