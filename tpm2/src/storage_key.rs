//! A storage key of a TPM: a parent of keys, or an endorsement key.
//!
//! Specs: TPM 2.0 Part 1, "Storage Keys" (restricted, decrypt, not sign); Part 2, `TPMT_PUBLIC`.

use crate::ids;
use crate::kdf::Hash;
use crate::marshal::Malformed;
use crate::public::{Object, Public, Symmetric};

/// A storage key that cannot leave its TPM.
#[derive(Debug)]
pub struct StorageKey {
    pub(crate) hash: Hash,
    /// Bytes of the AES key with which it protects what is below it.
    pub(crate) aes_bytes: usize,
    pub(crate) public: PublicKey,
    area: Vec<u8>,
    name: Vec<u8>,
}

/// The asymmetric part of it.
#[derive(Debug)]
pub(crate) enum PublicKey {
    P256 { x: Vec<u8>, y: Vec<u8> },
    P384 { x: Vec<u8>, y: Vec<u8> },
    Rsa { modulus: Vec<u8>, exponent: u32 },
}

/// Why nothing may be protected for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAStorageKey {
    /// The bytes are no public area.
    #[error("its public area is malformed")]
    Malformed,
    /// The key could leave the TPM, or need not be in one.
    #[error("it is not fixed to a TPM that made it")]
    NotFixed,
    /// The key decrypts for anybody, or signs.
    #[error("it is not a storage key (restricted, decrypt, not sign)")]
    Attributes,
    /// The key has a length or an algorithm that is not known here.
    #[error(
        "its algorithms are others than SHA-256 or SHA-384, AES in CFB mode, P-256, P-384 or RSA"
    )]
    Algorithms,
}

/// Bytes of a coordinate of the curve.
const P256_BYTES: usize = 32;
const P384_BYTES: usize = 48;

