//! What the public area of a key for SSH tells.
//!
//! Only as much is read as people and the command line need: which key it is, and whether it has a
//! PIN. What may be imported, the broker decides.
//!
//! Specs: TPM 2.0 Part 2, §12.2.4 (`TPMT_PUBLIC`), `TPMS_ECC_PARMS`, `TPMS_RSA_PARMS`,
//! `TPMS_KEYEDHASH_PARMS`.

use ssh_key::Mpint;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};

use crate::ids;
use crate::marshal::{Malformed, Reader};

/// Longest coordinate of a point, in bytes: that of P-521.
const MAX_COORDINATE_BYTES: usize = 66;

/// Longest modulus, in bytes: that of RSA-4096.
const MAX_MODULUS_BYTES: usize = 512;

/// The exponent for which the number 0 stands.
const USUAL_EXPONENT: u32 = 65537;

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
        let mut reader = Reader::new(area);
        let key_type = reader.uint16()?;
        let _name_algorithm = reader.uint16()?;
        let attributes = reader.uint32()?;
        let _policy = reader.sized()?;
        let key = match key_type {
            ids::ECC => Some(ecdsa(&mut reader)?),
            ids::RSA => Some(rsa(&mut reader)?),
            ids::KEYEDHASH => sealed(&mut reader)?,
            _ => return Err(NoPublicHalf),
        };
        reader.end()?;
        Ok(Self {
            key,
            has_pin: attributes & ids::NO_DA == 0,
        })
    }
}

fn ecdsa(reader: &mut Reader<'_>) -> Result<KeyData, NoPublicHalf> {
    symmetric(reader)?;
    // Each scheme of an ECC key has a hash.
    if reader.uint16()? != ids::NULL {
        let _hash = reader.uint16()?;
    }
    let bytes = match reader.uint16()? {
        ids::NIST_P256 => 32,
        ids::NIST_P384 => 48,
        ids::NIST_P521 => MAX_COORDINATE_BYTES,
        _ => return Err(NoPublicHalf),
    };
    if reader.uint16()? != ids::NULL {
        let _hash = reader.uint16()?;
    }
    // Some TPMs leave out zeros at the beginning.
    let mut point = vec![4];
    for _ in 0..2 {
        let coordinate = reader.sized()?;
        let missing = bytes.checked_sub(coordinate.len()).ok_or(NoPublicHalf)?;
        point.resize(point.len() + missing, 0);
        point.extend_from_slice(coordinate);
    }
    let key = EcdsaPublicKey::from_sec1_bytes(&point).map_err(|_| NoPublicHalf)?;
    Ok(KeyData::Ecdsa(key))
}

fn rsa(reader: &mut Reader<'_>) -> Result<KeyData, NoPublicHalf> {
    symmetric(reader)?;
    if reader.uint16()? != ids::NULL {
        let _hash = reader.uint16()?;
    }
    let _bits = reader.uint16()?;
    let exponent = match reader.uint32()? {
        0 => USUAL_EXPONENT,
        other => other,
    };
    let modulus = reader.sized()?;
    if modulus.len() > MAX_MODULUS_BYTES {
        return Err(NoPublicHalf);
    }
    let number = |bytes: &[u8]| Mpint::from_positive_bytes(bytes).map_err(|_| NoPublicHalf);
    Ok(KeyData::Rsa(RsaPublicKey {
        e: number(&exponent.to_be_bytes())?,
        n: number(modulus)?,
    }))
}

fn sealed(reader: &mut Reader<'_>) -> Result<Option<KeyData>, NoPublicHalf> {
    if reader.uint16()? != ids::NULL {
        return Err(NoPublicHalf);
    }
    let _unique = reader.sized()?;
    Ok(None)
}

fn symmetric(reader: &mut Reader<'_>) -> Result<(), NoPublicHalf> {
    let is_null = reader.uint16()? == ids::NULL;
    is_null.then_some(()).ok_or(NoPublicHalf)
}

impl From<Malformed> for NoPublicHalf {
    fn from(Malformed: Malformed) -> Self {
        Self
    }
}
