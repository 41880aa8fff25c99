//! What the public area of a key for SSH tells.
//!
//! Only as much is read as people and the command line need: which key it is, and whether it has a
//! PIN. What may be imported, the broker decides.

use ssh_key::public::KeyData;
use sshtpm_tpm2::{Object, Public, ids};

/// What a public area tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHalf {
    /// The public key; `None` for a sealed object, which does not tell what is in it.
    pub key: Option<KeyData>,
    /// Whether the TPM guards an authorization value against guessing: sshtpm's keys have a PIN
    /// then, and none otherwise.
    pub has_pin: bool,
}

/// A public area that is malformed, or not that of a key for SSH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its public area is not that of an ECDSA key, an RSA key or a sealed object")]
pub struct NoPublicHalf;

impl PublicHalf {
    /// Reads a marshalled `TPMT_PUBLIC`.
    ///
    /// # Errors
    ///
    /// It is malformed, or of another type.
    pub fn read(area: &[u8]) -> Result<Self, NoPublicHalf> {
        let public = Public::read(area).map_err(|_| NoPublicHalf)?;
        let key = match public.object {
            Object::Sealed => None,
            Object::Ecc {
                symmetric: None, ..
            }
            | Object::Rsa {
                symmetric: None, ..
            } => Some(public.ssh_key().ok_or(NoPublicHalf)?),
            Object::Ecc { .. } | Object::Rsa { .. } => return Err(NoPublicHalf),
        };
        Ok(Self {
            key,
            has_pin: !public.has(ids::NO_DA),
        })
    }
}
