//! The public key of a record: one text for each key, and the algorithm that it tells.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use crate::store::damage::Damage;
use sshtpm_ssh::algorithm::Algorithm;

/// The key type and the base64 blob.
///
/// # Errors
///
/// No text of OpenSSH has such a key.
pub(super) fn public_key_text(key: &KeyData) -> Result<String, Damage> {
    PublicKey::from(key.clone())
        .to_openssh()
        .map_err(|_| Damage::PublicKey)
}

/// Reads the one text that [`public_key_text`] writes for a key.
pub(super) fn parse_public_key(text: &str) -> Result<KeyData, Damage> {
    let key = PublicKey::from_openssh(text).map_err(|_| Damage::PublicKey)?;
    let key = key.key_data().clone();
    if public_key_text(&key)? != text {
        return Err(Damage::PublicKey);
    }
    Ok(key)
}

pub(super) fn algorithm_of(key: &KeyData) -> Option<Algorithm> {
    match key {
        KeyData::Ecdsa(point) => Some(Algorithm::Ecdsa(point.curve())),
        KeyData::Rsa(key) => {
            let modulus = key.n.as_positive_bytes()?;
            let unused = modulus.first()?.leading_zeros();
            let bits = u32::try_from(modulus.len()).ok()?.checked_mul(8)? - unused;
            Algorithm::from_name_and_bits("ssh-rsa", bits)
        }
        KeyData::Ed25519(_) => Some(Algorithm::Ed25519),
        _ => None,
    }
}
