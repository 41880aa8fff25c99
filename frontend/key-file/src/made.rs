//! Private keys that are made here, so that another machine or a backup has them before a TPM does.
//!
//! Specs: FIPS 186-5 §6.2 and A.2 (ECDSA), RFC 8032 §5.1.5 (Ed25519).

use p256::elliptic_curve::{CurveArithmetic, SecretKey};
use rand_core::CryptoRngCore;
use ssh_key::EcdsaCurve;
use zeroize::{Zeroize as _, Zeroizing};

use crate::key::{Ecdsa, Ed25519, PrivateKey, PrivatePart};

/// What kind of key to make. RSA is not among them: the primes would be searched in a time that
/// depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeKind {
    /// ECDSA over this curve.
    Ecdsa(EcdsaCurve),
    /// Ed25519.
    Ed25519,
}

/// A private key that was made here. Its memory is wiped.
#[derive(Clone, Debug)]
pub struct MadeKey(PrivateKey);

impl MadeKey {
    /// Makes one with a comment.
    pub fn new(kind: MadeKind, comment: String, random: &mut impl CryptoRngCore) -> Self {
        let private = match kind {
            MadeKind::Ecdsa(curve) => PrivatePart::Ecdsa(ecdsa(curve, random)),
            MadeKind::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                random.fill_bytes(seed.as_mut_slice());
                PrivatePart::Ed25519(Ed25519::new(seed))
            }
        };
        Self(PrivateKey { private, comment })
    }

    /// The key as if a file had been read.
    pub fn key(&self) -> PrivateKey {
        self.0.clone()
    }
}

fn ecdsa(curve: EcdsaCurve, random: &mut impl CryptoRngCore) -> Ecdsa {
    let scalar = match curve {
        EcdsaCurve::NistP256 => scalar::<p256::NistP256>(random),
        EcdsaCurve::NistP384 => scalar::<p384::NistP384>(random),
        EcdsaCurve::NistP521 => scalar::<p521::NistP521>(random),
    };
    let key = Ecdsa::new(curve, &scalar);
    key.unwrap_or_else(|_| unreachable!("the scalar is less than the order of the curve"))
}

fn scalar<C: CurveArithmetic>(random: &mut impl CryptoRngCore) -> Zeroizing<Vec<u8>> {
    let secret = SecretKey::<C>::random(random);
    let mut bytes = secret.to_bytes();
    let scalar = Zeroizing::new(bytes.to_vec());
    bytes.zeroize();
    scalar
}
