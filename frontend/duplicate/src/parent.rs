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
    area: Vec<u8>,
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
        "its algorithms are others than SHA-256 or SHA-384, AES in CFB mode, P-256, P-384 or RSA"
    )]
    Algorithms,
    /// The file has none, or is damaged.
    #[error("it has no parent key of a TPM, or is damaged")]
    NoParent,
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
            area: area.to_vec(),
            name,
        })
    }

    /// The marshalled `TPMT_PUBLIC`.
    pub fn area(&self) -> &[u8] {
        &self.area
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
    let bits = reader.uint16()?;
    // 0 stands for the usual one: Part 2, `TPMS_RSA_PARMS`.
    let exponent = match reader.uint32()? {
        0 => 65537,
        other => other,
    };
    let modulus = reader.sized()?.to_vec();
    // What is shorter, an attacker can factor.
    match bits {
        2048 | 3072 | 4096 if modulus.len() * 8 == usize::from(bits) => {
            Ok(ParentKey::Rsa { modulus, exponent })
        }
        _ => Err(NotAParent::Algorithms),
    }
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

#[cfg(test)]
pub(crate) mod tests {
    use super::{NotAParent, Parent};
    use crate::ids;
    use crate::marshal::Writer;

    /// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt.
    const STORAGE: u32 = 0x0003_0472;

    /// The public area of a parent that is a point of its curve.
    pub(crate) fn example_area() -> Vec<u8> {
        let point = p256::SecretKey::from_slice(&[7; 32]).unwrap().public_key();
        let point = p256::elliptic_curve::sec1::ToEncodedPoint::to_encoded_point(&point, false);
        let area = Writer::new().uint16(ids::ECC).uint16(ids::SHA256);
        let area = AES128
            .into_iter()
            .fold(area.uint32(STORAGE).sized(&[]), Writer::uint16);
        let area = area
            .uint16(ids::NULL)
            .uint16(ids::NIST_P256)
            .uint16(ids::NULL);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        area.sized(x).sized(y).finish().to_vec()
    }

    fn rsa_area(bits: u16, modulus: &[u8]) -> Vec<u8> {
        let area = Writer::new().uint16(ids::RSA).uint16(ids::SHA256);
        let area = AES128
            .into_iter()
            .fold(area.uint32(STORAGE).sized(&[]), Writer::uint16);
        let area = area.uint16(ids::NULL).uint16(bits).uint32(0).sized(modulus);
        area.finish().to_vec()
    }

    fn area(attributes: u32, symmetric: [u16; 3], curve: u16) -> Vec<u8> {
        let area = Writer::new().uint16(ids::ECC).uint16(ids::SHA256);
        let area = area.uint32(attributes).sized(&[]);
        let area = symmetric.into_iter().fold(area, Writer::uint16);
        let area = area.uint16(ids::NULL).uint16(curve).uint16(ids::NULL);
        area.sized(&[1; 32]).sized(&[2; 32]).finish().to_vec()
    }

    const AES128: [u16; 3] = [ids::AES, 128, ids::CFB];

    fn refusal(area: &[u8]) -> NotAParent {
        Parent::read(area).unwrap_err()
    }

    #[test]
    fn a_storage_key_that_is_fixed_to_its_tpm_is_a_parent() {
        let parent = Parent::read(&area(STORAGE, AES128, ids::NIST_P256)).unwrap();
        assert_eq!(parent.aes_bytes, 16);
        assert_eq!(parent.name().len(), 34);
        assert!(parent.name().starts_with(&[0, 0x0b]));
    }

    #[test]
    fn a_key_that_could_be_outside_of_a_tpm_is_no_parent() {
        for bit in [
            ids::FIXED_TPM,
            ids::FIXED_PARENT,
            ids::SENSITIVE_DATA_ORIGIN,
        ] {
            let area = area(STORAGE & !bit, AES128, ids::NIST_P256);
            assert_eq!(refusal(&area), NotAParent::NotFixed, "{bit:#x}");
        }
    }

    #[test]
    fn a_key_that_signs_or_decrypts_for_anybody_is_no_parent() {
        for attributes in [
            STORAGE & !ids::RESTRICTED,
            STORAGE & !ids::DECRYPT,
            STORAGE | ids::SIGN,
        ] {
            let area = area(attributes, AES128, ids::NIST_P256);
            assert_eq!(refusal(&area), NotAParent::NotAStorageKey);
        }
    }

    #[test]
    fn algorithms_that_are_not_known_are_refused() {
        let camellia = [0x0026, 128, ids::CFB];
        for (symmetric, curve) in [
            (camellia, ids::NIST_P256),
            ([ids::AES, 192, ids::CFB], ids::NIST_P256),
            ([ids::AES, 128, 0x0042], ids::NIST_P256),
            (AES128, ids::NIST_P521),
        ] {
            let area = area(STORAGE, symmetric, curve);
            assert_eq!(refusal(&area), NotAParent::Algorithms);
        }
    }

    #[test]
    fn an_rsa_parent_is_as_long_as_it_says_and_long_enough() {
        Parent::read(&rsa_area(2048, &[0xc1; 256])).unwrap();
        for (bits, bytes) in [
            (1024, 128),
            (2048, 255),
            (2048, 128),
            (4096, 256),
            (2056, 257),
        ] {
            let area = rsa_area(bits, &vec![0xc1; bytes]);
            assert_eq!(refusal(&area), NotAParent::Algorithms, "{bits} {bytes}");
        }
    }

    #[test]
    fn an_area_that_is_cut_off_or_goes_on_is_malformed() {
        let whole = area(STORAGE, AES128, ids::NIST_P256);
        for length in 0..whole.len() {
            assert_eq!(refusal(&whole[..length]), NotAParent::Malformed, "{length}");
        }
        let longer = [whole, vec![0]].concat();
        assert_eq!(refusal(&longer), NotAParent::Malformed);
    }
}