impl StorageKey {
    /// Reads a marshalled `TPMT_PUBLIC`.
    ///
    /// # Errors
    ///
    /// It is malformed, or not that of a storage key that is fixed to a TPM.
    pub fn read(area: &[u8]) -> Result<Self, NotAStorageKey> {
        let public = Public::read(area)?;
        check_attributes(&public)?;
        let hash = Hash::of_id(public.name_algorithm).ok_or(NotAStorageKey::Algorithms)?;
        let (aes_bytes, key) = key(&public.object).ok_or(NotAStorageKey::Algorithms)?;
        Ok(Self {
            hash,
            aes_bytes,
            public: key,
            name: public.name().ok_or(NotAStorageKey::Algorithms)?,
            area: area.to_vec(),
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

fn check_attributes(public: &Public) -> Result<(), NotAStorageKey> {
    if !public.has(ids::FIXED_TPM | ids::FIXED_PARENT | ids::SENSITIVE_DATA_ORIGIN) {
        return Err(NotAStorageKey::NotFixed);
    }
    match public.has(ids::RESTRICTED | ids::DECRYPT) && !public.has(ids::SIGN) {
        true => Ok(()),
        false => Err(NotAStorageKey::Attributes),
    }
}

/// Bytes of its AES key, and its public key. A storage key has no scheme: Part 2,
/// `TPMT_ASYM_SCHEME`.
fn key(object: &Object) -> Option<(usize, PublicKey)> {
    match object {
        Object::Ecc {
            symmetric,
            scheme: None,
            curve,
            x,
            y,
        } => Some((aes_bytes((*symmetric)?)?, ecc(*curve, x, y)?)),
        Object::Rsa {
            symmetric,
            scheme: None,
            bits,
            exponent,
            modulus,
        } => Some((aes_bytes((*symmetric)?)?, rsa(*bits, *exponent, modulus)?)),
        _ => None,
    }
}

fn aes_bytes(symmetric: Symmetric) -> Option<usize> {
    match (symmetric.algorithm, symmetric.bits, symmetric.mode) {
        (ids::AES, 128, ids::CFB) => Some(16),
        (ids::AES, 256, ids::CFB) => Some(32),
        _ => None,
    }
}

fn ecc(curve: u16, x: &[u8], y: &[u8]) -> Option<PublicKey> {
    match curve {
        ids::NIST_P256 => Some(PublicKey::P256 {
            x: filled_up(x, P256_BYTES)?,
            y: filled_up(y, P256_BYTES)?,
        }),
        ids::NIST_P384 => Some(PublicKey::P384 {
            x: filled_up(x, P384_BYTES)?,
            y: filled_up(y, P384_BYTES)?,
        }),
        _ => None,
    }
}

/// The coordinate with the zeros that some TPMs leave out at its beginning. What is longer is none
/// of that curve.
fn filled_up(coordinate: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let missing = bytes.checked_sub(coordinate.len())?;
    Some([&vec![0; missing][..], coordinate].concat())
}

/// What is shorter, an attacker can factor.
fn rsa(bits: u16, exponent: u32, modulus: &[u8]) -> Option<PublicKey> {
    match bits {
        2048 | 3072 | 4096 if modulus.len() * 8 == usize::from(bits) => Some(PublicKey::Rsa {
            modulus: modulus.to_vec(),
            exponent,
        }),
        _ => None,
    }
}

impl From<Malformed> for NotAStorageKey {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAStorageKey, PublicKey, StorageKey};
    use crate::ids;
    use crate::marshal::Writer;

    /// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt.
    const STORAGE: u32 = 0x0003_0472;

    fn rsa_area(bits: u16, modulus: &[u8]) -> Vec<u8> {
        let area = Writer::new().uint16(ids::RSA).uint16(ids::SHA256);
        let area = AES128
            .into_iter()
            .fold(area.uint32(STORAGE).sized(&[]), Writer::uint16);
        let area = area.uint16(ids::NULL).uint16(bits).uint32(0).sized(modulus);
        area.finish().to_vec()
    }

    fn area(attributes: u32, symmetric: [u16; 3], curve: u16) -> Vec<u8> {
        area_at(attributes, symmetric, curve, (&[1; 32], &[2; 32]))
    }

    fn area_at(
        attributes: u32,
        symmetric: [u16; 3],
        curve: u16,
        (x, y): (&[u8], &[u8]),
    ) -> Vec<u8> {
        let area = Writer::new().uint16(ids::ECC).uint16(ids::SHA256);
        let area = area.uint32(attributes).sized(&[]);
        let area = symmetric.into_iter().fold(area, Writer::uint16);
        let area = area.uint16(ids::NULL).uint16(curve).uint16(ids::NULL);
        area.sized(x).sized(y).finish().to_vec()
    }

    const AES128: [u16; 3] = [ids::AES, 128, ids::CFB];

    fn refusal(area: &[u8]) -> NotAStorageKey {
        StorageKey::read(area).unwrap_err()
    }

    #[test]
    fn a_storage_key_that_is_fixed_to_its_tpm_is_read() {
        let key = StorageKey::read(&area(STORAGE, AES128, ids::NIST_P256)).unwrap();
        assert_eq!(key.aes_bytes, 16);
        assert_eq!(key.name().len(), 34);
        assert!(key.name().starts_with(&[0, 0x0b]));
    }

    #[test]
    fn a_key_that_could_be_outside_of_a_tpm_is_no_storage_key() {
        for bit in [
            ids::FIXED_TPM,
            ids::FIXED_PARENT,
            ids::SENSITIVE_DATA_ORIGIN,
        ] {
            let area = area(STORAGE & !bit, AES128, ids::NIST_P256);
            assert_eq!(refusal(&area), NotAStorageKey::NotFixed, "{bit:#x}");
        }
    }

    #[test]
    fn a_key_that_signs_or_decrypts_for_anybody_is_no_storage_key() {
        for attributes in [
            STORAGE & !ids::RESTRICTED,
            STORAGE & !ids::DECRYPT,
            STORAGE | ids::SIGN,
        ] {
            let area = area(attributes, AES128, ids::NIST_P256);
            assert_eq!(refusal(&area), NotAStorageKey::Attributes);
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
            assert_eq!(refusal(&area), NotAStorageKey::Algorithms);
        }
    }

    #[test]
    fn a_coordinate_without_its_first_zeros_is_filled_up() {
        let short = area_at(STORAGE, AES128, ids::NIST_P256, (&[1; 31], &[2; 30]));
        let key = StorageKey::read(&short).unwrap();
        let PublicKey::P256 { x, y } = key.public else {
            panic!("{key:?}");
        };
        assert_eq!(x, [&[0][..], &[1; 31]].concat());
        assert_eq!(y, [&[0; 2][..], &[2; 30]].concat());
        for long in [(&[1; 33][..], &[2; 32][..]), (&[1; 32], &[2; 33])] {
            let area = area_at(STORAGE, AES128, ids::NIST_P256, long);
            assert_eq!(refusal(&area), NotAStorageKey::Algorithms);
        }
    }

    #[test]
    fn an_rsa_storage_key_is_as_long_as_it_says_and_long_enough() {
        StorageKey::read(&rsa_area(2048, &[0xc1; 256])).unwrap();
        for (bits, bytes) in [
            (1024, 128),
            (2048, 255),
            (2048, 128),
            (4096, 256),
            (2056, 257),
        ] {
            let area = rsa_area(bits, &vec![0xc1; bytes]);
            assert_eq!(refusal(&area), NotAStorageKey::Algorithms, "{bits} {bytes}");
        }
    }

    #[test]
    fn an_area_that_is_cut_off_or_goes_on_is_malformed() {
        let whole = area(STORAGE, AES128, ids::NIST_P256);
        for length in 0..whole.len() {
            assert_eq!(
                refusal(&whole[..length]),
                NotAStorageKey::Malformed,
                "{length}"
            );
        }
        let longer = [whole, vec![0]].concat();
        assert_eq!(refusal(&longer), NotAStorageKey::Malformed);
    }
}
