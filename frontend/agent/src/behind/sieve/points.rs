//! The points of ECDSA keys, as OpenSSH takes them: in full, on the curve, and not at infinity.
//!
//! Specs: SEC 1 §2.3.3; OpenSSH `sshbuf_get_eckey`, `sshkey_ec_validate_public`.

use ssh_key::public::{EcdsaPublicKey, SkEcdsaSha2NistP256};

use super::reason::Reason;

/// The first byte of a point that is written in full.
const UNCOMPRESSED: u8 = 4;

/// # Errors
///
/// OpenSSH does not take the point of the key.
pub(super) fn check(key: &EcdsaPublicKey) -> Result<(), Reason> {
    let point = key.as_sec1_bytes();
    is_in_full(point)?;
    let is_on_curve = match key {
        EcdsaPublicKey::NistP256(_) => p256::PublicKey::from_sec1_bytes(point).is_ok(),
        EcdsaPublicKey::NistP384(_) => p384::PublicKey::from_sec1_bytes(point).is_ok(),
        EcdsaPublicKey::NistP521(_) => p521::PublicKey::from_sec1_bytes(point).is_ok(),
    };
    is_on_curve.then_some(()).ok_or(Reason::Point)
}

/// # Errors
///
/// OpenSSH does not take the point of the key.
pub(super) fn check_of_token(key: &SkEcdsaSha2NistP256) -> Result<(), Reason> {
    let point = key.ec_point().as_bytes();
    is_in_full(point)?;
    let read = p256::PublicKey::from_sec1_bytes(point);
    read.map(drop).map_err(|_| Reason::Point)
}

fn is_in_full(point: &[u8]) -> Result<(), Reason> {
    let is_in_full = point.first() == Some(&UNCOMPRESSED);
    is_in_full.then_some(()).ok_or(Reason::Point)
}
