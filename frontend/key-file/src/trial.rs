//! Tries whether a private key signs.
//!
//! Specs: RFC 5656 §3.1.2 (ECDSA), RFC 8709 §6 (Ed25519).

use ed25519_dalek::SigningKey;
use signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, Signature};

use crate::key::{Ecdsa, PrivatePart};

/// What is signed. No protocol of SSH signs it: RFC 4252 §7 begins with a length, SSHSIG with its
/// name.
const TEXT: &[u8] = b"sshtpm tries a backup";

impl PrivatePart {
    /// Whether a signature of this key verifies by `public`. An RSA key is not tried: none is made
    /// here.
    pub(crate) fn signs_for(&self, public: &KeyData) -> bool {
        let signature = match self {
            Self::Ecdsa(key) => sign_ecdsa(key),
            Self::Ed25519(key) => {
                let signature = SigningKey::from_bytes(key.seed()).sign(TEXT);
                Signature::new(Algorithm::Ed25519, signature.to_vec()).ok()
            }
            Self::Rsa(_) => None,
        };
        signature.is_some_and(|signature| public.verify(TEXT, &signature).is_ok())
    }
}

fn sign_ecdsa(key: &Ecdsa) -> Option<Signature> {
    match key.curve() {
        EcdsaCurve::NistP256 => {
            let key = p256::ecdsa::SigningKey::from_slice(key.scalar()).ok()?;
            let signature: p256::ecdsa::Signature = key.sign(TEXT);
            Signature::try_from(signature).ok()
        }
        EcdsaCurve::NistP384 => {
            let key = p384::ecdsa::SigningKey::from_slice(key.scalar()).ok()?;
            let signature: p384::ecdsa::Signature = key.sign(TEXT);
            Signature::try_from(signature).ok()
        }
        EcdsaCurve::NistP521 => {
            let key = p521::ecdsa::SigningKey::from_slice(key.scalar()).ok()?;
            let signature: p521::ecdsa::Signature = key.sign(TEXT);
            Signature::try_from(signature).ok()
        }
    }
}
