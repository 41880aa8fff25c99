//! The public area of an object, read without judging it.
//!
//! Specs: TPM 2.0 Part 2, §12.2.4 (`TPMT_PUBLIC`), `TPMS_ECC_PARMS`, `TPMS_RSA_PARMS`,
//! `TPMS_KEYEDHASH_PARMS`; Part 1, "Names".

use crate::ids;
use crate::kdf::Hash;
use crate::marshal::{Malformed, Reader};

/// Longest public area, in bytes: that of RSA-4096 has 534, and an endorsement key's policy and
/// algorithms some 50 more.
pub const MAX_PUBLIC_BYTES: usize = 600;

/// The exponent for which the number 0 stands.
const USUAL_EXPONENT: u32 = 65537;

/// A public area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// The hash of its Name.
    pub name_algorithm: u16,
    /// `TPMA_OBJECT`: see [`ids`].
    pub attributes: u32,
    /// The digest of the policy that authorizes its use; empty if there is none.
    pub policy: Vec<u8>,
    /// What it is of.
    pub object: Object,
    area: Vec<u8>,
}

/// The kind of an object, with its parameters and its public part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A key on an elliptic curve.
    Ecc {
        /// What it protects objects below it with.
        symmetric: Option<Symmetric>,
        /// The one scheme that it may be used in; any one if there is none.
        scheme: Option<Scheme>,
        /// `TPM_ECC_CURVE`.
        curve: u16,
        /// The first coordinate; some TPMs leave out zeros at its beginning.
        x: Vec<u8>,
        /// The second one.
        y: Vec<u8>,
    },
    /// An RSA key.
    Rsa {
        /// What it protects objects below it with.
        symmetric: Option<Symmetric>,
        /// The one scheme that it may be used in; any one if there is none.
        scheme: Option<Scheme>,
        /// Length of the modulus.
        bits: u16,
        /// Never 0.
        exponent: u32,
        /// The modulus.
        modulus: Vec<u8>,
    },
    /// Sealed data, or a key for HMACs without a scheme.
    Sealed,
}

/// A block cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symmetric {
    /// `TPM_ALG_ID`.
    pub algorithm: u16,
    /// Length of its key.
    pub bits: u16,
    /// `TPM_ALG_ID` of its mode.
    pub mode: u16,
}

/// A scheme for signatures or decryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// `TPM_ALG_ID`.
    pub algorithm: u16,
    /// `TPM_ALG_ID` of its hash.
    pub hash: u16,
}

impl Public {
    /// Reads a marshalled `TPMT_PUBLIC` of a key or of sealed data.
    ///
    /// # Errors
    ///
    /// It is too long, malformed, or of another type.
    pub fn read(area: &[u8]) -> Result<Self, Malformed> {
        if area.len() > MAX_PUBLIC_BYTES {
            return Err(Malformed);
        }
        let mut reader = Reader::new(area);
        let kind = reader.uint16()?;
        let name_algorithm = reader.uint16()?;
        let attributes = reader.uint32()?;
        let policy = reader.sized()?.to_vec();
        let object = match kind {
            ids::ECC => ecc(&mut reader)?,
            ids::RSA => rsa(&mut reader)?,
            ids::KEYEDHASH => sealed(&mut reader)?,
            _ => return Err(Malformed),
        };
        reader.end()?;
        Ok(Self {
            name_algorithm,
            attributes,
            policy,
            object,
            area: area.to_vec(),
        })
    }

    /// The marshalled `TPMT_PUBLIC`.
    pub fn area(&self) -> &[u8] {
        &self.area
    }

    /// Whether all of these attributes are set.
    pub fn has(&self, attributes: u32) -> bool {
        self.attributes & attributes == attributes
    }

    /// Its Name: the number of the hash, and the digest of the area. `None`: the hash is not known
    /// here.
    pub fn name(&self) -> Option<Vec<u8>> {
        let hash = Hash::of_id(self.name_algorithm)?;
        let digest = hash.digest(&[&self.area]);
        Some([&self.name_algorithm.to_be_bytes()[..], &digest].concat())
    }
}

fn ecc(reader: &mut Reader<'_>) -> Result<Object, Malformed> {
    let (symmetric, scheme) = (symmetric(reader)?, scheme(reader)?);
    let curve = reader.uint16()?;
    // A key derivation function, which no command uses.
    let _kdf = self::scheme(reader)?;
    Ok(Object::Ecc {
        symmetric,
        scheme,
        curve,
        x: reader.sized()?.to_vec(),
        y: reader.sized()?.to_vec(),
    })
}

fn rsa(reader: &mut Reader<'_>) -> Result<Object, Malformed> {
    let (symmetric, scheme) = (symmetric(reader)?, scheme(reader)?);
    Ok(Object::Rsa {
        symmetric,
        scheme,
        bits: reader.uint16()?,
        exponent: match reader.uint32()? {
            0 => USUAL_EXPONENT,
            other => other,
        },
        modulus: reader.sized()?.to_vec(),
    })
}

fn sealed(reader: &mut Reader<'_>) -> Result<Object, Malformed> {
    if reader.uint16()? != ids::NULL {
        return Err(Malformed);
    }
    let _unique = reader.sized()?;
    Ok(Object::Sealed)
}

fn symmetric(reader: &mut Reader<'_>) -> Result<Option<Symmetric>, Malformed> {
    match reader.uint16()? {
        ids::NULL => Ok(None),
        algorithm => Ok(Some(Symmetric {
            algorithm,
            bits: reader.uint16()?,
            mode: reader.uint16()?,
        })),
    }
}

/// Those that sign for SSH have a hash, and no more.
fn scheme(reader: &mut Reader<'_>) -> Result<Option<Scheme>, Malformed> {
    match reader.uint16()? {
        ids::NULL => Ok(None),
        algorithm => Ok(Some(Scheme {
            algorithm,
            hash: reader.uint16()?,
        })),
    }
}
