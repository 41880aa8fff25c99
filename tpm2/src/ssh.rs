//! The key for SSH that a public area is of.

use ssh_key::Mpint;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};

use crate::ids;
use crate::public::{Object, Public};

/// Longest modulus, in bytes: that of RSA-4096.
const MAX_MODULUS_BYTES: usize = 512;

/// SEC 1, §2.3.3: a point with both coordinates.
const UNCOMPRESSED: u8 = 4;

impl Public {
    /// The public key. `None`: it is sealed data, or a key that SSH does not know.
    pub fn ssh_key(&self) -> Option<KeyData> {
        match &self.object {
            Object::Ecc { curve, x, y, .. } => {
                let point = point(*curve, x, y)?;
                let key = EcdsaPublicKey::from_sec1_bytes(&point).ok()?;
                Some(KeyData::Ecdsa(key))
            }
            Object::Rsa {
                exponent, modulus, ..
            } if modulus.len() <= MAX_MODULUS_BYTES => Some(KeyData::Rsa(RsaPublicKey {
                e: Mpint::from_positive_bytes(&exponent.to_be_bytes()).ok()?,
                n: Mpint::from_positive_bytes(modulus).ok()?,
            })),
            Object::Rsa { .. } | Object::Sealed => None,
        }
    }
}

/// The point as SEC 1 writes it, each coordinate in full length. `None`: another curve, or a
/// coordinate that is too long.
pub fn point(curve: u16, x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let bytes: usize = match curve {
        ids::NIST_P256 => 32,
        ids::NIST_P384 => 48,
        ids::NIST_P521 => 66,
        _ => return None,
    };
    let mut point = vec![UNCOMPRESSED];
    for coordinate in [x, y] {
        let missing = bytes.checked_sub(coordinate.len())?;
        point.resize(point.len() + missing, 0);
        point.extend_from_slice(coordinate);
    }
    Some(point)
}
