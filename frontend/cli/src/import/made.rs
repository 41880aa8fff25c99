//! A private key that this process makes, for what needs one before the TPM has it.
//!
//! May touch: the broker's property `Algorithms`, and the kernel's random numbers.

use rand_core::OsRng;
use ssh_key::EcdsaCurve as Curve;
use sshtpm_key_file::{MadeKey, MadeKind};
use sshtpm_ssh::text::printable;

use super::source::hide_from_others;
use crate::algorithm::{Algorithm, EcdsaCurve};
use crate::error::Failure;
use crate::session::Session;

/// What failed, whatever the reason.
const CANNOT: &str = "cannot make the key";

/// What a key can be made of here.
///
/// # Errors
///
/// It cannot: RSA.
pub(crate) fn kind(algorithm: Algorithm) -> Result<MadeKind, Failure> {
    match algorithm {
        Algorithm::Ecdsa(EcdsaCurve::P256) => Ok(MadeKind::Ecdsa(Curve::NistP256)),
        Algorithm::Ecdsa(EcdsaCurve::P384) => Ok(MadeKind::Ecdsa(Curve::NistP384)),
        Algorithm::Ecdsa(EcdsaCurve::P521) => Ok(MadeKind::Ecdsa(Curve::NistP521)),
        Algorithm::Ed25519 => Ok(MadeKind::Ed25519),
        Algorithm::Rsa(_) => Err(Failure::new(
            CANNOT,
            "sshtpm makes no RSA keys outside of the TPM: how long that takes would tell of the \
             primes",
        )
        .and_next(
            "Choose -t ecdsa or -t ed25519. Or have OpenSSH make the key, and keep its file: \
             `ssh-keygen -t rsa -b 3072 -f FILE`, then `sshtpm import --keep-file FILE`.",
        )),
    }
}

/// Makes sure that this TPM can have such keys, before a backup is written.
///
/// # Errors
///
/// It cannot, or the broker cannot be reached.
pub(crate) async fn fits(session: &Session, algorithm: Algorithm) -> Result<(), Failure> {
    let algorithms = session.tpm().await?.algorithms().await;
    let algorithms = algorithms.map_err(|error| Failure::from_broker(CANNOT, &error.into()))?;
    match algorithms.iter().any(|(name, _)| name == algorithm.name()) {
        true => Ok(()),
        false => Err(Failure::new(
            CANNOT,
            format!(
                "the TPM takes no keys of type {}",
                printable(algorithm.name())
            ),
        )
        .and_next("`sshtpm status` lists the types that it takes.")),
    }
}

/// Makes a key.
pub(crate) fn key(kind: MadeKind, comment: &str) -> MadeKey {
    hide_from_others();
    MadeKey::new(kind, comment.to_owned(), &mut OsRng)
}
