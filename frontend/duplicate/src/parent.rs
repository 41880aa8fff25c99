//! The storage key that a duplicate is wrapped for.
//!
//! Specs: TPM 2.0 Part 1, "Storage Keys" (restricted, decrypt, not sign); Part 2, `TPMT_PUBLIC`.

use crate::ids;
use crate::kdf::Hash;
use crate::marshal::{Malformed, Reader};

/// A storage key that cannot leave its TPM.
#[derive(Debug)]
pub struct Parent {
    pub(crate) hash: Hash,
    /// Bytes of the AES key with which it protects what is below it.
    pub(crate) aes_bytes: usize,
    pub(crate) public: ParentKey,
    name: Vec<u8>,
}

/// The asymmetric part of it.
#[derive(Debug)]
pub(crate) enum ParentKey {
    P256 { x: Vec<u8>, y: Vec<u8> },
    P384 { x: Vec<u8>, y: Vec<u8> },
    Rsa { modulus: Vec<u8>, exponent: u32 },
}

/// Why nothing may be wrapped for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAParent {
    /// The bytes are no public area.
    #[error("its public area is malformed")]
    Malformed,
    /// The key could leave the TPM, or need not be in one.
    #[error("it is not fixed to a TPM that made it")]
    NotFixed,
    /// The key decrypts for anybody, or signs.
    #[error("it is not a storage key (restricted, decrypt, not sign)")]
    NotAStorageKey,
    /// The key has a length or an algorithm that is not known here.
    #[error(
        "its algorithms are others than SHA-256 or SHA-384, AES in CFB mode, and P-256, P-384 or RSA"
    )]
    Algorithms,
}

impl Parent {
    /// Reads a marshalled `TPMT_PUBLIC`.
    ///
    /// # Errors
    ///
    /// It is malformed, or not that of a storage key that is fixed to a TPM.
    pub fn read(area: &[u8]) -> Result<Self, NotAParent> {
        let mut reader = Reader::new(area);
        let key_type = reader.uint16()?;
        let name_algorithm = reader.uint16()?;
        check_attributes(reader.uint32()?)?;
        let _policy = reader.sized()?;
        let hash = match name_algorithm {
            ids::SHA256 => Hash::Sha256,
            ids::SHA384 => Hash::Sha384,
            _ => return Err(NotAParent::Algorithms),
        };
        let aes_bytes = symmetric(&mut reader)?;
        // A storage key has no scheme: Part 2, `TPMT_ASYM_SCHEME`.
        expect(reader.uint16()?, ids::NULL)?;
        let public = match key_type {
            ids::ECC => ecc(&mut reader)?,
            ids::RSA => rsa(&mut reader)?,
            _ => return Err(NotAParent::Algorithms),
        };
        reader.end()?;
        let name = [&name_algorithm.to_be_bytes()[..], &hash.digest(&[area])].concat();
        Ok(Self {
            hash,
            aes_bytes,
            public,
            name,
        })
    }

    /// The Name of the key: the number of its hash, 2 bytes, and the digest of its public area, 32
    /// or 48 bytes.
    pub fn name(&self) -> &[u8] {
        &self.name
    }
}

fn check_attributes(attributes: u32) -> Result<(), NotAParent> {
    let has = |wanted| attributes & wanted == wanted;
    if !has(ids::FIXED_TPM | ids::FIXED_PARENT | ids::SENSITIVE_DATA_ORIGIN) {
        return Err(NotAParent::NotFixed);
    }
    match has(ids::RESTRICTED | ids::DECRYPT) && !has(ids::SIGN) {
        true => Ok(()),
        false => Err(NotAParent::NotAStorageKey),
    }
}

fn symmetric(reader: &mut Reader<'_>) -> Result<usize, NotAParent> {
    expect(reader.uint16()?, ids::AES)?;
    let bytes = match reader.uint16()? {
        128 => 16,
        256 => 32,
        _ => return Err(NotAParent::Algorithms),
    };
    expect(reader.uint16()?, ids::CFB)?;
    Ok(bytes)
}

fn ecc(reader: &mut Reader<'_>) -> Result<ParentKey, NotAParent> {
    let curve = reader.uint16()?;
    expect(reader.uint16()?, ids::NULL)?;
    let (x, y) = (reader.sized()?.to_vec(), reader.sized()?.to_vec());
    match curve {
        ids::NIST_P256 => Ok(ParentKey::P256 { x, y }),
        ids::NIST_P384 => Ok(ParentKey::P384 { x, y }),
        _ => Err(NotAParent::Algorithms),
    }
}

fn rsa(reader: &mut Reader<'_>) -> Result<ParentKey, NotAParent> {
    let _bits = reader.uint16()?;
    // 0 stands for the usual one: Part 2, `TPMS_RSA_PARMS`.
    let exponent = match reader.uint32()? {
        0 => 65537,
        other => other,
    };
    let modulus = reader.sized()?.to_vec();
    Ok(ParentKey::Rsa { modulus, exponent })
}

fn expect(found: u16, wanted: u16) -> Result<(), NotAParent> {
    (found == wanted)
        .then_some(())
        .ok_or(NotAParent::Algorithms)
}

impl From<Malformed> for NotAParent {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}
