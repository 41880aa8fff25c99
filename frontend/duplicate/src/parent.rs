//! The storage key that a duplicate is wrapped for.

use sshtpm_tpm2::{NotAStorageKey, StorageKey};

/// A storage key that cannot leave its TPM.
#[derive(Debug)]
pub struct Parent(pub(crate) StorageKey);

/// Why nothing may be wrapped for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAParent {
    /// The key is not a storage key fixed to a TPM.
    #[error(transparent)]
    Key(#[from] NotAStorageKey),
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
        Ok(Self(StorageKey::read(area)?))
    }

    /// The marshalled `TPMT_PUBLIC`.
    pub fn area(&self) -> &[u8] {
        self.0.area()
    }

    /// The Name of the key: the number of its hash, 2 bytes, and the digest of its public area, 32
    /// or 48 bytes.
    pub fn name(&self) -> &[u8] {
        self.0.name()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use sshtpm_tpm2::ids;
    use sshtpm_tpm2::marshal::Writer;

    /// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt.
    const STORAGE: u32 = 0x0003_0472;

    /// The public area of a parent that is a point of its curve.
    pub(crate) fn example_area() -> Vec<u8> {
        let point = p256::SecretKey::from_slice(&[7; 32]).unwrap().public_key();
        let point = p256::elliptic_curve::sec1::ToEncodedPoint::to_encoded_point(&point, false);
        let area = Writer::new().uint16(ids::ECC).uint16(ids::SHA256);
        let area = [ids::AES, 128, ids::CFB]
            .into_iter()
            .fold(area.uint32(STORAGE).sized(&[]), Writer::uint16);
        let area = area
            .uint16(ids::NULL)
            .uint16(ids::NIST_P256)
            .uint16(ids::NULL);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        area.sized(x).sized(y).finish().to_vec()
    }
}
